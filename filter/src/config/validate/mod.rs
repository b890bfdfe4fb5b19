//! From the raw texts to the validated types, a section and a key at a time. After this nothing can fail.

mod access;
mod authentication;
mod bearer;
mod budget;
mod claims;
mod client;
mod cookie;
mod pages;
mod paths;
mod private_key;
mod provider;
mod redirect;
mod secret;
mod session;
mod upstream;
mod values;

pub use client::is_protocol_param;

use super::faults::{Faults, Part};
use super::raw;
use super::read::Given;
use super::types::{Config, Identity, PersonInLog};
use values::{Env, claim_name, host_patterns, optional, or_default, part};

/// Every section, and every key in it, is read before the first fault ends anything.
pub(super) fn root(raw: raw::Root, env: Env<'_>, faults: &Faults) -> Part<Config> {
    let provider = raw.provider.0.and_then(|raw| provider::provider(raw, faults));
    let issuers = or_default(raw.providers).and_then(|raw| provider::issuers(raw, part(&provider), faults));
    let client = raw.client.0.and_then(|raw| client::client(raw, env, faults));
    let mut session = raw.session.0;
    let cookie = session.as_mut().map_err(|reported| *reported).and_then(|raw| or_default(raw.cookie.take()));
    let cookie = cookie::Parts::read(cookie, faults);
    let session = session
        .and_then(|raw| session::session(raw, cookie.whole(part(&provider), part(&client)), env, faults));
    let budget = or_default(raw.budget).and_then(|raw| budget::budget(raw, faults));
    let person_in_log = or_default(raw.logging).and_then(person_in_log);
    let identity = or_default(raw.identity).and_then(|raw| identity(raw, faults));
    let hosts = optional(raw.hosts, |hosts| host_patterns("hosts", hosts, faults));
    let reach = cookie.check_reach(part(&hosts), faults);
    let paths = or_default(raw.paths).and_then(|raw| paths::paths(raw, &cookie, part(&hosts), faults));
    let pages = or_default(raw.pages).and_then(|raw| pages::pages(raw, faults));
    let upstream = or_default(raw.upstream).and_then(|raw| upstream::upstream(raw, env, faults));
    let known = bearer::known(part(&provider), part(&issuers));
    let access = or_default(raw.access).and_then(|rules| access::rules(rules, known.as_ref(), faults));

    let (mut client, session, ()) = (client?, session?, reach?);
    client.wants_refresh_token = session.refresh;
    Ok(Config {
        issuers: issuers?,
        provider: provider?,
        client,
        session,
        budget: budget?,
        person_in_log: person_in_log?,
        identity: identity?,
        paths: paths?,
        pages: pages?,
        upstream: upstream?,
        hosts: hosts?,
        access: access?,
    })
}

fn person_in_log(raw: raw::Logging) -> Part<PersonInLog> {
    Ok(match optional(raw.person, Ok)? {
        None | Some(raw::PersonInLog::None) => PersonInLog::Nobody,
        Some(raw::PersonInLog::Sub) => PersonInLog::Sub,
        Some(raw::PersonInLog::Email) => PersonInLog::Email,
    })
}

fn identity(raw: raw::Identity, faults: &Faults) -> Part<Identity> {
    let claim = |key: &str, given: Option<Given<String>>, default: &str| {
        let name = optional(given, |name| faults.check(claim_name(&format!("identity.{key}"), name)))?;
        Ok(name.unwrap_or_else(|| default.to_owned()))
    };
    let user_claim = claim("user_claim", raw.user_claim, "sub");
    let email_claim = claim("email_claim", raw.email_claim, "email");
    let groups_claim = claim("groups_claim", raw.groups_claim, "groups");
    let preferred_username_claim =
        claim("preferred_username_claim", raw.preferred_username_claim, "preferred_username");
    Ok(Identity {
        user_claim: user_claim?,
        email_claim: email_claim?,
        groups_claim: groups_claim?,
        preferred_username_claim: preferred_username_claim?,
        allow_unverified_email: or_default(raw.allow_unverified_email)?,
    })
}
