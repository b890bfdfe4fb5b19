//! The end of every run: nothing is left behind, and the next honest sign-in works.

use super::messages::page_headers;
use super::provider::Kind;
use super::script::Failing;
use super::world::World;

impl World {
    /// Everybody goes away, what still comes is answered, and nothing fails any more.
    pub(super) fn ends(&mut self) {
        while let Some((id, _)) = self.streams.first_key_value() {
            self.leave(*id);
        }
        self.assert_whole();
        assert_eq!(self.driver.waiting(), 0, "somebody waits who has gone");
        assert_eq!(self.driver.calls(), self.calls_of_root().len(), "a call for somebody who has gone");
        self.fail(Failing::default());
        while let Some(token) = self.expected().first() {
            self.answer_with(*token, Kind::Honest);
        }
        self.assert_whole();
        assert!(self.calls.values().all(|call| call.is_lost));
        if !self.setting.works {
            self.send("/somewhere", Some(page_headers(vestibule_testing::HOST, "/somewhere", None)), None);
            let reply = self.last_reply.take().expect("it is refused");
            assert_eq!(reply.status, 500);
            return;
        }
        // Longer than any call may take, and any pause; however the clock was set before.
        for _ in 0..10 {
            self.tick_and_answer();
            self.pass(10);
        }
        // An empty budget fills from the moment at which it is first asked after the clock was set back.
        let signs_in = (0..2).any(|_| {
            self.pass(1);
            self.sign_in(0).is_some()
        });
        assert!(signs_in, "an honest sign-in leads nowhere");
        let (sub, cookies) = self.sessions.last().cloned().expect("the session that has just begun");
        let before = self.reached.times("forwarded_with_session");
        let headers = page_headers(vestibule_testing::HOST, "/finance/x", Some(&cookies));
        let id = self.send("/finance/x", Some(headers), Some(sub));
        assert_eq!(self.reached.times("forwarded_with_session"), before + 1, "a session that does not count");
        self.leave(id);
        assert_eq!(self.driver.waiting(), 0);
        assert_eq!(self.driver.calls(), self.calls.len());
    }
}
