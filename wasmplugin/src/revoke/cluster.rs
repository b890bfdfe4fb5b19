//! In the cluster, by kubectl, which knows how to get there and who asks.
//!
//! The resource is read, changed and put back as a whole, with the `resourceVersion` that was read: whoever wrote in between
//! makes it fail, and it is read anew. It is never applied: of a list that several apply each would take out what the other
//! put in, and people would be signed in again.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::change::{self, Old, Wanted};
use super::owners;
use crate::documents::Plugin;
use crate::input::Input;
use crate::loading;

/// How often somebody else may be faster.
const MOST_TRIES: usize = 5;

/// What carries the filter in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Kind {
    /// Every version of Istio has it
    #[value(name = "WasmPlugin")]
    WasmPlugin,
    /// Its successor, alpha since Istio 1.30
    #[value(name = "TrafficExtension")]
    TrafficExtension,
    /// Envoy Gateway
    #[value(name = "EnvoyExtensionPolicy")]
    EnvoyExtensionPolicy,
}

impl Kind {
    /// By which kubectl knows it, also where others have a kind of the same name.
    fn resource(self) -> &'static str {
        match self {
            Self::WasmPlugin => "wasmplugins.extensions.istio.io",
            Self::TrafficExtension => "trafficextensions.extensions.istio.io",
            Self::EnvoyExtensionPolicy => "envoyextensionpolicies.gateway.envoyproxy.io",
        }
    }

    /// The session of the one module of the resource that has one.
    fn session(self, resource: &mut Value) -> Option<&mut Value> {
        match self {
            Self::WasmPlugin => resource.pointer_mut("/spec/pluginConfig/session"),
            Self::TrafficExtension => resource.pointer_mut("/spec/wasm/pluginConfig/session"),
            Self::EnvoyExtensionPolicy => {
                let modules = resource.pointer_mut("/spec/wasm")?.as_array_mut()?;
                modules.iter_mut().find_map(|module| module.pointer_mut("/config/session"))
            }
        }
    }
}

pub(super) struct Resource<'a> {
    pub(super) kind: Kind,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) context: Option<&'a str>,
}

pub(super) fn revoke(
    resource: &Resource<'_>,
    wanted: &Wanted,
    force: bool,
    dry_run: bool,
) -> Result<Vec<String>, String> {
    for _ in 0..MOST_TRIES {
        let found = resource.get()?;
        let owner = owners::of(&found);
        if let Some(owner) = owner.as_ref().filter(|_| !force) {
            return Err(format!(
                "{} is written by {owner}. Its next sync would take this back; --force does it all the same",
                resource.name
            ));
        }
        let (changed, mut lines) = changed(resource, found, wanted)?;
        lines.extend(owner.map(|owner| format!("written by {owner}: the next sync takes this back")));
        let Some(changed) = changed.filter(|_| !dry_run) else { return Ok(lines) };
        match resource.replace(&changed) {
            Ok(()) => return Ok(lines),
            Err(error) if error.contains("the object has been modified") || error.contains("(Conflict)") => {}
            Err(error) => return Err(error),
        }
    }
    Err(format!("{} was changed by somebody else {MOST_TRIES} times in between: try again", resource.name))
}

/// What is put back; `None`: nothing is to be done.
fn changed(
    resource: &Resource<'_>,
    mut found: Value,
    wanted: &Wanted,
) -> Result<(Option<Value>, Vec<String>), String> {
    let plugin = plugin(resource.name, &found)?;
    let config = loading::load(&plugin)
        .map_err(|faults| format!("the filter refuses the configuration of {}:\n{faults}", resource.name))?;
    let change = change::change(&config, wanted, Old::Dropped);
    if change.is_empty() {
        return Ok((None, change.lines));
    }
    if let Some(metadata) = found["metadata"].as_object_mut() {
        // The server keeps them itself.
        metadata.remove("managedFields");
    }
    let session =
        resource.kind.session(&mut found).ok_or_else(|| format!("{} has no session", resource.name))?;
    change.apply(session);
    let again = self::plugin(resource.name, &found)?;
    loading::load(&again)
        .map_err(|faults| format!("nothing is changed, for the filter would refuse it: {faults}"))?;
    Ok((Some(found), change.lines))
}

fn plugin(name: &str, resource: &Value) -> Result<Plugin, String> {
    loading::plugin(&Input { name: name.to_owned(), text: resource.to_string() }, None)
}

impl Resource<'_> {
    fn get(&self) -> Result<Value, String> {
        let named = [
            "get",
            self.kind.resource(),
            self.name,
            "--namespace",
            self.namespace,
            "--output=json",
            "--show-managed-fields",
        ];
        let out = self.kubectl(&named, None)?;
        serde_json::from_str(&out).map_err(|error| format!("kubectl get: {error}"))
    }

    fn replace(&self, resource: &Value) -> Result<(), String> {
        let arguments =
            ["replace", "--namespace", self.namespace, "--field-manager=wasmplugin-revoke", "--filename=-"];
        self.kubectl(&arguments, Some(&resource.to_string())).map(drop)
    }

    fn kubectl(&self, arguments: &[&str], input: Option<&str>) -> Result<String, String> {
        let mut kubectl = Command::new("kubectl");
        kubectl.args(arguments).stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        kubectl.args(self.context.map(|context| format!("--context={context}")));
        let failed = |error: std::io::Error| format!("kubectl cannot be run: {error}");
        let mut child = kubectl.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            stdin.write_all(input.as_bytes()).map_err(failed)?;
        }
        let done = child.wait_with_output().map_err(failed)?;
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
        }
        Err(format!(
            "kubectl {}: {}",
            arguments.first().unwrap_or(&""),
            String::from_utf8_lossy(&done.stderr).trim()
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::change::Whom;
    use super::*;
    use vestibule::inputs::Timestamp;

    const BEFORE: &str = "2026-11-24T08:00:00Z";

    /// What carries the filter, beside another module where there can be one.
    fn resource(kind: Kind) -> Value {
        let config = json!({
            "provider": {"issuer": "https://acme.okta.com"},
            "client": {"id": "a", "secret": {"env": "S"}},
            "session": {"secrets": [{"env": "C"}]},
        });
        let env = json!([{"name": "S", "valueFrom": "HOST"}, {"name": "C", "valueFrom": "HOST"}]);
        let module = json!({"url": "oci://r.example/v:1", "vmConfig": {"env": env}, "pluginConfig": config});
        let (version, spec) = match kind {
            Kind::WasmPlugin => ("extensions.istio.io/v1alpha1", module),
            Kind::TrafficExtension => ("extensions.istio.io/v1alpha1", json!({"wasm": module})),
            Kind::EnvoyExtensionPolicy => (
                "gateway.envoyproxy.io/v1alpha1",
                json!({"wasm": [
                    {"name": "other", "config": {"rules": [1]}, "code": {"type": "Image", "image": {"url": "r.example/o:1"}}},
                    {"name": "vestibule", "env": {"hostKeys": ["S", "C"]}, "config": config, "code": {"type": "Image", "image": {"url": "r.example/v:1"}}},
                ]}),
            ),
        };
        let name = format!("{kind:?}");
        json!({"apiVersion": version, "kind": name, "metadata": {"name": "v", "namespace": "n", "managedFields": []}, "spec": spec})
    }

    #[test]
    fn each_kind_is_changed_where_it_has_its_session_and_nowhere_else() {
        let time = vestibule::web::time::parse_time(BEFORE).unwrap();
        let wanted = Wanted { whom: Whom::Sub("00u1".to_owned()), before: time, now: Timestamp(time.0) };
        for (kind, path) in [
            (Kind::WasmPlugin, "/spec/pluginConfig/session"),
            (Kind::TrafficExtension, "/spec/wasm/pluginConfig/session"),
            (Kind::EnvoyExtensionPolicy, "/spec/wasm/1/config/session"),
        ] {
            let named = Resource { kind, namespace: "n", name: "v", context: None };
            let (written, lines) = changed(&named, resource(kind), &wanted).unwrap();
            let mut expected = resource(kind);
            expected["metadata"].as_object_mut().unwrap().remove("managedFields");
            expected.pointer_mut(path).unwrap()["revoked"] = json!([{"sub": "00u1", "before": BEFORE}]);
            assert_eq!(written.unwrap(), expected, "{kind:?}: {lines:?}");
        }
    }
}
