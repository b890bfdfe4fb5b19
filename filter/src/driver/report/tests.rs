use std::collections::BTreeSet;

use proptest::prelude::*;

use super::metrics::{Gauge, duration_name};
use super::*;
use crate::access::Judgement;
use crate::oidc::endpoint::ProviderEndpoint;
use crate::page::{Cause, Reader, Reason};

const NOW: Timestamp = Timestamp(1_800_000_000);

fn request(headers: &[(&str, &[u8])]) -> Request {
    Request::of(headers).unwrap()
}

fn refused(reason: Reason) -> Reply {
    Reply::explain(reason, Reader::Person)
}

#[test]
fn a_refusal_says_by_which_rule_what_and_where() {
    let asked = request(&[
        (":method", b"GET"),
        (":authority", b"admin.example.com"),
        (":path", b"/finance/q3?token=s3cr3t"),
        ("x-request-id", b"6a2c8f3e-0000-4000-8000-000000000001"),
    ]);
    let missing = crate::access::Verdict { rule: Some(3), judgement: Judgement::NotSignedIn };
    let report =
        Reporter::default().of_reply(&refused(Reason::NotPermitted), Some(&missing), Some(&asked), NOW);
    assert_eq!(report.details, "vestibule_not_permitted{access[3]}");
    assert_eq!(
        report.line.unwrap().text,
        "reason=not_permitted status=403 rule=access[3] method=GET host=admin.example.com path=/finance/q3 \
         request_id=6a2c8f3e-0000-4000-8000-000000000001"
    );
    assert_eq!(report.request_id.as_deref(), Some("6a2c8f3e-0000-4000-8000-000000000001"));
}

#[test]
fn nothing_that_looks_like_a_query_or_a_password_is_in_a_line() {
    for (path, logged) in [
        ("/oauth2/callback%3Fcode=s3cr3t&state=x", "/oauth2/callback"),
        ("/oauth2/callback%3fcode%3Ds3cr3t", "/oauth2/callback"),
        ("/a;jsessionid=s3cr3t/b", "/a"),
        ("/a%23token=s3cr3t", "/a"),
        // These are only odd, and what is refused should be seen.
        ("/a;b/c", "/a;b/c"),
        ("/a%3Fb", "/a%3Fb"),
    ] {
        let asked = request(&[(":path", path.as_bytes()), (":authority", b"ann:s3cr3t@admin.example.com")]);
        let reply = refused(Reason::PathInvalid);
        let text = Reporter::default().of_reply(&reply, None, Some(&asked), NOW).line.unwrap().text;
        assert!(text.ends_with(&format!(" host=admin.example.com path={logged}")), "{text}");
    }
}

#[test]
fn details_are_of_a_few_forms() {
    let details = |reply: &Reply, rule: Option<Option<usize>>| {
        let verdict = rule.map(|rule| Verdict { rule, judgement: Judgement::NotSignedIn });
        Reporter::default().of_reply(reply, verdict.as_ref(), None, NOW).details
    };
    let unknown = refused(Reason::SignInUnknown).with_cause(Cause::Expired);
    assert_eq!(details(&unknown, None), "vestibule_sign_in_unknown{expired}");
    assert_eq!(details(&refused(Reason::PathInvalid), None), "vestibule_path_invalid");
    assert_eq!(details(&refused(Reason::NotSignedIn), Some(None)), "vestibule_not_signed_in{default}");
    let both = refused(Reason::Overloaded).with_cause(Cause::Budget);
    assert_eq!(details(&both, Some(Some(0))), "vestibule_overloaded{access[0],budget}");
}

/// Prometheus takes these names and labels, no series comes twice, and Envoy's tag expressions find each label.
#[test]
fn every_series_has_a_name_of_its_own() {
    let names: Vec<String> = Counter::all(3)
        .into_iter()
        .map(Counter::name)
        .chain(ProviderEndpoint::ALL.map(duration_name))
        .chain(Gauge::ALL.map(|gauge| gauge.name().to_owned()))
        .collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    let plain = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    for name in &names {
        let (labels, metric) = name.rsplit_once(";.;").unwrap_or(("", name));
        assert!(plain(metric) && metric.starts_with("vestibule_"), "{name}");
        for label in labels.split(";.;").filter(|label| !label.is_empty()) {
            let (label, value) = label.split_once("=.=").unwrap();
            let known = ["outcome", "reason", "endpoint", "status", "key", "cached", "wait", "what", "part"];
            assert!(known.contains(&label) && plain(value), "{name}");
        }
    }
    assert!(
        names.contains(&"outcome=.=refused;.;reason=.=not_permitted;.;vestibule_decisions_total".to_owned())
    );
    assert!(
        names.contains(&"outcome=.=started;.;reason=.=sign_in_started;.;vestibule_sign_ins_total".to_owned())
    );
    assert!(names.contains(&"key=.=2;.;cached=.=false;.;vestibule_sessions_opened_total".to_owned()));
}

#[test]
fn a_crowd_is_counted_where_it_is_not_written() {
    let mut reporter = Reporter::default();
    let mut lines =
        (0..190).filter_map(|_| reporter.of_reply(&refused(Reason::PathInvalid), None, None, NOW).line);
    assert_eq!(lines.by_ref().count(), 100);
    assert_eq!(reporter.counts.take().counts.get(&Counter::LogLinesLeftOut), Some(&90));
    assert_eq!(reporter.owed(NOW), None);
    assert_eq!(reporter.owed(NOW.plus(1)).unwrap().text, "reason=path_invalid left_out=90");
    // Everyday answers are at a level that is off, and whoever switches it on wants all of them.
    let everyday =
        (0..100).filter_map(|_| reporter.of_reply(&refused(Reason::NotSignedIn), None, None, NOW).line);
    assert_eq!(everyday.count(), 100);
}

proptest! {
    /// Whatever a client sends: one line of printable characters, with an end, and no other details.
    #[test]
    fn nothing_of_a_client_breaks_out(
        path in prop::collection::vec(any::<u8>(), 0..2000),
        host in prop::collection::vec(any::<u8>(), 0..400),
        id in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let asked = request(&[(":method", &host), (":authority", &host), (":path", &path), ("x-request-id", &id)]);
        let report = Reporter::default().of_reply(&refused(Reason::PathInvalid), None, Some(&asked), NOW);
        prop_assert_eq!(report.details, "vestibule_path_invalid");
        let text = report.line.unwrap().text;
        prop_assert!(text.len() < 4000 && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{}", text);
        prop_assert_eq!(text.matches(" path=").count(), 1);
        let plain = |id: &String| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        prop_assert!(report.request_id.as_ref().is_none_or(plain));
    }
}
