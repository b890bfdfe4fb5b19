//! A module whose bytes may change without a word, or whose address is not filled in yet.

use super::warning;
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Kind, Plugin, either};
use crate::yaml::{Node, Place};

pub(super) fn find(plugin: &Plugin) -> Vec<Diagnostic> {
    let Some((address, pinned)) = module(plugin) else { return vec![] };
    let said = match pinned {
        Pinned::Yes => None,
        Pinned::No => Some((
            "image-digest",
            "an image without its digest: whoever can push to the registry decides what runs here",
            "the address that `scripts/image --push` prints, with `@sha256:` in it",
        )),
        Pinned::ByZeros => Some((
            "placeholder",
            "a digest of zeros, which no module has: the proxy cannot fetch it, and lets nobody in",
            "what `scripts/image --push` prints, or `sha256sum` of the file",
        )),
    };
    said.map(|(code, found, advice)| warning(plugin, address, code, found, advice)).into_iter().collect()
}

enum Pinned {
    Yes,
    No,
    /// As the examples of the documents are, and what `migrate` writes.
    ByZeros,
}

/// Where the module's address stands, and whether it can be that of other bytes tomorrow. A file of the proxy's own is as
/// trustworthy as the proxy.
fn module(plugin: &Plugin) -> Option<(Place, Pinned)> {
    let module = plugin.module.as_ref()?;
    let (address, sum) = match plugin.kind {
        Kind::WasmPlugin | Kind::TrafficExtension => (module.get("url")?, module.get("sha256")),
        Kind::EnvoyExtensionPolicy => {
            let code = module.get("code")?;
            let source = code.get("image").or_else(|| code.get("http"))?;
            (source.get("url")?, source.get("sha256"))
        }
        Kind::EnvoyFilter => {
            let remote = either(module, "vm_config", "vmConfig")?.find(&["code", "remote"])?;
            (remote, remote.get("sha256"))
        }
        Kind::Values | Kind::Bare => return None,
    };
    let text = address.text().unwrap_or_default();
    if text.starts_with("file:") {
        return None;
    }
    let digest = text.split_once("@sha256:").map(|(_, digest)| digest);
    let digest = digest.or_else(|| sum.and_then(Node::text)).unwrap_or_default();
    let pinned = match digest {
        "" => Pinned::No,
        _ if digest.bytes().all(|byte| byte == b'0') => Pinned::ByZeros,
        _ => Pinned::Yes,
    };
    Some((address.place, pinned))
}
