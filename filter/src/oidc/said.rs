//! What a provider says in words, made fit for a log: short, of printable characters, and without anything that could be a
//! secret. A provider may repeat in its `error_description` what it was sent.

/// Longer descriptions are cut. Characters.
const MAX_DESCRIPTION: usize = 200;
/// Codes, tokens, secrets and verifiers have at least so many characters without a blank between them.
const MAX_WORD: usize = 20;
/// And shorter ones hold digits among small letters.
const MIXED_WORD: usize = 8;
/// In place of such a word.
const LEFT_OUT: &str = "[...]";

/// A description in printable ASCII without quotation marks and backslashes; `None` where nothing is left of it.
#[must_use]
pub fn for_log(description: &str) -> Option<String> {
    let plain: String = description.chars().take(4 * MAX_DESCRIPTION).map(printable).collect();
    let mut text = String::new();
    for word in plain.split(' ').filter(|word| !word.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        add_word(&mut text, word);
        if text.len() > MAX_DESCRIPTION {
            text.truncate(MAX_DESCRIPTION);
            text.push_str("...");
            break;
        }
    }
    (!text.is_empty()).then_some(text)
}

/// Long words are left out whole, and what looks like a parameter or is made at random: `AADSTS50011` is not.
fn add_word(text: &mut String, word: &str) {
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    let is_mixed = word.len() >= MIXED_WORD && has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase);
    let may_be_secret = word.len() >= MAX_WORD || word.contains('=') || is_mixed;
    text.push_str(if may_be_secret { LEFT_OUT } else { word });
}

fn printable(c: char) -> char {
    match c {
        '"' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ if c.is_whitespace() || c.is_control() => ' ',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_helps_is_kept_and_what_may_be_a_secret_is_not() {
        let okta = "The authorization code is invalid or has expired.";
        assert_eq!(for_log(okta).as_deref(), Some(okta));
        for (said, logged) in [
            ("code 4/0AX4XfWhYWaz_9VtbAAAABBBB was used", "code [...] was used"),
            ("client_secret=0123456789abcdef0123456789abcdef!", "[...]"),
            ("'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'", "[...]"),
            ("the secret is a!b$c&d*e(f#g,h!i$j&k", "the secret is [...]"),
            ("code=short", "[...]"),
            ("the code 4echo-0ax7 is used", "the code [...] is used"),
            ("AADSTS50011: no redirect_uri", "AADSTS50011: no redirect_uri"),
            ("see https://acme.okta.com/oauth2/default", "see [...]"),
            ("a\r\nreason=signed_in \u{1b}[31m", "a [...] [31m"),
            ("say \"no\" \\ really", "say 'no' / really"),
            ("Zugang für Jürgen", "Zugang f?r J?rgen"),
        ] {
            assert_eq!(for_log(said).as_deref(), Some(logged), "{said}");
        }
        for nothing in ["", "  ", "\n\t\0"] {
            assert_eq!(for_log(nothing), None);
        }
        let long = for_log(&"word ".repeat(1000)).unwrap();
        assert!(long.len() <= MAX_DESCRIPTION + 3 && long.ends_with("..."), "{long}");
    }

    proptest! {
        #[test]
        fn it_is_short_and_of_printable_characters(said in ".{0,400}") {
            let logged = for_log(&said).unwrap_or_default();
            prop_assert!(logged.len() <= MAX_DESCRIPTION + 3);
            prop_assert!(logged.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'), "{}", logged);
            prop_assert!(logged.split(' ').all(|word| word.len() < MAX_WORD + 3), "{}", logged);
        }
    }
}
