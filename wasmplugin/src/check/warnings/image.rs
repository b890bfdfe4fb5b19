//! A module whose bytes may change without a word.

use super::warning;
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Kind, Plugin, either};
use crate::yaml::{Node, Place};

pub(super) fn find(plugin: &Plugin) -> Vec<Diagnostic> {
    let Some(module) = &plugin.module else { return vec![] };
    let unpinned = match plugin.kind {
        Kind::WasmPlugin | Kind::TrafficExtension => of(module, "url"),
        Kind::EnvoyExtensionPolicy => {
            let code = module.get("code");
            let source = code.and_then(|code| code.get("image").or_else(|| code.get("http")));
            source.and_then(|source| of(source, "url"))
        }
        Kind::EnvoyFilter => {
            let vm = either(module, "vm_config", "vmConfig");
            let remote = vm.and_then(|vm| vm.find(&["code", "remote"]));
            remote.filter(|remote| remote.get("sha256").is_none()).map(|remote| remote.place)
        }
        Kind::Values | Kind::Bare => None,
    };
    let say = |place| {
        warning(
            plugin,
            place,
            "image-digest",
            "an image without its digest: whoever can push to the registry decides what runs here",
            "the address that `scripts/image --push` prints, with `@sha256:` in it",
        )
    };
    unpinned.map(say).into_iter().collect()
}

/// The place of an address without a digest. A file of the proxy's own is as trustworthy as the proxy.
fn of(source: &Node, key: &str) -> Option<Place> {
    let url = source.get(key)?;
    let text = url.text()?;
    let is_pinned = text.contains("@sha256:") || source.get("sha256").is_some_and(|it| it.text() != Some(""));
    (!is_pinned && !text.starts_with("file:")).then_some(url.place)
}
