//! Marks of sign-outs that a browser was given, and which session each has ended: the filter is not asked.

use vestibule::inputs::Timestamp;
use vestibule::session::sign_out_mark::LIFETIME;

use super::ledger::SignInNumber;
use super::settings::Setting;

#[derive(Debug, Default)]
pub(super) struct Marks(Vec<Mark>);

#[derive(Debug)]
struct Mark {
    name: Vec<u8>,
    value: Vec<u8>,
    scope: String,
    ended: SignInNumber,
    until: Timestamp,
}

impl Marks {
    /// Writes down the mark among these cookies, which a browser at `host` is given for the session that it has ended.
    pub(super) fn add(&mut self, set_cookies: &[String], host: &str, ended: SignInNumber, now: Timestamp) {
        let pairs = set_cookies.iter().filter_map(|cookie| {
            let (pair, attributes) = cookie.split_once(';')?;
            let (name, value) = pair.split_once('=')?;
            let is_mark = name.ends_with("vestibule_out") && !attributes.contains("Max-Age=0");
            is_mark.then_some((name, value, attributes))
        });
        for (name, value, attributes) in pairs {
            let domain =
                attributes.split("; ").find_map(|attribute| attribute.trim().strip_prefix("Domain="));
            self.0.push(Mark {
                name: name.as_bytes().to_vec(),
                value: value.as_bytes().to_vec(),
                scope: domain.unwrap_or(host).to_owned(),
                ended,
                until: now.plus(LIFETIME),
            });
        }
    }

    /// Whether a browser that brings these cookies to this host has ended this session a moment ago.
    pub(super) fn name(
        &self,
        session: SignInNumber,
        cookies: &[(Vec<u8>, Vec<u8>)],
        host: &str,
        (setting, now): (&Setting, Timestamp),
    ) -> bool {
        self.0.iter().any(|mark| {
            mark.ended == session
                && now < mark.until
                && setting.is_scope_of(&mark.scope, host)
                && cookies.iter().any(|(name, value)| *name == mark.name && *value == mark.value)
        })
    }
}
