//! The rooms of the house know each other in one direction only: those below. What the sources import is held to that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with those that it may know. The map of the house is in `filter/src/lib.rs`.
const MAY_KNOW: [(&str, &[&str]); 13] = [
    ("inputs", &[]),
    ("redacted", &[]),
    ("web", &["inputs", "redacted"]),
    ("jose", &["inputs", "redacted", "web"]),
    // Its types hold the client's private key, which is read by `jose`.
    ("config", &["inputs", "redacted", "web", "jose"]),
    ("oidc", &["inputs", "redacted", "web", "jose", "config"]),
    ("session", &["inputs", "redacted", "web", "config"]),
    ("access", &["inputs", "redacted", "web", "config"]),
    ("upstream", &["inputs", "redacted", "web", "jose", "config"]),
    ("page", &["inputs", "redacted", "web", "config"]),
    (
        "engine",
        &["inputs", "redacted", "web", "jose", "config", "oidc", "session", "access", "upstream", "page"],
    ),
    ("driver", &["inputs", "config", "engine", "oidc", "access", "upstream", "page"]),
    ("host", &["inputs", "config", "engine", "driver", "oidc", "page"]),
];

/// A source file, and what it imports of the crate: names, each as its path from the crate's root.
struct Source {
    file: PathBuf,
    module: Vec<String>,
    code: String,
    imports: BTreeSet<Vec<String>>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All sources without their tests.
fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    let files = files.into_iter().filter(|file| !file.components().any(|part| part.as_os_str() == "tests"));
    files.map(|file| source(&file)).collect()
}

fn source(file: &Path) -> Source {
    let text = fs::read_to_string(file).unwrap();
    // What a file's tests import is their own affair.
    let text = text.split("\n#[cfg(test)]").next().unwrap();
    let module = module_of(file);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut imports = BTreeSet::new();
    let above = |levels| module.get(..module.len().saturating_sub(levels)).unwrap().to_vec();
    let mut starts = vec![
        ("crate::".to_owned(), Vec::new()),
        ("super::".to_owned(), above(1)),
        ("super::super::".to_owned(), above(2)),
    ];
    // A folder's own file names its modules as they are.
    starts.extend(modules_in(&code).map(|name| (format!("{name}::"), [module.clone(), vec![name]].concat())));
    // Wherever a path stands: in a `use`, or in the code itself. Names that are handed on are no imports.
    let used: String = code.split_inclusive(';').filter(|item| !hands_on(item)).collect();
    for (start, base) in starts {
        for (at, _) in used.match_indices(&start) {
            let before = used.get(..at).unwrap();
            let rest = used.get(at + start.len()..).unwrap();
            let is_longer = before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            let goes_higher = start == "super::" && rest.starts_with("super::");
            if !is_longer && !goes_higher {
                imports.extend(paths(rest).into_iter().map(|path| [base.clone(), path].concat()));
            }
        }
    }
    Source { file: file.to_owned(), module, code, imports }
}

/// Whether a declaration hands on the names of a module below, or declares one.
fn hands_on(item: &str) -> bool {
    let item = item.trim_start();
    let item = item.rsplit_once("\n").map_or(item, |(_, last)| last).trim_start();
    item.starts_with("pub use ") || (item.starts_with("pub(") && item.contains(") use "))
}

/// The modules that a file declares.
fn modules_in(code: &str) -> impl Iterator<Item = String> {
    code.lines().filter_map(|line| {
        let name = line.trim_start().strip_suffix(';')?.rsplit_once("mod ")?.1;
        name.chars().all(|c| c.is_alphanumeric() || c == '_').then(|| name.to_owned())
    })
}

/// `engine/mod.rs` is `engine`, `engine/step.rs` is `engine::step`, `lib.rs` is the root.
fn module_of(file: &Path) -> Vec<String> {
    let path = file.strip_prefix(root()).unwrap().with_extension("");
    let mut module: Vec<String> =
        path.components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
    if module.last().is_some_and(|name| name == "mod" || name == "lib") {
        module.pop();
    }
    module
}

/// The paths at the beginning of what follows `crate::`: one, or those of a group in braces.
fn paths(text: &str) -> Vec<Vec<String>> {
    if let Some(group) = text.strip_prefix('{') {
        let mut depth = 1;
        let end = group.find(|c| {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            depth == 0
        });
        let mut depth = 0;
        let entries = group.get(..end.unwrap()).unwrap().split(move |c| {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            c == ',' && depth == 0
        });
        return entries.flat_map(|entry| paths(entry.trim())).collect();
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match rest.strip_prefix("::") {
        Some(rest) if !name.is_empty() => {
            paths(rest).into_iter().map(|path| [vec![name.to_owned()], path].concat()).collect()
        }
        _ => vec![if name.is_empty() { vec![] } else { vec![name.to_owned()] }],
    }
}

/// Whether the code has a definition of this name.
fn defines(code: &str, name: &str) -> bool {
    ["struct", "enum", "type", "trait", "fn", "const", "static", "macro_rules!", "mod"].iter().any(|kind| {
        code.match_indices(&format!("{kind} {name}")).any(|(at, text)| {
            !code.get(at + text.len()..).unwrap().starts_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    })
}

#[test]
fn no_room_knows_one_above_it_or_beside_it() {
    let may_know: BTreeMap<&str, &[&str]> = MAY_KNOW.into_iter().collect();
    let mut arrows = BTreeSet::new();
    for Source { file, module, imports, .. } in sources() {
        let Some(room) = module.first() else { continue };
        let allowed = may_know
            .get(room.as_str())
            .unwrap_or_else(|| panic!("{}: which room is {room}?", file.display()));
        for import in imports {
            let Some(other) = import.first().filter(|other| may_know.contains_key(other.as_str())) else {
                continue;
            };
            if other != room {
                assert!(allowed.contains(&other.as_str()), "{}: {room} knows {other}", file.display());
                arrows.insert((room.clone(), other.clone()));
            }
        }
    }
    // What is allowed and never used is an arrow that nobody drew; and a reader that sees nothing would see no fault.
    for needed in
        [("host", "driver"), ("driver", "engine"), ("engine", "oidc"), ("oidc", "jose"), ("config", "web")]
    {
        assert!(arrows.contains(&(needed.0.to_owned(), needed.1.to_owned())), "{needed:?}");
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = sources();
    let modules: BTreeMap<Vec<String>, &Source> =
        sources.iter().map(|source| (source.module.clone(), source)).collect();
    // An import leads to the file of the longest module that its path names; where that hands the name on, to the file
    // that defines it.
    let target = |import: &Vec<String>| {
        let found = (1..=import.len()).rev().find_map(|length| modules.get_key_value(import.get(..length)?));
        let (module, source) = found?;
        let Some(name) = import.get(module.len()).filter(|name| !defines(&source.code, name)) else {
            return Some(module);
        };
        let children =
            modules.iter().filter(|(other, _)| other.len() == module.len() + 1 && other.starts_with(module));
        let mut owners = children.filter(|(_, child)| defines(&child.code, name)).map(|(other, _)| other);
        Some(owners.next().unwrap_or(module))
    };
    let mut below: BTreeMap<&Vec<String>, BTreeSet<&Vec<String>>> = BTreeMap::new();
    for source in &sources {
        let others = source.imports.iter().filter_map(target).filter(|other| **other != source.module);
        below.insert(&source.module, others.collect());
    }
    assert!(below.values().map(BTreeSet::len).sum::<usize>() > 200, "the imports were not found");
    // What imports nothing that is left stands on the ground, what nothing left imports is the roof; the rest is circles
    // and what lies between them.
    loop {
        let imported: BTreeSet<_> = below.values().flatten().copied().collect();
        let is_free = |module: &Vec<String>, others: &BTreeSet<&Vec<String>>| {
            others.is_empty() || !imported.contains(module)
        };
        let free: Vec<_> = below
            .iter()
            .filter(|(module, others)| is_free(module, others))
            .map(|(module, _)| *module)
            .collect();
        if free.is_empty() {
            break;
        }
        for module in &free {
            below.remove(module);
        }
        for others in below.values_mut() {
            others.retain(|other| !free.contains(other));
        }
    }
    assert!(below.is_empty(), "{below:#?}");
}
