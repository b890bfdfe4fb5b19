//! What must be seen of a fault.

use std::fs;
use std::path::Path;

use vestibule_e2e::client::Response;
use vestibule_e2e::envoy::{Envoy, Samples, eventually};
use vestibule_e2e::process::until_within;
use vestibule_e2e::stage::Stage;

/// How long the filter needs to tell its counters: it does so by tick.
const TOLD_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);

/// The signs of one fault.
pub(crate) struct Signs<'a> {
    /// The reason code, by which the page for operators has it.
    pub(crate) reason: &'a str,
    /// What one line of the log holds, beside `reason=<code>`.
    pub(crate) log: &'a [&'a str],
    /// A series that has grown.
    pub(crate) metric: (&'a str, &'a [(&'a str, &'a str)]),
    /// `%RESPONSE_CODE_DETAILS%`; empty where no request is answered.
    pub(crate) details: &'a str,
}

/// An Envoy before the fault.
pub(crate) struct Before {
    samples: Samples,
    lines: usize,
}

impl Before {
    pub(crate) async fn of(envoy: &Envoy) -> Self {
        Self { samples: envoy.samples().await, lines: envoy.filter_log().len() }
    }
}

impl Signs<'_> {
    /// All of them are there.
    pub(crate) async fn are_seen(&self, envoy: &Envoy, before: &Before) {
        let reason = format!("reason={} ", self.reason);
        let since = || envoy.filter_log().split_off(before.lines.min(envoy.filter_log().len()));
        let has_all =
            |line: &String| line.contains(&reason) && self.log.iter().all(|part| line.contains(part));
        assert!(
            eventually(|| since().iter().any(has_all)).await,
            "no {reason}{:?}:\n{:#?}",
            self.log,
            since()
        );

        let (name, labels) = self.metric;
        let was = before.samples.sum(name, labels);
        let was = was.unwrap_or_else(|| panic!("{name}{labels:?} does not exist from the start"));
        let has_grown = async || envoy.metric(name, labels).await > was;
        until_within(TOLD_WITHIN, has_grown, || format!("{name}{labels:?} is still {was}")).await;

        if !self.details.is_empty() {
            let log = envoy.access_log().await;
            assert!(log.contains(&format!(" {} ", self.details)), "no {}:\n{log}", self.details);
        }
        is_in_the_guide(self.reason);
    }
}

/// The page says its code.
pub(crate) fn says(page: &Response, status: u16, code: &str) {
    assert_eq!(page.status, status, "{}", page.summary());
    assert!(page.text().contains(&format!("Code: {code}")), "{}", page.summary());
}

/// Whoever is signed in notices nothing.
pub(crate) async fn nobody_else_notices(alice: &mut vestibule_e2e::visitor::Visitor) {
    let page = alice.page("/page").await;
    assert_eq!(page.status, 200, "{}", page.summary());
}

/// The page for operators has a row for this code.
fn is_in_the_guide(reason: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasmplugin/OPERATIONS.md");
    let page = fs::read_to_string(page).expect("OPERATIONS.md");
    assert!(
        page.lines().any(|line| line.starts_with(&format!("| `{reason}` |"))),
        "{reason} is not explained"
    );
}

/// A sign-in up to the provider's answer, and what the callback says.
pub(crate) async fn callback_of(stage: &Stage, nick: &str, fault: impl FnOnce(&Stage)) -> Response {
    let mut visitor = stage.visitor();
    let callback = stage.approve(&visitor.begin("/page").await, nick).await;
    fault(stage);
    visitor.page(vestibule_e2e::visitor::target_of(&callback)).await
}
