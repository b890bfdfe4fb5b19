//! Who else writes a resource, and would take a change back.

use serde_json::Value;

/// In words, with what is to be changed in the place of the resource; `None` where nobody is seen.
pub(super) fn of(resource: &Value) -> Option<String> {
    let metadata = &resource["metadata"];
    let label = |key: &str| metadata["labels"][key].as_str();
    let annotation = |key: &str| metadata["annotations"][key].as_str();
    let manager = |names: &[&str]| {
        let fields = metadata["managedFields"].as_array().into_iter().flatten();
        fields
            .filter_map(|field| field["manager"].as_str())
            .find(|manager| names.iter().any(|name| manager.starts_with(name)))
    };
    if let Some(name) = label("helm.toolkit.fluxcd.io/name") {
        return Some(format!(
            "Flux: HelmRelease {}/{name}: change its values",
            label("helm.toolkit.fluxcd.io/namespace").unwrap_or("?")
        ));
    }
    if let Some(name) = label("kustomize.toolkit.fluxcd.io/name") {
        return Some(format!(
            "Flux: Kustomization {}/{name}: change the manifest in its source",
            label("kustomize.toolkit.fluxcd.io/namespace").unwrap_or("?")
        ));
    }
    let tracking = annotation("argocd.argoproj.io/tracking-id").and_then(|id| id.split(':').next());
    if let Some(name) = tracking.or_else(|| label("argocd.argoproj.io/instance")) {
        return Some(format!("Argo CD: Application {name}: change the manifest in its source"));
    }
    if label("app.kubernetes.io/managed-by") == Some("Helm") {
        let release = annotation("meta.helm.sh/release-name").unwrap_or("?");
        let namespace = annotation("meta.helm.sh/release-namespace").unwrap_or("?");
        return Some(format!("Helm: release {namespace}/{release}: change its values"));
    }
    let managers = [
        ("argocd", "Argo CD"),
        ("kustomize-controller", "Flux"),
        ("helm-controller", "Flux"),
        ("helm", "Helm"),
    ];
    let found = manager(&managers.map(|(prefix, _)| prefix))?;
    let (_, name) = managers.iter().find(|(prefix, _)| found.starts_with(prefix))?;
    Some(format!("{name} (field manager {found}): change its source"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whoever_writes_it_is_named_with_its_source() {
        for (metadata, words) in [
            (json!({"labels": {"argocd.argoproj.io/instance": "edge"}}), "Application edge"),
            (
                json!({"annotations": {"argocd.argoproj.io/tracking-id": "edge:extensions.istio.io/WasmPlugin:istio-system/vestibule"}}),
                "Application edge",
            ),
            (
                json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}),
                "Kustomization flux-system/apps",
            ),
            (
                json!({"labels": {"helm.toolkit.fluxcd.io/name": "v", "helm.toolkit.fluxcd.io/namespace": "f", "app.kubernetes.io/managed-by": "Helm"}}),
                "HelmRelease f/v",
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"meta.helm.sh/release-name": "v", "meta.helm.sh/release-namespace": "n"}}),
                "release n/v",
            ),
            (json!({"managedFields": [{"manager": "kubectl"}, {"manager": "argocd-controller"}]}), "Argo CD"),
            (json!({"managedFields": [{"manager": "kustomize-controller"}]}), "Flux"),
        ] {
            let said = of(&json!({"metadata": metadata})).unwrap_or_default();
            assert!(said.contains(words), "{metadata}: {said}");
        }
        assert_eq!(
            of(
                &json!({"metadata": {"managedFields": [{"manager": "kubectl-client-side-apply"}, {"manager": "wasmplugin"}]}})
            ),
            None
        );
        assert_eq!(of(&json!({})), None);
    }
}
