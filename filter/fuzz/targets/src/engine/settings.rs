//! The configurations under which a run may happen, and what they mean, said once more.

use serde_json::{Value, json};
use vestibule_testing::{HOST, ISSUER};

/// The hosts that a request may name; the last is none of the filter's.
pub(super) const HOSTS: [&str; 8] = [
    HOST,
    "APP.example.com.:443",
    "one.apps.example.com",
    "two.apps.example.com",
    "localhost:8080",
    "app.example.com, evil.example",
    "[::1]",
    "elsewhere.example",
];

#[derive(Debug)]
pub(super) struct Setting {
    pub(super) json: Value,
    /// Where a sign-in can be finished.
    pub(super) home: &'static str,
    pub(super) max_age: u64,
    pub(super) idle_timeout: Option<u64>,
    pub(super) cookie_domain: Option<&'static str>,
    pub(super) secure: bool,
    pub(super) hosts: &'static [&'static str],
    /// Whether a path that servers read differently is refused.
    pub(super) refuses_ambiguous: bool,
    /// Of whom every sign-in in the run is revoked.
    pub(super) revoked_sub: Option<&'static str>,
    /// Whether access tokens, and with them groups, are renewed.
    pub(super) refresh: bool,
    pub(super) identity_headers: &'static [&'static str],
}

const IDENTITY_HEADERS: &[&str] = &[
    "x-auth-request-user",
    "x-auth-request-email",
    "x-auth-request-groups",
    "x-auth-request-preferred-username",
];

/// By the first byte of a run.
pub(super) fn setting(choice: u8) -> Setting {
    let access = json!([
        {"match": {"paths": ["/healthz", "/public/*"]}, "allow": "public"},
        {"match": {"paths": ["/optional/*"]}, "allow": "optional"},
        {"match": {"paths": ["/never/*"]}, "allow": "none"},
        {"match": {"paths": ["/finance/*"]}, "require": {"groups": ["finance"]}},
        {"match": {"paths": ["/api/*"]}, "unauthenticated": "status"},
    ]);
    let all = &["app.example.com", "one.apps.example.com", "two.apps.example.com", "[::1]", "localhost"];
    let plain = Setting {
        json: json!({
            "access": access,
            "hosts": ["app.example.com", "*.apps.example.com", "[::1]", "localhost"],
            "paths": {"allowed_redirect_domains": [".corp.example"]},
        }),
        home: HOST,
        max_age: 8 * 3600,
        idle_timeout: None,
        cookie_domain: None,
        secure: true,
        hosts: all,
        refuses_ambiguous: true,
        revoked_sub: None,
        refresh: false,
        identity_headers: IDENTITY_HEADERS,
    };
    let mut setting = plain;
    match choice % 6 {
        0 => {
            setting.json["session"] = json!({"refresh": true});
            setting.refresh = true;
        }
        1 => {
            setting.json["session"] = json!({
                "idle_timeout": "10m",
                "refresh": true,
                "max_age": "1h",
                "cookie": {"name": "vestibule", "domains": [".apps.example.com"]},
            });
            setting.json["upstream"] = json!({"access_token": true, "authorization": "id_token"});
            setting.refresh = true;
            setting.max_age = 3600;
            setting.idle_timeout = Some(600);
            setting.cookie_domain = Some("apps.example.com");
            setting.home = "one.apps.example.com";
            setting.identity_headers = &[
                "x-auth-request-user",
                "x-auth-request-email",
                "x-auth-request-groups",
                "x-auth-request-preferred-username",
                "x-auth-request-access-token",
                "authorization",
            ];
        }
        2 => {
            setting.json["session"] = json!({"cookie": {"secure": false}});
            setting.json["hosts"] = json!(["localhost"]);
            setting.hosts = &["localhost"];
            setting.secure = false;
            setting.home = "localhost:8080";
        }
        3 => {
            setting.json["session"] = json!({
                "cookie": {"name": "vestibule", "domains": [".apps.example.com"], "same_site": "strict"},
            });
            setting.json["hosts"] = json!(["*.apps.example.com"]);
            setting.json["paths"]["redirect_uri"] = json!("https://one.apps.example.com/oauth2/callback");
            setting.hosts = &["one.apps.example.com", "two.apps.example.com"];
            setting.cookie_domain = Some("apps.example.com");
            setting.home = "one.apps.example.com";
        }
        4 => {
            setting.json["session"] = json!({
                "revoked": [{"sub": "00u2", "before": "2099-01-01T00:00:00Z"}],
                "not_before": "2020-01-01T00:00:00Z",
            });
            setting.revoked_sub = Some("00u2");
            setting.json["upstream"] = json!({"user_header": "x_user", "claims": {"x-team": "department"}});
            setting.identity_headers = &[
                "x-user",
                "x-auth-request-email",
                "x-auth-request-groups",
                "x-auth-request-preferred-username",
                "x-team",
            ];
        }
        _ => {
            setting.json["paths"]["ambiguous"] = json!("allow");
            setting.refuses_ambiguous = false;
            setting.json["client"] = json!({"auth_method": "client_secret_post"});
        }
    }
    setting
}

impl Setting {
    /// The host of an authority, if the filter acts there; `Err` where it is no proper one.
    pub(super) fn acts_on(&self, authority: &str) -> Result<Option<String>, ()> {
        if authority.contains([',', ' ']) {
            return Err(());
        }
        let name = if authority.starts_with('[') {
            authority.to_owned()
        } else {
            let name = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
            name.strip_suffix('.').map(str::to_owned).unwrap_or(name)
        };
        Ok(self.hosts.contains(&name.as_str()).then_some(name))
    }

    /// Whether what belongs to a scope is brought to a host.
    pub(super) fn is_scope_of(&self, scope: &str, host: &str) -> bool {
        let is_below = || host.strip_suffix(scope).is_some_and(|rest| rest.ends_with('.'));
        host == scope || self.cookie_domain == Some(scope) && is_below()
    }

    /// Where a reply may send a browser that is on `authority`.
    pub(super) fn may_lead_to(&self, location: &str, authority: &str) -> bool {
        if ["authorize", "logout"].iter().any(|end| location.starts_with(&format!("{ISSUER}/v1/{end}?"))) {
            return true;
        }
        let schemes: &[&str] = if self.secure { &["https"] } else { &["http", "https"] };
        let leads = |scheme: &&str| {
            let own = url::Url::parse(&format!("{scheme}://{authority}/")).expect("a proper host");
            let Ok(url) = own.join(location) else { return false };
            let host = url.host_str().unwrap_or_default().trim_end_matches('.');
            let below = |domain: &str| {
                host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            let own_host = own.host_str().unwrap_or_default().trim_end_matches('.');
            let same = host == own_host && url.port() == own.port() && url.scheme() == *scheme;
            let with_us = self.json["paths"]["redirect_uri"].is_string() && below("apps.example.com");
            let allowed = (below("corp.example") || with_us) && url.port().is_none();
            url.username().is_empty()
                && (same || allowed && (url.scheme() == "https" || !self.secure) && location.contains("://"))
        };
        schemes.iter().any(leads)
    }
}
