//! What the files say, before anybody thinks about it.

use std::collections::BTreeSet;

use super::setting::{At, Layer, Setting, Value};

#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) settings: Vec<Setting>,
    pub(crate) unknown: Vec<Unknown>,
    /// Programs of oauth2-proxy: Deployments, releases of its chart, services of compose.
    pub(crate) proxies: Vec<Proxy>,
    /// What oauth2-proxy read and the files do not have: ConfigMaps and Secrets of its environment, configuration files.
    pub(crate) elsewhere: Vec<String>,
    /// What may say who may enter and cannot be carried over: where it is, and why.
    pub(crate) closed: Vec<(String, String)>,
    pub(crate) headers: Option<Headers>,
    /// `authenticated-emails-file`, where the files have its lines.
    pub(crate) listed_emails: Vec<String>,
    /// Hosts that were routed to oauth2-proxy.
    pub(crate) routed_hosts: Vec<(String, At)>,
    pub(crate) providers: Vec<ExtensionProvider>,
    pub(crate) policies: Vec<Policy>,
    /// Policies that Istio enforces by itself, beside the filter.
    pub(crate) enforced: Vec<String>,
    pub(crate) token_rules: Vec<TokenRule>,
    /// What has no counterpart, and what to do: `config.provider (values.yaml:5)` and a sentence.
    pub(crate) remarks: Vec<(String, String)>,
    /// Whether one of the files is oauth2-proxy's configuration file.
    pub(crate) has_config_file: bool,
    /// Whether one of the files holds variables, one a line.
    pub(crate) has_variables_file: bool,
    /// Sections that are read only to be left out.
    pub(crate) not_needed: BTreeSet<String>,
}

/// A name that oauth2-proxy does not know.
#[derive(Debug)]
pub(crate) struct Unknown {
    pub(crate) written: String,
    pub(crate) at: At,
    /// The option that was meant.
    pub(crate) meant: Option<&'static str>,
    /// What it says, where that may be shown.
    pub(crate) value: Option<String>,
    /// Whether oauth2-proxy refuses to start, or passes over it without a word.
    pub(crate) ends_the_start: bool,
}

#[derive(Debug)]
pub(crate) struct Proxy {
    /// `Deployment oauth2-proxy`.
    pub(crate) name: String,
    pub(crate) at: At,
    /// Which settings are its own.
    pub(crate) settings: std::ops::Range<usize>,
}

/// Headers that the alpha configuration sets.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    pub(crate) request: Vec<Header>,
    pub(crate) response: Vec<Header>,
    pub(crate) at: Option<At>,
}

#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) name: String,
    /// A claim of the session: `email`, `id_token`; `None`: a fixed value or a secret.
    pub(crate) claim: Option<String>,
    pub(crate) prefix: String,
    pub(crate) at: At,
}

/// One of the mesh's `extensionProviders` that asks over HTTP.
#[derive(Debug)]
pub(crate) struct ExtensionProvider {
    pub(crate) name: String,
    pub(crate) at: At,
    /// In lower case; a `*` at the end stands for any rest.
    pub(crate) to_upstream: Vec<String>,
    pub(crate) downstream_on_allow: Option<At>,
    pub(crate) service: String,
}

/// An AuthorizationPolicy with `action: CUSTOM`, or an EnvoyFilter that puts `ext_authz` in.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) at: At,
    pub(crate) provider: Option<String>,
    pub(crate) labels: Vec<(String, String)>,
    /// Whether it says that it is for what comes in at a sidecar.
    pub(crate) is_inbound: bool,
    pub(crate) targets: Vec<Target>,
    /// Of each of its rules what it asks about: one of them is enough.
    pub(crate) operations: Vec<Operation>,
    /// Conditions that are something else: how they are named, and where they stand.
    pub(crate) conditions: Vec<(String, At)>,
}

/// Requests that are asked about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operation {
    /// Empty: every host.
    pub(crate) hosts: Vec<(String, At)>,
    /// Empty: everything.
    pub(crate) paths: Vec<(String, At)>,
    /// What is not asked about.
    pub(crate) not_paths: Vec<(String, At)>,
}

/// An entry of `targetRefs`.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// A RequestAuthentication.
#[derive(Debug)]
pub(crate) struct TokenRule {
    pub(crate) name: String,
    pub(crate) at: At,
    pub(crate) issuers: Vec<String>,
}

impl Found {
    /// `option` was given under the name `written`.
    pub(crate) fn set(&mut self, option: &str, written: &str, value: Value, layer: Layer, at: At) {
        let (option, written) = (option.to_owned(), written.to_owned());
        self.settings.push(Setting { option, written, value, layer, at });
    }

    /// Puts the settings out of force that a chart does not pass on. In their places, so that what is counted stays right.
    pub(crate) fn drop_settings(&mut self, range: std::ops::Range<usize>) {
        self.settings[range].iter_mut().for_each(|setting| setting.option.clear());
    }

    /// Names the files that oauth2-proxy was told to read and that nobody gave.
    pub(crate) fn name_missing_files(&mut self) {
        let files = [("config", self.has_config_file), ("alpha-config", self.headers.is_some())];
        for (option, is_given) in files {
            // Only the command line counts: a variable of this name is not looked at.
            let named = self
                .settings
                .iter()
                .rfind(|setting| setting.option == option && setting.layer == Layer::Flag);
            if let Some(setting) = named.filter(|_| !is_given) {
                let path = match &setting.value {
                    Value::Texts(texts) => texts.concat(),
                    _ => String::new(),
                };
                self.elsewhere.push(format!("the file {path} of {setting}"));
            }
        }
    }

    /// Leaves the policies that ask oauth2-proxy, where the files tell them from others.
    pub(crate) fn keep_own_policies(&mut self) {
        let is_own = |text: &str| text.contains("oauth");
        let named: Vec<String> = self
            .providers
            .iter()
            .filter(|provider| is_own(&provider.service) || is_own(&provider.name))
            .map(|provider| provider.name.clone())
            .collect();
        let asks = |policy: &Policy| {
            policy
                .provider
                .as_ref()
                .is_none_or(|name| if named.is_empty() { is_own(name) } else { named.contains(name) })
        };
        if self.policies.iter().any(asks) {
            self.policies.retain(asks);
            self.providers.retain(|provider| named.is_empty() || named.contains(&provider.name));
        }
    }

    /// Leaves the settings of one oauth2-proxy, and those that stand for themselves.
    ///
    /// # Errors
    /// There are several, and nobody says which.
    pub(crate) fn choose(&mut self, wanted: Option<&str>) -> Result<(), String> {
        // Values without a name are those of whatever release is named.
        let mut names: Vec<&str> =
            self.proxies.iter().map(|proxy| proxy.name.as_str()).filter(|name| *name != "values").collect();
        names.sort_unstable();
        names.dedup();
        let chosen = match wanted {
            Some(wanted) if !names.contains(&wanted) => {
                return Err(format!(
                    "there is no oauth2-proxy {wanted:?} in these files, but: {}",
                    names.join(", ")
                ));
            }
            Some(wanted) => wanted.to_owned(),
            None if names.len() > 1 => {
                let places: Vec<String> =
                    self.proxies.iter().map(|proxy| format!("{} ({})", proxy.name, proxy.at)).collect();
                return Err(format!(
                    "the files have several oauth2-proxies: say which with --proxy, one at a time: {}",
                    places.join(", ")
                ));
            }
            None => return Ok(()),
        };
        let others: Vec<_> = self
            .proxies
            .iter()
            .filter(|proxy| proxy.name != chosen && proxy.name != "values")
            .map(|proxy| proxy.settings.clone())
            .collect();
        let mut index = 0;
        self.settings.retain(|_| {
            index += 1;
            !others.iter().any(|range| range.contains(&(index - 1)))
        });
        Ok(())
    }
}
