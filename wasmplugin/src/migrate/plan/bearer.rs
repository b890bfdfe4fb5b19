//! `bearer` of a rule, and `providers`: tokens in the place of a session.

use super::Draft;
use crate::migrate::setting::is_placeholder;
use crate::migrate::tree::Map;

/// `skip-jwt-bearer-tokens`: tokens in the place of a session. The issuers beside the provider.
pub(super) fn bearer(draft: &mut Draft<'_>, is_by_email: bool, rule: &mut Map) -> Map {
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
        without_issuers(draft);
        return issuers;
    };
    if is_by_email {
        draft.report.changed(setting, format!("not carried over: tokens had to have one of the email addresses too, and a rule for tokens cannot name domains. {advice}"));
        without_issuers(draft);
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
    draft.report.changed(setting, "bearer: {id_tokens: true}: carried over, with ID tokens in the place of a session. They give no permission to call an API: let programs have access tokens, and remove id_tokens. Without need for programs, remove bearer");
    rule.set("bearer", bearer, Some(setting.at.to_string()));
    issuers
}

fn without_issuers(draft: &mut Draft<'_>) {
    let pairs = draft.options.list("extra-jwt-issuers").join(", ");
    if let Some(setting) = draft.options.get("extra-jwt-issuers").filter(|_| !pairs.is_empty()) {
        draft.report.changed(setting, format!("{pairs}: not carried over either. An issuer beside the provider goes into providers, its audience into bearer.audiences"));
    }
}

/// `issuer=audience` pairs. An audience counts for every issuer of a rule, so a further issuer is taken only where its audience
/// is the only one, after those of the provider's own tokens are known.
fn further_issuers(draft: &mut Draft<'_>, audiences: &mut Vec<String>, issuers: &mut Map) -> Vec<String> {
    let Some(setting) = draft.options.get("extra-jwt-issuers") else { return Vec::new() };
    let own = draft.options.text("oidc-issuer-url").unwrap_or_default();
    let mut others = Vec::new();
    for pair in draft.options.list("extra-jwt-issuers") {
        let Some((issuer, audience)) = pair.rsplit_once('=') else {
            draft.report.changed(setting, format!("{pair} is no issuer=audience"));
            continue;
        };
        if issuer != own {
            others.push((issuer.to_owned(), audience.to_owned()));
            continue;
        }
        draft
            .report
            .carried(setting, format!("{audience} is one more audience of the provider's own tokens"));
        if !audiences.iter().any(|other| other == audience) {
            audiences.push(audience.to_owned());
        }
    }
    let mut names = Vec::new();
    for (issuer, audience) in others {
        if !issuer.starts_with("https://") {
            draft.report.changed(setting, format!("{issuer} is no https URL: left out"));
        } else if *audiences == [audience.as_str()] {
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
