//! Refresh tokens by number, as the provider hands them out.

/// How long the access token beside it lives. Seconds.
pub(super) const ACCESS_TOKEN_LIVES: u64 = 600;

pub(super) type TokenNumber = usize;

pub(super) fn name(number: TokenNumber) -> String {
    format!("refresh-token-{number}")
}

pub(super) fn number(name: &str) -> Option<TokenNumber> {
    name.strip_prefix("refresh-token-")?.parse().ok()
}
