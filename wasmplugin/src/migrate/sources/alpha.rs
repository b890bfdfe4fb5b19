//! oauth2-proxy's alpha configuration: providers, headers and upstreams in YAML.

use super::Source;
use super::scalar::scalar;
use crate::migrate::found::{Found, Header, Headers};
use crate::migrate::setting::{Layer, Setting, Value};
use crate::yaml::Node;

/// Keys of a provider, and the options that they replace.
const KEYS: &[(&[&str], &str)] = &[
    (&["provider"], "provider"),
    (&["clientID"], "client-id"),
    (&["clientSecret"], "client-secret"),
    (&["clientSecretFile"], "client-secret-file"),
    (&["scope"], "scope"),
    (&["loginURL"], "login-url"),
    (&["redeemURL"], "redeem-url"),
    (&["profileURL"], "profile-url"),
    (&["resource"], "resource"),
    (&["allowedGroups"], "allowed-group"),
    (&["backendLogoutURL"], "backend-logout-url"),
    (&["caFiles"], "provider-ca-file"),
    (&["oidcConfig", "issuerURL"], "oidc-issuer-url"),
    (&["oidcConfig", "emailClaim"], "oidc-email-claim"),
    (&["oidcConfig", "groupsClaim"], "oidc-groups-claim"),
    (&["oidcConfig", "userIDClaim"], "user-id-claim"),
    (&["oidcConfig", "extraAudiences"], "oidc-extra-audience"),
    (&["oidcConfig", "insecureAllowUnverifiedEmail"], "insecure-oidc-allow-unverified-email"),
    (&["oidcConfig", "insecureSkipIssuerVerification"], "insecure-oidc-skip-issuer-verification"),
    (&["oidcConfig", "skipDiscovery"], "skip-oidc-discovery"),
    (&["oidcConfig", "jwksURL"], "oidc-jwks-url"),
    (&["keycloakConfig", "groups"], "allowed-group"),
    (&["keycloakConfig", "roles"], "allowed-role"),
    (&["googleConfig", "group"], "google-group"),
    (&["azureConfig", "tenant"], "azure-tenant"),
    (&["microsoftEntraIDConfig", "allowedTenants"], "entra-id-allowed-tenant"),
    (&["githubConfig", "org"], "github-org"),
    (&["gitlabConfig", "group"], "gitlab-group"),
];

pub(super) fn is_one(node: &Node) -> bool {
    let has = |key: &str| node.get(key).is_some();
    let provider = node.get("providers").and_then(|providers| providers.items().first());
    let is_provider = provider.is_some_and(|one| {
        one.get("clientID").is_some() || one.get("oidcConfig").is_some() || one.get("provider").is_some()
    });
    (is_provider || has("injectRequestHeaders") || has("injectResponseHeaders") || has("upstreamConfig"))
        && !has("kind")
}

pub(super) fn read(node: &Node, source: &Source, found: &mut Found) {
    let providers = node.get("providers").map_or(&[][..], Node::items);
    if let Some(provider) = providers.first() {
        for (keys, option) in KEYS {
            if let Some(value) = provider.find(keys) {
                let written = keys.last().copied().unwrap_or_default();
                set(option, written, scalar(value), value, source, found);
            }
        }
        login_parameters(provider, source, found);
    }
    if let Some(second) = providers.get(1) {
        let name = format!("providers[1] ({})", source.at(second.place));
        found
            .remarks
            .push((name, "oauth2-proxy uses its first provider, and so does this migration".to_owned()));
    }
    for upstream in node.find(&["upstreamConfig", "upstreams"]).map_or(&[][..], Node::items) {
        let is_static =
            upstream.get("static").is_some_and(|is_static| scalar(is_static) == Value::text("true"));
        let value = if is_static {
            Value::text("static://")
        } else {
            upstream.get("uri").map_or(Value::Bare, scalar)
        };
        set("upstream", "upstreams", value, upstream, source, found);
    }
    let headers = |key: &str| {
        let items = node.get(key).map_or(&[][..], Node::items);
        items.iter().flat_map(|item| header(item, source)).collect::<Vec<_>>()
    };
    let at = Some(source.at(node.place));
    found.headers = Some(Headers {
        request: headers("injectRequestHeaders"),
        response: headers("injectResponseHeaders"),
        at,
    });
}

fn set(option: &str, written: &str, value: Value, node: &Node, source: &Source, found: &mut Found) {
    found.settings.push(Setting {
        option: option.to_owned(),
        written: written.to_owned(),
        value,
        layer: Layer::Alpha,
        at: source.at(node.place),
    });
}

/// `loginURLParameters` with one default each are parameters of the authorization request.
fn login_parameters(provider: &Node, source: &Source, found: &mut Found) {
    for parameter in provider.get("loginURLParameters").map_or(&[][..], Node::items) {
        let Some(name) = parameter.get("name").and_then(Node::text) else { continue };
        match parameter.get("default").map(scalar) {
            Some(Value::Texts(values)) if values.len() == 1 => {
                set(
                    "login-url-parameters",
                    name,
                    Value::Texts(vec![name.to_owned(), values.concat()]),
                    parameter,
                    source,
                    found,
                );
            }
            _ => {
                let named = format!("loginURLParameters {name} ({})", source.at(parameter.place));
                found.remarks.push((
                    named,
                    "a browser cannot choose parameters of the authorization request".to_owned(),
                ));
            }
        }
    }
}

fn header(item: &Node, source: &Source) -> Vec<Header> {
    let Some(name) = item.get("name").and_then(Node::text) else { return Vec::new() };
    let values = item.get("values").map_or(&[][..], Node::items);
    let of = |value: &Node| {
        // Newer versions nest it.
        let text =
            |key: &str| value.get(key).or_else(|| value.find(&["claimSource", key])).and_then(Node::text);
        Header {
            name: name.to_owned(),
            claim: text("claim").map(str::to_owned),
            prefix: text("prefix").unwrap_or_default().to_owned(),
            at: source.at(item.place),
        }
    };
    values.iter().map(of).collect()
}
