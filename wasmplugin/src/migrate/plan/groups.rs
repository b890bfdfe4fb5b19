//! What somebody must have beside an email address: groups, and what stands for them with some providers.

use super::Draft;
use crate::migrate::setting::Value;
use crate::migrate::tree::{Map, Tree};

/// Options of which one group is enough.
const GROUPS: [&str; 2] = ["allowed-group", "keycloak-group"];

/// Options that let only some people in, and that no rule can say.
const LOST: [&str; 4] = ["google-group", "gitlab-group", "gitlab-project", "entra-id-allowed-tenant"];

/// `false`: a condition is lost, so that nobody may enter before a person has put another in its place.
pub(super) fn require(draft: &mut Draft<'_>, require: &mut Map) -> bool {
    let has_groups = groups(draft, require);
    let mut is_whole = true;
    if let Some(setting) = draft.options.get("allowed-role") {
        let names = draft.options.list("allowed-role").join(", ");
        let beside = if has_groups {
            "and whoever had a role without a group may not enter any more"
        } else {
            "so nobody may enter until a rule says who"
        };
        draft.report.changed(setting, format!("Keycloak's roles ({names}) are not in the groups claim, {beside}. With a mapper that puts realm roles into the ID token: require: {{claims: {{/realm_access/roles: [...]}}}}"));
        if !has_groups {
            draft.report.gap("access", format!("{setting}: only people in these roles were let in: say how that is to be seen from the ID token"));
            is_whole = false;
        }
    }
    for option in LOST {
        // What is to be done instead is said where all that is lost is.
        let Some(setting) = draft.options.get(option).filter(|_| is_set(draft, option)) else { continue };
        draft.report.gap(
            "access",
            format!("{setting}: it let only some people in, and no rule says the same: say who may enter"),
        );
        is_whole = false;
    }
    is_whole
}

/// Whether any group is asked for.
fn groups(draft: &mut Draft<'_>, require: &mut Map) -> bool {
    if is_unknown(draft) {
        for setting in GROUPS.iter().filter_map(|option| draft.options.get(option)) {
            let place = draft.elsewhere(&setting.option).map(|(_, place)| format!(": it is {place}"));
            let place = place.unwrap_or_default();
            draft.report.gap("access[].require.groups", format!("{setting}: which groups may enter{place}"));
            require.remove("groups");
            require.set("groups", Tree::Gap, Some(format!("GAP: the groups of {setting}{place}")));
        }
        return true;
    }
    let mut groups = Vec::new();
    let mut from = None;
    for option in GROUPS {
        let Some(setting) = draft.options.get(option) else { continue };
        groups.extend(draft.options.list(option));
        from = Some(setting);
    }
    let Some(setting) = from.filter(|_| !groups.is_empty()) else { return false };
    let comment = draft.note(setting, "require.groups", &groups.join(", "));
    require.set("groups", groups, Some(comment));
    true
}

/// Whether groups are asked for that the files do not name.
pub(super) fn is_unknown(draft: &Draft<'_>) -> bool {
    GROUPS
        .iter()
        .filter_map(|option| draft.options.get(option))
        .any(|setting| !matches!(setting.value, Value::Texts(_)))
}

/// Whether it says anything, in the files or elsewhere.
fn is_set(draft: &Draft<'_>, option: &str) -> bool {
    match draft.options.get(option).map(|setting| &setting.value) {
        None => false,
        Some(Value::Texts(_)) => !draft.options.list(option).is_empty(),
        Some(Value::Bare | Value::Secret { .. } | Value::Elsewhere(_)) => true,
    }
}
