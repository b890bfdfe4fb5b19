//! All options of oauth2-proxy 7, and what becomes of those that need no thought.

/// What an option is called and what becomes of it.
pub(crate) struct Known {
    /// Of the flag.
    pub(crate) name: &'static str,
    /// In the configuration file and, in capitals, in the environment, where it is not the flag's with underscores.
    pub(crate) plural: Option<&'static str>,
    /// Further names there, which it also reads.
    pub(crate) also: &'static [&'static str],
    pub(crate) is_list: bool,
    pub(crate) fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The plan looks at it.
    Planned,
    /// Whatever it says, nothing is missing without it.
    NotNeeded,
    /// It is lost, and this is what to do.
    /// In the words of no kind: [`super::words::Words::fill`].
    Lost(&'static str),
}

use Fate::{Lost, NotNeeded, Planned};

const PAGES: &str = "the pages are the filter's own";
const HTPASSWD: &str = "there is no sign-in by password: people sign in with the provider";
const BACKENDS: &str =
    "no requests go through oauth2-proxy any more: the route leads to the application itself";
const GITHUB: &str = "an option of a provider that is no OpenID Provider";

const fn text(name: &'static str, fate: Fate) -> Known {
    Known { name, plural: None, also: &[], is_list: false, fate }
}

const fn list(name: &'static str, plural: &'static str, fate: Fate) -> Known {
    Known { name, plural: Some(plural), also: &[], is_list: true, fate }
}

#[rustfmt::skip]
pub(crate) const OPTIONS: &[Known] = &[
    // Who signs people in.
    text("provider", Planned),
    text("provider-display-name", NotNeeded),
    text("oidc-issuer-url", Planned),
    text("azure-tenant", Planned),
    text("azure-graph-group-field", Lost("Microsoft Graph is not asked: name the groups in require.groups as the ID token has them, which are IDs unless the app registration says otherwise")),
    text("entra-id-federated-token-auth", Lost("the client authenticates with a secret or a private key: client.secret, client.private_key")),
    list("entra-id-allowed-tenant", "entra_id_allowed_tenants", Lost("which tenants may enter is for the provider's own registration, or for require.claims on tid")),
    text("skip-oidc-discovery", Planned),
    text("login-url", Planned),
    text("redeem-url", Planned),
    text("profile-url", Planned),
    text("oidc-jwks-url", Planned),
    text("validate-url", NotNeeded),
    text("backend-logout-url", Planned),
    text("auth-request-response-mode", NotNeeded),
    list("provider-ca-file", "provider_ca_files", Lost("the certificate is checked by Envoy: put the authority into {authority}")),
    text("use-system-trust-store", NotNeeded),
    text("ssl-insecure-skip-verify", Planned),
    text("insecure-oidc-skip-issuer-verification", Lost("the issuer of an ID token is always compared")),
    text("insecure-oidc-skip-nonce", NotNeeded),
    text("client-id", Planned),
    text("client-secret", Planned),
    text("client-secret-file", Planned),
    text("scope", Planned),
    text("prompt", Planned),
    text("approval-prompt", NotNeeded),
    text("acr-values", Planned),
    text("resource", Planned),
    text("code-challenge-method", NotNeeded),
    text("force-code-challenge-method", NotNeeded),
    text("login-url-parameters", Planned),
    list("oidc-extra-audience", "oidc_extra_audiences", Planned),
    list("oidc-audience-claim", "oidc_audience_claims", Lost("the audience is always in aud")),
    list("oidc-public-key-file", "oidc_public_key_files", Lost("keys are fetched from the provider")),
    list("oidc-enabled-signing-alg", "oidc_enabled_signing_algs", NotNeeded),
    text("jwt-key", Lost("login.gov's own way to authenticate: client.private_key with auth_method private_key_jwt")),
    text("jwt-key-file", Lost("login.gov's own way to authenticate: client.private_key with auth_method private_key_jwt")),
    text("pubjwk-url", NotNeeded),
    // Who somebody is.
    text("oidc-email-claim", Planned),
    text("oidc-groups-claim", Planned),
    text("user-id-claim", Planned),
    text("prefer-email-to-user", Planned),
    text("insecure-oidc-allow-unverified-email", Planned),
    text("skip-claims-from-profile-url", NotNeeded),
    // Who may enter.
    list("email-domain", "email_domains", Planned),
    text("authenticated-emails-file", Planned),
    list("allowed-group", "allowed_groups", Planned),
    list("allowed-role", "allowed_roles", Planned),
    list("skip-auth-route", "skip_auth_routes", Planned),
    list("skip-auth-regex", "skip_auth_regex", Planned),
    text("skip-auth-preflight", Planned),
    list("api-route", "api_routes", Planned),
    list("trusted-ip", "trusted_ips", Planned),
    text("skip-jwt-bearer-tokens", Planned),
    list("extra-jwt-issuers", "extra_jwt_issuers", Planned),
    text("bearer-token-login-fallback", Planned),
    text("force-json-errors", Lost("navigations are redirected, everything else gets 401 as JSON: unauthenticated: status in a rule gives 401 to all")),
    text("htpasswd-file", Lost(HTPASSWD)),
    list("htpasswd-user-group", "htpasswd_user_groups", Lost(HTPASSWD)),
    text("display-htpasswd-form", NotNeeded),
    list("google-group", "google_groups", Lost("Google's ID tokens have no groups: require emails or email_domains, or another provider")).also(&["google_group"]),
    text("google-admin-email", Lost("Google's directory is not asked")),
    text("google-service-account-json", Lost("Google's directory is not asked")),
    text("google-use-application-default-credentials", NotNeeded),
    text("google-target-principal", NotNeeded),
    text("google-use-organization-id", Lost("Google's directory is not asked: the claim hd of an ID token can be required, require.claims: {hd: [example.com]}")),
    text("google-admin-api-user-scope", NotNeeded),
    list("gitlab-group", "gitlab_groups", Lost("require.groups with the claim that holds GitLab's groups: identity.groups_claim")),
    list("gitlab-project", "gitlab_projects", Lost("access to a project is not asked for: require.groups instead")),
    text("github-org", Lost(GITHUB)), text("github-team", Lost(GITHUB)), text("github-repo", Lost(GITHUB)),
    text("github-token", Lost(GITHUB)), list("github-user", "github_users", Lost(GITHUB)),
    text("bitbucket-team", Lost(GITHUB)), text("bitbucket-workspace", Lost(GITHUB)), text("bitbucket-repository", Lost(GITHUB)),
    list("keycloak-group", "keycloak_groups", Planned),
    // What the browser holds.
    text("cookie-name", NotNeeded),
    text("cookie-secret", Planned),
    text("cookie-secret-file", Planned),
    list("cookie-domain", "cookie_domains", Planned),
    text("cookie-path", Planned),
    text("cookie-expire", Planned),
    text("cookie-refresh", Planned),
    text("cookie-secure", Planned),
    text("cookie-httponly", Planned),
    text("cookie-samesite", Planned),
    text("cookie-csrf-per-request", NotNeeded), text("cookie-csrf-expire", NotNeeded),
    text("cookie-csrf-per-request-limit", NotNeeded), text("cookie-csrf-samesite", NotNeeded),
    text("session-store-type", NotNeeded), text("session-cookie-minimal", NotNeeded),
    text("redis-connection-url", NotNeeded), text("redis-username", NotNeeded), text("redis-password", NotNeeded),
    text("redis-use-sentinel", NotNeeded), text("redis-use-cluster", NotNeeded), text("redis-sentinel-password", NotNeeded),
    text("redis-sentinel-master-name", NotNeeded), text("redis-ca-path", NotNeeded),
    text("redis-insecure-skip-tls-verify", NotNeeded), text("redis-connection-idle-timeout", NotNeeded),
    list("redis-sentinel-connection-urls", "redis_sentinel_connection_urls", NotNeeded),
    list("redis-cluster-connection-urls", "redis_cluster_connection_urls", NotNeeded),
    // Its own paths, and where a browser may be sent.
    text("proxy-prefix", Planned),
    text("redirect-url", Planned),
    text("relative-redirect-url", NotNeeded),
    list("whitelist-domain", "whitelist_domains", Planned),
    text("ping-path", Planned), text("ping-user-agent", NotNeeded), text("ready-path", Planned),
    text("encode-state", NotNeeded), text("skip-provider-button", NotNeeded),
    text("custom-templates-dir", Lost(PAGES)), text("custom-sign-in-logo", Lost(PAGES)),
    text("banner", Lost(PAGES)), text("footer", Lost(PAGES)), text("show-debug-on-error", NotNeeded),
    // What the application gets.
    text("set-xauthrequest", Planned), text("set-authorization-header", Planned), text("pass-authorization-header", Planned),
    text("pass-access-token", Planned), text("pass-user-headers", Planned),
    text("set-basic-auth", Lost("no password is made up for the application: it reads the identity headers")),
    text("pass-basic-auth", NotNeeded),
    text("basic-auth-password", Lost("no password is made up for the application: it reads the identity headers")),
    text("skip-auth-strip-headers", Planned),
    text("pass-host-header", NotNeeded), text("proxy-websockets", NotNeeded),
    list("upstream", "upstreams", Planned),
    text("ssl-upstream-insecure-skip-verify", Lost(BACKENDS)), text("upstream-timeout", Lost(BACKENDS)), text("flush-interval", Lost(BACKENDS)),
    text("disable-keep-alives", NotNeeded), text("pass-legacy-headers", NotNeeded),
    text("signature-key", Lost("requests are not signed with a shared key")), text("gcp-healthchecks", NotNeeded),
    text("allow-query-semicolons", NotNeeded),
    // How it ran.
    text("config", NotNeeded), text("alpha-config", NotNeeded), text("convert-config-to-alpha", NotNeeded), text("config-test", NotNeeded),
    text("http-address", NotNeeded), text("https-address", NotNeeded), text("metrics-address", NotNeeded),
    text("metrics-secure-address", NotNeeded), text("metrics-tls-cert-file", NotNeeded), text("metrics-tls-key-file", NotNeeded),
    text("tls-cert-file", NotNeeded), text("tls-key-file", NotNeeded), text("tls-min-version", NotNeeded),
    list("tls-cipher-suite", "tls_cipher_suites", NotNeeded), text("force-https", Lost("redirect to https {redirect}")),
    text("reverse-proxy", NotNeeded), text("real-client-ip-header", NotNeeded), list("trusted-proxy-ip", "trusted_proxy_ips", NotNeeded),
    text("standard-logging", NotNeeded), text("standard-logging-format", NotNeeded), text("auth-logging", NotNeeded),
    text("auth-logging-format", NotNeeded), text("request-logging", NotNeeded), text("request-logging-format", NotNeeded),
    text("request-id-header", NotNeeded), text("silence-ping-logging", NotNeeded), text("errors-to-info-log", NotNeeded),
    list("exclude-logging-path", "exclude_logging_paths", NotNeeded), text("logging-filename", NotNeeded),
    text("logging-max-size", NotNeeded), text("logging-max-age", NotNeeded), text("logging-max-backups", NotNeeded),
    text("logging-local-time", NotNeeded), text("logging-compress", NotNeeded), text("version", NotNeeded), text("help", NotNeeded),
];

/// By the name of its flag.
pub(crate) fn by_flag(name: &str) -> Option<&'static Known> {
    OPTIONS.iter().find(|option| option.name == name)
}

/// By its name in the configuration file.
pub(crate) fn by_key(key: &str) -> Option<&'static Known> {
    OPTIONS.iter().find(|option| option.keys().any(|own| own == key))
}

/// By the name of its variable. `None` also where it only looks like one: `OAUTH2_PROXY_COOKIE_DOMAIN` is ignored.
pub(crate) fn by_variable(name: &str) -> Option<&'static Known> {
    let key = name.strip_prefix(PREFIX)?;
    OPTIONS.iter().find(|option| option.keys().any(|own| own.to_ascii_uppercase() == key))
}

/// The option that somebody meant who wrote `name`, with other signs or in the wrong number.
pub(crate) fn meant_by(name: &str) -> Option<&'static Known> {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '-'], "");
    let name = plain(name.strip_prefix(PREFIX).unwrap_or(name));
    OPTIONS.iter().find(|option| plain(option.name) == name || option.keys().any(|own| plain(&own) == name))
}

pub(crate) const PREFIX: &str = "OAUTH2_PROXY_";

/// Whether a flag stands alone, without a value behind it.
pub(crate) fn is_switch(name: &str) -> bool {
    const SWITCHES: [&str; 12] = [
        "pass-",
        "set-",
        "skip-",
        "insecure-",
        "silence-",
        "force-",
        "prefer-",
        "ssl-",
        "encode-",
        "display-",
        "show-",
        "gcp-",
    ];
    const OTHERS: [&str; 14] = [
        "cookie-secure",
        "cookie-httponly",
        "cookie-csrf-per-request",
        "reverse-proxy",
        "request-logging",
        "auth-logging",
        "standard-logging",
        "proxy-websockets",
        "relative-redirect-url",
        "session-cookie-minimal",
        "redis-use-sentinel",
        "redis-use-cluster",
        "errors-to-info-log",
        "use-system-trust-store",
    ];
    (SWITCHES.iter().any(|prefix| name.starts_with(prefix))
        && !matches!(name, "skip-auth-route" | "skip-auth-regex"))
        || OTHERS.contains(&name)
}

/// Whether an option's value is a secret.
pub(crate) fn is_secret(option: &str) -> bool {
    const SECRETS: [&str; 9] = [
        "client-secret",
        "cookie-secret",
        "redis-password",
        "redis-sentinel-password",
        "redis-connection-url",
        "basic-auth-password",
        "signature-key",
        "github-token",
        "jwt-key",
    ];
    SECRETS.contains(&option)
}

impl Known {
    const fn also(mut self, names: &'static [&'static str]) -> Self {
        self.also = names;
        self
    }

    /// In the configuration file.
    pub(crate) fn key(&self) -> String {
        self.plural.map_or_else(|| self.name.replace('-', "_"), str::to_owned)
    }

    /// Every name that it has there.
    fn keys(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.key()).chain(self.also.iter().map(|&name| name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_oauth2_proxy() {
        assert_eq!(by_flag("cookie-domain").unwrap().key(), "cookie_domains");
        assert!(by_flag("cookie-domains").is_none());
        assert!(by_key("cookie_domain").is_none());
        assert_eq!(by_variable("OAUTH2_PROXY_COOKIE_DOMAINS").unwrap().name, "cookie-domain");
        assert!(by_variable("OAUTH2_PROXY_COOKIE_DOMAIN").is_none());
        assert!(by_variable("OAUTH2_PROXY_SET_AUTHORIZATION-HEADER").is_none());
        assert_eq!(
            meant_by("OAUTH2_PROXY_SET_AUTHORIZATION-HEADER").unwrap().name,
            "set-authorization-header"
        );
        assert_eq!(meant_by("cookie_domain").unwrap().name, "cookie-domain");
        assert_eq!(by_key("skip_auth_regex").unwrap().name, "skip-auth-regex");
    }

    /// Each flag with its name in the configuration file, of version 7.15.6.
    #[test]
    fn none_of_oauth2_proxys_own_is_missing() {
        for line in include_str!("../../tests/migrate/options-7.15.6.txt").lines() {
            let (flag, key) = line.split_once(' ').unwrap();
            let variable = format!("{PREFIX}{}", key.to_ascii_uppercase());
            let found = [by_flag(flag), by_key(key), by_variable(&variable)];
            assert_eq!(found.map(|option| option.map(|option| option.name)), [Some(flag); 3], "{line}");
        }
    }

    #[test]
    fn switches_leave_the_next_word_alone() {
        assert!(is_switch("pass-access-token") && is_switch("cookie-secure"));
        assert!(!is_switch("skip-auth-route") && !is_switch("cookie-domain") && !is_switch("email-domain"));
    }

    #[test]
    fn no_option_stands_there_twice() {
        let mut names: Vec<_> = OPTIONS.iter().map(|option| option.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
