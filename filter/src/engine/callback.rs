//! The way back: authorization response, token, ID token, userinfo, session. A callback never starts a new
//! sign-in by itself, so there is nothing in it that could loop.

use std::rc::Rc;

use minicbor::bytes::ByteArray;

use super::incoming::Incoming;
use super::ready::Provider;
use super::request::Outcome;
use super::step::{Pending, Query, Redemption, Repeated, State, Step};
use super::{Engine, Inputs, person};
use crate::config::SameSite;
use crate::oidc::authorization_response::{AuthorizationResponse, CodeOrError};
use crate::oidc::id_token::{Expected, Nonce};
use crate::oidc::token::{self, TokenError, TokenResponse};
use crate::oidc::{Answer, IdToken, IdTokenError, VerifiedClaims, userinfo};
use crate::page::{Audience, LocalReply, Reason};
use crate::session::session::Renewal;
use crate::session::{CookieJar, PendingLogin, Scope, Session, Tokens};

impl Engine {
    pub(super) fn callback(&mut self, incoming: &Incoming<'_>, inputs: &mut Inputs<'_>) -> Outcome {
        let query = incoming.path.query().unwrap_or_default();
        let Ok(response) = AuthorizationResponse::parse(query) else {
            return self.failed(Reason::ResponseInvalid).into();
        };
        let scopes = Rc::clone(&self.scopes);
        let scope = incoming.scope(&scopes);
        let jar = incoming.jar();
        // Law 4: the state is compared before anything else is believed.
        let Some(login) = PendingLogin::find(&response.state, &self.sealer, &scope, &jar, inputs.now) else {
            return self.unknown_sign_in(&jar, &scope, inputs).into();
        };
        let Some(provider) = self.discovery.provider().cloned() else {
            return self.wait(incoming, Query::HoldsCode);
        };
        let end = [login.expire_cookie(&scope)];
        if !response.is_from(self.config.provider.issuer.as_str(), provider.metadata.iss_parameter_supported)
        {
            return self.failed(Reason::ResponseIssuer).with_cookies(end).into();
        }
        match response.code_or_error {
            CodeOrError::Error(error) => self.denied(&error).with_cookies(end).into(),
            CodeOrError::Code(code) => {
                // Asked before an assertion is signed. Nothing is burned: the same URL works a moment later.
                if inputs.room.take().is_none() {
                    let reply = LocalReply::explain(Reason::Overloaded, Audience::Person, &[]);
                    return reply.hiding_query().into();
                }
                let redeemed = token::redeem_code(
                    &provider.relying_party(&self.config),
                    &code,
                    &self.redirect_uri(incoming),
                    &login.code_verifier(),
                    inputs,
                );
                match redeemed {
                    Ok(call) => Outcome::Redeem(login, call),
                    Err(_) => self.failed(Reason::NoEntropy).with_cookies(end).into(),
                }
            }
        }
    }

    pub(super) fn on_token_answer(
        &mut self,
        redemption: Redemption,
        answer: &Answer,
        inputs: &mut Inputs<'_>,
    ) -> Step {
        match TokenResponse::read(answer, inputs.now) {
            Ok(tokens) => self.on_tokens(redemption, tokens, MayFetchKeys::Yes, inputs),
            Err(error) => self.no_tokens(&redemption, &error),
        }
    }

    fn no_tokens(&self, redemption: &Redemption, error: &TokenError) -> Step {
        let reason = match error {
            TokenError::Refused { .. } => Reason::TokenRefused,
            TokenError::RateLimited => Reason::TokenUnreachable,
            TokenError::Missing(_) => Reason::TokenInvalid,
            TokenError::Answer(error) => match error {
                crate::oidc::http_call::AnswerError::Nothing
                | crate::oidc::http_call::AnswerError::Status(500..) => Reason::TokenUnreachable,
                _ => Reason::TokenInvalid,
            },
        };
        self.ended(redemption, self.failed(reason).with_detail(error.to_string()))
    }

    /// After a fetch of the keys, whatever came of it.
    pub(super) fn on_keys_fetched(
        &mut self,
        redemption: Redemption,
        tokens: TokenResponse,
        fetches: u64,
        inputs: &mut Inputs<'_>,
    ) -> Step {
        if self.discovery.key_fetches() == fetches {
            return Step::Park(Pending(State::Keys(redemption, tokens, fetches)));
        }
        self.on_tokens(redemption, tokens, MayFetchKeys::No, inputs)
    }

    fn on_tokens(
        &mut self,
        redemption: Redemption,
        tokens: TokenResponse,
        may_fetch_keys: MayFetchKeys,
        inputs: &mut Inputs<'_>,
    ) -> Step {
        let id_token = match tokens.require_id_token() {
            Ok(id_token) => id_token,
            Err(error) => return self.no_tokens(&redemption, &error),
        };
        let Some(provider) = self.discovery.provider().cloned() else {
            return self.ended(&redemption, self.failed(Reason::Internal));
        };
        let expected = Expected {
            issuer: self.config.provider.issuer.as_str(),
            client_id: &self.config.client.id,
            nonce: Nonce::Is(&redemption.login.nonce()),
            access_token: &tokens.access_token,
            now: inputs.now,
        };
        match id_token.verify(&provider.keys, &expected) {
            Ok(verified) => self.on_verified(redemption, tokens, verified, &provider, inputs),
            // The keys may have been rotated: one fetch, by the root context, for everybody who waits.
            Err(IdTokenError::UnknownKey)
                if may_fetch_keys == MayFetchKeys::Yes && self.discovery.want_keys(inputs.now) =>
            {
                let fetches = self.discovery.key_fetches();
                Step::Park(Pending(State::Keys(redemption, tokens, fetches)))
            }
            Err(error) => {
                let page = self.failed(Reason::IdTokenInvalid).with_detail(error.to_string());
                self.ended(&redemption, page)
            }
        }
    }

    fn on_verified(
        &mut self,
        redemption: Redemption,
        tokens: TokenResponse,
        verified: VerifiedClaims,
        provider: &Provider,
        inputs: &mut Inputs<'_>,
    ) -> Step {
        match &provider.metadata.userinfo_endpoint {
            Some(endpoint) if person::lacks_claims(&verified.claims, &self.config, &self.policy) => {
                let call =
                    userinfo::call(&provider.relying_party(&self.config), endpoint, &tokens.access_token);
                Step::Call(call, Pending(State::Userinfo(redemption, tokens, verified, Repeated::No)))
            }
            _ => self.sign_in(&redemption, &tokens, &verified, inputs),
        }
    }

    pub(super) fn on_userinfo_answer(
        &mut self,
        redemption: Redemption,
        tokens: TokenResponse,
        mut verified: VerifiedClaims,
        repeated: Repeated,
        answer: &Answer,
        inputs: &mut Inputs<'_>,
    ) -> Step {
        if answer.looks_reset()
            && repeated == Repeated::No
            && let Some(provider) = self.discovery.provider()
            && let Some(endpoint) = &provider.metadata.userinfo_endpoint
        {
            let call = userinfo::call(&provider.relying_party(&self.config), endpoint, &tokens.access_token);
            return Step::Call(call, Pending(State::Userinfo(redemption, tokens, verified, Repeated::Yes)));
        }
        match userinfo::merge(&mut verified, answer) {
            Ok(()) => self.sign_in(&redemption, &tokens, &verified, inputs),
            Err(error) => {
                let page = self.failed(Reason::UserinfoFailed).with_detail(error.to_string());
                self.ended(&redemption, page)
            }
        }
    }

    /// Everything holds: the session begins.
    fn sign_in(
        &mut self,
        redemption: &Redemption,
        tokens: &TokenResponse,
        verified: &VerifiedClaims,
        inputs: &mut Inputs<'_>,
    ) -> Step {
        let Ok(incoming) = Incoming::parse(&redemption.request) else {
            return self.ended(redemption, self.failed(Reason::Internal));
        };
        let scopes = Rc::clone(&self.scopes);
        let scope = incoming.scope(&scopes);
        let nonce = redemption.login.nonce();
        let cookies = match self.begin_session(tokens, verified, &nonce, &incoming.jar(), &scope, inputs) {
            Ok(cookies) => cookies,
            Err(reason) => return self.ended(redemption, self.failed(reason)),
        };
        let original_url = redemption.login.original_url.clone();
        let lacks_refresh_token = self.config.session.refresh && tokens.refresh_token.is_none();
        let reply = match self.config.session.cookie.same_site {
            // The browser would not send the new cookie along with a redirect that began at the provider.
            SameSite::Strict => LocalReply::onward(&original_url, Reason::SignedIn),
            SameSite::Lax | SameSite::None => LocalReply::redirect(original_url, Reason::SignedIn),
        };
        let reply = if lacks_refresh_token {
            // OIDC Core §11: many providers give one only after a consent that was asked for.
            reply.with_detail(
                "no refresh token came, so nothing is renewed; some want authorization_params: {prompt: consent}",
            )
        } else {
            reply
        };
        self.ended(redemption, reply.with_cookies(cookies))
    }

    /// The cookies of a new session, or the reason why there can be none.
    fn begin_session(
        &self,
        tokens: &TokenResponse,
        verified: &VerifiedClaims,
        nonce: &str,
        jar: &CookieJar<'_>,
        scope: &Scope<'_>,
        inputs: &mut Inputs<'_>,
    ) -> Result<Vec<String>, Reason> {
        let mut id = [0; 16];
        let mut jitter = [0];
        inputs.entropy.fill(&mut id).map_err(|_| Reason::NoEntropy)?;
        inputs.entropy.fill(&mut jitter).map_err(|_| Reason::NoEntropy)?;
        let [jitter] = jitter;
        let id = ByteArray::from(id);
        let person = person::of(verified, &self.config);
        let ends_at = tokens.access_token_expires_at;
        let session = Session::begin(id, person, inputs.now, &self.config.session);
        let kept = Tokens::new(
            id,
            tokens.id_token.as_ref().map(IdToken::as_str),
            Some(&tokens.access_token),
            ends_at,
        );
        let (session, kept) = match &tokens.refresh_token {
            Some(refresh_token) if self.config.session.refresh => (
                session.with_renewal(Some(Renewal::plan(inputs.now, ends_at, jitter))),
                kept.renewable(refresh_token, nonce),
            ),
            _ => (session, kept),
        };
        let kept = self.fit(session, kept).map_err(|_| Reason::SessionTooLarge)?;
        self.all_cookies(&kept, jar, scope, inputs).ok_or(Reason::NoEntropy)
    }

    /// No sign-in of this browser: perhaps the page was reloaded, and the person is signed in by now.
    fn unknown_sign_in(&mut self, jar: &CookieJar<'_>, scope: &Scope<'_>, inputs: &Inputs<'_>) -> LocalReply {
        if self.session(jar, scope, inputs.now).is_some() {
            return LocalReply::redirect("/".to_owned(), Reason::SignedIn).hiding_query();
        }
        self.failed(Reason::SignInUnknown)
    }

    fn denied(&self, error: &str) -> LocalReply {
        let reason = match error {
            "access_denied" | "user_canceled_request" | "unmet_authentication_requirements" => {
                Reason::ProviderDenied
            }
            _ => Reason::ProviderError,
        };
        let detail = token::plain_code(error).unwrap_or_else(|| "an error code of odd characters".to_owned());
        self.failed(reason).with_detail(detail)
    }

    /// A page that ends a sign-in, with a button that begins another.
    fn failed(&self, reason: Reason) -> LocalReply {
        LocalReply::explain(reason, Audience::Person, &[self.sign_in_button("/")]).hiding_query()
    }

    /// Too many at once, or the keys did not come in time.
    pub(super) fn out_of_time(&self, redemption: &Redemption) -> Step {
        let page = self.failed(Reason::TokenUnreachable).with_detail("the sign-in took too long here");
        self.ended(redemption, page)
    }

    /// The answer to a callback: its state cookie has served.
    fn ended(&self, redemption: &Redemption, reply: LocalReply) -> Step {
        let reply = match Incoming::parse(&redemption.request) {
            Ok(incoming) => {
                reply.with_cookies([redemption.login.expire_cookie(&incoming.scope(&self.scopes))])
            }
            Err(_) => reply,
        };
        Step::reply(reply.hiding_query())
    }
}

/// Whether an unknown `kid` may make for a fetch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MayFetchKeys {
    Yes,
    No,
}
