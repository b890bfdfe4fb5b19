//! The characters of a path, with how often each was encoded.

use crate::web::percent::{self, Octet};

/// One character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) byte: u8,
    pub(super) round: Round,
}

/// How often a server must decode before it sees a character; also, when it does something: after so many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Round {
    /// The character arrived as it is.
    Raw,
    /// As an octet (RFC 3986 §2.1).
    Once,
    /// As an octet whose `%` was one.
    Twice,
}

impl Round {
    pub(super) const ALL: [Self; 3] = [Self::Raw, Self::Once, Self::Twice];
}

impl Token {
    /// A character that some server takes for a slash.
    pub(super) fn may_separate(self) -> bool {
        matches!(self.byte, b'/' | b'\\')
    }

    /// Where a raw one would have begun a query or a fragment.
    pub(super) fn may_end(self) -> bool {
        matches!(self.byte, b'?' | b'#')
    }

    /// Writes what does not separate.
    pub(super) fn write(self, text: &mut String) {
        let is_itself = self.round == Round::Raw && self.byte.is_ascii() && self.byte != b'\\';
        if is_itself || percent::is_unreserved(self.byte) {
            return text.push(char::from(self.byte));
        }
        text.extend(percent::encoded(self.byte).map(char::from));
    }
}

/// As a server sees it that decodes once.
pub(super) fn decoded_once(path: &[u8]) -> Vec<Token> {
    percent::octets(path)
        .map(|octet| match octet {
            Octet::Plain(byte) => Token { byte, round: Round::Raw },
            Octet::Encoded(byte) => Token { byte, round: Round::Once },
        })
        .collect()
}

/// As a server sees it that decodes again what it has decoded; `None` where that changes nothing.
pub(super) fn decoded_twice(once: &[Token]) -> Option<Vec<Token>> {
    let mut twice = Vec::with_capacity(once.len());
    let mut rest = once;
    while let Some((token, after)) = rest.split_first() {
        let octet = match after.split_first_chunk() {
            Some(([high, low], after)) => match Octet::first(&[token.byte, high.byte, low.byte]) {
                Some((Octet::Encoded(byte), _)) => Some((byte, after)),
                _ => None,
            },
            None => None,
        };
        rest = octet.map_or(after, |(_, after)| after);
        twice.push(octet.map_or(*token, |(byte, _)| Token { byte, round: Round::Twice }));
    }
    (twice.len() < once.len()).then_some(twice)
}

/// `None` where there are none.
pub(super) fn without_blanks_at_the_end(tokens: &[Token]) -> Option<&[Token]> {
    let last = tokens.iter().rposition(|token| token.byte != b' ')?;
    tokens.get(..=last).filter(|trimmed| trimmed.len() < tokens.len())
}
