//! What an attacker would try with the filter's signed word, and what replicas need of it.

use serde_json::json;

use super::*;
use crate::inputs::testing::Dry;
use crate::jose::{JwkSet, Jws, JwsError};

const ONE: &str = "0123456789abcdef0123456789abcdef";
const TWO: &str = "fedcba9876543210fedcba9876543210";
const NOW: Timestamp = Timestamp(1_800_000_000);

fn jwt() -> UpstreamJwt {
    let (audience, header) = (JwtAudience::Host, "x-jwt".to_owned());
    UpstreamJwt { header, audience, lifetime: 300, key: None, other_keys: vec![] }
}

fn config(client: &str, secrets: &[&str]) -> Config {
    let secrets: Vec<_> = secrets.iter().map(|secret| json!({"value": secret})).collect();
    let config = json!({"provider": {"issuer": "https://op.example"}, "client": {"id": client},
        "session": {"secrets": secrets}});
    crate::config::load(config.to_string().as_bytes(), &|_| None).unwrap()
}

fn signer(secrets: &[&str]) -> Signer {
    Signer::new(&jwt(), &config("app", secrets)).unwrap()
}

fn word() -> Word {
    let groups = ["admin".to_owned(), "a,b".to_owned()];
    Word::of(&Identity {
        issuer: "https://op.example",
        sub: "00u1",
        email: Some("a@example.com"),
        groups: Some(&groups),
        ..Identity::default()
    })
}

const PLACE: Place<'static> =
    Place { origin: "https://admin.example.com", host: "admin.example.com", rule: Rule(Some(3)) };

fn sign(signer: &Signer, word: &Word, place: &Place<'_>, now: Timestamp) -> String {
    let (name, value) = signer.header(word, place, now, &mut Dry).unwrap();
    assert_eq!(&*name, "x-jwt");
    String::from_utf8(value.to_vec()).unwrap()
}

fn claims(token: &str) -> Value {
    Value::Object(Jws::parse(token).unwrap().unverified_payload().clone())
}

fn verify(signer: &Signer, token: &str) -> Result<(), JwsError> {
    let keys = JwkSet::read(signer.jwk_set().as_object().unwrap()).unwrap();
    Jws::parse(token)?.verify(&keys).map(drop)
}

#[test]
fn it_says_who_for_whom_by_which_rule_and_for_how_long() {
    let signer = signer(&[ONE]);
    let token = sign(&signer, &word(), &PLACE, NOW);
    assert_eq!(
        claims(&token),
        json!({"iss": "https://admin.example.com", "aud": "admin.example.com", "idp": "https://op.example",
            "sub": "00u1", "email": "a@example.com", "groups": ["admin"], "rule": "access[3]", "iat": NOW.0,
            "exp": NOW.0 + 300})
    );
    let header = Value::Object(Jws::parse(&token).unwrap().unverified_header().clone());
    let key = &signer.jwk_set()["keys"][0];
    assert_eq!(header, json!({"alg": "ES256", "typ": "JWT", "kid": key["kid"]}));
    assert_eq!(
        (&key["kty"], &key["crv"], &key["use"], &key["alg"]),
        (&json!("EC"), &json!("P-256"), &json!("sig"), &json!("ES256"))
    );
    assert!(key.get("d").is_none(), "{key}");
    verify(&signer, &token).unwrap();
}

/// Nothing is said that other headers do not say.
#[test]
fn what_does_not_count_or_is_not_whole_is_not_said() {
    let nobody = Word::of(&Identity { sub: "00u1", ..Identity::default() });
    let said = claims(&sign(&signer(&[ONE]), &nobody, &PLACE, NOW));
    assert!(said.get("email").is_none() && said.get("groups").is_none(), "{said}");
    assert_eq!(said["sub"], "00u1");
}

/// The same secret is the same key in every replica; another is another, and is no key of the sessions'.
#[test]
fn a_secret_is_a_key() {
    let key = |secrets: &[&str]| signer(secrets).jwk_set()["keys"].clone();
    assert_eq!(key(&[ONE]), key(&[ONE]));
    assert_ne!(key(&[ONE])[0]["kid"], key(&[TWO])[0]["kid"]);
    assert_eq!(key(&[TWO, ONE])[1], key(&[ONE])[0]);
    let of_client = |client: &str| Signer::new(&jwt(), &config(client, &[ONE])).unwrap();
    // Another client, or another stage with the same secret, cannot sign for this one.
    assert_ne!(of_client("app").jwk_set(), of_client("other").jwk_set());
    // Pinned: a change of the derivation would be a change of the keys of everybody.
    assert_eq!(key(&[ONE])[0]["kid"], "H11sU8kfPKX0W1pVX9mCPmUMvi2GreeUTw4oSmHjHFA");
}

/// Rotation: append, put first, drop. What was signed in the step before is verified in each.
#[test]
fn what_an_old_or_a_new_secret_has_signed_is_verified_while_both_are_there() {
    let steps = [vec![ONE], vec![ONE, TWO], vec![TWO, ONE], vec![TWO]].map(|secrets| signer(&secrets));
    for pair in steps.windows(2) {
        let [before, after] = pair else { unreachable!() };
        for (signs, verifies) in [(before, after), (after, before)] {
            let token = sign(signs, &word(), &PLACE, NOW);
            // A secret that is gone signs nothing any more, and nobody uses it in the step before.
            let is_known = verifies.jwk_set().to_string().contains(signs.key.key_id().unwrap());
            assert_eq!(verify(verifies, &token).is_ok(), is_known);
            assert!(is_known);
        }
    }
    assert!(verify(&steps[3], &sign(&steps[0], &word(), &PLACE, NOW)).is_err());
}

#[test]
fn no_changed_byte_verifies() {
    let signer = signer(&[ONE]);
    let token = sign(&signer, &word(), &PLACE, NOW);
    for at in 0..token.len() {
        let mut forged = token.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        // The last character of a part holds bits that nobody reads.
        assert!(forged == token || verify(&signer, &forged).is_err() || at + 1 == token.len(), "{at}");
    }
}

/// One signature for a host, a rule and half a lifetime.
#[test]
fn it_is_kept_and_never_sent_with_under_half_of_its_life() {
    let (signer, word) = (signer(&[ONE]), word());
    let at = |now: u64| sign(&signer, &word, &PLACE, Timestamp(NOW.0 + now));
    let first = at(0);
    assert!(at(0) == first && at(150) == first);
    let second = at(151);
    assert_ne!(second, first);
    for now in 0..1000 {
        let left = claims(&at(now))["exp"].as_u64().unwrap() - (NOW.0 + now);
        assert!((150..=300).contains(&left), "{now}: {left}");
    }
    // The clock was set back.
    let earlier = claims(&sign(&signer, &word, &PLACE, Timestamp(NOW.0 - 1000)));
    assert_eq!(earlier["iat"], NOW.0 - 1000);
}

#[test]
fn each_host_and_rule_has_its_own() {
    let (signer, word) = (signer(&[ONE]), word());
    let mut seen = Vec::new();
    for (origin, host, rule) in [
        ("https://admin.example.com", "admin.example.com", Some(3)),
        ("https://admin.example.com", "admin.example.com", None),
        ("https://admin.example.com", "admin.example.com", Some(0)),
        ("https://admin.example.com:8443", "admin.example.com", Some(3)),
        ("https://wiki.example.com", "wiki.example.com", Some(3)),
        ("https://finance.example.com", "finance.example.com", Some(3)),
    ] {
        let place = Place { origin, host, rule: Rule(rule) };
        let token = sign(&signer, &word, &place, NOW);
        let said = claims(&token);
        let rule = rule.map_or("default".to_owned(), |rule| format!("access[{rule}]"));
        assert_eq!((&said["iss"], &said["aud"], &said["rule"]), (&json!(origin), &json!(host), &json!(rule)));
        assert!(!seen.contains(&token));
        assert_eq!(sign(&signer, &word, &place, NOW), token);
        seen.push(token);
        assert!(word.kept.borrow().len() <= MOST_KEPT);
    }
}

#[test]
fn a_key_of_its_own_is_the_only_one_that_counts() {
    let own = || {
        let pem = include_str!("../../../tests/keys/p256.pem");
        PrivateKey::parse(pem, None).unwrap().known_by_thumbprint().unwrap()
    };
    let config = config("app", &[ONE]);
    let with = |key, other_keys| Signer::new(&UpstreamJwt { key, other_keys, ..jwt() }, &config).unwrap();
    let count = |signer: &Signer| signer.jwk_set()["keys"].as_array().unwrap().len();
    let signed = |signer: &Signer| sign(signer, &word(), &PLACE, NOW);
    let signer = with(Some(own()), vec![]);
    assert_eq!(count(&signer), 1);
    // Whoever holds the session's secret cannot sign.
    let derived = with(None, vec![]);
    assert!(verify(&signer, &signed(&derived)).is_err());
    verify(&signer, &signed(&signer)).unwrap();
    // On the way to it, and from one to the next.
    let announced = with(None, vec![own()]);
    assert_eq!(count(&announced), 2);
    verify(&announced, &signed(&derived)).unwrap();
    verify(&announced, &signed(&signer)).unwrap();
    let next = derive(&Secret::new(TWO.to_owned()), &config).unwrap();
    verify(&with(Some(own()), vec![next.clone()]), &signed(&with(Some(next), vec![own()]))).unwrap();
}

/// Somebody in very many groups, on very many hosts.
#[test]
fn what_is_kept_is_bounded_by_bytes() {
    let groups: Vec<_> = (0..200).map(|number| format!("group-{number:04}")).collect();
    let word = Word::of(&Identity { sub: "00u1", groups: Some(&groups), ..Identity::default() });
    let signer = signer(&[ONE]);
    for number in 0..20 {
        let origin = format!("https://{number}.example.com");
        let token = sign(&signer, &word, &Place { origin: &origin, ..PLACE }, NOW);
        let kept: usize = word.kept.borrow().iter().map(|kept| kept.header.1.len()).sum();
        assert!(kept <= MOST_KEPT_BYTES.max(token.len()) && kept <= word.most_size(), "{kept}");
        assert!(kept > 0);
    }
}

/// RFC 7638 has an RSA key only; this thumbprint was computed by jwcrypto (PyPI) of the key in `tests/keys/p256.pem`.
#[test]
fn the_key_id_is_the_thumbprint() {
    let pem = include_str!("../../../tests/keys/p256.pem");
    let key = PrivateKey::parse(pem, None).unwrap().known_by_thumbprint().unwrap();
    assert_eq!(key.key_id(), Some("YEVfgYWfR64-hapctEErqwqV4caoaP-6A9wFFkRaNfg"));
}
