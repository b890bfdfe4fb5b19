//! The bill of materials: the crates that are compiled into the filter, as a CycloneDX document.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::layout::{digest, hex_of};

pub(crate) const MEDIA_TYPE: &str = "application/vnd.cyclonedx+json";

/// How `cargo tree` is to write what [`Crates::of`] reads, beside `--prefix depth`.
pub(crate) const TREE_FORMAT: &str = "|{l}|{p}";

/// The crates by their package URLs; the first is the filter itself.
#[derive(Debug)]
pub(crate) struct Crates {
    filter: String,
    all: BTreeMap<String, Crate>,
}

#[derive(Debug)]
struct Crate {
    name: String,
    version: String,
    /// An SPDX expression; empty where the crate says none.
    licence: String,
    /// Of the package as it was published; none for what is in this repository.
    sha256: Option<String>,
    depends_on: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

impl Crates {
    /// From the output of `cargo tree` and from `Cargo.lock`.
    ///
    /// # Errors
    /// When either is not as Cargo writes it.
    pub(crate) fn of(tree: &str, lock: &str) -> Result<Self, String> {
        let lock: Lock = toml::from_str(lock).map_err(|error| format!("Cargo.lock: {}", error.message()))?;
        let mut all: BTreeMap<String, Crate> = BTreeMap::new();
        // The package URLs from the filter down to the line before.
        let mut above: Vec<String> = Vec::new();
        for line in tree.lines().filter(|line| !line.is_empty()) {
            let (depth, mut found) = crate_in(line)
                .ok_or_else(|| format!("cargo tree writes a line that is not understood: {line}"))?;
            let of_lock = |one: &&Locked| one.name == found.name && one.version == found.version;
            let locked = lock.package.iter().find(of_lock);
            let locked =
                locked.ok_or_else(|| format!("Cargo.lock has no {} {}", found.name, found.version))?;
            found.sha256.clone_from(&locked.checksum);
            let purl = purl("cargo", &found.name, &found.version);
            above.truncate(depth);
            if let Some(parent) = above.last().and_then(|parent| all.get_mut(parent)) {
                parent.depends_on.insert(purl.clone());
            }
            above.push(purl.clone());
            all.entry(purl).or_insert(found);
        }
        let filter = above.into_iter().next().ok_or("cargo tree lists no crate")?;
        Ok(Self { filter, all })
    }

    /// The filter's.
    pub(crate) fn version(&self) -> &str {
        self.all.get(&self.filter).map_or("", |filter| filter.version.as_str())
    }
}

/// The document. It has no serial number and no date: the same filter has the same one.
pub(crate) fn document(crates: &Crates, rustc: &str, wasm: &[u8]) -> Value {
    // `rustc 1.95.0 (…)`: Rust's standard library is part of every binary, and no crate of Cargo's.
    let version = rustc.split(' ').nth(1).unwrap_or(rustc);
    let std = Crate {
        name: "rust-std".to_owned(),
        version: version.to_owned(),
        licence: "MIT OR Apache-2.0".to_owned(),
        sha256: None,
        depends_on: BTreeSet::new(),
    };
    let std_purl = purl("generic", &std.name, version);
    let others = crates.all.iter().filter(|(purl, _)| **purl != crates.filter);
    let components: Vec<Value> =
        others.chain([(&std_purl, &std)]).map(|(purl, one)| component("library", purl, one)).collect();
    let mut filter = component("application", &crates.filter, &crates.all[&crates.filter]);
    filter["hashes"] = hash(hex_of(&digest(wasm)).expect("a digest of this program"));
    let depends = |(purl, one): (&String, &Crate)| {
        let std = (*purl == crates.filter).then_some(&std_purl);
        json!({"ref": purl, "dependsOn": one.depends_on.iter().chain(std).collect::<Vec<_>>()})
    };
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": filter},
        "components": components,
        "dependencies": crates.all.iter().map(depends).collect::<Vec<_>>(),
    })
}

fn component(kind: &str, purl: &str, one: &Crate) -> Value {
    let mut component =
        json!({"type": kind, "bom-ref": purl, "purl": purl, "name": one.name, "version": one.version});
    if !one.licence.is_empty() {
        component["licenses"] = json!([{"expression": one.licence}]);
    }
    if let Some(sha256) = &one.sha256 {
        component["hashes"] = hash(sha256);
    }
    component
}

fn hash(sha256: &str) -> Value {
    json!([{"alg": "SHA-256", "content": sha256}])
}

/// A line of [`TREE_FORMAT`]: `DEPTH|LICENCE|NAME vVERSION`, and perhaps where it is or that it was listed before.
fn crate_in(line: &str) -> Option<(usize, Crate)> {
    let mut fields = line.splitn(3, '|');
    let depth = fields.next()?.parse().ok()?;
    // A slash between licences is what SPDX now writes as OR.
    let licence = fields.next()?.replace('/', " OR ");
    let mut words = fields.next()?.split(' ');
    let name = words.next()?.to_owned();
    let version = words.next()?.strip_prefix('v')?.to_owned();
    Some((depth, Crate { name, version, licence, sha256: None, depends_on: BTreeSet::new() }))
}

fn purl(kind: &str, name: &str, version: &str) -> String {
    // Of what names and versions of crates may hold, a purl escapes the plus sign only.
    format!("pkg:{kind}/{name}@{}", version.replace('+', "%2B"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
        version = 4
        [[package]]
        name = "vestibule"
        version = "0.1.0"
        [[package]]
        name = "a"
        version = "1.0.0+b"
        checksum = "aa"
        [[package]]
        name = "b"
        version = "2.0.0"
        checksum = "bb"
        [[package]]
        name = "only-for-tests"
        version = "2.0.0"
    "#;
    const TREE: &str = "0|Apache-2.0|vestibule v0.1.0 (/somewhere/filter)\n\
                        1|MIT/Apache-2.0|a v1.0.0+b\n2||b v2.0.0\n1||b v2.0.0 (*)\n";

    #[test]
    fn the_document_has_what_the_tree_has() {
        let crates = Crates::of(TREE, LOCK).unwrap();
        let document = document(&crates, "rustc 1.95.0 (0 2026-01-01)", b"\0asm");
        let names = |value: &Value, key: &str| -> Vec<String> {
            let all = value.as_array().unwrap().iter();
            all.map(|one| one[key].as_str().unwrap().to_owned()).collect()
        };
        let a = "pkg:cargo/a@1.0.0%2Bb";
        let b = "pkg:cargo/b@2.0.0";
        let std = "pkg:generic/rust-std@1.95.0";
        assert_eq!(names(&document["components"], "purl"), [a, b, std]);
        assert_eq!(document["components"][0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(document["components"][0]["hashes"][0]["content"], "aa");
        assert_eq!(document["components"][1].get("licenses"), None);
        assert_eq!(document["metadata"]["component"]["purl"], "pkg:cargo/vestibule@0.1.0");
        let edges = document["dependencies"].as_array().unwrap();
        let of = |purl: &str| edges.iter().find(|one| one["ref"] == purl).unwrap()["dependsOn"].clone();
        assert_eq!(of("pkg:cargo/vestibule@0.1.0"), json!([a, b, std]));
        assert_eq!((of(a), of(b)), (json!([b]), json!([])));
        assert!(!document.to_string().contains("somewhere"), "where it was built is nobody's business");
    }

    #[test]
    fn what_is_not_locked_is_refused() {
        assert_eq!(Crates::of("0||c v1.0.0", LOCK).unwrap_err(), "Cargo.lock has no c 1.0.0");
        assert!(Crates::of("nonsense", LOCK).is_err());
        assert!(Crates::of("", LOCK).is_err());
    }
}
