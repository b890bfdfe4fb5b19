//! What nobody has looked at so far: no option is passed over without a word.

use super::{Draft, Mode};
use crate::migrate::options::{self, Fate};
use crate::migrate::setting::{Layer, Setting, Value};

pub(super) fn leftovers(draft: &mut Draft<'_>) {
    let settings: Vec<&Setting> = draft.options.all().collect();
    for setting in settings {
        if setting.layer == Layer::Chart {
            continue;
        }
        // A file that it names and nobody gave.
        let named = setting.to_string();
        if draft.found.elsewhere.iter().any(|place| place.ends_with(&named)) {
            continue;
        }
        match options::by_flag(&setting.option).map(|option| option.fate) {
            Some(Fate::Lost(_)) if is_off(setting) => draft.report.not_needed.push(setting.written.clone()),
            Some(Fate::Lost(what_to_do)) => draft.report.changed(setting, draft.words.fill(what_to_do)),
            Some(Fate::NotNeeded) => draft.report.not_needed.push(setting.written.clone()),
            Some(Fate::Planned) | None => {}
        }
    }
    upstreams(draft);
    for unknown in &draft.found.unknown {
        let effect = if unknown.ends_the_start {
            "oauth2-proxy knows no such option and does not start with it"
        } else {
            "oauth2-proxy knows no such variable, so it had no effect"
        };
        let said = unknown.value.as_ref().map(|value| format!(", with {value:?}")).unwrap_or_default();
        let meant = unknown
            .meant
            .map(|meant| {
                format!(". {meant} is meant, it seems{said}: decide, and change what this migration made")
            })
            .unwrap_or_default();
        draft.report.changed(format!("{} ({})", unknown.written, unknown.at), format!("{effect}{meant}"));
    }
    for (what, says) in &draft.found.remarks {
        draft.report.changed(what, says.clone());
    }
    for (lower, higher) in &draft.options.overridden {
        draft.report.changed(lower, format!("{higher} wins over it"));
    }
    mesh(draft);
    unmentioned(draft);
    draft.report.not_needed.extend(draft.found.not_needed.iter().cloned());
    if draft.found.not_needed.is_empty() && draft.options.get("session-store-type").is_none() {
        draft.report.not_needed.push("oauth2-proxy itself, its Service and its route".to_owned());
    }
    draft.report.not_needed.dedup();
}

/// What a section looks at, and had no reason to speak of.
fn unmentioned(draft: &mut Draft<'_>) {
    let settings: Vec<&Setting> =
        draft.options.all().filter(|setting| setting.layer != Layer::Chart).collect();
    for setting in settings {
        let named = setting.to_string();
        let lines = draft.report.carried.iter().chain(&draft.report.changed);
        let is_told = lines.into_iter().any(|line| {
            line.what.contains(&named)
                || line.says.contains(&named)
                || line.what.contains(&format!("({})", setting.at))
        }) || draft.report.gaps.iter().any(|gap| gap.says.contains(&named))
            || draft.report.not_needed.contains(&setting.written);
        if is_told {
            continue;
        }
        if is_off(setting) || options::is_switch(&setting.option) {
            draft.report.not_needed.push(setting.written.clone());
        } else {
            draft.report.changed(setting, "it says nothing that counts in this setup, and is left out");
        }
    }
}

/// Whether it says no, or nothing.
fn is_off(setting: &Setting) -> bool {
    matches!(&setting.value, Value::Texts(texts) if texts.iter().all(|text| matches!(text.trim(), "" | "false" | "-" | "0")))
}

fn upstreams(draft: &mut Draft<'_>) {
    let Some(setting) = draft.options.get("upstream").filter(|setting| setting.layer != Layer::Chart) else {
        return;
    };
    let list: Vec<String> = draft.options.list("upstream").iter().map(|url| without_userinfo(url)).collect();
    let list = list.join(", ");
    match draft.mode {
        Mode::Asked => draft.report.not_needed.push(setting.written.clone()),
        Mode::InTheWay => draft.report.changed(
            setting,
            format!("oauth2-proxy stood in the way of each request: {} must now lead to the application itself: {list}", draft.words.route),
        ),
    }
}

/// A password may stand there.
fn without_userinfo(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

fn mesh(draft: &mut Draft<'_>) {
    for provider in &draft.found.providers {
        draft.report.changed(
            format!("extensionProviders {} ({})", provider.name, provider.at),
            "remove it from the mesh when no policy names it any more",
        );
        if let Some(at) = &provider.downstream_on_allow {
            draft.report.changed(format!("headersToDownstreamOnAllow ({at})"), "oauth2-proxy's headers went to the browser: the filter sends a browser no identity and no token");
        }
    }
    let issuer = draft.options.text("oidc-issuer-url").unwrap_or_default().to_owned();
    for rule in &draft.found.token_rules {
        let others: Vec<&str> =
            rule.issuers.iter().map(String::as_str).filter(|other| *other != issuer).collect();
        let says = if !draft.words.is_istio {
            format!(
                "{}. Which tokens of programs the filter takes is bearer in a rule",
                draft.words.old_policy
            )
        } else if others.is_empty() {
            "it can stay: with upstream.authorization the application's token is still checked by Istio"
                .to_owned()
        } else {
            format!(
                "its issuer is {}, and not {issuer}: where the filter passes on a token as authorization, Istio would answer 401. Change or remove it",
                others.join(", ")
            )
        };
        draft.report.changed(format!("{} ({})", rule.name, rule.at), says);
    }
}
