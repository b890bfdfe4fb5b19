//! Regular expressions of oauth2-proxy and paths of Istio, as paths of `access`.
//!
//! What opens a door is never made wider here without a word: what cannot be said exactly is said for less, or not at all. The one
//! exception is [`WITH_THE_FOLDER`].

/// Paths that are all a pattern stood for, or a part of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    pub(crate) paths: Vec<String>,
    /// In what they differ, where they do.
    pub(crate) differs: Option<&'static str>,
}

/// Of what `/x/*` opens and `^/x/` did not, this is all: applications send `/x` to `/x/`, or have no `/x`.
const WITH_THE_FOLDER: &str =
    "the path without its last slash falls under it as well: look what the application has there";

/// How many paths one regular expression may become.
const MOST: usize = 32;

/// The paths of a regular expression that is looked for anywhere in a path, as `skip-auth-route` and `api-route` are.
///
/// # Errors
/// Why none of it can be said.
pub(crate) fn of_regex(regex: &str) -> Result<Paths, &'static str> {
    let (mut paths, mut differs) = (Vec::new(), None);
    for alternative in alternatives(regex).ok_or("it has parts that no path stands for")? {
        let (anchored, rest) = match alternative.strip_prefix('^') {
            Some(rest) => (true, rest),
            None => (false, alternative.as_str()),
        };
        let (path, end) = literal(rest)?;
        if !path.starts_with('/') {
            return Err("it names no path from its beginning");
        }
        if path == "/" && end != End::Exact {
            return Err("it opened every path");
        }
        if !anchored {
            differs = Some("it was looked for anywhere in the path, and now at its beginning only");
        }
        match end {
            End::Exact => paths.push(path),
            End::OptionalSlash => paths.extend([format!("{path}/"), path]),
            End::AtAndBelow => paths.push(format!("{}/*", path.trim_end_matches('/'))),
            End::Below => {
                differs = differs.or(Some(WITH_THE_FOLDER));
                paths.push(format!("{}/*", path.trim_end_matches('/')));
            }
            End::Open if path.ends_with('/') => {
                differs = differs.or(Some(WITH_THE_FOLDER));
                paths.push(format!("{}/*", path.trim_end_matches('/')));
            }
            End::Open => {
                differs = differs.or(Some("it had no end, so that longer names fell under it too, and now only this path and what is below it"));
                let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
                paths.push(if is_file { path } else { format!("{path}/*") });
            }
        }
    }
    paths.dedup();
    Ok(Paths { paths, differs })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Exact,
    OptionalSlash,
    /// The path, and what is below it: what `/x/*` says.
    AtAndBelow,
    /// What is below the path, and the path with a slash, but not the path itself.
    Below,
    /// Neither `$` nor `.*`.
    Open,
}

/// The literal text of an expression without alternatives, and how it ends.
fn literal(regex: &str) -> Result<(String, End), &'static str> {
    let (body, end) = if let Some(body) = regex.strip_suffix("/?$") {
        (body, End::OptionalSlash)
    } else if let Some(body) =
        ["(/.*)?$", "(?:/.*)?$", "(/|$)", "(/.*)?"].iter().find_map(|end| regex.strip_suffix(end))
    {
        (body, End::AtAndBelow)
    } else if [".+$", ".+"].iter().any(|end| regex.ends_with(end)) {
        return Err("it left out the path itself, which /x/* takes in");
    } else if let Some(body) = ["/.*$", "/.*"].iter().find_map(|end| regex.strip_suffix(end)) {
        (body, End::Below)
    } else if let Some(body) = [".*$", ".*"].iter().find_map(|end| regex.strip_suffix(end)) {
        (body, End::Open)
    } else if let Some(body) = regex.strip_suffix('$') {
        (body, End::Exact)
    } else {
        (regex, End::Open)
    };
    let mut path = String::new();
    let mut letters = body.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(escaped) if !escaped.is_ascii_alphanumeric() => path.push(escaped),
                _ => return Err("it has parts that no path stands for"),
            },
            // A dot is any character; people mean the dot, and one path is less than it opened.
            '*' | '+' | '?' | '[' | ']' | '{' | '}' | '(' | ')' | '|' | '^' | '$' => {
                return Err("it has parts that no path stands for");
            }
            _ => path.push(letter),
        }
    }
    if path.is_empty() {
        path.push('/');
    }
    Ok((path, end))
}

/// An expression without `|` and the groups around it: each of what it can be. `None`: too many, or not to be taken apart.
fn alternatives(regex: &str) -> Option<Vec<String>> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    let bytes = regex.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let is_escaped = at > 0 && bytes[at - 1] == b'\\';
        match byte {
            b'(' if !is_escaped => depth += 1,
            b')' if !is_escaped => depth = depth.checked_sub(1)?,
            b'|' if !is_escaped && depth == 0 => {
                parts.push(&regex[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&regex[start..]);
    let mut all = Vec::new();
    for part in parts {
        all.extend(without_group(part)?);
        if all.len() > MOST {
            return None;
        }
    }
    Some(all)
}

/// The first group of `part`, if it holds alternatives, as each of them.
fn without_group(part: &str) -> Option<Vec<String>> {
    let Some(open) = part.find('(').filter(|open| part[*open..].contains('|')) else {
        return Some(vec![part.to_owned()]);
    };
    let close = open + part[open..].find(')')?;
    let inner = part[open + 1..close].trim_start_matches("?:");
    // `(/|$)` is an end, and is read as one; an optional or repeated group is no list of paths.
    if inner.contains(['(', '$', '^']) || part[close + 1..].starts_with(['?', '*', '+', '{']) {
        return Some(vec![part.to_owned()]);
    }
    let (before, after) = (&part[..open], &part[close + 1..]);
    let each = inner.split('|').map(|choice| without_group(&format!("{before}{choice}{after}")));
    Some(each.collect::<Option<Vec<_>>>()?.concat())
}

/// A path of Istio's policies: exact, with `*` at its end or at its beginning, or with `{*}` and `{**}`.
///
/// # Errors
/// Why it cannot be said.
pub(crate) fn of_istio(path: &str) -> Result<Paths, &'static str> {
    let exactly = |path: String| Ok(Paths { paths: vec![path], differs: None });
    let path = path.replace("/{**}", "/*");
    match path.strip_suffix('*').map(|folder| folder.trim_end_matches('*')) {
        None if path.contains(['*', '{']) => Err("it is a pattern for the end or the middle of a path"),
        None => exactly(path),
        Some("" | "/") => Err("it opened every path"),
        Some(folder) if folder.contains(['*', '{']) => {
            Err("it is a pattern for the end or the middle of a path")
        }
        Some(folder) if folder.ends_with('/') => exactly(format!("{}/*", folder.trim_end_matches('/'))),
        Some(begin) => Ok(Paths {
            paths: vec![format!("{begin}/*")],
            differs: Some("longer names fell under it too, and now only this path and what is below it"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(regex: &str) -> Vec<String> {
        of_regex(regex).unwrap_or_else(|why| panic!("{regex}: {why}")).paths
    }

    #[test]
    fn expressions_that_are_paths_become_these_paths() {
        for (regex, expected) in [
            ("^/health$", &["/health"][..]),
            ("^/favicon.ico$", &["/favicon.ico"]),
            ("^/favicon\\.ico$", &["/favicon.ico"]),
            ("^/x/?$", &["/x/", "/x"]),
            ("^/(health|ready)$", &["/health", "/ready"]),
            ("^/x(/.*)?$", &["/x/*"]),
            ("^/x(/|$)", &["/x/*"]),
            ("^/$", &["/"]),
        ] {
            assert_eq!(paths(regex), expected, "{regex}");
            assert_eq!(of_regex(regex).unwrap().differs, None, "{regex}");
        }
    }

    #[test]
    fn what_opens_the_folder_as_well_is_said() {
        for (regex, expected) in [
            ("^/assets/.*", &["/assets/*"][..]),
            ("^/assets/", &["/assets/*"]),
            ("^/api/v1/.*$", &["/api/v1/*"]),
            ("^/a$|^/b/", &["/a", "/b/*"]),
        ] {
            assert_eq!(paths(regex), expected, "{regex}");
            assert_eq!(of_regex(regex).unwrap().differs, Some(WITH_THE_FOLDER), "{regex}");
        }
    }

    #[test]
    fn what_opened_more_than_it_seems_is_narrowed_and_said() {
        for (regex, expected) in [
            ("/health", "/health/*"),
            ("^/ml_metadata", "/ml_metadata/*"),
            ("^/manifest.json", "/manifest.json"),
            ("/api/", "/api/*"),
        ] {
            assert_eq!(paths(regex), [expected]);
            assert!(of_regex(regex).unwrap().differs.is_some(), "{regex}");
        }
    }

    #[test]
    fn what_is_no_path_is_not_guessed() {
        for regex in [
            "^/",
            "/",
            ".*",
            "^/.*",
            "^/.*$",
            "",
            "\\.css$",
            "^/[a-z]+/x$",
            "^/u/[^/]+$",
            "health",
            "^/(a|b",
            "^/a.*b$",
            "^/\\d+$",
            "^/docs/.+$",
            "^/docs/.+",
            "^/x.+$",
            "^/manifest.json.+$",
        ] {
            assert!(of_regex(regex).is_err(), "{regex}: {:?}", of_regex(regex));
        }
    }

    #[test]
    fn paths_of_istio() {
        assert_eq!(of_istio("/realms/*").unwrap().paths, ["/realms/*"]);
        assert_eq!(of_istio("/dex/**").unwrap().paths, ["/dex/*"]);
        assert_eq!(of_istio("/x").unwrap().paths, ["/x"]);
        assert_eq!(of_istio("/api*").unwrap().paths, ["/api/*"]);
        assert!(of_istio("/api*").unwrap().differs.is_some());
        assert!(
            of_istio("*/info").is_err()
                && of_istio("*").is_err()
                && of_istio("/*").is_err()
                && of_istio("/a/{*}/b").is_err()
        );
    }
}
