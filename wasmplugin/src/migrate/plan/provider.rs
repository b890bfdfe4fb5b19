//! `provider` and `client`: who signs people in, and as whom the filter speaks to it.

use vestibule::config::is_protocol_param;

use super::Draft;
use crate::migrate::setting::{Value, is_placeholder};
use crate::migrate::tree::{Map, Tree};

/// A host that the proxy calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Providers of oauth2-proxy that are OpenID Providers, and the issuer where there is only one.
const OPENID: &[(&str, Option<&str>)] = &[
    ("oidc", None),
    ("keycloak-oidc", None),
    ("keycloak", None),
    ("google", Some("https://accounts.google.com")),
    ("azure", None),
    ("entra-id", None),
    ("gitlab", Some("https://gitlab.com")),
    ("adfs", None),
    ("login.gov", Some("https://secure.login.gov/")),
    ("cidaas", None),
];

/// Other hosts at which a provider has endpoints.
const GOOGLE: [&str; 3] = ["oauth2.googleapis.com", "www.googleapis.com", "openidconnect.googleapis.com"];

/// # Errors
/// The provider is none that the filter can speak to.
pub(super) fn provider(draft: &mut Draft<'_>) -> Result<(Map, Vec<Endpoint>), String> {
    let name = draft.options.text("provider").unwrap_or("google").to_owned();
    let Some((_, known)) = OPENID.iter().find(|(openid, _)| *openid == name) else {
        let at = draft.options.get("provider").map(ToString::to_string).unwrap_or_default();
        let more =
            draft.options.all().filter(|setting| setting.option.starts_with(&name)).map(ToString::to_string);
        let more: Vec<_> = more.chain(unusable(draft)).collect();
        let more = if more.is_empty() { String::new() } else { format!(" With it go {}.", more.join(", ")) };
        return Err(format!(
            "provider {name} ({at}) is no OpenID Provider: it issues no ID tokens, so the filter cannot sign anybody in with it.{more} \
             Use an OpenID Provider in its place, perhaps one that itself asks {name} (Okta, Keycloak, dex)"
        ));
    };
    if name == "keycloak" {
        draft.report.changed("provider", "keycloak was the old provider of oauth2-proxy, which is no OpenID Connect: this is for Keycloak's OpenID Connect, with the same realm");
    } else if draft.options.get("provider").is_none() {
        draft.report.changed("provider", "it is not set: oauth2-proxy then takes google");
    }
    if let Some(setting) = draft.options.get("provider") {
        draft.report.carried(
            setting,
            format!("{name}: all that is to be known of it is in its metadata, at provider.issuer"),
        );
    }
    let mut map = Map::default();
    let issuer = issuer(draft, &name, *known);
    let endpoints = issuer.as_deref().map(|issuer| endpoints_of(issuer, &name)).unwrap_or_default();
    let mut endpoints: Vec<Endpoint> = endpoints;
    match issuer {
        Some(text) => {
            let comment = comment_of_issuer(draft, &text);
            map.set("issuer", text, Some(comment));
        }
        None => map.set(
            "issuer",
            Tree::Gap,
            Some("GAP: the issuer, exactly as the provider's metadata have it".to_owned()),
        ),
    }
    overrides(draft, &mut map, &mut endpoints);
    if draft.options.is_on("ssl-insecure-skip-verify", false)
        && let Some(setting) = draft.options.get("ssl-insecure-skip-verify")
    {
        let authority = draft.words.authority;
        draft.report.changed(setting, format!("the provider's certificate was not checked; now it is. A certificate of your own authority: {authority}"));
    }
    if endpoints.iter().any(|endpoint| endpoint.host.contains('@')) {
        return Err("a URL of the provider has a user name or a password in it, which no issuer and no endpoint has: take it out".to_owned());
    }
    Ok((map, endpoints))
}

/// What speaks of passwords, which make no sense with any OpenID Provider.
fn unusable(draft: &Draft<'_>) -> Vec<String> {
    ["htpasswd-file", "cookie-secure"]
        .iter()
        .filter_map(|option| draft.options.get(option))
        .map(ToString::to_string)
        .collect()
}

fn issuer(draft: &mut Draft<'_>, provider: &str, known: Option<&str>) -> Option<String> {
    if let Some(text) = draft.options.text("oidc-issuer-url") {
        return Some(text.to_owned());
    }
    if provider == "azure" || provider == "entra-id" {
        if let (Some(setting), Some(tenant)) =
            (draft.options.get("azure-tenant"), draft.options.text("azure-tenant"))
        {
            let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
            draft.report.changed(setting, format!("oauth2-proxy used the endpoints of this tenant without an issuer; the issuer of its version 2 is {issuer}: look whether the tenant's metadata say so"));
            return Some(issuer);
        }
        if let Some((setting, place)) = draft.elsewhere("azure-tenant") {
            draft.report.changed(
                setting,
                format!("{place}: with it the issuer is https://login.microsoftonline.com/<tenant>/v2.0"),
            );
        }
    }
    if let Some(known) = known {
        return Some(known.to_owned());
    }
    let says = draft.where_it_may_be("oidc-issuer-url");
    draft.report.gap("provider.issuer", says);
    None
}

fn comment_of_issuer(draft: &mut Draft<'_>, issuer: &str) -> String {
    let Some(setting) =
        draft.options.get("oidc-issuer-url").filter(|_| draft.options.text("oidc-issuer-url").is_some())
    else {
        let from =
            if draft.options.get("azure-tenant").is_some() { "azure-tenant" } else { "the provider's own" };
        draft.report.carried("provider", format!("provider.issuer: {issuer} ({from})"));
        return format!("{from}; look whether its metadata say so");
    };
    if is_placeholder(issuer) || is_secure(issuer) {
        return draft.note(setting, "provider.issuer", issuer);
    }
    draft.report.changed(setting, format!("{issuer} is no https URL, and the filter takes nothing else: whoever is on the way could sign in as anybody"));
    draft.report.gap(
        "provider.issuer",
        "an issuer with https: give the provider a certificate, and let its metadata name that URL",
    );
    format!("GAP: needs https; {}", setting.at)
}

/// https, or on this machine.
fn is_secure(url: &str) -> bool {
    let loopback = ["http://localhost", "http://127.", "http://[::1]"];
    url.starts_with("https://") || loopback.iter().any(|prefix| url.starts_with(prefix))
}

/// Endpoints that are named. oauth2-proxy looked at them only where it did not ask for the metadata.
fn overrides(draft: &mut Draft<'_>, map: &mut Map, endpoints: &mut Vec<Endpoint>) {
    let counts = draft.options.is_on("skip-oidc-discovery", false);
    if counts && let Some(setting) = draft.options.get("skip-oidc-discovery") {
        draft
            .report
            .changed(setting, "the metadata are always fetched; the endpoints below win over what they say");
    }
    let keys = [
        ("login-url", "authorization_endpoint"),
        ("redeem-url", "token_endpoint"),
        ("profile-url", "userinfo_endpoint"),
        ("oidc-jwks-url", "jwks_uri"),
    ];
    for (option, key) in keys {
        let (Some(setting), Some(url)) = (draft.options.get(option), draft.options.text(option)) else {
            continue;
        };
        let address = url.split('?').next().unwrap_or(url).to_owned();
        if !counts {
            draft.report.changed(setting, format!("it had no effect beside the provider's metadata, and is left out. Where it is needed: provider.{key}"));
        } else if is_placeholder(&address) || is_secure(&address) {
            let comment = draft.note(setting, &format!("provider.{key}"), &address);
            map.set(key, address.clone(), Some(comment));
            endpoints.extend(endpoint(&address).filter(|endpoint| !endpoints.contains(endpoint)));
        } else {
            draft.report.changed(setting, format!("{address} is no https URL: the filter takes nothing else. The metadata's own is used; where it is wrong: provider.{key}"));
        }
    }
}

fn endpoints_of(issuer: &str, provider: &str) -> Vec<Endpoint> {
    let more: &[&str] = match provider {
        "google" => &GOOGLE,
        "azure" | "entra-id" => &["graph.microsoft.com"],
        _ => &[],
    };
    let more = more.iter().map(|host| Endpoint { host: (*host).to_owned(), port: 443 });
    endpoint(issuer).into_iter().chain(more).collect()
}

pub(super) fn endpoint(url: &str) -> Option<Endpoint> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let default = if scheme == "http" { 80 } else { 443 };
    // A placeholder may hold a colon.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, port.parse().unwrap_or(default))
        }
        _ => (authority, default),
    };
    (!host.is_empty()).then(|| Endpoint { host: host.to_owned(), port })
}

pub(super) fn client(draft: &mut Draft<'_>) -> Map {
    let mut map = Map::default();
    match draft.carry("client-id", "client.id") {
        Some((id, comment)) => map.set("id", id, comment),
        None => {
            let says = draft.where_it_may_be("client-id");
            draft.report.gap("client.id", says);
            let comment = Some("GAP: the client ID as the provider has it".to_owned());
            map.set("id", draft.stand_in("client-id").map_or(Tree::Gap, Tree::Text), comment);
        }
    }
    secret(draft, &mut map);
    scopes(draft, &mut map);
    if let Some((resource, comment)) = draft.carry("resource", "client.resources") {
        map.set("resources", vec![resource], comment);
    }
    if let Some((prompt, comment)) = draft.carry("prompt", "client.prompt") {
        map.set("prompt", prompt, comment);
    }
    let parameters = parameters(draft, &mut map);
    map.section("authorization_params", parameters);
    map
}

fn secret(draft: &mut Draft<'_>, map: &mut Map) {
    let setting = draft.options.get("client-secret").or_else(|| draft.options.get("client-secret-file"));
    let place = match setting.map(|setting| &setting.value) {
        Some(Value::Secret { name, key }) => format!("key {key} of Secret {name}"),
        Some(Value::Elsewhere(place)) => place.clone(),
        Some(Value::Texts(texts))
            if setting.is_some_and(|setting| setting.option == "client-secret-file") =>
        {
            format!("the file {}", texts.concat())
        }
        Some(_) => setting.map(|setting| format!("written out at {}", setting.at)).unwrap_or_default(),
        None if draft.found.elsewhere.is_empty() => "not in the files".to_owned(),
        None => format!("perhaps in {}", draft.found.elsewhere.join(", ")),
    };
    let what = setting.map_or_else(|| "client-secret".to_owned(), ToString::to_string);
    draft.report.carried(&what, "client.secret, from the proxy's environment: never in the resource");
    draft
        .report
        .todo
        .push(format!("Put the client secret ({place}) into {}", draft.words.secret("OIDC_CLIENT_SECRET")));
    map.set("secret", Map::default().with("env", "OIDC_CLIENT_SECRET"), Some(format!("today: {place}")));
}

fn scopes(draft: &mut Draft<'_>, map: &mut Map) {
    let Some(setting) = draft.options.get("scope") else {
        if draft.options.get("allowed-group").is_some() {
            let scopes = vec!["openid", "profile", "email", "groups"];
            map.set("scopes", scopes, Some("groups: because a group is required".to_owned()));
        }
        return;
    };
    let Some(text) = draft.options.text("scope") else { return };
    let mut scopes: Vec<String> =
        text.split_whitespace().filter(|scope| *scope != "offline_access").map(str::to_owned).collect();
    if text.split_whitespace().any(|scope| scope == "offline_access") {
        draft
            .report
            .changed(setting, "offline_access is asked for by session.refresh, where the provider has it");
    }
    if !scopes.iter().any(|scope| scope == "openid") {
        scopes.insert(0, "openid".to_owned());
        draft.report.changed(setting, "openid is added: without it there is no ID token");
    }
    let comment = draft.note(setting, "client.scopes", &scopes.join(" "));
    map.set("scopes", scopes, Some(comment));
}

fn parameters(draft: &mut Draft<'_>, client: &mut Map) -> Map {
    let mut map = Map::default();
    if let (Some(setting), Some(text)) = (draft.options.get("acr-values"), draft.options.text("acr-values")) {
        draft.report.changed(setting, format!("oauth2-proxy asked for it and did not look at what came back. In access it is required: require: {{acr: [{text}]}}"));
    }
    login_parameters(draft, &mut map);
    // Where both are given, oauth2-proxy sends the option.
    if client.has("prompt") {
        map.remove("prompt");
    }
    if client.has("resources") {
        map.remove("resource");
    }
    let is_google = draft.options.text("provider").is_none_or(|provider| provider == "google");
    if is_google && super::session::refreshes(draft) {
        if let Some(setting) = draft.options.get("cookie-refresh") {
            draft.report.changed(setting, "Google has no scope offline_access: access_type and prompt ask for a refresh token in its place, so people see Google's consent at each sign-in");
        }
        map.set("access_type", "offline", Some("Google's way to a refresh token".to_owned()));
        map.remove("prompt");
        client.remove("prompt");
        client.set("prompt", "consent", Some("likewise".to_owned()));
    }
    map
}

/// Of `login-url` its query, and of the alpha configuration its parameters, as far as the protocol does not set them.
fn login_parameters(draft: &mut Draft<'_>, map: &mut Map) {
    if let Some(setting) = draft.options.get("login-url-parameters")
        && let Value::Texts(texts) = &setting.value
    {
        for pair in texts.chunks(2) {
            let [name, value] = pair else { continue };
            if name == "approval_prompt" {
                draft.report.changed(format!("{name} ({})", setting.at), "no OpenID Provider knows it any more, and it is left out: client.prompt: consent is its successor");
                continue;
            }
            let comment = draft.note(setting, &format!("client.authorization_params.{name}"), value);
            map.set(name, value.clone(), Some(comment));
        }
    }
    let (Some(setting), Some(url)) = (draft.options.get("login-url"), draft.options.text("login-url")) else {
        return;
    };
    let Some((_, query)) = url.split_once('?') else { return };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (own, others): (Vec<_>, Vec<_>) = pairs.partition(|(name, _)| is_set_elsewhere(name));
    if !own.is_empty() {
        let names: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
        draft.report.changed(
            setting,
            format!("its query sets {}, which the protocol sets itself: left out", names.join(", ")),
        );
    }
    for (name, value) in others {
        draft.report.carried(setting, format!("client.authorization_params.{name}: {value}"));
        map.set(name, value, Some(setting.at.to_string()));
    }
}

/// By the protocol itself, or by what `acr-values` and the rules of `access` become.
fn is_set_elsewhere(name: &str) -> bool {
    is_protocol_param(name) || matches!(name, "acr_values" | "max_age")
}
