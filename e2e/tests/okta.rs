//! The stand-in Okta by itself: what a relying party may count on, and what it must not get away with.

mod okta {
    mod authorization;
    mod faults;
    mod id_tokens;
    mod logout;
    mod rp;
    mod tokens;
}
