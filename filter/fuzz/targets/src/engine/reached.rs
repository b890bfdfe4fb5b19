//! How deep a run came: a corpus of which no run reaches far is of little use.

use std::ops::AddAssign;

/// How often something happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    pub sign_ins_begun: usize,
    /// A session began.
    pub signed_in: usize,
    /// A request reached the application and told it who somebody is.
    pub forwarded_with_session: usize,
    pub signed_out: usize,
    /// A stream waited: for the provider's metadata, for a refresh, or for its keys after a code was redeemed.
    pub waited: usize,
    pub waited_for_keys: usize,
    /// A stream waited until its time was over.
    pub gave_up: usize,
    /// A stream went away before it was decided.
    pub left: usize,
    pub refreshed: usize,
    pub refresh_failed: usize,
    pub revoked: usize,
    /// Userinfo were asked at a sign-in.
    pub userinfo_asked: usize,
    /// The browser got a cookie with the application's response.
    pub renewed_cookies: usize,
    /// A cookie came too late for the application's response.
    pub withheld_cookies: usize,
    /// The provider was found away.
    pub discovery_failed: usize,
}

impl AddAssign for Reached {
    fn add_assign(&mut self, other: Self) {
        let Self {
            sign_ins_begun,
            signed_in,
            forwarded_with_session,
            signed_out,
            waited,
            waited_for_keys,
            gave_up,
            left,
            refreshed,
            refresh_failed,
            revoked,
            userinfo_asked,
            renewed_cookies,
            withheld_cookies,
            discovery_failed,
        } = other;
        self.sign_ins_begun += sign_ins_begun;
        self.signed_in += signed_in;
        self.forwarded_with_session += forwarded_with_session;
        self.signed_out += signed_out;
        self.waited += waited;
        self.waited_for_keys += waited_for_keys;
        self.gave_up += gave_up;
        self.left += left;
        self.refreshed += refreshed;
        self.refresh_failed += refresh_failed;
        self.revoked += revoked;
        self.userinfo_asked += userinfo_asked;
        self.renewed_cookies += renewed_cookies;
        self.withheld_cookies += withheld_cookies;
        self.discovery_failed += discovery_failed;
    }
}
