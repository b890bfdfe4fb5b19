//! Values of oauth2-proxy's Helm chart, and of Bitnami's.

use super::references::References;
use super::scalar::scalar;
use super::{Source, alpha, arguments, environment, toml};
use crate::migrate::found::{Found, Proxy};
use crate::migrate::options;
use crate::migrate::setting::{At, Layer, Setting, Value};
use crate::yaml::{self, Entry, Node};

/// What the chart runs with where nobody gives `config.configFile`.
const DEFAULT_FILE: [(&str, &str); 2] = [("email-domain", "*"), ("upstream", "file:///dev/null")];

/// Keys of `config` that the charts have.
const CONFIG_KEYS: [&str; 18] = [
    "annotations",
    "clientID",
    "clientSecret",
    "cookieSecret",
    "cookieName",
    "existingSecret",
    "existingConfig",
    "configFile",
    "google",
    "requiredSecretKeys",
    "forceLegacyConfig",
    "secretKeys",
    "emailDomains",
    // Bitnami's.
    "content",
    "existingConfigmap",
    "oidcIssuerUrl",
    "redirectUrl",
    "whiteList",
];

/// Whether `node` is such values: not every map with a `config` is.
pub(super) fn is_one(node: &Node) -> bool {
    if node.get("kind").is_some() && node.get("apiVersion").is_some() {
        return false;
    }
    let knows = |key: &str, names: &[&str]| {
        node.get(key).is_some_and(|map| names.iter().any(|name| map.get(name).is_some()))
    };
    let flags = node.get("extraArgs").map(flags).unwrap_or_default();
    flags.iter().any(|(name, ..)| options::by_flag(name).is_some())
        || knows(
            "config",
            &["configFile", "clientID", "cookieSecret", "existingSecret", "content", "cookieName"],
        )
        || knows("configuration", &["clientID", "cookieSecret", "content"])
        || knows("alphaConfig", &["configData", "configFile", "existingConfig"])
}

pub(super) fn read(
    name: &str,
    node: &Node,
    source: &Source,
    references: &References,
    found: &mut Found,
) -> Result<(), String> {
    let first = found.settings.len();
    let nothing = Node { place: node.place, value: yaml::Value::Null };
    let config = node.get("config").or_else(|| node.get("configuration")).unwrap_or(&nothing);
    for entry in config.entries().iter().filter(|entry| !CONFIG_KEYS.contains(&entry.key.as_str())) {
        unknown_key(entry, source, found);
    }
    config_file(config, source, found)?;
    credentials(node, config, source, references, found);
    if let Some(extra) = node.get("extraArgs") {
        for (flag, value, at) in flags_at(extra, source) {
            let written = if extra.items().is_empty() { flag.clone() } else { format!("--{flag}") };
            arguments::flag_given(&flag, &written, value, &at, found);
        }
    }
    for key in ["extraEnv", "extraEnvVars", "env"] {
        if let Some(env) = node.get(key) {
            environment::of_container(env, source, references, found);
        }
    }
    for key in ["envFrom", "extraEnvFrom"] {
        if let Some(env_from) = node.get(key) {
            environment::from(env_from, references, found);
        }
    }
    alpha_config(node, source, found)?;
    emails(node, source, found);
    let is_on = |section: &str| {
        node.find(&[section, "enabled"]).is_some_and(|enabled| scalar(enabled) == Value::text("true"))
    };
    if is_on("htpasswdFile") {
        let name = format!("htpasswdFile ({})", source.at(node.place));
        found
            .remarks
            .push((name, "there is no sign-in by password: people sign in with the provider".to_owned()));
    }
    if is_on("ingress") {
        for host in node.find(&["ingress", "hosts"]).map_or(&[][..], Node::items) {
            let name = host.text().or_else(|| host.get("host")?.text());
            found.routed_hosts.extend(name.map(|name| (name.to_owned(), source.at(host.place))));
        }
    }
    for section in ["sessionStorage", "redis", "redis-ha"] {
        if node.get(section).is_some() {
            found.not_needed.insert(section.to_owned());
        }
    }
    let settings = first..found.settings.len();
    found.proxies.push(Proxy { name: name.to_owned(), at: source.at(node.place), settings });
    Ok(())
}

fn unknown_key(entry: &Entry, source: &Source, found: &mut Found) {
    let name = format!("config.{} ({})", entry.key, source.at(entry.key_place));
    let is_secret = entry.key.to_ascii_lowercase().contains("secret");
    let said = match scalar(&entry.value) {
        Value::Texts(texts) if !is_secret => format!(
            " It says {:?}: if that is meant, write it into what this migration made.",
            texts.join(",")
        ),
        _ => String::new(),
    };
    found.remarks.push((name, format!("the chart has no such key, so it had no effect.{said}")));
}

fn config_file(config: &Node, source: &Source, found: &mut Found) -> Result<(), String> {
    let given = config.get("configFile").or_else(|| config.get("content"));
    found.has_config_file |= given.is_some();
    if let Some(text) = given.and_then(Node::text) {
        let within = given.map_or_else(|| source.clone(), |node| source.within(node));
        return toml::read_as(text, &within, Layer::File, found);
    }
    let existing =
        config.get("existingConfig").or_else(|| config.get("existingConfigmap")).and_then(Node::text);
    if let Some(name) = existing.filter(|name| !name.is_empty()) {
        found.elsewhere.push(format!("ConfigMap {name}"));
        return Ok(());
    }
    if given.is_none() {
        for (option, value) in DEFAULT_FILE {
            set(
                option,
                "the chart's own configFile",
                Value::text(value),
                Layer::Chart,
                source.at(config.place),
                found,
            );
        }
    }
    Ok(())
}

/// The chart hands these over in the environment, whatever the file says.
fn credentials(node: &Node, config: &Node, source: &Source, references: &References, found: &mut Found) {
    let text = |key: &str| {
        config
            .get(key)
            .and_then(|value| match scalar(value) {
                Value::Texts(texts) => Some((texts.concat(), source.at(value.place))),
                _ => None,
            })
            .filter(|(text, _)| !text.is_empty())
    };
    let as_variables =
        node.get("proxyVarsAsSecrets").is_none_or(|value| scalar(value) != Value::text("false"));
    let existing = text("existingSecret").filter(|_| as_variables);
    let keys = [
        ("clientID", "client-id", "client-id"),
        ("clientSecret", "client-secret", "client-secret"),
        ("cookieSecret", "cookie-secret", "cookie-secret"),
    ];
    for (key, option, secret_key) in keys {
        let inline = text(key);
        match (&existing, inline) {
            (Some((name, at)), inline) => {
                let value = references.of_secret(name, secret_key);
                let value =
                    value.unwrap_or_else(|| Value::Secret { name: name.clone(), key: secret_key.to_owned() });
                set(option, &format!("config.{key}"), value, Layer::Environment, at.clone(), found);
                if let Some((text, at)) = inline.filter(|_| option == "client-id") {
                    let name = format!("config.clientID ({at})");
                    let what = format!(
                        "beside existingSecret the chart takes the client ID from the Secret; this says {text:?}, which is very likely the same"
                    );
                    found.remarks.push((name, what));
                    set("client-id", "config.clientID", Value::text(text), Layer::Chart, at, found);
                }
            }
            (None, Some((text, at))) => {
                set(option, &format!("config.{key}"), Value::text(text), Layer::Environment, at, found)
            }
            (None, None) => {}
        }
    }
    for (key, option) in [
        ("oidcIssuerUrl", "oidc-issuer-url"),
        ("redirectUrl", "redirect-url"),
        ("whiteList", "whitelist-domain"),
    ] {
        if let Some((text, at)) = text(key) {
            set(option, &format!("configuration.{key}"), Value::text(text), Layer::Flag, at, found);
        }
    }
}

/// `extraArgs`: a map of flags, or a list of arguments.
fn flags(extra: &Node) -> Vec<(String, Value, yaml::Place)> {
    let of_map = extra.entries().iter().map(|entry| {
        let value = if entry.value.value == yaml::Value::Null { Value::Bare } else { scalar(&entry.value) };
        (entry.key.clone(), value, entry.key_place)
    });
    let of_list = extra.items().iter().filter_map(|item| {
        let flag = item.text()?.trim_start_matches('-');
        let (name, value) = flag
            .split_once('=')
            .map_or((flag, Value::Bare), |(name, value)| (name, Value::text(value.trim_matches('"'))));
        Some((name.to_owned(), value, item.place))
    });
    of_map.chain(of_list).collect()
}

fn flags_at(extra: &Node, source: &Source) -> Vec<(String, Value, At)> {
    flags(extra).into_iter().map(|(name, value, place)| (name, value, source.at(place))).collect()
}

fn alpha_config(node: &Node, source: &Source, found: &mut Found) -> Result<(), String> {
    let Some(section) = node.get("alphaConfig") else { return Ok(()) };
    if section.get("enabled").is_none_or(|enabled| scalar(enabled) != Value::text("true")) {
        return Ok(());
    }
    if let Some(data) = section.get("configData").filter(|data| !data.entries().is_empty()) {
        alpha::read(data, source, found);
    } else if let Some((text, file)) = section.get("configFile").and_then(|file| Some((file.text()?, file))) {
        let within = source.within(file);
        let documents = yaml::read(text)
            .map_err(|broken| format!("{} is no YAML: {}", within.at(broken.place), broken.why))?;
        documents.iter().for_each(|document| alpha::read(document, &within, found));
    } else if let Some(name) =
        section.get("existingConfig").or_else(|| section.get("existingSecret")).and_then(Node::text)
    {
        found.elsewhere.push(format!("alpha configuration {name}"));
    }
    Ok(())
}

fn emails(node: &Node, source: &Source, found: &mut Found) {
    let Some(section) = node.get("authenticatedEmailsFile") else { return };
    if section.get("enabled").is_none_or(|enabled| scalar(enabled) != Value::text("true")) {
        return;
    }
    let list = section.get("restricted_access").and_then(Node::text);
    found.listed_emails.extend(
        list.unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned),
    );
    let value = match list {
        Some(_) => Value::text("restricted_access"),
        None => Value::Elsewhere("the file of authenticatedEmailsFile".to_owned()),
    };
    set(
        "authenticated-emails-file",
        "authenticatedEmailsFile: authenticated-emails-file",
        value,
        Layer::Flag,
        source.at(section.place),
        found,
    );
}

fn set(option: &str, written: &str, value: Value, layer: Layer, at: At, found: &mut Found) {
    found.settings.push(Setting { option: option.to_owned(), written: written.to_owned(), value, layer, at });
}
