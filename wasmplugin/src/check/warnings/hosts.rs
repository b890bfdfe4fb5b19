//! Hosts: those that are named and not routed, and what must be registered for each.

use vestibule::config::{Config, HostPattern};

use super::{Context, Diagnostic, Severity, texts};

pub(super) fn look(context: &Context<'_>, config: &Config, diagnostics: &mut Vec<Diagnostic>) {
    let routed = routed(context);
    if !routed.is_empty() {
        for (index, host) in config.hosts.iter().flatten().enumerate() {
            if !routed.iter().any(|route| meets(host, route)) {
                let says = format!("no VirtualService, HTTPRoute or Gateway of these files routes {host}");
                let help = "a name that is spelled wrong leaves the real one unguarded: compare them";
                diagnostics.push(context.at_key(
                    Severity::Warning,
                    "host_not_routed",
                    &format!("hosts[{index}]"),
                    says,
                    help,
                ));
            }
        }
    }
    let uris = redirect_uris(config);
    if !uris.is_empty() {
        let says = format!("register with the provider: {}", uris.join(", "));
        diagnostics.push(context.at_key(Severity::Note, "redirect_uris", "client", says, ""));
    }
}

fn routed(context: &Context<'_>) -> Vec<String> {
    let of = |kind: &str, keys: &[&str]| {
        let lists = context.resources(kind).map(|resource| resource.find(keys));
        lists.flat_map(texts).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut hosts =
        [of("VirtualService", &["spec", "hosts"]), of("HTTPRoute", &["spec", "hostnames"])].concat();
    for gateway in context.resources("Gateway") {
        for server in gateway.find(&["spec", "servers"]).map_or(&[][..], |servers| servers.items()) {
            hosts.extend(
                texts(server.get("hosts")).map(|host| host.rsplit('/').next().unwrap_or(host).to_owned()),
            );
        }
        for listener in gateway.find(&["spec", "listeners"]).map_or(&[][..], |listeners| listeners.items()) {
            hosts.extend(listener.get("hostname").and_then(|host| host.text()).map(str::to_owned));
        }
    }
    hosts
}

/// Whether some host is in both.
fn meets(pattern: &HostPattern, route: &str) -> bool {
    let route = route.to_ascii_lowercase();
    let below = |name: &str, domain: &str| name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    match (pattern, route.strip_prefix("*.")) {
        _ if route == "*" => true,
        (HostPattern::Exact(name), None) => *name == route,
        (HostPattern::Exact(name), Some(domain)) => below(name, domain),
        (HostPattern::Below(domain), None) => below(&route, domain),
        (HostPattern::Below(one), Some(other)) => one == other || below(one, other) || below(other, one),
    }
}

fn redirect_uris(config: &Config) -> Vec<String> {
    if let Some(uri) = &config.paths.redirect_uri {
        return vec![uri.as_str().to_owned()];
    }
    let scheme = if config.session.cookie.secure { "https" } else { "http" };
    let uri = |host: &HostPattern| match host {
        HostPattern::Exact(name) => format!("{scheme}://{name}{}/callback", config.paths.prefix),
        HostPattern::Below(domain) => {
            format!("{scheme}://<each host of *.{domain}>{}/callback", config.paths.prefix)
        }
    };
    config.hosts.iter().flatten().map(uri).collect()
}
