//! `access` and `providers`: who may enter where.

use super::{Draft, Mode};
use crate::migrate::routes::{self, Paths};
use crate::migrate::setting::{Setting, is_placeholder};
use crate::migrate::tree::{Map, Tree};

/// The further issuers, and the rules in their order: what is open, what is asked for in another way, everything else.
pub(super) fn access(draft: &mut Draft<'_>) -> (Map, Vec<Map>) {
    let mut rules: Vec<Map> = open_by_policy(draft).into_iter().collect();
    rules.extend(open_by_route(draft));
    only_some_paths(draft);
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

/// `notPaths` of the policy: oauth2-proxy was not asked about these.
fn open_by_policy(draft: &mut Draft<'_>) -> Option<Map> {
    let prefix = draft.options.text("proxy-prefix").unwrap_or("/oauth2").trim_end_matches('/').to_owned();
    let (mut open, mut from): (Vec<String>, Option<String>) = (Vec::new(), None);
    for (path, at) in draft.found.policies.iter().flat_map(|policy| &policy.not_paths) {
        let is_own = path.starts_with(&prefix) && path[prefix.len()..].trim_matches(['/', '*']).is_empty();
        if is_own {
            continue;
        }
        let what = format!("notPaths {path} ({at})");
        match routes::of_istio(path) {
            Ok(Paths { paths, differs }) => {
                match differs {
                    Some(differs) => {
                        draft.report.changed(what, format!("public: {}. {differs}", paths.join(", ")))
                    }
                    None => draft.report.carried(what, format!("public: {}", paths.join(", "))),
                }
                open.extend(paths.into_iter().filter(|path| !open.contains(path)).collect::<Vec<_>>());
                from.get_or_insert_with(|| at.to_string());
            }
            Err(why) => draft
                .report
                .changed(what, format!("not carried over, so these paths ask for a sign-in: {why}")),
        }
    }
    (!open.is_empty()).then(|| paths_rule(open, from.unwrap_or_default()).with("allow", "public"))
}

/// `skip-auth-route` and its older form: one rule for each set of methods.
fn open_by_route(draft: &mut Draft<'_>) -> Vec<Map> {
    let mut by_method: Vec<(Option<String>, Vec<String>, String)> = Vec::new();
    for option in ["skip-auth-route", "skip-auth-regex"] {
        let Some(setting) = draft.options.get(option) else { continue };
        for route in draft.options.list(option) {
            let (method, regex) = method_and_regex(&route);
            let Ok(method) = method else {
                draft.report.changed(
                    setting,
                    format!(
                        "{route}: every method but one is not carried over: name the methods in match.methods"
                    ),
                );
                continue;
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

/// `[METHOD=]regex`, or `METHOD!=regex`, which is none of what this can say.
fn method_and_regex(route: &str) -> (Result<Option<String>, ()>, &str) {
    let is_method = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if let Some((method, regex)) = route.split_once("!=").filter(|(method, _)| is_method(method)) {
        let _ = method;
        return (Err(()), regex);
    }
    match route.split_once('=').filter(|(method, _)| is_method(method)) {
        Some((method, regex)) => (Ok(Some(method.to_ascii_uppercase())), regex),
        None => (Ok(None), route),
    }
}

/// `paths` of the policy: it asked about nothing else. Here everything asks, and the person opens what is to be open.
fn only_some_paths(draft: &mut Draft<'_>) {
    for policy in &draft.found.policies {
        let Some((_, at)) = policy.paths.first() else { continue };
        let paths: Vec<&str> = policy.paths.iter().map(|(path, _)| path.as_str()).collect();
        draft.report.changed(
            format!("paths {} ({at})", paths.join(", ")),
            "only these asked for a sign-in; now every path of these hosts does. What is to stay open needs a rule of its own: \
             access: [{match: {paths: [...]}, allow: public}]",
        );
    }
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
    let Some((require, is_by_email)) = require(draft) else {
        rule.set("allow", "none", Some("GAP: who may enter? require: {email_domains: [...]}, {emails: [...]} or {groups: [...]}; or remove this rule, and everybody may whom the provider lets in".to_owned()));
        return (Map::default(), rule);
    };
    rule.section("require", require);
    let issuers = bearer(draft, is_by_email, &mut rule);
    if draft.options.is_on("skip-auth-preflight", false)
        && let Some(setting) = draft.options.get("skip-auth-preflight")
    {
        draft.report.carried(setting, "preflight: allow. Of OPTIONS requests only CORS preflights pass");
        rule.set("preflight", "allow", Some(setting.at.to_string()));
    }
    (issuers, rule)
}

/// What somebody must have, and whether that is an email address. `None`: the files do not say who may enter.
fn require(draft: &mut Draft<'_>) -> Option<(Map, bool)> {
    let mut require = Map::default();
    let domains = draft.options.list("email-domain");
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
    groups(draft, &mut require);
    Some((require, is_by_email))
}

fn carried_everybody(draft: &mut Draft<'_>, setting: Option<&Setting>) {
    if let Some(setting) = setting {
        draft.report.carried(setting, "everybody whom the provider lets in may enter: no rule is needed. Who gets the client assigned in the provider decides");
    }
}

fn groups(draft: &mut Draft<'_>, require: &mut Map) {
    let roles = draft.options.get("allowed-role");
    let mut groups = Vec::new();
    let mut from = None;
    for option in ["allowed-group", "keycloak-group"] {
        let Some(setting) = draft.options.get(option) else { continue };
        groups.extend(draft.options.list(option));
        from = Some(setting);
    }
    if let Some(setting) = from.filter(|_| !groups.is_empty()) {
        let comment = draft.note(setting, "require.groups", &groups.join(", "));
        require.set("groups", groups.clone(), Some(comment));
    }
    if let Some(setting) = roles {
        let names = draft.options.list("allowed-role").join(", ");
        let beside = if groups.is_empty() {
            "so without more whoever is signed in may enter"
        } else {
            "and whoever had a role without a group may not enter any more"
        };
        draft.report.changed(setting, format!("Keycloak's roles ({names}) are not in the groups claim, {beside}. With a mapper that puts realm roles into the ID token: require: {{claims: {{/realm_access/roles: [...]}}}}"));
        if groups.is_empty() {
            draft.report.gap("access", format!("{setting}: only people in these roles were let in: say how that is to be seen from the ID token"));
        }
    }
}

/// `skip-jwt-bearer-tokens`: tokens in the place of a session. The issuers beside the provider.
fn bearer(draft: &mut Draft<'_>, is_by_email: bool, rule: &mut Map) -> Map {
    let mut issuers = Map::default();
    let extra_audiences = draft.options.get("oidc-extra-audience");
    if let Some(setting) = extra_audiences {
        draft.report.changed(setting, format!("{}: an ID token of a sign-in must be for this client; for bearer tokens these count as audiences, where bearer says so", draft.options.list("oidc-extra-audience").join(", ")));
    }
    let Some(setting) = draft
        .options
        .get("skip-jwt-bearer-tokens")
        .filter(|_| draft.options.is_on("skip-jwt-bearer-tokens", false))
    else {
        if let Some(setting) = draft
            .options
            .get("extra-jwt-issuers")
            .filter(|_| !draft.options.list("extra-jwt-issuers").is_empty())
        {
            draft.report.changed(setting, "it had no effect without skip-jwt-bearer-tokens, and is left out");
        }
        return issuers;
    };
    let advice = "access: [{bearer: {audiences: [...], scopes: [...]}}] accepts access tokens; id_tokens: true accepts ID tokens as well, which is what oauth2-proxy did";
    let Some(client) = draft.options.text("client-id").filter(|id| !is_placeholder(id)).map(str::to_owned)
    else {
        draft.report.changed(
            setting,
            format!("not carried over, because the client ID is not in the files. {advice}"),
        );
        return issuers;
    };
    if is_by_email {
        draft.report.changed(setting, format!("not carried over: tokens had to have one of the email addresses too, and a rule for tokens cannot name domains. {advice}"));
        return issuers;
    }
    let mut audiences = vec![client];
    audiences.extend(draft.options.list("oidc-extra-audience"));
    let names = further_issuers(draft, &mut audiences, &mut issuers);
    let mut bearer = Map::default();
    if !names.is_empty() {
        let mut all = vec!["provider".to_owned()];
        all.extend(names);
        bearer.set("providers", all, None);
    }
    bearer.set(
        "audiences",
        audiences,
        Some("for ID tokens the client ID, as with oauth2-proxy; better an audience of the API".to_owned()),
    );
    bearer.set("id_tokens", true, Some("oauth2-proxy took ID tokens: without need, remove it".to_owned()));
    let groups: Vec<String> =
        ["allowed-group", "keycloak-group"].iter().flat_map(|option| draft.options.list(option)).collect();
    if !groups.is_empty() {
        bearer.set("groups", groups, None);
    }
    draft.report.changed(setting, "bearer: {id_tokens: true}: carried over, with ID tokens in the place of a session. They are no leave to call an API: give programs access tokens, and remove id_tokens. Without need for programs, remove bearer");
    rule.set("bearer", bearer, Some(setting.at.to_string()));
    issuers
}

/// `issuer=audience` pairs. An audience counts for every issuer of a rule, so only what makes nothing wider is taken.
fn further_issuers(draft: &mut Draft<'_>, audiences: &mut Vec<String>, issuers: &mut Map) -> Vec<String> {
    let Some(setting) = draft.options.get("extra-jwt-issuers") else { return Vec::new() };
    let own = draft.options.text("oidc-issuer-url").unwrap_or_default();
    let mut names = Vec::new();
    for pair in draft.options.list("extra-jwt-issuers") {
        let Some((issuer, audience)) = pair.rsplit_once('=') else {
            draft.report.changed(setting, format!("{pair} is no issuer=audience"));
            continue;
        };
        if issuer == own {
            draft
                .report
                .carried(setting, format!("{audience} is one more audience of the provider's own tokens"));
            if !audiences.iter().any(|other| other == audience) {
                audiences.push(audience.to_owned());
            }
        } else if !issuer.starts_with("https://") {
            draft.report.changed(setting, format!("{issuer} is no https URL: left out"));
        } else if audiences.iter().any(|other| other == audience) {
            let name = format!("issuer{}", names.len() + 1);
            draft.report.carried(setting, format!("providers.{name}: {issuer}"));
            issuers.set(&name, Map::default().with("issuer", issuer), Some(setting.at.to_string()));
            names.push(name);
        } else {
            draft.report.changed(setting, format!("{issuer} for {audience}: in one rule every audience counts for every issuer, which would open more than before. Give it a rule of its own: providers: {{partner: {{issuer: {issuer}}}}}, bearer: {{providers: [partner], audiences: [{audience}]}}"));
        }
    }
    names
}

/// `trusted-ip`: never opened by itself, because who says the address has changed.
fn networks(draft: &mut Draft<'_>) {
    if let Some(setting) = draft.options.get("trusted-ip") {
        let networks = draft.options.list("trusted-ip").join(", ");
        let mode = if draft.mode == Mode::Asked {
            "the gateway must know the client's address (numTrustedProxies)"
        } else {
            "Envoy must know the client's address"
        };
        draft.report.changed(setting, format!("not carried over, so these addresses sign in too. A rule can open for them, but {mode}: access: [{{match: {{client_cidrs: [{networks}]}}, allow: public}}]"));
    }
}
