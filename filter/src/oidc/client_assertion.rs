//! The client assertion of `private_key_jwt` (OIDC Core §9, RFC 7523 §2.2 and §3): by it a client with a key shows
//! who it is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::RelyingParty;
use crate::config::{AssertionAudience, HttpUrl};
use crate::inputs::{Inputs, NoEntropy};
use crate::jose::{PrivateKey, jws};

/// RFC 7523 §2.2.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// An assertion is for one call, which takes no longer than this. Okta accepts an hour at most. Seconds.
const LIFETIME: u64 = 60;

/// For whom an assertion for a call to `endpoint` is: as configured. Else the endpoint itself and nobody beside it, for
/// Okta takes no other, for none of its endpoints; but the issuer where the provider takes pushed requests only, for RFC
/// 9126 §2 has it accept that one, and FAPI 2.0, which such providers follow, no other.
pub(super) fn audience<'a>(relying_party: &RelyingParty<'a>, endpoint: &'a HttpUrl) -> &'a HttpUrl {
    let RelyingParty { provider, client, metadata } = relying_party;
    let suggested = if metadata.require_pushed_authorization_requests {
        AssertionAudience::Issuer
    } else {
        AssertionAudience::Endpoint
    };
    match client.assertion_audience.unwrap_or(suggested) {
        AssertionAudience::Issuer => &provider.issuer,
        AssertionAudience::Endpoint => endpoint,
    }
}

/// A new assertion for one call, for this audience.
///
/// # Errors
/// [`NoEntropy`]: without a `jti` of its own it could be refused as a replay.
pub(super) fn sign(
    key: &PrivateKey,
    client_id: &str,
    audience: &HttpUrl,
    inputs: &mut Inputs<'_>,
) -> Result<String, NoEntropy> {
    let mut jti = [0; 16];
    inputs.entropy.fill(&mut jti)?;
    let claims = [
        ("iss", client_id.into()),
        ("sub", client_id.into()),
        ("aud", audience.as_str().into()),
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

    /// An assertion for the issuer could be passed on to another of its endpoints, one for an endpoint could not.
    #[test]
    fn it_is_for_the_endpoint_where_nobody_says_otherwise() {
        use crate::oidc::provider::testing::{ISSUER, client, metadata_with, provider};
        let endpoint = endpoint();
        for (requires_pushing, configured, wanted) in [
            (false, None, endpoint.as_str()),
            (true, None, ISSUER),
            (false, Some(AssertionAudience::Issuer), ISSUER),
            (true, Some(AssertionAudience::Endpoint), endpoint.as_str()),
        ] {
            let client = crate::config::Client { assertion_audience: configured, ..client() };
            let metadata = metadata_with(&json!({"require_pushed_authorization_requests": requires_pushing}));
            let relying_party = RelyingParty { provider: &provider(), client: &client, metadata: &metadata };
            assert_eq!(audience(&relying_party, &endpoint).as_str(), wanted, "{configured:?}");
        }
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
