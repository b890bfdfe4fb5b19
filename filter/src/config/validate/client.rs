//! `client`: credentials that fit the method, and nothing that the protocol says itself.

use super::secret::secret;
use super::values::{Env, Result, each, each_or_none, entry_key, optional, or_default, part};
use super::{authentication, private_key};
use crate::config::error::ConfigError;
use crate::config::faults::{Faults, Part};
use crate::config::grammar::{is_plain, is_scope_token, is_vschars};
use crate::config::raw::{self, AuthMethod};
use crate::config::read::{Given, List, Map};
use crate::config::types::{AssertionAudience, Client, ClientAuth, Secret};
use crate::jose::PrivateKey;

/// Of `client.max_age`: a sign-in may be asked for each time. Seconds.
const MAX_AGES: std::ops::RangeInclusive<u64> = 0..=30 * 86_400;

/// More is no name of anybody. Bytes.
const LONGEST_LOGIN_HINT: usize = 256;

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
    let key = key(raw.private_key, raw.key_id, env, faults);
    let auth = optional(raw.auth_method, Ok).and_then(|method| faults.check(auth(method, secret?, key?)));
    let scopes = optional(raw.scopes, |raw| scopes(raw, faults))
        .map(|scopes| scopes.unwrap_or_else(|| DEFAULT_SCOPES.map(str::to_owned).to_vec()));
    let resources =
        or_default(raw.resources).and_then(|raw| each_or_none("client.resources", raw, faults, resource));
    let max_age = optional(raw.max_age, |raw::DurationText(text)| {
        faults.check(authentication::seconds("client.max_age", &text, MAX_AGES))
    });
    let prompt = optional(raw.prompt, |text| faults.check(prompt("client.prompt", &text)));
    let login_hint = optional(raw.login_hint, |text| faults.check(login_hint("client.login_hint", text)));
    let mut params = or_default(raw.authorization_params).and_then(|raw| authorization_params(raw, faults));
    let mut own = OwnKeys { params: &mut params, faults };
    let (max_age, prompt, login_hint) = (
        own.or_param("max_age", max_age, |key, text| plain_seconds(key, &text)),
        own.or_param("prompt", prompt, |key, text| self::prompt(key, &text)),
        own.or_param("login_hint", login_hint, self::login_hint),
    );
    if part(&resources).is_ok_and(|resources| !resources.is_empty()) {
        own.refuse("resource", "resources")?;
    }
    Ok(Client {
        id: id?,
        auth: auth?,
        assertion_audience: optional(raw.assertion_audience, Ok)?.map(|audience| match audience {
            raw::AssertionAudience::Issuer => AssertionAudience::Issuer,
            raw::AssertionAudience::Endpoint => AssertionAudience::Endpoint,
        }),
        scopes: scopes?,
        // By the session's section.
        wants_refresh_token: false,
        resources: resources?,
        max_age: max_age?,
        prompt: prompt?,
        login_hint: login_hint?,
        authorization_params: params?,
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

fn key(
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
    let key = faults.check(private_key::of_any_kind(&resolved, key_id.clone().unwrap_or_default()))?;
    key_id.map(|_| Some(key))
}

fn key_id(id: String) -> Result<String> {
    if is_plain(&id) {
        return Ok(id);
    }
    Err(ConfigError::text("client.key_id", &id, r#"a key ID, such as "2026-11""#))
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

/// RFC 8707 §2.
fn resource(key: &str, text: &str) -> Result<String> {
    let has_scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !rest.is_empty()
    });
    if has_scheme && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return Ok(text.to_owned());
    }
    Err(ConfigError::text(
        key,
        text,
        r#"an absolute URI without a fragment, such as "https://api.example.com""#,
    ))
}

/// OIDC Core §3.1.2.1: `none` stands alone.
fn prompt(key: &str, text: &str) -> Result<String> {
    let words: Vec<_> = text.split(' ').collect();
    let is_word =
        |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if words.iter().all(is_word) && (words.len() == 1 || !words.contains(&"none")) {
        return Ok(text.to_owned());
    }
    let accepted = r#"words with one blank between them, such as "login consent"; "none" alone"#;
    Err(ConfigError::text(key, text, accepted))
}

fn login_hint(key: &str, text: String) -> Result<String> {
    if is_plain(&text) && text.len() <= LONGEST_LOGIN_HINT {
        return Ok(text);
    }
    Err(ConfigError::text(key, &text, r#"a short text for people, such as "@example.com""#))
}

/// As the parameter itself has it.
fn plain_seconds(key: &str, text: &str) -> Result<u64> {
    let seconds = text.parse().ok().filter(|seconds| MAX_AGES.contains(seconds));
    seconds.ok_or_else(|| {
        ConfigError::text(key, text, "a number of seconds, at most 2592000; or client.max_age")
    })
}

/// What may stand under a key of its own, or among the parameters: in one of the two places.
struct OwnKeys<'a> {
    params: &'a mut Part<Vec<(String, String)>>,
    faults: &'a Faults,
}

impl OwnKeys<'_> {
    /// What is given under its own key, else as a parameter, which is then none any more.
    fn or_param<T>(
        &mut self,
        name: &str,
        own: Part<Option<T>>,
        read: impl FnOnce(&str, String) -> Result<T>,
    ) -> Part<Option<T>> {
        if !matches!(own, Ok(None)) {
            self.refuse(name, name)?;
            return own;
        }
        let Ok(params) = self.params else { return Ok(None) };
        let Some(place) = params.iter().position(|(param, _)| param == name) else { return Ok(None) };
        let (_, value) = params.remove(place);
        self.faults.check(read(&entry_key("client.authorization_params", name), value)).map(Some)
    }

    /// For a parameter that has been given under the key `own`.
    fn refuse(&self, name: &str, own: &str) -> Part<()> {
        let twice = self.params.as_ref().is_ok_and(|params| params.iter().any(|(param, _)| param == name));
        if !twice {
            return Ok(());
        }
        let found = format!("a parameter that client.{own} gives as well");
        let key = entry_key("client.authorization_params", name);
        Err(self.faults.report(ConfigError::new(key, found, "one of the two")))
    }
}
