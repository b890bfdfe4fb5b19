//! `client`: this relying party.

use super::Secret;
use crate::jose::PrivateKey;

/// This relying party, as registered with the provider.
#[derive(Debug)]
pub struct Client {
    /// `client_id` (RFC 6749 §2.2): printable ASCII.
    pub id: String,
    /// By what it proves who it is.
    pub auth: ClientAuth,
    /// For whom its assertions are; `None`: what the metadata suggest.
    pub assertion_audience: Option<AssertionAudience>,
    /// Always with `openid`.
    pub scopes: Vec<String>,
    /// `session.refresh`.
    pub wants_refresh_token: bool,
    /// The services for which the access token is wanted (RFC 8707 §2).
    pub resources: Vec<String>,
    /// How long ago people may have authenticated when they sign in (OIDC Core §3.1.2.1); `None`: no limit. Seconds.
    pub max_age: Option<u64>,
    /// What is asked of the person at each sign-in (OIDC Core §3.1.2.1).
    pub prompt: Option<String>,
    /// Who the person may be, where a link does not say (OIDC Core §3.1.2.1).
    pub login_hint: Option<String>,
    /// Never one of the protocol's own parameters, nor one of those above.
    pub authorization_params: Vec<(String, String)>,
    /// Whether authorization requests are pushed (RFC 9126); `None`: where the metadata require it.
    pub pushed_authorization_requests: Option<bool>,
}

/// For whom a client assertion is (RFC 7523 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssertionAudience {
    /// The issuer, byte by byte.
    Issuer,
    /// The URL of the endpoint that is called.
    Endpoint,
}

/// How the client authenticates at the token endpoint (OIDC Core §9).
#[derive(Debug)]
pub enum ClientAuth {
    /// A secret and no method: `client_secret_basic` unless the metadata offers `client_secret_post` only.
    FromMetadata(Secret),
    /// `client_secret_basic`.
    Basic(Secret),
    /// `client_secret_post`.
    Post(Secret),
    /// `private_key_jwt`, also where a key and no method is configured.
    PrivateKeyJwt(PrivateKey),
    /// A public client: PKCE alone.
    None,
}

impl ClientAuth {
    /// What one authentication costs this worker, in tokens of the budget: measured in WebAssembly, an RSA signature takes
    /// 8 ms of a worker's time with 2048 bits, 22 with 3072 and 50 with 4096, everything else less than one.
    #[must_use]
    pub fn tokens(&self) -> u32 {
        let Self::PrivateKeyJwt(key) = self else { return 1 };
        match key.rsa_bits() {
            None => 1,
            Some(..=2048) => 2,
            Some(..=3072) => 5,
            Some(_) => 10,
        }
    }
}
