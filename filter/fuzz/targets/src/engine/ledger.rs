//! Who signed in correctly in this run, and by which cookies they can be known: the filter is not asked.

use vestibule::inputs::Timestamp;

use super::refresh::{Outcome, Refreshes, SHARED_FOR, Settled};
use super::refresh_token::TokenNumber;
use super::settings::Setting;

/// A browser may lose one of two cookies, and is borne with for so long. Seconds.
const MISSING_TOKENS_SLACK: u64 = 300;
/// Count and tag in front of a chunk.
const CHUNK_HEADER: usize = 5;

/// Which sign-in it was; its newer cookies are of the same.
pub(super) type SignInNumber = usize;

/// A session that began with a correct sign-in.
#[derive(Clone, Debug)]
pub(super) struct Honest {
    /// None before it is written down.
    pub(super) sign_in: Option<SignInNumber>,
    pub(super) sub: &'static str,
    pub(super) in_finance: bool,
    pub(super) signed_in_at: Timestamp,
    pub(super) sealed_at: Timestamp,
    /// The domain or the host whose browsers were given it.
    pub(super) scope: String,
    /// In its token cookies, where access tokens are renewed.
    pub(super) refresh_token: Option<TokenNumber>,
    /// The sealed text in its chunks.
    chunks: Vec<Vec<u8>>,
    token_chunks: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
pub(super) struct Ledger(Vec<Honest>);

/// The values of session cookies, or of token cookies (`_t`), that a reply or a response sets; without those
/// that expire.
fn values(set_cookies: &[String], mark: &str) -> Vec<Vec<u8>> {
    let is_one = |name: &str| {
        let name = name.strip_prefix("__Host-").or_else(|| name.strip_prefix("__Secure-")).unwrap_or(name);
        let rest = name.strip_prefix("vestibule").and_then(|rest| rest.strip_prefix(mark));
        let is_number = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
        rest.is_some_and(|rest| rest.strip_prefix('_').map_or(rest.is_empty(), is_number))
    };
    set_cookies
        .iter()
        .filter(|cookie| !cookie.contains("Max-Age=0"))
        .filter_map(|cookie| cookie.split(';').next()?.split_once('='))
        .filter(|(name, value)| is_one(name) && !value.is_empty())
        .map(|(_, value)| value.as_bytes().to_vec())
        .collect()
}

/// Whether the person who gets these cookies is signed in by them.
pub(super) fn sign_in(set_cookies: &[String]) -> bool {
    !values(set_cookies, "").is_empty()
}

/// Whether newer tokens are among these cookies.
pub(super) fn brings_tokens(set_cookies: &[String]) -> bool {
    !values(set_cookies, "_t").is_empty()
}

fn texts(values: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    values.iter().map(|value| value.get(CHUNK_HEADER..).unwrap_or_default().to_vec()).collect()
}

fn are_carried(chunks: &[Vec<u8>], cookies: &[(Vec<u8>, Vec<u8>)]) -> bool {
    chunks.iter().all(|chunk| {
        cookies
            .iter()
            .any(|(_, value)| value.get(CHUNK_HEADER..).is_some_and(|text| text == chunk.as_slice()))
    })
}

impl Ledger {
    /// Writes down a session whose cookies these are. Without tokens among them it keeps those that it had.
    pub(super) fn add(&mut self, session: Honest, set_cookies: &[String]) {
        let chunks = texts(values(set_cookies, ""));
        let newer = texts(values(set_cookies, "_t"));
        let sign_in = session.sign_in.or(Some(self.0.len()));
        let token_chunks = if newer.is_empty() { session.token_chunks } else { newer };
        self.0.push(Honest { sign_in, chunks, token_chunks, ..session });
    }

    pub(super) fn last(&self) -> Option<&Honest> {
        self.0.last()
    }

    /// The sessions whose cookies the request carries on this host, and which still count.
    pub(super) fn alive(
        &self,
        cookies: &[(Vec<u8>, Vec<u8>)],
        host: &str,
        setting: &Setting,
        now: Timestamp,
    ) -> Vec<&Honest> {
        self.0
            .iter()
            .filter(|session| are_carried(&session.chunks, cookies))
            .filter(|session| setting.is_scope_of(&session.scope, host))
            .filter(|session| session.counts(setting, now))
            .collect()
    }
}

impl Honest {
    /// `scope` is where its cookies live.
    pub(super) fn new(
        sub: &'static str,
        in_finance: bool,
        now: Timestamp,
        scope: String,
        refresh_token: Option<TokenNumber>,
    ) -> Self {
        let (signed_in_at, sealed_at) = (now, now);
        let (chunks, token_chunks) = (vec![], vec![]);
        Self {
            sign_in: None,
            sub,
            in_finance,
            signed_in_at,
            sealed_at,
            scope,
            refresh_token,
            chunks,
            token_chunks,
        }
    }

    /// The same sign-in in newer cookies; tokens among them are those of a refresh.
    pub(super) fn resealed(&self, now: Timestamp, with_tokens: bool, refreshes: &Refreshes) -> Self {
        let same = Self { sealed_at: now, ..self.clone() };
        if !with_tokens {
            return same;
        }
        let settled = self.refresh_token.and_then(|number| refreshes.settled(number));
        match settled.map(|settled| settled.outcome) {
            Some(Outcome::Renewed(new)) => {
                Self { in_finance: refreshes.is_in_finance(new), refresh_token: Some(new), ..same }
            }
            _ => Self { refresh_token: None, ..same },
        }
    }

    /// What is known of a refresh that this worker must go by, because the request brings the tokens.
    fn settled<'r>(&self, cookies: &[(Vec<u8>, Vec<u8>)], refreshes: &'r Refreshes) -> Option<&'r Settled> {
        let settled = refreshes.settled(self.refresh_token?)?;
        let carried = !self.token_chunks.is_empty() && are_carried(&self.token_chunks, cookies);
        (carried && settled.certain).then_some(settled)
    }

    /// Whether the provider has not ended it, as far as this worker must know.
    pub(super) fn goes_on(
        &self,
        cookies: &[(Vec<u8>, Vec<u8>)],
        refreshes: &Refreshes,
        worker: usize,
        now: Timestamp,
    ) -> bool {
        let brings_tokens =
            cookies.iter().any(|(name, _)| name.windows(11).any(|part| part == b"vestibule_t"));
        match (self.settled(cookies, refreshes), self.refresh_token) {
            (Some(Settled { outcome: Outcome::Refused(ends_at), worker: own, .. }), _) => {
                *own != worker || now < *ends_at
            }
            // Whoever leaves the token cookies out is not refreshed, and so is not let in for long.
            (_, Some(number)) if !brings_tokens => now < refreshes.ends_at(number).plus(MISSING_TOKENS_SLACK),
            _ => true,
        }
    }

    /// Whether the person may be let in by the group, by what the provider said last and the worker must know.
    pub(super) fn may_be_in_finance(
        &self,
        cookies: &[(Vec<u8>, Vec<u8>)],
        refreshes: &Refreshes,
        worker: usize,
        now: Timestamp,
    ) -> bool {
        if let Some(Settled { outcome: Outcome::Renewed(new), worker: own, at, .. }) =
            self.settled(cookies, refreshes)
            && *own == worker
            && now.since(*at) < SHARED_FOR
        {
            return refreshes.is_in_finance(*new);
        }
        let settled = self.refresh_token.and_then(|number| refreshes.settled(number));
        let newer = settled.map(|settled| settled.outcome);
        self.in_finance || matches!(newer, Some(Outcome::Renewed(new)) if refreshes.is_in_finance(new))
    }

    fn counts(&self, setting: &Setting, now: Timestamp) -> bool {
        now.0 < self.signed_in_at.0 + setting.max_age
            && setting.idle_timeout.is_none_or(|idle| now.0.saturating_sub(self.sealed_at.0) < idle)
            && setting.revoked_sub != Some(self.sub)
    }

    /// What the application is told of the person; nothing where a header cannot carry it.
    pub(super) fn user(&self) -> Option<&'static str> {
        (!self.sub.contains(char::is_control)).then_some(self.sub)
    }
}
