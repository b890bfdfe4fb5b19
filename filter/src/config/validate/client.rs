//! `client`.

use std::collections::BTreeMap;

use super::secret::secret;
use super::{Env, Result, each, entry_key};
use crate::config::error::ConfigError;
use crate::config::grammar::{is_plain, is_scope_token, is_vschars};
use crate::config::raw::{self, AuthMethod};
use crate::config::types::{Client, ClientAuth, Secret};

const DEFAULT_SCOPES: [&str; 3] = ["openid", "profile", "email"];

/// What the authorization request, the client's authentication and the token request say by themselves.
const PROTOCOL_PARAMS: [&str; 22] = [
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "dpop_jkt",
    "grant_type",
    "id_token_hint",
    "iss",
    "nonce",
    "redirect_uri",
    "registration",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "sessiontoken",
    "state",
];

pub(super) fn client(raw: raw::Client, env: Env<'_>) -> Result<Client> {
    if !is_vschars(&raw.id) || !is_plain(&raw.id) {
        let accepted = r#"a client identifier in printable ASCII, such as "0oa1b2c3""#;
        return Err(ConfigError::text("client.id", &raw.id, accepted));
    }
    let secret = raw.secret.map(|source| client_secret(source, env)).transpose()?;
    Ok(Client {
        id: raw.id,
        auth: auth(raw.auth_method, secret)?,
        scopes: scopes(raw.scopes)?,
        authorization_params: authorization_params(raw.authorization_params.unwrap_or_default())?,
    })
}

fn client_secret(source: raw::SecretSource, env: Env<'_>) -> Result<Secret> {
    let resolved = secret("client.secret", source, env)?;
    if is_vschars(resolved.secret.expose()) {
        return Ok(resolved.secret);
    }
    Err(ConfigError::new(
        resolved.key,
        "a secret with characters that no client secret has, such as a line break at its end",
        "printable ASCII (RFC 6749, appendix A.2); `printf %s` and `echo -n` write no line break",
    ))
}

fn auth(method: Option<AuthMethod>, secret: Option<Secret>) -> Result<ClientAuth> {
    let refuse = |found: &str, accepted: &str| Err(ConfigError::new("client.auth_method", found, accepted));
    match (method, secret) {
        (None, None) | (Some(AuthMethod::None), None) => Ok(ClientAuth::None),
        (None, Some(secret)) => Ok(ClientAuth::FromMetadata(secret)),
        (Some(AuthMethod::ClientSecretBasic), Some(secret)) => Ok(ClientAuth::Basic(secret)),
        (Some(AuthMethod::ClientSecretPost), Some(secret)) => Ok(ClientAuth::Post(secret)),
        (Some(AuthMethod::None), Some(_)) => refuse(
            r#""none" beside a client.secret"#,
            "client_secret_basic or client_secret_post; a public client has no client.secret",
        ),
        (Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost), None) => refuse(
            "a method that needs a secret, and no client.secret",
            "a client.secret beside it, or none for a public client",
        ),
        (Some(AuthMethod::ClientSecretJwt), _) => refuse(
            r#""client_secret_jwt""#,
            "client_secret_basic or client_secret_post: client_secret_jwt makes the provider keep the secret \
             in clear and gains nothing over TLS",
        ),
        // `unsupported` has refused it before.
        (Some(AuthMethod::PrivateKeyJwt), _) => refuse(
            r#""private_key_jwt", which is not supported yet"#,
            "client_secret_basic, client_secret_post or none",
        ),
    }
}

fn scopes(raw: Option<Vec<String>>) -> Result<Vec<String>> {
    let key = "client.scopes";
    let Some(raw) = raw else { return Ok(DEFAULT_SCOPES.map(str::to_owned).to_vec()) };
    let scopes = each(key, &raw, |key, text| {
        if is_scope_token(text) {
            return Ok(text.to_owned());
        }
        Err(ConfigError::text(key, text, r#"one scope without blanks and quotes, such as "groups""#))
    })?;
    if !scopes.iter().any(|scope| scope == "openid") {
        return Err(ConfigError::new(key, "a list without openid", "openid and any others"));
    }
    Ok(scopes)
}

fn authorization_params(raw: BTreeMap<String, String>) -> Result<Vec<(String, String)>> {
    for (name, value) in &raw {
        let key = entry_key("client.authorization_params", name);
        if PROTOCOL_PARAMS.contains(&name.to_ascii_lowercase().as_str()) {
            let accepted = "parameters that the protocol does not set itself, such as prompt, login_hint, \
                            ui_locales, acr_values or max_age";
            return Err(ConfigError::text(key, name, accepted));
        }
        if !is_vschars(name) || name.contains(' ') {
            return Err(ConfigError::text(key, name, r#"the name of a parameter, such as "ui_locales""#));
        }
        if !is_plain(value) {
            let accepted = "a value that is not empty and has no control characters";
            return Err(ConfigError::text(key, value, accepted));
        }
    }
    Ok(raw.into_iter().collect())
}
