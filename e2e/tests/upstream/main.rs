//! What the application is told, in a real Envoy: the signed header, tokens in headers of their own, and filter state.

mod filter_state;
mod signed_header;
mod tokens;
