//! What is counted, and told by tick.

use vestibule::driver::report::metrics::{Counter, Gauge, GaugeChange};

use super::*;

impl Host {
    /// What was counted since this was asked last, by the names in Envoy.
    fn counted(&mut self) -> BTreeMap<String, u64> {
        let pending = self.driver.take_metrics();
        pending.counts.into_iter().map(|(counter, count)| (counter.name(), count)).collect()
    }

    /// How many instances the gauge says to be more, or fewer.
    fn ready_by(&mut self) -> i64 {
        let gauges = self.driver.take_metrics().gauges;
        let by = |change| if let GaugeChange::By(Gauge::Ready, by) = change { by } else { 0 };
        gauges.into_iter().map(by).sum()
    }
}

fn decisions(outcome: &str, reason: &str) -> String {
    format!("outcome=.={outcome};.;reason=.={reason};.;vestibule_decisions_total")
}

fn requests(endpoint: &str, status: &str) -> String {
    format!("endpoint=.={endpoint};.;status=.={status};.;vestibule_provider_requests_total")
}

#[test]
fn every_decision_and_call_is_counted_once() {
    let mut host = Host::ready(&json!({"access": [{"match": {"paths": ["/healthz"]}, "allow": "public"}]}));
    let counted = host.counted();
    assert_eq!(counted.get(&requests("metadata", "2xx")), Some(&1));
    assert_eq!(counted.get(&requests("keys", "2xx")), Some(&1));
    host.send(1, page("/healthz"));
    host.send(2, page("/healthz"));
    host.send(3, page("/app"));
    let callback = host.callback();
    host.send(4, callback.clone());
    host.answer_first_with(&answer(400, r#"{"error":"invalid_grant"}"#));
    let counted = host.counted();
    let wanted = [
        (decisions("forwarded", "public"), 2),
        (decisions("redirected", "sign_in_started"), 1),
        (decisions("failed", "token_refused"), 1),
        ("outcome=.=started;.;reason=.=sign_in_started;.;vestibule_sign_ins_total".to_owned(), 1),
        ("outcome=.=failed;.;reason=.=token_refused;.;vestibule_sign_ins_total".to_owned(), 1),
        (requests("token", "4xx"), 1),
    ];
    assert_eq!(counted, wanted.into());
    assert_eq!(host.counted(), BTreeMap::new(), "and told once");
}

#[test]
fn calls_that_nobody_waits_for_or_that_cannot_be_made_are_counted_too() {
    let mut host = Host::ready(&json!({}));
    let (first, second) = (host.callback(), host.callback());
    host.counted();
    host.send(1, first);
    host.gone(1);
    host.works = false;
    host.send(2, second);
    let counted = host.counted();
    assert_eq!(counted.get(&requests("token", "abandoned")), Some(&1));
    assert_eq!(counted.get(&requests("token", "not_made")), Some(&1));
}

#[test]
fn how_long_calls_take_is_measured() {
    let mut host = Host::ready(&json!({}));
    host.driver.take_metrics();
    let callback = host.callback();
    host.send(1, callback);
    host.world.now = host.world.now.plus(3);
    host.answer_first();
    let durations = host.driver.take_metrics().durations;
    let durations: Vec<_> = durations.into_iter().map(|(endpoint, took)| (endpoint.name(), took)).collect();
    assert_eq!(durations, [("token", 3000)]);
}

#[test]
fn whoever_waits_and_whoever_is_refused_for_the_budget_is_counted() {
    let mut host = Host::new(&json!({"budget": {"sign_ins": "1/s"}}));
    host.send(1, page("/app"));
    host.tick();
    host.provider_answers();
    host.tick();
    host.provider_answers();
    assert_eq!(host.counted().get("wait=.=provider;.;vestibule_parked_total"), Some(&1));
    let callbacks: Vec<_> = (0..15).map(|_| host.callback()).collect();
    for (stream, callback) in (10..).zip(callbacks) {
        host.send(stream, callback);
    }
    assert_eq!(host.counted().get("what=.=redemption;.;vestibule_budget_refusals_total"), Some(&5));
}

#[test]
fn sessions_are_counted_by_the_secret_that_has_sealed_them() {
    let mut host = Host::ready(&json!({}));
    host.world.become_ready();
    host.world.sign_in("/");
    host.counted();
    for stream in 0..3 {
        host.send(stream, page("/app"));
    }
    let opened = |cached| format!("key=.=0;.;cached=.={cached};.;vestibule_sessions_opened_total");
    let counted = host.counted();
    assert_eq!((counted.get(&opened(false)), counted.get(&opened(true))), (Some(&1), Some(&2)));
    assert_eq!(counted.get(&decisions("forwarded", "permitted")), Some(&3));
}

/// The gauge is everybody's, so an instance says only what changes.
#[test]
fn an_instance_is_on_the_roll_while_it_is_ready_and_leaves_it_when_it_ends() {
    let mut host = Host::new(&json!({}));
    host.tick();
    host.provider_answers();
    assert_eq!(host.ready_by(), 0);
    host.tick();
    host.provider_answers();
    host.tick();
    assert_eq!(host.ready_by(), 1);
    host.world.now = host.world.now.plus(60);
    host.tick();
    assert_eq!(host.ready_by(), 0, "it is counted already");
    // Another one, in another worker.
    let mut other = Host::new(&json!({}));
    std::mem::swap(&mut other.world.shared, &mut host.world.shared);
    other.world.now = host.world.now;
    other.tick();
    assert_eq!(other.ready_by(), 1);
    // The first one's VM dies: nobody hears of it, and half a minute later it is not counted.
    for (seconds, by) in [(10, 0), (10, 0), (10, -1), (10, 0)] {
        other.world.now = other.world.now.plus(seconds);
        other.tick();
        assert_eq!(other.ready_by(), by);
    }
    other.tell(Driver::on_end);
    assert_eq!(other.ready_by(), -1);
}

#[test]
fn only_who_fetches_says_when() {
    let mut host = Host::ready(&json!({}));
    host.tick();
    let fetched = |host: &mut Host| {
        let gauges = host.driver.take_metrics().gauges;
        gauges.into_iter().filter(|change| matches!(change, GaugeChange::To(..))).collect::<Vec<_>>()
    };
    let now = host.world.now;
    let wanted = [GaugeChange::To(Gauge::MetadataFetched, now), GaugeChange::To(Gauge::KeysFetched, now)];
    assert_eq!(fetched(&mut host), wanted);
    let mut other = Host::new(&json!({}));
    std::mem::swap(&mut other.world.shared, &mut host.world.shared);
    other.tick();
    assert_eq!(other.events, [ProviderEvent::Ready]);
    assert_eq!(fetched(&mut other), []);
}

#[test]
fn what_is_counted_is_among_what_exists_from_the_start() {
    let all: Vec<String> = Counter::all(1).into_iter().map(Counter::name).collect();
    let mut host =
        Host::ready(&json!({"access": [{"match": {"paths": ["/a"]}, "require": {"groups": ["x"]}}]}));
    host.world.become_ready();
    host.world.sign_in("/");
    for (stream, path) in
        (0..).zip(["/", "/a", "/a/../b", "/oauth2/userinfo", "/oauth2/callback?state=x&code=y", "%"])
    {
        host.send(stream, page(path));
    }
    let counted = host.counted();
    assert!(counted.len() > 5 && counted.keys().all(|name| all.contains(name)), "{counted:?}");
}
