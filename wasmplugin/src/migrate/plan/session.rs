//! `session`: for how long, and for which hosts.

use super::Draft;
use crate::migrate::setting::{Setting, Value, is_placeholder};
use crate::migrate::tree::{Map, Tree};

/// oauth2-proxy's own, in seconds.
const DEFAULT_MAX_AGE: u64 = 168 * 3600;
/// The filter's longest, in seconds.
const LONGEST: u64 = 30 * 86_400;

pub(super) fn session(draft: &mut Draft<'_>) -> Map {
    let mut map = Map::default();
    secrets(draft, &mut map);
    max_age(draft, &mut map);
    refresh(draft, &mut map);
    let cookie = cookie(draft);
    map.section("cookie", cookie);
    map
}

fn secrets(draft: &mut Draft<'_>, map: &mut Map) {
    let setting = draft.options.get("cookie-secret").or_else(|| draft.options.get("cookie-secret-file"));
    let what = setting.map_or_else(|| "cookie-secret".to_owned(), ToString::to_string);
    draft.report.changed(&what, "a new one is better: 32 bytes or more, which this filter alone knows. Everybody signs in once more in any case");
    draft.report.todo.push(format!(
        "Make a cookie secret (openssl rand -base64 32) and put it into {}",
        draft.words.secret("COOKIE_SECRET")
    ));
    let secret = Map::default().with("env", "COOKIE_SECRET");
    map.set("secrets", Tree::List(vec![Tree::Map(secret)]), None);
}

fn max_age(draft: &mut Draft<'_>, map: &mut Map) {
    let (Some(setting), Some(text)) =
        (draft.options.get("cookie-expire"), draft.options.text("cookie-expire"))
    else {
        let what = "cookie-expire";
        draft
            .report
            .carried(what, "session.max_age: 168h, which is oauth2-proxy's default. The filter's own is 8h");
        map.set("max_age", "168h", Some("oauth2-proxy's default".to_owned()));
        return;
    };
    if is_placeholder(text) {
        let comment = draft.note(setting, "session.max_age", text);
        map.set("max_age", text, Some(comment));
        return;
    }
    match seconds(text) {
        Some(0) => {
            draft.report.changed(
                setting,
                "a cookie until the browser closes: the filter's sessions have an end, here 168h",
            );
            map.set("max_age", spelled(DEFAULT_MAX_AGE), Some(setting.at.to_string()));
        }
        Some(wanted) => {
            let given = wanted.clamp(60, LONGEST);
            if given == wanted {
                draft.report.carried(setting, format!("session.max_age: {}", spelled(given)));
            } else {
                draft.report.changed(
                    setting,
                    format!(
                        "session.max_age: {}, for sessions last a minute at least and 30 days at most",
                        spelled(given)
                    ),
                );
            }
            map.set("max_age", spelled(given), Some(setting.at.to_string()));
        }
        None => {
            draft.report.gap("session.max_age", format!("{setting}: {text:?} is no duration"));
            map.set("max_age", Tree::Gap, Some(format!("GAP: a duration; {}", setting.at)));
        }
    }
}

/// Whether oauth2-proxy renewed sessions.
pub(super) fn refreshes(draft: &Draft<'_>) -> bool {
    let Some(text) = draft.options.text("cookie-refresh") else { return false };
    is_placeholder(text) || seconds(text).is_some_and(|seconds| seconds > 0)
}

fn refresh(draft: &mut Draft<'_>, map: &mut Map) {
    if refreshes(draft)
        && let Some(setting) = draft.options.get("cookie-refresh")
    {
        draft.report.carried(setting, "session.refresh: true. When is not said any more: shortly before the access token runs out. The provider must give refresh tokens to this client");
        map.set("refresh", true, Some(setting.at.to_string()));
    }
}

fn cookie(draft: &mut Draft<'_>) -> Map {
    let mut map = Map::default();
    domains(draft, &mut map);
    same_site(draft, &mut map);
    if let Some(setting) =
        draft.options.get("cookie-secure").filter(|_| !draft.options.is_on("cookie-secure", true))
    {
        draft.report.changed(
            setting,
            "off is for loopback hosts only: browsers must come by https, and the cookie is for https alone",
        );
    }
    if let Some(setting) =
        draft.options.get("cookie-httponly").filter(|_| !draft.options.is_on("cookie-httponly", true))
    {
        draft.report.changed(setting, "off: scripts of a page could read the session. It is always HttpOnly");
    }
    if let (Some(setting), Some(path)) = (draft.options.get("cookie-path"), draft.options.text("cookie-path"))
        && path != "/"
    {
        draft.report.changed(setting, "the cookie is for all paths of its host; name the paths in access");
    }
    map
}

fn domains(draft: &mut Draft<'_>, map: &mut Map) {
    let Some(setting) = draft.options.get("cookie-domain") else { return };
    let mut domains = Vec::new();
    for domain in draft.options.list("cookie-domain") {
        let bare = domain.trim_start_matches("*.");
        if bare == "*" || bare.is_empty() {
            draft.report.changed(
                setting,
                format!("{domain:?} is no domain of a cookie: left out, so the cookie is for the host alone"),
            );
            continue;
        }
        if bare != domain {
            draft.report.changed(setting, format!("{domain:?} matched no host in oauth2-proxy; it is {bare:?} now, which shares the session with every host below it. Left out, each host would have its own"));
        }
        domains.push(without_port(draft, setting, bare));
    }
    if !domains.is_empty() {
        let comment = draft.note(setting, "session.cookie.domains", &domains.join(", "));
        map.set("domains", domains, Some(comment));
    }
}

fn without_port(draft: &mut Draft<'_>, setting: &Setting, domain: &str) -> String {
    match domain.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            draft.report.changed(setting, format!("{domain:?}: a cookie knows no port"));
            host.to_owned()
        }
        _ => domain.to_owned(),
    }
}

fn same_site(draft: &mut Draft<'_>, map: &mut Map) {
    let Some(setting) = draft.options.get("cookie-samesite") else { return };
    match draft.options.text("cookie-samesite").map(str::to_ascii_lowercase).as_deref() {
        Some(value @ ("lax" | "strict" | "none")) => {
            let comment = draft.note(setting, "session.cookie.same_site", value);
            map.set("same_site", value, Some(comment));
        }
        None => {}
        Some(other) => {
            draft.report.changed(setting, format!("{other:?} is none of lax, strict and none: lax is taken"))
        }
    }
    if matches!(setting.value, Value::Texts(_)) && draft.options.text("cookie-samesite").is_none() {
        draft.report.changed(setting, "empty left it to the browser; it is lax now");
    }
}

/// Of a duration of Go, `1h30m` or `0`; fractions are cut.
pub(super) fn seconds(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let (mut total, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|letter: char| letter.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            "us" | "µs" | "ns" => 0.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        rest = after;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no sign is read, and nobody writes as many hours"
    )]
    (!text.is_empty()).then_some(total as u64)
}

/// In the largest unit that is exact.
fn spelled(seconds: u64) -> String {
    match seconds {
        _ if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_go() {
        for (text, expected) in [
            ("4h", Some(14_400)),
            ("1h30m", Some(5_400)),
            ("168h0m0s", Some(604_800)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("1.5h", Some(5_400)),
            ("7d", None),
            ("x", None),
            ("", None),
            ("5", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        assert_eq!(spelled(604_800), "168h");
        assert_eq!(spelled(5_400), "90m");
        assert_eq!(spelled(61), "61s");
    }
}
