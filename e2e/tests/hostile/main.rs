//! A hostile provider: what the modules of the OpenID Foundation's tests for relying parties do (`oidcc-client-test-*`),
//! what broke other filters ([`faults`]), and what each endpoint may answer instead of the right thing ([`endpoints`]).
//!
//! A test has the name of its module. After each case the next sign-in at an honest provider works ([`world`]).
//!
//! | modules of the suite that have no test here | why |
//! |---------------------------------------------|-----|
//! | `-nonce`, `-invalid-chash`, `-missing-chash`, all of the implicit and hybrid plans | the code flow is the only one: an ID token never comes through the browser |
//! | `-form-post-error`, the form post plans | `response_mode` is never asked for; the callback answers a POST with 405 (`e2e/tests/hostile/faults.rs::mod_auth_openidc_cve_2025_3891_an_empty_post_is_refused`) |
//! | `-request-uri-signed-rs256`, `-request-uri-signed-none` | no request objects: where an authorization request must not pass the browser, it is pushed (RFC 9126) |
//! | `-dynamic-registration`, `-discovery-webfinger-acct`, `-discovery-webfinger-url` | the provider and the client are configured |
//! | `-userinfo-bearer-body` | the token goes in the header, always |
//! | `-mtls-endpoint-aliases` | no client certificates: `tls_client_auth` is none of the methods |
//! | `-rp-backchannel-*`, `-rp-frontchannel-*`, `-session-management` | left out by design: the session is in the browser's cookie, which no call of the provider reaches |
//!
//! Two modules leave the client a choice: `-idtoken-sig-none` and `-kid-absent-multiple-jwks` are refused here.
//! `-invalid-athash` and `-missing-athash` are meant for other flows; the rule holds in this one as well.

mod discovery;
mod endpoints;
mod faults;
mod id_tokens;
mod refreshes;
mod responses;
mod signatures;
mod userinfo;
mod world;
