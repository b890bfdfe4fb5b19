//! An OCI image layout (image-spec 1.1): blobs by their digest, and an index of the manifests among them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

use bytes::Bytes;
use oci_client::manifest::{
    ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageIndex,
    OciImageManifest,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The name of the image in the layout's index, as in `oci:FOLDER:NAME`.
const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// Where the blobs are, in the layout's folder.
const BLOBS: &str = "blobs/sha256";
const VERSION: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// One image, the artifacts that refer to it, and all their blobs.
#[derive(Debug)]
pub(crate) struct Layout {
    index: OciImageIndex,
    blobs: BTreeMap<String, Bytes>,
}

/// A manifest of a layout.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) entry: ImageIndexEntry,
    pub(crate) manifest: OciImageManifest,
}

impl Layout {
    pub(crate) fn new() -> Self {
        let index = OciImageIndex {
            schema_version: 2,
            media_type: Some(OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned()),
            manifests: Vec::new(),
            artifact_type: None,
            annotations: None,
        };
        Self { index, blobs: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, media_type: &str, bytes: Vec<u8>) -> OciDescriptor {
        let descriptor = OciDescriptor {
            media_type: media_type.to_owned(),
            digest: digest(&bytes),
            size: size(&bytes),
            ..OciDescriptor::default()
        };
        self.blobs.insert(descriptor.digest.clone(), bytes.into());
        descriptor
    }

    /// Adds a manifest and lists it in the index, by a name if it has one.
    pub(crate) fn list(&mut self, manifest: &OciImageManifest, name: Option<&str>) -> OciDescriptor {
        let descriptor = self.add(OCI_IMAGE_MEDIA_TYPE, json(manifest));
        self.index.manifests.push(ImageIndexEntry {
            media_type: descriptor.media_type.clone(),
            digest: descriptor.digest.clone(),
            size: descriptor.size,
            platform: None,
            annotations: name.map(|name| BTreeMap::from([(REF_NAME.to_owned(), name.to_owned())])),
            artifact_type: manifest.artifact_type.clone(),
        });
        descriptor
    }

    /// The bytes of a blob that a manifest or the index names.
    ///
    /// # Errors
    /// When the layout does not have it.
    pub(crate) fn blob(&self, digest: &str) -> Result<Bytes, String> {
        self.blobs.get(digest).cloned().ok_or_else(|| format!("the layout has no blob {digest}"))
    }

    /// The image, and the artifacts that refer to it.
    ///
    /// # Errors
    /// When there is not exactly one image, or an artifact belongs to another.
    pub(crate) fn manifests(&self) -> Result<(Listed, Vec<Listed>), String> {
        let listed = |entry: &ImageIndexEntry| {
            let manifest = parse(&self.blob(&entry.digest)?, "the image manifest")?;
            Ok(Listed { entry: entry.clone(), manifest })
        };
        let all: Vec<Listed> = self.index.manifests.iter().map(listed).collect::<Result<_, String>>()?;
        let (artifacts, images): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| one.manifest.subject.is_some());
        let [image] = <[Listed; 1]>::try_from(images)
            .map_err(|images| format!("the layout must hold one image, and holds {}", images.len()))?;
        let of_image = |one: &Listed| {
            one.manifest.subject.as_ref().is_some_and(|subject| subject.digest == image.entry.digest)
        };
        match artifacts.iter().find(|one| !of_image(one)) {
            None => Ok((image, artifacts)),
            Some(other) => Err(format!("{} in the layout refers to another image", other.entry.digest)),
        }
    }

    /// Writes the layout to a folder, in place of one that is there.
    ///
    /// # Errors
    /// When the folder holds anything else, or cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), String> {
        let failed = |error| format!("{}: {error}", folder.display());
        remove_layout(folder)?;
        fs::create_dir_all(folder.join(BLOBS)).map_err(failed)?;
        for (name, bytes) in self.files()? {
            fs::write(folder.join(name), bytes).map_err(failed)?;
        }
        Ok(())
    }

    /// All its files by their names in the folder; the one that makes a layout of it is the last.
    ///
    /// # Errors
    /// When a blob is listed by something else than its digest.
    pub(crate) fn files(&self) -> Result<Vec<(String, Bytes)>, String> {
        let mut files = Vec::new();
        for (digest, bytes) in &self.blobs {
            files.push((format!("{BLOBS}/{}", hex_of(digest)?), bytes.clone()));
        }
        files.push(("index.json".to_owned(), json(&self.index).into()));
        files.push(("oci-layout".to_owned(), VERSION.into()));
        Ok(files)
    }

    /// Reads a layout; every blob is what its digest says.
    ///
    /// # Errors
    /// When it is no layout, or a blob is missing or is not what its digest says.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let index = folder.join("index.json");
        if !folder.join("oci-layout").is_file() || !index.is_file() {
            return Err(format!("{} is no OCI image layout: scripts/image makes one", folder.display()));
        }
        let index = fs::read(&index).map_err(|error| format!("{}: {error}", index.display()))?;
        let index: OciImageIndex = parse(&index, "index.json of the layout")?;
        let mut layout = Self { index: index.clone(), blobs: BTreeMap::new() };
        for entry in &index.manifests {
            let bytes = layout.load(folder, &entry.digest, entry.size)?;
            let manifest: OciImageManifest = parse(&bytes, "a manifest of the layout")?;
            for blob in manifest.layers.iter().chain([&manifest.config]) {
                layout.load(folder, &blob.digest, blob.size)?;
            }
        }
        Ok(layout)
    }

    fn load(&mut self, folder: &Path, named: &str, named_size: i64) -> Result<Bytes, String> {
        let path = folder.join(BLOBS).join(hex_of(named)?);
        let failed = |error| format!("{}: {error}", path.display());
        let other = || format!("{} is not what its digest says: build the image anew", path.display());
        // Before it is read: a device has no end.
        let found = fs::metadata(&path).map_err(failed)?;
        if !found.is_file() || i64::try_from(found.len()) != Ok(named_size) {
            return Err(other());
        }
        let bytes = Bytes::from(fs::read(&path).map_err(failed)?);
        if digest(&bytes) != named {
            return Err(other());
        }
        self.blobs.insert(named.to_owned(), bytes.clone());
        Ok(bytes)
    }
}

/// Removes a layout from its folder, and nothing of what else there may be: then it refuses before it removes anything.
fn remove_layout(folder: &Path) -> Result<(), String> {
    let failed = |error| format!("{}: {error}", folder.display());
    if !folder.is_dir() {
        return Ok(());
    }
    let (index, blobs, version) =
        (folder.join("index.json"), folder.join("blobs"), folder.join("oci-layout"));
    let hashes = blobs.join("sha256");
    let mut files = Vec::new();
    for folder in [folder, &blobs, &hashes].into_iter().filter(|folder| folder.is_dir()) {
        files.extend(entries(folder).map_err(failed)?);
    }
    if files.is_empty() {
        return Ok(());
    }
    let is_layout = version.is_file();
    let is_blob = |file: &Path| {
        let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
        file.parent() == Some(&hashes) && file.is_file() && hex_of(&format!("sha256:{name}")).is_ok()
    };
    let known = [&index, &blobs, &version, &hashes];
    let other = files.iter().find(|file| !is_layout || !(known.contains(file) || is_blob(file)));
    if let Some(other) = other {
        let (folder, other) = (folder.display(), other.display());
        return Err(format!("{folder} holds other files than a layout, {other}: name a folder of its own"));
    }
    // The version last: what is left when this ends midway is a layout that can be removed.
    if blobs.exists() {
        fs::remove_dir_all(&blobs).map_err(failed)?;
    }
    if index.exists() {
        fs::remove_file(&index).map_err(failed)?;
    }
    fs::remove_file(&version).map_err(failed)
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// `sha256:` and the digest in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// The digest without its algorithm: a file's name, so nothing but a digest may pass.
pub(crate) fn hex_of(digest: &str) -> Result<&str, String> {
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    let right = hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    right.then_some(hex).ok_or_else(|| format!("'{digest}' is no sha256 digest"))
}

pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("maps with strings as keys, and nothing that refuses to be written")
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("{what} is not as image-spec has it: {error}"))
}

fn size(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).expect("a length in memory")
}

#[cfg(test)]
mod tests {
    use std::{env, process};

    use super::*;
    use crate::image;

    /// A folder for one test, removed when it passed.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("wasmplugin-{name}-{}", process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn written(name: &str) -> (Folder, Layout) {
        let folder = Folder::new(name);
        let layout = image::layout(&image::tests::source()).unwrap();
        layout.write(&folder.0).unwrap();
        (folder, layout)
    }

    #[test]
    fn the_digest_is_sha256_of_the_bytes() {
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest(b""), format!("sha256:{of_nothing}"));
        assert_eq!(hex_of(&digest(b"")).unwrap(), of_nothing);
        for other in ["", "sha256:", "sha256:../../etc/passwd", of_nothing, &format!("sha256:{of_nothing}0")]
        {
            assert!(hex_of(other).is_err(), "{other}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (folder, layout) = written("read");
        let read = Layout::read(&folder.0).unwrap();
        assert_eq!(json(&read.index), json(&layout.index));
        assert_eq!(read.blobs, layout.blobs);
        // In place of itself, but of nothing else.
        layout.write(&folder.0).unwrap();
        fs::remove_file(folder.0.join("oci-layout")).unwrap();
        assert!(layout.write(&folder.0).unwrap_err().contains("other files"));
        assert!(Layout::read(&folder.0).unwrap_err().contains("no OCI image layout"));
    }

    #[test]
    fn the_files_of_others_in_the_folder_stay() {
        let (folder, layout) = written("others");
        for other in ["notes.txt", "blobs/notes.txt", "blobs/sha256/notes.txt"] {
            let other = folder.0.join(other);
            fs::write(&other, "of others").unwrap();
            let error = layout.write(&folder.0).unwrap_err();
            assert!(error.contains(&format!("other files than a layout, {}", other.display())), "{error}");
            assert_eq!(fs::read(&other).unwrap(), b"of others");
            // Nor is the layout half removed.
            Layout::read(&folder.0).unwrap();
            fs::remove_file(&other).unwrap();
        }
        layout.write(&folder.0).unwrap();
    }

    #[test]
    fn a_flipped_bit_is_found_in_every_blob() {
        let (folder, layout) = written("flipped");
        for digest in layout.blobs.keys() {
            let path = folder.0.join("blobs/sha256").join(hex_of(digest).unwrap());
            let right = fs::read(&path).unwrap();
            let mut wrong = right.clone();
            wrong[right.len() / 2] ^= 1;
            fs::write(&path, &wrong).unwrap();
            let error = Layout::read(&folder.0).unwrap_err();
            assert!(error.contains("not what its digest says"), "{error}");
            fs::write(&path, &right).unwrap();
        }
        Layout::read(&folder.0).unwrap();
    }

    #[test]
    fn a_blob_of_another_size_or_kind_is_not_read() {
        let (folder, layout) = written("endless");
        for digest in layout.blobs.keys() {
            let path = folder.0.join("blobs/sha256").join(hex_of(digest).unwrap());
            let right = fs::read(&path).unwrap();
            let refused = || {
                let error = Layout::read(&folder.0).unwrap_err();
                assert!(error.contains("not what its digest says"), "{error}");
            };
            // More than there is memory, and without an end.
            fs::File::options().write(true).open(&path).unwrap().set_len(1 << 42).unwrap();
            refused();
            fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
            refused();
            fs::remove_file(&path).unwrap();
            fs::write(&path, &right).unwrap();
        }
        Layout::read(&folder.0).unwrap();
    }

    #[test]
    fn an_artifact_of_another_image_is_refused() {
        let mut layout = image::layout(&image::tests::source()).unwrap();
        let (_, artifacts) = layout.manifests().unwrap();
        let mut other = artifacts[0].manifest.clone();
        other.subject = Some(OciDescriptor { digest: digest(b""), ..OciDescriptor::default() });
        layout.list(&other, None);
        assert!(layout.manifests().unwrap_err().contains("another image"));
        let mut second = artifacts[0].manifest.clone();
        second.subject = None;
        layout.list(&second, None);
        assert!(layout.manifests().unwrap_err().contains("one image"));
    }
}
