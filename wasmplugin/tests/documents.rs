//! The commands of the documents: `wasmplugin` knows them, the files that they name are there, and what `explain` is said to answer
//! it answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("")
}

fn wasmplugin(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wasmplugin")).args(arguments).current_dir(root()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The Markdown of a folder, by name.
fn pages() -> BTreeMap<PathBuf, String> {
    let folders = ["", "wasmplugin", "wasmplugin/guide", "filter"].map(|folder| root().join(folder));
    let files =
        folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let pages = files.filter(|file| file.extension().is_some_and(|extension| extension == "md"));
    pages.map(|file| (file.clone(), fs::read_to_string(&file).unwrap())).collect()
}

/// Fenced blocks of a language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect()
}

/// Commands of the shell, without comments; a line that goes on is one.
fn commands(text: &str) -> Vec<String> {
    let shell = blocks(text, "sh").join("\n").replace("\\\n", " ");
    let lines = shell.lines().map(|line| line.split(" #").next().unwrap_or_default().trim().to_owned());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[test]
fn every_command_of_wasmplugin_has_options_that_there_are() {
    let mut help: BTreeMap<String, String> = BTreeMap::new();
    let mut looked_at = 0;
    for (page, text) in pages() {
        for line in commands(&text) {
            for command in
                line.split(['|', ';']).map(str::trim).filter_map(|part| part.strip_prefix("wasmplugin "))
            {
                let words: Vec<_> = command.split_whitespace().collect();
                let known = help.entry(words[0].to_owned()).or_insert_with(|| {
                    let output = wasmplugin(&[words[0], "--help"]);
                    assert!(
                        output.status.success(),
                        "{}: wasmplugin {command}: {}",
                        page.display(),
                        said(&output)
                    );
                    said(&output)
                });
                for option in words.iter().filter(|word| word.starts_with("--")) {
                    let option = option.split('=').next().unwrap();
                    let listed = known.split(|char: char| char.is_whitespace() || ",=[".contains(char));
                    assert!(
                        listed.into_iter().any(|word| word == option),
                        "{}: {command}: {option}",
                        page.display()
                    );
                }
                looked_at += 1;
            }
        }
    }
    assert!(looked_at >= 10, "{looked_at}");
}

/// Paths of this repository, scripts among them.
#[test]
fn every_file_that_a_command_names_is_there() {
    let mut looked_at = 0;
    for (page, text) in pages() {
        for line in commands(&text) {
            for word in line.split([' ', '=', '"', '(', ')']) {
                let ours = ["scripts/", "wasmplugin/", "filter/", "e2e/"]
                    .iter()
                    .any(|start| word.starts_with(start));
                if ours && !word.contains('*') {
                    assert!(root().join(word).exists(), "{}: {line}: {word}", page.display());
                    looked_at += 1;
                }
            }
        }
    }
    assert!(looked_at >= 20, "{looked_at}");
}

/// The page's `plugin.yaml` is the manifest.
#[test]
fn explain_answers_what_the_guide_shows() {
    let page = fs::read_to_string(root().join("wasmplugin/guide/check.md")).unwrap();
    let command = commands(&page)
        .into_iter()
        .find(|line| line.starts_with("wasmplugin explain") && line.contains("--groups"));
    let command = command.unwrap().replace("plugin.yaml", "wasmplugin/manifests/istio.yaml");
    let words: Vec<_> = command.split_whitespace().skip(1).collect();
    let output = wasmplugin(&words);
    let shown = page.split("```\n\n```\n").nth(1).and_then(|rest| rest.split_once("```")).unwrap().0;
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), shown.trim(), "{}", said(&output));
}

#[test]
fn the_cases_of_the_guide_hold_and_a_wrong_one_does_not() {
    let page = fs::read_to_string(root().join("wasmplugin/guide/check.md")).unwrap();
    let blocks = blocks(&page, "yaml");
    let cases = blocks.iter().find(|block| block.contains("expect:")).unwrap();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases-of-the-guide.yaml");
    let explain = |cases: &str| {
        fs::write(&file, cases).unwrap();
        wasmplugin(&["explain", "wasmplugin/manifests/istio.yaml", "--cases", file.to_str().unwrap()])
    };
    let output = explain(cases);
    assert!(output.status.success(), "{}", said(&output));
    let output = explain(&cases.replace("expect: 403", "expect: 401"));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
}

/// What `check` is said to print of a mistake.
#[test]
fn check_prints_a_mistake_as_the_guide_shows_it() {
    let page = fs::read_to_string(root().join("wasmplugin/guide/check.md")).unwrap();
    let shown = page.split("```\n").find(|block| block.starts_with("error: access[0]")).unwrap();
    let manifest = fs::read_to_string(root().join("wasmplugin/manifests/istio.yaml")).unwrap();
    let wrong = manifest.replace("paths: [/healthz]", "paths: [\"/a/*/b\"]");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin.yaml");
    fs::write(&file, wrong).unwrap();
    let output = wasmplugin(&["check", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let printed = said(&output);
    // The place differs; the message and the caret do not. The page cuts what is accepted short.
    for line in shown.lines().filter(|line| !line.contains("-->")) {
        let line = line.split(" …").next().unwrap();
        let line = line.rsplit_once("; ").filter(|(_, rest)| rest.is_empty()).map_or(line, |(line, _)| line);
        let bare = line.trim_start_matches(|char: char| char.is_ascii_digit() || char == ' ');
        assert!(printed.contains(bare.trim_end()), "{bare:?}\n{printed}");
    }
}
