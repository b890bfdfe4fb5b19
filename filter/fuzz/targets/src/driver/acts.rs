//! What happens in a run: each act of the script, as events for the driver.

use vestibule::driver::{CallToken, Caller, StreamId, limits};
use vestibule::inputs::Timestamp;
use vestibule::oidc::Answer;
use vestibule_testing::{HOST, ISSUER};

use super::messages::{cookies_of, page_headers};
use super::provider::{self, Kind, SUBS};
use super::script::Act;
use super::streams::{Login, State};
use super::world::World;
use crate::support::header_of;

const PAGES: [&str; 9] = [
    "/somewhere?x=1",
    "/public/logo.png",
    "/optional/x",
    "/finance/report",
    "/never/x",
    "/oauth2/sign_out",
    "/oauth2/auth",
    "/elsewhere",
    "unreadable",
];

/// In all crowds of a run: more than may wait, and not so many that a run is slow.
const MAX_STREAMS: u32 = 2400;

/// How many come at once.
fn crowd(choice: u8) -> u32 {
    match choice {
        0..=159 => 1,
        160..=207 => 16,
        208..=231 => 120,
        232.. => 400,
    }
}

impl World {
    pub(super) fn act(&mut self, act: &Act) {
        match *act {
            Act::Send { page, who, crowd } => self.send_crowd(page, who, crowd),
            Act::ComeBack { login, crowd: many } => self.come_back_as_crowd(login, many),
            Act::SignIn { person } => {
                self.sign_in(person);
            }
            Act::Answer { which, kind, many } => self.answer_some(which, Kind::of(kind), many),
            Act::AnswerAgain { which } => {
                if let Some(token) = pick(&self.spent, which) {
                    let answers =
                        [Answer::Nothing, Answer::TooLarge, vestibule_testing::ok(&self.setting.metadata())];
                    answers.iter().for_each(|answer| self.answer_again(token, answer));
                }
            }
            Act::Lose { which } => {
                if let Some(token) = pick(&self.expected(), which) {
                    self.calls.entry(token).and_modify(|call| call.is_lost = true);
                    self.reached.count("lost");
                }
            }
            Act::Tick { many } => (0..=many % 8).for_each(|_| self.tick()),
            Act::Leave { which, many } => {
                let ids: Vec<StreamId> = self.streams.keys().copied().collect();
                let first = usize::from(which) % ids.len().max(1);
                let many = usize::try_from(crowd(many)).unwrap_or_default();
                ids.into_iter().skip(first).take(many).for_each(|id| self.leave(id));
                self.assert_whole();
            }
            Act::Respond { which } => self.respond_some(which),
            Act::Wait { seconds } => self.pass(u64::from(seconds)),
            Act::GoBack { seconds } => {
                self.now = Timestamp(self.now.0.saturating_sub(u64::from(seconds)));
            }
            Act::Fail(failing) => self.fail(failing),
            Act::WaitItOut => self.wait_it_out(),
        }
    }

    fn send_crowd(&mut self, page: u8, who: u8, choice: u8) {
        let page = PAGES[usize::from(page) % PAGES.len()];
        let session = match who {
            0..=63 => None,
            _ => pick(&self.sessions, who),
        };
        for _ in 0..self.allowed(choice) {
            let (sub, cookies) = session.as_ref().map(|(sub, cookies)| (*sub, cookies.as_str())).unzip();
            let host = if page == "/elsewhere" { "elsewhere.example" } else { HOST };
            let headers = (page != "unreadable").then(|| page_headers(host, page, cookies));
            self.send(page, headers, sub);
            self.note_start();
        }
    }

    fn come_back_as_crowd(&mut self, which: u8, choice: u8) {
        let Some(login) = pick(&self.logins, which) else { return };
        for _ in 0..self.allowed(choice) {
            self.come_back(&login, which);
        }
    }

    /// Not many more in one run.
    fn allowed(&self, choice: u8) -> u32 {
        crowd(choice).min(MAX_STREAMS.saturating_sub(self.sent))
    }

    pub(super) fn come_back(&mut self, login: &Login, person: u8) -> StreamId {
        let code = provider::code(person, &login.nonce);
        let path = format!("/oauth2/callback?code={code}&state={}", login.state);
        self.send("/oauth2/callback", Some(page_headers(HOST, &path, Some(&login.cookies))), None)
    }

    /// From a page to the provider and back, as well as it goes.
    pub(super) fn sign_in(&mut self, person: u8) -> Option<()> {
        for _ in 0..3 {
            self.tick_and_answer();
        }
        self.last_reply = None;
        let id = self.send("/somewhere", Some(page_headers(HOST, "/somewhere", None)), None);
        self.answer_all_of(id);
        let login = self.note_start()?;
        self.last_reply = None;
        let id = self.come_back(&login, person);
        self.answer_all_of(id);
        let reply = self.last_reply.take()?;
        let cookies = header_of(&cookies_of(&reply));
        if !cookies.contains("vestibule=") {
            return None;
        }
        self.sessions.push((SUBS[usize::from(person) % SUBS.len()], cookies));
        self.reached.count("signed_in");
        Some(())
    }

    /// A tick, and honest answers to what is asked for everybody.
    pub(super) fn tick_and_answer(&mut self) {
        self.tick();
        self.calls_of_root().into_iter().for_each(|token| self.answer_with(token, Kind::Honest));
    }

    fn answer_all_of(&mut self, id: StreamId) {
        let own = |world: &Self| {
            let mut calls = world.calls.iter();
            calls.find(|(_, call)| call.caller == Caller::Stream(id)).map(|(token, _)| *token)
        };
        while let Some(token) = own(self) {
            self.answer_with(token, Kind::Honest);
        }
    }

    /// Those that are under way and whose answer comes some time.
    pub(super) fn expected(&self) -> Vec<CallToken> {
        self.calls.iter().filter(|(_, call)| !call.is_lost).map(|(token, _)| *token).collect()
    }

    fn answer_some(&mut self, which: u8, kind: Kind, many: u8) {
        let expected = self.expected();
        let first = usize::from(which) % expected.len().max(1);
        let many = usize::try_from(crowd(many)).unwrap_or_default();
        for token in expected.into_iter().skip(first).take(many) {
            self.answer_with(token, kind);
            self.note_start();
        }
    }

    pub(super) fn answer_with(&mut self, token: CallToken, kind: Kind) {
        let Some(call) = self.calls.get(&token).filter(|call| !call.is_lost) else { return };
        let answer = provider::answer_to(&call.call, kind, &self.setting.metadata(), self.now);
        self.answer(token, &answer);
    }

    fn respond_some(&mut self, which: u8) {
        let ids: Vec<StreamId> = self.streams.keys().copied().collect();
        let forwarded: Vec<StreamId> = (self.streams.iter())
            .filter(|(_, stream)| matches!(stream.state, State::Forwarded { .. }))
            .map(|(id, _)| *id)
            .collect();
        // Some for which there is no response yet, or none any more.
        let Some(id) = pick(if which < 224 { &forwarded } else { &ids }, which) else { return };
        self.respond(id);
        self.respond(id.wrapping_add(1));
        if forwarded.contains(&id) {
            self.leave(id);
        }
    }

    fn wait_it_out(&mut self) {
        // Ticks come all the time: the driver has seen it when the clock was set back.
        self.tick_for_all();
        self.pass(limits::MAX_WAIT);
        self.tick_for_all();
        assert_eq!(self.driver.waiting(), 0, "somebody waits beyond the limit");
    }

    /// So many ticks that everybody who waits may be decided.
    fn tick_for_all(&mut self) {
        let ticks = self.driver.waiting().div_ceil(limits::MAX_DECIDED_AT_ONCE) + 1;
        (0..ticks).for_each(|_| self.tick());
    }

    /// The sign-in that the last reply begins.
    pub(super) fn note_start(&mut self) -> Option<Login> {
        let reply = self.last_reply.as_ref()?;
        let (_, location) = reply.headers.iter().find(|(name, _)| *name == "location")?;
        let url = url::Url::parse(location).ok().filter(|url| url.as_str().starts_with(ISSUER))?;
        let get = |wanted: &str| {
            url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        let (state, nonce) = match get("request_uri") {
            Some(pushed) => {
                let (nonce, state) = pushed.strip_prefix("urn:")?.split_once(':')?;
                (state.to_owned(), nonce.to_owned())
            }
            None => (get("state")?, get("nonce")?),
        };
        let login = Login { state, nonce, cookies: header_of(&cookies_of(reply)) };
        self.last_reply = None;
        self.logins.push(login.clone());
        Some(login)
    }
}

fn pick<T: Clone>(from: &[T], which: u8) -> Option<T> {
    from.get(usize::from(which) % from.len().max(1)).cloned()
}
