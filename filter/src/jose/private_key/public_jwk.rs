//! The public half of a key on P-256, as those who verify get it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::VerifyingKey;
use sha2::{Digest as _, Sha256};

use crate::jose::JsonObject;

/// RFC 7517 §4 and RFC 7518 §6.2.1.
pub(super) fn of(key: &VerifyingKey, key_id: Option<&str>) -> JsonObject {
    let [x, y] = coordinates(key);
    let members = [("kty", "EC"), ("crv", "P-256"), ("x", &x), ("y", &y), ("use", "sig"), ("alg", "ES256")];
    let members = members.into_iter().chain(key_id.map(|key_id| ("kid", key_id)));
    members.map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// RFC 7638 §3: the hash of the members that a key must have, in the order of their names and without a blank.
pub(super) fn thumbprint(key: &VerifyingKey) -> String {
    let [x, y] = coordinates(key);
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

/// SEC 1 §2.3.3: a byte that says that it is not compressed, then x and y of 32 bytes each.
fn coordinates(key: &VerifyingKey) -> [String; 2] {
    let point = key.to_sec1_point(false);
    let (x, y) = point.as_bytes().get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
    [x, y].map(|coordinate| URL_SAFE_NO_PAD.encode(coordinate))
}
