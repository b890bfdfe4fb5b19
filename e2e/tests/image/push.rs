//! What was pushed is what was built.

use std::fs;
use std::process::Command;

use vestibule_e2e::envoy::filter_wasm;
use vestibule_e2e::image::{self, wasmplugin};
use vestibule_e2e::registry::Registry;
use vestibule_e2e::tools::run;

use crate::pulled::{Pulled, digest, inspect};

#[tokio::test]
async fn skopeo_pulls_what_the_tool_pushed() {
    let registry = Registry::start().await;
    let name = format!("{}/team/vestibule", registry.address());
    let layout = image::layout(&filter_wasm());
    let said = run(wasmplugin().arg("push").arg(layout.path()).arg(format!("{name}:0.1.0")));

    // Two lines, to be pasted: what the digest pins, and the tag.
    let digest = digest(&format!("{name}:0.1.0"));
    assert_eq!(said, format!("oci://{name}@{digest}\noci://{name}:0.1.0\n"));

    let pulled = Pulled::from(&format!("{name}@{digest}"));
    assert_eq!(pulled.manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    assert_eq!(pulled.layer(), "application/vnd.oci.image.layer.v1.tar+gzip");
    let wasm = fs::read(filter_wasm()).unwrap();
    assert_eq!(
        pulled.files().split_whitespace().collect::<Vec<_>>(),
        ["-rw-r--r--", "0/0", &wasm.len().to_string(), "1970-01-01", "00:00", "plugin.wasm"]
    );
    assert!(pulled.wasm() == wasm, "the filter is another one");

    let config = inspect(&format!("{name}:0.1.0"), &["--config"]);
    assert_eq!((config["os"].as_str(), config["architecture"].as_str()), (Some("linux"), Some("amd64")));
    assert_eq!(pulled.manifest["annotations"]["org.opencontainers.image.title"], "vestibule");
}

/// The layout is one for the tools of others, too.
#[tokio::test]
async fn skopeo_can_push_the_layout_instead() {
    let registry = Registry::start().await;
    let reference = format!("{}/vestibule:skopeo", registry.address());
    let layout = image::layout(&filter_wasm());
    let from = format!("oci:{}:{}", layout.path().display(), env!("CARGO_PKG_VERSION"));
    let how = ["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"];
    run(Command::new("skopeo").args(how).arg(from).arg(format!("docker://{reference}")));
    let ours = image::push(&filter_wasm(), &format!("{}/vestibule:ours", registry.address()));
    assert!(ours.ends_with(&digest(&reference)), "{ours}");
}

#[tokio::test]
async fn the_same_filter_has_the_same_digest_wherever_it_goes() {
    let (one, other) = (Registry::start().await, Registry::start().await);
    let to = |registry: &Registry, tag| {
        image::push(&filter_wasm(), &format!("{}/vestibule:{tag}", registry.address()))
    };
    let digest_of = |pushed: String| pushed.split_once('@').unwrap().1.to_owned();
    let first = digest_of(to(&one, "a"));
    assert_eq!(digest_of(to(&one, "a")), first, "again");
    assert_eq!(digest_of(to(&one, "b")), first, "by another tag");
    assert_eq!(digest_of(to(&other, "a")), first, "in another registry");
}

#[tokio::test]
async fn a_push_to_this_machine_asks_no_proxy() {
    let registry = Registry::start().await;
    let nobody = Registry::start().await.address();
    let layout = image::layout(&filter_wasm());
    let mut push = wasmplugin();
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        push.env(name, format!("http://{nobody}"));
    }
    for name in ["no_proxy", "NO_PROXY"] {
        push.env_remove(name);
    }
    run(push.arg("push").arg(layout.path()).arg(format!("{}/vestibule:1", registry.address())));
}
