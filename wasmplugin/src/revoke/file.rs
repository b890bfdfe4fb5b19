//! In a manifest: only the lines of `session.revoked` and `session.not_before` change.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::change::{self, Change, Old, Wanted};
use super::edit::{edited, is_flow};
use crate::documents::Plugin;
use crate::input::Input;
use crate::loading;
use crate::yaml;

pub(super) fn revoke(
    path: &Path,
    name: Option<&str>,
    wanted: &Wanted,
    dry_run: bool,
) -> Result<Vec<String>, String> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let (changed, lines) = changed(&Input { name: shown.clone(), text: text.clone() }, name, wanted)?;
    if changed != text && !dry_run {
        fs::write(path, changed).map_err(|error| format!("{shown} cannot be written: {error}"))?;
    }
    Ok(lines)
}

fn changed(input: &Input, name: Option<&str>, wanted: &Wanted) -> Result<(String, Vec<String>), String> {
    let plugin = loading::plugin(input, name)?;
    let config = loading::load(&plugin).map_err(|faults| {
        format!(
            "the filter refuses the configuration of {} (wasmplugin check says where):\n{faults}",
            plugin.name
        )
    })?;
    let session = plugin.config.as_ref().and_then(|config| config.get("session"));
    let is_flow = session.is_some_and(|session| is_flow(&input.text, session));
    let change = change::change(&config, wanted, if is_flow { Old::Kept } else { Old::Dropped });
    if change.is_empty() {
        return Ok((input.text.clone(), change.lines));
    }
    let by_hand = || {
        format!(
            "{}: session is written in a way that this cannot change safely. Write by hand: {}",
            input.name,
            change.lines.join("; ")
        )
    };
    let text = session.and_then(|session| edited(&input.text, session, &change)).ok_or_else(by_hand)?;
    if !is_nothing_else(&input.text, &text, &plugin, &change) {
        return Err(by_hand());
    }
    let input = Input { name: input.name.clone(), text };
    // The person may be no address, or the list too long.
    loading::load(&loading::plugin(&input, name)?)
        .map_err(|faults| format!("nothing is changed, for the filter would refuse it: {faults}"))?;
    Ok((input.text, change.lines))
}

/// Whether the new text reads as the old one with the change, and as nothing else.
fn is_nothing_else(old: &str, new: &str, plugin: &Plugin, change: &Change) -> bool {
    let (Ok(old), Ok(new)) = (yaml::read(old), yaml::read(new)) else { return false };
    let old: Vec<Json> = old.iter().map(|document| unpacked(document.json())).collect();
    let found: Vec<Json> = new.iter().map(|document| unpacked(document.json())).collect();
    let mut expected = old.clone();
    if let Some(config) = plugin.config.as_ref().map(|config| unpacked(config.json())) {
        let own = expected.iter_mut().filter(|document| is_named(document, plugin));
        own.for_each(|document| apply(document, &config, change));
    }
    expected == found && expected != old
}

/// With what a string holds in its place, where that is a configuration in JSON: Envoy's own form.
fn unpacked(node: Json) -> Json {
    match node {
        Json::String(text) if text.trim_start().starts_with('{') => {
            serde_json::from_str(&text).unwrap_or(Json::String(text))
        }
        // An empty list of people is as good as none.
        Json::Object(entries) => entries
            .into_iter()
            .filter(|(key, value)| key != "revoked" || !value.as_array().is_some_and(Vec::is_empty))
            .map(|(key, value)| (key, unpacked(value)))
            .collect(),
        Json::Array(items) => items.into_iter().map(unpacked).collect(),
        other => other,
    }
}

/// Wherever `node` has the configuration: each resource, the chart's values and Envoy itself have it elsewhere.
fn apply(node: &mut Json, config: &Json, change: &Change) {
    if node == config {
        if let Some(session) = node.get_mut("session") {
            change.apply(session);
        }
        return;
    }
    match node {
        Json::Object(entries) => entries.values_mut().for_each(|value| apply(value, config, change)),
        Json::Array(items) => items.iter_mut().for_each(|item| apply(item, config, change)),
        _ => (),
    }
}

fn is_named(document: &Json, plugin: &Plugin) -> bool {
    let name = document.pointer("/metadata/name").and_then(Json::as_str);
    name.is_none_or(|name| plugin.name.split([' ', '/', ',']).any(|word| word == name))
}

#[cfg(test)]
mod tests {
    use vestibule::inputs::Timestamp;

    use super::super::change::Whom;
    use super::*;

    const HEAD: &str = "# head\napiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: vestibule} # name\nspec:\n  vmConfig: {env: [{name: A, valueFrom: HOST}, {name: B, valueFrom: HOST}]}\n  pluginConfig:\n    provider: {issuer: https://op.example}\n    client: {id: a, secret: {env: A}}\n";
    const TAIL: &str = "    # behind\n    access: []\n---\nkind: Other\n";

    fn revoked(session: &str, whom: Whom) -> Result<String, String> {
        let text = format!("{HEAD}{session}{TAIL}");
        let wanted = Wanted { whom, before: Timestamp(1_800_000_000), now: Timestamp(1_800_000_000) };
        let (text, _) = changed(&Input { name: "a.yaml".to_owned(), text }, None, &wanted)?;
        let middle = text.strip_prefix(HEAD).and_then(|rest| rest.strip_suffix(TAIL));
        Ok(middle.unwrap_or_else(|| panic!("something else changed:\n{text}")).to_owned())
    }

    fn bob() -> Whom {
        Whom::Email("bob@example.com".to_owned())
    }

    const BOB: &str = r#"{before: "2027-01-15T08:00:00Z", email: "bob@example.com"}"#;

    #[test]
    fn only_these_lines_change() {
        for (before, after) in [
            (
                "    session:\n      # keep\n      secrets: [{env: B}] # this\n",
                format!(
                    "    session:\n      # keep\n      revoked:\n        - {BOB}\n      secrets: [{{env: B}}] # this\n"
                ),
            ),
            (
                "    session: {secrets: [{env: B}]} # this\n",
                format!("    session: {{revoked: [{BOB}], secrets: [{{env: B}}]}} # this\n"),
            ),
            (
                "    session: {secrets: [{env: B}], revoked: [{sub: x, before: 2027-01-15T07:00:00Z}]}\n",
                format!(
                    "    session: {{secrets: [{{env: B}}], revoked: [{BOB}, {{sub: x, before: 2027-01-15T07:00:00Z}}]}}\n"
                ),
            ),
            (
                "    session:\n      revoked: # why\n      # first\n      - {sub: x, before: 2027-01-15T07:00:00Z} # x\n      - sub: old\n        before: 2026-01-15T07:00:00Z\n      # last\n      secrets: [{env: B}]\n",
                format!(
                    "    session:\n      revoked: # why\n      # first\n      - {BOB}\n      - {{sub: x, before: 2027-01-15T07:00:00Z}} # x\n      # last\n      secrets: [{{env: B}}]\n"
                ),
            ),
            (
                "    session:\n      revoked: [{sub: x, before: 2027-01-15T07:00:00Z}]\n      secrets: [{env: B}]\n",
                format!(
                    "    session:\n      revoked: [{BOB}, {{before: \"2027-01-15T07:00:00Z\", sub: \"x\"}}]\n      secrets: [{{env: B}}]\n"
                ),
            ),
        ] {
            assert_eq!(revoked(before, bob()).unwrap(), after);
        }
    }

    /// Whatever stands behind a value on its line, and at the end of each line.
    #[test]
    fn comments_and_the_ends_of_lines_stay() {
        let before = "    session:\n      not_before: '2026-01-01T00:00:00Z' # the break-in, \"why\"\n      revoked: [{sub: 'x # y', before: 2027-01-15T09:00:00Z}] # ]who: [and why]\n      secrets: [{env: B}]\n";
        let everybody = "    session:\n      not_before: \"2027-01-15T08:00:00Z\" # the break-in, \"why\"\n      revoked: [{sub: 'x # y', before: 2027-01-15T09:00:00Z}] # ]who: [and why]\n      secrets: [{env: B}]\n";
        let listed = format!(
            "    session:\n      not_before: '2026-01-01T00:00:00Z' # the break-in, \"why\"\n      revoked: [{BOB}, {{before: \"2027-01-15T09:00:00Z\", sub: \"x # y\"}}] # ]who: [and why]\n      secrets: [{{env: B}}]\n"
        );
        assert_eq!(revoked(before, Whom::Everyone).unwrap(), everybody);
        assert_eq!(revoked(before, bob()).unwrap(), listed);
        let wanted = |whom| Wanted { whom, before: Timestamp(1_800_000_000), now: Timestamp(1_800_000_000) };
        for session in [
            before,
            "    session:\n      secrets: [{env: B}]\n",
            "    session: {secrets: [{env: B}]} # this\n",
            "    session:\n      not_before: 2026-01-01T00:00:00Z\n      revoked:\n      - {sub: x, before: 2027-01-15T07:00:00Z} # x\n      - sub: old\n        before: 2026-01-15T07:00:00Z\n      secrets: [{env: B}]\n",
        ] {
            for whom in [bob(), Whom::Everyone] {
                let text = format!("{HEAD}{session}{TAIL}");
                let of = |text: String| {
                    let input = Input { name: "a.yaml".to_owned(), text };
                    changed(&input, None, &wanted(whom.clone())).unwrap().0
                };
                assert_eq!(of(text.replace('\n', "\r\n")), of(text).replace('\n', "\r\n"));
            }
        }
        // The last line may have no end.
        let text = format!(
            "{HEAD}    session:\n      secrets: [{{env: B}}]\n      not_before: 2026-01-01T00:00:00Z"
        );
        let input = Input { name: "a.yaml".to_owned(), text };
        let (text, _) = changed(&input, None, &wanted(Whom::Everyone)).unwrap();
        assert!(text.ends_with("\n      not_before: \"2027-01-15T08:00:00Z\""), "{text}");
    }

    #[test]
    fn everybody() {
        for (before, after) in [
            (
                "    session:\n      secrets: [{env: B}]\n",
                "    session:\n      not_before: \"2027-01-15T08:00:00Z\"\n      secrets: [{env: B}]\n",
            ),
            (
                "    session:\n      secrets: [{env: B}]\n      not_before: 2026-01-01T00:00:00Z\n      revoked:\n        - {sub: x, before: 2027-01-15T07:00:00Z}\n",
                "    session:\n      secrets: [{env: B}]\n      not_before: \"2027-01-15T08:00:00Z\"\n",
            ),
            (
                "    session: {secrets: [{env: B}], revoked: []}\n",
                "    session: {not_before: \"2027-01-15T08:00:00Z\", secrets: [{env: B}], revoked: []}\n",
            ),
            (
                "    session: {secrets: [{env: B}]}\n",
                "    session: {not_before: \"2027-01-15T08:00:00Z\", secrets: [{env: B}]}\n",
            ),
        ] {
            assert_eq!(revoked(before, Whom::Everyone).unwrap(), after);
        }
    }

    #[test]
    fn in_values_of_the_chart_and_in_other_resources_too() {
        let config = "provider: {issuer: https://op.example}\nclient: {id: a, secret: {env: A}}\nsession:\n  secrets: [{env: B}]\n";
        let indented =
            |by: usize| config.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect::<String>();
        let env = "[{name: A, valueFrom: HOST}, {name: B, valueFrom: HOST}]";
        for text in [
            config.to_owned(),
            format!("image: {{digest: x}}\npluginConfig:\n{}", indented(2)),
            format!(
                "apiVersion: extensions.istio.io/v1alpha1\nkind: TrafficExtension\nmetadata: {{name: v}}\nspec:\n  wasm:\n    vmConfig: {{env: {env}}}\n    pluginConfig:\n{}",
                indented(6)
            ),
            format!(
                "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyExtensionPolicy\nmetadata: {{name: v}}\nspec:\n  wasm:\n  - name: vestibule\n    env: {{hostKeys: [A, B]}}\n    config:\n{}",
                indented(6)
            ),
        ] {
            let wanted =
                Wanted { whom: bob(), before: Timestamp(1_800_000_000), now: Timestamp(1_800_000_000) };
            let (changed, _) =
                changed(&Input { name: "a.yaml".to_owned(), text: text.clone() }, None, &wanted)
                    .unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!(changed.lines().count(), text.lines().count() + 2, "{changed}");
        }
    }

    /// Envoy's own form. Nothing is dropped there.
    #[test]
    fn in_json_inside_a_string() {
        let envoy = |session: &str| {
            format!(
                "static_resources:\n  filters:\n  - name: vestibule\n    typed_config:\n      \"@type\": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm\n      config: # keep\n        vm_config: {{environment_variables: {{host_env_keys: [A, B]}}}}\n        configuration:\n          value: |\n            {{\n              \"provider\": {{\"issuer\": \"https://op.example\"}},\n              \"client\": {{\"id\": \"a\", \"secret\": {{\"env\": \"A\"}}}},\n              \"session\": {session}\n            }}\n"
            )
        };
        let bob = r#"{"before":"2027-01-15T08:00:00Z","email":"bob@example.com"}"#;
        let eve = r#"{"before":"2027-01-15T09:00:00Z","sub":"eve"}"#;
        let secrets = r#""secrets": [{"env": "B"}]"#;
        let mut text = envoy(&format!("{{{secrets}}}"));
        for (whom, before, session) in [
            (self::bob(), 1_800_000_000, format!(r#"{{"revoked": [{bob}], {secrets}}}"#)),
            (
                Whom::Sub("eve".to_owned()),
                1_800_003_600,
                format!(r#"{{"revoked": [{eve}, {bob}], {secrets}}}"#),
            ),
            (
                Whom::Everyone,
                1_800_007_200,
                format!(r#"{{"not_before": "2027-01-15T10:00:00Z", "revoked": [{eve}, {bob}], {secrets}}}"#),
            ),
            (
                Whom::Everyone,
                1_800_010_800,
                format!(r#"{{"not_before": "2027-01-15T11:00:00Z", "revoked": [{eve}, {bob}], {secrets}}}"#),
            ),
        ] {
            let wanted = Wanted { whom, before: Timestamp(before), now: Timestamp(before) };
            let lines;
            (text, lines) = changed(&Input { name: "envoy.yaml".to_owned(), text }, None, &wanted).unwrap();
            assert_eq!(text, envoy(&session), "{lines:?}");
            assert_eq!(lines.len(), 1);
        }
    }

    /// What could bring more into the file than a person, and what nobody can change safely.
    #[test]
    fn what_is_not_sure_is_not_written() {
        let plain = "    session:\n      secrets: [{env: B}]\n";
        let evil = "x\"}, {sub: \"*\", before: 2099-01-01T00:00:00Z}]\n    hosts: [nobody.example]\n    #";
        match revoked(plain, Whom::Sub(evil.to_owned())) {
            Ok(text) => assert_eq!(text.lines().count(), 4, "{text}"),
            Err(error) => assert!(error.contains("refuse") || error.contains("by hand"), "{error}"),
        }
        assert!(
            revoked(plain, Whom::Email("no address".to_owned()))
                .unwrap_err()
                .contains("session.revoked[0].email")
        );
        assert!(revoked("    session: &s\n      secrets: [{env: B}]\n      revoked: [\n        {sub: x, before: 2027-01-15T07:00:00Z}]\n", bob()).unwrap_err().contains("by hand"));
        assert!(
            revoked("    session: {secrets: [{env: B}], max_agee: 1h}\n", bob())
                .unwrap_err()
                .contains("max_agee")
        );
        // Said twice is done once.
        let once = revoked(plain, bob()).unwrap();
        assert_eq!(revoked(&once, bob()).unwrap(), once);
    }

    #[test]
    fn of_several_plugins_one_is_named() {
        let one = format!("{HEAD}    session: {{secrets: [{{env: B}}]}}\n");
        let text = format!("{one}---\n{}", one.replace("{name: vestibule}", "{name: other}"));
        let wanted = Wanted { whom: bob(), before: Timestamp(1_800_000_000), now: Timestamp(1_800_000_000) };
        let input = Input { name: "a.yaml".to_owned(), text };
        assert!(changed(&input, None, &wanted).unwrap_err().contains("--name"));
        let (text, _) = changed(&input, Some("other"), &wanted).unwrap();
        assert!(text.starts_with(&one) && text.matches("bob@").count() == 1);
    }
}
