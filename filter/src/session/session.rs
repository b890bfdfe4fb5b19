//! The session: who signed in, and until when that counts. Small, and opened on every request.

use minicbor::{Decode, Encode};

use super::encoding;
use super::left_out::LeftOut;
use super::token_set::TokenSet;
use crate::config;
use crate::config::{Authenticated, RevokedPerson};
use crate::inputs::Timestamp;

/// Ties the identity cookie and the token cookies of one sign-in together.
pub type SessionId = minicbor::bytes::ByteArray<16>;

/// One signed-in person in one browser.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Session {
    /// Random; the tokens beside it have the same.
    #[n(0)]
    pub id: SessionId,
    /// Never changed by a refresh: `not_before` and `revoked` compare with it. Seconds since the epoch.
    #[n(1)]
    signed_in_at: u64,
    /// The absolute end. Seconds since the epoch.
    #[n(2)]
    expires_at: u64,
    /// When this cookie was sealed, for the idle timeout. Seconds since the epoch.
    #[n(3)]
    sealed_at: u64,
    /// Who it is of.
    #[n(4)]
    pub person: PersonClaims,
    /// When the access token should be renewed, where it can be.
    #[n(5)]
    pub renewal: Option<Renewal>,
    /// Which tokens were put into the cookies beside it. Where one of them does not come, a browser has lost it, or
    /// somebody leaves it out.
    #[n(6)]
    pub kept_tokens: TokenSet,
    /// What did not fit into the cookies.
    #[n(7)]
    pub left_out: LeftOut,
    /// The class that the sign-in reached, where a rule asks for one (OIDC Core §2, `acr`). Never changed by a refresh.
    #[n(8)]
    acr: Option<String>,
    /// When the person authenticated, where a rule asks for that; likewise. Seconds since the epoch.
    #[n(9)]
    auth_time: Option<u64>,
}

/// What a request must know of the tokens, so that their cookies stay shut until they are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Renewal {
    /// From then on a refresh is due. Seconds since the epoch.
    #[n(0)]
    due_at: u64,
    /// The end of the access token. Seconds since the epoch.
    #[n(1)]
    ends_at: u64,
}

/// Where the provider does not say how long an access token lives (RFC 6749 §5.1). Seconds.
const LIFETIME_BY_DEFAULT: u64 = 3600;

impl Renewal {
    /// At about four fifths of the access token's life, a little earlier by `jitter`, so that replicas and
    /// workers do not need it at the same moment.
    #[must_use]
    pub fn plan(now: Timestamp, access_token_ends_at: Option<Timestamp>, jitter: u8) -> Self {
        let ends_at = access_token_ends_at.unwrap_or(now.plus(LIFETIME_BY_DEFAULT));
        let fifths = ends_at.since(now).saturating_mul(4).div_euclid(5);
        let earlier = fifths.saturating_mul(u64::from(jitter)).div_euclid(255 * 10);
        Self { due_at: now.plus(fifths.saturating_sub(earlier)).0, ends_at: ends_at.0 }
    }

    /// The same, but to be tried again at `due_at`.
    #[must_use]
    pub fn postponed(self, due_at: Timestamp) -> Self {
        Self { due_at: due_at.0, ..self }
    }

    /// Whether a refresh may begin.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        now >= Timestamp(self.due_at)
    }

    /// The end of the access token.
    #[must_use]
    pub fn ends_at(self) -> Timestamp {
        Timestamp(self.ends_at)
    }

    /// Whether the access token has run out.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= Timestamp(self.ends_at)
    }
}

/// What the access rules and the application need to know of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct PersonClaims {
    /// The subject identifier, unique at the issuer (OIDC Core §2).
    #[n(0)]
    pub sub: String,
    /// The configured user claim, which may be `sub`; none where the provider does not say it. Never `sub` in place
    /// of another claim: two name spaces in one header would let people be taken for each other.
    #[n(1)]
    pub user: Option<String>,
    /// The configured email claim, whether or not it counts.
    #[n(2)]
    pub email: Option<String>,
    /// False only where the provider said so (and the configuration does not accept it).
    #[n(3)]
    pub email_counts: bool,
    /// The configured claim for what a person likes to be called by.
    #[n(4)]
    pub preferred_username: Option<String>,
    /// The configured groups claim; empty where there is none.
    #[n(5)]
    pub groups: Vec<String>,
    /// False where groups were left out for their size: the header would then be a lie.
    #[n(6)]
    pub groups_complete: bool,
    /// Other claims that go to the application, by claim name.
    #[n(7)]
    pub others: Vec<OtherClaim>,
    /// The values that rules name and this person has, with their claims.
    #[n(8)]
    #[cbor(default)]
    pub named: Vec<(String, String)>,
}

/// One of `upstream.claims`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OtherClaim {
    /// As in the configuration.
    #[n(0)]
    pub name: String,
    /// As the application gets it.
    #[n(1)]
    pub value: String,
}

impl PersonClaims {
    /// The email, if it may be used to decide or be sent to the application.
    #[must_use]
    pub fn usable_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_counts)
    }
}

impl Session {
    /// Signed in now; no tokens are kept yet.
    #[must_use]
    pub fn begin(id: SessionId, person: PersonClaims, now: Timestamp, config: &config::Session) -> Self {
        let expires_at = now.plus(config.max_age.as_secs());
        Self {
            id,
            signed_in_at: now.0,
            expires_at: expires_at.0,
            sealed_at: now.0,
            person,
            renewal: None,
            kept_tokens: TokenSet::default(),
            left_out: LeftOut::default(),
            acr: None,
            auth_time: None,
        }
    }

    /// Signed in so.
    #[must_use]
    pub fn authenticated(self, acr: Option<String>, auth_time: Option<Timestamp>) -> Self {
        Self { acr, auth_time: auth_time.map(|time| time.0), ..self }
    }

    /// How the person signed in, as far as it was kept.
    #[must_use]
    pub fn authentication(&self, now: Timestamp) -> Authenticated<'_> {
        let age = self.auth_time.map(|time| now.since(Timestamp(time)));
        Authenticated { acr: self.acr.as_deref(), age }
    }

    /// Without one, nothing is refreshed.
    #[must_use]
    pub fn with_renewal(self, renewal: Option<Renewal>) -> Self {
        Self { renewal, ..self }
    }

    /// The same sign-in with what a refresh has brought.
    #[must_use]
    pub fn renewed(&self, person: PersonClaims, renewal: Renewal, now: Timestamp) -> Self {
        Self { person, renewal: Some(renewal), sealed_at: now.0, ..self.clone() }
    }

    /// What `max_age`, `not_before` and `revoked` count from.
    #[must_use]
    pub fn signed_in_at(&self) -> Timestamp {
        Timestamp(self.signed_in_at)
    }

    /// What `idle_timeout` counts from.
    #[must_use]
    pub fn sealed_at(&self) -> Timestamp {
        Timestamp(self.sealed_at)
    }

    /// The absolute end, as sealed and as the configuration has it today: whichever comes first.
    #[must_use]
    pub fn expires_at(&self, config: &config::Session) -> Timestamp {
        Timestamp(self.expires_at).min(self.signed_in_at().plus(config.max_age.as_secs()))
    }

    /// Whether it still counts. The cookie may be intact and the session over all the same.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp, config: &config::Session) -> bool {
        now < self.expires_at(config)
            && config.idle_timeout.is_none_or(|idle| now.since(self.sealed_at()) < idle.as_secs())
            && config.not_before.is_none_or(|not_before| self.signed_in_at() >= not_before)
            && !config
                .revoked
                .iter()
                .any(|revocation| self.signed_in_at() < revocation.before && self.is_of(&revocation.who))
    }

    fn is_of(&self, who: &RevokedPerson) -> bool {
        match who {
            RevokedPerson::Sub(sub) => self.person.sub == *sub,
            RevokedPerson::Email(email) => {
                self.person.email.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(email))
            }
        }
    }

    /// Whether the browser is due a cookie with a new `sealed_at`: at most every tenth of the idle timeout.
    #[must_use]
    pub fn wants_resealing(&self, now: Timestamp, config: &config::Session) -> bool {
        config
            .idle_timeout
            .is_some_and(|idle| now.since(self.sealed_at()) >= idle.as_secs().div_euclid(10).max(1))
    }

    /// The same session with a new start for `idle_timeout`.
    #[must_use]
    pub fn resealed(&self, now: Timestamp) -> Self {
        Self { sealed_at: now.0, ..self.clone() }
    }

    /// For sealing.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encoding::encode(self)
    }

    /// `None` where it is of another form.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        encoding::decode(bytes)
    }
}
