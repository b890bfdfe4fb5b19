//! What broke other filters of this kind, tried on this one in a real Envoy.

mod callback;
mod cookies;
mod ended;
mod headers;
mod keys;
mod loading;
mod paths;
mod redirects;
mod replies;
mod requests;
