//! JWTs in compact form: made with any header and any claims, and read.

use hmac::{Hmac, Mac};
use rsa::RsaPublicKey;
use rsa::pkcs1v15;
use rsa::signature::{Signer, Verifier};
use serde_json::{Value, json};
use sha2::Sha256;

use super::keys::SigningKey;
use super::secrets::{decode, encode};

/// The header that Okta gives its tokens.
pub(crate) fn header(key: &SigningKey) -> Value {
    json!({ "kid": key.kid(), "alg": "RS256" })
}

pub(crate) fn sign(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let input = signing_input(header, claims);
    let signature = key.sign(input.as_bytes());
    format!("{input}.{}", encode(&signature))
}

pub(crate) fn sign_hs256(secret: &[u8], header: &Value, claims: &Value) -> String {
    let input = signing_input(header, claims);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("an HMAC takes a key of any length");
    mac.update(input.as_bytes());
    format!("{input}.{}", encode(&mac.finalize().into_bytes()))
}

pub(crate) fn sign_es256(key: &p256::ecdsa::SigningKey, header: &Value, claims: &Value) -> String {
    let input = signing_input(header, claims);
    let signature: p256::ecdsa::Signature = key.sign(input.as_bytes());
    format!("{input}.{}", encode(&signature.to_bytes()))
}

pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.", signing_input(header, claims))
}

/// A JWT taken apart; nothing about it is verified yet.
pub(crate) struct Jwt<'a> {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) input: &'a str,
    pub(crate) signature: Vec<u8>,
}

pub(crate) fn parse(token: &str) -> Option<Jwt<'_>> {
    let (input, signature) = token.rsplit_once('.')?;
    let (header, claims) = input.split_once('.')?;
    Some(Jwt {
        header: serde_json::from_slice(&decode(header)?).ok()?,
        claims: serde_json::from_slice(&decode(claims)?).ok()?,
        input,
        signature: decode(signature)?,
    })
}

impl Jwt<'_> {
    pub(crate) fn verify_rs256(&self, key: &RsaPublicKey) -> bool {
        pkcs1v15::Signature::try_from(self.signature.as_slice()).is_ok_and(|signature| {
            pkcs1v15::VerifyingKey::<Sha256>::new(key.clone())
                .verify(self.input.as_bytes(), &signature)
                .is_ok()
        })
    }

    pub(crate) fn verify_es256(&self, key: &p256::ecdsa::VerifyingKey) -> bool {
        p256::ecdsa::Signature::from_slice(&self.signature)
            .is_ok_and(|signature| key.verify(self.input.as_bytes(), &signature).is_ok())
    }
}

fn signing_input(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()))
}
