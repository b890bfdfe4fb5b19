use proptest::prelude::*;

use super::super::{Clarity, NormalPath};
use super::*;

fn readings(path: &str) -> Vec<String> {
    let readings = Readings::of(path.as_bytes()).unwrap_or_else(|error| panic!("{path}: {error}"));
    readings.iter().map(|reading| reading.as_str().to_owned()).collect()
}

#[test]
fn what_is_read_in_one_way_is_read_as_its_normal_form() {
    for path in
        ["/", "/a/b.c", "/a/", "/%61%2e", "/a%20b", "/%c3%a9", "/caf%E9", "/100%25", "/a b", "/...", "/.a"]
    {
        let normal = NormalPath::parse(path.as_bytes()).unwrap();
        assert_eq!(readings(path), [normal.as_str()], "{path}");
    }
}

#[test]
fn each_kind_of_reading() {
    for (path, expected) in [
        // Slashes in other words.
        ("/a%2fb", &["/a%2Fb", "/a/b"][..]),
        ("/a\\b", &["/a%5Cb", "/a/b"]),
        ("/a%5cb", &["/a%5Cb", "/a/b"]),
        ("/a\\b%5cc", &["/a%5Cb%5Cc", "/a/b%5Cc", "/a/b/c"]),
        ("/a%2fb%5cc", &["/a%2Fb%5Cc", "/a%2Fb/c", "/a/b%5Cc", "/a/b/c"]),
        // The whole path in one way.
        ("/a%2fb%2fc", &["/a%2Fb%2Fc", "/a/b/c"]),
        // Parameters, cut before decoding and after.
        ("/a;b/c", &["/a/c", "/a;b/c"]),
        ("/a%3bb/c", &["/a%3Bb/c", "/a/c"]),
        ("/a;b%2fc/d", &["/a/c/d", "/a/d", "/a;b%2Fc/d", "/a;b/c/d"]),
        ("/;x/a", &["/", "//a", "/;x/a", "/a"]),
        ("/.;x/a", &["/./a", "/.;x/a", "/a"]),
        // A query or a fragment that appears.
        ("/a%3fb/c", &["/a", "/a%3Fb/c"]),
        ("/a%23", &["/a", "/a%23"]),
        ("/%3fa", &["/", "/%3Fa"]),
        // Decoded once or twice.
        ("/%2561", &["/%2561", "/a"]),
        ("/%25%36%31", &["/%2561", "/a"]),
        ("/a%252fb", &["/a%252fb", "/a%2Fb", "/a/b"]),
        ("/a%253fb", &["/a", "/a%253fb", "/a%3Fb"]),
        ("/100%2525", &["/100%25", "/100%2525"]),
        // Slashes that repeat, and segments that say nothing.
        ("/a//b", &["/a//b", "/a/b"]),
        ("/a//", &["/a/", "/a//"]),
        ("/a/./b", &["/a/./b", "/a/b"]),
        ("/a/%2e", &["/a/", "/a/."]),
        ("//a//b", &["//a//b", "/a//b", "/a/b", "//b", "/b"]),
        // Blanks that are cut off.
        ("/a%20", &["/a", "/a%20"]),
        ("/a%2520%20", &["/a", "/a%20%20", "/a%2520", "/a%2520%20"]),
        // An authority.
        ("//a/b", &["//a/b", "/a/b", "/b"]),
        ("//a", &["/", "//a", "/a"]),
        ("/%2fa/b", &["/%2Fa/b", "//a/b", "/a/b", "/b"]),
        ("/\\a/b", &["/%5Ca/b", "//a/b", "/a/b", "/b"]),
        ("///a/b", &["/", "///a/b", "/a/b", "/b"]),
        ("/.//a/b", &["/.//a/b", "/./a/b", "//a/b", "/a/b", "/b"]),
        // Read before a slash in it appears, and after.
        (
            "//a%2fb/c%2fd",
            &["//a%2Fb/c%2Fd", "//a/b/c/d", "/a%2Fb/c%2Fd", "/a/b/c/d", "/b/c/d", "/c%2Fd", "/c/d"],
        ),
    ] {
        let mut expected: Vec<_> = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(readings(path), expected, "{path}");
    }
}

/// Paths that people meet every day cost a handful of readings.
#[test]
fn everyday_paths_have_few_readings() {
    for (path, count) in [
        ("/api/queues/%2F/q", 3),
        ("/api/v1/repositories/https%3A%2F%2Fgithub.com%2Fa%2Fb", 3),
        ("/@scope%2fname", 2),
        ("/api/v4/projects/a%2Fb/repository/files/src%2Fmain.rs/raw", 2),
        ("/job/a;jsessionid=1/x", 2),
    ] {
        assert_eq!(readings(path).len(), count, "{path} {:?}", readings(path));
    }
}

#[test]
fn what_would_take_too_long_is_not_read() {
    let long = |piece: &str, bytes: usize| format!("/{}", piece.repeat(bytes / piece.len()));
    assert!(Readings::of(long("a%2f", MAX_PATH - 4).as_bytes()).is_ok());
    assert_eq!(Readings::of(long("a%2f", MAX_PATH + 4).as_bytes()), Err(TooMany));
    // Everything that an octet can hide.
    let encoded = "/a;%2f%5c%3b%3f%23b//c";
    assert!(Readings::of(encoded.as_bytes()).is_ok());
    assert_eq!(Readings::of(long(&encoded[1..], MAX_PATH - 80).as_bytes()), Err(TooMany));
    // And all of it twice over, where the shortest path is too many.
    assert_eq!(Readings::of(b"/.//\\a;%2f%5c%3b%3f%23%252f%255c%253b%253f%2523"), Err(TooMany));
}

/// Of what means something, encoded up to two times.
pub(in crate::web::path) fn odd_path() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "/", "/", "a", "b", "%61", "%2561", ".", "%2e", "%2f", "%5c", "\\", "%252f", "%255c", ";", "%3b",
        "%253b", "%3f", "%23", "%253f", "$", "%24", "%25", "A",
    ]);
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn readings_are_paths_and_the_normal_form_is_one_of_them(path in odd_path()) {
        let normal = NormalPath::parse(path.as_bytes()).unwrap();
        if normal.clarity() == Clarity::NeverGuessed {
            return Ok(());
        }
        let Ok(all) = Readings::of(path.as_bytes()) else { return Ok(()) };
        let readings: Vec<_> = all.iter().map(|reading| reading.as_str().to_owned()).collect();
        for reading in &readings {
            prop_assert!(reading.starts_with('/') && reading.is_ascii() && !reading.contains('\\'), "{}", reading);
            prop_assert!(!reading.split('/').any(|segment| segment == ".."), "{} {}", path, reading);
        }
        // The normal form takes `\` for a slash and `%5c` for none, as the readings of some server do.
        prop_assert!(readings.iter().any(|reading| {
            let letters = |text: &str| text.to_ascii_uppercase().replace("%3B", ";");
            letters(reading) == letters(normal.as_str())
        }), "{} {} {:?}", path, normal.as_str(), readings);
        if normal.clarity() == Clarity::OneReading {
            prop_assert_eq!(readings, [normal.as_str()]);
        }
    }
}
