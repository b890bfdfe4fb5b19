//! Law 1 from its other side: whatever has happened, the next honest sign-in works.

use super::requests;
use super::script::{Answered, Ask, ComeBack, Cookies};
use super::world::World;

impl World {
    /// After everything that happened: the provider is well again, and somebody signs in.
    pub(super) fn recovers(&mut self) {
        let worker = self.known.worker;
        while let Some(stream) = self.streams.first() {
            self.leave(stream.id);
        }
        self.known.worker = worker;
        self.entropy.dry = false;
        self.is_slow = false;
        self.wait(200);
        self.browser.clear();
        // Within a minute and a half, whatever was asked for, and however the clock was set.
        for _ in 0..9 {
            self.answer_everything();
            self.wait(10);
        }
        let page = Ask {
            page: 1,
            bend: 0,
            bend_at: 0,
            host: 255,
            method: 0,
            manner: 0,
            forged: 0,
            cookies: Cookies { of: 7, twist: 0, which: 0, at: 0 },
        };
        self.ask(&page);
        let began = self.known.started.last().is_some_and(|started| started.at == self.known.now);
        assert!(began, "no sign-in begins");
        let back = Cookies { of: 7, twist: 0, which: 0, at: 0 };
        self.come_back(&ComeBack { login: 0, response: 15, host: 255, cookies: back });
        for _ in 0..6 {
            self.answer_one(&Answered { which: 0, fault: 0, person: 0, key: 0 });
            // The keys may have been rotated, and their fetch is due once in a while.
            self.answer_everything();
        }
        assert!(self.streams.is_empty(), "{:?}", self.streams);
        let now = self.known.now;
        let signed_in = self.known.ledger.last().is_some_and(|session| session.signed_in_at == now);
        assert!(signed_in, "an honest sign-in leads nowhere");
        let headers = requests::headers(&page, self.known.setting.home);
        let cookies = self.browser.header(&page.cookies, self.known.setting.home).expect("a session");
        let request = headers.into_iter().chain([("cookie".to_owned(), cookies)]).collect();
        let before = self.reached.times("forwarded_with_session");
        self.send(request);
        assert_eq!(self.reached.times("forwarded_with_session"), before + 1, "a session that does not count");
    }

    /// A tick, and the answers to all that is asked for everybody.
    fn answer_everything(&mut self) {
        self.tick();
        while self.root_call().is_some() {
            self.fetch(0);
        }
    }
}
