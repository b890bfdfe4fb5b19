//! `client`: credentials that fit the method, and nothing that the protocol says itself.

use super::secret::secret;
use super::values::{Env, Result, each, entry_key, optional, or_default};
use crate::config::error::ConfigError;
use crate::config::faults::{Faults, Part};
use crate::config::grammar::{is_plain, is_scope_token, is_vschars};
use crate::config::raw::{self, AuthMethod};
use crate::config::read::{Given, List, Map};
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

pub(super) fn client(raw: raw::Client, env: Env<'_>, faults: &Faults) -> Part<Client> {
    let id = raw.id.0.and_then(|id| faults.check(client_id(id)));
    let secret = optional(raw.secret, |source| client_secret(source, env, faults));
    let key = private_key(raw.private_key, raw.key_id, env, faults);
    let auth = optional(raw.auth_method, Ok).and_then(|method| faults.check(auth(method, secret?, key?)));
    let scopes = optional(raw.scopes, |raw| scopes(raw, faults))
        .map(|scopes| scopes.unwrap_or_else(|| DEFAULT_SCOPES.map(str::to_owned).to_vec()));
    let authorization_params =
        or_default(raw.authorization_params).and_then(|raw| authorization_params(raw, faults));
    Ok(Client {
        id: id?,
        auth: auth?,
        scopes: scopes?,
        // By the session's section.
        wants_refresh_token: false,
        authorization_params: authorization_params?,
        pushed_authorization_requests: optional(raw.pushed_authorization_requests, Ok)?,
    })
}

fn client_id(id: String) -> Result<String> {
    if is_vschars(&id) && is_plain(&id) {
        return Ok(id);
    }
    Err(ConfigError::text("client.id", &id, r#"a client identifier in printable ASCII, such as "0oa1b2c3""#))
}

fn client_secret(source: raw::SecretSource, env: Env<'_>, faults: &Faults) -> Part<Secret> {
    let resolved = secret("client.secret", source, env, faults)?;
    if is_vschars(resolved.secret.expose()) {
        return Ok(resolved.secret);
    }
    Err(faults.report(ConfigError::new(
        resolved.key,
        "a secret with characters that no client secret has, such as a line break at its end",
        "printable ASCII (RFC 6749, appendix A.2); `printf %s` and `echo -n` write no line break",
    )))
}

fn private_key(
    source: Option<Given<raw::SecretSource>>,
    key_id: Option<Given<String>>,
    env: Env<'_>,
    faults: &Faults,
) -> Part<Option<PrivateKey>> {
    let key_id = optional(key_id, |id| faults.check(self::key_id(id)));
    let resolved = optional(source, |source| secret("client.private_key", source, env, faults))?;
    let Some(resolved) = resolved else {
        return match key_id? {
            Some(_) => Err(faults.report(ConfigError::new(
                "client.key_id",
                "a key ID, and no client.private_key",
                "a client.private_key beside it",
            ))),
            None => Ok(None),
        };
    };
    // What is wrong with the key does not depend on its ID.
    let key = PrivateKey::parse(resolved.secret.expose(), key_id.clone().unwrap_or_default());
    let key = key.map_err(|error| faults.report(refuse_key(resolved.key, &error)))?;
    key_id.map(|_| Some(key))
}

fn key_id(id: String) -> Result<String> {
    if is_plain(&id) {
        return Ok(id);
    }
    Err(ConfigError::text("client.key_id", &id, r#"a key ID, such as "2026-11""#))
}

fn refuse_key(key: String, error: &PrivateKeyError) -> ConfigError {
    let accepted = match error {
        PrivateKeyError::Encrypted | PrivateKeyError::Sec1 => {
            "a PEM of the type PRIVATE KEY: `openssl pkcs8 -topk8 -nocrypt -in key.pem` writes one"
        }
        _ => {
            "a private key, RSA of 2048 to 4096 bits (RS256) or EC on P-256 (ES256) or P-384 (ES384), as a \
             PEM (PKCS#8, or PKCS#1 for RSA) or as a private JWK for signatures"
        }
    };
    ConfigError::new(key, error.to_string(), accepted)
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

fn scopes(raw: List<String>, faults: &Faults) -> Part<Vec<String>> {
    let key = "client.scopes";
    let scopes = each(key, raw, faults, |key, text| {
        if is_scope_token(text) {
            return Ok(text.to_owned());
        }
        Err(ConfigError::text(key, text, r#"one scope without blanks and quotes, such as "groups""#))
    })?;
    if !scopes.iter().any(|scope| scope == "openid") {
        let accepted = "openid and any others";
        return Err(faults.report(ConfigError::new(key, "a list without openid", accepted)));
    }
    Ok(scopes)
}

fn authorization_params(raw: Map<String>, faults: &Faults) -> Part<Vec<(String, String)>> {
    let param = |(name, value): (String, Given<String>)| {
        let key = entry_key("client.authorization_params", &name);
        let name = faults.check(param_name(&key, name));
        let value = value.0.and_then(|value| faults.check(param_value(&key, value)));
        Ok((name?, value?))
    };
    let params: Vec<_> = raw.into_iter().map(param).collect();
    params.into_iter().collect()
}

/// Whether the protocol sets this parameter of the authorization request itself, so that `client.authorization_params` may
/// not.
#[must_use]
pub fn is_protocol_param(name: &str) -> bool {
    PROTOCOL_PARAMS.contains(&name.to_ascii_lowercase().as_str())
}

fn param_name(key: &str, name: String) -> Result<String> {
    if is_protocol_param(&name) {
        let accepted = "parameters that the protocol does not set itself, such as prompt, login_hint, \
                        ui_locales, acr_values or max_age";
        return Err(ConfigError::text(key, &name, accepted));
    }
    if !is_vschars(&name) || name.contains(' ') {
        return Err(ConfigError::text(key, &name, r#"the name of a parameter, such as "ui_locales""#));
    }
    Ok(name)
}

fn param_value(key: &str, value: String) -> Result<String> {
    if is_plain(&value) {
        return Ok(value);
    }
    Err(ConfigError::text(key, &value, "a value that is not empty and has no control characters"))
}
