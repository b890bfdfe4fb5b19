//! `access` as it is written: rules in their order, each with what it matches and who may enter.

use super::DurationText;
use crate::config::read::{List, Map, choice, section};

section! {
    /// One rule of `access`. The first rule that matches decides; without a match, whoever is signed in may
    /// enter.
    struct Rule {
        /// Which requests the rule is for.
        ///
        /// Default: all of them
        /// Example: `{"hosts": ["admin.example.com"], "paths": ["/finance/*"]}`
        when ["match"]: Match;
        /// Who may enter: `public` (everyone, without identity headers), `optional` (everyone, with identity
        /// headers where signed in), `authenticated` or `none`. `public` and `optional` take only a path that
        /// arrives in normal form.
        ///
        /// Default: `authenticated`
        /// Example: `public`
        allow: Allow;
        /// What somebody who is signed in must have besides; only with `allow: authenticated`.
        ///
        /// Default: nothing
        /// Example: `{"groups": ["finance"]}`
        require: Require;
        /// Which JWT access tokens are accepted beside sessions, as `authorization: Bearer`. A request that carries one is
        /// judged by it alone, also beside a session. `require` speaks of sessions; where a rule has both, `bearer`
        /// must say what tokens need: scopes or groups.
        ///
        /// Default: none
        /// Example: `{"audiences": ["api://default"], "scopes": ["orders.read"]}`
        bearer: Bearer;
        /// What is answered without a session: `redirect` to the sign-in, `status` (401), or `auto` (navigations
        /// are redirected, everything else gets 401). Unsafe methods are never redirected.
        ///
        /// Default: `auto`
        /// Example: `status`
        unauthenticated: Unauthenticated;
        /// CORS preflights carry no cookie: `allow` lets them through to the application.
        ///
        /// Default: none, they are treated as any other request, but never redirected
        /// Example: `allow`
        preflight: Preflight;
    }
}

section! {
    /// Which requests a rule is for: all keys must match, in a list one entry is enough.
    struct Match {
        /// Names, or `*.name` for everything below a name.
        ///
        /// Default: every host
        /// Example: `["admin.example.com"]`
        hosts: List<String>;
        /// Paths in normal form without the query: exact, or with a trailing `/*` for the path itself and
        /// everything below it. `public` and `optional` take them to the letter. Every other rule also takes what
        /// frameworks equate: any case of ASCII letters, and for `/x` also `/x/` and `/x.json`.
        ///
        /// Default: every path
        /// Example: `["/finance/*", "/healthz"]`
        paths: List<String>;
        /// Methods in upper case. GET includes HEAD.
        ///
        /// Default: every method
        /// Example: `["GET", "POST"]`
        methods: List<String>;
        /// Networks of the client's address.
        ///
        /// Default: every address
        /// Example: `["10.0.0.0/8"]`
        client_cidrs: List<String>;
    }
}

section! {
    /// What somebody must have: all keys must hold, in a list one entry is enough. `emails` and `email_domains`
    /// are one test together.
    struct Require {
        /// Groups, one of which somebody must be in. Case counts.
        ///
        /// Default: any or none
        /// Example: `["finance"]`
        groups: List<String>;
        /// Email addresses, in any case.
        ///
        /// Default: any or none
        /// Example: `["ann@example.com"]`
        emails: List<String>;
        /// Domains of email addresses, in any case and without `@`. A domain below one of them is another one.
        ///
        /// Default: any or none
        /// Example: `["example.com"]`
        email_domains: List<String>;
        /// Claims, each with the values of which it must have one. All of the claims must hold.
        ///
        /// Default: `{}`
        /// Example: `{"department": ["sales"]}`
        claims: Map<List<String>>;
        /// Authentication context classes, one of which the sign-in must have reached (the ID token's `acr`). Whoever
        /// signed in with less is sent to the provider with these as `acr_values`, and comes back; programs get 401
        /// with `insufficient_user_authentication` (RFC 9470). At most 128 characters together.
        ///
        /// Default: any or none
        /// Example: `["urn:okta:loa:2fa:any"]`
        acr: List<String>;
        /// How long ago the person may have authenticated at the provider (the ID token's `auth_time`; a minute more or
        /// less, because clocks differ), from `1m` to `30d`. Whoever did longer ago is sent to the provider with `max_age`, and
        /// comes back. A refresh does not count.
        ///
        /// Unit: duration
        /// Default: no limit but `session.max_age`
        /// Example: `15m`
        max_age: DurationText;
    }
}

section! {
    /// Which JWT access tokens are accepted. All keys must hold.
    struct Bearer {
        /// Names of `providers`, one of which must have issued the token; `provider` is the one that signs people in.
        ///
        /// Default: `["provider"]`
        /// Example: `["provider", "partner"]`
        providers: List<String>;
        /// Audiences, one of which the token must be for.
        ///
        /// Example: `["api://default"]`
        audiences: List<String>, required "a value";
        /// Scopes that the token must have (its `scope` or `scp`).
        ///
        /// Default: any or none
        /// Example: `["orders.read"]`
        scopes: List<String>;
        /// Whether one of the scopes is enough.
        ///
        /// Default: `false`
        /// Example: `true`
        any_scope: bool;
        /// Groups, one of which the token must name, in the claim `identity.groups_claim`.
        ///
        /// Default: any or none
        /// Example: `["robots"]`
        groups: List<String>;
        /// Claims, each with the values of which the token must have one.
        ///
        /// Default: `{}`
        /// Example: `{"tier": ["gold"]}`
        claims: Map<List<String>>;
        /// Whether an ID token for `client.id` is accepted too, as oauth2-proxy's `skip-jwt-bearer-tokens` does. ID tokens
        /// say who signed in; they give no permission to call an API, and live in many places.
        ///
        /// Default: `false`
        /// Example: `true`
        id_tokens: bool;
        /// Where an API client learns which provider to ask: a URL that is named in the challenge (RFC 9728).
        ///
        /// Default: none
        /// Example: `https://api.example.com/.well-known/oauth-protected-resource`
        resource_metadata: String;
    }
}

choice! {
    enum Allow {
        Public = "public",
        Optional = "optional",
        Authenticated = "authenticated",
        None = "none",
    }
}

choice! {
    enum Unauthenticated {
        Auto = "auto",
        Redirect = "redirect",
        Status = "status",
    }
}

choice! {
    enum Preflight {
        Allow = "allow",
    }
}
