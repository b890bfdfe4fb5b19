//! The image of the filter: a function of its inputs, bit for bit, so that whoever builds it again gets the same digest.
//!
//! It is the "compat" variant of the Wasm image specification, which Istio pulls and every registry takes: an ordinary
//! OCI image whose one layer holds `plugin.wasm`. Nothing in it has a date.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use oci_client::annotations as key;
use oci_client::manifest::{
    IMAGE_CONFIG_MEDIA_TYPE, IMAGE_LAYER_GZIP_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
    OciImageManifest,
};
use serde_json::json;

use crate::layout::{Layout, digest, json};
use crate::provenance;
use crate::sbom::{self, Crates};

/// What the image is made of, and what made it.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) wasm: Vec<u8>,
    /// The commit, where the tree is exactly that.
    pub(crate) revision: Option<String>,
    /// What `rustc --version` and `wasm-opt --version` say.
    pub(crate) rustc: String,
    pub(crate) wasm_opt: String,
    /// The crates that are in the filter.
    pub(crate) crates: Crates,
    /// `Cargo.lock`.
    pub(crate) lock: String,
}

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
    let tar = tar_with(&source.wasm);
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
    layout.list(&manifest, Some(env!("CARGO_PKG_VERSION")))
}

fn annotations(source: &Source) -> BTreeMap<String, String> {
    let said = [
        (key::ORG_OPENCONTAINERS_IMAGE_TITLE, Some("vestibule")),
        (
            key::ORG_OPENCONTAINERS_IMAGE_DESCRIPTION,
            Some("Signs people in with Okta, or any OpenID Provider, inside Envoy"),
        ),
        (key::ORG_OPENCONTAINERS_IMAGE_VERSION, Some(env!("CARGO_PKG_VERSION"))),
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

fn tar_with(wasm: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path(FILE).expect("a short name");
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(wasm.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    let mut tar = tar::Builder::new(Vec::new());
    tar.append(&header, wasm).and_then(|()| tar.into_inner()).expect("memory takes what it is given")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    // 255: of no operating system in particular.
    let header = GzBuilder::new().mtime(0).operating_system(255);
    let mut encoder = header.write(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes what it is given")
}
