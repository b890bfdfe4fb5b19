//! The headers that tell the application who is signed in.

use std::fmt;
use std::rc::Rc;

use crate::config::{Token, Upstream, UpstreamAuthorization};

/// Names, in lower case, and values of headers for the application. They are made once for many requests.
pub type Headers = Vec<(Rc<str>, Rc<[u8]>)>;

/// Names and values for Envoy's filter state, where each name has `wasm.` before it.
pub type FilterState = Vec<(&'static str, Rc<[u8]>)>;

const STATE_USER: &str = "vestibule_user";
const STATE_GROUPS: &str = "vestibule_groups";
const STATE_RULE: &str = "vestibule_rule";

/// Which rule decided: its place in `access`; `None`: no rule matched, and a sign-in is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule(pub Option<usize>);

/// `access[3]` or `default`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(place) => write!(f, "access[{place}]"),
            None => f.write_str("default"),
        }
    }
}

/// Who is signed in, as far as the application may be told.
#[derive(Clone, Debug, Default)]
pub struct Identity<'a> {
    /// Who says all of this: the issuer of the ID token or of the access token.
    pub issuer: &'a str,
    /// Unique at the issuer (OIDC Core §2).
    pub sub: &'a str,
    /// The value of the configured user claim.
    pub user: Option<&'a str>,
    /// Only where it counts as verified.
    pub email: Option<&'a str>,
    /// What the person likes to be called by.
    pub preferred_username: Option<&'a str>,
    /// `None` where some were left out: a list that is not whole would be a lie.
    pub groups: Option<&'a [String]>,
    /// Names and values of other claims.
    pub claims: Vec<(&'a str, &'a str)>,
}

/// The tokens that the session still has; those that are not wanted may be left out.
#[derive(Clone, Default)]
pub struct TokenTexts {
    /// Of the sign-in or of the last refresh, in compact serialization.
    pub id_token: Option<String>,
    /// Only where it has not run out.
    pub access_token: Option<String>,
}

crate::redacted::redacted!(TokenTexts);

/// Which tokens the application gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedTokens {
    /// As `authorization`, or in a header of its own.
    pub id_token: bool,
    /// As `authorization`, or in a header of its own.
    pub access_token: bool,
}

/// The headers that say who is signed in. A value that a header cannot carry faithfully is left out.
#[must_use]
pub fn of_person(person: &Identity<'_>, upstream: &Upstream) -> Headers {
    let groups = person.groups.and_then(joined);
    let fixed = [
        (&upstream.user_header, person.user),
        (&upstream.email_header, person.email),
        (&upstream.preferred_username_header, person.preferred_username),
        (&upstream.groups_header, groups.as_deref()),
    ];
    let others = upstream.claims.iter().map(|(header, claim)| {
        let other = person.claims.iter().find(|(name, _)| name == claim);
        (header, other.map(|(_, value)| *value))
    });
    fixed.into_iter().chain(others).filter_map(|(name, value)| header(name, value?)).collect()
}

/// What Envoy's filter state has of a person: the values of `x-auth-request-user` and `-groups`, under names of its own.
/// They end up in access logs, where a line break would begin another line. Both are there, empty where there is nothing to
/// say, so that no other filter's word is taken for ours.
#[must_use]
pub fn filter_state(person: Option<&Identity<'_>>) -> FilterState {
    let user = person.and_then(|person| person.user).filter(|user| is_faithful(user)).map(str::to_owned);
    let groups = person.and_then(|person| person.groups).and_then(joined);
    let values = [(STATE_USER, user), (STATE_GROUPS, groups)];
    values.into_iter().map(|(name, value)| (name, value.unwrap_or_default().into_bytes().into())).collect()
}

/// And of the rule.
#[must_use]
pub fn rule_state(rule: Rule) -> (&'static str, Rc<[u8]>) {
    (STATE_RULE, rule.to_string().into_bytes().into())
}

/// The headers that carry tokens, where the application wants them.
#[must_use]
pub fn of_tokens(tokens: &TokenTexts, upstream: &Upstream) -> Headers {
    let TokenTexts { id_token, access_token } = tokens;
    let authorization = match upstream.authorization {
        UpstreamAuthorization::None => None,
        UpstreamAuthorization::IdToken => id_token.as_ref(),
        UpstreamAuthorization::AccessToken => access_token.as_ref(),
    };
    let bearer = authorization.and_then(|token| header("authorization", &format!("Bearer {token}")));
    let access_token_header = upstream.access_token_header.as_ref().map(|name| (name, Token::AccessToken));
    let plain =
        access_token_header.into_iter().chain(upstream.tokens.iter().map(|(name, token)| (name, *token)));
    let plain = plain.filter_map(|(name, token)| match token {
        Token::IdToken => header(name, id_token.as_ref()?),
        Token::AccessToken => header(name, access_token.as_ref()?),
    });
    bearer.into_iter().chain(plain).collect()
}

fn header(name: &str, value: &str) -> Option<(Rc<str>, Rc<[u8]>)> {
    is_faithful(value).then(|| (name.into(), value.as_bytes().into()))
}

impl WantedTokens {
    /// What the configuration promises the application.
    #[must_use]
    pub fn of(upstream: &Upstream) -> Self {
        let in_a_header = |wanted| upstream.tokens.iter().any(|(_, token)| *token == wanted);
        Self {
            id_token: upstream.authorization == UpstreamAuthorization::IdToken || in_a_header(Token::IdToken),
            access_token: upstream.access_token_header.is_some()
                || upstream.authorization == UpstreamAuthorization::AccessToken
                || in_a_header(Token::AccessToken),
        }
    }

    /// Whether there is any, so that the cookies of the tokens must be opened.
    #[must_use]
    pub fn any(self) -> bool {
        self.id_token || self.access_token
    }
}

/// By commas.
fn joined(groups: &[String]) -> Option<String> {
    let groups: Vec<_> = told_groups(groups).collect();
    (!groups.is_empty()).then(|| groups.join(","))
}

/// A group that has a comma itself would look like two.
pub(super) fn told_groups(groups: &[String]) -> impl Iterator<Item = &str> {
    groups.iter().map(String::as_str).filter(|group| !group.contains(',') && is_faithful(group))
}

/// Whether a header brings the value to the application unchanged: no control characters, and no white
/// space around it, which HTTP would drop (RFC 9110 §5.5).
fn is_faithful(value: &str) -> bool {
    !value.is_empty() && value.trim() == value && !value.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::testing;

    fn upstream() -> Upstream {
        Upstream {
            email_header: "x-email".to_owned(),
            groups_header: "x-groups".to_owned(),
            access_token_header: Some("x-token".to_owned()),
            authorization: UpstreamAuthorization::IdToken,
            tokens: vec![("x-id".to_owned(), Token::IdToken), ("x-access".to_owned(), Token::AccessToken)],
            ..testing::upstream()
        }
    }

    fn person(groups: &[String]) -> Identity<'_> {
        Identity {
            issuer: "https://op.example",
            sub: "00u1",
            user: Some("00u1"),
            email: Some("a@example.com"),
            preferred_username: None,
            groups: Some(groups),
            claims: vec![("department", "Zürich")],
        }
    }

    fn told(headers: &[(Rc<str>, Rc<[u8]>)], name: &str) -> Option<String> {
        let (_, value) = headers.iter().find(|(own, _)| **own == *name)?;
        Some(String::from_utf8(value.to_vec()).unwrap())
    }

    #[test]
    fn a_person_is_told_by_headers() {
        let groups = ["admin", "a,b", "finance"].map(str::to_owned);
        let headers = of_person(&person(&groups), &upstream());
        assert_eq!(told(&headers, "x-user").as_deref(), Some("00u1"));
        assert_eq!(told(&headers, "x-email").as_deref(), Some("a@example.com"));
        assert_eq!(told(&headers, "x-groups").as_deref(), Some("admin,finance"));
        assert_eq!(told(&headers, "x-team").as_deref(), Some("Zürich"));
        assert_eq!(told(&headers, "x-name"), None);
    }

    #[test]
    fn what_could_be_misread_is_left_out() {
        let odd = Identity {
            user: Some(" root"),
            email: None,
            preferred_username: Some("alice\r\nx-user: root"),
            groups: None,
            ..person(&[])
        };
        let headers = of_person(&odd, &upstream());
        for name in ["x-user", "x-email", "x-groups", "x-name"] {
            assert_eq!(told(&headers, name), None, "{name}");
        }
    }

    /// Filter state ends up in access logs.
    #[test]
    fn no_value_begins_a_new_line_of_a_log() {
        let groups = ["admin".to_owned(), "a\nb".to_owned()];
        let read = |person: Option<&Identity<'_>>| {
            let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
            let state = filter_state(person);
            state.iter().map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join(" ")
        };
        let named = |user| Identity { user: Some(user), ..person(&groups) };
        assert_eq!(read(Some(&named("00u1"))), "vestibule_user=00u1 vestibule_groups=admin");
        assert_eq!(
            read(Some(&named("00u1\r\n[2026] \"GET / HTTP/1.1\" 200"))),
            "vestibule_user= vestibule_groups=admin"
        );
        assert_eq!(read(None), "vestibule_user= vestibule_groups=");
        assert_eq!(rule_state(Rule(Some(3))), ("vestibule_rule", (*b"access[3]").into()));
        assert_eq!(rule_state(Rule(None)), ("vestibule_rule", (*b"default").into()));
    }

    #[test]
    fn tokens_go_where_they_are_wanted() {
        let tokens = TokenTexts { id_token: Some("id".to_owned()), access_token: Some("access".to_owned()) };
        let headers = of_tokens(&tokens, &upstream());
        assert_eq!(told(&headers, "authorization").as_deref(), Some("Bearer id"));
        assert_eq!(told(&headers, "x-token").as_deref(), Some("access"));
        assert_eq!(told(&headers, "x-id").as_deref(), Some("id"));
        assert_eq!(told(&headers, "x-access").as_deref(), Some("access"));
        let run_out = of_tokens(&TokenTexts { access_token: None, ..tokens }, &upstream());
        assert_eq!((told(&run_out, "x-token"), told(&run_out, "x-access")), (None, None));
        assert_eq!(told(&run_out, "x-id").as_deref(), Some("id"));
    }

    #[test]
    fn which_tokens_are_wanted() {
        let wanted = |access_token_header: Option<&str>, authorization, tokens: &[Token]| {
            let access_token_header = access_token_header.map(str::to_owned);
            let tokens = tokens.iter().map(|token| ("x".to_owned(), *token)).collect();
            let wanted =
                WantedTokens::of(&Upstream { access_token_header, authorization, tokens, ..upstream() });
            assert_eq!(wanted.any(), wanted.id_token || wanted.access_token);
            (wanted.id_token, wanted.access_token)
        };
        assert_eq!(wanted(None, UpstreamAuthorization::None, &[]), (false, false));
        assert_eq!(wanted(Some("x-token"), UpstreamAuthorization::None, &[]), (false, true));
        assert_eq!(wanted(None, UpstreamAuthorization::IdToken, &[]), (true, false));
        assert_eq!(wanted(None, UpstreamAuthorization::AccessToken, &[]), (false, true));
        assert_eq!(wanted(Some("x-token"), UpstreamAuthorization::IdToken, &[]), (true, true));
        assert_eq!(wanted(None, UpstreamAuthorization::None, &[Token::IdToken]), (true, false));
        assert_eq!(wanted(None, UpstreamAuthorization::None, &[Token::AccessToken]), (false, true));
    }
}
