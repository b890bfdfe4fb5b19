//! The files of a release.

use std::fs;
use std::path::Path;

use super::changelog::Changelog;
use super::{chart, named, version};
use crate::archive::tar;
use crate::image;
use crate::layout::{digest, hex_of, json};
use crate::sbom;
use crate::source::{self, Kind, Source};

/// Writes them, with their checksums, into a new folder, and gives the digest of the image.
///
/// # Errors
/// When the tree has another version, or something is missing.
pub(super) fn write(version: &str, out: &Path, wasm: &Path) -> Result<String, String> {
    let version = version::parse(version)?;
    let root = Path::new(".");
    let present = named::present(root)?;
    if version != present {
        return Err(format!("this tree is version {present}, not {version}"));
    }
    let source = source::of(wasm, Kind::Release)?;
    let changes = Changelog::read(root)?
        .section(&version)
        .ok_or_else(|| format!("CHANGELOG.md has no section for {version}"))?;
    let layout = image::layout(&source)?;
    let image = layout.manifests()?.0.entry.digest;

    let failed = |error| format!("{}: {error}", out.display());
    fs::create_dir_all(out).map_err(failed)?;
    if fs::read_dir(out).map_err(failed)?.next().is_some() {
        return Err(format!("{} is not empty", out.display()));
    }
    layout.write(&out.join("image"))?;
    let image_files = layout.files()?;
    let image_files = image_files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..]));
    // By their names: the checksums are in this order.
    let files = [
        ("notes.md".to_owned(), notes(&changes, &image, &source).into_bytes()),
        (format!("vestibule-{version}-image.tar"), tar(image_files)),
        (format!("vestibule-{version}.cdx.json"), bill_of_materials(&source)),
        (format!("vestibule-{version}.tgz"), chart::package(root)?),
        (format!("vestibule-{version}.wasm"), source.wasm),
    ];
    let mut sums = String::new();
    for (name, bytes) in &files {
        fs::write(out.join(name), bytes).map_err(failed)?;
        sums.push_str(&format!("{}  {name}\n", hex_of(&digest(bytes))?));
    }
    fs::write(out.join("SHA256SUMS"), sums).map_err(failed)?;
    Ok(image)
}

fn bill_of_materials(source: &Source) -> Vec<u8> {
    json(&sbom::document(&source.crates, &source.rustc, &source.wasm))
}

/// What stands beside the files where people find them.
fn notes(changes: &str, image: &str, source: &Source) -> String {
    format!(
        "{changes}\n\n## To verify it\n\n\
         The image is `vestibule@{image}`. Whoever builds the commit again, with {rustc} and {wasm_opt}, gets the same \
         bytes: `scripts/release {version} --files`, then compare `SHA256SUMS`.\n",
        rustc = source.rustc.split(" (").next().unwrap_or(&source.rustc),
        wasm_opt = source.wasm_opt.trim(),
        version = source.version(),
    )
}
