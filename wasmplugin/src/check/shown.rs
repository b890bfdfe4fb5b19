//! The lines of a file as they may be shown: without anything that could be a secret.
//!
//! A line is repeated to point at a fault in it, and a secret may stand in the same line. So everything that is a secret
//! by its place is covered, in what can be read as YAML; and in every line, also of a text that cannot be read, what
//! looks like one.

use crate::yaml::{Node, Place, Value};

/// In place of each character of a secret, so that a caret still points at the right one.
const COVER: char = '*';

/// What is as long as this and has letters and digits may be a key.
const LONG: usize = 24;

/// The lines of a text, without its secrets.
#[derive(Debug)]
pub(crate) struct Shown(Vec<String>);

impl Shown {
    /// `configurations` are those that were found in `text`: what is JSON in a string for YAML, is known better by them.
    pub(crate) fn new(text: &str, configurations: &[&Node]) -> Self {
        let documents = crate::yaml::read(text).unwrap_or_default();
        let mut lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        let mut covered = Vec::new();
        documents.iter().for_each(|document| collect(document, is_secret_resource(document), &mut covered));
        configurations.iter().for_each(|configuration| collect(configuration, false, &mut covered));
        for secret in covered {
            let is_read = configurations.iter().any(|configuration| secret.is_read_as(configuration));
            if !(secret.is_json && is_read) {
                cover_secret(&mut lines, &secret);
            }
        }
        for line in &mut lines {
            cover_what_looks_like_one(line);
            if documents.is_empty() {
                cover_after_a_telling_key(line);
            }
        }
        Self(lines.into_iter().map(|line| line.into_iter().collect()).collect())
    }

    /// A line by its number, from 1 on.
    pub(crate) fn line(&self, number: usize) -> Option<&str> {
        self.0.get(number.checked_sub(1)?).map(String::as_str)
    }
}

/// What must not be seen.
struct Covered {
    place: Place,
    /// It goes on in the lines below.
    has_more: bool,
    /// It is covered for what may be in it.
    is_json: bool,
}

impl Covered {
    fn new(place: Place, text: &str) -> Self {
        // What has several lines in the file may be one when it is read.
        let has_more = text.contains('\n') || (place.width == 1 && text.chars().count() > 1);
        Self { place, has_more, is_json: false }
    }

    /// Whether `configuration` was read of this string, and the places in it are those of the file.
    fn is_read_as(&self, configuration: &Node) -> bool {
        let near = configuration.place.line == self.place.line;
        let first = configuration.entries().first();
        near && first.is_some_and(|entry| entry.key_place != configuration.place)
    }
}

fn is_secret_resource(document: &Node) -> bool {
    document.get("kind").and_then(Node::text) == Some("Secret")
}

/// The places of all texts that are or may be secrets.
fn collect(node: &Node, is_within: bool, covered: &mut Vec<Covered>) {
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                let kept = ["env", "name", "key_id", "kind", "apiVersion"].contains(&entry.key.as_str());
                let is_plain_name = kept && entry.value.text().is_some_and(is_name);
                let is_leaf = entry.value.entries().is_empty() && entry.value.items().is_empty();
                let is_telling = is_telling(&entry.key) || (is_leaf && is_vague(&entry.key));
                if !is_plain_name {
                    collect(&entry.value, is_within || is_telling, covered);
                }
                // `{s3cr3t}` is a map with a key and no value.
                if is_within && entry.value.value == Value::Null {
                    covered.push(Covered::new(entry.key_place, ""));
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, is_within, covered)),
        // JSON in a string has places of its own, which are not known here.
        Value::String(text) if text.contains('{') => {
            covered.push(Covered { is_json: true, ..Covered::new(node.place, text) });
        }
        Value::String(text) if is_within => covered.push(Covered::new(node.place, text)),
        Value::Number(..) if is_within => covered.push(Covered::new(node.place, "")),
        _ => {}
    }
}

/// Whether a key says that a secret may stand below it.
fn is_telling(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let words =
        ["secret", "secert", "passw", "private", "credential", "key_values", "keyvalues", "stringdata"];
    words.iter().any(|word| key.contains(word))
}

/// Whether a secret may be the value of this key, and a map below it is something else.
fn is_vague(key: &str) -> bool {
    ["value", "key"].contains(&key)
}

fn is_name(text: &str) -> bool {
    text.len() < 64
        && text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'))
}

/// What has several lines is covered for as long as they are indented as a value of its key is.
fn cover_secret(lines: &mut [Vec<char>], secret: &Covered) {
    let place = secret.place;
    let Some(line) = lines.get_mut(place.line.wrapping_sub(1)) else { return };
    let begin = place.column.saturating_sub(1);
    let end = if secret.has_more { line.len() } else { (begin + place.width).min(line.len()) };
    line.iter_mut().take(end).skip(begin).for_each(cover);
    if !secret.has_more {
        return;
    }
    let indent = |line: &[char]| line.iter().take_while(|char| **char == ' ').count();
    let own = indent(line);
    // A block begins in a line of its own, any other text in that of its key.
    let least = if own == begin { own } else { own + 1 };
    let rest = lines.iter_mut().skip(place.line);
    for line in rest.take_while(|line| indent(line) >= least || line.iter().all(|char| *char == ' ')) {
        line.iter_mut().for_each(cover);
    }
}

fn cover_what_looks_like_one(line: &mut [char]) {
    let is_of_key = |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '/' | '=' | '_' | '-');
    let digest: Vec<char> = "sha256:".chars().collect();
    let mut begin = 0;
    while begin < line.len() {
        let length = line[begin..].iter().take_while(|char| is_of_key(**char)).count();
        let (before, rest) = line.split_at_mut(begin);
        let word = &mut rest[..length];
        let has = |test: fn(&char) -> bool, word: &[char]| word.iter().filter(|char| test(char)).count();
        let is_key = length >= LONG
            && has(char::is_ascii_digit, word) >= 3
            && has(char::is_ascii_alphabetic, word) >= 3;
        // A digest is none, and is there to be compared.
        if is_key && !before.ends_with(&digest) {
            word.iter_mut().for_each(cover);
        }
        begin += length.max(1);
    }
}

fn cover_after_a_telling_key(line: &mut [char]) {
    let text: String = line.iter().collect::<String>().to_ascii_lowercase();
    // `value` is a word of templates, too.
    let words =
        ["secret", "passw", "private", "begin ", "credential", "value:", "value\"", "value'", "value "];
    let ends = words.iter().filter_map(|word| text.find(word).map(|at| (at, word)));
    let begin = ends.map(|(at, word)| text[..at].chars().count() + word.chars().count()).min();
    if let Some(begin) = begin {
        line.iter_mut().skip(begin).filter(|char| char.is_alphanumeric()).for_each(cover);
    }
}

fn cover(char: &mut char) {
    if *char != ' ' {
        *char = COVER;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// None of these may be seen, whatever a person did wrong.
    #[test]
    fn no_secret_is_shown() {
        for text in [
            "client: {id: 0oa1, secret: {value: hunter2hunter2}}",
            "client: {secret: hunter2hunter2}",
            "client: {secert: {valeu: hunter2hunter2}}",
            "client:\n  secret:\n    value: >\n      hunter2hunter2\n      hunter2hunter2\n  id: a",
            "client:\n  secret:\n    value: >-\n      hunter2hunter2\n      hunter2hunter2\n  id: a",
            "client:\n  secret:\n    value: \"hunter2\n      hunter2hunter2\"\n  id: a",
            "key_values: {COOKIE: hunter2hunter2}",
            "client:\n  private_key:\n    value: |\n      hunter2hunter2\n\n      hunter2hunter2\n",
            "session: {secrets: [hunter2hunter2, {value: \"hunter2hunter2\"}]}",
            "session: {secrets: [{hunter2hunter2}]}",
            "kind: Secret\nstringData:\n  COOKIE: hunter2hunter2\n",
            "kind: Secret\nstringData: {COOKIE: hunter2hunter2}\n",
            "vmConfig:\n  env:\n  - {name: COOKIE_SECRET, value: 'hunter2hunter2'}\n",
            "text: '{\"client\": {\"secret\": {\"value\": \"hunter2hunter2\"}}}'",
            "text: |\n  {\"client\": {\"secret\":\n    {\"value\": \"hunter2hunter2\"}}}\n",
            "secret: {value: hunter2hunter2",
            "a: [\nvalue: hunter2hunter2",
            "{\"a\": {\"value\": \"hunter2hunter2\"",
            "secrets: [{env: A}, {value: \"hunter2hunter2\"]",
            "client:\n\tsecret: hunter2hunter2",
            "session: {secrets: [{env: A}\nx: 8f2a9c0d77e1b3a45f60hunter2hunter2",
        ] {
            let shown = Shown::new(text, &[]);
            assert_eq!(shown.0.len(), text.lines().count());
            for (line, shown) in text.lines().zip(&shown.0) {
                assert!(!shown.contains("hunter2"), "{text}\n{shown}");
                assert_eq!(line.chars().count(), shown.chars().count(), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        let text = "client: {id: 0oa1, secret: {env: OKTA_CLIENT_SECRET}, key_id: k-1}\nsession:\n  \
                    secrets: [{env: COOKIE_SECRET}]\nurl: oci://r.example/v@sha256:0123456789abcdef0123456789abcdef\n\
                    access: [{match: {paths: [/a/*/b]}}]\n";
        let shown = Shown::new(text, &[]);
        assert_eq!(shown.0.join("\n"), text.trim_end());
        assert_eq!(shown.line(0), None);
        assert_eq!(shown.line(9), None);
    }
}
