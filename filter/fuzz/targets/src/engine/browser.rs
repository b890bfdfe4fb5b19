//! What a browser keeps and sends back, or whoever plays one.

use super::script::Cookies;
use super::settings::Setting;
use crate::support::assert_set_cookie;

const MAX_SEEN: usize = 48;

#[derive(Debug, Default)]
pub(super) struct Browser {
    kept: Vec<Kept>,
    /// Every cookie that was ever set, for those who bring along what they should not.
    seen: Vec<(String, String)>,
}

/// A cookie in the browser, by the host or domain to which it belongs.
#[derive(Debug)]
struct Kept {
    scope: String,
    name: String,
    value: String,
}

impl Browser {
    /// The cookies of a browser, or of somebody who collects them.
    pub(super) fn header(&self, cookies: &Cookies, host: &str) -> Option<Vec<u8>> {
        let host = host_name(host);
        let mut pairs: Vec<(String, String)> = match cookies.of % 8 {
            0 => vec![],
            1 => self.seen.iter().rev().take(8).cloned().collect(),
            2 => vec![("a".to_owned(), "b".to_owned())],
            _ => {
                let fits = |scope: &str| {
                    host.strip_suffix(scope).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                };
                // Some leave out the tokens, so that nobody looks whether they have changed; some browsers have lost what binds
                // sign-ins to them, or the ID token.
                let lost = match cookies.of % 8 {
                    3 => "vestibule_t",
                    4 => "vestibule_b_",
                    5 => "vestibule_i",
                    _ => "none of them",
                };
                let wants = |kept: &&Kept| !kept.name.contains(lost);
                let own = self.kept.iter().filter(|kept| fits(&kept.scope)).filter(wants);
                own.map(|kept| (kept.name.clone(), kept.value.clone())).collect()
            }
        };
        let picked = self.seen.iter().rev().nth(usize::from(cookies.which) % self.seen.len().max(1)).cloned();
        if let Some((mut name, mut value)) = picked {
            let at = usize::from(cookies.at) * value.len() / 256;
            let flipped = if value.as_bytes().get(at) == Some(&b'A') { "B" } else { "A" };
            match cookies.twist % 16 {
                1 => value.replace_range(at..(at + 1).min(value.len()), flipped),
                2 => value.truncate(at),
                3 => value.push('A'),
                4 => name.push_str("_1"),
                5 => name.push_str("_t"),
                6 => name = "__Host-vestibule".to_owned(),
                7 => name = "__Secure-vestibule".to_owned(),
                8 => name = "vestibule".to_owned(),
                9 => value = format!("1AAAA{value}"),
                10 => value = value.get(5..).unwrap_or_default().to_owned(),
                11 => name = format!("__Host-vestibule_b_{}", value.get(..4).unwrap_or_default()),
                12 => value = "1AAAAAAAA".to_owned(),
                13 => name = name.to_ascii_uppercase(),
                _ => {}
            }
            match cookies.twist / 16 {
                0..=7 => {}
                8..=11 => pairs.push((name, value)),
                _ => pairs.insert(0, (name, value)),
            }
        }
        let joined =
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        (!pairs.is_empty()).then(|| joined.into_bytes())
    }

    /// Takes what a reply or a response sets.
    pub(super) fn keep(&mut self, set_cookies: &[String], authority: &str, setting: &Setting) {
        for cookie in set_cookies {
            assert_set_cookie(cookie, setting.secure);
            let (name, value) =
                cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            let domain = cookie.split("; ").find_map(|attribute| attribute.strip_prefix("Domain="));
            assert!(domain.is_none() || domain == setting.cookie_domain, "{cookie}");
            let scope = domain.map_or_else(|| host_name(authority), str::to_owned);
            self.kept.retain(|kept| kept.name != name || kept.scope != scope);
            if !cookie.contains("Max-Age=0") {
                let (name, value) = (name.to_owned(), value.to_owned());
                self.seen.push((name.clone(), value.clone()));
                self.kept.push(Kept { scope, name, value });
            }
        }
        let surplus = self.seen.len().saturating_sub(MAX_SEEN);
        self.seen.drain(..surplus);
    }

    /// Another browser, or its owner deletes all cookies.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }
}

/// In lower case, without port and trailing dot.
pub(super) fn host_name(authority: &str) -> String {
    if authority.starts_with('[') {
        return authority.to_owned();
    }
    let name = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
    name.strip_suffix('.').map(str::to_owned).unwrap_or(name)
}
