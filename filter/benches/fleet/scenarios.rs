//! What happens to a fleet.

use serde_json::{Value, json};

use crate::gateway::{Fleet, Got, Place};
use crate::okta::Okta;
use crate::world::{Browser, HOST, ISSUER};

/// Sessions are renewed; nothing that a worker may be asked to do is held back by where it comes from.
fn config() -> Value {
    json!({"session": {"refresh": true}, "budget": {"by_address": false}})
}

/// The same numbers on every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn below(&mut self, limit: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }

    fn place(&mut self, gateways: usize, workers: usize) -> Place {
        Place { gateway: self.below(gateways), worker: self.below(workers) }
    }
}

/// All gateways start at the same moment, with the provider there.
pub(crate) fn rollout(gateways: usize, workers: usize) -> Fleet {
    let mut fleet = Fleet::start(gateways, workers, &config(), Okta::new(3600));
    for _ in 0..30 {
        fleet.second();
    }
    fleet
}

/// One whole sign-in; `None` where it was refused.
pub(crate) fn sign_in(fleet: &mut Fleet, dice: &mut Dice, size: (usize, usize)) -> Option<Browser> {
    let mut browser = Browser::default();
    let first = fleet.open(dice.place(size.0, size.1), "/", &mut browser);
    let Got::Redirect(location) = first else { return None };
    let url = url::Url::parse(&location).expect("an address of the provider");
    assert!(location.starts_with(ISSUER), "{location}");
    let parameter =
        |name: &str| url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned());
    let now = fleet.now;
    let code = fleet.okta.authorize(&parameter("nonce").expect("a nonce"), now);
    let callback = format!("/oauth2/callback?code={code}&state={}", parameter("state").expect("a state"));
    let back = fleet.open(dice.place(size.0, size.1), &callback, &mut browser);
    matches!(back, Got::Redirect(to) if to == "/" || to.starts_with(&format!("https://{HOST}")))
        .then_some(browser)
}

/// What came of many people.
#[derive(Default)]
pub(crate) struct Crowd {
    pub(crate) arrived: usize,
    /// Who could not sign in at once: a page that says so, with a link to try again.
    pub(crate) turned_away: usize,
}

/// So many people sign in within so many minutes, most of them in the first third.
pub(crate) fn monday(size: (usize, usize), people: usize, minutes: usize) -> (Fleet, Crowd) {
    let mut fleet = rollout(size.0, size.1);
    fleet.okta.count_anew();
    let mut dice = Dice::new();
    let mut arrivals = vec![0; minutes * 60];
    for _ in 0..people {
        // The least of two dice: bunched at the beginning.
        let second = dice.below(arrivals.len()).min(dice.below(arrivals.len()));
        arrivals[second] += 1;
    }
    let mut crowd = Crowd { arrived: people, turned_away: 0 };
    for arriving in arrivals {
        fleet.second();
        for _ in 0..arriving {
            if sign_in(&mut fleet, &mut dice, size).is_none() {
                crowd.turned_away += 1;
            }
        }
    }
    (fleet, crowd)
}

/// What came of a working day's piece.
#[derive(Default)]
pub(crate) struct Day {
    pub(crate) requests: usize,
    pub(crate) lost_sessions: usize,
}

/// So many people are signed in, and each opens a page about every half minute, whose requests go to any gateway, for so many minutes.
/// `away`: the provider is away from one minute to another.
pub(crate) fn day(
    size: (usize, usize),
    people: usize,
    minutes: u64,
    lifetime: u64,
    away: Option<(u64, u64)>,
) -> (Fleet, Day) {
    let mut fleet = Fleet::start(size.0, size.1, &config(), Okta::new(lifetime));
    fleet.okta.limit = u64::MAX;
    for _ in 0..5 {
        fleet.second();
    }
    let mut dice = Dice::new();
    // They have come in over the lifetime of an access token, as in any hour but the first.
    let mut browsers: Vec<Browser> = Vec::new();
    let mut day = Day::default();
    for second in 0..lifetime {
        fleet.now = fleet.now.plus(1);
        while (browsers.len() as u64) < people as u64 * (second + 1) / lifetime {
            browsers.push(sign_in(&mut fleet, &mut dice, size).expect("a sign-in"));
        }
        for _ in 0..browsers.len() / 30 {
            turn(&mut fleet, &mut dice, size, &mut browsers, &mut day);
        }
    }
    fleet.okta.count_anew();
    day = Day::default();
    for second in 0..minutes * 60 {
        fleet.okta.is_away = away.is_some_and(|(from, to)| (from * 60..to * 60).contains(&second));
        fleet.second();
        for _ in 0..people.div_ceil(30) {
            turn(&mut fleet, &mut dice, size, &mut browsers, &mut day);
        }
    }
    (fleet, day)
}

/// What a page fetches at the same moment, with the same cookies.
const FETCHED: usize = 2;

/// Somebody opens a page, which fetches something.
fn turn(fleet: &mut Fleet, dice: &mut Dice, size: (usize, usize), browsers: &mut [Browser], day: &mut Day) {
    if browsers.is_empty() {
        return;
    }
    let who = dice.below(browsers.len());
    let before = browsers[who].clone();
    for number in 0..=FETCHED {
        let mut browser = before.clone();
        day.requests += 1;
        if fleet.open(dice.place(size.0, size.1), "/page", &mut browser) != Got::Application {
            day.lost_sessions += 1;
        }
        if number == 0 {
            browsers[who] = browser;
        }
    }
}
