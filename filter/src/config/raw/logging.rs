//! `logging` as it is written.

use crate::config::read::{choice, section};

section! {
    /// What the log tells. Lines about refusals and failures are warnings, those about sign-ins that succeed are at level
    /// `info`, everyday answers at `debug`.
    #[derive(Default)]
    struct Logging {
        /// How a line names the person whom it is about, where somebody is signed in: not at all, by the subject, or by the
        /// email.
        ///
        /// Default: `none`
        /// Example: `sub`
        person: PersonInLog;
    }
}

choice! {
    enum PersonInLog {
        None = "none",
        Sub = "sub",
        Email = "email",
    }
}
