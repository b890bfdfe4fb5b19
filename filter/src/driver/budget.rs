//! What strangers may cause: calls to the provider, and signatures (RFC 7523) that authenticate them.
//!
//! Whoever opens a page or a callback costs nothing but a redirect; a redemption and a pushed authorization request cost the
//! provider a call and the worker perhaps a signature. So each is paid for from two buckets, before anything is signed
//! or sent: one of the source's address, one for all. A sign-in that ends in a session gets back what it has paid: only
//! what is fruitless is limited.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroUsize;

use lru::LruCache;

use super::bucket::Bucket;
use super::limits;
use crate::config;
use crate::inputs::{Spending, Spent, Timestamp};

/// The buckets of one worker.
#[derive(Debug)]
pub(super) struct Budget {
    by_address: bool,
    redemptions: Purse,
    pushes: Purse,
}

/// One kind of spending.
#[derive(Debug)]
struct Purse {
    total: Bucket,
    by_source: LruCache<IpAddr, Bucket>,
}

impl Budget {
    /// For redemptions and pushes each.
    pub(super) fn new(config: config::Budget) -> Self {
        let config::Budget { sign_ins, by_address } = config;
        Self { by_address, redemptions: Purse::new(sign_ins), pushes: Purse::new(sign_ins) }
    }

    /// Whether each source has a budget of its own as well.
    pub(super) fn is_by_address(&self) -> bool {
        self.by_address
    }

    /// Pays for a call, first from the bucket of its source, then from that of all; `None` where one of them has too
    /// little, and then nothing is taken. Without a source the total alone decides.
    pub(super) fn spend(
        &mut self,
        what: Spending,
        tokens: u32,
        source: Option<IpAddr>,
        now: Timestamp,
    ) -> Option<Spent> {
        let source = source.map(network);
        let Purse { total, by_source } = self.purse(what);
        total.fill(now);
        let mut of_source = source.map(|source| by_source.get_or_insert_mut(source, of_one_source));
        if let Some(bucket) = &mut of_source {
            bucket.fill(now);
        }
        let is_enough = |bucket: &Bucket| bucket.has(tokens);
        if !of_source.as_deref().is_none_or(is_enough) || !is_enough(total) {
            return None;
        }
        total.take(tokens);
        if let Some(bucket) = of_source {
            bucket.take(tokens);
        }
        Some(Spent { what, tokens, source })
    }

    /// Gives back what was paid for something that was not fruitless.
    pub(super) fn give_back(&mut self, spent: &Spent) {
        let Spent { what, tokens, source } = *spent;
        let purse = self.purse(what);
        purse.total.give(tokens);
        if let Some(bucket) = source.and_then(|source| purse.by_source.get_mut(&source)) {
            bucket.give(tokens);
        }
    }

    fn purse(&mut self, what: Spending) -> &mut Purse {
        match what {
            Spending::Redemption => &mut self.redemptions,
            Spending::Push => &mut self.pushes,
        }
    }
}

impl Purse {
    fn new(rate: u32) -> Self {
        let total = Bucket::full(rate, rate.saturating_mul(limits::BURST_SECONDS));
        Self { total, by_source: LruCache::new(SOURCES) }
    }
}

/// Sources that are remembered; of more, those that were seen last. Whoever has so many addresses finds full buckets, and
/// the total's limit.
const SOURCES: NonZeroUsize = NonZeroUsize::new(limits::MAX_SOURCES).unwrap();

/// A full one, for a source that has not been seen lately.
fn of_one_source() -> Bucket {
    Bucket::full(limits::SOURCE_RATE, limits::SOURCE_BURST)
}

/// One source: an IPv4 address, or the network of an IPv6 address that one subscriber has (RFC 6177 §2).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn usual() -> Budget {
        Budget::new(config::Budget { sign_ins: 20, by_address: true })
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    /// How many single tokens a source gets at once.
    fn gets(budget: &mut Budget, what: Spending, source: Option<IpAddr>, now: Timestamp) -> u32 {
        (0..).take_while(|_| budget.spend(what, 1, source, now).is_some()).last().map_or(0, |last| last + 1)
    }

    #[test]
    fn a_source_gets_its_burst_and_then_its_rate_and_others_are_not_touched() {
        let mut budget = usual();
        let (stranger, office) = (address("192.0.2.1"), address("198.51.100.7"));
        assert_eq!(gets(&mut budget, Spending::Redemption, stranger, NOW), 50);
        assert_eq!(gets(&mut budget, Spending::Redemption, stranger, NOW.plus(1)), 5);
        assert_eq!(gets(&mut budget, Spending::Redemption, office, NOW.plus(1)), 50);
        assert_eq!(gets(&mut budget, Spending::Push, stranger, NOW), 50, "pushes are apart");
        assert_eq!(gets(&mut budget, Spending::Redemption, stranger, NOW.plus(1000)), 50);
    }

    #[test]
    fn all_together_get_the_total() {
        let mut budget = usual();
        let many = (0..=255).map(|last| address(&format!("192.0.2.{last}")));
        let got: u32 = many.map(|source| gets(&mut budget, Spending::Redemption, source, NOW)).sum();
        assert_eq!(got, 200);
        assert_eq!(gets(&mut budget, Spending::Redemption, address("203.0.113.1"), NOW.plus(1)), 20);
        // Without an address it is the total that decides.
        let mut budget = usual();
        assert_eq!(gets(&mut budget, Spending::Redemption, None, NOW), 200);
    }

    #[test]
    fn what_is_too_much_takes_nothing() {
        let mut budget = usual();
        let source = address("192.0.2.1");
        assert!(budget.spend(Spending::Push, 45, source, NOW).is_some());
        assert!(budget.spend(Spending::Push, 10, source, NOW).is_none());
        assert_eq!(gets(&mut budget, Spending::Push, source, NOW), 5);
        assert_eq!(gets(&mut budget, Spending::Push, None, NOW), 150);
    }

    #[test]
    fn what_was_not_fruitless_is_given_back() {
        let mut budget = usual();
        let source = address("192.0.2.1");
        for _ in 0..1000 {
            let spent = budget.spend(Spending::Redemption, 10, source, NOW).unwrap();
            budget.give_back(&spent);
        }
        assert_eq!(gets(&mut budget, Spending::Redemption, source, NOW), 50, "and no more than the burst");
    }

    #[test]
    fn a_subscriber_has_one_bucket() {
        let mut budget = usual();
        assert_eq!(gets(&mut budget, Spending::Redemption, address("2001:db8:1:2::1"), NOW), 50);
        assert_eq!(gets(&mut budget, Spending::Redemption, address("2001:db8:1:2:ffff::9"), NOW), 0);
        assert_eq!(gets(&mut budget, Spending::Redemption, address("2001:db8:1:3::1"), NOW), 50);
        assert_eq!(gets(&mut budget, Spending::Redemption, address("192.0.2.9"), NOW), 50);
        assert_eq!(gets(&mut budget, Spending::Redemption, address("::ffff:192.0.2.9"), NOW), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_neither_fills_nor_stops_a_bucket() {
        let mut budget = usual();
        let source = address("192.0.2.1");
        assert_eq!(gets(&mut budget, Spending::Redemption, source, NOW), 50);
        let earlier = Timestamp(NOW.0 - 1000);
        assert_eq!(gets(&mut budget, Spending::Redemption, source, earlier), 0);
        assert_eq!(gets(&mut budget, Spending::Redemption, source, earlier.plus(2)), 10);
    }
}
