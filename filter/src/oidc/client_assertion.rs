//! The client assertion of `private_key_jwt` (OIDC Core §9, RFC 7523 §2.2 and §3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::config::{HttpUrl, PrivateKey};
use crate::inputs::{Inputs, NoEntropy};

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
    let mut header = json!({"alg": key.algorithm(), "typ": "JWT"});
    if let (Some(header), Some(key_id)) = (header.as_object_mut(), key.key_id()) {
        header.insert("kid".to_owned(), key_id.into());
    }
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": endpoint.as_str(),
        "iat": inputs.now.0,
        "exp": inputs.now.plus(LIFETIME).0,
        "jti": URL_SAFE_NO_PAD.encode(jti),
    });
    // RFC 7515 §7.1.
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = key.sign(signed.as_bytes(), inputs.entropy)?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use jwt_simple::prelude::{ES256KeyPair, ES384KeyPair, RS256KeyPair};

    use super::super::jws::{Algorithm, PublicKey};
    use super::*;
    use crate::config::testing::{P256, P384, RSA, key};
    use crate::inputs::Timestamp;
    use crate::inputs::testing::{Alone, Counting, Dry};

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn endpoint() -> HttpUrl {
        HttpUrl::parse("https://op.example/v1/token").unwrap()
    }

    fn signed(key: &PrivateKey, entropy: &mut Counting) -> String {
        sign(key, "app", &endpoint(), &mut Inputs { now: NOW, entropy, shared: &mut Alone, room: None })
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
    fn each_kind_of_key_signs_by_its_algorithm() {
        let rsa = RS256KeyPair::from_pem(RSA).unwrap().public_key().to_components();
        let p256 = ES256KeyPair::from_pem(P256).unwrap().public_key();
        let p384 = ES384KeyPair::from_pem(P384).unwrap().public_key();
        for (text, algorithm, public) in [
            (RSA, Algorithm::Rs256, PublicKey::Rsa { n: rsa.n, e: rsa.e }),
            (P256, Algorithm::Es256, PublicKey::P256(p256)),
            (P384, Algorithm::Es384, PublicKey::P384(p384)),
        ] {
            let token = signed(&key(text, None), &mut Counting::default());
            assert!(public.verifies(&token, algorithm), "{algorithm:?}");
        }
    }

    #[test]
    fn without_randomness_there_is_none() {
        let inputs = &mut Inputs { now: NOW, entropy: &mut Dry, shared: &mut Alone, room: None };
        assert_eq!(sign(&key(P256, None), "app", &endpoint(), inputs), Err(NoEntropy));
    }
}
