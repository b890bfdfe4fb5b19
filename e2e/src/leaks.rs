//! Law 8: what the filter wrote holds no code, token, secret, cookie or state.

/// # Panics
/// When one of `secrets`, or a word that looks like one, is in the lines.
pub fn search(lines: &[String], secrets: impl IntoIterator<Item = String>) {
    let log = lines.join("\n");
    // A test may have the stand-in give out a "token" of a word or two.
    for secret in secrets.into_iter().filter(|secret| secret.len() >= 16) {
        assert!(!log.contains(&secret), "a secret is in the log of the filter");
    }
    // Our cookies and states are sealed or random text of this kind; no honest line has such a word.
    let is_text = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let words = log.split(|character: char| !character.is_ascii() || !is_text(character as u8));
    let is_long = |word: &&str| word.len() >= 32 && word.bytes().any(|b| b.is_ascii_digit());
    let suspicious: Vec<&str> = words.filter(is_long).filter(|word| !is_uuid(word)).collect();
    assert!(suspicious.is_empty(), "the log of the filter holds what may be a secret: {suspicious:?}");
}

/// What Envoy makes as `x-request-id` (RFC 9562 §4).
fn is_uuid(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}
