//! `budget` as it is written: what people who do not sign in may cause.

use crate::config::read::section;

section! {
    /// What strangers may cause in one worker. A callback makes a call to the provider, and so does a sign-in whose request
    /// is pushed; with a private key each of them is signed as well. A sign-in that ends in a session gets back what it
    /// has used: only what comes to nothing counts.
    #[derive(Default)]
    struct Budget {
        /// How many sign-ins a second may come to nothing in one worker, whoever makes them; ten times as many at once. A
        /// signature with an RSA key counts as 2 (2048 bits), 5 (3072) or 10 (4096). Redemptions and pushed requests are
        /// counted apart.
        ///
        /// Unit: rate
        /// Default: `20/s`
        /// Example: `50/s`
        sign_ins: String;
        /// Whether each address has a budget of its own as well, of 5 a second and 50 at once: an IPv4 address, or the /64 of
        /// an IPv6 address, as Envoy knows it. `false` where Envoy sees a load balancer's address for everybody.
        ///
        /// Default: `true`
        /// Example: `false`
        by_address: bool;
    }
}
