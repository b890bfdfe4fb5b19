//! `access` and `providers`: who may enter where.

use super::{Draft, bearer, doubts, groups};
use crate::migrate::routes::{self, Paths};
use crate::migrate::setting::Setting;
use crate::migrate::tree::{Map, Tree};

/// The further issuers, and the rules in their order: what is open, what is asked for in another way, everything else.
pub(super) fn access(draft: &mut Draft<'_>) -> (Map, Vec<Map>) {
    let mut rules = open_by_route(draft);
    let (issuers, everything) = everything(draft);
    rules.extend(answered_with_status(draft, &everything));
    if !everything.is_empty() {
        rules.push(everything);
    }
    networks(draft);
    (issuers, rules)
}

fn rule(condition: Map) -> Map {
    Map::default().with("match", condition)
}

fn paths_rule(paths: Vec<String>, comment: String) -> Map {
    let mut condition = Map::default();
    condition.set("paths", paths, Some(comment));
    rule(condition)
}

/// `skip-auth-route` and its older form: one rule for each set of methods.
fn open_by_route(draft: &mut Draft<'_>) -> Vec<Map> {
    let mut by_method: Vec<(Option<String>, Vec<String>, String)> = Vec::new();
    for option in ["skip-auth-route", "skip-auth-regex"] {
        let Some(setting) = draft.options.get(option) else { continue };
        for route in draft.options.list(option) {
            // The older form has no methods.
            let which = if option == "skip-auth-route" {
                method_and_regex(&route)
            } else {
                Ok((None, route.as_str()))
            };
            let (method, regex) = match which {
                Ok(which) => which,
                Err(why) => {
                    draft.report.changed(setting, format!("{route}: {why}"));
                    continue;
                }
            };
            match routes::of_regex(regex) {
                Ok(Paths { paths, differs }) => {
                    let said = format!("{route}: public: {}", paths.join(", "));
                    match differs {
                        Some(differs) => draft.report.changed(setting, format!("{said}. {differs}")),
                        None => draft.report.carried(setting, said),
                    }
                    match by_method.iter_mut().find(|(other, ..)| *other == method) {
                        Some((_, all, _)) => all.extend(paths),
                        None => by_method.push((method, paths, setting.at.to_string())),
                    }
                }
                Err(why) => draft.report.changed(setting, format!("{route}: not carried over, so what it opened asks for a sign-in: {why}. Name the paths: access: [{{match: {{paths: [...]}}, allow: public}}]")),
            }
        }
    }
    let rules = by_method.into_iter().map(|(method, paths, comment)| {
        let mut condition = Map::default();
        condition.set("paths", paths, Some(comment));
        if let Some(method) = method {
            condition.set("methods", vec![method], None);
        }
        rule(condition).with("allow", "public")
    });
    rules.collect()
}

/// `[METHOD=]regex`: what is before the first `=` is a method (v7.15.6, oauthproxy.go).
///
/// # Errors
/// Why nothing of it is opened.
fn method_and_regex(route: &str) -> Result<(Option<String>, &str), &'static str> {
    if route.contains("!=") {
        return Err("every method but one is not carried over: name the methods in match.methods");
    }
    let Some((method, regex)) = route.split_once('=') else { return Ok((None, route)) };
    if method.is_empty() {
        return Ok((None, regex));
    }
    if !method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(
            "what stands before the first = was the method, which no request has: it opened nothing, and is left out",
        );
    }
    Ok((Some(method.to_ascii_uppercase()), regex))
}

/// `api-route`: 401 in place of a redirect.
fn answered_with_status(draft: &mut Draft<'_>, everything: &Map) -> Option<Map> {
    let setting = draft.options.get("api-route")?;
    let mut all = Vec::new();
    for route in draft.options.list("api-route") {
        match routes::of_regex(&route) {
            Ok(Paths { paths, differs }) => {
                let said = format!("{route}: unauthenticated: status for {}", paths.join(", "));
                match differs {
                    Some(differs) => draft.report.changed(
                        setting,
                        format!("{said}. {differs}. Requests that are no navigation get 401 anyhow"),
                    ),
                    None => draft.report.carried(setting, said),
                }
                all.extend(paths);
            }
            Err(why) => draft.report.changed(
                setting,
                format!("{route}: not carried over: {why}. Requests that are no navigation get 401 anyhow"),
            ),
        }
    }
    if all.is_empty() {
        return None;
    }
    let mut rule = paths_rule(all, setting.at.to_string()).with("unauthenticated", "status");
    rule.extend(everything);
    Some(rule)
}

/// The rule for what no other one is for; empty where whoever is signed in may enter.
fn everything(draft: &mut Draft<'_>) -> (Map, Map) {
    let mut rule = Map::default();
    let required = require(draft);
    let nothing = Map::default();
    let is_in_doubt = doubts::doubts(draft, required.as_ref().map_or(&nothing, |(map, _)| map));
    let Some((require, is_by_email)) = required else {
        rule.set("allow", "none", Some("GAP: who may enter? require: {email_domains: [...]}, {emails: [...]} or {groups: [...]}; or remove this rule, and everybody may whom the provider lets in".to_owned()));
        return (Map::default(), rule);
    };
    rule.section("require", require);
    let issuers = bearer::bearer(draft, is_by_email, &mut rule);
    if let Some(bearer) = rule.get_mut("bearer").filter(|_| groups::is_unknown(draft)) {
        // Of tokens the same groups are asked for.
        bearer.remove("groups");
        bearer.set("groups", Tree::Gap, Some("GAP: as in require".to_owned()));
    }
    if draft.options.is_on("skip-auth-preflight", false)
        && let Some(setting) = draft.options.get("skip-auth-preflight")
    {
        draft.report.carried(setting, "preflight: allow. Of OPTIONS requests only CORS preflights pass");
        rule.set("preflight", "allow", Some(setting.at.to_string()));
    }
    if is_in_doubt {
        rule.set("allow", "none", Some(doubts::COMMENT.to_owned()));
    }
    (issuers, rule)
}

/// What somebody must have, and whether that is an email address. `None`: the files do not say who may enter.
fn require(draft: &mut Draft<'_>) -> Option<(Map, bool)> {
    let mut require = Map::default();
    let domains: Vec<String> =
        draft.options.list("email-domain").into_iter().map(|domain| default_of(draft, domain)).collect();
    let everybody = domains.iter().any(|domain| domain == "*");
    let listed = draft.options.get("authenticated-emails-file");
    let mut is_by_email = false;
    match (draft.options.get("email-domain"), listed) {
        (None, None) => {
            let says = format!("who may enter: {}", draft.where_it_may_be("email-domain"));
            draft.report.gap("access", says);
            return None;
        }
        (setting, Some(file)) if everybody => {
            let list = if draft.found.listed_emails.is_empty() {
                String::new()
            } else {
                format!(" ({})", draft.found.listed_emails.join(", "))
            };
            draft.report.changed(file, format!("the list{list} had no effect, because email-domain \"*\" lets everybody in whom the provider lets in. That is carried over: if the list is meant, write require: {{emails: [...]}}"));
            carried_everybody(draft, setting);
        }
        (setting, None) if everybody => carried_everybody(draft, setting),
        (setting, file) => {
            is_by_email = true;
            if let Some(setting) = setting.filter(|_| !domains.is_empty()) {
                let bare: Vec<String> =
                    domains.iter().map(|domain| domain.trim_start_matches('@').to_owned()).collect();
                let (below, exact): (Vec<_>, Vec<_>) =
                    bare.into_iter().partition(|domain| domain.starts_with(['.', '*']));
                if !below.is_empty() {
                    draft.report.changed(
                        setting,
                        format!(
                            "{}: domains below a domain are not named by it: name each",
                            below.join(", ")
                        ),
                    );
                }
                if !exact.is_empty() {
                    let comment = draft.note(setting, "require.email_domains", &exact.join(", "));
                    require.set("email_domains", exact, Some(comment));
                }
            }
            if let Some(file) = file {
                if draft.found.listed_emails.is_empty() {
                    draft
                        .report
                        .gap("access[].require.emails", format!("{file}: its lines are not in the files"));
                    require.set(
                        "emails",
                        Tree::Gap,
                        Some(format!("GAP: the addresses of the list; {}", file.at)),
                    );
                } else {
                    draft
                        .report
                        .carried(file, format!("require.emails: {}", draft.found.listed_emails.join(", ")));
                    require.set("emails", draft.found.listed_emails.clone(), Some(file.at.to_string()));
                }
            }
            if require.is_empty() {
                draft.report.gap("access", "who may enter: no email domain is left that can be required");
                return None;
            }
        }
    }
    groups::require(draft, &mut require).then_some((require, is_by_email))
}

/// Of `${NAME:-default}` the default, which compose takes where nobody sets the variable.
fn default_of(draft: &mut Draft<'_>, entry: String) -> String {
    let default = entry
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .and_then(|rest| rest.split_once(":-"));
    let Some((name, default)) = default else { return entry };
    draft.report.gap("access[]", format!("email-domain: {name} decides where it is set, and this is for its default {default:?}: look what it is"));
    default.to_owned()
}

fn carried_everybody(draft: &mut Draft<'_>, setting: Option<&Setting>) {
    if let Some(setting) = setting {
        draft.report.carried(setting, "everybody whom the provider lets in may enter: no rule is needed. Who gets the client assigned in the provider decides");
    }
}

/// `trusted-ip`: never opened by itself, because who says the address has changed.
fn networks(draft: &mut Draft<'_>) {
    if let Some(setting) = draft.options.get("trusted-ip") {
        let networks = draft.options.list("trusted-ip").join(", ");
        let address = draft.words.address;
        draft.report.changed(setting, format!("not carried over, so these addresses sign in too. A rule can open for them, but Envoy must know the client's address ({address}): access: [{{match: {{client_cidrs: [{networks}]}}, allow: public}}]"));
    }
}
