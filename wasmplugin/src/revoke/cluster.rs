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

pub(super) struct Resource<'a> {
    pub(super) kind: &'static str,
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
    let session = ["/spec/pluginConfig/session", "/spec/wasm/pluginConfig/session"]
        .iter()
        .find(|path| found.pointer(path).is_some());
    let session = session
        .and_then(|path| found.pointer_mut(path))
        .ok_or_else(|| format!("{} has no session", resource.name))?;
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
            self.kind,
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
