use super::*;
use crate::config::{HttpUrl, Secret};
use crate::inputs::testing::{Counting, Dry};
use crate::session::seal::OwnerKind;

fn sealer(secret: &str) -> Sealer {
    Sealer::new(&[Secret::new(secret.to_owned())]).unwrap()
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn owner(client_id: &str) -> Owner<'_> {
    Owner { issuer: "https://op.example", client_id, cookie_name: "v", scope: "", kind: OwnerKind::Workers }
}

fn issuer(url: &str) -> config::Provider {
    config::Provider {
        issuer: HttpUrl::parse(url).unwrap(),
        cluster: None,
        clusters: std::collections::BTreeMap::new(),
        timeout: std::time::Duration::from_secs(5),
        endpoints: config::EndpointOverrides::default(),
    }
}

fn fetched(metadata: &[u8]) -> IssuerSlot {
    let fetched =
        Fetched { metadata: metadata.to_vec(), keys: b"keys".to_vec(), asked_at: 1000, fresh_until: 2000 };
    IssuerSlot { content: Content::Fetched(fetched), lease: None }
}

#[test]
fn what_was_sealed_opens_for_the_same_issuer_that_is_asked_in_the_same_way() {
    let sealer = sealer(SECRET);
    let op = issuer("https://op.example");
    let slot = SlotSealer::new(&sealer, owner("app"), &op);
    let mut sealed = fetched(b"metadata");
    let holder = HolderId::draw(&mut Counting::default()).unwrap();
    sealed.lease = Some(Lease { holder, until: 1500 });
    let sealed = slot.seal(&sealed, &mut Counting::default()).unwrap();

    let IssuerSlot { content: Content::Fetched(fetched), lease } = slot.open(&sealed).unwrap() else {
        panic!("nothing was fetched")
    };
    assert_eq!((fetched.metadata.as_slice(), fetched.keys.as_slice()), (&b"metadata"[..], &b"keys"[..]));
    assert_eq!((fetched.asked_at, fetched.fresh_until), (1000, 2000));
    assert_eq!(lease, Some(Lease { holder, until: 1500 }));

    // Patience with it is nobody else's business.
    let patient =
        config::Provider { timeout: std::time::Duration::from_secs(9), ..issuer("https://op.example") };
    assert!(SlotSealer::new(&sealer, owner("app"), &patient).open(&sealed).is_some());

    let elsewhere = |change: fn(&mut config::Provider)| {
        let mut op = issuer("https://op.example");
        change(&mut op);
        op
    };
    for other in [
        issuer("https://op.example/"),
        issuer("https://other.example"),
        elsewhere(|op| op.cluster = Some("c".to_owned())),
        elsewhere(|op| drop(op.clusters.insert("op.example".to_owned(), "c".to_owned()))),
        elsewhere(|op| op.endpoints.jwks_uri = HttpUrl::parse("https://op.example/other").ok()),
    ] {
        assert!(SlotSealer::new(&sealer, owner("app"), &other).open(&sealed).is_none(), "{other:?}");
    }
    assert!(SlotSealer::new(&sealer, owner("other"), &op).open(&sealed).is_none());
    let another = self::sealer("fedcba9876543210fedcba9876543210");
    assert!(SlotSealer::new(&another, owner("app"), &op).open(&sealed).is_none());
}

/// A name moved into the next one is another way to ask.
#[test]
fn no_two_ways_to_ask_are_one() {
    let with = |cluster: &str, host: &str, named: &str| {
        let mut op = issuer("https://op.example");
        op.cluster = (!cluster.is_empty()).then(|| cluster.to_owned());
        if !host.is_empty() {
            op.clusters.insert(host.to_owned(), named.to_owned());
        }
        scope(&op)
    };
    let all =
        [with("", "", ""), with("a", "", ""), with("", "a", "b"), with("a", "b", ""), with("", "ab", "")];
    let different: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
}

#[test]
fn what_is_long_is_deflated_and_what_is_longer_is_not_sealed() {
    let sealer = sealer(SECRET);
    let op = issuer("https://op.example");
    let slot = SlotSealer::new(&sealer, owner("app"), &op);
    let long = br#"{"kty":"RSA"},"#.repeat(4000);
    let sealed = slot.seal(&fetched(&long), &mut Counting::default()).unwrap();
    assert!(sealed.len() < 2000);
    let IssuerSlot { content: Content::Fetched(fetched), .. } = slot.open(&sealed).unwrap() else {
        panic!("nothing was fetched")
    };
    assert_eq!(fetched.metadata, long);
    let longer = self::fetched(&br#"{"kty":"RSA"},"#.repeat(5000));
    assert_eq!(slot.seal(&longer, &mut Counting::default()), Err(SealError::TooLong));
    assert_eq!(slot.seal(&self::fetched(b""), &mut Dry), Err(SealError::NoEntropy(NoEntropy)));
}

#[test]
fn bytes_that_nobody_sealed_are_nothing() {
    let sealer = sealer(SECRET);
    let op = issuer("https://op.example");
    let slot = SlotSealer::new(&sealer, owner("app"), &op);
    let sealed = slot.seal(&fetched(b"metadata"), &mut Counting::default()).unwrap();
    for at in 0..sealed.len() {
        assert!(slot.open(&sealed[..at]).is_none(), "{at}");
    }
    assert!(slot.open(&vec![b'A'; 1 << 20]).is_none());
    assert!(slot.open(b"\xff").is_none());
    // What a refresh has left is sealed for another purpose.
    let plain = encoding::encode(&fetched(b"metadata"));
    let other =
        sealer.seal(Purpose::SharedRefresh, &slot.owner(), &deflate::pack(&plain), &mut Counting::default());
    assert!(slot.open(other.unwrap().as_bytes()).is_none());
}

#[test]
fn it_counts_from_when_it_was_asked_for_until_it_is_old() {
    let IssuerSlot { content: Content::Fetched(fetched), .. } = fetched(b"") else { unreachable!() };
    for (now, is_fresh) in
        [(0, false), (999, false), (1000, true), (1999, true), (2000, false), (u64::MAX, false)]
    {
        assert_eq!(fetched.is_fresh(Timestamp(now)), is_fresh, "{now}");
    }
}
