//! `client`.

use std::collections::BTreeMap;

use super::secret::secret;
use super::{Env, Result, each, entry_key};
use crate::config::error::ConfigError;
use crate::config::grammar::{is_plain, is_scope_token, is_vschars};
use crate::config::raw::{self, AuthMethod};
use crate::config::types::{Client, ClientAuth, Secret};
use crate::jose::{PrivateKey, PrivateKeyError};

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
    let key = private_key(raw.private_key, raw.key_id, env)?;
    Ok(Client {
        id: raw.id,
        auth: auth(raw.auth_method, secret, key)?,
        scopes: scopes(raw.scopes)?,
        authorization_params: authorization_params(raw.authorization_params.unwrap_or_default())?,
        pushed_authorization_requests: raw.pushed_authorization_requests,
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

fn private_key(
    source: Option<raw::SecretSource>,
    key_id: Option<String>,
    env: Env<'_>,
) -> Result<Option<PrivateKey>> {
    if let Some(id) = key_id.as_ref().filter(|id| !is_plain(id)) {
        return Err(ConfigError::text("client.key_id", id, r#"a key ID, such as "2026-11""#));
    }
    let Some(source) = source else {
        return match key_id {
            Some(_) => Err(ConfigError::new(
                "client.key_id",
                "a key ID, and no client.private_key",
                "a client.private_key beside it",
            )),
            None => Ok(None),
        };
    };
    let resolved = secret("client.private_key", source, env)?;
    PrivateKey::parse(resolved.secret.expose(), key_id).map(Some).map_err(|error| {
        let accepted = match error {
            PrivateKeyError::Encrypted | PrivateKeyError::Sec1 => {
                "a PEM of the type PRIVATE KEY: `openssl pkcs8 -topk8 -nocrypt -in key.pem` writes one"
            }
            _ => {
                "a private key, RSA of 2048 to 4096 bits (RS256) or EC on P-256 (ES256) or P-384 (ES384), as a \
                 PEM (PKCS#8, or PKCS#1 for RSA) or as a private JWK for signatures"
            }
        };
        ConfigError::new(resolved.key, error.to_string(), accepted)
    })
}

/// A credential that the method does not use is no error where the method is named: it may be on its way in
/// or out.
fn auth(
    method: Option<AuthMethod>,
    secret: Option<Secret>,
    private_key: Option<PrivateKey>,
) -> Result<ClientAuth> {
    let refuse = |found: &str, accepted: &str| Err(ConfigError::new("client.auth_method", found, accepted));
    match (method, secret, private_key) {
        (None | Some(AuthMethod::None), None, None) => Ok(ClientAuth::None),
        (None, Some(secret), None) => Ok(ClientAuth::FromMetadata(secret)),
        (Some(AuthMethod::ClientSecretBasic), Some(secret), _) => Ok(ClientAuth::Basic(secret)),
        (Some(AuthMethod::ClientSecretPost), Some(secret), _) => Ok(ClientAuth::Post(secret)),
        (None, None, Some(key)) | (Some(AuthMethod::PrivateKeyJwt), _, Some(key)) => {
            Ok(ClientAuth::PrivateKeyJwt(key))
        }
        (None, Some(_), Some(_)) => refuse(
            "nothing, beside both a client.secret and a client.private_key",
            "client_secret_basic, client_secret_post or private_key_jwt",
        ),
        (Some(AuthMethod::None), _, _) => refuse(
            r#""none" beside a client.secret or a client.private_key"#,
            "client_secret_basic, client_secret_post or private_key_jwt; a public client has neither",
        ),
        (Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost), None, _) => refuse(
            "a method that needs a secret, and no client.secret",
            "a client.secret beside it, or none for a public client",
        ),
        (Some(AuthMethod::PrivateKeyJwt), _, None) => {
            refuse(r#""private_key_jwt", and no client.private_key"#, "a client.private_key beside it")
        }
        (Some(AuthMethod::ClientSecretJwt), _, _) => refuse(
            r#""client_secret_jwt""#,
            "client_secret_basic, client_secret_post or private_key_jwt: client_secret_jwt makes the provider \
             keep the secret in clear and gains nothing over TLS",
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
