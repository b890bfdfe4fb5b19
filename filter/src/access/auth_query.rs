//! What the query of `<prefix>/auth` asks of whoever is signed in, as oauth2-proxy reads it (v7, `authOnlyAuthorize`).

use super::requirement::{Who, domain_of};
use crate::web::host;

/// How the names of such parameters begin.
const PREFIX: &str = "allowed";

/// What `allowed_groups`, `allowed_emails` and `allowed_email_domains` name, each perhaps several times, and several with
/// commas between them. One of each is enough; one that names nothing asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthQuery {
    groups: Vec<String>,
    emails: Vec<String>,
    email_domains: Vec<String>,
}

/// A parameter whose name begins as those do, and is none of them: whoever wrote it meant to keep somebody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a parameter whose name begins with \"allowed\" is not known")]
pub struct UnknownParameter;

impl AuthQuery {
    /// Reads a query as a form (`application/x-www-form-urlencoded`). Other parameters are not looked at.
    ///
    /// # Errors
    /// [`UnknownParameter`], where its name differs in case only as well.
    pub fn parse(query: &[u8]) -> Result<Self, UnknownParameter> {
        let mut asked = Self::default();
        for (name, value) in url::form_urlencoded::parse(query) {
            let list = match &*name {
                "allowed_groups" => &mut asked.groups,
                "allowed_emails" => &mut asked.emails,
                "allowed_email_domains" => &mut asked.email_domains,
                other if begins_with_allowed(other) => return Err(UnknownParameter),
                _ => continue,
            };
            list.extend(value.split(',').filter(|one| !one.is_empty()).map(str::to_owned));
        }
        Ok(asked)
    }

    /// Whether `who` has all that is asked for. As in oauth2-proxy, case counts in groups, addresses and domains.
    #[must_use]
    pub fn permits(&self, who: &Who<'_>) -> bool {
        let Self { groups, emails, email_domains } = self;
        let domain = who.email.and_then(domain_of);
        (groups.is_empty() || groups.iter().any(|group| who.groups.contains(group)))
            && (emails.is_empty() || emails.iter().any(|email| who.email == Some(email)))
            && (email_domains.is_empty()
                || domain.is_some_and(|domain| email_domains.iter().any(|pattern| names(pattern, domain))))
    }
}

fn begins_with_allowed(name: &str) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// `example.com` is that domain; `.example.com` and `*.example.com` are that and all below it.
fn names(pattern: &str, domain: &str) -> bool {
    match pattern.strip_prefix("*.").or_else(|| pattern.strip_prefix('.')) {
        Some(parent) => host::is_within(domain, parent),
        None => domain == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(query: &str, email: Option<&str>, groups: &[&str]) -> bool {
        let groups: Vec<_> = groups.iter().map(|group| (*group).to_owned()).collect();
        AuthQuery::parse(query.as_bytes()).unwrap().permits(&Who { email, groups: &groups, ..Who::default() })
    }

    /// The cases of oauth2-proxy's own test of `allowed_groups`, and more.
    #[test]
    fn groups() {
        for (query, groups, expected) in [
            ("", &[][..], true),
            ("allowed_groups=a", &["a", "b"], true),
            ("allowed_groups=a", &["c"], false),
            ("allowed_groups=a", &[], false),
            ("allowed_groups=a,b", &["b", "c"], true),
            ("allowed_groups=a,b", &["c"], false),
            ("allowed_groups=a&allowed_groups=b", &["b"], true),
            ("allowed_groups=a&allowed_groups=b,c", &["d"], false),
            // One that names nothing asks for nothing.
            ("allowed_groups=", &[], true),
            ("allowed_groups", &[], true),
            ("allowed_groups=,,", &[], true),
            ("allowed_groups=,a", &["b"], false),
            ("allowed_groups=&allowed_groups=a", &["b"], false),
            // Decoded as a form; white space and case count.
            ("allowed_groups=role%3Aadmin%2Cb+c", &["b c"], true),
            ("allowed%5fgroups=a", &["b"], false),
            ("allowed_groups=a, b", &["b"], false),
            ("allowed_groups=A", &["a"], false),
            ("allowed_groups=%zz", &["a"], false),
            ("allowed_groups=a;b", &["a", "b"], false),
            // Other parameters are not looked at.
            ("rd=/x&groups=a&disallowed=a", &[], true),
        ] {
            assert_eq!(permits(query, None, groups), expected, "{query} {groups:?}");
        }
    }

    #[test]
    fn emails() {
        for (query, email, expected) in [
            ("allowed_emails=toto@example.com", Some("toto@example.com"), true),
            ("allowed_emails=tete@example.com", Some("toto@example.com"), false),
            ("allowed_emails=tete@example.com,tutu@example.com", Some("toto@example.com"), false),
            ("allowed_emails=tete@example.com,toto@example.com", Some("toto@example.com"), true),
            ("allowed_emails=toto%2Bx@example.com", Some("toto+x@example.com"), true),
            // In a form a plus is a blank.
            ("allowed_emails=toto+x@example.com", Some("toto+x@example.com"), false),
            ("allowed_emails=TOTO@example.com", Some("toto@example.com"), false),
            ("allowed_emails=toto@example.com", None, false),
            ("allowed_emails=", None, true),
        ] {
            assert_eq!(permits(query, email, &[]), expected, "{query} {email:?}");
        }
    }

    /// The cases of oauth2-proxy's own test of `allowed_email_domains`, and more.
    #[test]
    fn email_domains() {
        for (domains, email, expected) in [
            ("example.com", "toto@example.com", true),
            ("a.example.com", "toto@example.com", false),
            ("a.example.com,b.example.com", "toto@example.com", false),
            ("a.example.com,example.com", "toto@example.com", true),
            ("*.example.com", "toto@foo.example.com", true),
            ("*.a.example.com", "toto@example.com", false),
            ("*.a.example.com,*.b.example.com", "toto@example.com", false),
            ("a.b.c.example.com,*.c.example.com", "toto@c.example.com", true),
            (".example.com", "toto@example.com", true),
            (".example.com", "toto@a.b.example.com", true),
            (".example.com", "toto@evilexample.com", false),
            ("example.com", "toto@a.example.com", false),
            ("example.com", "toto@example.com.evil.test", false),
            ("example.com", "toto@evil.test@example.com", false),
            ("example.com", "example.com", false),
            ("example.com", "@example.com", false),
            ("EXAMPLE.com", "toto@example.com", false),
            // Nobody is named by these, as in oauth2-proxy.
            ("*", "toto@example.com", false),
            ("*.", "toto@example.com", false),
            (".", "toto@example.com.", false),
            ("", "toto@example.com", true),
        ] {
            let query = format!("allowed_email_domains={domains}");
            assert_eq!(permits(&query, Some(email), &[]), expected, "{domains} {email}");
        }
        assert!(!permits("allowed_email_domains=example.com", None, &[]));
    }

    #[test]
    fn each_of_them_counts() {
        let both = "allowed_groups=a&allowed_email_domains=example.com";
        assert!(permits(both, Some("toto@example.com"), &["a"]));
        assert!(!permits(both, Some("toto@example.com"), &["b"]));
        assert!(!permits(both, Some("toto@evil.test"), &["a"]));
        let emails = "allowed_emails=toto@example.com&allowed_email_domains=other.test";
        assert!(!permits(emails, Some("toto@example.com"), &[]));
    }

    #[test]
    fn what_might_be_meant_for_one_of_them_is_refused() {
        for query in [
            "allowed_group=a",
            "allowed_users=a",
            "allowed-groups=a",
            "allowed=a",
            "Allowed_Groups=a",
            "ALLOWED_EMAILS=",
            "allowed_groups%20=a",
            "allowed_groups[]=a",
            "allowed_groups=a&allowed_roles=b",
            "%61llowed_roles=b",
        ] {
            assert_eq!(AuthQuery::parse(query.as_bytes()), Err(UnknownParameter), "{query}");
        }
    }
}
