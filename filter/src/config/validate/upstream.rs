//! `upstream`: headers that nobody else needs, each named once.

use std::ops::RangeInclusive;

use super::secret::secret;
use super::values::{Env, Result, claim_name, entries, entry_key, optional, or_default};
use super::{authentication, private_key};
use crate::config::error::ConfigError;
use crate::config::faults::{Faults, Part};
use crate::config::grammar::is_plain;
use crate::config::raw;
use crate::config::read::{Given, Map};
use crate::config::types::{JwtAudience, Token, Upstream, UpstreamAuthorization, UpstreamJwt};
use crate::web::header::{folded, is_token};
use crate::web::header_names;

const ACCESS_TOKEN_HEADER: &str = "x-auth-request-access-token";
const JWT_HEADER: &str = "x-vestibule-jwt";
/// Seconds.
const JWT_LIFETIME: u64 = 300;
/// Each is a signature, and none can be taken back. Seconds.
const JWT_LIFETIMES: RangeInclusive<u64> = 10..=3_600;

pub(super) fn upstream(raw: raw::Upstream, env: Env<'_>, faults: &Faults) -> Part<Upstream> {
    let mut taken = Taken { faults, headers: vec![] };
    let mut header = |name: &str, given: Option<Given<String>>, default: &str| {
        let given = optional(given, Ok)?.unwrap_or_else(|| default.to_owned());
        taken.header(&format!("upstream.{name}"), &given)
    };
    let user_header = header("user_header", raw.user_header, "x-auth-request-user");
    let email_header = header("email_header", raw.email_header, "x-auth-request-email");
    let groups_header = header("groups_header", raw.groups_header, "x-auth-request-groups");
    let preferred_username_header = header(
        "preferred_username_header",
        raw.preferred_username_header,
        "x-auth-request-preferred-username",
    );
    let access_token_header = or_default(raw.access_token).and_then(|is_wanted| {
        is_wanted.then(|| taken.header("upstream.access_token", ACCESS_TOKEN_HEADER)).transpose()
    });
    let claims = or_default(raw.claims).and_then(|raw| claims(raw, &mut taken));
    let tokens = or_default(raw.headers).and_then(|raw| tokens(raw, &mut taken));
    let jwt = optional(raw.jwt, |raw| jwt(raw, &mut taken, env));
    let authorization = optional(raw.authorization, Ok);
    Ok(Upstream {
        user_header: user_header?,
        email_header: email_header?,
        groups_header: groups_header?,
        preferred_username_header: preferred_username_header?,
        access_token_header: access_token_header?,
        authorization: match authorization? {
            None | Some(raw::Authorization::None) => UpstreamAuthorization::None,
            Some(raw::Authorization::IdToken) => UpstreamAuthorization::IdToken,
            Some(raw::Authorization::AccessToken) => UpstreamAuthorization::AccessToken,
        },
        claims: claims?,
        tokens: tokens?,
        jwt: jwt?,
        filter_state: or_default(raw.filter_state)?,
    })
}

/// Header and claim.
fn claims(raw: Map<String>, taken: &mut Taken<'_>) -> Part<Vec<(String, String)>> {
    let claim = |(given, claim): (String, Given<String>)| {
        let key = entry_key("upstream.claims", &given);
        let header = taken.header(&key, &given);
        let claim = claim.0.and_then(|claim| taken.faults.check(claim_name(&key, claim)));
        Ok((header?, claim?))
    };
    let claims: Vec<_> = raw.into_iter().map(claim).collect();
    claims.into_iter().collect()
}

/// Header and token.
fn tokens(raw: Map<raw::Token>, taken: &mut Taken<'_>) -> Part<Vec<(String, Token)>> {
    let token = |(given, token): (String, Given<raw::Token>)| {
        let header = taken.header(&entry_key("upstream.headers", &given), &given);
        let token = token.0.map(|token| match token {
            raw::Token::IdToken => Token::IdToken,
            raw::Token::AccessToken => Token::AccessToken,
        });
        Ok((header?, token?))
    };
    let tokens: Vec<_> = raw.into_iter().map(token).collect();
    tokens.into_iter().collect()
}

fn jwt(raw: raw::Jwt, taken: &mut Taken<'_>, env: Env<'_>) -> Part<UpstreamJwt> {
    let faults = taken.faults;
    let header = optional(raw.header, Ok)
        .and_then(|given| taken.header("upstream.jwt.header", given.as_deref().unwrap_or(JWT_HEADER)));
    let audience = optional(raw.audience, |text| faults.check(audience(text)));
    let lifetime = optional(raw.lifetime, |raw::DurationText(text)| {
        faults.check(authentication::seconds("upstream.jwt.lifetime", &text, JWT_LIFETIMES))
    });
    let on_p256 = |key: &str, source| {
        let resolved = secret(key, source, env, faults)?;
        faults.check(private_key::on_p256(&resolved))
    };
    let first = optional(raw.key, |source| on_p256("upstream.jwt.key", source));
    let others = or_default(raw.other_keys).and_then(|raw| {
        entries("upstream.jwt.other_keys", raw, on_p256).into_iter().collect::<Part<Vec<_>>>()
    });
    Ok(UpstreamJwt {
        header: header?,
        audience: audience?.unwrap_or(JwtAudience::Host),
        lifetime: lifetime?.unwrap_or(JWT_LIFETIME),
        key: first?,
        other_keys: others?,
    })
}

fn audience(text: String) -> Result<JwtAudience> {
    if text == "host" {
        return Ok(JwtAudience::Host);
    }
    if is_plain(&text) {
        return Ok(JwtAudience::Fixed(text));
    }
    Err(ConfigError::text("upstream.jwt.audience", &text, r#""host", or a name of those for whom it is"#))
}

/// The headers so far, each with its key, as applications read them.
struct Taken<'a> {
    faults: &'a Faults,
    headers: Vec<(String, String)>,
}

impl Taken<'_> {
    /// `given` in lower case.
    fn header(&mut self, key: &str, given: &str) -> Part<String> {
        let refuse = |accepted: &str| Err(self.faults.report(ConfigError::text(key, given, accepted)));
        let name = given.to_ascii_lowercase();
        if !is_token(&name) {
            return refuse(r#"the name of a header, such as "x-auth-request-user""#);
        }
        if header_names::is_refused(&name) {
            return refuse(
                r#"a header of its own, such as "x-auth-request-user": this one has a meaning already"#,
            );
        }
        let read = folded(&name);
        if let Some((_, other)) = self.headers.iter().find(|(taken, _)| *taken == read) {
            return refuse(&format!(
                r#"a header that no other key names ({other} does; what is no letter or digit counts as "-")"#
            ));
        }
        self.headers.push((read, key.to_owned()));
        Ok(name)
    }
}
