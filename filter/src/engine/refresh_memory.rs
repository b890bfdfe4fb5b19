//! What one worker remembers of refreshes: which are wanted, under way, and what came of them.

use std::rc::Rc;

use super::exchange::AwaitsKeys;
use crate::inputs::Timestamp;
use crate::session::shared_refresh::{RefreshKey, RefreshResult, Renewed};
use crate::session::{Session, Tokens};

/// Refreshes that one worker remembers. The oldest go first.
const MAX_REMEMBERED: usize = 1024;

/// What this worker knows of refreshes.
#[derive(Debug, Default)]
pub(super) struct RefreshMemory {
    /// In the order in which they began.
    entries: Vec<(RefreshKey, Entry)>,
    /// Those whose ID token names a key that is being fetched.
    pub(super) awaiting_keys: Vec<(Work, AwaitsKeys)>,
}

#[derive(Debug)]
enum Entry {
    /// Somebody waits, and no worker has been seen to make the call.
    Wanted(Box<Work>),
    /// The call is this worker's.
    UnderWay,
    Settled {
        result: RefreshResult,
        at: Timestamp,
        failures: u32,
    },
}

/// Whether a refresh has brought newer tokens.
pub(super) enum Known {
    Renewed(Box<Renewed>),
    /// It will be known.
    UnderWay,
    Nothing,
}

/// What it takes to refresh.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) key: RefreshKey,
    pub(super) session: Session,
    pub(super) tokens: Rc<Tokens>,
    /// In a row, before this one.
    pub(super) failures: u32,
}

impl RefreshMemory {
    /// What came of a refresh, as long as that counts.
    pub(super) fn result(&self, key: RefreshKey, now: Timestamp) -> Option<RefreshResult> {
        let Some(Entry::Settled { result, at, .. }) = self.get(key) else { return None };
        result.counts(*at, now).then(|| result.clone())
    }

    /// As far as the newest tokens go, however long ago they came.
    pub(super) fn known(&self, key: RefreshKey) -> Known {
        match self.get(key) {
            Some(Entry::Settled { result: RefreshResult::Renewed(renewed), .. }) => {
                Known::Renewed(renewed.clone())
            }
            Some(Entry::Wanted(_) | Entry::UnderWay) => Known::UnderWay,
            Some(Entry::Settled { .. }) | None => Known::Nothing,
        }
    }

    /// Whether whoever waits for this refresh has nothing to wait for any more.
    pub(super) fn is_settled(&self, key: RefreshKey, now: Timestamp) -> bool {
        self.result(key, now).is_some() || self.get(key).is_none()
    }

    /// Whether this worker should do something about one soon.
    pub(super) fn is_busy(&self) -> bool {
        !self.awaiting_keys.is_empty() || self.wanted().next().is_some()
    }

    fn get(&self, key: RefreshKey) -> Option<&Entry> {
        self.entries.iter().find(|(own, _)| *own == key).map(|(_, entry)| entry)
    }

    pub(super) fn wanted(&self) -> impl Iterator<Item = RefreshKey> {
        self.entries.iter().filter(|(_, entry)| matches!(entry, Entry::Wanted(_))).map(|(key, _)| *key)
    }

    pub(super) fn want(&mut self, key: RefreshKey, session: Session, tokens: Rc<Tokens>, now: Timestamp) {
        let failures = match self.get(key) {
            Some(Entry::Wanted(_) | Entry::UnderWay) => return,
            Some(Entry::Settled { failures, .. }) => *failures,
            None => 0,
        };
        self.put(key, Entry::Wanted(Box::new(Work { key, session, tokens, failures })));
        self.forget_some(now);
    }

    pub(super) fn begin(&mut self, key: RefreshKey) -> Option<Work> {
        let (_, entry) = self.entries.iter_mut().find(|(own, _)| *own == key)?;
        match std::mem::replace(entry, Entry::UnderWay) {
            Entry::Wanted(work) => Some(*work),
            other => {
                *entry = other;
                None
            }
        }
    }

    pub(super) fn settle(&mut self, key: RefreshKey, result: RefreshResult, at: Timestamp, failures: u32) {
        self.put(key, Entry::Settled { result, at, failures });
    }

    fn put(&mut self, key: RefreshKey, entry: Entry) {
        self.entries.retain(|(own, _)| *own != key);
        self.entries.push((key, entry));
    }

    /// Keeps the list short: what is settled goes, the oldest first.
    fn forget_some(&mut self, now: Timestamp) {
        let is_stale = |entry: &Entry| match entry {
            Entry::Settled { result: result @ RefreshResult::Renewed(_), at, .. } => !result.counts(*at, now),
            _ => false,
        };
        self.entries.retain(|(_, entry)| !is_stale(entry));
        let mut surplus = self.entries.len().saturating_sub(MAX_REMEMBERED);
        self.entries.retain(|(_, entry)| {
            let goes = surplus > 0 && matches!(entry, Entry::Settled { .. });
            surplus = surplus.saturating_sub(usize::from(goes));
            !goes
        });
    }
}
