//! The configuration file that the chart mounts: somebody's own, or one that it makes of `config.emailDomains`.
//!
//! Which of them depends on keys that may stand in several files of values, so each file is read whole, and when all are
//! read, [`choose`] puts out of force what the chart does not use.

use std::ops::Range;

use super::references::References;
use super::scalar::scalar;
use super::{Source, toml};
use crate::migrate::found::Found;
use crate::migrate::setting::{Layer, Value};
use crate::yaml::Node;

/// What the chart runs with where nobody says anything.
const DEFAULTS: [(&str, &str); 2] = [("email-domain", "*"), ("upstream", "file:///dev/null")];

/// Values that stand for no release are those of whichever is there.
const ANY_RELEASE: &str = "values";

/// What one file of values says of the configuration file.
pub(super) struct Part {
    release: String,
    alpha: Option<bool>,
    force_legacy: Option<bool>,
    existing: Option<String>,
    /// Somebody's own file.
    inline: Given,
    /// `emailDomains` and `upstreams`.
    generated: Given,
    defaults: Range<usize>,
}

/// A key: where it is, its settings, and whether there is anything in it.
struct Given {
    name: Option<String>,
    settings: Range<usize>,
    is_empty: bool,
}

/// # Errors
/// The file is no TOML.
pub(super) fn read(
    release: &str,
    values: &Node,
    config: &Node,
    source: &Source,
    found: &mut Found,
) -> Result<Part, String> {
    let inline = inline(config, source, found)?;
    let generated = generated(config, source, found);
    let first = found.settings.len();
    for (option, value) in DEFAULTS {
        let at = source.at(config.place);
        found.set(option, "the chart's own configFile", Value::text(value), Layer::Chart, at);
    }
    let existing = config.get("existingConfig").or_else(|| config.get("existingConfigmap"));
    let is_on = |node: &Node| scalar(node) == Value::text("true");
    Ok(Part {
        release: release.to_owned(),
        alpha: values.find(&["alphaConfig", "enabled"]).map(is_on),
        force_legacy: config.get("forceLegacyConfig").map(is_on),
        existing: existing.and_then(Node::text).filter(|name| !name.is_empty()).map(str::to_owned),
        inline,
        generated,
        defaults: first..found.settings.len(),
    })
}

fn inline(config: &Node, source: &Source, found: &mut Found) -> Result<Given, String> {
    let first = found.settings.len();
    let key = if config.get("configFile").is_some() { "configFile" } else { "content" };
    let node = config.get(key);
    let text = node.and_then(Node::text).unwrap_or_default();
    if let Some(node) = node {
        toml::read_as(text, &source.within(node), Layer::File, found)?;
    }
    Ok(Given {
        name: node.map(|node| format!("config.{key} ({})", source.at(node.place))),
        settings: first..found.settings.len(),
        is_empty: text.trim().is_empty(),
    })
}

fn generated(config: &Node, source: &Source, found: &mut Found) -> Given {
    let first = found.settings.len();
    for (key, option) in [("upstreams", "upstream"), ("emailDomains", "email-domain")] {
        if let Some(node) = config.get(key) {
            // A text in the place of a list is divided at commas, as in the file that the chart makes of it.
            let value = node.text().map_or_else(
                || scalar(node),
                |text| Value::Texts(text.split(',').map(str::to_owned).collect()),
            );
            found.set(option, &format!("config.{key}"), value, Layer::File, source.at(node.place));
        }
    }
    let domains = config.get("emailDomains");
    Given {
        name: domains.map(|node| format!("config.emailDomains ({})", source.at(node.place))),
        settings: first..found.settings.len(),
        is_empty: false,
    }
}

/// Which file it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A ConfigMap of somebody's own.
    Existing,
    /// `configFile`.
    Inline,
    /// The chart's own.
    Generated,
    /// None at all.
    Nothing,
}

pub(super) fn choose(parts: &[Part], references: &References, found: &mut Found) {
    let mut releases: Vec<&str> =
        parts.iter().map(|part| part.release.as_str()).filter(|name| *name != ANY_RELEASE).collect();
    releases.sort_unstable();
    releases.dedup();
    let is_shared = |part: &&Part| part.release == ANY_RELEASE;
    if let Some(shared) = parts.iter().find(is_shared).filter(|_| releases.len() > 1) {
        let name = shared.inline.name.as_ref().or(shared.generated.name.as_ref());
        let name = name.cloned().unwrap_or_else(|| "the values of no release".to_owned());
        let says = "it is not known to which of the releases it belongs: give the files of one at a time";
        found.closed.push((name, says.to_owned()));
    }
    if releases.is_empty() {
        releases.push(ANY_RELEASE);
    }
    for release in releases {
        let own: Vec<&Part> =
            parts.iter().filter(|part| part.release == release || part.release == ANY_RELEASE).collect();
        choose_for_one(&own, references, found);
    }
}

fn choose_for_one(parts: &[&Part], references: &References, found: &mut Found) {
    let Some(first) = parts.first() else { return };
    let existing = parts.iter().rev().find_map(|part| part.existing.as_ref());
    let has_domains = parts.iter().any(|part| part.generated.name.is_some());
    let mode = mode(parts, existing.is_some());
    if mode == Mode::Existing
        && let Some(name) = existing.filter(|name| references.config_map(name).is_none())
    {
        found.elsewhere.push(format!("ConfigMap {name}"));
    }
    let last = last_inline(parts);
    found.has_config_file |= last.is_some();
    for (index, part) in parts.iter().enumerate() {
        // A later file of values replaces the whole text.
        if mode != Mode::Inline || last != Some(index) {
            put_aside(&part.inline, found);
        }
        if mode != Mode::Generated {
            put_aside(&part.generated, found);
        }
        // An empty configFile takes the place of the default one of older charts.
        if mode != Mode::Generated || has_domains || last.is_some() && !is_alpha_alone(parts) {
            found.drop_settings(part.defaults.clone());
        }
    }
    if mode == Mode::Nothing {
        let name = format!("config.forceLegacyConfig of {}", first.release);
        let says = "with false and without alphaConfig the chart mounts no configuration file".to_owned();
        found.remarks.push((name, says));
    }
    // Older charts, which have no emailDomains, read it; newer ones do not.
    if is_alpha_alone(parts) && !has_domains {
        let own = parts.iter().filter(|part| !part.inline.is_empty).find_map(|part| part.inline.name.clone());
        let own = own.or_else(|| existing.map(|name| format!("ConfigMap {name} of config.existingConfig")));
        if let Some(name) = own {
            let says = "with forceLegacyConfig: false the chart reads it or not, by its version: say who may enter in config.emailDomains";
            found.closed.push((name, says.to_owned()));
        }
    }
}

/// As the chart's `oauth2-proxy.legacy-config.mode` has it.
fn mode(parts: &[&Part], has_existing: bool) -> Mode {
    let has_inline = last_inline(parts).is_some_and(|index| !parts[index].inline.is_empty);
    if is_alpha_alone(parts) {
        Mode::Generated
    } else if has_existing {
        Mode::Existing
    } else if has_inline {
        Mode::Inline
    } else if !is_alpha(parts) && !forces_legacy(parts) {
        Mode::Nothing
    } else {
        Mode::Generated
    }
}

fn last_inline(parts: &[&Part]) -> Option<usize> {
    parts.iter().rposition(|part| part.inline.name.is_some())
}

fn is_alpha_alone(parts: &[&Part]) -> bool {
    is_alpha(parts) && !forces_legacy(parts)
}

fn is_alpha(parts: &[&Part]) -> bool {
    parts.iter().rev().find_map(|part| part.alpha).unwrap_or(false)
}

fn forces_legacy(parts: &[&Part]) -> bool {
    parts.iter().rev().find_map(|part| part.force_legacy).unwrap_or(true)
}

fn put_aside(given: &Given, found: &mut Found) {
    found.drop_settings(given.settings.clone());
    if let Some(name) = given.name.as_ref().filter(|_| !given.is_empty) {
        let says = "the chart does not use it beside what else is given (configFile, existingConfig, alphaConfig), so it had no effect";
        found.remarks.push((name.clone(), says.to_owned()));
    }
}
