use proptest::prelude::*;

use super::super::normal::tests::raw_path;
use super::*;
use Clarity::{NeverGuessed, OneReading, SeveralReadings};

#[test]
fn what_every_server_reads_alike() {
    for path in [
        "/",
        "/a.b-c_d~e",
        "/%61%2e%2D",
        "/...",
        "/..a/b../.%2e.",
        "/a%20b",
        "/100%25",
        "/%25x/%25",
        "/@:!$&'()*+,=",
    ] {
        assert_eq!(Clarity::of(path.as_bytes()), OneReading, "{path}");
    }
    // As far as UTF-8 goes, and Latin-1, which is no UTF-8 and resembles nothing.
    for path in [
        "/%C2%80",
        "/%DF%BF",
        "/%E0%A0%80",
        "/%E0%A4%A4",
        "/%ED%9F%BF",
        "/%EE%80%80",
        "/%F0%90%80%80",
        "/%F0%9F%98%80",
        "/%F4%8F%BF%BF",
        "/%EF%BF%BF",
        "/caf%E9",
        "/caf%C3%A9",
        "/%80%BF",
        "/%E0/%80",
        "/%E2%82",
        "/%F0",
    ] {
        assert_eq!(Clarity::of(path.as_bytes()), OneReading, "{path}");
    }
}

#[test]
fn what_servers_read_in_several_ways() {
    for path in [
        "/a%2fb",
        "/a%5Cb",
        "/a;b",
        "/a%3bb",
        "/a b",
        "/finance%23/x",
        "/finance%3f",
        "/finance%3F/x",
        "/%2541",
        "/%25%34%31",
        "/%2525",
        "/100%2525",
        "/%252f",
        "/%2520",
        "/%25c3%25a9",
        "/a%2f.%2fb",
        // What some drop and others keep, or take for an authority.
        "//a",
        "/a//",
        "/a//b",
        "/./a",
        "/a/%2E/b",
        "/a/.",
        "/a\\b",
        "/a%20",
        "/a%2520",
        "/..%20/a%2f",
    ] {
        assert_eq!(Clarity::of(path.as_bytes()), SeveralReadings, "{path}");
    }
}

#[test]
fn what_is_never_guessed() {
    for path in [
        // Control bytes, encoded once and twice.
        "/a%00",
        "/%0a",
        "/%1F/b",
        "/%7f",
        "/a%2500",
        "/a%250d%250a",
        "/%25%30%30",
        // A `%` that begins nothing.
        "/%",
        "/%4",
        "/%zz",
        "/%u002e",
        "/%%41",
        "/%2541/%25",
        "/%25%2566",
        // Encoded three times and more.
        "/%252541",
        "/%25252f",
        "/%25%32%35%34%31",
        "/%2525252525",
        // UTF-8 that there is not, encoded once, twice, and half and half.
        "/%c0%af",
        "/%C1%9c",
        "/%F5",
        "/%f8%80%80%80%af",
        "/%FE",
        "/%fF",
        "/%e0%80%af",
        "/%E0%9F%BF",
        "/%ED%A0%80",
        "/%ed%bf%bf",
        "/%f0%80%80%af",
        "/%F0%8F%BF%BF",
        "/%F4%90%80%80",
        "/%25c0%25af",
        "/%25E0%80",
        "/%E0%2580%25AF",
        // Segments that lead up.
        "/..",
        "/../x",
        "/a/..",
        "/a/%2e%2E/b",
        "/a/.%2e",
        "/a\\..\\b",
        "/a%2f..%2fb",
        "/a/..%2fb",
        "/a%5c..",
        "/%2e%2e%5cb",
        "/..;",
        "/..;x/b",
        "/..%3bx/b",
        "/a/..%3fx",
        "/a/..%23",
        "/%252e%252e/x",
        "/.%252e",
        "/a%252f%2e.%255cb",
        "/..%253b",
        "/a%3f/../b",
        "/..%20",
        "/a/%2e.%2520%20",
    ] {
        assert_eq!(Clarity::of(path.as_bytes()), NeverGuessed, "{path}");
    }
    for path in [&b"/a\0"[..], b"/a\tb", b"/a\x1f", b"/a\x7f", b"/\xc0\xaf", b"/\xe0%80", b"/\xf5", b"/\xff"]
    {
        assert_eq!(Clarity::of(path), NeverGuessed, "{path:?}");
    }
}

/// Every reading that servers have, one after the other, each looked at by itself.
mod naive {
    /// Whether anything in a reading of `path` is not to be guessed.
    pub(super) fn is_never_guessed(path: &[u8]) -> bool {
        let (once, malformed) = decoded(path);
        if malformed {
            return true;
        }
        let mut decodings = vec![path.to_vec(), once.clone()];
        if is_decodable(&once) {
            let (twice, malformed) = decoded(&once);
            if malformed || is_decodable(&twice) {
                return true;
            }
            decodings.push(twice);
        }
        let trimmed: Vec<_> = decodings.iter().map(|path| path.trim_ascii_end().to_vec()).collect();
        decodings.extend(trimmed);
        decodings.iter().any(|path| is_bad(path) || (0..16_u8).any(|how| leads_up(path, how)))
    }

    /// With `\` as a slash or not, cut at `;`, `?` or `#` or not; the bits of `how` choose.
    fn leads_up(path: &[u8], how: u8) -> bool {
        let chosen = |bit: u8| how & (1 << bit) != 0;
        let ends = |byte: u8| (byte == b'?' && chosen(0)) || (byte == b'#' && chosen(1));
        let path: Vec<u8> = path.iter().copied().take_while(|byte| !ends(*byte)).collect();
        let separates = |byte: &u8| *byte == b'/' || (*byte == b'\\' && chosen(2));
        path.split(separates).any(|segment| {
            let name = segment.split(|byte| *byte == b';' && chosen(3)).next().unwrap();
            name == b".."
        })
    }

    fn is_bad(path: &[u8]) -> bool {
        path.iter().any(|byte| *byte < 0x20 || *byte == 0x7f)
            || (0..path.len()).any(|at| match path[at..] {
                [0xc0 | 0xc1 | 0xf5..=0xff, ..] => true,
                [0xe0, next, ..] => (0x80..=0x9f).contains(&next),
                [0xed, next, ..] => (0xa0..=0xbf).contains(&next),
                [0xf0, next, ..] => (0x80..=0x8f).contains(&next),
                [0xf4, next, ..] => (0x90..=0xbf).contains(&next),
                _ => false,
            })
    }

    fn is_decodable(path: &[u8]) -> bool {
        decoded(path).0 != path
    }

    /// Decoded once, and whether a `%` was left that begins nothing.
    fn decoded(mut path: &[u8]) -> (Vec<u8>, bool) {
        let hex = |byte: u8| (byte as char).to_digit(16);
        let (mut decoded, mut malformed) = (Vec::new(), false);
        while let [first, rest @ ..] = path {
            let octet = match rest {
                [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)),
                _ => None,
            };
            malformed |= *first == b'%' && octet.is_none();
            decoded.push(octet.map_or(*first, |(high, low)| (high * 16 + low) as u8));
            path = if octet.is_some() { &rest[2..] } else { rest };
        }
        (decoded, malformed)
    }
}

/// What means something, encoded up to three times.
fn encoded_path() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        proptest::sample::select(b"/\\.;?#% %a%.\0\x0a\x7f".to_vec()),
        proptest::sample::select(vec![
            0xc0, 0xc3, 0xa9, 0xe0, 0x80, 0xa0, 0xed, 0xf0, 0x90, 0xf4, 0xf5, 0xff
        ]),
    ];
    let piece = (byte, 0..4_u8).prop_map(|(byte, times)| {
        (0..times).fold(vec![byte], |text, round| {
            let one = |byte: &u8| percent::encoded(*byte).to_vec();
            // The whole octet, and then its `%` alone.
            if round == 0 { text.iter().flat_map(one).collect() } else { [b"%25", &text[1..]].concat() }
        })
    });
    proptest::collection::vec(piece, 0..10).prop_map(|pieces| [b"/".to_vec(), pieces.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8192))]

    #[test]
    fn never_guessed_is_what_some_reading_makes_doubtful(raw in prop_oneof![encoded_path(), raw_path()]) {
        let path = raw.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap();
        prop_assert_eq!(Clarity::of(path) == NeverGuessed, naive::is_never_guessed(path), "{:?}", path);
    }
}
