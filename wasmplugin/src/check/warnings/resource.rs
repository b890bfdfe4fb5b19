//! What is beside the configuration: how the filter is loaded, and what happens where it fails.

use super::{Context, Diagnostic, Severity};
use crate::documents::Kind;
use crate::yaml::Node;

pub(super) fn look(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if context.plugin.kind == Kind::Bare {
        return;
    }
    fails_open(context, diagnostics);
    image(context, diagnostics);
    phase(context, diagnostics);
}

/// A filter that fails open is none.
fn fails_open(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let module = &context.plugin.module;
    let open = [("failStrategy", "FAIL_OPEN"), ("failure_policy", "FAIL_OPEN")];
    for (key, value) in open {
        if let Some(node) = module.get(key).filter(|node| node.text() == Some(value)) {
            let says =
                format!("{key} is {value}: where the filter fails, every request goes through unasked");
            diagnostics.push(context.at(
                Severity::Error,
                "fails_open",
                node.place,
                says,
                "FAIL_RELOAD keeps the door shut and loads the filter again",
            ));
        }
    }
    for key in ["failOpen", "fail_open"] {
        if let Some(node) = module.get(key).filter(|node| node.value == crate::yaml::Value::Bool(true)) {
            let says = format!("{key} is true: where the filter fails, every request goes through unasked");
            diagnostics.push(context.at(Severity::Error, "fails_open", node.place, says, "remove it"));
        }
    }
}

fn image(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let module = &context.plugin.module;
    let url = module.get("url").or_else(|| module.find(&["code", "image", "url"]));
    let Some((node, text)) = url.and_then(|node| Some((node, node.text()?))) else { return };
    let is_image = text.starts_with("oci://") || !text.contains("://");
    let is_pinned = text.contains("@sha256:")
        || module.get("sha256").is_some()
        || module.find(&["code", "image", "sha256"]).is_some();
    if is_image && !is_pinned {
        let says = "the image has no digest: whoever can move its tag decides what runs here".to_owned();
        diagnostics.push(context.at(
            Severity::Warning,
            "image_without_digest",
            node.place,
            says,
            "name@sha256:…, as `wasmplugin push` prints it",
        ));
    }
}

fn phase(context: &Context<'_>, diagnostics: &mut Vec<Diagnostic>) {
    if !matches!(context.plugin.kind, Kind::WasmPlugin | Kind::TrafficExtension) {
        return;
    }
    let spec = context.plugin.resource.get("spec");
    let phase = spec.and_then(|spec| spec.get("phase"));
    if phase.and_then(Node::text) != Some("AUTHN") {
        let place = phase.or(spec).map_or(context.plugin.resource.place, |node| node.place);
        let says = "phase is not AUTHN: what else the proxy decides may come before the sign-in".to_owned();
        diagnostics.push(context.at(Severity::Warning, "phase", place, says, "phase: AUTHN"));
    }
}
