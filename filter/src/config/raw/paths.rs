//! `paths` as it is written: where the filter's own paths lie, and which places a redirect may lead to.

use crate::config::read::{List, choice, section};

section! {
    /// The filter's own paths, and how paths and redirects are read.
    #[derive(Default)]
    struct Paths {
        /// Where the filter's own paths lie: `/callback`, `/start`, `/sign_in`, `/sign_out`, `/signed_out`,
        /// `/auth` and `/userinfo` below it, and `/jwks` with `upstream.jwt`.
        ///
        /// Default: `/oauth2`
        /// Example: `/_auth`
        prefix: String;
        /// What to do with a path that servers read differently (`%2f`, `%5c`, `%3f`, `%23`, `;`, an octet
        /// encoded twice, slashes that repeat) on a host for which a rule names paths. `refuse` asks the rules
        /// about every reading: whoever passes in all of them passes, and the path is refused only where one
        /// reading is open to nobody and another is not, or where it has more than 4 KB. `allow` says that the
        /// application reads these as ordinary characters: one reading. Either way such a path is never public.
        /// Always refused there: control bytes, a `%` that begins no octet, an octet encoded three times,
        /// overlong or impossible UTF-8, and `..`.
        ///
        /// Default: `refuse`
        /// Example: `allow`
        ambiguous: Ambiguous;
        /// The one redirect URI of every host: `<prefix>/callback` on a host which shares a cookie domain with
        /// all the others.
        ///
        /// Default: `<prefix>/callback` on the request's own host
        /// Example: `https://app.example.com/oauth2/callback`
        redirect_uri: String;
        /// Where the provider sends people after its logout, as it is registered there. `?rd=` of a sign-out is then not
        /// carried through the provider.
        ///
        /// Default: `<prefix>/signed_out` on the request's own host
        /// Example: `https://www.example.com/bye`
        post_logout_redirect_uri: String;
        /// Where a sign-out ends the session: `provider` here and at the provider, `local` here only. After a local
        /// sign-out the page says that the provider's session goes on.
        ///
        /// Default: `provider`
        /// Example: `local`
        sign_out: SignOut;
        /// A path that answers 200 for as long as the proxy runs, as oauth2-proxy's `/ping`. It needs no sign-in.
        ///
        /// Default: none
        /// Example: `/ping`
        ping: String;
        /// A path that answers 200 once the provider is known and 503 before, as oauth2-proxy's `/ready`. It needs no
        /// sign-in.
        ///
        /// Default: none
        /// Example: `/ready`
        ready: String;
        /// Where `?rd=` may lead, beside the request's own host. `host` is that host without a port, `host:8443`
        /// that port, `host:*` any port, `.suffix` and `*.suffix` the suffix itself and everything below it.
        ///
        /// Default: `[]`
        /// Example: `[".example.com"]`
        allowed_redirect_domains: List<String>;
    }
}

choice! {
    enum Ambiguous {
        Refuse = "refuse",
        Allow = "allow",
    }
}

choice! {
    enum SignOut {
        Provider = "provider",
        Local = "local",
    }
}
