//! The pages of the repository, and the little of Markdown that the tests must know.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A Markdown file.
#[derive(Debug)]
pub(crate) struct Page {
    /// From the root of the repository.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) language: String,
    /// Without the indentation of its fence.
    pub(crate) text: String,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file with one of these endings, by its path from the root: none of `target`, of `node_modules` and of folders that begin
/// with a dot, but those of `.github`.
pub(crate) fn files(endings: &[&str]) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let kind = entry.file_type().unwrap();
            let passed_over = name == "target" || name == "node_modules" || name == "corpus";
            if kind.is_dir() && !passed_over && (!name.starts_with('.') || name == ".github") {
                folders.push(entry.path());
            } else if kind.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(entry.path().strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn pages() -> Vec<Page> {
    let pages: Vec<_> = files(&[".md"])
        .into_iter()
        .map(|path| Page { text: fs::read_to_string(root().join(&path)).unwrap(), path })
        .collect();
    assert!(pages.len() > 30, "only {} pages are found", pages.len());
    pages
}

impl Page {
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<(usize, Block)> = None;
        for line in self.text.lines() {
            let bare = line.trim_start();
            match (open.take(), bare.strip_prefix("```")) {
                (None, Some(language)) => {
                    let block = Block { language: language.trim().to_owned(), text: String::new() };
                    open = Some((line.len() - bare.len(), block));
                }
                (None, None) => (),
                (Some((_, block)), Some(_)) => blocks.push(block),
                (Some((indent, mut block)), None) => {
                    block.text += line.get(indent..).unwrap_or_default();
                    block.text.push('\n');
                    open = Some((indent, block));
                }
            }
        }
        assert!(open.is_none(), "{}: a fence is left open", self.path.display());
        blocks
    }

    /// Without fenced blocks; with code in the line, which headings may have.
    fn lines(&self) -> Vec<&str> {
        let mut inside = false;
        let outside = self.text.lines().filter(|line| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !inside && !fence
        });
        outside.collect()
    }

    /// What is between a heading and the next one of its level or above.
    pub(crate) fn section(&self, heading: &str) -> &str {
        let level = heading.split(' ').next().unwrap();
        let start = self.text.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
        let after = &self.text[start + heading.len() + 2..];
        let end =
            (1..=level.len()).filter_map(|level| after.find(&format!("\n{} ", "#".repeat(level)))).min();
        &after[..end.unwrap_or(after.len())]
    }

    /// Where links lead, in the order of the page: in the line, of images, and as `[name]: target`.
    pub(crate) fn targets(&self) -> Vec<String> {
        let mut targets = Vec::new();
        for line in self.lines() {
            let line = without_code(line);
            let defined = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
            targets.extend(defined.map(|(_, target)| target.trim().to_owned()));
            targets
                .extend(line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())));
        }
        targets
    }

    /// Names of `[text][name]`, and of their definitions.
    pub(crate) fn references(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut used, mut defined) = (BTreeSet::new(), BTreeSet::new());
        for line in self.lines() {
            let line = without_code(line);
            let name = line.strip_prefix('[').and_then(|rest| Some(rest.split_once("]: ")?.0.to_owned()));
            defined.extend(name);
            used.extend(line.split("][").skip(1).filter_map(|rest| Some(rest.split_once(']')?.0.to_owned())));
        }
        (used, defined)
    }

    /// What a link may name behind `#`, as GitHub makes it of headings; and anchors that stand in the page.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        for line in self.lines() {
            let heading = line.trim_start_matches('#');
            if heading.len() < line.len() && heading.starts_with(' ') {
                let anchor = anchor(heading.trim());
                let again = (1..).map(|number| format!("{anchor}-{number}"));
                let free = std::iter::once(anchor.clone()).chain(again).find(|name| !anchors.contains(name));
                anchors.extend(free);
            }
            anchors.extend(
                line.split("<a id=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())),
            );
        }
        anchors
    }
}

/// Code in the line is no link.
fn without_code(line: &str) -> String {
    line.split('`').enumerate().map(|(number, part)| if number % 2 == 0 { part } else { "code" }).collect()
}

/// Lower case; blanks become hyphens; what is no letter, digit, hyphen or underscore goes.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|char| if char == ' ' { '-' } else { char }).collect()
}

#[test]
fn anchors_are_those_of_github() {
    let text = "# A `code` title\n## nginx's `auth_request`\n## Same\n## Same\n```\n# no heading\n```\n<a id=\"own\"></a>\n";
    let page = Page { path: "page.md".into(), text: text.to_owned() };
    let expected = ["a-code-title", "nginxs-auth_request", "own", "same", "same-1"];
    assert_eq!(page.anchors(), expected.map(str::to_owned).into());
}

#[test]
fn links_are_found_and_code_is_none() {
    let text = "[a](b.md#c) `[no](no.md)` ![d](e.svg) [f][g]\n[g]: h.md\n```\n[no](no.md)\n```\n";
    let page = Page { path: "page.md".into(), text: text.to_owned() };
    assert_eq!(page.targets(), ["b.md#c", "e.svg", "h.md"]);
    assert_eq!(page.references(), (["g".to_owned()].into(), ["g".to_owned()].into()));
    assert_eq!(page.blocks().len(), 1);
}
