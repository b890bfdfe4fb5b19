//! Where the image comes from: an in-toto statement with SLSA's provenance predicate, as a note.
//!
//! Nobody has signed it, so it proves nothing by itself. It says what to build again, and with what; the proof is that
//! the digest is then the same.

use serde_json::{Value, json};

use crate::layout::{digest, hex_of};
use crate::source::Source;

pub(crate) const MEDIA_TYPE: &str = "application/vnd.in-toto+json";

pub(crate) fn statement(image: &str, source: &Source) -> Value {
    let sha256 = |digest: &str| json!({"sha256": hex_of(digest).expect("a digest of this program")});
    let mut dependencies = vec![json!({
        "name": "Cargo.lock",
        "digest": sha256(&digest(source.lock.as_bytes())),
    })];
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
                "externalParameters": {"command": "scripts/image"},
                "resolvedDependencies": dependencies,
            },
            "runDetails": {
                "builder": {
                    "id": "urn:vestibule:builder:unsigned",
                    "version": {"rustc": source.rustc, "wasm-opt": source.wasm_opt},
                },
            },
        },
    })
}
