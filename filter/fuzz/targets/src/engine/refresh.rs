//! Refresh tokens as the provider sees them, and what came of each: the filter is not asked.

use vestibule::inputs::Timestamp;
use vestibule::oidc::{Answer, HttpCall};

use super::answers::{self, Person};

/// What a refresh has brought is shared for so long, and until then nobody uses the old token again. Seconds.
pub(super) const SHARED_FOR: u64 = 300;
/// How long an access token lives. Seconds.
pub(super) const ACCESS_TOKEN_LIVES: u64 = 600;

/// A refresh token, by its number.
pub(super) type TokenNumber = usize;

#[derive(Debug, Default)]
pub(super) struct Refreshes {
    issued: Vec<Issued>,
    /// The last token that was used, and when.
    used: Vec<(TokenNumber, Timestamp)>,
}

#[derive(Clone, Debug)]
struct Issued {
    /// Of the refresh that brought it.
    told: Option<Told>,
    person: Person,
    nonce: String,
    in_finance: bool,
    ends_at: Timestamp,
    /// With where and when; a worker that was lost knows nothing any more.
    settled: Option<Settled>,
}

#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub(super) at: Timestamp,
    pub(super) worker: usize,
    pub(super) outcome: Outcome,
    /// Whether that worker must still know: not after a restart, nor when the clock went back.
    pub(super) certain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Renewed(TokenNumber),
    /// The provider has ended it; the access token is good until then.
    Refused(Timestamp),
}

/// What the answer to a refresh said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    old: TokenNumber,
    new: TokenNumber,
    /// Whether the ID token said something of groups.
    groups: bool,
}

impl Refreshes {
    /// A new refresh token, in the answer to the redemption of a code.
    pub(super) fn issue(
        &mut self,
        person: &Person,
        nonce: &str,
        in_finance: bool,
        now: Timestamp,
    ) -> TokenNumber {
        let ends_at = now.plus(ACCESS_TOKEN_LIVES);
        let (person, nonce) = (person.clone(), nonce.to_owned());
        self.issued.push(Issued { told: None, person, nonce, in_finance, ends_at, settled: None });
        self.issued.len() - 1
    }

    pub(super) fn is_in_finance(&self, number: TokenNumber) -> bool {
        self.issued[number].in_finance
    }

    /// What userinfo add after the sign-in is known of its token too.
    pub(super) fn correct(&mut self, number: TokenNumber, in_finance: bool) {
        self.issued[number].in_finance = in_finance;
    }

    pub(super) fn settled(&self, number: TokenNumber) -> Option<&Settled> {
        self.issued[number].settled.as_ref()
    }

    /// A worker is no more; or, of all workers, the clock went back.
    pub(super) fn forget(&mut self, worker: Option<usize>) {
        for settled in self.issued.iter_mut().filter_map(|issued| issued.settled.as_mut()) {
            settled.certain &= worker.is_some_and(|worker| settled.worker != worker);
        }
    }

    /// The provider's answer to a refresh, by kind.
    pub(super) fn answer(
        &mut self,
        call: &HttpCall,
        kind: u8,
        key: usize,
        worker: usize,
        now: Timestamp,
    ) -> (Answer, Option<Told>) {
        let form = form(call);
        assert_eq!(form.get("grant_type").map(String::as_str), Some("refresh_token"));
        let old =
            number(form.get("refresh_token").map_or("", String::as_str)).expect("a token that was issued");
        self.assert_first_use(old, worker, now);
        self.used.push((old, now));
        let issued = self.issued[old].clone();
        let mut person = issued.person.clone();
        let settle = |outcome| Some(Settled { at: now, worker, outcome, certain: true });
        match kind % 8 {
            2 => return (answers::trouble(), None),
            3 => return (Answer::Nothing, None),
            4 => {
                self.issued[old].settled = settle(Outcome::Refused(issued.ends_at));
                return (answers::invalid_grant(), None);
            }
            1 => person.claims["groups"] = serde_json::json!(["staff"]),
            5 => person.sub = "00u7",
            _ => {}
        }
        let id_token = kind % 8 != 6;
        let in_finance = if id_token { person.is_in_finance(false) } else { issued.in_finance };
        let new = self.issue(&issued.person, &issued.nonce, in_finance, now);
        let groups = id_token && person.claims.get("groups").is_some();
        let told = Told { old, new, groups };
        self.issued[new].told = Some(told);
        let honest = person.sub == issued.person.sub;
        // Signed by another key than the filter knows, it is not believed: `renewed` says what became of it.
        if honest {
            self.issued[old].settled = settle(Outcome::Renewed(new));
        }
        let answer = answers::refreshed(&person, id_token.then_some(key), new, now);
        (answer, Some(told))
    }

    /// What came of it is not what the provider said: the claims are perhaps the old ones, or are not settled yet.
    pub(super) fn doubt(&mut self, told: Told) {
        self.issued[told.new].in_finance |= self.issued[told.old].in_finance;
        if let Some(settled) = &mut self.issued[told.old].settled {
            settled.certain = false;
        }
    }

    /// When the access token that came with it runs out.
    pub(super) fn ends_at(&self, number: TokenNumber) -> Timestamp {
        self.issued[number].ends_at
    }

    /// The provider's answer to the userinfo of a refresh, by kind.
    pub(super) fn userinfo(&mut self, call: &HttpCall, kind: u8) -> (Answer, Option<Told>) {
        let bearer = call.headers.iter().find(|(name, _)| *name == "authorization").map(|(_, value)| value);
        let number = bearer.and_then(|bearer| bearer.rsplit('-').next()?.parse::<TokenNumber>().ok());
        let told = number.and_then(|number| self.issued[number].told).expect("tokens come first");
        let Told { old, new, groups } = told;
        let person = self.issued[old].person.clone();
        let answered = super::script::Answered { which: 0, fault: kind, person: 0, key: 0 };
        let (answer, honest) = answers::userinfo(&answered, &person);
        // The ID token's claims win; what could not be had stays as it was.
        let in_finance = match (honest, groups) {
            (true, true) => self.issued[new].in_finance,
            (true, false) => answers::names_finance(&person.userinfo["groups"]),
            (false, _) => self.issued[old].in_finance,
        };
        self.issued[new].in_finance = in_finance;
        (answer, Some(told))
    }

    /// The provider never sees a refresh token twice while its successor is being handed out.
    fn assert_first_use(&self, old: TokenNumber, worker: usize, now: Timestamp) {
        let Some(Settled { at, outcome: Outcome::Renewed(_), certain: true, worker: by }) = self.settled(old)
        else {
            return;
        };
        // Another worker knows of it by a slot, which another refresh may have taken since.
        let taken = self.used.iter().any(|(number, since)| *number != old && since >= at);
        let knows = *by == worker || !taken;
        assert!(!knows || now.since(*at) >= SHARED_FOR, "a refresh token is used twice");
    }
}

pub(super) fn name(number: TokenNumber) -> String {
    format!("refresh-token-{number}")
}

fn number(name: &str) -> Option<TokenNumber> {
    name.strip_prefix("refresh-token-")?.parse().ok()
}

pub(super) fn form(call: &HttpCall) -> std::collections::BTreeMap<String, String> {
    url::form_urlencoded::parse(&call.body)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}
