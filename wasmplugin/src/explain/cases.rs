//! A file of requests with what is expected of each: a unit test for a policy.
//!
//! ```yaml
//! - {host: admin.example.com, path: /healthz, expect: forward}
//! - {host: admin.example.com, path: /finance/, as: ann@example.com, groups: [finance], expect: forward, rule: 1,
//!    headers: {x-auth-request-email: ann@example.com}}
//! - {host: admin.example.com, path: /finance/, as: bob@example.com, expect: 403, reason: not_permitted}
//! ```

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Subject;
use super::answer::{Answer, Explained};
use super::filter::Asked;
use super::person::Person;
use crate::input::Input;
use crate::yaml::{self, Node};

const KEYS: [&str; 14] = [
    "name",
    "host",
    "path",
    "method",
    "as",
    "groups",
    "claims",
    "bearer",
    "nobody",
    "from",
    "request_headers",
    "expect",
    "rule",
    "reason",
];

/// Runs them all; what is to be said, and whether all hold.
///
/// # Errors
/// Where the file is not of this form.
pub(super) fn run(subject: &Subject, inputs: &[Input]) -> Result<(String, bool), String> {
    let (mut out, mut count, mut differ) = (String::new(), 0, 0);
    for input in inputs {
        let documents = yaml::read(&input.text).map_err(|broken| {
            format!("{}:{}:{} is no YAML: {}", input.name, broken.place.line, broken.place.column, broken.why)
        })?;
        let cases = documents.iter().flat_map(|document| document.get("cases").unwrap_or(document).items());
        for case in cases {
            count += 1;
            let at = format!("{}:{}", input.name, case.place.line);
            let differences = one(subject, case).map_err(|why| format!("{at}: {why}"))?;
            if !differences.is_empty() {
                differ += 1;
                let name = case.get("name").and_then(Node::text).unwrap_or_default();
                let _ = writeln!(out, "{at}: {name}\n  {}", differences.join("\n  "));
            }
        }
    }
    if count == 0 {
        return Err("there are no cases in the file: a list of maps is wanted".to_owned());
    }
    let _ = writeln!(out, "cases: {count}, of which differ: {differ}");
    Ok((out, differ == 0))
}

/// In what one differs from what is expected.
fn one(subject: &Subject, case: &Node) -> Result<Vec<String>, String> {
    for entry in case.entries() {
        if !KEYS.contains(&entry.key.as_str()) && entry.key != "headers" {
            return Err(format!("unknown key {:?}; known are headers, {}", entry.key, KEYS.join(", ")));
        }
    }
    let text = |key: &str| case.get(key).and_then(Node::text);
    let host = text("host").ok_or("a host is wanted")?;
    let expected = case
        .get("expect")
        .map(|node| node.json())
        .ok_or("expect is wanted: forward, sign_in, pass_by or a status")?;
    let address = text("from")
        .map(|address| address.parse().map_err(|_| format!("from: {address} is no address")))
        .transpose()?;
    let headers = case.get("request_headers").map_or(&[][..], Node::entries);
    let headers = headers
        .iter()
        .filter_map(|entry| Some((entry.key.to_ascii_lowercase(), entry.value.text()?.to_owned())));
    let asked = Asked {
        method: text("method").unwrap_or("GET"),
        host,
        path: text("path").unwrap_or("/"),
        headers: headers.collect(),
    };
    let explained = subject.explain(&asked, &person(case)?, address);
    Ok(differences(case, &expected, &explained))
}

fn person(case: &Node) -> Result<Person, String> {
    if let Some(bearer) = case.get("bearer") {
        return match bearer.text() {
            Some(token) => Person::bearer(token),
            None => Ok(Person::with_token(bearer.json())),
        };
    }
    let mut claims = match case.get("claims").map(Node::json) {
        Some(Value::Object(claims)) => claims,
        Some(_) => return Err("claims: a map is wanted".to_owned()),
        None => Map::new(),
    };
    if let Some(email) = case.get("as").and_then(Node::text) {
        claims.insert("email".to_owned(), json!(email));
        claims.entry("sub").or_insert(json!(email));
    }
    if let Some(groups) = case.get("groups") {
        claims.insert("groups".to_owned(), groups.json());
    }
    Ok(if claims.is_empty() { Person::Nobody } else { Person::SignedIn(claims) })
}

fn differences(case: &Node, expected: &Value, explained: &Explained) -> Vec<String> {
    let mut found = Vec::new();
    let expected = expected.as_str().map_or_else(|| expected.to_string(), str::to_owned);
    let reason = match &explained.answer {
        Answer::Status { reason, .. } => *reason,
        _ => "",
    };
    if explained.word() != expected {
        found.push(format!("expected {expected}, found {} {reason}", explained.word()).trim_end().to_owned());
    }
    if let Some(wanted) = case.get("reason").and_then(Node::text)
        && wanted != reason
    {
        found.push(format!("expected the reason {wanted}, found {reason:?}"));
    }
    if let Some(wanted) = case.get("rule") {
        let rule = explained
            .verdict
            .as_ref()
            .and_then(|verdict| verdict.rule)
            .map_or(Value::Null, |rule| json!(rule));
        if wanted.json() != rule {
            found.push(format!("expected access[{}] to decide, found {rule}", wanted.json()));
        }
    }
    for entry in case.get("headers").map_or(&[][..], Node::entries) {
        let value = explained
            .headers
            .iter()
            .find(|(name, _)| *name == entry.key.to_ascii_lowercase())
            .map(|(_, value)| value.as_str());
        if value != entry.value.text() {
            found.push(format!(
                "expected {}: {:?}, found {:?}",
                entry.key,
                entry.value.text().unwrap_or_default(),
                value.unwrap_or_default()
            ));
        }
    }
    found
}
