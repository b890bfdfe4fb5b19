//! `wasmplugin check` as a program: arguments, standard input, exit codes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const GOOD: &str = "{\"provider\": {\"issuer\": \"https://acme.okta.com\"}, \"client\": {\"id\": \"a\"}, \"session\": {\"secrets\": [{\"env\": \"COOKIE\"}]}}";

fn check(arguments: &[&str], standard_input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wasmplugin"))
        .arg("check")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that stops early does not read.
    let _ = child.stdin.take().unwrap().write_all(standard_input.as_bytes());
    child.wait_with_output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn standard_input_and_files_together() {
    let bad = file("bad.yaml", &GOOD.replace("https://", "http://"));
    let output = check(&["-", bad.to_str().unwrap()], GOOD);
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert!(said(&output).contains("bad.yaml:1:25"), "{}", said(&output));
    assert!(said(&output).contains("2 configurations checked: 1 error"), "{}", said(&output));
    let output = check(&["-"], GOOD);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let output = check(&["-"], &GOOD.replace("https://", "http://"));
    assert!(said(&output).contains("--> standard input:1:25"), "{}", said(&output));
}

#[test]
fn what_could_not_be_checked_is_2() {
    for (arguments, input, words) in [
        (&[][..], "", "FILE"),
        (&["no-such-file.yaml"], "", "no-such-file.yaml cannot be read"),
        (&["-", "--env", "no-such.env"], GOOD, "no-such.env cannot be read"),
        (&["-"], "", "no configuration of the filter"),
        (&["-"], "kind: Service\napiVersion: v1\n", "no configuration of the filter"),
        (&["-", "--format", "xml"], GOOD, "xml"),
        (&["-", "--frmat", "json"], GOOD, "--format"),
    ] {
        let output = check(arguments, input);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(words), "{arguments:?}: {}", said(&output));
    }
    assert_eq!(code(&check(&["--allow-none", "-"], "kind: Service\napiVersion: v1\n")), 0);
}

#[test]
fn an_environment_file_that_is_none_is_not_shown() {
    let env = file("wrong.env", "COOKIE=x\nhunter2hunter2\n");
    let output = check(&["-", "--env", env.to_str().unwrap()], GOOD);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("line 2 is no KEY=VALUE"), "{}", said(&output));
    assert!(!said(&output).contains("hunter2"), "{}", said(&output));
}

#[test]
fn warnings_fail_where_they_are_to() {
    let plugin = format!(
        "kind: WasmPlugin\napiVersion: extensions.istio.io/v1alpha1\nmetadata: {{name: a}}\nspec:\n  selector: {{}}\n  \
         url: oci://r.example/v:1\n  phase: AUTHN\n  vmConfig: {{env: [{{name: COOKIE, valueFrom: HOST}}]}}\n  pluginConfig: {GOOD}\n"
    );
    let output = check(&["-"], &plugin);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("warning[image-digest]"), "{}", said(&output));
    assert_eq!(code(&check(&["-", "--strict"], &plugin)), 1);
}

#[test]
fn the_help_says_what_the_exit_codes_are() {
    let output = check(&["--help"], "");
    for word in ["--live", "--env", "--format", "--strict", "Exit code: 0"] {
        assert!(said(&output).contains(word), "{word}: {}", said(&output));
    }
}

#[test]
fn a_part_is_checked_over_what_the_demo_has_and_its_faults_have_its_own_lines() {
    let base = file("base.json", GOOD);
    let over = ["-", "--over", base.to_str().unwrap()];
    let rules = "# mine\naccess:\n  - match: {paths: [/finance]}\n    require: {groups: [finance]}\n";
    let alone = check(&["-"], rules);
    assert_eq!(code(&alone), 1, "alone it is no configuration");
    assert!(said(&alone).contains("note[part]: this is only a part of a configuration"), "{}", said(&alone));
    assert!(!said(&check(&["-"], "client: {id: a}\n")).contains("note[part]"), "it was meant to be whole");
    let output = check(&over, rules);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let output = check(&over, &rules.replace("groups", "group"));
    assert_eq!(code(&output), 1, "{}", said(&output));
    assert!(said(&output).contains("--> standard input:4:15"), "{}", said(&output));
    assert!(said(&output).contains("1 error"), "{}", said(&output));
    let output = check(&["-", "--over", "no-such.json"], rules);
    assert_eq!(code(&output), 2, "{}", said(&output));
}
