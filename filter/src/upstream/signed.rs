//! The filter's own word, signed: a header that the application can tell from anybody's, without a call (ES256; RFC 7519,
//! RFC 7518 §3.4).

use std::cell::RefCell;
use std::rc::Rc;

use hkdf::Hkdf;
use serde_json::Value;
use sha2::Sha256;

use super::identity::{Identity, Rule, told_groups};
use crate::config::{Config, JwtAudience, Secret, UpstreamJwt};
use crate::inputs::{Entropy, NoEntropy, Timestamp};
use crate::jose::{JsonObject, PrivateKey, jws};

/// A person's word is kept for so many hosts and rules at a time: a page loads from few.
const MOST_KEPT: usize = 4;
/// And as many as take so much, but always the last one. Bytes.
const MOST_KEPT_BYTES: usize = 4 * 1024;

/// Where a request is to go, as the application knows itself.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Such as `https://admin.example.com`.
    pub origin: &'a str,
    /// Without a port.
    pub host: &'a str,
    /// Which rule let it pass.
    pub rule: Rule,
}

/// What signs, made once from the configuration.
#[derive(Debug)]
pub struct Signer {
    header: Rc<str>,
    audience: JwtAudience,
    lifetime: u64,
    key: PrivateKey,
    /// Of all keys that may have signed.
    jwk_set: Value,
}

/// What is said of a person wherever they go, and what was signed of late.
pub struct Word {
    claims: JsonObject,
    kept: RefCell<Vec<Kept>>,
}

struct Kept {
    origin: Box<str>,
    rule: Rule,
    made_at: Timestamp,
    header: (Rc<str>, Rc<[u8]>),
}

impl Signer {
    /// With the configured key, else with those that the session's secrets give. `None` where they give none, which no secret
    /// does.
    #[must_use]
    pub fn new(jwt: &UpstreamJwt, config: &Config) -> Option<Self> {
        let derived: Vec<_> = match &jwt.key {
            Some(_) => Vec::new(),
            None => {
                config.session.secrets.iter().map(|secret| derive(secret, config)).collect::<Option<_>>()?
            }
        };
        let keys: Vec<&PrivateKey> = jwt.key.iter().chain(&derived).chain(&jwt.other_keys).collect();
        let published: Vec<_> = keys.iter().filter_map(|key| key.public_jwk()).map(Value::Object).collect();
        let jwk_set = JsonObject::from_iter([("keys".to_owned(), Value::Array(published))]);
        Some(Self {
            header: jwt.header.as_str().into(),
            audience: jwt.audience.clone(),
            lifetime: jwt.lifetime,
            key: (*keys.first()?).clone(),
            jwk_set: Value::Object(jwk_set),
        })
    }

    /// The public keys (RFC 7517 §5).
    #[must_use]
    pub fn jwk_set(&self) -> &Value {
        &self.jwk_set
    }

    /// The header for a request: one that was made of late for the same place, else a new one. One that has under half of
    /// its life left is made anew.
    ///
    /// # Errors
    /// [`NoEntropy`] never comes of this kind of key: see [`PrivateKey::sign`].
    pub fn header(
        &self,
        word: &Word,
        place: &Place<'_>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<(Rc<str>, Rc<[u8]>), NoEntropy> {
        let is_fresh = |kept: &Kept| kept.made_at <= now && now.since(kept.made_at) <= self.lifetime / 2;
        let is_for = |kept: &Kept| *kept.origin == *place.origin && kept.rule == place.rule;
        let mut all = word.kept.borrow_mut();
        if let Some(kept) = all.iter().find(|kept| is_for(kept) && is_fresh(kept)) {
            return Ok(kept.header.clone());
        }
        let signed = jws::sign(&self.key, &self.claims(word, place, now), entropy)?;
        let header = (Rc::clone(&self.header), signed.into_bytes().into());
        all.retain(|kept| !is_for(kept) && is_fresh(kept));
        if all.len() >= MOST_KEPT {
            all.remove(0);
        }
        all.push(Kept {
            origin: place.origin.into(),
            rule: place.rule,
            made_at: now,
            header: header.clone(),
        });
        while all.len() > 1 && all.iter().map(|kept| kept.header.1.len()).sum::<usize>() > MOST_KEPT_BYTES {
            all.remove(0);
        }
        Ok(header)
    }

    fn claims(&self, word: &Word, place: &Place<'_>, now: Timestamp) -> JsonObject {
        let audience = match &self.audience {
            JwtAudience::Host => place.host,
            JwtAudience::Fixed(text) => text,
        };
        let here = [
            ("iss", place.origin.into()),
            ("aud", audience.into()),
            ("rule", place.rule.to_string().into()),
            ("iat", now.0.into()),
            ("exp", now.plus(self.lifetime).0.into()),
        ];
        let here = here.into_iter().map(|(name, value)| (name.to_owned(), value));
        word.claims.clone().into_iter().chain(here).collect()
    }
}

impl Word {
    /// What the application is told of this person by other headers too, and who says it: `sub` is unique at its issuer only.
    #[must_use]
    pub fn of(person: &Identity<'_>) -> Self {
        let groups = person.groups.map(|groups| told_groups(groups).collect::<Vec<_>>());
        let claims = [
            ("idp", Some(Value::from(person.issuer))),
            ("sub", Some(Value::from(person.sub))),
            ("email", person.email.map(Value::from)),
            ("groups", groups.filter(|groups| !groups.is_empty()).map(Value::from)),
        ];
        let claims = claims.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Self { claims: claims.collect(), kept: RefCell::default() }
    }

    /// What it may come to take. Bytes.
    pub(super) fn most_size(&self) -> usize {
        let claims = Value::from(self.claims.clone()).to_string().len();
        // One of them in base64, or as many small ones as may be kept.
        claims.saturating_mul(2).saturating_add(MOST_KEPT_BYTES.max(claims.saturating_mul(2)))
    }
}

crate::redacted::redacted!(Word);

/// The key that a secret gives: HKDF-SHA256 (RFC 5869) with a label of its own, for this client of this issuer, and a counter,
/// of which the first that gives a scalar counts. The very first gives none once in 2^32 times.
fn derive(secret: &Secret, config: &Config) -> Option<PrivateKey> {
    let hkdf = Hkdf::<Sha256>::new(None, secret.expose().as_bytes());
    let (issuer, client) = (config.provider.issuer.as_str(), &config.client.id);
    // With their lengths, so that no byte can move from one to the next.
    let owner = format!("{}:{issuer}{}:{client}", issuer.len(), client.len());
    (0..=u8::MAX).find_map(|counter| {
        let mut scalar = [0; 32];
        hkdf.expand(format!("vestibule/signed identity/{owner}/{counter}").as_bytes(), &mut scalar).ok()?;
        PrivateKey::of_scalar(&scalar)
    })
}

#[cfg(test)]
mod tests;
