//! `identity`: which claims say who somebody is.

use super::Draft;
use crate::migrate::tree::Map;

pub(super) fn identity(draft: &mut Draft<'_>) -> Map {
    let mut map = Map::default();
    let prefers_email = draft.options.is_on("prefer-email-to-user", false);
    for (option, key, default) in [
        ("user-id-claim", "user_claim", "sub"),
        ("oidc-email-claim", "email_claim", "email"),
        ("oidc-groups-claim", "groups_claim", "groups"),
    ] {
        let Some(setting) = draft.options.get(option) else { continue };
        let Some(claim) = draft.options.text(option).map(str::to_owned) else { continue };
        if claim == default {
            draft.report.carried(setting, format!("{claim} is the filter's default"));
            continue;
        }
        let comment = draft.note(setting, &format!("identity.{key}"), &claim);
        map.set(key, claim, Some(comment));
    }
    if prefers_email && let Some(setting) = draft.options.get("prefer-email-to-user") {
        if draft.options.get("user-id-claim").is_none() {
            map.set("user_claim", "email", Some(setting.at.to_string()));
        }
        draft.report.changed(
            setting,
            "the user header was the email address: identity.user_claim: email does the same",
        );
    }
    if draft.options.is_on("insecure-oidc-allow-unverified-email", false)
        && let Some(setting) = draft.options.get("insecure-oidc-allow-unverified-email")
    {
        draft.report.carried(setting, "identity.allow_unverified_email: true. Whoever may choose an address at the provider can take somebody else's");
        map.set("allow_unverified_email", true, Some(setting.at.to_string()));
    }
    map
}
