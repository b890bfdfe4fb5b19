//! Where the image comes from: an in-toto statement with SLSA's provenance predicate, as a note.
//!
//! Nobody has signed it, so it proves nothing by itself. It says what to build again, and with what, where that
//! is known; the proof is that the digest is then the same.

use serde_json::{Value, json};

use crate::layout::{digest, hex_of};
use crate::source::Source;

pub(crate) const MEDIA_TYPE: &str = "application/vnd.in-toto+json";

pub(crate) fn statement(image: &str, source: &Source) -> Value {
    let sha256 = |digest: &str| json!({"sha256": hex_of(digest).expect("a digest of this program")});
    // Of a filter from elsewhere it is not known what built it, and from what: nothing is said of either.
    let (mut parameters, mut dependencies, mut version) = (json!({}), Vec::new(), json!({}));
    if let Some(command) = source.command {
        parameters = json!({"command": command});
        dependencies.push(json!({"name": "Cargo.lock", "digest": sha256(&digest(source.lock.as_bytes()))}));
        version = json!({"rustc": source.rustc, "wasm-opt": source.wasm_opt});
    }
    if let Some(revision) = &source.revision {
        dependencies.push(json!({"name": "source", "digest": {"gitCommit": revision}}));
    }
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "image", "digest": sha256(image)},
            {"name": "plugin.wasm", "digest": sha256(&digest(&source.wasm))},
        ],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:vestibule:build:1",
                "externalParameters": parameters,
                "resolvedDependencies": dependencies,
            },
            "runDetails": {
                "builder": {
                    "id": "urn:vestibule:builder:unsigned",
                    "version": version,
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tests::source;

    #[test]
    fn of_a_filter_from_elsewhere_the_note_says_nothing_but_which_it_is() {
        let image = digest(b"image");
        let here = statement(&image, &source());
        assert_eq!(here["predicate"]["buildDefinition"]["externalParameters"]["command"], "scripts/image");
        let elsewhere = statement(&image, &Source { command: None, revision: None, ..source() });
        assert_eq!(elsewhere["subject"], here["subject"]);
        for claim in ["scripts/image", "0123abcd", "Cargo.lock", "rustc"] {
            assert!(here.to_string().contains(claim), "{here}");
            assert!(!elsewhere.to_string().contains(claim), "{elsewhere}");
        }
    }
}
