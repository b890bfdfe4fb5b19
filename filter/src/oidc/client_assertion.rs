//! The client assertion of `private_key_jwt` (OIDC Core §9, RFC 7523 §2.2 and §3): by it a client with a key shows
//! who it is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::config::HttpUrl;
use crate::inputs::{Inputs, NoEntropy};
use crate::jose::{PrivateKey, jws};

/// RFC 7523 §2.2.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// An assertion is for one call, which takes no longer than this. Okta accepts an hour at most. Seconds.
const LIFETIME: u64 = 60;

/// A new assertion for one call to `endpoint`.
///
/// `aud` is the URL of the endpoint that is called, and nothing beside it: Okta takes no other, for none of
/// its endpoints, and RFC 9126 §2 has the pushed authorization request endpoint accept its own URL. The
/// issuer instead, as newer drafts want it, would keep an assertion from being passed on by another provider
/// that knows the same client by the same key; a key that serves this one client only is as good.
///
/// # Errors
/// [`NoEntropy`]: without a `jti` of its own it could be refused as a replay.
pub(super) fn sign(
    key: &PrivateKey,
    client_id: &str,
    endpoint: &HttpUrl,
    inputs: &mut Inputs<'_>,
) -> Result<String, NoEntropy> {
    let mut jti = [0; 16];
    inputs.entropy.fill(&mut jti)?;
    let claims = [
        ("iss", client_id.into()),
        ("sub", client_id.into()),
        ("aud", endpoint.as_str().into()),
        ("iat", inputs.now.0.into()),
        ("exp", inputs.now.plus(LIFETIME).0.into()),
        ("jti", URL_SAFE_NO_PAD.encode(jti).into()),
    ];
    let claims = claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    jws::sign(key, &claims, inputs.entropy)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inputs::Timestamp;
    use crate::inputs::testing::{Alone, Counting, Dry, NoCalls};
    use crate::jose::testing::{P256, key};

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn endpoint() -> HttpUrl {
        HttpUrl::parse("https://op.example/v1/token").unwrap()
    }

    fn signed(key: &PrivateKey, entropy: &mut Counting) -> String {
        sign(
            key,
            "app",
            &endpoint(),
            &mut Inputs { now: NOW, entropy, shared: &mut Alone, calls: &mut NoCalls },
        )
        .unwrap()
    }

    fn part(token: &str, index: usize) -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn an_assertion_is_of_this_client_for_this_endpoint_and_a_minute() {
        let token = signed(&key(P256, Some("k1")), &mut Counting::default());
        assert_eq!(part(&token, 0), json!({"alg": "ES256", "kid": "k1", "typ": "JWT"}));
        let mut claims = part(&token, 1);
        let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(jti.as_str().unwrap()).unwrap().len(), 16);
        assert_eq!(
            claims,
            json!({"iss": "app", "sub": "app", "aud": "https://op.example/v1/token", "iat": NOW.0,
                "exp": NOW.0 + 60})
        );
        assert!(part(&signed(&key(P256, None), &mut Counting::default()), 0).get("kid").is_none());
    }

    #[test]
    fn no_two_are_the_same() {
        let (key, entropy) = (key(P256, None), &mut Counting::default());
        let jti = |token: &str| part(token, 1)["jti"].clone();
        assert_ne!(jti(&signed(&key, entropy)), jti(&signed(&key, entropy)));
    }

    #[test]
    fn without_randomness_there_is_none() {
        let inputs = &mut Inputs { now: NOW, entropy: &mut Dry, shared: &mut Alone, calls: &mut NoCalls };
        assert_eq!(sign(&key(P256, None), "app", &endpoint(), inputs), Err(NoEntropy));
    }
}
