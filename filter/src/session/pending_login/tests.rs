use super::super::cookie_scope::testing::scopes;
use super::*;
use crate::config::Secret;
use crate::inputs::testing::{Counting, Dry};

const NOW: Timestamp = Timestamp(1_000_000);
const HOST: &str = "a.example";

struct Person {
    sealer: Sealer,
    entropy: Counting,
    cookies: Vec<(String, String)>,
}

impl Person {
    fn new() -> Self {
        let secret = Secret::new("0123456789abcdef0123456789abcdef".to_owned());
        Self { sealer: Sealer::new(&[secret]).unwrap(), entropy: Counting::default(), cookies: vec![] }
    }

    fn header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// The state of a sign-in that begins.
    fn begin(&mut self, url: &str, now: Timestamp) -> String {
        let scopes = scopes(true);
        let header = self.header();
        let browser = Browser::new(&scopes, HOST, [header.as_bytes()]);
        let begun = PendingLogin::begin(wanted(url), &self.sealer, &browser, now, &mut self.entropy).unwrap();
        self.keep(&begun.cookies);
        begun.state
    }

    fn keep(&mut self, set_cookies: &[String]) {
        for cookie in set_cookies {
            let (pair, rest) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(own, _)| own != name);
            if !rest.contains("Max-Age=0") {
                assert!(pair.len() <= 1024, "{}", pair.len());
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    fn find(&self, state: &str, host: &str, now: Timestamp) -> Option<Found> {
        let scopes = scopes(true);
        let header = self.header();
        PendingLogin::find(state, &self.sealer, &Browser::new(&scopes, host, [header.as_bytes()]), now)
    }

    /// Where a sign-in of this browser leads.
    fn ours(&self, state: &str, now: Timestamp) -> Option<String> {
        match self.find(state, HOST, now)? {
            Found::Ours(login) => Some(login.original_url),
            Found::NotOurs { .. } => None,
        }
    }

    /// Where one leads that is not to be redeemed.
    fn not_ours(&self, state: &str, now: Timestamp) -> Option<String> {
        match self.find(state, HOST, now)? {
            Found::Ours(_) => None,
            Found::NotOurs { login, .. } => Some(login.original_url),
        }
    }
}

#[test]
fn any_number_of_tabs_find_their_own_sign_in_and_leave_one_cookie() {
    let mut person = Person::new();
    let states: Vec<_> = (0..60).map(|tab| person.begin(&format!("/{tab}?b=c"), NOW.plus(tab))).collect();
    for (tab, state) in states.iter().enumerate() {
        assert_eq!(person.ours(state, NOW.plus(60)).unwrap(), format!("/{tab}?b=c"));
    }
    assert!(person.cookies.len() == 1 && person.header().len() < 60, "{}", person.header());
}

#[test]
fn another_browser_or_time_redeems_none_and_knows_the_deep_link() {
    let mut person = Person::new();
    let state = person.begin("/deep?x=1", NOW);
    assert_eq!(person.ours(&state, NOW.plus(MAX_AGE - 1)).unwrap(), "/deep?x=1");
    assert_eq!(person.not_ours(&state, NOW.plus(MAX_AGE)).unwrap(), "/deep?x=1");
    let mut other = Person::new();
    assert_eq!(other.not_ours(&state, NOW).unwrap(), "/deep?x=1");
    // Nor one with a binding of its own: what an attacker began is not redeemed in their victim's browser.
    other.begin("/", NOW);
    other.entropy.fill(&mut [0; 99]).unwrap();
    other.cookies.clear();
    other.begin("/", NOW);
    assert_eq!(other.not_ours(&state, NOW).unwrap(), "/deep?x=1");
}

#[test]
fn another_host_secret_or_text_is_no_sign_in() {
    let mut person = Person::new();
    let state = person.begin("/", NOW);
    assert!(person.find(&state, "b.example", NOW).is_none());
    let other = Secret::new("fedcba9876543210fedcba9876543210".to_owned());
    let stranger = Person { sealer: Sealer::new(&[other]).unwrap(), ..Person::new() };
    assert!(stranger.find(&state, HOST, NOW).is_none());
    for at in 0..state.len() {
        let mut changed = state.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        assert!(person.find(std::str::from_utf8(&changed).unwrap(), HOST, NOW).is_none(), "byte {at}");
        assert!(person.find(&state[..at], HOST, NOW).is_none(), "length {at}");
    }
    for odd in ["", ".", "a", "é.é", &"x".repeat(10_000), &format!("{state}{}", "A".repeat(512))] {
        assert!(person.find(odd, HOST, NOW).is_none());
    }
}

#[test]
fn a_deep_link_too_long_for_the_state_has_a_cookie_and_the_oldest_of_many_go() {
    let mut person = Person::new();
    let long = |tab: u64| format!("/long{tab}?{}", "x".repeat(400));
    let states: Vec<_> = (0..8).map(|tab| person.begin(&long(tab), NOW.plus(tab))).collect();
    let deep_links = person.cookies.iter().filter(|(name, _)| name.starts_with("__Host-vestibule_d_"));
    assert_eq!(deep_links.count(), 5);
    let now = NOW.plus(8);
    for (tab, state) in (0..8).zip(&states) {
        // Where the cookie has gone, the path is left.
        let wanted = if tab < 3 { format!("/long{tab}") } else { long(tab) };
        assert_eq!(person.ours(state, now).unwrap(), wanted);
    }
    // Another's cookie under that name is not believed.
    let [first, second] = [3, 4].map(|tab: usize| tab - 3);
    let swapped = person.cookies.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>();
    let places: Vec<_> =
        (0..person.cookies.len()).filter(|at| person.cookies[*at].0.contains("_d_")).collect();
    person.cookies[places[first]].1 = swapped[places[second]].clone();
    assert_eq!(person.ours(&states[3], now).unwrap(), "/long3");
}

#[test]
fn a_deep_link_too_long_for_a_cookie_loses_its_query_then_its_path() {
    let mut person = Person::new();
    let longer = "x".repeat(900);
    let state = person.begin(&format!("/short?{longer}"), NOW);
    assert_eq!(person.ours(&state, NOW).unwrap(), "/short");
    let state = person.begin(&format!("/{}?{longer}", "y".repeat(400)), NOW);
    assert_eq!(person.ours(&state, NOW).unwrap(), format!("/{}", "y".repeat(400)));
    let state = person.begin(&format!("/{longer}"), NOW);
    assert_eq!(person.ours(&state, NOW).unwrap(), "/");
    let state = person.begin(&"z".repeat(100_000), NOW);
    assert_eq!(person.ours(&state, NOW).unwrap(), "/");
}

#[test]
fn the_state_is_short_and_of_characters_that_okta_takes() {
    let mut person = Person::new();
    for length in [1, 100, 240, 250, 255, 260, 500, 5000] {
        let state = person.begin(&format!("/{}", "x".repeat(length)), Timestamp(u64::MAX));
        assert!(state.len() <= MAX_STATE, "{length}: {}", state.len());
        assert!(state.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
    }
    // A usual deep link needs no cookie.
    let mut person = Person::new();
    person.begin(&format!("/{}", "x".repeat(240)), NOW);
    assert_eq!(person.cookies.len(), 1);
}

#[test]
fn without_randomness_none_begins() {
    let scopes = scopes(true);
    let person = Person::new();
    let browser = Browser::new(&scopes, HOST, []);
    assert!(PendingLogin::begin(wanted("/"), &person.sealer, &browser, NOW, &mut Dry).is_err());
}

fn wanted(original_url: &str) -> Wanted<'_> {
    Wanted { original_url, authentication: None }
}
