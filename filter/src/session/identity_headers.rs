//! The headers that tell the application who is signed in.

use super::session::PersonClaims;
use super::tokens::Tokens;
use crate::config::{Upstream, UpstreamAuthorization};
use crate::inputs::Timestamp;

/// Names, in lower case, and values. A value that a header cannot carry faithfully is left out.
#[must_use]
pub fn of_person(person: &PersonClaims, upstream: &Upstream) -> Vec<(String, String)> {
    let groups = groups(person);
    let fixed = [
        (&upstream.user_header, person.user.as_deref()),
        (&upstream.email_header, person.usable_email()),
        (&upstream.preferred_username_header, person.preferred_username.as_deref()),
        (&upstream.groups_header, groups.as_deref()),
    ];
    let others = upstream.claims.iter().map(|(header, claim)| {
        let other = person.others.iter().find(|other| other.name == *claim);
        (header, other.map(|other| other.value.as_str()))
    });
    fixed
        .into_iter()
        .chain(others)
        .filter_map(|(header, value)| {
            Some((header.clone(), value.filter(|value| is_faithful(value))?.to_owned()))
        })
        .collect()
}

/// The headers that carry tokens, where the application wants them.
#[must_use]
pub fn of_tokens(tokens: &Tokens, upstream: &Upstream, now: Timestamp) -> Vec<(String, String)> {
    let access_token = tokens.access_token(now);
    let authorization = match upstream.authorization {
        UpstreamAuthorization::None => None,
        UpstreamAuthorization::IdToken => tokens.id_token(),
        UpstreamAuthorization::AccessToken => access_token.clone(),
    };
    let bearer = authorization.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
    let plain = upstream.access_token_header.clone().zip(access_token);
    bearer.into_iter().chain(plain).filter(|(_, value)| is_faithful(value)).collect()
}

/// Whether any header needs the tokens, so that their cookies must be opened.
#[must_use]
pub fn need_tokens(upstream: &Upstream) -> bool {
    upstream.access_token_header.is_some() || upstream.authorization != UpstreamAuthorization::None
}

/// Joined by commas; a group that has one itself would look like two.
fn groups(person: &PersonClaims) -> Option<String> {
    let groups: Vec<_> = person
        .groups
        .iter()
        .map(String::as_str)
        .filter(|group| !group.contains(',') && is_faithful(group))
        .collect();
    (person.groups_complete && !groups.is_empty()).then(|| groups.join(","))
}

/// Whether a header brings the value to the application unchanged: no control characters, and no white
/// space around it, which HTTP would drop (RFC 9110 §5.5).
fn is_faithful(value: &str) -> bool {
    !value.is_empty() && value.trim() == value && !value.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::super::session::OtherClaim;
    use super::*;

    fn upstream() -> Upstream {
        Upstream {
            user_header: "x-user".to_owned(),
            email_header: "x-email".to_owned(),
            groups_header: "x-groups".to_owned(),
            preferred_username_header: "x-name".to_owned(),
            access_token_header: Some("x-token".to_owned()),
            authorization: UpstreamAuthorization::IdToken,
            claims: vec![("x-team".to_owned(), "department".to_owned())],
        }
    }

    fn person() -> PersonClaims {
        PersonClaims {
            sub: "00u1".to_owned(),
            user: Some("00u1".to_owned()),
            email: Some("a@example.com".to_owned()),
            email_counts: true,
            groups: vec!["admin".to_owned(), "a,b".to_owned(), "finance".to_owned()],
            groups_complete: true,
            others: vec![OtherClaim { name: "department".to_owned(), value: "Zürich".to_owned() }],
            ..PersonClaims::default()
        }
    }

    fn header(headers: &[(String, String)], name: &str) -> Option<String> {
        headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }

    #[test]
    fn a_person_is_told_by_headers() {
        let headers = of_person(&person(), &upstream());
        assert_eq!(header(&headers, "x-user").as_deref(), Some("00u1"));
        assert_eq!(header(&headers, "x-email").as_deref(), Some("a@example.com"));
        assert_eq!(header(&headers, "x-groups").as_deref(), Some("admin,finance"));
        assert_eq!(header(&headers, "x-team").as_deref(), Some("Zürich"));
        assert_eq!(header(&headers, "x-name"), None);
    }

    #[test]
    fn what_could_be_misread_is_left_out() {
        let mut odd = person();
        odd.email_counts = false;
        odd.groups_complete = false;
        odd.preferred_username = Some("alice\r\nx-user: root".to_owned());
        odd.user = Some(" root".to_owned());
        let headers = of_person(&odd, &upstream());
        for name in ["x-user", "x-email", "x-groups", "x-name"] {
            assert_eq!(header(&headers, name), None, "{name}");
        }
    }

    #[test]
    fn tokens_go_where_they_are_wanted() {
        let tokens = Tokens::new([0; 16].into(), Some("id"), Some("access"), Some(Timestamp(10)));
        let headers = of_tokens(&tokens, &upstream(), Timestamp(5));
        assert_eq!(header(&headers, "authorization").as_deref(), Some("Bearer id"));
        assert_eq!(header(&headers, "x-token").as_deref(), Some("access"));
        assert_eq!(header(&of_tokens(&tokens, &upstream(), Timestamp(10)), "x-token"), None);
    }
}
