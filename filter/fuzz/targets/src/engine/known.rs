//! What is true in a run, by which the laws judge: the filter is not asked.

use std::collections::BTreeSet;

use vestibule::inputs::Timestamp;

use super::answers::GOOD_FOR;
use super::ledger::{Honest, Ledger};
use super::marks::Marks;
use super::refresh::Refreshes;
use super::settings::Setting;
use super::sign_ins::{Started, Told};
use crate::support::NOW;

pub(super) const WORKERS: usize = 2;

#[derive(Debug)]
pub(super) struct Known {
    pub(super) setting: Setting,
    pub(super) now: Timestamp,
    /// Which one acts.
    pub(super) worker: usize,
    /// By worker: the key in the set that it was given last.
    pub(super) served: [Option<usize>; WORKERS],
    /// The key in the set that the workers share, and when that was asked for.
    shared: Option<(usize, Timestamp)>,
    pub(super) ledger: Ledger,
    pub(super) marks: Marks,
    pub(super) refreshes: Refreshes,
    pub(super) started: Vec<Started>,
    /// By worker: the states whose code was redeemed, or may have been.
    pub(super) redeemed: BTreeSet<(usize, String)>,
}

impl Known {
    pub(super) fn new(setting: Setting) -> Self {
        Self {
            setting,
            now: NOW,
            worker: 0,
            served: [None; WORKERS],
            shared: None,
            ledger: Ledger::default(),
            marks: Marks::default(),
            refreshes: Refreshes::default(),
            started: vec![],
            redeemed: BTreeSet::new(),
        }
    }

    /// A worker has fetched the set with this key, and can tell the others of it, or cannot.
    pub(super) fn fetched(&mut self, key: usize, asked_at: Timestamp, is_shared: bool) {
        self.served[self.worker] = Some(key);
        let is_newer = |at: Timestamp| asked_at < at && at <= self.now;
        if is_shared && !self.shared.is_some_and(|(_, at)| is_newer(at)) {
            self.shared = Some((key, asked_at));
        }
    }

    /// It has taken the set that another has fetched.
    pub(super) fn taken(&mut self) {
        let (key, _) = self.shared.expect("ready without a key");
        self.served[self.worker] = Some(key);
    }

    /// Whether what the provider said makes for a session now.
    pub(super) fn is_honest(&self, told: &Told) -> bool {
        let verifies = self.served[self.worker] == Some(told.key) && self.now.0 < told.at.0 + GOOD_FOR;
        told.honest && (told.verified || verifies)
    }

    /// Whether a browser with these cookies has ended this session a moment ago.
    pub(super) fn has_ended(&self, session: &Honest, cookies: &[(Vec<u8>, Vec<u8>)], host: &str) -> bool {
        let is_marked = |number| self.marks.name(number, cookies, host, (&self.setting, self.now));
        session.sign_in.is_some_and(is_marked)
    }

    pub(super) fn begun(&self, told: &Told, scope: String) -> Honest {
        let in_finance = told.person.is_in_finance(told.userinfo_asked);
        let refresh_token = self.setting.refresh.then_some(told.refresh_token);
        Honest::new(told.person.sub, in_finance, self.now, scope, refresh_token)
    }
}
