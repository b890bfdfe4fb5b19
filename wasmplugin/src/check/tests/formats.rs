//! How findings are said.

use super::super::{github, json, text};
use super::{PLUGIN, plugin_with, report};

#[test]
fn as_text_a_finding_has_its_line_and_a_caret() {
    let said = text::text(&report(&[&plugin_with("[admin.example.com]", "[localhost:10000]")], ""));
    let expected = "\
error: hosts[0]: found \"localhost:10000\"
  --> 0.yaml:22:13
   |
22 |     hosts: [localhost:10000]
   |             ^^^^^^^^^^^^^^^
   = accepted: a host name such as";
    assert!(said.starts_with(expected), "{said}");
    assert!(said.ends_with("\n\n1 configuration checked: 1 error, no warnings\n"), "{said}");
}

#[test]
fn as_json_it_has_all_its_parts() {
    let said = json::json(&report(&[&plugin_with("max_age: 8h", "max_age: 60d")], ""));
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        said["diagnostics"][0],
        serde_json::json!({
            "severity": "error", "code": "configuration", "file": "0.yaml", "line": 21, "column": 16, "width": 3,
            "key": "session.max_age", "found": "found \"60d\"", "accepted": "a duration from \"1s\" to \"30d\"",
        })
    );
    assert_eq!((&said["errors"], &said["warnings"]), (&1.into(), &0.into()));
    assert_eq!(said["checked"], serde_json::json!(["WasmPlugin istio-system/vestibule"]));
    assert_eq!(said["diagnostics"][1], serde_json::Value::Null);
}

#[test]
fn as_workflow_commands_each_is_one_line() {
    let said = github::github(&report(&[&plugin_with("max_age: 8h", "max_age: 60d")], ""));
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert_eq!(
        lines[0],
        "::error file=0.yaml,line=21,col=16,endColumn=18,title=Vestibule%3A configuration::session.max_age: found \
         \"60d\"%0Aaccepted: a duration from \"1s\" to \"30d\""
    );
    let said = github::github(&report(&[PLUGIN], ""));
    assert!(said.starts_with("::notice file=0.yaml,line=22,"), "{said}");
}

/// A file of a stranger cannot write into a log what counts as a command there.
#[test]
fn no_line_is_of_the_files_making() {
    let command = "\\n::error::x\\e[31m\\r";
    for text in [
        PLUGIN.replace("name: vestibule,", &format!("name: \"{command}\",")),
        PLUGIN.replace("allow: public", &format!("\"{command}\": public")),
        PLUGIN.replace("[/healthz]", &format!("[\"{command}\"]")),
        PLUGIN.replace("{env: COOKIE_SECRET}", &format!("{{env: \"{command}\"}}")),
        PLUGIN.replace("id: 0oa1b2c3", &format!("id: {{\"{command}\": {{env: X}}}}")),
        format!("kind: WasmPlugin\nmetadata: {{name: \"{command}\"}}\nspec: {{}}\n"),
        format!("\"{command}\": 1\n\"{command}\": 2\n"),
    ] {
        assert!(text.contains(command));
        let report = report(&[&text], "");
        for said in [text::text(&report), github::github(&report)] {
            assert!(!said.contains('\u{1b}') && !said.contains('\r'), "{said:?}");
            let of_ours =
                |line: &str| line.starts_with("::error file=0.yaml,") || line.starts_with("::notice");
            let commands = said.lines().filter(|line| line.trim_start().starts_with("::"));
            assert!(commands.clone().all(of_ours), "{said}");
        }
    }
}

#[test]
fn the_redirect_uris_are_listed() {
    let uris = |text: &str| {
        let report = report(&[text], "");
        let note = report.diagnostics.iter().find(|one| one.code == "redirect-uris").unwrap();
        (note.found.split(": ").nth(1).unwrap().to_owned(), note.accepted.clone())
    };
    let (sign_in, sign_out) =
        uris(&plugin_with("[admin.example.com]", "[admin.example.com, \"*.apps.example.com\"]"));
    assert_eq!(
        sign_in,
        "https://admin.example.com/oauth2/callback, https://<each host below apps.example.com>/oauth2/callback"
    );
    assert!(sign_out.contains("https://admin.example.com/oauth2/signed_out"));
    let local = PLUGIN.replace("    hosts:", "    paths: {sign_out: local}\n    hosts:");
    assert!(uris(&local).1.starts_with("no sign-out redirect URIs"));
    let prefix = PLUGIN.replace("    hosts:", "    paths: {prefix: /auth}\n    hosts:");
    assert_eq!(uris(&prefix).0, "https://admin.example.com/auth/callback");
    let one = PLUGIN.replace(
        "    hosts:",
        "    paths: {redirect_uri: \"https://admin.example.com/oauth2/callback\"}\n    hosts:",
    );
    assert_eq!(uris(&one).0, "https://admin.example.com/oauth2/callback");
}
