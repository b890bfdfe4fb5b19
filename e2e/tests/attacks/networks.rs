//! Networks of rules: the address is the one that Envoy's settings make of a request, and no header says it.

use serde_json::{Value, json};
use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::stage::{Stage, StageOptions};

/// By name: whoever connects to Envoy, and what headers say.
const ADDRESSES: [(&str, &str); 3] =
    [("peer", "127.0.0.1"), ("near", "203.0.113.7"), ("far", "198.51.100.9")];

/// Headers that may not count, whatever stands in them.
const NAMING_ADDRESSES: [&str; 6] = [
    "x-real-ip",
    "x-envoy-external-address",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "x-original-forwarded-for",
];

/// For each address a path that it opens, and one that it closes.
fn rules() -> Value {
    let of = |(name, address): (&str, &str)| {
        let path = |what: &str| json!({"paths": [format!("/{what}/{name}")], "client_cidrs": [format!("{address}/32")]});
        [json!({"match": path("open"), "allow": "public"}), json!({"match": path("shut"), "allow": "none"})]
    };
    json!({"access": ADDRESSES.map(of).concat()})
}

/// `x-forwarded-for` as it comes in (`+`: in a header of its own), and the address that the rules see.
type Rows = &'static [(&'static str, &'static str)];

/// As at a gateway that clients reach themselves.
const TO_CLIENTS: Rows = &[
    ("", "peer"),
    ("near", "peer"),
    ("near, far", "peer"),
    ("near + far", "peer"),
    ("127.0.0.1", "peer"),
    ("nonsense", "peer"),
];

/// As at a gateway behind one load balancer, which appends the last of them.
const TO_A_PROXY: Rows = &[
    // It has not come through the load balancer.
    ("", "peer"),
    ("near", "near"),
    ("far, near", "near"),
    ("near, far", "far"),
    ("near + far", "far"),
    ("near,far", "far"),
    ("near, peer", "peer"),
    ("near, nonsense", "peer"),
];

/// As there, with one hop too many: what the client wrote itself is taken for the load balancer's word.
const TO_A_PROXY_COUNTED_TWICE: Rows = &[("far", "peer"), ("near, far", "near"), ("far, near, peer", "near")];

/// Where a neighbour is believed, as beside a workload: the client chooses.
const TO_A_NEIGHBOUR: Rows = &[
    ("", "peer"),
    ("near", "near"),
    ("far, near", "near"),
    ("near, far", "far"),
    ("near + far", "far"),
    ("near, nonsense", "peer"),
];

/// The same with one hop more.
const TO_A_NEIGHBOUR_BEHIND_A_PROXY: Rows = &[
    ("", "peer"),
    ("near", "peer"),
    ("far, near", "far"),
    ("near, far", "near"),
    ("near + far", "near"),
    ("peer, near, far", "near"),
];

#[tokio::test]
async fn clients_say_nothing_about_their_address() {
    for internal_peer in [false, true] {
        hold(EnvoyOptions { internal_peer, ..EnvoyOptions::default() }, TO_CLIENTS).await;
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_its_word_counts_and_nobody_elses() {
    for internal_peer in [false, true] {
        hold(EnvoyOptions { trusted_hops: 1, internal_peer, ..EnvoyOptions::default() }, TO_A_PROXY).await;
    }
}

/// What the guide warns of.
#[tokio::test]
async fn with_a_hop_too_many_the_client_chooses() {
    hold(EnvoyOptions { trusted_hops: 2, ..EnvoyOptions::default() }, TO_A_PROXY_COUNTED_TWICE).await;
}

/// Envoy keeps what such a peer says of itself, and tells the application so.
#[tokio::test]
async fn an_internal_peer_is_believed_by_envoy_and_by_no_rule() {
    let envoy = EnvoyOptions { internal_peer: true, ..EnvoyOptions::default() };
    let stage = Stage::with(StageOptions { config: rules(), envoy, ..StageOptions::default() }).await;
    let lie = "203.0.113.7";
    assert_eq!(stage.visitor().send(request("/open/near", "", lie)).await.status, 401);
    assert_eq!(stage.visitor().send(request("/open/peer", "", lie)).await.status, 200);
    let reached = stage.reached().pop().expect("a request");
    assert_eq!(reached.one("x-envoy-internal").as_deref(), Some("true"));
    assert_eq!(reached.one("x-envoy-external-address").as_deref(), Some(lie));
}

/// What the guide warns of, too: in such an Envoy a rule for a network is no protection.
#[tokio::test]
async fn where_envoy_believes_its_neighbours_the_client_chooses() {
    for internal_peer in [false, true] {
        let options = EnvoyOptions { use_remote_address: false, internal_peer, ..EnvoyOptions::default() };
        hold(options.clone(), TO_A_NEIGHBOUR).await;
        hold(EnvoyOptions { trusted_hops: 1, ..options }, TO_A_NEIGHBOUR_BEHIND_A_PROXY).await;
    }
}

/// What opens and what closes must agree on one address.
async fn hold(envoy: EnvoyOptions, rows: Rows) {
    let setting = format!(
        "use_remote_address {}, {} hops, internal peer {}",
        envoy.use_remote_address, envoy.trusted_hops, envoy.internal_peer
    );
    let stage = Stage::with(StageOptions { config: rules(), envoy, ..StageOptions::default() }).await;
    let mut wrong = Vec::new();
    for (forwarded_for, expected) in rows {
        for (name, lie) in ADDRESSES.iter().flat_map(|(name, _)| ADDRESSES.map(|(_, lie)| (*name, lie))) {
            let mut found = Vec::new();
            for what in ["open", "shut"] {
                let request = request(&format!("/{what}/{name}"), forwarded_for, lie);
                found.push(stage.visitor().send(request).await.status);
            }
            let is_it = name == *expected;
            let expected = if is_it { [200, 403] } else { [401, 401] };
            if found != expected {
                wrong.push(format!("{setting}: \"{forwarded_for}\" and {lie} in others, {name}: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn request(path: &str, forwarded_for: &str, lie: &str) -> Request {
    let lying = NAMING_ADDRESSES.iter().fold(Request::fetch(path), |all, name| all.header(name, lie));
    let lying = lying.header("forwarded", format!("for={lie}"));
    let values = forwarded_for.split(" + ").filter(|value| !value.is_empty());
    values.fold(lying, |request, value| {
        let named = |text: String, (name, address): (&str, &str)| text.replace(name, address);
        request.header("x-forwarded-for", ADDRESSES.into_iter().fold(value.to_owned(), named))
    })
}
