//! `identity`: which claims say who somebody is.

use super::Draft;
use crate::migrate::tree::Map;

pub(super) fn identity(draft: &mut Draft<'_>) -> Map {
    let mut map = Map::default();
    let email = email_claim(draft, &mut map);
    groups_claim(draft, &mut map);
    if draft.options.is_on("prefer-email-to-user", false)
        && let Some(setting) = draft.options.get("prefer-email-to-user")
    {
        draft.report.changed(
            setting,
            format!("the user header was the email address: identity.user_claim: {email} does the same"),
        );
        map.set("user_claim", email, Some(setting.at.to_string()));
    }
    if draft.options.is_on("insecure-oidc-allow-unverified-email", false)
        && let Some(setting) = draft.options.get("insecure-oidc-allow-unverified-email")
    {
        draft.report.carried(setting, "identity.allow_unverified_email: true. Whoever may choose an address at the provider can take somebody else's");
        map.set("allow_unverified_email", true, Some(setting.at.to_string()));
    }
    map
}

fn groups_claim(draft: &mut Draft<'_>, map: &mut Map) {
    let Some(setting) = draft.options.get("oidc-groups-claim") else { return };
    match draft.options.text("oidc-groups-claim").map(str::to_owned) {
        None => {}
        Some(claim) if claim == "groups" => draft.report.carried(setting, "groups is the filter's default"),
        Some(claim) => {
            let comment = draft.note(setting, "identity.groups_claim", &claim);
            map.set("groups_claim", claim, Some(comment));
        }
    }
}

/// Which claim the lists of addresses and domains look at. `user-id-claim` is the older name of `oidc-email-claim` and counts
/// where that is not set; it says nothing of the user, who is `sub` in any case (v7.15.6, providers/providers.go).
fn email_claim(draft: &mut Draft<'_>, map: &mut Map) -> String {
    const DEFAULT: &str = "email";
    let given =
        |option: &str| draft.options.text(option).filter(|claim| *claim != DEFAULT).map(str::to_owned);
    let (newer, older) = (given("oidc-email-claim"), given("user-id-claim"));
    for option in ["oidc-email-claim", "user-id-claim"] {
        if let Some(setting) = draft.options.get(option)
            && draft.options.text(option) == Some(DEFAULT)
        {
            draft.report.carried(setting, format!("{DEFAULT} is the filter's default"));
        }
    }
    let older_setting = draft.options.get("user-id-claim");
    match (newer, older) {
        (Some(claim), older) => {
            if let Some((setting, older)) = older_setting.zip(older) {
                draft.report.changed(
                    setting,
                    format!("{older} had no effect beside oidc-email-claim, and is left out"),
                );
            }
            if let Some(setting) = draft.options.get("oidc-email-claim") {
                let comment = draft.note(setting, "identity.email_claim", &claim);
                map.set("email_claim", claim.clone(), Some(comment));
            }
            claim
        }
        (None, Some(claim)) => {
            if let Some(setting) = older_setting {
                draft.report.changed(
                    setting,
                    format!("identity.email_claim: {claim}. It is the older name of oidc-email-claim: lists of addresses and domains look at this claim. The user was sub, and is"),
                );
                map.set("email_claim", claim.clone(), Some(setting.at.to_string()));
            }
            claim
        }
        (None, None) => DEFAULT.to_owned(),
    }
}
