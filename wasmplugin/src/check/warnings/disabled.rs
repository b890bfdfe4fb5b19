//! A filter that Envoy's configuration switches off, for all requests or for those of a route.

use super::{fault, warning};
use crate::check::diagnostic::Diagnostic;
use crate::documents::{Documents, Kind, Plugin, either};
use crate::yaml::{Node, Place, Value};

const OF_ROUTE: &str = "envoy.config.route.v3.FilterConfig";
const BY_RULES: &str = "no such entry; what is open to everybody is a rule with `allow: public`";

pub(super) fn find(plugin: &Plugin, documents: &Documents) -> Vec<Diagnostic> {
    let Some(name) = Name::of(plugin) else { return vec![] };
    let mut switches = Vec::new();
    for (file, document) in around(plugin, documents) {
        collect(document, file, &name, &mut switches);
    }
    let is_on_somewhere = switches.iter().any(|switch| switch.what == What::RouteOn);
    switches.iter().filter_map(|switch| say(plugin, switch, is_on_somewhere)).collect()
}

fn say(plugin: &Plugin, switch: &Switch, is_on_somewhere: bool) -> Option<Diagnostic> {
    const CODE: &str = "disabled";
    let diagnostic = match switch.what {
        What::RouteOn => return None,
        What::FilterOff if is_on_somewhere => {
            let found = "disabled: only requests of routes that switch the filter on are checked";
            warning(plugin, switch.place, CODE, found, BY_RULES)
        }
        What::FilterOff => {
            fault(plugin, switch.place, CODE, "disabled", "true: no request is checked", "no `disabled`")
        }
        What::RouteOff => {
            let found = "disabled: requests of this route pass without any check";
            fault(plugin, switch.place, CODE, "typed_per_filter_config", found, BY_RULES)
        }
    };
    Some(Diagnostic { file: switch.file, ..diagnostic })
}

/// How Envoy calls the filter.
enum Name<'p> {
    Own(&'p str),
    /// Istio's name ends so, and begins with a word for the kind that is not the same in each version.
    OfIstio(String),
}

impl<'p> Name<'p> {
    fn of(plugin: &'p Plugin) -> Option<Self> {
        match plugin.kind {
            Kind::EnvoyFilter => Some(Self::Own(plugin.filter.as_ref()?.get("name")?.text()?)),
            Kind::WasmPlugin | Kind::TrafficExtension => {
                let (_, name) = plugin.name.split_once(' ')?;
                let (namespace, name) = name.split_once('/')?;
                Some(Self::OfIstio(format!("/{namespace}.{name}")))
            }
            Kind::EnvoyExtensionPolicy | Kind::Values | Kind::Bare => None,
        }
    }

    fn is(&self, name: &str) -> bool {
        match self {
            Self::Own(own) => name == *own,
            Self::OfIstio(end) => name.starts_with("extensions.istio.io/") && name.ends_with(end),
        }
    }
}

/// Where switches for this filter may be: with the configuration of an Envoy, or in EnvoyFilters.
fn around<'d>(plugin: &Plugin, documents: &'d Documents) -> Vec<(usize, &'d Node)> {
    if plugin.kind == Kind::EnvoyFilter && plugin.spec.is_none() {
        // A file with a filter of its own is another Envoy's, and may call it the same.
        let has_filter = |file: usize| documents.plugins.iter().any(|other| other.file == file);
        let own = documents.plain.iter().filter(|(file, _)| *file == plugin.file || !has_filter(*file));
        return own.map(|(file, node)| (*file, node)).collect();
    }
    let filters = documents.resources.iter().filter(|resource| resource.kind() == "EnvoyFilter");
    let filters = filters.map(|resource| (resource.file, &resource.node));
    if plugin.kind != Kind::EnvoyFilter {
        return filters.collect();
    }
    // In another namespace that is not Istio's own it is for other proxies, and they may call a filter the same.
    let own = plugin.name.split_once(' ').and_then(|(_, name)| Some(name.split_once('/')?.0));
    let is_for_its_proxies = |node: &Node| {
        let namespace = node.find(&["metadata", "namespace"]).and_then(Node::text);
        namespace == own || namespace == Some("istio-system")
    };
    filters.filter(|(_, node)| is_for_its_proxies(node)).collect()
}

struct Switch {
    file: usize,
    place: Place,
    what: What,
}

#[derive(PartialEq, Eq)]
enum What {
    FilterOff,
    RouteOff,
    RouteOn,
}

fn collect(node: &Node, file: usize, name: &Name<'_>, switches: &mut Vec<Switch>) {
    let is_filter = either(node, "typed_config", "typedConfig")
        .or_else(|| either(node, "config_discovery", "configDiscovery"))
        .is_some()
        && node.get("name").and_then(Node::text).is_some_and(|text| name.is(text));
    if let (true, Some(place)) = (is_filter, off(node)) {
        switches.push(Switch { file, place, what: What::FilterOff });
    }
    if let Some(by_name) = either(node, "typed_per_filter_config", "typedPerFilterConfig")
        && let Some(entry) = by_name.entries().iter().find(|entry| name.is(&entry.key))
        && entry.value.get("@type").and_then(Node::text).is_some_and(|kind| kind.ends_with(OF_ROUTE))
    {
        match off(&entry.value) {
            // Envoy answers such a route itself, and nothing gets to the application.
            Some(_) if answers(node) => {}
            Some(place) => switches.push(Switch { file, place, what: What::RouteOff }),
            None => switches.push(Switch { file, place: entry.key_place, what: What::RouteOn }),
        }
    }
    node.children().for_each(|child| collect(child, file, name, switches));
}

fn off(node: &Node) -> Option<Place> {
    node.get("disabled").filter(|disabled| disabled.value == Value::Bool(true)).map(|disabled| disabled.place)
}

fn answers(route: &Node) -> bool {
    route.get("redirect").is_some() || either(route, "direct_response", "directResponse").is_some()
}
