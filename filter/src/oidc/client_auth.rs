//! How the client authenticates to the provider (OIDC Core §9, RFC 6749 §2.3, RFC 7523), and the call that does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::{HttpCall, RelyingParty, client_assertion};
use crate::config::{ClientAuth, HttpUrl, Secret};
use crate::inputs::{Inputs, NoEntropy};
use crate::jose::PrivateKey;

/// `POST endpoint` with `form` and the client's authentication, which is of this one call.
///
/// # Errors
/// [`NoEntropy`] where the authentication needs randomness and there is none.
pub(super) fn authenticated_post<V: AsRef<str>>(
    relying_party: &RelyingParty<'_>,
    endpoint: &HttpUrl,
    form: &[(&str, V)],
    inputs: &mut Inputs<'_>,
) -> Result<HttpCall, NoEntropy> {
    let credentials = credentials(relying_party, endpoint, inputs)?;
    // RFC 6749 §3.1: no parameter twice, and a pushed authorization request has its own `client_id`.
    let more = credentials.form.iter().filter(|(name, _)| form.iter().all(|(own, _)| own != name));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).extend_pairs(more).finish();
    let mut call = HttpCall::post_form(endpoint, relying_party.provider, form);
    call.headers.extend(credentials.authorization.map(|value| ("authorization", value)));
    Ok(call)
}

/// What to add to a request: exactly one of header and form carries the secret.
#[derive(Default)]
struct Credentials {
    authorization: Option<String>,
    form: Vec<(&'static str, String)>,
}

/// The credentials for one call to `endpoint`, by the client's configured method or the one that the metadata
/// offer.
fn credentials(
    relying_party: &RelyingParty<'_>,
    endpoint: &HttpUrl,
    inputs: &mut Inputs<'_>,
) -> Result<Credentials, NoEntropy> {
    let RelyingParty { client, metadata, .. } = relying_party;
    Ok(match &client.auth {
        ClientAuth::Basic(secret) => basic(&client.id, secret),
        ClientAuth::Post(secret) => post(&client.id, secret),
        ClientAuth::FromMetadata(secret) if metadata.only_client_secret_post => post(&client.id, secret),
        ClientAuth::FromMetadata(secret) => basic(&client.id, secret),
        ClientAuth::PrivateKeyJwt(key) => {
            let audience = client_assertion::audience(relying_party, endpoint);
            private_key_jwt(&client.id, key, audience, inputs)?
        }
        ClientAuth::None => Credentials { authorization: None, form: vec![("client_id", client.id.clone())] },
    })
}

/// RFC 6749 §2.3.1: both parts are form-urlencoded before they are joined.
fn basic(id: &str, secret: &Secret) -> Credentials {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(id), encode(secret.expose()));
    Credentials { authorization: Some(format!("Basic {}", STANDARD.encode(pair))), form: vec![] }
}

fn post(id: &str, secret: &Secret) -> Credentials {
    let form = vec![("client_id", id.to_owned()), ("client_secret", secret.expose().to_owned())];
    Credentials { authorization: None, form }
}

/// RFC 7521 §4.2: `client_id` may stand beside the assertion, and some providers look the client up by it.
fn private_key_jwt(
    id: &str,
    key: &PrivateKey,
    audience: &HttpUrl,
    inputs: &mut Inputs<'_>,
) -> Result<Credentials, NoEntropy> {
    let assertion = client_assertion::sign(key, id, audience, inputs)?;
    let form = vec![
        ("client_id", id.to_owned()),
        ("client_assertion_type", client_assertion::TYPE.to_owned()),
        ("client_assertion", assertion),
    ];
    Ok(Credentials { authorization: None, form })
}

#[cfg(test)]
mod tests {
    use super::super::provider::testing::{client, metadata, provider};
    use super::*;
    use crate::config::Client;
    use crate::inputs::Timestamp;
    use crate::inputs::testing::{Alone, Counting, NoCalls};
    use crate::jose::testing::{P256, key};

    fn of(auth: ClientAuth, only_post: bool) -> Credentials {
        let client = Client { id: "a:b c".to_owned(), auth, ..client() };
        let mut metadata = metadata();
        metadata.only_client_secret_post = only_post;
        let inputs = &mut Inputs {
            now: Timestamp(1_800_000_000),
            entropy: &mut Counting::default(),
            shared: &mut Alone,
            calls: &mut NoCalls,
        };
        let relying_party = RelyingParty { provider: &provider(), client: &client, metadata: &metadata };
        credentials(&relying_party, &metadata.token_endpoint, inputs).unwrap()
    }

    fn secret() -> Secret {
        Secret::new("s/é+".to_owned())
    }

    #[test]
    fn basic_encodes_both_parts() {
        let header = of(ClientAuth::Basic(secret()), false).authorization.unwrap();
        let pair = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(pair, b"a%3Ab+c:s%2F%C3%A9%2B");
    }

    #[test]
    fn the_method_follows_the_metadata_unless_configured() {
        assert!(of(ClientAuth::FromMetadata(secret()), false).authorization.is_some());
        assert!(of(ClientAuth::FromMetadata(secret()), true).authorization.is_none());
        assert!(of(ClientAuth::Basic(secret()), true).authorization.is_some());
    }

    #[test]
    fn the_secret_is_in_one_place_only() {
        let key = key(P256, None);
        for auth in [
            ClientAuth::Basic(secret()),
            ClientAuth::Post(secret()),
            ClientAuth::PrivateKeyJwt(key),
            ClientAuth::None,
        ] {
            let debug = format!("{auth:?}");
            assert!(!debug.contains(secret().expose()), "{debug}");
            let credentials = of(auth, false);
            let in_form = credentials
                .form
                .iter()
                .filter(|(name, _)| ["client_secret", "client_assertion"].contains(name));
            assert!(in_form.count() + usize::from(credentials.authorization.is_some()) <= 1);
        }
    }
}
