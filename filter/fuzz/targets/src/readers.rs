//! How applications read the path of a request: several ways, none of them the filter's own code.

/// What each kind of application takes `raw` (without its query) for.
pub(crate) fn readings(raw: &[u8]) -> Vec<Vec<u8>> {
    let once = decoded(raw);
    let twice = decoded(&once);
    // One that resolves nothing, and one that resolves before it decodes.
    let mut readings = vec![raw.to_vec(), once.clone(), decoded(&resolved(raw, Empty::Merged))];
    for path in [once, twice] {
        let slashes: Vec<u8> = path.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect();
        for path in [path, slashes] {
            readings.push(resolved(&path, Empty::Kept));
            readings.push(resolved(&path, Empty::Merged));
            readings.push(resolved(&without_parameters(&path), Empty::Merged));
            // C ends a string there.
            let ended = path.split(|byte| *byte == 0).next().unwrap_or_default();
            readings.push(resolved(ended, Empty::Merged));
        }
    }
    readings
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    Kept,
    Merged,
}

fn decoded(path: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut decoded = Vec::with_capacity(path.len());
    let mut at = 0;
    while at < path.len() {
        let octet = match path[at..] {
            [b'%', high, low, ..] => digit(high).zip(digit(low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        decoded.push(octet.unwrap_or(path[at]));
        at += if octet.is_some() { 3 } else { 1 };
    }
    decoded
}

/// Java's servlets: what follows a `;` in a segment is a parameter.
fn without_parameters(path: &[u8]) -> Vec<u8> {
    let segments = path.split(|byte| *byte == b'/');
    let names: Vec<_> =
        segments.map(|segment| segment.split(|byte| *byte == b';').next().unwrap_or_default()).collect();
    names.join(b"/".as_slice())
}

fn resolved(path: &[u8], empty: Empty) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let segments: Vec<&[u8]> = path.split(|byte| *byte == b'/').skip(1).collect();
    for (index, segment) in segments.iter().enumerate() {
        let last = index + 1 == segments.len();
        match *segment {
            b".." => {
                kept.pop();
            }
            b"." => {}
            b"" if empty == Empty::Merged && !last => {}
            segment => kept.push(segment),
        }
        if last && matches!(*segment, b"." | b"..") {
            kept.push(b"");
        }
    }
    [b"/".as_slice(), &kept.join(b"/".as_slice())].concat()
}

/// Whether a path is `base` or something below it.
pub(crate) fn is_below(path: &[u8], base: &[u8]) -> bool {
    path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}
