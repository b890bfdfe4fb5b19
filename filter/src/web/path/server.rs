//! How a server reads a path: what it does with each character on which servers differ.

use super::token::{Round, Token};

/// One server. What it does after decoding so many times, it does with all that it can see by then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    /// Up to which round a `/` separates.
    slashes: Round,
    /// The same for `\`; `None`: never.
    backslashes: Option<Round>,
    /// When a `;` cuts its segment.
    parameters: Option<Round>,
    /// When a `?` or `#` that appeared by decoding cuts the path.
    ends: Option<Round>,
    /// When what follows two slashes at the beginning is taken for an authority.
    authority: Option<Round>,
    /// Which repeated slashes are one.
    merges: Merges,
    /// Whether `.` segments go.
    resolves: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Merges {
    All,
    /// Those at the beginning (Python's `http.server`, Werkzeug).
    First,
    None,
}

/// Every server that may read `tokens` in its own way.
pub(super) fn servers(tokens: &[Token]) -> Vec<Server> {
    let last = tokens.iter().map(|token| token.round).max().unwrap_or(Round::Raw);
    let occurs = |round, byte: u8| tokens.iter().any(|token| token.byte == byte && token.round == round);
    let when = |may: &dyn Fn(Round) -> bool| {
        let rounds = Round::ALL.into_iter().filter(|round| *round <= last && may(*round));
        [None].into_iter().chain(rounds.map(Some)).collect::<Vec<_>>()
    };
    let slashes: Vec<_> =
        Round::ALL.into_iter().filter(|round| *round == Round::Raw || occurs(*round, b'/')).collect();
    let backslashes = when(&|round| occurs(round, b'\\'));
    let parameters = when(&|round| Round::ALL.into_iter().any(|other| other <= round && occurs(other, b';')));
    let ends = when(&|round| round > Round::Raw && (occurs(round, b'?') || occurs(round, b'#')));
    let authority = when(&|_| begins_with_odd_segments(tokens));
    let merges: &[_] = match (begins_with_odd_segments(tokens), has_empty_segments(tokens)) {
        (true, true) => &[Merges::All, Merges::First, Merges::None],
        (false, true) => &[Merges::All, Merges::None],
        (_, false) => &[Merges::All],
    };
    let resolves: &[_] = if has_dot_segments(tokens) { &[true, false] } else { &[true] };

    let plain = Server {
        slashes: Round::Raw,
        backslashes: None,
        parameters: None,
        ends: None,
        authority: None,
        merges: Merges::All,
        resolves: true,
    };
    let servers = each(&[plain], &slashes, |server, slashes| Server { slashes, ..server });
    let servers = each(&servers, &backslashes, |server, backslashes| Server { backslashes, ..server });
    let servers = each(&servers, &parameters, |server, parameters| Server { parameters, ..server });
    let servers = each(&servers, &ends, |server, ends| Server { ends, ..server });
    let servers = each(&servers, &authority, |server, authority| Server { authority, ..server });
    let servers = each(&servers, merges, |server, merges| Server { merges, ..server });
    each(&servers, resolves, |server, resolves| Server { resolves, ..server })
}

fn each<T: Copy>(servers: &[Server], ways: &[T], with: fn(Server, T) -> Server) -> Vec<Server> {
    servers.iter().flat_map(|server| ways.iter().map(|way| with(*server, *way))).collect()
}

/// Whether some server may see two slashes at the beginning.
fn begins_with_odd_segments(tokens: &[Token]) -> bool {
    tokens.get(1).is_some_and(|token| token.may_separate() || matches!(token.byte, b'.' | b';'))
}

/// Also where it is parameters alone, or a dot, that stand between two slashes.
fn has_empty_segments(tokens: &[Token]) -> bool {
    tokens.windows(2).any(|pair| {
        matches!(pair, [slash, next] if slash.may_separate() && (next.may_separate() || matches!(next.byte, b'.' | b';')))
    })
}

fn has_dot_segments(tokens: &[Token]) -> bool {
    let ends_name = |token: &Token| token.may_separate() || token.may_end() || token.byte == b';';
    let is_dot = |at: usize, pair: &[Token]| {
        matches!(pair, [slash, dot] if slash.may_separate() && dot.byte == b'.')
            && tokens.get(at.saturating_add(2)).is_none_or(ends_name)
    };
    tokens.windows(2).enumerate().any(|(at, pair)| is_dot(at, pair))
}

impl Server {
    /// Whether it takes this for a slash in the end.
    pub(super) fn separates(&self, token: Token) -> bool {
        match token.byte {
            b'/' => token.round <= self.slashes,
            b'\\' => self.backslashes.is_some_and(|last| token.round <= last),
            _ => false,
        }
    }

    /// Where the path begins: at its first slash, or at the one behind an authority. Empty where there is none.
    pub(super) fn path_of<'t>(&self, tokens: &'t [Token]) -> &'t [Token] {
        let Some(now) = self.authority else { return tokens };
        let mut two_slashes = false;
        let mut rest = tokens;
        while let Some((_, segment)) = rest.split_first() {
            let end = segment.iter().position(|token| self.separates_by(now, *token));
            let Some((name, behind)) = segment.split_at_checked(end.unwrap_or(segment.len())) else { break };
            let cut = name.iter().position(|token| self.begins_parameter(*token)).unwrap_or(name.len());
            match name.get(..cut) {
                Some([]) if end.is_some() => two_slashes = true,
                Some([dot]) if self.resolves && dot.byte == b'.' => {}
                _ if !two_slashes => return tokens,
                _ if self.ends_by(now) && name.iter().any(|token| self.ends_at(*token)) => return &[],
                _ => return behind,
            }
            rest = behind;
        }
        tokens
    }

    /// The first character of `rest` that it does not cut, and what follows.
    pub(super) fn first<'t>(&self, rest: &'t [Token]) -> Option<(Token, &'t [Token])> {
        let (&token, after) = rest.split_first()?;
        if self.ends_at(token) {
            return None;
        }
        match self.parameters {
            Some(now) if self.begins_parameter(token) => self.behind_parameters(now, after),
            _ => Some((token, after)),
        }
    }

    /// What follows a slash, which may be the first, without what makes no segment.
    pub(super) fn segment<'t>(&self, mut rest: &'t [Token], is_first: bool) -> &'t [Token] {
        let merges = self.merges == Merges::All || (is_first && self.merges == Merges::First);
        while let Some((token, after)) = self.first(rest) {
            if merges && self.separates(token) {
                rest = after;
            } else if self.resolves && token.byte == b'.' {
                match self.first(after) {
                    None => return &[],
                    Some((token, after)) if self.separates(token) => rest = after,
                    Some(_) => break,
                }
            } else {
                break;
            }
        }
        rest
    }

    fn behind_parameters<'t>(&self, now: Round, mut rest: &'t [Token]) -> Option<(Token, &'t [Token])> {
        loop {
            let (&token, after) = rest.split_first()?;
            if self.ends_by(now) && self.ends_at(token) {
                return None;
            }
            if self.separates_by(now, token) {
                return Some((token, after));
            }
            rest = after;
        }
    }

    /// Whether it has taken this for a slash by `now` already.
    fn separates_by(&self, now: Round, token: Token) -> bool {
        token.round <= now && self.separates(token)
    }

    fn begins_parameter(&self, token: Token) -> bool {
        token.byte == b';' && self.parameters.is_some_and(|now| token.round <= now)
    }

    fn ends_at(&self, token: Token) -> bool {
        token.may_end() && self.ends.is_some_and(|now| token.round <= now)
    }

    fn ends_by(&self, now: Round) -> bool {
        self.ends.is_some_and(|ends| ends <= now)
    }
}
