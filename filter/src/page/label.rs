//! What stands on links and before values, in the languages of the filter.

macro_rules! labels {
    ($($name:ident $key:literal $english:literal $german:literal)+) => {
        /// A few words on a page that are the same for every reason.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Label { $(#[doc = concat!("`", $key, "`.")] $name),+ }

        impl Label {
            /// In the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name in `pages.texts.<language>.labels`.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key),+ }
            }

            pub(super) fn english(self) -> &'static str {
                match self { $(Self::$name => $english),+ }
            }

            pub(super) fn german(self) -> &'static str {
                match self { $(Self::$name => $german),+ }
            }
        }
    };
}

labels! {
    // On links.
    SignIn "sign_in" "Sign in" "Anmelden"
    AnotherAccount "another_account" "Use another account" "Anderes Konto verwenden"
    Continue "continue" "Continue" "Weiter"
    SignOut "sign_out" "Sign out" "Abmelden"
    TryAgain "try_again" "Try again" "Erneut versuchen"

    // Before values, with a colon between them.
    SignedInAs "signed_in_as" "Signed in as" "Angemeldet als"
    NeededGroups "needed_groups" "One of these groups is needed" "Nötig ist eine dieser Gruppen"
    Code "code" "Code" "Code"
    Reference "reference" "Reference" "Referenz"

    // On the link to `pages.support`.
    Support "support" "Get help" "Hilfe"
}
