//! What a visitor sends.

use super::script::Ask;
use super::settings::HOSTS;

const PAGES: [&str; 27] = [
    "/",
    "/somewhere?x=1",
    "/healthz",
    "/public/logo.png",
    "/public",
    "/optional/x",
    "/never/x",
    "/finance/report?year=2026",
    "/finance",
    "/api/orders",
    "/oauth2/start?rd=/finance/",
    "/oauth2/start?rd=https://evil.example/",
    "/oauth2/start?rd=https://a.corp.example/x",
    "/oauth2/start?rd=//evil.example",
    "/oauth2/start?rd=https://two.apps.example.com/x",
    "/oauth2/sign_in?rd=/x",
    "/oauth2/sign_out?rd=/bye",
    "/oauth2/sign_out",
    "/oauth2/signed_out?state=x",
    "/oauth2/auth",
    "/oauth2/userinfo",
    "/oauth2/callback?code=a-code&state=x",
    "/oauth2/callback",
    "/oauth2/other",
    "/public/../finance/x",
    "/Public/x",
    "*",
];

const BENDS: [&[u8]; 24] = [
    b"",
    b"/",
    b"//",
    b"\\",
    b"..",
    b"/../",
    b"/./",
    b"%2f",
    b"%5c",
    b"%2e%2e",
    b"%00",
    b";",
    b"%3b",
    b"?",
    b"#",
    b"%25",
    b"%",
    b"%66inance",
    b"\xff",
    b"\t",
    b"%c0%af",
    b"never",
    b"%252e",
    b"/finance/",
];

const METHODS: [&str; 8] = ["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "CONNECT", "get"];

/// What nobody may bring along: whatever arrives under these names has this value.
pub(super) const FORGED: &str = "forged";

const FORGEABLE: [&str; 16] = [
    "",
    "x-auth-request-user",
    "X-Auth-Request-User",
    "x_auth_request_user",
    "x-auth-request_email",
    "x-auth-request-groups",
    "x-auth-request-preferred-username",
    "x-auth-request-access-token",
    "X_Auth_Request_Access_Token",
    "x-user",
    "x-team",
    "x_team",
    "x-original-url",
    "X-Rewrite-URL",
    "x_http_method_override",
    "authorization",
];

/// Whether a visitor may decide what the application finds under this name.
pub(super) fn is_trusted(name: &str, identity_headers: &[&str]) -> bool {
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let overrides = ["x-original-url", "x-rewrite-url", "x-http-method-override"];
    identity_headers.contains(&plain.as_str()) || overrides.contains(&plain.as_str())
}

pub(super) fn host(choice: u8, home: &'static str) -> &'static str {
    // Mostly where something is to be found.
    if choice >= 128 { home } else { HOSTS[usize::from(choice) % HOSTS.len()] }
}

pub(super) fn headers(ask: &Ask, home: &'static str) -> Vec<(String, Vec<u8>)> {
    let mut path = PAGES[usize::from(ask.page) % PAGES.len()].as_bytes().to_vec();
    let bend = BENDS[usize::from(ask.bend) % BENDS.len()];
    let at = usize::from(ask.bend_at) % (path.len() + 1);
    path.splice(at..at, bend.iter().copied());
    let mut headers = vec![
        (":method".to_owned(), METHODS[usize::from(ask.method) % METHODS.len()].as_bytes().to_vec()),
        (":path".to_owned(), path),
        (":authority".to_owned(), host(ask.host, home).as_bytes().to_vec()),
        (":scheme".to_owned(), b"http".to_vec()),
    ];
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.as_bytes().to_vec()));
    match ask.manner % 8 {
        0..=2 => {
            add("sec-fetch-mode", "navigate");
            add("sec-fetch-dest", "document");
        }
        3 => add("accept", "text/html"),
        4 => add("x-requested-with", "XMLHttpRequest"),
        5 => {
            add("sec-fetch-mode", "no-cors");
            add("sec-fetch-site", "cross-site");
        }
        6 => add("sec-purpose", "prefetch"),
        _ => {}
    }
    match ask.manner / 8 % 8 {
        1 => add("authorization", "Bearer forged"),
        2 => add("authorization", "Basic a, Bearer forged"),
        3 => {
            add("authorization", "Basic a");
            add("Authorization", "Bearer forged");
        }
        4 => add("x-forwarded-proto", "https"),
        5 => add("x-forwarded-host", "evil.example"),
        6 => add(":authority", "evil.example"),
        7 => add(":path", "/public/x"),
        _ => {}
    }
    let name = FORGEABLE[usize::from(ask.forged) % FORGEABLE.len()];
    if !name.is_empty() {
        add(name, FORGED);
        if ask.forged >= 128 {
            add(&name.to_ascii_uppercase(), FORGED);
        }
    }
    headers
}

/// A callback as a browser sends it, changed in some way.
pub(super) fn callback(response: u8, state: &str, host: &str) -> Vec<(String, Vec<u8>)> {
    let query = match response % 16 {
        1 => format!("code=the-code&state={}", state.chars().rev().collect::<String>()),
        2 => format!("code=the-code&state={state}A"),
        3 => {
            format!("code=the-code&state={}", state.get(..state.len().saturating_sub(1)).unwrap_or_default())
        }
        4 => format!("error=access_denied&state={state}"),
        5 => format!("error=a%0Ab&state={state}"),
        6 => format!("code=the-code&state={state}&iss=https%3A%2F%2Fevil.example"),
        7 => format!("code=the-code&code=the-code&state={state}"),
        8 => format!("state={state}"),
        9 => format!("code=the-code&error=x&state={state}"),
        10 => format!("code=the-code&state={state}"),
        11 => "code=the-code&state=.".to_owned(),
        _ => {
            let iss: String =
                url::form_urlencoded::byte_serialize(vestibule_testing::ISSUER.as_bytes()).collect();
            format!("code=the-code&state={state}&iss={iss}")
        }
    };
    vec![
        (":method".to_owned(), b"GET".to_vec()),
        (":path".to_owned(), format!("/oauth2/callback?{query}").into_bytes()),
        (":authority".to_owned(), host.as_bytes().to_vec()),
        (":scheme".to_owned(), b"http".to_vec()),
        ("sec-fetch-mode".to_owned(), b"navigate".to_vec()),
        ("sec-fetch-dest".to_owned(), b"document".to_vec()),
    ]
}
