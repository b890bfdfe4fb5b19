//! API clients: a request with a bearer token, where a rule takes one, is judged by that token alone (RFC 6750).

use std::rc::Rc;

use super::incoming::Incoming;
use super::issuers::{TokenKeys, WhichIssuer};
use super::outcome::Outcome;
use super::parts::Parts;
use super::person;
use super::step::{Edits, Step};
use super::token_memory::{self, KnownToken, Remembered};
use super::told;
use crate::access::{Judgement, Need, Policy, Ruling, Token, TokenKind, TokenRefused, Verdict};
use crate::config::{Config, RevokedPerson};
use crate::inputs::{Inputs, Timestamp};
use crate::jose::JwsError;
use crate::oidc::VerifiedClaims;
use crate::oidc::access_token::{self, AccessTokenError, VerifiedToken};
use crate::page::{Challenge, Reason, Reply};
use crate::upstream::{Headers, PersonHeaders, Rule, TokenTexts, identity};

/// More is in no token that fits into a header. Bytes.
const MAX_TOKEN: usize = 16 * 1024;

/// The token that decides here, if the request carries one and the rule takes tokens.
pub(super) fn token<'r>(incoming: &Incoming<'r>, ruling: &Ruling<'_>) -> Option<&'r [u8]> {
    const SCHEME: &[u8] = b"bearer";
    let value = incoming.request.only("authorization").filter(|_| ruling.takes_tokens())?;
    let (scheme, token) = value.split_at_checked(SCHEME.len())?;
    // Without a token behind it, it is one that does not count.
    let is_bearer = scheme.eq_ignore_ascii_case(SCHEME) && token.first().is_none_or(|byte| *byte == b' ');
    is_bearer.then(|| token.trim_ascii())
}

/// Decides the request by its token.
pub(super) fn by_token(
    parts: &mut Parts,
    incoming: &Incoming<'_>,
    ruling: &Ruling<'_>,
    (token, mut edits): (&[u8], Edits),
    inputs: &mut Inputs<'_>,
) -> Outcome {
    let known = match verified(parts, ruling, token, inputs.now) {
        Ok(known) => known,
        Err(NotVerified::Wait(issuer, keys)) => return Outcome::WaitForTokenKeys(issuer, keys),
        Err(NotVerified::NotReady) => {
            return Reply::explain(Reason::ProviderNotReady, incoming.program()).into();
        }
        Err(NotVerified::Invalid(why)) => return invalid(incoming, ruling, &why),
    };
    let asked = Token {
        issuer: &known.issuer,
        audiences: &known.audiences,
        scopes: &known.scopes,
        groups: &known.groups,
        claims: &known.claims,
        kind: known.kind,
    };
    match ruling.check_token(&asked) {
        Ok(verdict) => {
            edits.tell(&known.headers.headers);
            edits.filter_state = known.headers.filter_state(Rule(verdict.rule));
            edits.tell(&parts.signed_header(incoming, &known.headers, &verdict, inputs));
            edits.tell(&tokens_upstream(parts, &known, token));
            Outcome::Step(Step::Forward(edits, verdict))
        }
        Err(refused @ (TokenRefused::Scopes | TokenRefused::Groups | TokenRefused::Claims)) => {
            lacks(incoming, ruling, refused, &known.headers)
        }
        Err(TokenRefused::Issuer) => invalid(incoming, ruling, "the token has another issuer"),
        Err(TokenRefused::Kind) => invalid(incoming, ruling, "the token is an ID token"),
        Err(TokenRefused::Audience) => invalid(incoming, ruling, "the token is for another audience"),
    }
}

/// Why a token was not verified.
enum NotVerified {
    /// Not yet.
    Wait(WhichIssuer, TokenKeys),
    /// Its issuer is away.
    NotReady,
    /// It does not count: for the operator's log.
    Invalid(String),
}

impl From<AccessTokenError> for NotVerified {
    fn from(error: AccessTokenError) -> Self {
        Self::Invalid(error.to_string())
    }
}

/// What is known of the token: remembered, or verified now.
fn verified(
    parts: &mut Parts,
    ruling: &Ruling<'_>,
    token: &[u8],
    now: Timestamp,
) -> Result<Rc<KnownToken>, NotVerified> {
    let hash = token_memory::hash(token);
    match parts.tokens.get(&hash, now) {
        Remembered::Holds(known) => return Ok(known),
        Remembered::Expired => return Err(AccessTokenError::Expired.into()),
        Remembered::Unknown => {}
    }
    let text = std::str::from_utf8(token).ok().filter(|text| text.len() <= MAX_TOKEN);
    let text = text.ok_or(AccessTokenError::Jws(JwsError::Malformed))?;
    let issuer = access_token::unverified_issuer(text).ok_or(AccessTokenError::Issuer)?;
    // Before its keys are looked for: nobody's keys are fetched for a token that cannot count here.
    let which = which(&parts.config, &issuer).filter(|_| ruling.takes_issuer(&issuer));
    let which = which.ok_or(AccessTokenError::Issuer)?;
    let config = Rc::clone(&parts.config);
    let discovery = parts.discovery_of(which).ok_or(NotVerified::NotReady)?;
    let Some(provider) = discovery.provider().cloned() else {
        let is_away = discovery.is_failing();
        return Err(if is_away { NotVerified::NotReady } else { NotVerified::Wait(which, TokenKeys::Any) });
    };
    let token = match access_token::verify(text, &issuer, &provider.keys, now) {
        Ok(token) => token,
        Err(AccessTokenError::Jws(error @ (JwsError::UnknownKey | JwsError::AmbiguousKey))) => {
            // The keys may have been rotated. Strangers can cause that, so it is seldom.
            let wanted = discovery.want_keys_for_a_token(now);
            let wait = wanted.map(|wanted| NotVerified::Wait(which, TokenKeys::Newer(wanted)));
            return Err(wait.unwrap_or_else(|| AccessTokenError::Jws(error).into()));
        }
        Err(error) => return Err(error.into()),
    };
    if is_revoked(&token, &config) {
        return Err(NotVerified::Invalid(
            "the token is from before session.not_before or session.revoked".to_owned(),
        ));
    }
    let known = known(token, which, &config, &parts.policy);
    Ok(parts.tokens.keep(hash, known))
}

fn which(config: &Config, issuer: &str) -> Option<WhichIssuer> {
    if config.provider.issuer.as_str() == issuer {
        return Some(WhichIssuer::First);
    }
    let further = config.issuers.iter().position(|other| other.provider.issuer.as_str() == issuer);
    further.map(WhichIssuer::Further)
}

fn known(token: VerifiedToken, which: WhichIssuer, config: &Config, policy: &Policy) -> KnownToken {
    let is_for_client = token.audiences.contains(&config.client.id);
    let kind = match (is_for_client, token.looks_like_id_token, which) {
        (false, false, _) => TokenKind::AccessToken,
        (true, _, WhichIssuer::First) if token.audiences.len() == 1 => TokenKind::OurIdToken,
        _ => TokenKind::OtherIdToken,
    };
    let VerifiedToken { sub, audiences, scopes, expires_at, claims, .. } = token;
    let issuer = match which {
        WhichIssuer::First => Some(&config.provider),
        WhichIssuer::Further(index) => config.issuers.get(index).map(|it| &it.provider),
    };
    let issuer = issuer.map(|it| it.issuer.as_str().to_owned()).unwrap_or_default();
    let verified = VerifiedClaims { sub, claims, acr: None, auth_time: None };
    let person = person::of(&verified, config, policy);
    let headers = PersonHeaders::of(&told::identity(&person, &issuer), &config.upstream);
    KnownToken {
        issuer,
        audiences,
        scopes,
        groups: person.groups,
        claims: person.named,
        kind,
        expires_at,
        headers,
    }
}

/// `iat` stands for the time of the sign-in; a person is named by `sub`, Okta's `uid` or the email.
fn is_revoked(token: &VerifiedToken, config: &Config) -> bool {
    let session = &config.session;
    let text = |name: &str| token.claims.get(name).and_then(serde_json::Value::as_str);
    let is_of = |who: &RevokedPerson| match who {
        RevokedPerson::Sub(sub) => token.sub == *sub || text("uid") == Some(sub),
        RevokedPerson::Email(email) => [text(&config.identity.email_claim), Some(token.sub.as_str())]
            .into_iter()
            .flatten()
            .any(|own| own.eq_ignore_ascii_case(email)),
    };
    session.not_before.is_some_and(|not_before| token.issued_at < not_before)
        || session.revoked.iter().any(|one| token.issued_at < one.before && is_of(&one.who))
}

/// Where the application is promised a token, it is the one that came.
fn tokens_upstream(parts: &Parts, known: &KnownToken, token: &[u8]) -> Headers {
    if !parts.wanted_tokens.any() {
        return vec![];
    }
    let text = Some(String::from_utf8_lossy(token).into_owned());
    let texts = match known.kind {
        TokenKind::AccessToken => TokenTexts { id_token: None, access_token: text },
        TokenKind::OurIdToken | TokenKind::OtherIdToken => TokenTexts { id_token: text, access_token: None },
    };
    identity::of_tokens(&texts, &parts.config.upstream)
}

/// RFC 6750 §3.1: 401, whatever session there is beside it.
fn invalid(incoming: &Incoming<'_>, ruling: &Ruling<'_>, why: &str) -> Outcome {
    let challenge = Challenge { error: Some("invalid_token"), ..challenge(ruling) };
    let reply = Reply::explain(Reason::BearerInvalid, incoming.program()).with_detail(why);
    let outcome: Outcome = reply.with_challenge(challenge).into();
    outcome.by(Verdict { rule: ruling.rule(), judgement: Judgement::NotSignedIn })
}

/// RFC 6750 §3.1: 403.
fn lacks(
    incoming: &Incoming<'_>,
    ruling: &Ruling<'_>,
    refused: TokenRefused,
    person: &PersonHeaders,
) -> Outcome {
    let need = match refused {
        TokenRefused::Groups => Need::Groups,
        TokenRefused::Claims => Need::Claims,
        _ => Need::Scopes,
    };
    let scopes = ruling.told_to_clients().map(|bearer| bearer.scopes.join(" ")).filter(|all| !all.is_empty());
    let challenge = Challenge { error: Some("insufficient_scope"), scope: scopes, ..challenge(ruling) };
    let reply = Reply::explain(Reason::InsufficientScope, incoming.program()).with_challenge(challenge);
    let outcome: Outcome = reply.into();
    let verdict = Verdict { rule: ruling.rule(), judgement: Judgement::Missing(vec![need]) };
    outcome.about(person, &verdict).by(verdict)
}

/// What every 401 of a rule that takes tokens says.
pub(super) fn challenge(ruling: &Ruling<'_>) -> Challenge {
    let metadata = ruling.told_to_clients().and_then(|bearer| bearer.resource_metadata.as_ref());
    Challenge { resource_metadata: metadata.map(|url| url.as_str().to_owned()), ..Challenge::default() }
}
