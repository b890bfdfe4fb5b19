//! What the stand-in remembers, all in memory. It outlives a stop of the server.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::authorization_request::AuthorizationRequest;
use super::endpoint::{AuthorizationServer, Endpoint};
use super::fault::Faults;
use super::keys::KeyRing;
use super::log::TokenRequest;
use super::options::{Client, OktaOptions};
use super::params::Params;
use super::people::Person;
use super::secrets::{random_id, random_token};
use super::tamper::IdTokenTamper;

/// A time, as the duration since the epoch.
pub(crate) type Time = Duration;

pub(crate) struct State {
    pub(crate) options: OktaOptions,
    pub(crate) base_url: String,
    /// How far the stand-in's clock is ahead of the machine's.
    pub(crate) clock_ahead: Duration,
    pub(crate) keys: KeyRing,
    pub(crate) tampers: Vec<IdTokenTamper>,
    pub(crate) faults: Faults,

    /// Authorization requests whose sign-in page is shown.
    pub(crate) transactions: HashMap<String, AuthorizationRequest>,
    /// Pushed ones, by `request_uri` (RFC 9126).
    pub(crate) pushed: HashMap<String, Pushed>,
    pub(crate) sessions: HashMap<String, OpSession>,
    /// Never forgotten, so that numbers stay good.
    pub(crate) grants: Vec<Grant>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) access_tokens: HashMap<String, AccessToken>,
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    /// `jti` of client assertions.
    pub(crate) assertions: HashSet<String>,

    pub(crate) requests: HashMap<Endpoint, u64>,
    pub(crate) token_requests: Vec<TokenRequest>,
    pub(crate) code_replays: u64,
    /// Every code and token ever given out.
    pub(crate) issued: Vec<String>,
}

pub(crate) struct Pushed {
    pub(crate) client_id: String,
    pub(crate) params: Params,
    pub(crate) expires: Time,
}

/// Okta's own session with a browser.
#[derive(Clone)]
pub(crate) struct OpSession {
    pub(crate) person_id: String,
    pub(crate) auth_time: Time,
    pub(crate) second_factor: bool,
}

/// One sign-in of one person to one client: the family of all its tokens.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) server: AuthorizationServer,
    pub(crate) client_id: String,
    pub(crate) person_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) auth_time: Time,
    pub(crate) acr: Option<String>,
    pub(crate) second_factor: bool,
    pub(crate) created: Time,
    /// Ended by revocation, or by the reuse of a code or of a refresh token.
    pub(crate) ended: bool,
}

#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) grant: usize,
    pub(crate) redirect_uri: String,
    pub(crate) code_challenge: String,
    pub(crate) expires: Time,
    pub(crate) redeemed: bool,
}

#[derive(Clone)]
pub(crate) struct AccessToken {
    pub(crate) grant: usize,
    pub(crate) scopes: Vec<String>,
    pub(crate) issued: Time,
    pub(crate) expires: Time,
    pub(crate) revoked: bool,
}

#[derive(Clone)]
pub(crate) struct RefreshToken {
    pub(crate) grant: usize,
    /// When it was rotated, and what took its place.
    pub(crate) rotated: Option<(Time, String)>,
}

impl State {
    pub(crate) fn new(options: OktaOptions, base_url: String) -> Self {
        Self {
            options,
            base_url,
            clock_ahead: Duration::ZERO,
            keys: KeyRing::new(),
            tampers: vec![],
            faults: Faults::default(),
            transactions: HashMap::new(),
            pushed: HashMap::new(),
            sessions: HashMap::new(),
            grants: vec![],
            codes: HashMap::new(),
            access_tokens: HashMap::new(),
            refresh_tokens: HashMap::new(),
            assertions: HashSet::new(),
            requests: HashMap::new(),
            token_requests: vec![],
            code_replays: 0,
            issued: vec![],
        }
    }

    pub(crate) fn now(&self) -> Time {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + self.clock_ahead
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.options.clients.iter().find(|client| client.id == id)
    }

    pub(crate) fn person(&self, id: &str) -> Option<&Person> {
        self.options.people.iter().find(|person| person.id == id)
    }

    /// The session of this cookie, unless it has run out.
    pub(crate) fn session(&self, id: Option<&str>) -> Option<&OpSession> {
        let session = self.sessions.get(id?)?;
        (self.now() < session.auth_time + self.options.lifetimes.session).then_some(session)
    }

    pub(crate) fn start_session(&mut self, session: OpSession) -> String {
        let id = random_id(40);
        self.sessions.insert(id.clone(), session);
        id
    }

    pub(crate) fn issue_code(&mut self, grant: Grant, request: &AuthorizationRequest) -> String {
        let code = random_token();
        let expires = self.now() + self.options.lifetimes.code;
        self.grants.push(grant);
        self.codes.insert(
            code.clone(),
            Code {
                grant: self.grants.len() - 1,
                redirect_uri: request.redirect_uri.clone(),
                code_challenge: request.code_challenge.clone(),
                expires,
                redeemed: false,
            },
        );
        self.issued.push(code.clone());
        code
    }

    pub(crate) fn issue_refresh_token(&mut self, grant: usize) -> String {
        let token = random_token();
        self.refresh_tokens.insert(token.clone(), RefreshToken { grant, rotated: None });
        self.issued.push(token.clone());
        token
    }

    /// The access token with its grant, while both are good.
    pub(crate) fn live_access_token(&self, token: &str) -> Option<(&AccessToken, &Grant)> {
        let found = self.access_tokens.get(token)?;
        let grant = self.grants.get(found.grant)?;
        (!found.revoked && !grant.ended && self.now() < found.expires).then_some((found, grant))
    }
}
