//! The Dockerfile makes an image that Istio takes as well. Buildah builds it, which needs no engine.

use std::fs;
use std::path::Path;
use std::process::Command;

use vestibule_e2e::envoy::filter_wasm;
use vestibule_e2e::registry::Registry;
use vestibule_e2e::scratch::Scratch;
use vestibule_e2e::tools::run;

use crate::pulled::Pulled;

#[tokio::test]
async fn the_dockerfile_makes_an_image_of_the_same_form() {
    let registry = Registry::start().await;
    let storage = Scratch::new("buildah");
    let buildah = || {
        let mut buildah = Command::new("buildah");
        buildah.args(["--storage-driver", "vfs", "--root"]).arg(storage.path().join("root"));
        buildah.arg("--runroot").arg(storage.path().join("run"));
        buildah
    };
    // The repository, as far as the build has a use for it.
    let context = Scratch::new("context");
    let wasm = filter_wasm();
    fs::create_dir(context.path().join("target")).unwrap();
    fs::copy(&wasm, context.path().join("target/vestibule.wasm")).unwrap();
    let dockerfile = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("wasmplugin/Dockerfile");

    for (format, layer) in [
        ("oci", "application/vnd.oci.image.layer.v1.tar+gzip"),
        ("docker", "application/vnd.docker.image.rootfs.diff.tar.gzip"),
    ] {
        let reference = format!("{}/vestibule:{format}", registry.address());
        let build =
            ["bud", "--quiet", "--isolation", "chroot", "--format", format, "--tag", &reference, "--file"];
        run(buildah().args(build).arg(&dockerfile).arg(context.path()));
        let to = format!("docker://{reference}");
        run(buildah().args(["push", "--quiet", "--tls-verify=false", "--format", format, &reference, &to]));

        let pulled = Pulled::from(&reference);
        assert_eq!(pulled.layer(), layer);
        let files = pulled.files();
        assert_eq!(files.lines().filter(|line| !line.starts_with('d')).count(), 1, "{files}");
        assert!(pulled.wasm() == fs::read(&wasm).unwrap(), "the filter is another one");
    }
}
