//! Law 1 from its other side: whatever has happened, the next honest sign-in works.

use vestibule::engine::Step;

use super::requests;
use super::script::{Act, Answered, Ask, ComeBack, Cookies};
use super::world::World;

impl World {
    /// After everything that happened: the provider is well again, and somebody signs in.
    pub(super) fn recovers(&mut self) {
        self.waiting.clear();
        self.entropy.dry = false;
        self.now = self.now.plus(200);
        self.browser.clear();
        // Within a minute and a half, whatever was asked for, and however the clock was set.
        for _ in 0..9 {
            self.fetch(0);
            self.now = self.now.plus(10);
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
        let began = self.started.last().is_some_and(|started| started.at == self.now);
        assert!(began, "no sign-in begins");
        let back = Cookies { of: 7, twist: 0, which: 0, at: 0 };
        self.come_back(&ComeBack { login: 0, response: 15, host: 255, cookies: back });
        for _ in 0..6 {
            self.answer(&Answered { which: 0, fault: 0, person: 0, key: 0 });
            // The keys may have been rotated, and their fetch is due once in a while.
            self.fetch(0);
            self.act(Act::Resume { which: 0 });
        }
        assert!(self.waiting.is_empty(), "{:?}", self.waiting);
        let signed_in = self.ledger.last().is_some_and(|session| session.signed_in_at == self.now);
        assert!(signed_in, "an honest sign-in leads nowhere");
        let headers = requests::headers(&page, self.setting.home);
        let cookies = self.browser.header(&page.cookies, self.setting.home).expect("a session");
        let request = headers.into_iter().chain([("cookie".to_owned(), cookies)]).collect();
        let step = self.on_request(request);
        assert!(matches!(step, Step::Forward(_)), "a session that does not count: {step:?}");
    }
}
