//! How the client authenticates at the token endpoint (OIDC Core §9, RFC 6749 §2.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::ProviderMetadata;
use crate::config::{Client, ClientAuth, Secret};

/// What to add to a request: exactly one of header and form carries the secret.
#[derive(Default)]
pub(super) struct Credentials {
    pub(super) authorization: Option<String>,
    pub(super) form: Vec<(&'static str, String)>,
}

/// The credentials of `client`, by its configured method or the one that the metadata offer.
pub(super) fn credentials(client: &Client, metadata: &ProviderMetadata) -> Credentials {
    match &client.auth {
        ClientAuth::Basic(secret) => basic(&client.id, secret),
        ClientAuth::Post(secret) => post(&client.id, secret),
        ClientAuth::FromMetadata(secret) if metadata.only_client_secret_post => post(&client.id, secret),
        ClientAuth::FromMetadata(secret) => basic(&client.id, secret),
        ClientAuth::None => Credentials { authorization: None, form: vec![("client_id", client.id.clone())] },
    }
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

#[cfg(test)]
mod tests {
    use super::super::provider::testing::metadata;
    use super::*;

    fn of(auth: ClientAuth, only_post: bool) -> Credentials {
        let client = Client { id: "a:b c".to_owned(), auth, scopes: vec![], authorization_params: vec![] };
        let mut metadata = metadata();
        metadata.only_client_secret_post = only_post;
        credentials(&client, &metadata)
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
        for auth in [ClientAuth::Basic(secret()), ClientAuth::Post(secret()), ClientAuth::None] {
            let credentials = of(auth, false);
            let in_form = credentials.form.iter().any(|(name, _)| *name == "client_secret");
            assert!(!(in_form && credentials.authorization.is_some()));
        }
    }
}
