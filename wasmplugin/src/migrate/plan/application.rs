//! `upstream`: what the application gets.
//!
//! Of what oauth2-proxy set, only a part reached the application: asked about a request, its answer's headers, as far as
//! the mesh passed them on; in the way of it, the request's.

use vestibule::web::header_names::is_refused;

use super::{Draft, Mode};
use crate::migrate::found::Header;
use crate::migrate::setting::{At, Setting};
use crate::migrate::tree::Map;

pub(super) fn upstream(draft: &mut Draft<'_>) -> Map {
    let headers = reached(draft);
    let mut map = Map::default();
    for header in &headers {
        one(draft, header, &mut map);
    }
    if !headers.iter().any(|header| header.name.to_ascii_lowercase().starts_with("x-auth-request-"))
        && draft.mode == Mode::Asked
    {
        draft.report.changed("x-auth-request-user, -email, -groups, -preferred-username", "the application did not get these and now does; what a client sends under these names is removed");
    }
    without_effect(draft, &headers);
    map
}

/// The headers that reached the application.
fn reached(draft: &mut Draft<'_>) -> Vec<Header> {
    let all = match (&draft.found.headers, draft.mode) {
        (Some(headers), Mode::Asked) => headers.response.clone(),
        (Some(headers), Mode::InTheWay) => headers.request.clone(),
        (None, mode) => of_flags(draft, mode),
    };
    let passed_on = passed_on(draft);
    let (reached, held): (Vec<_>, Vec<_>) = all.into_iter().partition(|header| {
        passed_on.as_ref().is_none_or(|names| {
            let name = header.name.to_ascii_lowercase();
            names.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => *pattern == name,
            })
        })
    });
    for header in
        held.iter().filter(|header| matches!(header.claim.as_deref(), Some("id_token" | "access_token")))
    {
        draft.report.changed(format!("{} ({})", header.name, header.at), "headersToUpstreamOnAllow of the mesh did not pass it on, so the application never had it: left out");
    }
    reached
}

/// What the mesh lets through, where the files have that and oauth2-proxy was asked through it.
fn passed_on(draft: &Draft<'_>) -> Option<Vec<String>> {
    if draft.mode == Mode::InTheWay {
        return None;
    }
    let asked: Vec<&str> =
        draft.found.policies.iter().filter_map(|policy| policy.provider.as_deref()).collect();
    let is_it = |name: &str, service: &str| {
        if asked.is_empty() {
            service.contains("oauth") || name.contains("oauth")
        } else {
            asked.contains(&name)
        }
    };
    let provider = draft.found.providers.iter().find(|provider| is_it(&provider.name, &provider.service))?;
    Some(provider.to_upstream.clone())
}

fn of_flags(draft: &Draft<'_>, mode: Mode) -> Vec<Header> {
    let options = draft.options;
    let nowhere = At { file: "oauth2-proxy's default".to_owned(), line: 0 };
    let at = |option: &str| options.get(option).map_or_else(|| nowhere.clone(), |setting| setting.at.clone());
    let header = |name: &str, claim: &str, prefix: &str, option: &str| Header {
        name: name.to_owned(),
        claim: Some(claim.to_owned()),
        prefix: prefix.to_owned(),
        at: at(option),
    };
    let identity = |start: &str, option: &str| {
        [
            ("User", "user"),
            ("Email", "email"),
            ("Groups", "groups"),
            ("Preferred-Username", "preferred_username"),
        ]
        .map(|(name, claim)| header(&format!("{start}{name}"), claim, "", option))
    };
    let mut headers = Vec::new();
    match mode {
        Mode::Asked => {
            if options.is_on("set-xauthrequest", false) {
                headers.extend(identity("X-Auth-Request-", "set-xauthrequest"));
                if options.is_on("pass-access-token", false) {
                    headers.push(header(
                        "X-Auth-Request-Access-Token",
                        "access_token",
                        "",
                        "pass-access-token",
                    ));
                }
            }
            if options.is_on("set-authorization-header", false) {
                headers.push(header("Authorization", "id_token", "Bearer ", "set-authorization-header"));
            }
        }
        Mode::InTheWay => {
            if options.is_on("pass-user-headers", true) {
                headers.extend(identity("X-Forwarded-", "pass-user-headers"));
            }
            if options.is_on("pass-access-token", false) {
                headers.push(header("X-Forwarded-Access-Token", "access_token", "", "pass-access-token"));
            }
            if options.is_on("pass-authorization-header", false) {
                headers.push(header("Authorization", "id_token", "Bearer ", "pass-authorization-header"));
            }
        }
    }
    headers
}

fn one(draft: &mut Draft<'_>, header: &Header, map: &mut Map) {
    let what = format!("{} ({})", header.name, header.at);
    let comment = Some(header.at.to_string()).filter(|_| header.at.line > 0);
    let name = header.name.to_ascii_lowercase();
    let Some(claim) = header.claim.as_deref() else {
        draft.report.changed(what, format!("a fixed value: {}", draft.words.fixed_header));
        return;
    };
    let own = match claim {
        "user" | "sub" => Some(("user_header", "x-auth-request-user")),
        "email" => Some(("email_header", "x-auth-request-email")),
        "groups" => Some(("groups_header", "x-auth-request-groups")),
        "preferred_username" => Some(("preferred_username_header", "x-auth-request-preferred-username")),
        _ => None,
    };
    match (claim, own) {
        ("id_token" | "access_token", _) if name == "authorization" && header.prefix.trim() == "Bearer" => {
            draft.report.carried(what, format!("upstream.authorization: {claim}"));
            map.remove("authorization");
            map.set("authorization", claim, comment);
        }
        ("access_token", _) if name == "x-auth-request-access-token" || is_refused(&name) => {
            map.remove("access_token");
            map.set("access_token", true, comment);
            if name == "x-auth-request-access-token" {
                draft.report.carried(what, "upstream.access_token: true");
            } else {
                draft.report.changed(what, "the access token comes as x-auth-request-access-token now (upstream.access_token), for no configuration may use the name that it had: the application must read the new one");
            }
        }
        ("id_token", _) if is_refused(&name) => draft.report.changed(what, "no configuration may use this name: give the ID token another, upstream: {headers: {x-id-token: id_token}}, and let the application read that"),
        ("id_token" | "access_token", _) => {
            if header.prefix.is_empty() {
                draft.report.carried(what, format!("upstream.headers: {{{name}: {claim}}}"));
            } else {
                draft.report.changed(what, format!("upstream.headers: {{{name}: {claim}}}: the token comes without \"{}\"", header.prefix));
            }
            in_section(map, "headers", &name, claim, comment);
        }
        ("refresh_token", _) => draft.report.changed(what, "the refresh token never leaves the filter, and no application should have it"),
        (_, Some((_, default))) if name == default => draft.report.carried(what, format!("{default}, as always")),
        (_, Some((key, _))) => {
            draft.report.carried(what, format!("upstream.{key}: {name}"));
            map.remove(key);
            map.set(key, name, comment);
        }
        (claim, None) => {
            draft.report.carried(what, format!("upstream.claims: {{{name}: {claim}}}"));
            in_section(map, "claims", &name, claim, comment);
        }
    }
}

fn in_section(map: &mut Map, section: &str, name: &str, value: &str, comment: Option<String>) {
    match map.get_mut(section) {
        Some(section) => section.set(name, value, comment),
        None => {
            let mut inner = Map::default();
            inner.set(name, value, comment);
            map.set(section, inner, None);
        }
    }
}

/// Options that seem to give the application something, and gave it nothing.
fn without_effect(draft: &mut Draft<'_>, headers: &[Header]) {
    let options = draft.options;
    let on = |option: &str| options.get(option).filter(|_| options.is_on(option, false));
    let has = |claim: &str| headers.iter().any(|header| header.claim.as_deref() == Some(claim));
    if let Some(at) = draft.found.headers.as_ref().and_then(|headers| headers.at.as_ref()) {
        if draft.mode == Mode::Asked {
            let headers =
                draft.found.headers.as_ref().map(|headers| headers.request.as_slice()).unwrap_or_default();
            for header in headers.iter().filter(|header| header.name.eq_ignore_ascii_case("authorization")) {
                draft.report.changed(format!("{} in injectRequestHeaders ({})", header.name, header.at), "it had no effect: it is for requests that go through oauth2-proxy, which was only asked. If the application is to get it: upstream: {authorization: id_token}");
            }
        }
        let replaced: Vec<&Setting> = [
            "set-xauthrequest",
            "set-authorization-header",
            "pass-access-token",
            "pass-authorization-header",
        ]
        .into_iter()
        .filter_map(on)
        .collect();
        if !replaced.is_empty() {
            let names: Vec<String> = replaced.iter().map(ToString::to_string).collect();
            draft.report.changed(
                format!("--alpha-config ({at})"),
                format!("its headers count, and not what {} would set", names.join(", ")),
            );
        }
        return;
    }
    if let Some(setting) = on("pass-access-token").filter(|_| !has("access_token")) {
        draft.report.changed(setting, "it had no effect: oauth2-proxy was only asked, and without set-xauthrequest its answer has no token. If the application is to get it: upstream: {access_token: true}");
    }
    for option in ["pass-authorization-header", "pass-user-headers"] {
        if let Some(setting) = on(option).filter(|_| draft.mode == Mode::Asked) {
            let covered = option == "pass-authorization-header" && has("id_token");
            if !covered {
                draft.report.changed(
                    setting,
                    "it had no effect: it is for requests that go through oauth2-proxy, which was only asked",
                );
            }
        }
    }
    for option in ["set-authorization-header", "set-xauthrequest"] {
        if let Some(setting) = on(option).filter(|_| draft.mode == Mode::InTheWay) {
            draft.report.changed(setting, "it put these into the answer to the browser, not into the request; the filter tells a browser nothing of this kind");
        }
    }
    if let Some(setting) =
        options.get("skip-auth-strip-headers").filter(|_| !options.is_on("skip-auth-strip-headers", true))
    {
        draft.report.changed(
            setting,
            "off let clients send identity headers on open paths: they are removed on every path now",
        );
    }
}
