//! What the machines share: the configuration in the forms in which it is used, and what this worker remembers. The
//! machines are functions over it and live in files of their own; nothing here decides.

use std::rc::Rc;

use super::discovery::Discovery;
use super::exchange::Terms;
use super::incoming::Incoming;
use super::issuers::{Issuers, WhichIssuer};
use super::links::Links;
use super::person::NeededClaims;
use super::redeemed::Redeemed;
use super::refresh_memory::RefreshMemory;
use super::revocation_memory::RevocationMemory;
use super::roll_call::RollCall;
use super::token_memory::TokenMemory;
use super::told;
use crate::access::{Policy, Verdict};
use crate::config::{self, Config, PersonInLog, RedirectDomain, RedirectHost, RedirectPort};
use crate::inputs::{Inputs, Timestamp};
use crate::page::Pages;
use crate::session::fit::{self, Kept, TooLarge};
use crate::session::session::PersonClaims;
use crate::session::{Browser, Session, TokenSet, Tokens, Vault, vault};
use crate::upstream::{Headers, PersonHeaders, Place, Removal, Rule, Signer, WantedTokens, identity};
use crate::web::host::longest_domain;

/// A session that was opened, with the headers that tell the application who it is.
pub(super) type Opened = vault::Opened<PersonHeaders>;

/// The tokens of a session that were opened, with the headers that bring them to the application.
pub(super) type OpenedTokens = vault::OpenedTokens<TokenHeaders>;

#[derive(Debug)]
pub(super) struct TokenHeaders {
    id_token: Headers,
    /// Only as long as it has not run out.
    access_token: Headers,
}

/// One configuration at work in one worker.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) config: Rc<Config>,
    pub(super) policy: Rc<Policy>,
    pub(super) removal: Removal,
    pub(super) wanted_tokens: WantedTokens,
    pub(super) needed_claims: NeededClaims,
    pub(super) links: Links,
    /// What people see.
    pub(super) pages: Rc<Pages>,
    /// Where `?rd=` may lead beside the own host.
    redirect_domains: Vec<RedirectDomain>,
    pub(super) vault: Vault<PersonHeaders, TokenHeaders>,
    /// Where the application gets a signed header.
    pub(super) signer: Option<Signer>,
    pub(super) discovery: Discovery,
    pub(super) issuers: Issuers,
    /// Of API clients.
    pub(super) tokens: TokenMemory,
    pub(super) refreshes: RefreshMemory,
    pub(super) redeemed: Redeemed,
    pub(super) revocations: RevocationMemory,
    pub(super) roll_call: RollCall,
}

impl Parts {
    /// `None` where no keys can be derived, which a validated configuration rules out.
    pub(super) fn new(config: Config) -> Option<Self> {
        let config = Rc::new(config);
        let policy = Policy::compile(&config.access);
        Some(Self {
            removal: Removal::new(&config.upstream),
            wanted_tokens: WantedTokens::of(&config.upstream),
            needed_claims: NeededClaims::of(&config, &policy),
            links: Links::new(&config.paths.prefix),
            pages: Rc::new(Pages::new(&config.pages)),
            redirect_domains: redirect_domains(&config),
            vault: Vault::new(Rc::clone(&config))?,
            signer: match &config.upstream.jwt {
                Some(jwt) => Some(Signer::new(jwt, &config)?),
                None => None,
            },
            discovery: Discovery::default(),
            issuers: Issuers::new(&config),
            tokens: TokenMemory::default(),
            refreshes: RefreshMemory::default(),
            redeemed: Redeemed::default(),
            revocations: RevocationMemory::default(),
            roll_call: RollCall::default(),
            policy: Rc::new(policy),
            config,
        })
    }

    /// Who the browser says is signed in, with the headers of that: see [`super::whole_session`].
    pub(super) fn identity(&mut self, browser: &Browser<'_>, now: Timestamp) -> Option<Rc<Opened>> {
        let (upstream, issuer) = (&self.config.upstream, self.config.provider.issuer.as_str());
        self.vault.session(browser, now, |session| {
            let headers = PersonHeaders::of(&told::identity(&session.person, issuer), upstream);
            let further = headers.further_size();
            (headers, further)
        })
    }

    /// The filter's own word of a person for this request, where the application wants it. It does not fail: if it did, the
    /// application would be told nothing, and so believe nothing.
    pub(super) fn signed_header(
        &self,
        incoming: &Incoming<'_>,
        person: &PersonHeaders,
        verdict: &Verdict,
        inputs: &mut Inputs<'_>,
    ) -> Option<(Rc<str>, Rc<[u8]>)> {
        let (signer, word) = (self.signer.as_ref()?, person.word.as_ref()?);
        let origin = incoming.origin(&self.config);
        let place = Place { origin: &origin, host: incoming.host(), rule: Rule(verdict.rule) };
        signer.header(word, &place, inputs.now, inputs.entropy).ok()
    }

    /// A session that a refresh has brought, with its headers.
    pub(super) fn opened(&self, session: Session) -> Opened {
        let issuer = self.config.provider.issuer.as_str();
        let attached = PersonHeaders::of(&told::identity(&session.person, issuer), &self.config.upstream);
        // What a refresh brings is sealed by the first.
        Opened { session, attached, key: 0 }
    }

    /// The tokens of a session, with their headers.
    pub(super) fn tokens(&mut self, session: &Session, browser: &Browser<'_>) -> Option<Rc<OpenedTokens>> {
        let (wanted, upstream) = (self.wanted_tokens, &self.config.upstream);
        self.vault.tokens(session, browser, |tokens| TokenHeaders::of(tokens, wanted, upstream))
    }

    /// Tokens that a refresh has brought, with their headers.
    pub(super) fn opened_tokens(&self, tokens: Tokens) -> OpenedTokens {
        let attached = TokenHeaders::of(&tokens, self.wanted_tokens, &self.config.upstream);
        OpenedTokens { tokens: Rc::new(tokens), attached }
    }

    /// As much of a session and its tokens as a browser can keep.
    pub(super) fn fit(&self, session: Session, tokens: Tokens) -> Result<Kept, TooLarge> {
        fit::fit(session, tokens, self.promised_tokens(), |group| self.policy.names_group(group))
    }

    /// Those that the application is to get.
    pub(super) fn promised_tokens(&self) -> TokenSet {
        let WantedTokens { id_token, access_token } = self.wanted_tokens;
        TokenSet { id_token, access_token }
    }

    /// How the log names a person, if it may.
    pub(super) fn in_log(&self, person: &PersonClaims) -> Option<String> {
        match self.config.person_in_log {
            PersonInLog::Nobody => None,
            PersonInLog::Sub => Some(person.sub.clone()),
            PersonInLog::Email => person.email.clone(),
        }
    }

    /// What is known of an issuer.
    pub(super) fn known_discovery_of(&self, issuer: WhichIssuer) -> Option<&Discovery> {
        match issuer {
            WhichIssuer::First => Some(&self.discovery),
            WhichIssuer::Further(index) => self.issuers.get(index),
        }
    }

    /// The same, to ask for more.
    pub(super) fn discovery_of(&mut self, issuer: WhichIssuer) -> Option<&mut Discovery> {
        match issuer {
            WhichIssuer::First => Some(&mut self.discovery),
            WhichIssuer::Further(index) => self.issuers.get_mut(index),
        }
    }

    /// What an exchange of tokens may reach for.
    pub(super) fn terms(&mut self, now: Timestamp) -> Terms<'_> {
        let Self { config, needed_claims: needed, discovery, .. } = self;
        Terms { config, needed, discovery, now }
    }

    /// Where `?rd=` leads, if it may.
    pub(super) fn wanted_redirect(&self, incoming: &Incoming<'_>) -> Option<String> {
        let wanted = incoming.query_parameter("rd")?;
        self.safe_redirect(incoming, wanted.as_bytes())
    }

    /// What of `target` is a safe place to go to, here or in an allowed domain.
    pub(super) fn safe_redirect(&self, incoming: &Incoming<'_>, target: &[u8]) -> Option<String> {
        incoming.safe_redirect(target, &self.config, &self.redirect_domains)
    }
}

impl TokenHeaders {
    fn of(tokens: &Tokens, wanted: WantedTokens, upstream: &config::Upstream) -> Self {
        let told = |wanted| identity::of_tokens(&told::token_texts(tokens, wanted), upstream);
        Self {
            id_token: told(WantedTokens { access_token: false, ..wanted }),
            access_token: told(WantedTokens { id_token: false, ..wanted }),
        }
    }
}

/// What the application gets of them now.
pub(super) fn headers_of(
    opened: &OpenedTokens,
    now: Timestamp,
) -> impl Iterator<Item = &(Rc<str>, Rc<[u8]>)> {
    let access_token = opened.tokens.has_access_token(now).then_some(&opened.attached.access_token);
    opened.attached.id_token.iter().chain(access_token.into_iter().flatten())
}

/// The configured ones; and where one host signs people in for all below a cookie domain, that domain, whose
/// every host gets the session cookie anyway.
fn redirect_domains(config: &Config) -> Vec<RedirectDomain> {
    let mut domains = config.paths.allowed_redirect_domains.clone();
    if let Some(redirect_uri) = &config.paths.redirect_uri
        && let Some(domain) = longest_domain(&config.session.cookie.domains, redirect_uri.host())
    {
        let host = RedirectHost::Domain(domain.to_owned());
        // Cookies know no ports.
        domains.push(RedirectDomain { host, port: RedirectPort::Any });
    }
    domains
}
