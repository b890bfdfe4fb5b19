//! `upstream`.

use super::{Result, claim_name, entry_key};
use crate::config::error::ConfigError;
use crate::config::raw;
use crate::config::types::{Upstream, UpstreamAuthorization};
use crate::web::header::{folded, is_token};

const ACCESS_TOKEN_HEADER: &str = "x-auth-request-access-token";

/// Headers that belong to HTTP, to Envoy, to other keys of this configuration, or that the filter removes or
/// reads.
const RESERVED: [&str; 24] = [
    "accept",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-original-url",
    "x-rewrite-url",
];

const RESERVED_PREFIXES: [&str; 5] = ["x-forwarded-", "x-envoy-", "sec-", "access-control-", "x-http-method"];

pub(super) fn upstream(raw: raw::Upstream) -> Result<Upstream> {
    let mut taken = Taken::default();
    let mut header = |name: &str, given: Option<String>, default: &str| {
        taken.header(&format!("upstream.{name}"), &given.unwrap_or_else(|| default.to_owned()))
    };
    let user_header = header("user_header", raw.user_header, "x-auth-request-user")?;
    let email_header = header("email_header", raw.email_header, "x-auth-request-email")?;
    let groups_header = header("groups_header", raw.groups_header, "x-auth-request-groups")?;
    let preferred_username_header = header(
        "preferred_username_header",
        raw.preferred_username_header,
        "x-auth-request-preferred-username",
    )?;
    let access_token_header = match raw.access_token {
        Some(true) => Some(taken.header("upstream.access_token", ACCESS_TOKEN_HEADER)?),
        _ => None,
    };
    let mut claims = Vec::new();
    for (given, claim) in raw.claims.unwrap_or_default() {
        let key = entry_key("upstream.claims", &given);
        let header = taken.header(&key, &given)?;
        claims.push((header, claim_name(&key, claim)?));
    }
    Ok(Upstream {
        user_header,
        email_header,
        groups_header,
        preferred_username_header,
        access_token_header,
        authorization: match raw.authorization {
            None | Some(raw::Authorization::None) => UpstreamAuthorization::None,
            Some(raw::Authorization::IdToken) => UpstreamAuthorization::IdToken,
            Some(raw::Authorization::AccessToken) => UpstreamAuthorization::AccessToken,
        },
        claims,
    })
}

/// The headers so far, each with its key, as applications read them.
#[derive(Default)]
struct Taken(Vec<(String, String)>);

impl Taken {
    /// `given` in lower case.
    fn header(&mut self, key: &str, given: &str) -> Result<String> {
        let name = given.to_ascii_lowercase();
        if !is_token(&name) {
            let accepted = r#"the name of a header, such as "x-auth-request-user""#;
            return Err(ConfigError::text(key, given, accepted));
        }
        let read = folded(&name);
        let is_reserved = RESERVED.contains(&read.as_str())
            || RESERVED_PREFIXES.iter().any(|prefix| read.starts_with(prefix));
        if is_reserved {
            let accepted =
                r#"a header of its own, such as "x-auth-request-user": this one has a meaning already"#;
            return Err(ConfigError::text(key, given, accepted));
        }
        if let Some((_, other)) = self.0.iter().find(|(taken, _)| *taken == read) {
            let accepted = format!(r#"a header that no other key names ({other} does; "_" counts as "-")"#);
            return Err(ConfigError::text(key, given, accepted));
        }
        self.0.push((read, key.to_owned()));
        Ok(name)
    }
}
