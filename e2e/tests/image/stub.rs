//! A registry with the habits of those in the cloud: it gives tokens, lists referrers by itself, leaves out a header
//! that it should send, and keeps its uploads at addresses that are secrets.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use crate::pusher::encoded;

pub(crate) const USER: &str = "robot";
pub(crate) const PASSWORD: &str = "password-secret";
/// In whatever must not be seen.
pub(crate) const SECRET: &str = "-secret";

/// What it does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Everybody may pull, nobody may push.
    Denies,
    /// It has something else than what was pushed.
    OtherDigest,
    /// It breaks down at an upload.
    BreaksDown,
    /// Its tokens are to be had over plain HTTP at another address.
    TokensAt(SocketAddr),
}

#[derive(Clone, Debug)]
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    fault: Fault,
    /// By what they were pushed as: a tag or a digest.
    manifests: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

impl Stub {
    pub(crate) async fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let stub = Self { address, fault, manifests: Arc::default() };
        let router = Router::new().fallback(answer).with_state(stub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        stub
    }

    /// Tags and digests that were pushed.
    pub(crate) fn pushed(&self) -> Vec<String> {
        self.manifests.lock().unwrap().keys().cloned().collect()
    }

    fn referrers(&self) -> Vec<Value> {
        let manifests = self.manifests.lock().unwrap();
        let all = manifests.iter().map(|(name, bytes)| (name, bytes, serde_json::from_slice(bytes).unwrap()));
        let referrers = all.filter(|(_, _, manifest): &(_, _, Value)| manifest.get("subject").is_some());
        referrers
            .map(|(name, bytes, manifest)| {
                json!({"mediaType": manifest["mediaType"], "digest": name, "size": bytes.len()})
            })
            .collect()
    }
}

async fn answer(
    State(stub): State<Stub>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = headers.get("authorization").map(|value| value.to_str().unwrap());
    let path = uri.path();
    if path == "/token" {
        let right = format!("Basic {}", encoded(USER, PASSWORD));
        return if authorization == Some(&right) {
            json!({"token": "token-secret"}).to_string().into_response()
        } else {
            (StatusCode::UNAUTHORIZED, "you said guessed-secret").into_response()
        };
    }
    if authorization != Some("Bearer token-secret") {
        let tokens = if let Fault::TokensAt(other) = stub.fault { other } else { stub.address };
        let challenge = format!("Bearer realm=\"http://{tokens}/token?realm-secret\",service=\"stub\"");
        return (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)]).into_response();
    }
    let manifest = path.strip_prefix("/v2/vestibule/manifests/");
    match (&method, path, manifest) {
        (&Method::POST | &Method::PUT, _, _) if stub.fault == Fault::Denies => {
            let denied = json!({"errors": [{"code": "DENIED", "message": "requested access is denied"}]});
            (StatusCode::FORBIDDEN, denied.to_string()).into_response()
        }
        (&Method::POST, "/v2/vestibule/blobs/uploads/", _) => {
            (StatusCode::ACCEPTED, [("location", "/upload?_state=upload-secret")]).into_response()
        }
        (&Method::PUT, "/upload", _) if stub.fault == Fault::BreaksDown => {
            (StatusCode::BAD_GATEWAY, "upload-secret").into_response()
        }
        (&Method::PUT, "/upload", _) => (StatusCode::CREATED, [("location", "/blob")]).into_response(),
        (&Method::PUT, _, Some(name)) => {
            stub.manifests.lock().unwrap().insert(name.to_owned(), body);
            StatusCode::CREATED.into_response()
        }
        (&Method::HEAD, _, Some(name)) => {
            let hash = match stub.manifests.lock().unwrap().get(name) {
                Some(manifest) if stub.fault != Fault::OtherDigest => Sha256::digest(manifest),
                _ => Sha256::digest(b""),
            };
            [("docker-content-digest", format!("sha256:{hash:x}"))].into_response()
        }
        (&Method::GET, path, _) if path.starts_with("/v2/vestibule/referrers/") => {
            let manifests = stub.referrers();
            json!({"schemaVersion": 2, "manifests": manifests}).to_string().into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
