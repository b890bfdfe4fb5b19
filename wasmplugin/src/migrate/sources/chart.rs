//! Values of oauth2-proxy's Helm chart, and of Bitnami's.

use super::chart_file::{self, Part};
use super::references::References;
use super::scalar::scalar;
use super::{Source, alpha, arguments, environment};
use crate::migrate::found::{Found, Proxy};
use crate::migrate::setting::{Layer, Value};
use crate::migrate::{conditions, options};
use crate::yaml::{self, Entry, Node};

/// Keys of `config` that the charts have.
const CONFIG_KEYS: [&str; 19] = [
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
    "upstreams",
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
    let is_flag = |text: &str| {
        let name = text.trim_start_matches('-').split('=').next().unwrap_or_default();
        options::by_flag(name).is_some()
    };
    let has_flags = |extra: &Node| {
        extra.items().iter().filter_map(Node::text).any(is_flag)
            || extra.entries().iter().any(|entry| is_flag(&entry.key))
    };
    node.get("extraArgs").is_some_and(has_flags)
        || knows(
            "config",
            &[
                "configFile",
                "clientID",
                "cookieSecret",
                "existingSecret",
                "content",
                "cookieName",
                "emailDomains",
            ],
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
) -> Result<Part, String> {
    let first = found.settings.len();
    let nothing = Node { place: node.place, value: yaml::Value::Null };
    let config = node.get("config").or_else(|| node.get("configuration")).unwrap_or(&nothing);
    for entry in config.entries().iter().filter(|entry| !CONFIG_KEYS.contains(&entry.key.as_str())) {
        unknown_key(entry, source, found);
    }
    let part = chart_file::read(name, node, config, source, found)?;
    credentials(node, config, source, references, found);
    if let Some(extra) = node.get("extraArgs") {
        flags(extra, source, found);
    }
    if let Some(given) = node.get("args").filter(|given| !given.items().is_empty()) {
        // Bitnami's own way to say all arguments.
        if node.get("configuration").is_some() || config.get("content").is_some() {
            flags(given, source, found);
        } else {
            let name = format!("args ({})", source.at(given.place));
            let says =
                "Bitnami's chart has this key and the other has none, and it is not known which this is";
            found.closed.push((name, says.to_owned()));
        }
    }
    google(config, source, found);
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
    alpha_config(node, source, references, found)?;
    emails(node, source, references, found);
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
    Ok(part)
}

fn unknown_key(entry: &Entry, source: &Source, found: &mut Found) {
    let name = format!("config.{} ({})", entry.key, source.at(entry.key_place));
    // Of what nobody knows it may be a secret.
    let may_be_shown = options::meant_by(&entry.key).is_some_and(|option| !options::is_secret(option.name));
    let said = match scalar(&entry.value) {
        Value::Texts(texts) if may_be_shown => format!(
            " It says {:?}: if that is meant, write it into what this migration made.",
            texts.join(",")
        ),
        _ => String::new(),
    };
    if conditions::is_like_one(&entry.key) {
        found
            .closed
            .push((name.clone(), "the chart has no such key, but it seems to say who may enter".to_owned()));
    }
    found.remarks.push((name, format!("the chart has no such key, so it had no effect.{said}")));
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
                found.set(option, &format!("config.{key}"), value, Layer::Environment, at.clone());
                if let Some((text, at)) = inline.filter(|_| option == "client-id") {
                    let name = format!("config.clientID ({at})");
                    let what = format!(
                        "beside existingSecret the chart takes the client ID from the Secret; this says {text:?}, which is very likely the same"
                    );
                    found.remarks.push((name, what));
                    found.set("client-id", "config.clientID", Value::text(text), Layer::Chart, at);
                }
            }
            (None, Some((text, at))) => {
                found.set(option, &format!("config.{key}"), Value::text(text), Layer::Environment, at)
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
            found.set(option, &format!("configuration.{key}"), Value::text(text), Layer::Flag, at);
        }
    }
}

/// `extraArgs`: a map of flags, or a list of arguments, which the chart passes on as it is.
fn flags(extra: &Node, source: &Source, found: &mut Found) {
    for entry in extra.entries() {
        let value = scalar(&entry.value);
        arguments::flag_given(&entry.key, &entry.key, value, &source.at(entry.key_place), found);
    }
    arguments::read(&arguments::of(extra, source, false), found);
}

/// `config.google`: the chart makes arguments of it.
fn google(config: &Node, source: &Source, found: &mut Found) {
    for entry in config.get("google").map_or(&[][..], Node::entries) {
        let written = format!("config.google.{}", entry.key);
        let at = source.at(entry.key_place);
        let option = match entry.key.as_str() {
            "groups" => "google-group",
            "adminEmail" => "google-admin-email",
            "useApplicationDefaultCredentials" => "google-use-application-default-credentials",
            "targetPrincipal" => "google-target-principal",
            // Google's directory is not asked, so nobody needs its keys.
            "serviceAccountJson" | "existingSecret" => {
                found.not_needed.insert(written);
                continue;
            }
            key if conditions::is_like_one(key) => {
                found.closed.push((format!("{written} ({at})"), NOT_READ.to_owned()));
                continue;
            }
            _ => {
                found.remarks.push((format!("{written} ({at})"), "it is not looked at".to_owned()));
                continue;
            }
        };
        match scalar(&entry.value) {
            // Helm takes such a key for one that is not there.
            Value::Bare => {}
            value => found.set(option, &written, value, Layer::Flag, at),
        }
    }
}

const NOT_READ: &str = "it seems to say who may enter, and this migration does not know it";

fn alpha_config(
    node: &Node,
    source: &Source,
    references: &References,
    found: &mut Found,
) -> Result<(), String> {
    let Some(section) = node.get("alphaConfig") else { return Ok(()) };
    let given = |key: &str| {
        section
            .get(key)
            .filter(|value| !value.entries().is_empty() || value.text().is_some_and(|text| !text.is_empty()))
    };
    let keys = ["existingConfig", "existingSecret", "configData", "configFile"];
    match section.get("enabled").map(scalar) {
        Some(enabled) if enabled == Value::text("true") => {}
        None if keys.iter().any(|key| given(key).is_some()) => {
            let name = format!("alphaConfig ({})", source.at(section.place));
            let says = "enabled is not beside it, so it is not known whether the chart uses it: give the values of the release in one piece (helm get values --all)";
            found.closed.push((name, says.to_owned()));
            return Ok(());
        }
        _ => return Ok(()),
    }
    // Where one of these is named, the chart passes over the rest. A ConfigMap among the files is read as such.
    let existing = |key: &str| given(key).and_then(Node::text);
    if let Some(name) = existing("existingConfig") {
        if references.config_map(name).is_none() {
            found.elsewhere.push(format!("ConfigMap {name}"));
        }
        return Ok(());
    }
    if let Some(name) = existing("existingSecret") {
        found.elsewhere.push(format!("Secret {name}"));
        return Ok(());
    }
    if let Some(data) = given("configData") {
        alpha::read(data, source, found);
    }
    if let Some((text, file)) = given("configFile").and_then(|file| Some((file.text()?, file))) {
        let within = source.within(file);
        let documents = yaml::read(text)
            .map_err(|broken| format!("{} is no YAML: {}", within.at(broken.place), broken.why))?;
        documents.iter().for_each(|document| alpha::read(document, &within, found));
    }
    Ok(())
}

fn emails(node: &Node, source: &Source, references: &References, found: &mut Found) {
    let Some(section) = node.get("authenticatedEmailsFile") else { return };
    if section.get("enabled").is_none_or(|enabled| scalar(enabled) != Value::text("true")) {
        return;
    }
    let text = |key: &str| section.get(key).and_then(Node::text).filter(|text| !text.is_empty());
    // A list of another release, by the name of its ConfigMap, is used in the place of the chart's own.
    let list = match text("template") {
        Some(name) => {
            let key = text("restrictedUserAccessKey").unwrap_or("restricted_user_access");
            references.of_config_map(name, key).ok_or_else(|| format!("key {key} of ConfigMap {name}"))
        }
        None => text("restricted_access")
            .map(str::to_owned)
            .ok_or_else(|| "the file of authenticatedEmailsFile".to_owned()),
    };
    let value = match list {
        Ok(list) => {
            let lines = list.lines().map(str::trim).filter(|line| !line.is_empty());
            found.listed_emails.extend(lines.map(str::to_owned));
            Value::text("restricted_access")
        }
        Err(place) => Value::Elsewhere(place),
    };
    found.set(
        "authenticated-emails-file",
        "authenticatedEmailsFile: authenticated-emails-file",
        value,
        Layer::Flag,
        source.at(section.place),
    );
}
