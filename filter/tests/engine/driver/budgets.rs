//! How many calls there may be, and what strangers pay for theirs.

use super::*;

#[test]
fn there_is_room_for_so_many_calls_and_what_ends_gives_its_room_back() {
    let mut host = Host::ready(&json!({"budget": {"sign_ins": "1000/s"}}));
    let callbacks: Vec<_> = (0..300).map(|_| host.callback()).collect();
    let mut callbacks = callbacks.into_iter();
    let mut callback = || callbacks.next().unwrap();
    let most = u32::try_from(limits::MAX_CALLS).unwrap();
    for stream in 0..most {
        host.send(stream, callback());
    }
    let under_way = (host.calls.len(), host.driver.calls(), host.fates.len());
    assert_eq!(under_way, (limits::MAX_CALLS, limits::MAX_CALLS, 0));
    host.send(most, callback());
    assert_eq!(host.fates[&most], Fate::Replied(Reason::Overloaded));
    // An answer gives its room back,
    host.answer_first();
    assert_eq!(host.fates.len(), 2);
    host.send(most + 1, callback());
    assert_eq!(host.driver.calls(), limits::MAX_CALLS);
    // and a call that cannot be made.
    host.answer_first();
    host.works = false;
    host.send(most + 2, callback());
    assert_eq!(host.fates[&(most + 2)], Fate::Replied(Reason::TokenUnreachable));
    host.works = true;
    host.send(most + 3, callback());
    assert_eq!(host.driver.calls(), limits::MAX_CALLS);
    // A browser that goes away does not: the call goes on, until it times out.
    host.gone(most + 3);
    assert_eq!((host.driver.calls(), host.driver.calls_left_behind()), (limits::MAX_CALLS - 1, 1));
    host.send(most + 4, callback());
    assert_eq!(host.fates[&(most + 4)], Fate::Replied(Reason::Overloaded));
    host.world.now = host.world.now.plus(6);
    host.send(most + 5, callback());
    assert_eq!((host.driver.calls(), host.driver.calls_left_behind()), (limits::MAX_CALLS, 0));
}

/// A state is redeemed once in a worker: one anonymous state would buy any number of calls.
#[test]
fn one_state_buys_one_call_unless_no_answer_about_the_code_came() {
    let mut host = Host::ready(&json!({}));
    let callback = host.callback();
    host.send(1, callback.clone());
    for stream in 2..50 {
        host.send(stream, callback.clone());
        assert_eq!(host.fates[&stream], Fate::Replied(Reason::SignInUnknown));
    }
    assert_eq!(host.calls.len(), 1);
    // Reloading works where the provider was away,
    for (stream, answer) in [(50, Answer::Nothing), (51, answer(503, "")), (52, answer(429, ""))] {
        host.answer_first_with(&answer);
        host.send(stream, callback.clone());
        assert_eq!(host.calls.len(), 1, "{answer:?}");
    }
    // and not where it has spoken.
    host.answer_first_with(&answer(400, r#"{"error":"invalid_grant"}"#));
    host.send(60, callback);
    assert_eq!(host.fates[&60], Fate::Replied(Reason::SignInUnknown));
    assert!(host.calls.is_empty());
}

#[test]
fn a_stranger_gets_a_strangers_share_and_whoever_signs_in_gets_it_back() {
    let mut host = Host::ready(&json!({}));
    let (stranger, office) = ("192.0.2.1".parse().ok(), "198.51.100.7".parse().ok());
    host.source = stranger;
    let mut refused = 0;
    for stream in 0..60 {
        let callback = host.callback();
        host.send(stream, callback);
        refused += usize::from(host.fates.contains_key(&stream));
        host.answer_all_with(&answer(400, r#"{"error":"invalid_grant"}"#));
    }
    assert_eq!(refused, 10, "fifty at once, and no more");
    assert_eq!(host.fates[&59], Fate::Replied(Reason::Overloaded));
    // Others are not touched, and as many of them as like sign in.
    host.source = office;
    for stream in 100..300 {
        let callback = host.callback();
        host.send(stream, callback);
        let tokens = ok(&host.world.provider.tokens(&host.nonce, host.world.now));
        host.answer_all_with(&tokens);
        assert_eq!(host.fates[&stream], Fate::Replied(Reason::SignedIn));
    }
    // Whoever waited is still who they were when it goes on in the root context.
    let mut waits = Host::new(&json!({}));
    waits.source = stranger;
    for stream in 0..60 {
        let callback = waits.callback();
        waits.send(stream, callback);
    }
    waits.source = None;
    // What the engine of the world has fetched is there for this one too.
    for _ in 0..5 {
        waits.tick();
    }
    assert_eq!((waits.driver.calls(), waits.fates.len()), (50, 10));
}

/// A signature with an RSA key costs milliseconds of a worker.
#[test]
fn a_signature_is_paid_for_by_what_it_costs() {
    for (key, most) in [(include_str!("../../keys/rsa.pem"), 25), (include_str!("../../keys/p256.pem"), 50)] {
        let client = json!({"auth_method": "private_key_jwt", "private_key": {"value": key}});
        let mut host = Host::ready(&json!({"client": client}));
        host.source = "192.0.2.1".parse().ok();
        for stream in 0..60 {
            let callback = host.callback();
            host.send(stream, callback);
        }
        assert_eq!(host.calls.len(), most);
    }
}

#[test]
fn where_addresses_cannot_be_trusted_the_total_alone_decides() {
    let mut host = Host::ready(&json!({"budget": {"by_address": false, "sign_ins": "6/s"}}));
    host.source = "192.0.2.1".parse().ok();
    for stream in 0..100 {
        let callback = host.callback();
        host.send(stream, callback);
    }
    assert_eq!(host.calls.len(), 60);
}
