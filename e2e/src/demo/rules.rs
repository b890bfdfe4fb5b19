//! Somebody's own rules: a file that is laid over the demo's configuration, and taken anew when it changes.
//!
//! `wasmplugin` reads the file and says what is wrong with it, as it does for everybody.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;
use vestibule_testing::merge;

use super::options::Result;
use crate::image::wasmplugin;

/// How often the file is looked at.
const PERIOD: Duration = Duration::from_millis(250);

/// What the demo has in its own way: provider, client, cookies and addresses.
const OWN: [&str; 13] = [
    "provider",
    "client.id",
    "client.secret",
    "client.private_key",
    "client.key_id",
    "client.auth_method",
    "session.secrets",
    "session.cookie",
    "hosts",
    "paths.prefix",
    "paths.redirect_uri",
    "paths.post_logout_redirect_uri",
    "upstream.jwt.key",
];

/// How the stand-in says who somebody is.
const OWN_OF_STAND_IN: &str = "identity";

pub(crate) struct Rules {
    file: PathBuf,
    /// The demo's configuration in a file, for `wasmplugin`.
    base: PathBuf,
    configuration: Value,
    stand_in: bool,
    /// What the file held when it was read last.
    text: String,
}

/// What comes of the file.
pub(crate) struct Laid {
    pub(crate) configuration: Value,
    pub(crate) taken: Vec<String>,
    pub(crate) left_out: Vec<String>,
}

impl Rules {
    /// Of this file, over this configuration.
    pub(crate) fn new(file: &Path, configuration: &Value, stand_in: bool, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            file: file.to_owned(),
            base: folder.join("configuration.json"),
            configuration: configuration.clone(),
            stand_in,
            text: String::new(),
        })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Reads the file.
    ///
    /// # Errors
    /// With what `wasmplugin check` says of it.
    pub(crate) fn read(&mut self) -> Result<Laid> {
        self.text = fs::read_to_string(&self.file)
            .map_err(|error| format!("{} cannot be read: {error}", self.file.display()))?;
        let config = match said(wasmplugin().arg("config").arg(&self.file))? {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            // What is wrong is said by `check`.
            Err(faults) => Err(faults),
        };
        let base = below(&self.configuration, config.as_ref().unwrap_or(&Value::Null));
        fs::write(&self.base, for_the_tool(&base))?;
        let checked = said(wasmplugin().args(["check", "--over"]).arg(&self.base).arg(&self.file))?;
        if let Err(faults) = checked {
            return Err(faults.into());
        }
        let (own, left_out) = without_own(config?, self.stand_in);
        let taken = own.as_object().map(|own| own.keys().cloned().collect()).unwrap_or_default();
        let mut configuration = self.configuration.clone();
        merge(&mut configuration, &own);
        Ok(Laid { configuration, taken, left_out })
    }

    /// Waits until the file holds something else, and holds it still a moment later: whoever writes may be in the middle.
    pub(crate) async fn change(&self) {
        let mut before = self.text.clone();
        loop {
            sleep(PERIOD).await;
            // Editors take a file away before they put the new one there.
            let Ok(now) = fs::read_to_string(&self.file) else { continue };
            if now != self.text && now == before {
                return;
            }
            before = now;
        }
    }
}

/// Leaves the configuration that runs at `running.json`, so that `wasmplugin explain` can be asked about it.
pub(crate) fn write_running(configuration: &Value, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("running.json"), for_the_tool(configuration))?;
    Ok(())
}

/// What the file is laid over when it is checked: the demo's configuration without what would stand beside the file's own
/// credentials of the client, of which there is one.
fn below(configuration: &Value, of_file: &Value) -> Value {
    let mut below = configuration.clone();
    if ["/client/secret", "/client/private_key"].iter().any(|key| of_file.pointer(key).is_some()) {
        remove(&mut below, "client.secret");
    }
    below
}

/// Only the demo's cookies are for plain HTTP: what is checked may be for hosts where such cookies are refused.
fn for_the_tool(configuration: &Value) -> String {
    let mut checked = configuration.clone();
    remove(&mut checked, "session.cookie");
    checked.to_string()
}

/// What a program said: as an error, both streams, where it says no.
fn said(command: &mut Command) -> Result<std::result::Result<String, String>> {
    // Somebody names the file from where they stand.
    command.current_dir(std::env::current_dir()?);
    let output = command.output().map_err(|error| format!("wasmplugin: {error}"))?;
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(if output.status.success() {
        Ok(out)
    } else {
        Err(format!("{out}{}", String::from_utf8_lossy(&output.stderr)))
    })
}

/// The configuration without what the demo has in its own way, and the keys that went.
fn without_own(mut config: Value, stand_in: bool) -> (Value, Vec<String>) {
    let mut left_out = Vec::new();
    for key in OWN.into_iter().chain(stand_in.then_some(OWN_OF_STAND_IN)) {
        if remove(&mut config, key) {
            left_out.push(key.to_owned());
        }
    }
    let rules = config.get_mut("access").and_then(Value::as_array_mut);
    for (index, rule) in rules.into_iter().flatten().enumerate() {
        if remove(rule, "match.hosts") {
            left_out.push(format!("access[{index}].match.hosts"));
        }
    }
    (config, left_out)
}

/// Whether the key was there. A section that holds nothing any more goes as well.
fn remove(config: &mut Value, key: &str) -> bool {
    let Some(map) = config.as_object_mut() else { return false };
    match key.split_once('.') {
        None => map.remove(key).is_some(),
        Some((section, key)) => {
            let Some(inner) = map.get_mut(section) else { return false };
            let removed = remove(inner, key);
            if removed && inner.as_object().is_some_and(serde_json::Map::is_empty) {
                map.remove(section);
            }
            removed
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn rules_are_taken_and_what_the_demo_has_itself_is_not() {
        let config = json!({
            "provider": {"issuer": "https://acme.okta.com"},
            "client": {"id": "a", "secret": {"env": "S"}, "max_age": "1h"},
            "session": {"secrets": [], "max_age": "8h"},
            "identity": {"groups_claim": "/roles"},
            "hosts": ["admin.example.com"],
            "upstream": {"jwt": {"key": {"env": "K"}}},
            "access": [
                {"match": {"hosts": ["admin.example.com"]}, "require": {"groups": ["a"]}},
                {"match": {"hosts": ["x.example.com"], "paths": ["/b"]}, "allow": "public"},
            ],
        });
        let (taken, left_out) = without_own(config.clone(), true);
        assert_eq!(
            taken,
            json!({
                "client": {"max_age": "1h"},
                "session": {"max_age": "8h"},
                "access": [{"require": {"groups": ["a"]}}, {"match": {"paths": ["/b"]}, "allow": "public"}],
            })
        );
        assert_eq!(
            left_out,
            [
                "provider",
                "client.id",
                "client.secret",
                "session.secrets",
                "hosts",
                "upstream.jwt.key",
                "identity",
                "access[0].match.hosts",
                "access[1].match.hosts",
            ]
        );
        assert_eq!(without_own(config, false).0["identity"], json!({"groups_claim": "/roles"}));
    }

    #[test]
    fn the_files_own_credentials_of_the_client_stand_alone() {
        let demo = json!({"client": {"id": "a", "secret": {"env": "S"}}, "access": []});
        for own in [json!({"secret": {"value": "x"}}), json!({"private_key": {"env": "K"}})] {
            assert_eq!(below(&demo, &json!({"client": own})), json!({"client": {"id": "a"}, "access": []}));
        }
        for none in [Value::Null, json!({"client": {"id": "b"}})] {
            assert_eq!(below(&demo, &none), demo);
        }
    }

    #[tokio::test]
    async fn a_change_is_seen_once_the_file_is_whole_again() {
        let folder = Scratch::new("rules");
        let file = folder.path().join("rules.yaml");
        fs::write(&file, "access: []\n").unwrap();
        let mut rules = Rules::new(&file, &json!({}), true, folder.path()).unwrap();
        rules.text = "access: []\n".to_owned();
        let soon = Duration::from_millis(900);
        let changed = async |rules: &Rules| tokio::time::timeout(soon, rules.change()).await.is_ok();
        assert!(!changed(&rules).await, "nothing has changed");
        fs::remove_file(&file).unwrap();
        assert!(!changed(&rules).await, "there is no file");
        fs::write(&file, "access: []\n").unwrap();
        assert!(!changed(&rules).await, "it is what it was");
        fs::write(&file, "access: [{allow: public}]\n").unwrap();
        assert!(changed(&rules).await);
    }
}
