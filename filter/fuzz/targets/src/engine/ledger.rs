//! Who signed in correctly in this run, and by which cookies they can be known: the filter is not asked.

use vestibule::inputs::Timestamp;

use super::settings::Setting;

/// Count and tag in front of a chunk.
const CHUNK_HEADER: usize = 5;

/// A session that began with a correct sign-in.
#[derive(Clone, Debug)]
pub(super) struct Honest {
    pub(super) sub: &'static str,
    pub(super) in_finance: bool,
    pub(super) signed_in_at: Timestamp,
    pub(super) sealed_at: Timestamp,
    /// The domain or the host whose browsers were given it.
    pub(super) scope: String,
    /// The sealed text in its chunks.
    chunks: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
pub(super) struct Ledger(Vec<Honest>);

/// Whether this is the name of a session cookie, or of one of its chunks.
pub(super) fn is_session_cookie(name: &str) -> bool {
    let name = name.strip_prefix("__Host-").or_else(|| name.strip_prefix("__Secure-")).unwrap_or(name);
    let Some(rest) = name.strip_prefix("vestibule") else { return false };
    rest.strip_prefix('_').map_or(rest.is_empty(), |number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What a reply or a response sets of the session: the values, without those that expire.
pub(super) fn session_values(set_cookies: &[String]) -> Vec<Vec<u8>> {
    set_cookies
        .iter()
        .filter(|cookie| !cookie.contains("Max-Age=0"))
        .filter_map(|cookie| cookie.split(';').next()?.split_once('='))
        .filter(|(name, value)| is_session_cookie(name) && !value.is_empty())
        .map(|(_, value)| value.as_bytes().to_vec())
        .collect()
}

impl Ledger {
    /// Writes down a session whose cookies these are.
    pub(super) fn add(&mut self, session: Honest, values: &[Vec<u8>]) {
        let chunks =
            values.iter().map(|value| value.get(CHUNK_HEADER..).unwrap_or_default().to_vec()).collect();
        self.0.push(Honest { chunks, ..session });
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
        let carried = |chunk: &Vec<u8>| {
            cookies
                .iter()
                .any(|(_, value)| value.get(CHUNK_HEADER..).is_some_and(|text| text == chunk.as_slice()))
        };
        self.0
            .iter()
            .filter(|session| session.chunks.iter().all(carried))
            .filter(|session| {
                host == session.scope
                    || setting.cookie_domain == Some(&*session.scope)
                        && host.strip_suffix(&*session.scope).is_some_and(|rest| rest.ends_with('.'))
            })
            .filter(|session| session.counts(setting, now))
            .collect()
    }
}

impl Honest {
    /// `scope` is where its cookies live.
    pub(super) fn new(sub: &'static str, in_finance: bool, now: Timestamp, scope: String) -> Self {
        Self { sub, in_finance, signed_in_at: now, sealed_at: now, scope, chunks: vec![] }
    }

    pub(super) fn resealed(&self, now: Timestamp) -> Self {
        Self { sealed_at: now, ..self.clone() }
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
