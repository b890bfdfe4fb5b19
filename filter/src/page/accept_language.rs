//! Which of several languages a browser prefers (`Accept-Language`, RFC 9110 §12.5.4).

/// What is looked at of the header, so that a stranger's is not worth a long look. Bytes, and ranges.
const LONGEST: usize = 1024;
const MOST_RANGES: usize = 32;

/// One language range and its weight, in thousandths.
struct Range<'a> {
    tag: &'a [u8],
    weight: u16,
}

/// The place in `tags` of the language that is preferred; `None`: none of them is asked for.
#[inline(never)]
pub(super) fn preferred<'h>(headers: impl Iterator<Item = &'h [u8]>, tags: &[&str]) -> Option<usize> {
    let ranges = ranges(headers);
    let mut best: Option<(u16, usize)> = None;
    for range in ranges.iter().filter(|range| range.weight > 0) {
        // What is written first counts first among equals.
        if best.is_none_or(|(weight, _)| range.weight > weight)
            && let Some(place) = place_of(range.tag, tags, &ranges)
        {
            best = Some((range.weight, place));
        }
    }
    best.map(|(_, place)| place)
}

fn ranges<'h>(headers: impl Iterator<Item = &'h [u8]>) -> Vec<Range<'h>> {
    let mut left = LONGEST;
    let mut all = Vec::new();
    for header in headers {
        // A range that is cut in two counts as none.
        let Some(rest) = left.checked_sub(header.len()) else { break };
        left = rest;
        let room = MOST_RANGES.saturating_sub(all.len());
        all.extend(header.split(|byte| *byte == b',').take(room).filter_map(range));
    }
    all
}

/// `de-AT;q=0.8`. What is odd is passed over.
fn range(text: &[u8]) -> Option<Range<'_>> {
    let mut parts = text.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let tag = parts.next()?;
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*');
    if tag.is_empty() || !tag.iter().all(is_usual) {
        return None;
    }
    let weight = match (parts.next(), parts.next()) {
        (None, _) => 1000,
        (Some(parameter), None) => weight(parameter)?,
        (Some(_), Some(_)) => return None,
    };
    Some(Range { tag, weight })
}

/// `q=` and `0`, `1`, or one of them with at most three decimals (RFC 9110 §12.4.2).
fn weight(parameter: &[u8]) -> Option<u16> {
    let value = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="))?;
    let (whole, decimals) = match value {
        [whole] | [whole, b'.'] => (*whole, &[][..]),
        [whole, b'.', decimals @ ..] if decimals.len() <= 3 => (*whole, decimals),
        _ => return None,
    };
    if !decimals.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut thousandths: u16 = 0;
    for at in 0..3 {
        let digit = decimals.get(at).map_or(0, |digit| u16::from(digit.saturating_sub(b'0')));
        thousandths = thousandths.saturating_mul(10).saturating_add(digit);
    }
    match whole {
        b'0' => Some(thousandths),
        b'1' if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// Whether the range means this tag or a wider one of which the tag is a kind: `de` covers `de-AT` (RFC 4647 §3.3.1).
fn covers(range: &[u8], tag: &str) -> bool {
    covers_start(range, tag.as_bytes()) && matches!(tag.as_bytes().get(range.len()), None | Some(b'-'))
}

/// The tag that the range names, else one that it covers, else the one that remains when the range loses its last parts
/// (RFC 4647 §3.4). `*` is for whatever comes first. None that is refused.
#[inline(never)]
fn place_of(range: &[u8], tags: &[&str], all: &[Range<'_>]) -> Option<usize> {
    let mut found: Option<(usize, usize)> = None;
    for (place, tag) in tags.iter().enumerate() {
        if all.iter().any(|other| other.weight == 0 && covers(other.tag, tag)) {
            continue;
        }
        let bytes = tag.as_bytes();
        // The most bytes that they have in common, but what is more special than asked for comes after what is asked for.
        let fit = if range == b"*" {
            1
        } else if bytes.eq_ignore_ascii_case(range) {
            usize::MAX
        } else if covers(range, tag) {
            usize::MAX.saturating_sub(1)
        } else if range.get(bytes.len()) == Some(&b'-') && covers_start(bytes, range) {
            bytes.len()
        } else {
            continue;
        };
        if found.is_none_or(|(best, _)| fit > best) {
            found = Some((fit, place));
        }
    }
    found.map(|(_, place)| place)
}

fn covers_start(start: &[u8], text: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: [&str; 5] = ["en", "de", "fr", "pt-BR", "zh-Hant"];

    fn of(headers: &[&str]) -> Option<&'static str> {
        preferred(headers.iter().map(|header| header.as_bytes()), &TAGS).map(|place| TAGS[place])
    }

    #[test]
    fn the_heaviest_range_that_is_there_counts() {
        for (header, tag) in [
            ("de", Some("de")),
            ("DE", Some("de")),
            ("de-AT", Some("de")),
            ("de-DE-1996", Some("de")),
            ("de-AT,de;q=0.9,en;q=0.8", Some("de")),
            ("en;q=0.3, de;q=0.9", Some("de")),
            ("de;q=0.3 , en ; q=0.9", Some("en")),
            ("fr,de", Some("fr")),
            ("de;q=0.5,fr;q=0.5", Some("de")),
            ("it,fr;q=0.1", Some("fr")),
            ("pt", Some("pt-BR")),
            ("pt-br", Some("pt-BR")),
            ("pt-PT,pt;q=0.9,en;q=0.8", Some("pt-BR")),
            ("pt-PT,en;q=0.8", Some("en")),
            ("zh-Hant-TW", Some("zh-Hant")),
            ("zh", Some("zh-Hant")),
            ("*", Some("en")),
            ("it,*;q=0.1", Some("en")),
            ("en;q=0,*", Some("de")),
            ("de;q=0,de-AT", None),
            ("de-AT;q=0,de", Some("de")),
            ("it", None),
            ("d", None),
            ("deu", None),
            ("", None),
            (",,,", None),
        ] {
            assert_eq!(of(&[header]), tag, "{header}");
        }
        assert_eq!(of(&["it", "de;q=0.5"]), Some("de"));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn what_is_odd_is_passed_over() {
        for odd in [
            "de;q=2",
            "de;q=1.001",
            "de;q=-1",
            "de;q=0.1234",
            "de;q=a",
            "de;q=",
            "de;q=0.5;x=y",
            "de;level=1",
            "d\u{e9}",
            "de\0",
            "de_AT",
            "\"de\"",
            "de;",
            "<script>",
            "q=1",
            "de;q=0x1",
            "de;q=NaN",
            "de;q=1e0",
        ] {
            assert_eq!(of(&[&format!("{odd},fr;q=0.1")]), Some("fr"), "{odd:?}");
        }
        assert_eq!(preferred([&b"\xff\xfe,fr"[..]].into_iter(), &TAGS), Some(2));
    }

    #[test]
    fn no_header_is_worth_a_long_look() {
        let many = "it,".repeat(40) + "de";
        assert_eq!(of(&[&many]), None);
        let long = format!("{},de", "a".repeat(2000));
        assert_eq!(of(&[&long, "fr"]), None);
        assert_eq!(of(&["fr", &long]), Some("fr"));
        let all: Vec<_> = ["it"].into_iter().cycle().take(1000).chain(["de"]).collect();
        assert_eq!(of(&all), None);
        assert_eq!(of(&[&"-".repeat(1000)]), None);
    }
}
