//! Refresh tokens as the provider sees them, and what came of each: the filter is not asked.

use vestibule::inputs::Timestamp;
use vestibule::oidc::{Answer, HttpCall};

use super::answers;
use super::person::{self, Person};
use super::refresh_token::{self, ACCESS_TOKEN_LIVES, TokenNumber};
use super::script::Answered;
use crate::support::form;

/// What a refresh has brought is shared for so long, and until then nobody uses the old token again. Seconds.
pub(super) const SHARED_FOR: u64 = 300;

#[derive(Debug, Default)]
pub(super) struct Refreshes {
    issued: Vec<Issued>,
    /// The tokens that were used, and when.
    used: Vec<(TokenNumber, Timestamp)>,
    under_way: Vec<UnderWay>,
}

/// A refresh whose call has not been answered.
#[derive(Debug)]
struct UnderWay {
    number: TokenNumber,
    worker: usize,
    since: Timestamp,
    /// Whether the other workers must know.
    is_shared: bool,
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
    /// Whether the others were told: without randomness nothing can be sealed for them.
    is_shared: bool,
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
    /// Of the same person.
    honest: bool,
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
        self.under_way.retain(|call| worker.is_some_and(|worker| call.worker != worker));
    }

    /// A worker makes a refresh's call, and can tell the others of it, or cannot.
    pub(super) fn call(&mut self, call: &HttpCall, worker: usize, is_shared: bool, now: Timestamp) {
        let old = token_of(call);
        self.assert_first_use(old, worker, now);
        self.assert_only_use(old, worker, call.timeout.as_secs(), now);
        self.used.push((old, now));
        self.under_way.push(UnderWay { number: old, worker, since: now, is_shared });
    }

    /// It is answered, or Envoy has given it up.
    pub(super) fn over(&mut self, call: &HttpCall, worker: usize) {
        let old = token_of(call);
        self.under_way.retain(|call| call.number != old || call.worker != worker);
    }

    /// The provider's answer to it, by kind. What the filter makes of it, [`Refreshes::came_to`] is told.
    pub(super) fn answer(
        &mut self,
        call: &HttpCall,
        kind: u8,
        key: usize,
        worker: usize,
        now: Timestamp,
    ) -> (Answer, Option<Told>) {
        let old = token_of(call);
        // Its slot is written anew, whoever has written it since the call.
        self.used.push((old, now));
        let issued = self.issued[old].clone();
        let mut person = issued.person.clone();
        match kind % 8 {
            2 => return (answers::trouble(), None),
            3 => return (Answer::Nothing, None),
            4 => {
                let outcome = Outcome::Refused(issued.ends_at);
                self.issued[old].settled =
                    Some(Settled { at: now, worker, outcome, certain: true, is_shared: true });
                return (answers::refusal_of_person(old), None);
            }
            1 => person.claims["groups"] = serde_json::json!(["staff"]),
            5 => person.sub = "00u7",
            _ => {}
        }
        let id_token = kind % 8 != 6;
        let in_finance = if id_token { person.is_in_finance(false) } else { issued.in_finance };
        let new = self.issue(&issued.person, &issued.nonce, in_finance, now);
        let honest = person.sub == issued.person.sub;
        let told = Told { old, new, groups: id_token && person.claims.get("groups").is_some(), honest };
        self.issued[new].told = Some(told);
        if honest {
            let outcome = Outcome::Renewed(new);
            self.issued[old].settled =
                Some(Settled { at: now, worker, outcome, certain: false, is_shared: false });
        }
        let answer = answers::refreshed(&person, id_token.then_some(key), new, now);
        (answer, Some(told))
    }

    /// What the filter has made of an answer, once nothing is asked any more.
    pub(super) fn came_to(
        &mut self,
        told: Told,
        refreshed: bool,
        worker: usize,
        is_shared: bool,
        now: Timestamp,
    ) {
        if refreshed {
            assert!(told.honest, "a refresh for somebody else is believed");
            let outcome = Outcome::Renewed(told.new);
            self.issued[told.old].settled =
                Some(Settled { at: now, worker, outcome, certain: true, is_shared });
        } else {
            // Not what the provider said: the claims are perhaps the old ones, or are not settled yet.
            self.issued[told.new].in_finance |= self.issued[told.old].in_finance;
            if let Some(settled) = &mut self.issued[told.old].settled {
                settled.certain = false;
            }
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
        let Told { old, new, groups, .. } = told;
        let person = self.issued[old].person.clone();
        let answered = Answered { which: 0, fault: kind, person: 0, key: 0 };
        let (answer, honest) = answers::userinfo(&answered, &person);
        // The ID token's claims win; what could not be had stays as it was.
        let in_finance = match (honest, groups) {
            (true, true) => self.issued[new].in_finance,
            (true, false) => person::names_finance(&person.userinfo["groups"]),
            (false, _) => self.issued[old].in_finance,
        };
        self.issued[new].in_finance = in_finance;
        (answer, Some(told))
    }

    /// The provider never sees a refresh token twice while its successor is being handed out.
    fn assert_first_use(&self, old: TokenNumber, worker: usize, now: Timestamp) {
        let Some(settled) = self.settled(old) else { return };
        let Settled { at, worker: by, certain, is_shared, outcome: Outcome::Renewed(_) } = *settled else {
            return;
        };
        let knows = by == worker || is_shared && !self.is_taken(old, at);
        assert!(!certain || !knows || now.since(at) >= SHARED_FOR, "a refresh token is used twice");
    }

    /// Nor while it is being used.
    fn assert_only_use(&self, old: TokenNumber, worker: usize, timeout: u64, now: Timestamp) {
        let is_used = |call: &UnderWay| {
            let knows = call.worker == worker || call.is_shared && !self.is_taken(old, call.since);
            call.number == old && knows && now.since(call.since) <= timeout
        };
        assert!(!self.under_way.iter().any(is_used), "a refresh token is used twice at once");
    }

    /// Other workers know of a refresh by a slot, which another refresh may have taken since.
    fn is_taken(&self, old: TokenNumber, since: Timestamp) -> bool {
        self.used.iter().any(|(number, at)| *number != old && *at >= since)
    }
}

/// Of which refresh token a call makes use.
fn token_of(call: &HttpCall) -> TokenNumber {
    let form = form(call);
    assert_eq!(form.get("grant_type").map(String::as_str), Some("refresh_token"));
    let name = form.get("refresh_token").map_or("", String::as_str);
    refresh_token::number(name).expect("a token that was issued")
}
