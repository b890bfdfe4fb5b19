//! What broke other filters of this kind, tried on this one in a real Envoy.

mod callback;
mod cookies;
mod headers;
mod keys;
mod loading;
mod lost_tokens;
mod paths;
mod redirects;
mod replies;
mod requests;
mod tossed_cookies;
