//! What may say who may enter and is not known: each is a gap, and as long as there is one nobody may enter.

use super::Draft;
use crate::migrate::conditions;
use crate::migrate::tree::Map;

/// Options that name the claims in which is looked for what is required.
const CLAIMS: [(&str, &str, &[&str]); 3] = [
    ("oidc-groups-claim", "identity.groups_claim", &["groups"]),
    ("oidc-email-claim", "identity.email_claim", &["emails", "email_domains"]),
    ("user-id-claim", "identity.email_claim", &["emails", "email_domains"]),
];

/// Tells of each; whether there is one.
pub(super) fn doubts(draft: &mut Draft<'_>, require: &Map) -> bool {
    let elsewhere = draft.found.elsewhere.iter().map(|place| {
        format!("{place} is not among the files, and may say who may enter: {}", how_to_give(place))
    });
    let unknown = draft.found.unknown.iter().filter(|unknown| conditions::is_like_one(&unknown.written)).map(
        |unknown| {
            format!(
                "{} ({}): oauth2-proxy knows no such name, and it seems to be meant to say who may enter: say it in require",
                unknown.written, unknown.at
            )
        },
    );
    let closed = draft
        .found
        .closed
        .iter()
        .map(|(what, why)| format!("{what}: {why}: look what it says, and say it in require"));
    let claims = CLAIMS.iter().filter(|(.., required)| required.iter().any(|key| require.has(key)));
    let claims = claims.filter_map(|(option, key, _)| {
        let (setting, place) = draft.elsewhere(option)?;
        Some(format!("{setting}: it is {place}: it names the claim that counts: say it in {key}"))
    });
    let all: Vec<String> = elsewhere.chain(unknown).chain(closed).chain(claims).collect();
    let is_any = !all.is_empty();
    for says in all {
        draft.report.gap("access", says);
    }
    is_any
}

/// Behind `allow: none` in the rule.
pub(super) const COMMENT: &str =
    "GAP: not all that may say who may enter is known, see the report: remove this line when require says it";

fn how_to_give(place: &str) -> String {
    if let Some(name) = place.strip_prefix("ConfigMap ") {
        return format!("give it as well (kubectl get configmap {name} -o yaml)");
    }
    match place.strip_prefix("Secret ") {
        Some(name) => format!(
            "give it as well (kubectl get secret {name} -o yaml; no secret's value is written), or look through it"
        ),
        None => "give it as well".to_owned(),
    }
}
