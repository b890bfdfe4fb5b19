//! Where the links of a page lead: the filter's own endpoints.

use crate::oidc::authorization_request::Prompt;
use crate::page::{Label, Link, Reader, Reason, Reply};

/// What a link asks of the sign-in that it begins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked<'a> {
    pub(super) prompt: Option<Prompt>,
    /// Who the person may be.
    pub(super) login_hint: Option<&'a str>,
    /// What a rule asks, sealed.
    pub(super) step_up: Option<&'a str>,
}

/// Made once from the configuration.
#[derive(Debug)]
pub(super) struct Links {
    /// `paths.prefix`.
    prefix: String,
}

impl Links {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// Begins a sign-in that ends at `wanted`.
    pub(super) fn sign_in(&self, wanted: &str) -> Link {
        Link { label: Label::SignIn, href: self.start(wanted, Asked::default()) }
    }

    /// Likewise, as somebody else than the provider would take the person for.
    pub(super) fn another_account(&self, wanted: &str) -> Link {
        let asked = Asked { prompt: Some(Prompt::SelectAccount), ..Asked::default() };
        Link { label: Label::AnotherAccount, href: self.start(wanted, asked) }
    }

    /// 401, whoever reads it: the page's link begins a sign-in that ends at `wanted`; a program is told where one begins.
    pub(super) fn unauthenticated(&self, reason: Reason, reader: Reader, wanted: &str) -> Reply {
        let sign_in = format!("{}/start?rd=", self.prefix);
        Reply::explain(reason, reader).with_link(self.sign_in(wanted)).with_sign_in(sign_in)
    }

    /// Signs out, and leads on to `wanted`.
    pub(super) fn sign_out_to(&self, wanted: Option<&str>) -> Link {
        Link { label: Label::SignOut, href: leading_on(format!("{}/sign_out", self.prefix), wanted) }
    }

    /// The path that leads to the provider's logout, which is sealed.
    pub(super) fn logout(&self, sealed: &str) -> String {
        // What is sealed is base64url.
        format!("{}/sign_out?logout={sealed}", self.prefix)
    }

    /// Goes on to a place that was asked for.
    pub(super) fn onward(wanted: String) -> Link {
        Link { label: Label::Continue, href: wanted }
    }

    pub(super) fn sign_out(&self) -> Link {
        self.sign_out_to(None)
    }

    /// The path that begins a sign-in which ends at `wanted`.
    pub(super) fn start(&self, wanted: &str, asked: Asked<'_>) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("rd", wanted)
            .extend_pairs(asked.prompt.map(|prompt| ("prompt", prompt.as_str())))
            .extend_pairs(asked.login_hint.map(|hint| ("login_hint", hint)))
            .extend_pairs(asked.step_up.map(|sealed| ("step_up", sealed)))
            .finish();
        format!("{}/start?{query}", self.prefix)
    }

    /// 401 for whoever is signed in, and not as a rule asks: the links lead to a sign-in that the rule has sealed.
    pub(super) fn step_up(&self, reader: Reader, wanted: &str, sealed: &str) -> Reply {
        let asked = Asked { step_up: Some(sealed), ..Asked::default() };
        let link = Link { label: Label::SignIn, href: self.start(wanted, asked) };
        // What is sealed is base64url.
        let sign_in = format!("{}/start?step_up={sealed}&rd=", self.prefix);
        Reply::explain(Reason::StepUpNeeded, reader).with_link(link).with_sign_in(sign_in)
    }

    /// The path to which the provider's logout leads.
    pub(super) fn signed_out(&self) -> String {
        format!("{}/signed_out", self.prefix)
    }

    /// The page that says what has ended, with a link to `wanted`.
    pub(super) fn signed_out_here(&self, wanted: Option<&str>) -> String {
        leading_on(self.signed_out(), wanted)
    }

    /// The path of the redirect URI.
    pub(super) fn callback(&self) -> String {
        format!("{}/callback", self.prefix)
    }
}

/// The path with `rd`, where something is wanted.
fn leading_on(path: String, wanted: Option<&str>) -> String {
    let Some(wanted) = wanted else { return path };
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("rd", wanted).finish();
    format!("{path}?{query}")
}
