//! Which names are about who may enter: what such a name says must not be lost without a word.

use super::options;

/// Options that let only some people in.
const CONDITIONS: [&str; 18] = [
    "email-domain",
    "authenticated-emails-file",
    "allowed-group",
    "allowed-role",
    "keycloak-group",
    "google-group",
    "gitlab-group",
    "gitlab-project",
    "entra-id-allowed-tenant",
    "azure-tenant",
    "github-org",
    "github-team",
    "github-repo",
    "github-user",
    "bitbucket-team",
    "bitbucket-workspace",
    "bitbucket-repository",
    "htpasswd-user-group",
];

/// Words of which a name is made that limits who may enter. Without the `s` of several.
const WORDS: [&str; 24] = [
    "acl",
    "allow",
    "allowed",
    "deny",
    "denied",
    "domain",
    "email",
    "group",
    "mail",
    "member",
    "org",
    "organization",
    "organisation",
    "permitted",
    "project",
    "repo",
    "repository",
    "require",
    "required",
    "restrict",
    "restricted",
    "role",
    "team",
    "tenant",
];

/// Whoever has one of these speaks of browsers: where they are sent, and what they hold.
const OF_BROWSERS: [&str; 3] = ["cookie", "whitelist", "redirect"];

/// Whether a name that is not known seems to say who may enter: a misspelt option, or one of another version.
pub(crate) fn is_like_one(name: &str) -> bool {
    if let Some(meant) = options::meant_by(name) {
        return CONDITIONS.contains(&meant.name);
    }
    let words = words(name);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&WORDS) && !has(&OF_BROWSERS)
}

/// `OAUTH2_PROXY_ALLOWED_GROUPS`, `allowed-groups` and `allowedGroups` are `allowed` and `group`.
fn words(name: &str) -> Vec<String> {
    let name = name.strip_prefix(options::PREFIX).unwrap_or(name);
    let mut spaced = String::new();
    let mut last = ' ';
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && (last.is_ascii_lowercase() || last.is_ascii_digit()) {
            spaced.push(' ');
        }
        spaced.push(if letter.is_ascii_alphanumeric() { letter } else { ' ' });
        last = letter;
    }
    let word = |word: &str| {
        let word = word.to_ascii_lowercase();
        word.strip_suffix('s').map(str::to_owned).unwrap_or(word)
    };
    spaced.split_whitespace().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_like_a_condition() {
        for name in [
            "OAUTH2_PROXY_ALLOWED_USERS",
            "OAUTH2_PROXY_EMAIL_DOMAIN",
            "OAUTH2_PROXY_GITLAB_GROUP",
            "allowed_groups_x",
            "allowedGroups",
            "requiredRoles",
            "restrict-to-team",
        ] {
            assert!(is_like_one(name), "{name}");
        }
        for name in [
            "OAUTH2_PROXY_COOKIE_DOMAIN",
            "OAUTH2_PROXY_WHITELIST_DOMAIN",
            "OAUTH2_PROXY_SET_AUTHORIZATION-HEADER",
            "response_headers",
            "oidcIssuerURL",
            "provider",
            "redirect_domains",
        ] {
            assert!(!is_like_one(name), "{name}");
        }
    }

    #[test]
    fn conditions_are_options() {
        assert!(CONDITIONS.iter().all(|name| options::by_flag(name).is_some()));
    }
}
