//! Files of variables: `NAME=value`, one a line.

use super::{Source, environment};
use crate::migrate::found::Found;
use crate::migrate::options;
use crate::migrate::setting::Value;

pub(super) fn read(text: &str, source: &Source, found: &mut Found) {
    for (number, name, value) in lines(text) {
        environment::variable(name, Value::text(value), &source.line(number), found);
    }
}

/// Whether it holds variables of oauth2-proxy and nothing else but lines of this kind.
pub(super) fn looks_like_it(text: &str) -> bool {
    let all = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).count();
    lines(text).count() == all && lines(text).any(|(_, name, _)| name.starts_with(options::PREFIX))
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.trim();
        let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let value = value.trim();
        let quoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        (is_name && !line.starts_with('#')).then_some((index + 1, name, quoted.unwrap_or(value)))
    })
}
