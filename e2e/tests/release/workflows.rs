//! The workflows of GitHub, which no other test runs: they are YAML, what they call is there, and they may do little.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;
use vestibule_e2e::tools::all;

use crate::repository::{is_called_rightly, root};

fn workflows() -> Vec<(String, Value)> {
    let folder = root().join(".github/workflows");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        all.push((
            name.clone(),
            serde_yaml_ng::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")),
        ));
    }
    all
}

/// Every job of every workflow.
fn jobs() -> Vec<(String, Value)> {
    let of = |(name, workflow): (String, Value)| {
        let jobs = workflow["jobs"].as_object().unwrap().clone();
        jobs.into_iter().map(move |(job, value)| (format!("{name}: {job}"), value))
    };
    workflows().into_iter().flat_map(of).collect()
}

/// What a job's steps run, and what its matrix has them run.
fn commands(job: &Value) -> Vec<String> {
    let steps = job["steps"].as_array().unwrap().iter().filter_map(|step| step["run"].as_str());
    let matrix = job["strategy"]["matrix"]["command"].as_array().into_iter().flatten();
    steps.chain(matrix.map(|command| command.as_str().unwrap())).map(str::to_owned).collect()
}

#[test]
fn both_are_there_and_call_the_scripts() {
    let names: BTreeSet<String> = workflows().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["ci.yml", "release.yml"].map(str::to_owned).into());
    let mut called = BTreeSet::new();
    for (_, job) in jobs() {
        for line in commands(&job).iter().flat_map(|command| command.lines()) {
            let Some(call) = line.trim().strip_prefix("scripts/") else { continue };
            called.insert(call.replace('"', ""));
            is_called_rightly(line.trim());
        }
    }
    let expected = [
        "release $TRIED --dry-run",
        "release ${GITHUB_REF_NAME#v} --files",
        "test",
        "test --advisories",
        "test --envoys",
        "test --istio",
        "test --long",
    ];
    assert_eq!(called, expected.map(str::to_owned).into());
}

#[test]
fn what_they_run_is_a_script_that_bash_reads() {
    for (name, job) in jobs() {
        for command in commands(&job) {
            // What GitHub fills in is no word of the shell, and nobody's input may become one.
            let filled = command.replace("${{ matrix.command }}", "");
            assert!(!filled.contains("${{"), "{name}: {command}");
            let output = Command::new("bash")
                .args(["-n", "-c", &command.replace("${{ matrix.command }}", "true")])
                .output();
            let output = output.unwrap();
            assert!(output.status.success(), "{name}: {command}: {}", all(&output));
        }
    }
}

#[test]
fn actions_are_pinned_and_permissions_are_few() {
    for (name, workflow) in workflows() {
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{name}");
        assert!(workflow.get("on").is_some(), "{name}");
    }
    for (name, job) in jobs() {
        assert!(job["timeout-minutes"].as_u64().is_some(), "{name}");
        assert_eq!(job["runs-on"], "ubuntu-24.04", "{name}");
        let permissions = job["permissions"].as_object().unwrap_or_else(|| panic!("{name}"));
        let writes = permissions.values().any(|value| value != "read");
        assert_eq!(writes, name == "release.yml: publish", "{name}: {permissions:?}");
        for step in job["steps"].as_array().unwrap() {
            let Some(action) = step["uses"].as_str() else { continue };
            let commit = action.rsplit_once('@').unwrap().1;
            assert!(
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{name}: {action}"
            );
            if action.starts_with("actions/checkout@") {
                assert_eq!(step["with"]["persist-credentials"], false, "{name}: the token stays in no file");
            }
        }
        // A job that may write runs no code of this tree or of its dependencies but what was built before.
        if writes {
            assert!(
                commands(&job)
                    .iter()
                    .all(|command| !command.contains("scripts/") && !command.contains("cargo"))
            );
        }
    }
}
