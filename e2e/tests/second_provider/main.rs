//! The filter with an OpenID Provider that others wrote: panva's certified `oidc-provider`, in a real Chromium.

mod private_key_jwt;
mod pushed;
mod refresh;
mod sign_in;
mod sign_out;
mod stage;
