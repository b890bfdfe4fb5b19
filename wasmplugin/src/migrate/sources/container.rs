//! A program of oauth2-proxy with its arguments and its environment: a container of Kubernetes, of a chart that
//! takes whole containers, or a service of compose.

use super::references::References;
use super::{Source, arguments, environment};
use crate::migrate::found::{Found, Proxy};
use crate::migrate::{options, setting::At};
use crate::yaml::Node;

/// Whether `node` is one. Its name or its image says so, or what it is given.
pub(super) fn is_one(node: &Node, source: &Source) -> bool {
    let has = |key: &str| node.get(key).is_some();
    if !(has("image") || has("args") || has("command")) || has("kind") {
        return false;
    }
    let image = node.get("image");
    let image = image.and_then(Node::text).or_else(|| image?.get("repository")?.text()).unwrap_or_default();
    let names_it = |text: &str| text.replace('_', "-").contains("oauth2-proxy");
    let given = given_arguments(node, source);
    let is_flag = |argument: &str| {
        argument
            .strip_prefix("--")
            .is_some_and(|flag| flag.split('=').next().is_some_and(|name| options::by_flag(name).is_some()))
    };
    names_it(image)
        || given.first().is_some_and(|(program, _)| names_it(program))
        || given.iter().filter(|(argument, _)| is_flag(argument)).count() >= 3
        || variables(node).any(|name| name.starts_with(options::PREFIX))
}

pub(super) fn read(name: &str, node: &Node, source: &Source, references: &References, found: &mut Found) {
    let given = given_arguments(node, source);
    let is_empty = given.is_empty()
        && ["env", "environment", "envFrom", "env_file"].iter().all(|key| node.get(key).is_none());
    if is_empty {
        return;
    }
    let first = found.settings.len();
    arguments::read(&given, found);
    for key in ["env", "environment"] {
        if let Some(env) = node.get(key) {
            environment::of_container(env, source, references, found);
        }
    }
    if let Some(env_from) = node.get("envFrom") {
        environment::from(env_from, references, found);
    }
    if let Some(files) = node.get("env_file").filter(|_| !found.has_variables_file) {
        let items = if files.items().is_empty() { std::slice::from_ref(files) } else { files.items() };
        for item in items {
            let name = item.text().or_else(|| item.get("path")?.text()).unwrap_or_default();
            found.elsewhere.push(format!("the file {name} of env_file ({})", source.at(item.place)));
        }
    }
    let settings = first..found.settings.len();
    found.proxies.push(Proxy { name: name.to_owned(), at: source.at(node.place), settings });
}

fn given_arguments(node: &Node, source: &Source) -> Vec<(String, At)> {
    let given: Vec<&Node> =
        ["entrypoint", "command", "args"].iter().filter_map(|key| node.get(key)).collect();
    let is_shell = given.iter().any(|given| arguments::names_a_shell(given));
    given.into_iter().flat_map(|given| arguments::of(given, source, is_shell)).collect()
}

fn variables(node: &Node) -> impl Iterator<Item = &str> {
    let env = || ["env", "environment"].into_iter().filter_map(|key| node.get(key));
    let listed = env()
        .flat_map(Node::items)
        .filter_map(|item| item.get("name").and_then(Node::text).or_else(|| item.text()));
    listed.chain(env().flat_map(Node::entries).map(|entry| entry.key.as_str()))
}
