//! The image of the filter: a function of its inputs, bit for bit, so that whoever builds it again gets the same digest.
//!
//! It is the "compat" variant of the Wasm image specification, which Istio pulls and every registry takes: an ordinary
//! OCI image whose one layer holds `plugin.wasm`. Nothing in it has a date.

use std::collections::BTreeMap;

use oci_client::annotations as key;
use oci_client::manifest::{
    IMAGE_CONFIG_MEDIA_TYPE, IMAGE_LAYER_GZIP_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
    OciImageManifest,
};
use serde_json::json;

use crate::archive::{gzip, tar};
use crate::layout::{Layout, digest, json};
use crate::provenance;
use crate::sbom;
use crate::source::Source;

/// The file that Istio looks for.
const FILE: &str = "plugin.wasm";
/// The media type of a config that says nothing, as artifacts have it.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// The image, with its bill of materials and the note of its provenance as artifacts that refer to it.
///
/// # Errors
/// When the input is no WebAssembly.
pub(crate) fn layout(source: &Source) -> Result<Layout, String> {
    if !source.wasm.starts_with(b"\0asm") {
        return Err("the file is no WebAssembly module: scripts/build makes target/vestibule.wasm".to_owned());
    }
    let mut layout = Layout::new();
    let image = add_image(&mut layout, source);
    let sbom = json(&sbom::document(&source.crates, &source.rustc, &source.wasm));
    add_artifact(&mut layout, &image, sbom::MEDIA_TYPE, "vestibule.cdx.json", sbom);
    let statement = json(&provenance::statement(&image.digest, source));
    add_artifact(&mut layout, &image, provenance::MEDIA_TYPE, "vestibule.intoto.json", statement);
    Ok(layout)
}

fn add_image(layout: &mut Layout, source: &Source) -> OciDescriptor {
    let tar = tar([(FILE, source.wasm.as_slice())]);
    let config = json!({
        // The module runs on every machine. This is what images that carry one have always said: Docker pulls it
        // everywhere, and Istio does not ask.
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest(&tar)]},
    });
    let config = layout.add(IMAGE_CONFIG_MEDIA_TYPE, json(&config));
    let layer = layout.add(IMAGE_LAYER_GZIP_MEDIA_TYPE, gzip(&tar));
    let manifest = OciImageManifest {
        media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
        config,
        layers: vec![layer],
        annotations: Some(annotations(source)),
        ..OciImageManifest::default()
    };
    layout.list(&manifest, Some(source.version()))
}

fn annotations(source: &Source) -> BTreeMap<String, String> {
    let said = [
        (key::ORG_OPENCONTAINERS_IMAGE_TITLE, Some("vestibule")),
        (
            key::ORG_OPENCONTAINERS_IMAGE_DESCRIPTION,
            Some("Signs people in with Okta, or any OpenID Provider, inside Envoy"),
        ),
        (key::ORG_OPENCONTAINERS_IMAGE_VERSION, Some(source.version())),
        (key::ORG_OPENCONTAINERS_IMAGE_LICENSES, Some(env!("CARGO_PKG_LICENSE"))),
        (key::ORG_OPENCONTAINERS_IMAGE_SOURCE, Some(env!("CARGO_PKG_REPOSITORY"))),
        (key::ORG_OPENCONTAINERS_IMAGE_REVISION, source.revision.as_deref()),
    ];
    let known =
        said.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)));
    known.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// An artifact of OCI 1.1: a manifest whose one layer is the document, and which names the image as its subject.
fn add_artifact(layout: &mut Layout, image: &OciDescriptor, kind: &str, file: &str, document: Vec<u8>) {
    let config = layout.add(EMPTY, b"{}".to_vec());
    let mut layer = layout.add(kind, document);
    let title = key::ORG_OPENCONTAINERS_IMAGE_TITLE.to_owned();
    layer.annotations = Some(BTreeMap::from([(title, file.to_owned())]));
    let manifest = OciImageManifest {
        media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
        artifact_type: Some(kind.to_owned()),
        config,
        layers: vec![layer],
        subject: Some(image.clone()),
        ..OciImageManifest::default()
    };
    layout.list(&manifest, None);
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use serde_json::Value;

    use super::*;
    use crate::sbom::Crates;

    pub(crate) fn source() -> Source {
        let lock = "version = 4\n[[package]]\nname = \"vestibule\"\nversion = \"0.1.0\"\n".to_owned();
        Source {
            wasm: b"\0asm and more".to_vec(),
            command: Some("scripts/image"),
            revision: Some("0123abcd".to_owned()),
            rustc: "rustc 1.95.0 (0 2026-01-01)".to_owned(),
            wasm_opt: "wasm-opt version 108".to_owned(),
            crates: Crates::of("0|Apache-2.0|vestibule v0.1.0 (/somewhere)", &lock).unwrap(),
            lock,
        }
    }

    fn digests(source: &Source) -> Vec<String> {
        let (image, artifacts) = layout(source).unwrap().manifests().unwrap();
        [image].into_iter().chain(artifacts).map(|one| one.entry.digest).collect()
    }

    #[test]
    fn the_same_input_has_the_same_digests_and_another_has_others() {
        let first = digests(&source());
        assert_eq!(first, digests(&source()));
        let others = [
            Source { wasm: b"\0asm and less".to_vec(), ..source() },
            Source { revision: Some("4567abcd".to_owned()), ..source() },
        ];
        for other in others {
            let other = digests(&other);
            assert!(first.iter().all(|digest| !other.contains(digest)), "{other:?}");
        }
        // What it was made with is in the note alone: the image is the same if the filter is.
        let other = digests(&Source { wasm_opt: "wasm-opt version 109".to_owned(), ..source() });
        assert_eq!((&other[..2], other[2] == first[2]), (&first[..2], false));
    }

    #[test]
    fn istio_finds_one_file_in_one_layer_that_has_no_date() {
        let layout = layout(&source()).unwrap();
        let (image, _) = layout.manifests().unwrap();
        let [layer] = &image.manifest.layers[..] else { panic!("{:?}", image.manifest) };
        assert_eq!(layer.media_type, "application/vnd.oci.image.layer.v1.tar+gzip");
        let gzip = layout.blob(&layer.digest).unwrap();
        assert_eq!(gzip[3..8], [0; 5], "neither a name nor a date in the header of gzip");
        let mut tar = Vec::new();
        GzDecoder::new(&gzip[..]).read_to_end(&mut tar).unwrap();
        let config: Value =
            serde_json::from_slice(&layout.blob(&image.manifest.config.digest).unwrap()).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"], json!([digest(&tar)]));

        let mut archive = tar::Archive::new(&tar[..]);
        let mut entries = archive.entries().unwrap();
        let mut entry = entries.next().unwrap().unwrap();
        let mut wasm = Vec::new();
        entry.read_to_end(&mut wasm).unwrap();
        assert_eq!(wasm, source().wasm);
        let header = entry.header();
        assert_eq!(entry.path_bytes().as_ref(), b"plugin.wasm");
        assert_eq!((header.mode().unwrap(), header.mtime().unwrap()), (0o644, 0));
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        assert!(entries.next().is_none());
    }

    #[test]
    fn the_image_says_what_it_is_and_what_it_comes_from_where_that_is_known() {
        let annotations = annotations(&source());
        let keys: Vec<&str> =
            annotations.keys().map(|key| key.trim_start_matches("org.opencontainers.image.")).collect();
        assert_eq!(keys, ["description", "licenses", "revision", "title", "version"]);
        assert_eq!(super::annotations(&Source { revision: None, ..source() }).len(), 4);
    }

    #[test]
    fn the_artifacts_are_about_the_image_and_its_file() {
        let layout = layout(&source()).unwrap();
        let (image, artifacts) = layout.manifests().unwrap();
        let documents: Vec<Value> = artifacts
            .iter()
            .map(|one| serde_json::from_slice(&layout.blob(&one.manifest.layers[0].digest).unwrap()).unwrap())
            .collect();
        let [sbom, statement] = &documents[..] else { panic!("{documents:?}") };
        let wasm = digest(&source().wasm);
        let hex = |digest: &str| digest.trim_start_matches("sha256:").to_owned();
        assert_eq!(sbom["metadata"]["component"]["hashes"][0]["content"], hex(&wasm));
        assert_eq!(statement["subject"][0]["digest"]["sha256"], hex(&image.entry.digest));
        assert_eq!(statement["subject"][1]["digest"]["sha256"], hex(&wasm));
        assert!(statement.to_string().contains("0123abcd"));
        for artifact in &artifacts {
            assert_eq!(artifact.manifest.subject.as_ref().unwrap().digest, image.entry.digest);
            assert_eq!(artifact.entry.artifact_type, artifact.manifest.artifact_type);
        }
    }

    #[test]
    fn what_is_no_webassembly_makes_no_image() {
        assert!(super::layout(&Source { wasm: b"#!/bin/sh".to_vec(), ..source() }).is_err());
    }
}
