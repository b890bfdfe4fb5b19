//! An image as skopeo pulls it.

use std::fs;
use std::process::Command;

use serde_json::Value;
use vestibule_e2e::scratch::Scratch;
use vestibule_e2e::tools::run;

/// What skopeo says of something in a registry: `--raw` for the manifest itself.
pub(crate) fn inspect(reference: &str, how: &[&str]) -> Value {
    let mut skopeo = Command::new("skopeo");
    skopeo.args(["inspect", "--tls-verify=false"]).args(how).arg(format!("docker://{reference}"));
    serde_json::from_str(&run(&mut skopeo)).expect("JSON")
}

/// The digest at a reference, computed by skopeo from what it got.
pub(crate) fn digest(reference: &str) -> String {
    inspect(reference, &[])["Digest"].as_str().expect("a digest").to_owned()
}

/// A pulled image.
pub(crate) struct Pulled {
    pub(crate) manifest: Value,
    folder: Scratch,
}

impl Pulled {
    pub(crate) fn from(reference: &str) -> Self {
        let folder = Scratch::new("pulled");
        let to = format!("dir:{}", folder.path().display());
        // Whose signature counts is a matter of the machine's policy.
        let how = ["--insecure-policy", "copy", "--quiet", "--src-tls-verify=false"];
        run(Command::new("skopeo").args(how).arg(format!("docker://{reference}")).arg(to));
        let manifest = fs::read(folder.path().join("manifest.json")).expect("manifest.json");
        Self { manifest: serde_json::from_slice(&manifest).expect("JSON"), folder }
    }

    /// The media type of the one layer.
    pub(crate) fn layer(&self) -> &str {
        let layers = self.manifest["layers"].as_array().expect("layers");
        assert_eq!(layers.len(), 1, "{layers:?}");
        layers[0]["mediaType"].as_str().expect("a media type")
    }

    /// What tar lists: mode, owner, size, time and name of each file.
    pub(crate) fn files(&self) -> String {
        run(self.tar().args(["--list", "--verbose", "--numeric-owner", "--utc"]))
    }

    /// The file that Istio takes.
    pub(crate) fn wasm(&self) -> Vec<u8> {
        let output = self.tar().args(["--extract", "--to-stdout", "plugin.wasm"]).output().expect("tar");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn tar(&self) -> Command {
        let digest = self.manifest["layers"][0]["digest"].as_str().expect("a digest");
        let blob = self.folder.path().join(digest.trim_start_matches("sha256:"));
        let mut tar = Command::new("tar");
        tar.arg("--gzip").arg("--file").arg(blob);
        tar
    }
}
