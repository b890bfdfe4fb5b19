//! From what oauth2-proxy was told to what the filter is told. One file a section of the configuration.
//!
//! Each looks at the options that concern it, writes its section, and says in the report what became of them. Where the
//! files say nothing, or something that the filter does not take, it leaves a gap: nothing is guessed, and what is in
//! doubt stays shut.

mod access;
mod application;
mod bearer;
mod doubts;
mod groups;
mod identity;
mod leftovers;
mod paths;
mod provider;
mod session;
mod targets;

use super::found::Found;
use super::in_force::InForce;
use super::report::Report;
use super::setting::{Setting, Value, is_placeholder};
use super::tree::{Map, Tree};
use super::words::Words;
pub(crate) use provider::Endpoint;
pub(crate) use targets::Plugin;

/// Where oauth2-proxy stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Asked about each request: the application gets what was in its answer.
    Asked,
    /// In the way of each request: the application gets what it put into the request.
    InTheWay,
}

#[derive(Debug)]
pub(crate) struct Plan {
    /// What all plugins have in common.
    pub(crate) config: Map,
    /// Of `access` the same.
    rules: Vec<Map>,
    pub(crate) plugins: Vec<Plugin>,
    /// What the proxy has to reach.
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) report: Report,
}

/// # Errors
/// Why the filter cannot take the place of this oauth2-proxy.
pub(crate) fn make(found: &Found, options: &InForce, words: &'static Words) -> Result<Plan, String> {
    let mut draft = Draft { options, found, words, mode: mode(found, options), report: Report::default() };
    let (provider, endpoints) = provider::provider(&mut draft)?;
    let client = provider::client(&mut draft);
    let session = session::session(&mut draft);
    let paths = paths::paths(&mut draft);
    let mut config = Map::default();
    config.set("provider", provider, None);
    config.set("client", client, None);
    config.set("session", session, None);
    config.section("identity", identity::identity(&mut draft));
    config.section("paths", paths);
    config.section("upstream", application::upstream(&mut draft));
    let (issuers, rules) = access::access(&mut draft);
    config.section("providers", issuers);
    let plugins = targets::plugins(&mut draft);
    leftovers::leftovers(&mut draft);
    draft.report.todo.extend(words.last_steps.iter().map(|&step| step.to_owned()));
    Ok(Plan { config, rules, plugins, endpoints, report: draft.report })
}

impl Plan {
    /// The configuration of one of its plugins.
    pub(crate) fn config_of(&self, plugin: &Plugin) -> Map {
        let mut config = self.config.clone();
        if !plugin.hosts.is_empty() {
            let mut from: Vec<&str> = plugin.hosts.iter().map(|(_, from)| from.as_str()).collect();
            from.dedup();
            let hosts: Vec<String> = plugin.hosts.iter().map(|(host, _)| host.clone()).collect();
            config.set("hosts", hosts, Some(from.join(", ")));
        }
        let rules: Vec<Tree> = plugin.open.iter().chain(&self.rules).cloned().map(Tree::Map).collect();
        if !rules.is_empty() {
            let order = "the first rule that matches decides: one without match stays the last";
            config.set("access", Tree::List(rules), Some(order.to_owned()));
        }
        config
    }
}

fn mode(found: &Found, options: &InForce) -> Mode {
    let upstreams = options.list("upstream");
    let is_application =
        |upstream: &String| !upstream.starts_with("static:") && !upstream.starts_with("file:///dev/null");
    if found.policies.is_empty() && upstreams.iter().any(is_application) {
        Mode::InTheWay
    } else {
        Mode::Asked
    }
}

/// The plan while it is made.
struct Draft<'a> {
    options: &'a InForce,
    found: &'a Found,
    words: &'static Words,
    mode: Mode,
    report: Report,
}

impl<'a> Draft<'a> {
    /// A text that is carried over as it is, with the place that it is from. What is filled in later makes a gap.
    fn carry(&mut self, option: &str, key: &str) -> Option<(String, Option<String>)> {
        let setting = self.options.get(option)?;
        let text = self.options.text(option)?.to_owned();
        Some((text.clone(), Some(self.note(setting, key, &text))))
    }

    /// Says that `setting` became `key: text`, and gives the comment for the line.
    fn note(&mut self, setting: &Setting, key: &str, text: &str) -> String {
        if is_placeholder(text) {
            self.report.gap(
                key,
                format!("{setting}: the value {text} is filled in elsewhere: put in what it becomes"),
            );
            return format!("GAP: fill in; {}", setting.at);
        }
        self.report.carried(setting, format!("{key}: {text}"));
        setting.at.to_string()
    }

    /// Where the value of `option` is when it is not in the files.
    fn elsewhere(&self, option: &str) -> Option<(&'a Setting, String)> {
        let setting = self.options.get(option)?;
        match &setting.value {
            Value::Secret { name, key } => Some((setting, format!("key {key} of Secret {name}"))),
            Value::Elsewhere(place) => Some((setting, place.clone())),
            Value::Texts(_) | Value::Bare => None,
        }
    }

    /// Where `option` is, in a form that can stand for it: `secret/NAME:KEY`.
    fn stand_in(&self, option: &str) -> Option<String> {
        match self.options.get(option).map(|setting| &setting.value) {
            Some(Value::Secret { name, key }) => Some(format!("secret/{name}:{key}")),
            Some(_) => None,
            None => {
                let secrets = self.found.elsewhere.iter().filter_map(|place| place.strip_prefix("Secret "));
                secrets.map(|name| format!("envFrom secret/{name}")).next()
            }
        }
    }

    /// `option` in words for somebody who has to look for it.
    fn where_it_may_be(&self, option: &str) -> String {
        match self.elsewhere(option) {
            Some((_, place)) => format!("{option}: it is {place}"),
            None if self.found.elsewhere.is_empty() => format!("{option}: it is not in the files"),
            None => {
                format!("{option}: it is not in the files, and may be in {}", self.found.elsewhere.join(", "))
            }
        }
    }
}
