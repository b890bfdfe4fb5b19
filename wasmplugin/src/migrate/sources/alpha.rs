//! oauth2-proxy's alpha configuration: providers, headers and upstreams in YAML.

use super::Source;
use super::scalar::scalar;
use crate::migrate::conditions;
use crate::migrate::found::{Found, Header, Headers};
use crate::migrate::setting::{Layer, Value};
use crate::yaml::{self, Entry, Node};

/// Keys of a provider, and the options that they replace.
const KEYS: &[(&[&str], &str)] = &[
    (&["provider"], "provider"),
    (&["name"], "provider-display-name"),
    (&["clientID"], "client-id"),
    (&["clientSecret"], "client-secret"),
    (&["clientSecretFile"], "client-secret-file"),
    (&["scope"], "scope"),
    (&["loginURL"], "login-url"),
    (&["redeemURL"], "redeem-url"),
    (&["profileURL"], "profile-url"),
    (&["validateURL"], "validate-url"),
    (&["resource"], "resource"),
    (&["allowedGroups"], "allowed-group"),
    (&["backendLogoutURL"], "backend-logout-url"),
    (&["caFiles"], "provider-ca-file"),
    (&["useSystemTrustStore"], "use-system-trust-store"),
    (&["authRequestResponseMode"], "auth-request-response-mode"),
    (&["skipClaimsFromProfileURL"], "skip-claims-from-profile-url"),
    (&["code_challenge_method"], "code-challenge-method"),
    (&["oidcConfig", "issuerURL"], "oidc-issuer-url"),
    (&["oidcConfig", "emailClaim"], "oidc-email-claim"),
    (&["oidcConfig", "groupsClaim"], "oidc-groups-claim"),
    (&["oidcConfig", "userIDClaim"], "user-id-claim"),
    (&["oidcConfig", "audienceClaims"], "oidc-audience-claim"),
    (&["oidcConfig", "extraAudiences"], "oidc-extra-audience"),
    (&["oidcConfig", "insecureAllowUnverifiedEmail"], "insecure-oidc-allow-unverified-email"),
    (&["oidcConfig", "insecureSkipIssuerVerification"], "insecure-oidc-skip-issuer-verification"),
    (&["oidcConfig", "insecureSkipNonce"], "insecure-oidc-skip-nonce"),
    (&["oidcConfig", "skipDiscovery"], "skip-oidc-discovery"),
    (&["oidcConfig", "jwksURL"], "oidc-jwks-url"),
    (&["oidcConfig", "publicKeyFiles"], "oidc-public-key-file"),
    (&["oidcConfig", "enabledSigningAlgs"], "oidc-enabled-signing-alg"),
    (&["keycloakConfig", "groups"], "allowed-group"),
    (&["keycloakConfig", "roles"], "allowed-role"),
    (&["googleConfig", "group"], "google-group"),
    (&["googleConfig", "adminEmail"], "google-admin-email"),
    (&["googleConfig", "serviceAccountJson"], "google-service-account-json"),
    (&["googleConfig", "useApplicationDefaultCredentials"], "google-use-application-default-credentials"),
    (&["googleConfig", "targetPrincipal"], "google-target-principal"),
    (&["googleConfig", "useOrganizationID"], "google-use-organization-id"),
    (&["googleConfig", "adminAPIUserScope"], "google-admin-api-user-scope"),
    (&["azureConfig", "tenant"], "azure-tenant"),
    (&["azureConfig", "graphGroupField"], "azure-graph-group-field"),
    (&["microsoftEntraIDConfig", "allowedTenants"], "entra-id-allowed-tenant"),
    (&["microsoftEntraIDConfig", "federatedTokenAuth"], "entra-id-federated-token-auth"),
    (&["githubConfig", "org"], "github-org"),
    (&["githubConfig", "team"], "github-team"),
    (&["githubConfig", "repo"], "github-repo"),
    (&["githubConfig", "token"], "github-token"),
    (&["githubConfig", "users"], "github-user"),
    (&["gitlabConfig", "group"], "gitlab-group"),
    (&["gitlabConfig", "projects"], "gitlab-project"),
    (&["bitbucketConfig", "team"], "bitbucket-team"),
    (&["bitbucketConfig", "workspace"], "bitbucket-workspace"),
    (&["bitbucketConfig", "repository"], "bitbucket-repository"),
    (&["loginGovConfig", "jwtKey"], "jwt-key"),
    (&["loginGovConfig", "jwtKeyFile"], "jwt-key-file"),
    (&["loginGovConfig", "pubjwkURL"], "pubjwk-url"),
];

/// Keys of a provider that are read in another way, or say nothing that anybody needs.
const OTHERS: [&str; 2] = ["id", "loginURLParameters"];

/// Keys of the whole.
const SECTIONS: [&str; 6] = [
    "providers",
    "upstreamConfig",
    "injectRequestHeaders",
    "injectResponseHeaders",
    "server",
    "metricsServer",
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
    if let Some(first) = providers.first() {
        provider(first, source, found);
        login_parameters(first, source, found);
    }
    for entry in
        node.entries().iter().filter(|entry| !SECTIONS.iter().any(|known| is_same(known, &entry.key)))
    {
        let is_condition = conditions::is_like_one(&entry.key);
        unread(&entry.key, is_condition, entry, source, found);
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
    // The chart makes one file of two texts.
    let all = found.headers.get_or_insert_with(Headers::default);
    all.request.extend(headers("injectRequestHeaders"));
    all.response.extend(headers("injectResponseHeaders"));
    all.at.get_or_insert_with(|| source.at(node.place));
}

/// Its keys, and those of each section in it. As oauth2-proxy does it, in capitals or not.
fn provider(provider: &Node, source: &Source, found: &mut Found) {
    for entry in provider.entries() {
        if !entry.value.entries().is_empty() && entry.key.to_ascii_lowercase().ends_with("config") {
            for below in entry.value.entries() {
                if !replaced(&[&entry.key, &below.key], below, source, found) {
                    unread(&format!("{}.{}", entry.key, below.key), true, below, source, found);
                }
            }
        } else if !replaced(&[&entry.key], entry, source, found)
            && !OTHERS.iter().any(|other| is_same(other, &entry.key))
            && !is_nothing(&entry.value)
        {
            unread(&entry.key, conditions::is_like_one(&entry.key), entry, source, found);
        }
    }
}

fn is_nothing(node: &Node) -> bool {
    match &node.value {
        yaml::Value::Null => true,
        yaml::Value::Map(entries) => entries.is_empty(),
        _ => false,
    }
}

/// Reads what has an option in its place.
fn replaced(keys: &[&str], entry: &Entry, source: &Source, found: &mut Found) -> bool {
    let is_it = |known: &&(&[&str], &str)| {
        known.0.len() == keys.len() && known.0.iter().zip(keys).all(|(known, key)| is_same(known, key))
    };
    let known = KEYS.iter().find(is_it);
    if let Some((_, option)) = known {
        set(option, &entry.key, scalar(&entry.value), &entry.value, source, found);
    }
    known.is_some()
}

fn is_same(known: &str, key: &str) -> bool {
    known.eq_ignore_ascii_case(key)
}

/// What nothing here knows. oauth2-proxy starts with no key that it does not know, so another version may know it.
fn unread(key: &str, may_be_condition: bool, entry: &Entry, source: &Source, found: &mut Found) {
    let name = format!("{key} ({})", source.at(entry.key_place));
    found.remarks.push((name.clone(), "this migration does not know this key, and leaves it out".to_owned()));
    if may_be_condition {
        found.closed.push((name, "it may say who may enter, and this migration does not know it".to_owned()));
    }
}

fn set(option: &str, written: &str, value: Value, node: &Node, source: &Source, found: &mut Found) {
    found.set(option, written, value, Layer::Alpha, source.at(node.place));
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
