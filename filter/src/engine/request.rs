//! A request that is not one of the filter's own endpoints: who may pass, and with which headers.

use std::rc::Rc;

use super::freshness::{Freshness, Patience};
use super::incoming::{self, Incoming};
use super::step::{Edits, HeaderEdit, Pending, Push, Query, Redemption, Repeated, Request, State, Step};
use super::{Engine, Inputs, Opened, acts_on, sign_out, told};
use crate::access::{Allows, Asked, Who};
use crate::config::{AmbiguousPath, Unauthenticated};
use crate::inputs::Timestamp;
use crate::page::{Audience, Button, LocalReply, Reason};
use crate::session::fit::{self, Kept, NeededTokens, TooLarge};
use crate::session::refresh::RefreshKey;
use crate::session::{CookieJar, Purpose, Scope, Session, Tokens, cookie};
use crate::upstream::{WantedTokens, identity};
use crate::web::host;

impl Engine {
    pub(super) fn decide(&mut self, request: Request, patience: Patience, inputs: &mut Inputs<'_>) -> Step {
        match self.outcome(&request, patience, inputs) {
            Outcome::Step(Step::Reply(reply)) if is_at_callback(&request) => {
                Step::reply(reply.hiding_query())
            }
            Outcome::Step(step) => step,
            Outcome::Undecided(query) => Step::Park(Pending(State::Undecided(request, query))),
            Outcome::Push(login, cookies, call) => {
                Step::Call(call, Pending(State::Push(Push { request, login, cookies }, Repeated::No)))
            }
            Outcome::Refreshing(key) => Step::Park(Pending(State::Refreshing(request, key))),
            Outcome::Redeem(login, call) => {
                let ours = CookieJar::parse(request.all("cookie")).names_of_ours(&self.scopes);
                let request = request.for_its_end(ours);
                Step::Call(call, Pending(State::Code(Redemption { request, login })))
            }
        }
    }

    fn outcome(&mut self, request: &Request, patience: Patience, inputs: &mut Inputs<'_>) -> Outcome {
        let audience = incoming::audience(request);
        let refuse = |reason| LocalReply::explain(reason, audience, &[]).into();
        // Outside `hosts` the filter does nothing at all, so the host comes before everything else.
        let acts = match incoming::parse_authority(request) {
            Ok(authority) => acts_on(self.config.hosts.as_deref(), authority.host()),
            Err(reason) => return refuse(reason),
        };
        if !acts {
            return Outcome::Step(Step::Ignore);
        }
        let incoming = match Incoming::parse(request) {
            Ok(incoming) => incoming,
            Err(reason) => return refuse(reason),
        };
        if !self.config.session.cookie.secure && !host::is_loopback(incoming.host()) {
            return refuse(Reason::HostNotLoopback);
        }
        if let Some(endpoint) = self.endpoint(&incoming.path) {
            return self.at_endpoint(endpoint, &incoming, inputs);
        }
        let refused = incoming.path.begins_with_two_slashes()
            || match self.config.paths.ambiguous {
                AmbiguousPath::Refuse => incoming.path.is_ambiguous(),
                AmbiguousPath::Allow => incoming.path.has_parent_segment(),
            };
        if refused && self.policy.names_paths_on(incoming.host()) {
            return refuse(Reason::PathAmbiguous);
        }
        self.by_rule(&incoming, patience, inputs)
    }

    fn by_rule(&mut self, incoming: &Incoming<'_>, patience: Patience, inputs: &mut Inputs<'_>) -> Outcome {
        let policy = Rc::clone(&self.policy);
        let ruling =
            policy.rule_for(&Asked { host: incoming.host(), path: &incoming.path, method: incoming.method });
        let jar = incoming.jar();
        let scopes = Rc::clone(&self.scopes);
        let scope = incoming.scope(&scopes);
        let mut edits = self.stripped(incoming.request, &jar);
        match ruling.allows() {
            Allows::Public => return Outcome::Step(Step::Forward(edits)),
            Allows::Nobody => {
                return LocalReply::explain(Reason::Closed, incoming.audience(), &[]).into();
            }
            Allows::Optional | Allows::SignedIn(_) => {}
        }
        let Some(opened) = self.session(&jar, &scope, inputs.now) else {
            return if ruling.judge(None).permits() {
                Outcome::Step(Step::Forward(edits))
            } else {
                self.not_signed_in(incoming, ruling.unauthenticated(), inputs)
            };
        };
        // Groups may have changed at the provider, so the rules are asked after the refresh.
        let (opened, newer_tokens) = match self.freshness(&opened, &jar, &scope, patience, inputs.now) {
            Freshness::AsItIs => (opened, None),
            Freshness::Renewed(session, tokens) => (Rc::new(self.opened(session)), Some(tokens)),
            Freshness::Wait(key) => return Outcome::Refreshing(key),
            Freshness::Ended => {
                let cookies = sign_out::expired_cookies(&scope, &jar);
                return if ruling.judge(None).permits() {
                    Outcome::Step(Step::Forward(edits))
                } else {
                    self.not_signed_in(incoming, ruling.unauthenticated(), inputs).with_cookies(cookies)
                };
            }
        };
        let person = &opened.session.person;
        let who = Who { email: person.usable_email(), groups: &person.groups };
        if !ruling.judge(Some(&who)).permits() {
            return self.not_permitted(incoming).into();
        }
        let tokens = match &newer_tokens {
            Some(tokens) => Some(Rc::clone(tokens)),
            None if self.wanted_tokens.any() => self.tokens(&opened.session, &jar, &scope),
            None => None,
        };
        self.add_identity(&mut edits, &opened, tokens.as_deref(), inputs.now);
        match newer_tokens {
            Some(tokens) => self.hand_over(&mut edits, &opened.session, &tokens, &jar, &scope, inputs),
            None => self.keep_alive(&mut edits, &opened, &jar, &scope, inputs),
        }
        Outcome::Step(Step::Forward(edits))
    }

    /// Law 3: identity headers from outside go, whatever their case or number, and so do our own cookies.
    fn stripped(&self, request: &Request, jar: &CookieJar<'_>) -> Edits {
        let mut edits = Edits::default();
        let forged = request.headers().map(|(name, _)| name).filter(|name| self.removal.is_forged(name));
        edits.request.extend(forged.map(|name| HeaderEdit::Remove(name.to_owned())));
        if let Some(others) = jar.without_ours(&self.scopes) {
            let name = "cookie".to_owned();
            edits.request.push(if others.is_empty() {
                HeaderEdit::Remove(name)
            } else {
                HeaderEdit::Set(name, others)
            });
        }
        edits
    }

    /// The session of the request: of several cookies the newest that opens and counts.
    pub(super) fn session(
        &mut self,
        jar: &CookieJar<'_>,
        scope: &Scope<'_>,
        now: Timestamp,
    ) -> Option<Rc<Opened>> {
        let owner = scope.owner();
        let config = &self.config;
        let sealer = &self.sealer;
        let sessions = &mut self.sessions;
        jar.assembled(scope.session_cookie())
            .iter()
            .filter_map(|text| {
                sessions.get_or_open(owner.scope, text, || {
                    let session = Session::from_bytes(&sealer.open(Purpose::Session, &owner, text)?)?;
                    let headers = identity::of_person(&told::identity(&session.person), &config.upstream);
                    Some(Opened { session, headers })
                })
            })
            .filter(|opened| opened.session.is_alive(now, &config.session))
            .max_by_key(|opened| opened.session.sealed_at())
    }

    /// The tokens of a session, from the cookies beside it.
    pub(super) fn tokens(
        &mut self,
        session: &Session,
        jar: &CookieJar<'_>,
        scope: &Scope<'_>,
    ) -> Option<Rc<Tokens>> {
        let owner = scope.owner();
        let sealer = &self.sealer;
        let tokens = &mut self.tokens;
        jar.assembled(scope.tokens_cookie())
            .iter()
            .filter_map(|text| {
                tokens.get_or_open(owner.scope, text, || {
                    Tokens::from_bytes(&sealer.open(Purpose::Tokens, &owner, text)?)
                })
            })
            .find(|tokens| tokens.session == session.id)
    }

    fn add_identity(&self, edits: &mut Edits, opened: &Opened, tokens: Option<&Tokens>, now: Timestamp) {
        let set = |(name, value): (String, String)| HeaderEdit::Set(name, value.into_bytes());
        edits.request.extend(opened.headers.iter().cloned().map(set));
        if let Some(tokens) = tokens {
            let texts = told::token_texts(tokens, self.wanted_tokens, now);
            let headers = identity::of_tokens(texts, &self.config.upstream);
            edits.request.extend(headers.into_iter().map(set));
        }
    }

    /// As much of a session and its tokens as a browser can keep.
    pub(super) fn fit(&self, session: Session, tokens: Tokens) -> Result<Kept, TooLarge> {
        let WantedTokens { id_token, access_token } = self.wanted_tokens;
        let needed = NeededTokens { id_token, access_token };
        fit::fit(session, tokens, needed, |group| self.policy.names_group(group))
    }

    /// Gives the browser what a refresh has brought, by cookies on the application's response.
    fn hand_over(
        &self,
        edits: &mut Edits,
        session: &Session,
        tokens: &Tokens,
        jar: &CookieJar<'_>,
        scope: &Scope<'_>,
        inputs: &mut Inputs<'_>,
    ) {
        // Without randomness, or where the new is too large, the old cookies go on as long as they can.
        let kept = self.fit(session.clone(), tokens.clone()).ok();
        let cookies = kept.and_then(|kept| self.all_cookies(&kept, jar, scope, inputs));
        edits.set_cookies(cookies.unwrap_or_default());
    }

    /// Lets the idle timeout begin anew, by a cookie on the application's response.
    fn keep_alive(
        &self,
        edits: &mut Edits,
        opened: &Opened,
        jar: &CookieJar<'_>,
        scope: &Scope<'_>,
        inputs: &mut Inputs<'_>,
    ) {
        let session = &opened.session;
        if !session.wants_resealing(inputs.now, &self.config.session) {
            return;
        }
        // Without randomness the old cookie goes on as long as it can.
        let cookies = self.session_cookies(&session.resealed(inputs.now), jar, scope, inputs);
        edits.set_cookies(cookies.unwrap_or_default());
    }

    /// `Set-Cookie` values that keep a session and its tokens; `None` without randomness.
    pub(super) fn all_cookies(
        &self,
        kept: &Kept,
        jar: &CookieJar<'_>,
        scope: &Scope<'_>,
        inputs: &mut Inputs<'_>,
    ) -> Option<Vec<String>> {
        let Kept { session, tokens } = kept;
        let mut cookies = self.session_cookies(session, jar, scope, inputs)?;
        if tokens.is_empty() {
            cookies.extend(cookie::expire_chunked(scope.tokens_cookie(), scope, jar));
        } else {
            let mut tag = [0; 3];
            inputs.entropy.fill(&mut tag).ok()?;
            let plain = tokens.to_bytes();
            let sealed = self.sealer.seal(Purpose::Tokens, &scope.owner(), &plain, inputs.entropy).ok()?;
            let max_age = session.expires_at(&self.config.session).since(inputs.now);
            cookies.extend(cookie::set_chunked(scope.tokens_cookie(), &sealed, tag, scope, max_age, jar)?);
        }
        Some(cookies)
    }

    /// `Set-Cookie` values that keep `session` until its end.
    pub(super) fn session_cookies(
        &self,
        session: &Session,
        jar: &CookieJar<'_>,
        scope: &Scope<'_>,
        inputs: &mut Inputs<'_>,
    ) -> Option<Vec<String>> {
        let plain = session.to_bytes();
        let sealed = self.sealer.seal(Purpose::Session, &scope.owner(), &plain, inputs.entropy).ok()?;
        let mut tag = [0; 3];
        inputs.entropy.fill(&mut tag).ok()?;
        let max_age = session.expires_at(&self.config.session).since(inputs.now);
        cookie::set_chunked(scope.session_cookie(), &sealed, tag, scope, max_age, jar)
    }

    fn not_signed_in(
        &mut self,
        incoming: &Incoming<'_>,
        unauthenticated: Unauthenticated,
        inputs: &mut Inputs<'_>,
    ) -> Outcome {
        if incoming.may_start_sign_in(unauthenticated) {
            let here = incoming.request.only(":path").unwrap_or_default();
            // One that is too long even to be looked at loses its query first, as in its cookie.
            let path = here.split(|byte| *byte == b'?').next().unwrap_or_default();
            let original_url = [here, path]
                .into_iter()
                .find_map(|url| incoming.safe_redirect(url, &self.config, &[]))
                .unwrap_or_else(|| "/".to_owned());
            return self.start_sign_in(incoming, original_url, inputs);
        }
        // Law 7: what is no navigation gets JSON, also where a person's form sent it.
        let navigates = incoming.may_start_sign_in(Unauthenticated::Auto);
        let audience = if navigates { Audience::Person } else { Audience::Program };
        LocalReply::explain(Reason::NotSignedIn, audience, &[self.sign_in_button("/")]).into()
    }

    fn not_permitted(&self, incoming: &Incoming<'_>) -> LocalReply {
        let sign_out = format!("{}/sign_out", self.config.paths.prefix);
        let button = Button { label: "Sign out", href: sign_out };
        LocalReply::explain(Reason::NotPermitted, incoming.audience(), &[button])
    }
}

/// What a request leads to, before the request itself is moved into it.
pub(super) enum Outcome {
    Step(Step),
    /// Wait until the provider is ready, then decide anew.
    Undecided(Query),
    /// The authorization request of this sign-in, whose cookies these are, is to be pushed.
    Push(crate::session::PendingLogin, Vec<String>, crate::oidc::HttpCall),
    /// Wait until the access token has been renewed, then decide anew.
    Refreshing(RefreshKey),
    /// The code of this sign-in is to be redeemed.
    Redeem(crate::session::PendingLogin, crate::oidc::HttpCall),
}

impl Outcome {
    /// Cookies for the browser, where there is an answer that can carry them.
    fn with_cookies(self, cookies: Vec<String>) -> Self {
        match self {
            Self::Step(Step::Reply(reply)) => reply.with_cookies(cookies).into(),
            other => other,
        }
    }
}

impl From<LocalReply> for Outcome {
    fn from(reply: LocalReply) -> Self {
        Self::Step(Step::reply(reply))
    }
}

/// Whether the query may hold a code, also where the request is refused: then it must not be logged.
fn is_at_callback(request: &Request) -> bool {
    request.all(":path").any(|path| {
        path.split(|byte| matches!(byte, b'?' | b'#')).next().is_some_and(|path| path.ends_with(b"/callback"))
    })
}
