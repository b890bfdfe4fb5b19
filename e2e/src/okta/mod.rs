//! A stand-in Okta in this process: one organisation with its org and custom authorization servers.
//!
//! * `server` is the socket, `exchange` one request front to back, `incoming` what an endpoint is given of it, `state`
//!   all that is remembered;
//! * then one file a concept: `authorization_request`, `sign_in`, `token`, `client_auth`, `userinfo`, …;
//! * [`Fault`] and [`IdTokenTamper`] make it misbehave, [`OktaOptions`] says what it is like.
//!
//! It is strict where Okta is: a relying party that gets along with it should get along with Okta.

mod answer;
mod authorization_check;
mod authorization_request;
mod client_auth;
mod endpoint;
mod error;
mod exchange;
mod fault;
mod gate;
mod id_token;
mod incoming;
mod introspection;
mod jwt;
mod keys;
mod log;
mod logout;
mod metadata;
mod options;
mod page;
mod par;
mod params;
mod people;
mod secrets;
mod server;
mod sign_in;
mod state;
mod tamper;
mod token;
mod userinfo;
mod visit;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

pub use endpoint::{AuthorizationServer, Endpoint};
pub use fault::Fault;
pub use gate::Gate;
pub use log::{TokenAnswer, TokenRequest};
pub use options::{
    Client, ClientAuth, GroupFilter, GroupsClaim, Lifetimes, OktaOptions, RefreshTokens, ThinIdTokens,
};
pub use people::Person;
pub use tamper::IdTokenTamper;
pub use visit::{deny, sign_in};

use server::Server;
use state::{Grant, State};

/// The stand-in. It stops when it is dropped.
pub struct StandInOkta {
    state: Arc<Mutex<State>>,
    port: u16,
    base_url: String,
    server: tokio::sync::Mutex<Option<Server>>,
}

impl fmt::Debug for StandInOkta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandInOkta").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Its life.
impl StandInOkta {
    pub async fn start(options: OktaOptions) -> io::Result<Self> {
        let listener = Server::bind(options.port).await?;
        let port = listener.local_addr()?.port();
        let base_url = options.base_url.clone().unwrap_or_else(|| format!("http://{}:{port}", options.host));
        let state = {
            let base_url = base_url.clone();
            // Makes RSA keys when it is the first in this process.
            tokio::task::spawn_blocking(move || State::new(options, base_url)).await?
        };
        let state = Arc::new(Mutex::new(state));
        let server = Server::start(listener, Arc::clone(&state));
        Ok(Self { state, port, base_url, server: tokio::sync::Mutex::new(Some(server)) })
    }

    /// Cuts all connections and frees the port. Everything is remembered.
    pub async fn stop(&self) {
        if let Some(server) = self.server.lock().await.take() {
            server.stop().await;
        }
    }

    /// Serves again on the same port after `stop`.
    pub async fn start_again(&self) -> io::Result<()> {
        let mut server = self.server.lock().await;
        if server.is_none() {
            *server = Some(Server::start(Server::bind(self.port).await?, Arc::clone(&self.state)));
        }
        Ok(())
    }

    pub async fn shutdown(self) {
        self.stop().await;
    }

    /// Changes options while it runs: people, clients, lifetimes, claims. Not its port or name.
    pub fn configure(&self, change: impl FnOnce(&mut OktaOptions)) {
        change(&mut self.state().options);
    }

    /// Sets the stand-in's clock forward, so that codes, tokens and grace periods run out.
    pub fn advance_clock(&self, by: Duration) {
        self.state().clock_ahead += by;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where it is.
impl StandInOkta {
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Such as `http://localhost:34567`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    #[must_use]
    pub fn org_issuer(&self) -> String {
        AuthorizationServer::Org.issuer(&self.base_url)
    }

    /// Of the custom authorization server `default`.
    #[must_use]
    pub fn default_issuer(&self) -> String {
        self.issuer("default")
    }

    /// Of the custom authorization server of that id.
    #[must_use]
    pub fn issuer(&self, id: &str) -> String {
        AuthorizationServer::Custom(id.into()).issuer(&self.base_url)
    }
}

/// Its keys and tokens.
impl StandInOkta {
    /// A new key signs from now on; the old ones stay in the set.
    pub fn rotate_keys(&self) {
        self.state().keys.rotate();
    }

    /// Takes all but the current key out of the set.
    pub fn withdraw_old_keys(&self) {
        self.state().keys.withdraw_old();
    }

    #[must_use]
    pub fn current_kid(&self) -> String {
        self.state().keys.current().kid().into()
    }

    /// The JWK set as it is published.
    #[must_use]
    pub fn jwk_set(&self) -> Value {
        let state = self.state();
        state.keys.jwk_set(state.options.odd_keys)
    }

    /// Any JWT, signed with the current key and with its header.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let key = self.state().keys.current();
        jwt::sign(&key, &jwt::header(&key), claims)
    }

    /// The claims tampered with and signed like an ID token; `None` after `IdTokenTamper::Missing`.
    #[must_use]
    pub fn sign_tampered(&self, claims: &Value, tampers: &[IdTokenTamper]) -> Option<String> {
        let state = self.state();
        tamper::sign(&state.keys, tampers, claims.clone(), state.now().as_secs())
    }

    /// An access token without a sign-in, for tests of bearers. `None`: nobody has that nick.
    #[must_use]
    pub fn access_token(
        &self,
        server: &AuthorizationServer,
        client_id: &str,
        nick: &str,
        scopes: &[&str],
    ) -> Option<String> {
        let mut state = self.state();
        let person = state.options.people.iter().find(|person| person.nick == nick)?.clone();
        let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
        let now = state.now();
        let grant = Grant {
            server: server.clone(),
            client_id: client_id.into(),
            person_id: person.id.clone(),
            scopes: scopes.clone(),
            nonce: None,
            auth_time: now,
            acr: None,
            second_factor: false,
            created: now,
            ended: false,
        };
        state.grants.push(grant.clone());
        let index = state.grants.len() - 1;
        Some(token::issue_access_token(&mut state, index, &grant, &person, scopes))
    }

    /// Does this to every ID token until `clear_tampers`, after what was asked for before.
    pub fn tamper(&self, tamper: IdTokenTamper) {
        self.state().tampers.push(tamper);
    }

    pub fn clear_tampers(&self) {
        self.state().tampers.clear();
    }

    /// Ends Okta's own sessions with all browsers: the next sign-in shows the page again.
    pub fn end_sessions(&self) {
        self.state().sessions.clear();
    }

    /// Ends all grants: no refresh token and no access token works any more.
    pub fn revoke_all_tokens(&self) {
        for grant in &mut self.state().grants {
            grant.ended = true;
        }
    }
}

/// Its misbehaviour.
impl StandInOkta {
    /// From now on, until `clear_faults`; after those that were asked for before.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault) {
        self.queue_fault(endpoint, fault, None);
    }

    /// For so many requests; after those that were asked for before.
    pub fn fault_times(&self, endpoint: Endpoint, fault: Fault, times: u64) {
        if times > 0 {
            self.queue_fault(endpoint, fault, Some(times));
        }
    }

    /// In place of all that were asked for, with no moment of honesty between them.
    pub fn fault_instead(&self, endpoint: Endpoint, fault: Fault) {
        let faults = &mut self.state().faults;
        faults.clear();
        faults.queue(endpoint, fault, None);
    }

    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    fn queue_fault(&self, endpoint: Endpoint, fault: Fault, times: Option<u64>) {
        self.state().faults.queue(endpoint, fault, times);
    }
}

/// What it has seen.
impl StandInOkta {
    /// How many requests came, of all authorization servers, those with a fault included.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        self.state().requests.get(&endpoint).copied().unwrap_or_default()
    }

    /// What the token endpoint was asked and how it answered; nothing of requests met by a fault instead.
    #[must_use]
    pub fn token_requests(&self) -> Vec<TokenRequest> {
        self.state().token_requests.clone()
    }

    /// How many refresh tokens still work.
    #[must_use]
    pub fn live_refresh_tokens(&self) -> usize {
        let state = self.state();
        let is_live =
            |token: &&state::RefreshToken| token.rotated.is_none() && !state.grants[token.grant].ended;
        state.refresh_tokens.values().filter(is_live).count()
    }

    /// How often a code was presented again after it had been redeemed.
    #[must_use]
    pub fn code_replays(&self) -> u64 {
        self.state().code_replays
    }

    /// Every code, access token, refresh token and ID token given out, and the clients' secrets: none of
    /// them may be in a log.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let state = self.state();
        let clients = state.options.clients.iter().filter_map(|client| match &client.auth {
            ClientAuth::Secret(secret) | ClientAuth::Basic(secret) | ClientAuth::Post(secret) => Some(secret),
            ClientAuth::PrivateKeyJwt(_) | ClientAuth::None => None,
        });
        state.issued.iter().chain(clients).cloned().collect()
    }
}
