//! What becomes of `session.revoked` and `session.not_before`.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};
use vestibule::config::{Config, RevokedPerson};
use vestibule::inputs::Timestamp;

/// Who is to sign in anew, and from when on sign-ins count.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) whom: Whom,
    pub(super) before: Timestamp,
    pub(super) now: Timestamp,
}

#[derive(Clone, Debug)]
pub(super) enum Whom {
    Email(String),
    Sub(String),
    Everyone,
}

/// What becomes of entries that are of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Old {
    Dropped,
    /// Where dropping is not easily written. They do no harm, until the list is full.
    Kept,
}

/// The new values, and what was done in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// `None`: as it is.
    pub(super) not_before: Option<String>,
    /// An entry that is put first.
    pub(super) added: Option<Value>,
    /// Places of entries that are of no use any more.
    pub(super) dropped: Vec<usize>,
    pub(super) lines: Vec<String>,
}

/// From a configuration that loads. The order of its `revoked` is that of the list that is written.
pub(super) fn change(config: &Config, wanted: &Wanted, old: Old) -> Change {
    let session = &config.session;
    let time = rfc_3339(wanted.before);
    let (mut not_before, mut added, mut lines) = (None, None, Vec::new());
    let everyone_before = match &wanted.whom {
        Whom::Everyone => {
            if session.not_before.is_none_or(|earlier| earlier < wanted.before) {
                lines.push(format!("session.not_before: {time}: whoever signed in before signs in anew"));
                not_before = Some(time);
            } else {
                lines.push("session.not_before is as late already: nothing is to be done".to_owned());
            }
            session.not_before.max(Some(wanted.before))
        }
        Whom::Email(_) | Whom::Sub(_) => session.not_before,
    };
    let oldest = Timestamp(wanted.now.0.saturating_sub(session.max_age.as_secs()));
    let mut dropped = Vec::new();
    let mut is_there = false;
    for (place, entry) in session.revoked.iter().enumerate() {
        let is_same = is_person(&entry.who, &wanted.whom);
        if is_same && entry.before >= wanted.before {
            is_there = true;
            lines.push(format!("session.revoked[{place}] says so already"));
        } else if old == Old::Dropped
            && (is_same || entry.before < oldest || everyone_before.is_some_and(|time| entry.before <= time))
        {
            let why = if is_same { "a later time takes its place" } else { "no session is that old" };
            lines.push(format!("session.revoked[{place}] is dropped: {why}"));
            dropped.push(place);
        }
    }
    let person = match &wanted.whom {
        Whom::Email(email) => Some(("email", email)),
        Whom::Sub(sub) => Some(("sub", sub)),
        Whom::Everyone => None,
    };
    if let Some((key, who)) = person.filter(|_| !is_there) {
        let time = rfc_3339(wanted.before);
        lines.insert(0, format!("session.revoked: {key} {who:?}: sign-ins from before {time} are refused"));
        added = Some(json!({key: who, "before": time}));
    }
    Change { not_before, added, dropped, lines }
}

/// As the filter compares them: an address in any case, a `sub` byte by byte.
fn is_person(listed: &RevokedPerson, whom: &Whom) -> bool {
    match (listed, whom) {
        (RevokedPerson::Email(one), Whom::Email(other)) => *one == other.to_ascii_lowercase(),
        (RevokedPerson::Sub(one), Whom::Sub(other)) => one == other,
        _ => false,
    }
}

impl Change {
    pub(super) fn is_empty(&self) -> bool {
        self.not_before.is_none() && self.added.is_none() && self.dropped.is_empty()
    }

    /// Writes it into the `session` of a configuration.
    pub(super) fn apply(&self, session: &mut Value) {
        if let Some(time) = &self.not_before {
            session["not_before"] = json!(time);
        }
        let old = session.get("revoked").and_then(Value::as_array).cloned().unwrap_or_default();
        let kept = old
            .iter()
            .enumerate()
            .filter(|(place, _)| !self.dropped.contains(place))
            .map(|(_, entry)| entry.clone());
        let list: Vec<Value> = self.added.iter().cloned().chain(kept).collect();
        match session.as_object_mut() {
            Some(map) if list.is_empty() => drop(map.remove("revoked")),
            Some(map) => drop(map.insert("revoked".to_owned(), list.into())),
            None => {}
        }
    }
}

fn rfc_3339(time: Timestamp) -> String {
    let seconds = i64::try_from(time.0).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn session(session: Value) -> (Config, Value) {
        let mut all = json!({"provider": {"issuer": "https://op.example"}, "client": {"id": "a", "secret": {"value": "s"}},
            "session": {"secrets": [{"value": "0123456789abcdef0123456789abcdef"}], "max_age": "8h"}});
        for (key, value) in session.as_object().unwrap() {
            all["session"][key] = value.clone();
        }
        let config = vestibule::config::load(all.to_string().as_bytes(), &|_| None)
            .unwrap_or_else(|faults| panic!("{faults}"));
        (config, all["session"].clone())
    }

    fn after(given: Value, whom: Whom, before: Timestamp) -> (Value, Vec<String>) {
        let (config, mut session) = session(given);
        let change = change(&config, &Wanted { whom, before, now: NOW }, Old::Dropped);
        change.apply(&mut session);
        (json!({"revoked": session.get("revoked"), "not_before": session.get("not_before")}), change.lines)
    }

    fn at(seconds_ago: u64) -> String {
        rfc_3339(Timestamp(NOW.0 - seconds_ago))
    }

    #[test]
    fn one_person_is_added_and_what_is_too_old_is_dropped() {
        let bob = || Whom::Email("bob@example.com".to_owned());
        assert_eq!(
            after(json!({}), bob(), NOW).0,
            json!({"revoked": [{"email": "bob@example.com", "before": at(0)}], "not_before": null})
        );
        let given = json!({"revoked": [{"sub": "old", "before": at(8 * 3600 + 1)}, {"sub": "young", "before": at(8 * 3600 - 1)}, {"email": "BOB@example.com", "before": at(60)}]});
        let (session, lines) = after(given.clone(), bob(), NOW);
        assert_eq!(
            session["revoked"],
            json!([{"email": "bob@example.com", "before": at(0)}, {"sub": "young", "before": at(8 * 3600 - 1)}])
        );
        assert_eq!(lines.len(), 3, "{lines:?}");
        // Never to an earlier time.
        let (session, _) = after(
            json!({"revoked": [{"sub": "x", "before": at(10)}]}),
            Whom::Sub("x".to_owned()),
            Timestamp(NOW.0 - 20),
        );
        assert_eq!(session["revoked"], json!([{"sub": "x", "before": at(10)}]));
        // A sub is no address, and case counts.
        let (session, _) =
            after(json!({"revoked": [{"sub": "X", "before": at(10)}]}), Whom::Sub("x".to_owned()), NOW);
        assert_eq!(session["revoked"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn everybody_at_once_makes_the_list_short() {
        let given = json!({"revoked": [{"sub": "a", "before": at(60)}, {"sub": "later", "before": rfc_3339(NOW.plus(60))}], "not_before": at(3600)});
        let (session, _) = after(given, Whom::Everyone, NOW);
        assert_eq!(
            session,
            json!({"not_before": at(0), "revoked": [{"sub": "later", "before": rfc_3339(NOW.plus(60))}]})
        );
        let (session, lines) = after(json!({"not_before": rfc_3339(NOW.plus(5))}), Whom::Everyone, NOW);
        assert_eq!(session["not_before"], json!(rfc_3339(NOW.plus(5))));
        assert!(lines[0].contains("nothing is to be done"));
    }

    #[test]
    fn what_is_written_loads_whoever_it_names() {
        for whom in [
            Whom::Sub("a\"b: {x}\n".trim().to_owned()),
            Whom::Email("o'neill+x@example.com".to_owned()),
            Whom::Sub("00u1".to_owned()),
        ] {
            let (config, mut before) = session(json!({}));
            change(&config, &Wanted { whom, before: NOW, now: NOW }, Old::Dropped).apply(&mut before);
            let (again, _) = session(json!({"revoked": before["revoked"]}));
            assert_eq!(again.session.revoked.len(), 1);
        }
    }
}
