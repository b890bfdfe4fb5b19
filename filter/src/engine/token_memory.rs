//! Bearer tokens that were verified, by their SHA-256, each until it expires: a token is verified once.

use std::num::NonZeroUsize;
use std::rc::Rc;

use lru::LruCache;
use sha2::{Digest as _, Sha256};

use crate::access::TokenKind;
use crate::inputs::Timestamp;
use crate::upstream::PersonHeaders;

/// So many a worker remembers.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// Only what was verified gets in, so that strangers cannot fill it.
#[derive(Debug)]
pub(super) struct TokenMemory(LruCache<TokenHash, Rc<KnownToken>>);

/// What stands for a token.
pub(super) type TokenHash = [u8; 32];

/// What is remembered of a token.
#[derive(Debug)]
pub(super) struct KnownToken {
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    pub(super) scopes: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) claims: Vec<(String, String)>,
    pub(super) kind: TokenKind,
    pub(super) expires_at: Timestamp,
    /// What the application is told.
    pub(super) headers: PersonHeaders,
}

/// What the memory knows of a token.
pub(super) enum Remembered {
    /// It holds.
    Holds(Rc<KnownToken>),
    /// It held, and is over.
    Expired,
    /// Nothing.
    Unknown,
}

impl Default for TokenMemory {
    fn default() -> Self {
        Self(LruCache::new(CAPACITY))
    }
}

pub(super) fn hash(token: &[u8]) -> TokenHash {
    Sha256::digest(token).into()
}

impl TokenMemory {
    pub(super) fn get(&mut self, hash: &TokenHash, now: Timestamp) -> Remembered {
        match self.0.get(hash) {
            Some(known) if known.expires_at > now => Remembered::Holds(Rc::clone(known)),
            Some(_) => {
                self.0.pop(hash);
                Remembered::Expired
            }
            None => Remembered::Unknown,
        }
    }

    pub(super) fn keep(&mut self, hash: TokenHash, known: KnownToken) -> Rc<KnownToken> {
        let known = Rc::new(known);
        self.0.put(hash, Rc::clone(&known));
        known
    }
}
