//! The claims: of ID tokens, fat and thin, of userinfo, and of access tokens.

use serde_json::{Map, Value, json};

use super::endpoint::AuthorizationServer;
use super::people::Person;
use super::secrets::{at_hash, random_id};
use super::state::{Grant, State};

/// The claims of an ID token. One of a refresh has no `nonce`.
pub(crate) fn id_token(
    state: &State,
    grant: &Grant,
    person: &Person,
    access_token: &str,
    refreshed: bool,
) -> Value {
    let now = state.now().as_secs();
    let mut claims = json!({
        "sub": person.id,
        "ver": 1,
        "iss": grant.server.issuer(&state.base_url),
        "aud": grant.client_id,
        "iat": now,
        "exp": now + state.options.lifetimes.id_token.as_secs(),
        "jti": format!("ID.{}", random_id(43)),
        "amr": if grant.second_factor { json!(["mfa", "otp", "pwd"]) } else { json!(["pwd"]) },
        "idp": "00o1standin00000a1d7",
        "auth_time": grant.auth_time.as_secs(),
        "at_hash": at_hash(access_token),
    });
    if let (Some(nonce), false) = (&grant.nonce, refreshed) {
        claims["nonce"] = json!(nonce);
    }
    if let Some(acr) = &grant.acr {
        claims["acr"] = json!(acr);
    }
    let thin = match grant.server {
        AuthorizationServer::Org => state.options.thin_id_tokens.org,
        AuthorizationServer::Custom(_) => state.options.thin_id_tokens.custom,
    };
    let mut about = person_claims(&grant.scopes, person);
    if thin {
        about.retain(|name, _| ["email", "name", "preferred_username"].contains(&name.as_str()));
    } else if let Some((name, groups)) = groups_claim(state, &grant.server, &grant.scopes, person)
        && in_id_token(state, &grant.server)
    {
        about.insert(name, json!(groups));
    }
    if let Some(claims) = claims.as_object_mut() {
        claims.append(&mut about);
    }
    claims
}

pub(crate) fn userinfo(state: &State, grant: &Grant, scopes: &[String], person: &Person) -> Value {
    let mut claims = person_claims(scopes, person);
    claims.insert("sub".into(), json!(person.id));
    if let Some((name, groups)) = groups_claim(state, &grant.server, scopes, person) {
        claims.insert(name, json!(groups));
    }
    Value::Object(claims)
}

pub(crate) fn access_token(state: &State, grant: &Grant, person: &Person, scopes: &[String]) -> Value {
    let now = state.now().as_secs();
    let mut claims = json!({
        "ver": 1,
        "jti": format!("AT.{}", random_id(43)),
        "iss": grant.server.issuer(&state.base_url),
        "aud": match grant.server {
            AuthorizationServer::Org => state.base_url.clone(),
            AuthorizationServer::Custom(_) => state.options.audience.clone(),
        },
        "iat": now,
        "exp": now + state.options.lifetimes.access_token.as_secs(),
        "cid": grant.client_id,
        "uid": person.id,
        "scp": scopes,
        "auth_time": grant.auth_time.as_secs(),
        "sub": person.login,
    });
    if let (AuthorizationServer::Custom(_), Some(config)) = (&grant.server, &state.options.groups_claim)
        && config.in_access_token
        && let Some((name, groups)) = groups_claim(state, &grant.server, scopes, person)
    {
        claims[name] = json!(groups);
    }
    claims
}

/// The groups claim that is due: its name and the groups that match. Okta leaves out an empty one.
pub(crate) fn groups_claim(
    state: &State,
    server: &AuthorizationServer,
    scopes: &[String],
    person: &Person,
) -> Option<(String, Vec<String>)> {
    let granted = |scope: &str| scopes.iter().any(|s| s == scope);
    let (name, filter) = match server {
        AuthorizationServer::Org => granted("groups").then_some(("groups", &state.options.org_groups))?,
        AuthorizationServer::Custom(_) => {
            let config = state.options.groups_claim.as_ref()?;
            config.scope.as_deref().is_none_or(granted).then_some((config.name.as_str(), &config.filter))?
        }
    };
    let groups: Vec<String> = person.groups.iter().filter(|group| filter.matches(group)).cloned().collect();
    (!groups.is_empty()).then(|| (name.into(), groups))
}

fn in_id_token(state: &State, server: &AuthorizationServer) -> bool {
    match server {
        AuthorizationServer::Org => true,
        AuthorizationServer::Custom(_) => state.options.groups_claim.as_ref().is_some_and(|c| c.in_id_token),
    }
}

fn person_claims(scopes: &[String], person: &Person) -> Map<String, Value> {
    let mut claims = Map::new();
    let granted = |scope: &str| scopes.iter().any(|s| s == scope);
    if granted("email") {
        claims.insert("email".into(), json!(person.email));
        claims.insert("email_verified".into(), json!(person.email_verified));
    }
    if granted("profile") {
        claims.insert("name".into(), json!(person.name()));
        claims.insert("given_name".into(), json!(person.given_name));
        claims.insert("family_name".into(), json!(person.family_name));
        claims.insert("preferred_username".into(), json!(person.login));
        claims.insert("locale".into(), json!("en-US"));
        claims.insert("zoneinfo".into(), json!("America/Los_Angeles"));
        claims.insert("updated_at".into(), json!(1_767_225_600));
        claims.extend(person.claims.clone());
    }
    claims
}
