//! The numbers, as a page.

use std::fmt::Write as _;

use crate::curve;
use crate::okta::{Endpoint, TOKEN_LIMIT};
use crate::scenarios::{self, Dice, day, monday, rollout};

const SIZES: [(usize, usize); 5] = [(1, 1), (1, 4), (10, 4), (100, 4), (100, 16)];

pub(crate) fn text() -> String {
    let mut text = "# What a fleet asks of Okta\n\n\
        Simulated with the filter's own core by `cargo bench --locked -p vestibule --bench fleet`, which writes this page: \
        gateways of some workers each, and a provider that answers at once. "
        .to_owned();
    let _ = writeln!(
        text,
        "Okta allows {TOKEN_LIMIT} requests a minute to `/token` of its custom authorization servers (Workforce Identity, as \
         published), and half of that to one app by default; metadata and keys are not limited.\n"
    );
    [one_by_one(), a_rollout(), rotated_keys(), mondays(), days(), an_outage()]
        .iter()
        .for_each(|part| text.push_str(part));
    text
}

fn one_by_one() -> String {
    let mut fleet = rollout(1, 1);
    fleet.okta.count_anew();
    let mut dice = Dice::new();
    scenarios::sign_in(&mut fleet, &mut dice, (1, 1)).expect("a sign-in");
    let of = |endpoint| fleet.okta.total(endpoint);
    let (authorize, token) = (of(Endpoint::Authorize), of(Endpoint::Token));
    let others = of(Endpoint::Keys) + of(Endpoint::Metadata);
    assert_eq!((authorize, token, others), (1, 1, 0), "the guide says so");
    format!(
        "## One sign-in\n\n{authorize} request to `/authorize` by the browser, {token} to `/token`, {others} others. A refresh is 1 \
         request to `/token`. Claims that the ID token lacks and a rule or a header wants cost one more, to `/userinfo`.\n\n"
    )
}

fn a_rollout() -> String {
    let mut text = "## All gateways start in the same minute\n\n| gateways | workers each | metadata | keys | for an Envoy |\n| ---: | ---: | ---: | ---: | ---: |\n".to_owned();
    for (gateways, workers) in SIZES {
        let fleet = rollout(gateways, workers);
        let (metadata, keys) = (fleet.okta.total(Endpoint::Metadata), fleet.okta.total(Endpoint::Keys));
        let each = (metadata + keys) as f64 / gateways as f64;
        let _ = writeln!(text, "| {gateways} | {workers} | {metadata} | {keys} | {each:.1} |");
    }
    text + "\n"
}

fn rotated_keys() -> String {
    let mut text = "## Okta rotates its keys while 20 people a second sign in, for a minute\n\n| gateways | workers each | requests for keys | people turned away |\n| ---: | ---: | ---: | ---: |\n".to_owned();
    for (gateways, workers) in [(1, 4), (10, 4), (100, 4)] {
        let mut fleet = rollout(gateways, workers);
        fleet.okta.count_anew();
        fleet.okta.rotate_keys();
        let mut dice = Dice::new();
        let mut turned_away = 0;
        for _ in 0..60 {
            fleet.second();
            turned_away += (0..20)
                .filter(|_| scenarios::sign_in(&mut fleet, &mut dice, (gateways, workers)).is_none())
                .count();
        }
        let _ = writeln!(
            text,
            "| {gateways} | {workers} | {} | {turned_away} |",
            fleet.okta.total(Endpoint::Keys)
        );
    }
    text + "\n"
}

fn mondays() -> String {
    let mut curve = Vec::new();
    let mut text = "## Monday morning: people sign in within 15 minutes, bunched at the beginning\n\n| gateways | workers each | people | the most in a minute to `/token` | of Okta's limit | answered 429 | turned away at first |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n".to_owned();
    for ((gateways, workers), people) in [
        ((1, 4), 1_000),
        ((100, 4), 1_000),
        ((10, 4), 1_000),
        ((10, 4), 5_000),
        ((10, 4), 10_000),
        ((10, 4), 20_000),
    ] {
        let (fleet, crowd) = monday((gateways, workers), people, 15);
        let peak = fleet.okta.peak(Endpoint::Token);
        if gateways == 10 {
            curve.push((people as f64, peak as f64));
        }
        let _ = writeln!(
            text,
            "| {gateways} | {workers} | {} | {peak} | {} % | {} | {} |",
            crowd.arrived,
            peak * 100 / TOKEN_LIMIT,
            fleet.okta.refused(),
            crowd.turned_away,
        );
    }
    curve::write(&curve);
    text + "\n![The most in a minute, by people](fleet.svg)\n\n"
}

fn days() -> String {
    let mut text = "## A steady hour: signed-in people open a page twice a minute, whose three requests go to any gateway\n\n| gateways | workers each | people | access token lives | refreshes in the hour | for a session | the most in a minute | sessions lost |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n".to_owned();
    for ((gateways, workers), people, lifetime) in
        [((1, 4), 1_000, 3600), ((10, 4), 1_000, 3600), ((100, 4), 1_000, 3600), ((10, 4), 1_000, 900)]
    {
        let (fleet, day) = day((gateways, workers), people, 60, lifetime, None);
        let refreshes = fleet.okta.total(Endpoint::Token);
        let _ = writeln!(
            text,
            "| {gateways} | {workers} | {people} | {} min | {refreshes} | {:.2} | {} | {} of {} requests |",
            lifetime / 60,
            refreshes as f64 / people as f64,
            fleet.okta.peak(Endpoint::Token),
            day.lost_sessions,
            day.requests,
        );
    }
    text + "\n"
}

fn an_outage() -> String {
    let (people, size) = (1_000, (10, 4));
    let (fleet, day) = day(size, people, 30, 900, Some((10, 15)));
    format!(
        "## The provider is away for five minutes, with {people} people and access tokens of 15 minutes\n\n\
         {} gateways of {} workers. The most in a minute to `/token`, attempts included: {}. Metadata and keys: {}. Sessions \
         lost: {} of {} requests.\n",
        size.0,
        size.1,
        fleet.okta.peak(Endpoint::Token),
        fleet.okta.total(Endpoint::Metadata) + fleet.okta.total(Endpoint::Keys),
        day.lost_sessions,
        day.requests,
    )
}
