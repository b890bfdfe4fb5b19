//! The filter's own endpoints under `paths.prefix`.

use serde_json::json;

use super::incoming::Incoming;
use super::request::Outcome;
use super::{Engine, Inputs};
use crate::config::Unauthenticated;
use crate::page::{Audience, Button, LocalReply, Reason};
use crate::web::path::NormalPath;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Callback,
    Start,
    SignIn,
    SignOut,
    SignedOut,
    Auth,
    Userinfo,
}

impl Engine {
    /// The endpoint at `path`, which must have arrived in normal form: another spelling is the application's.
    pub(super) fn endpoint(&self, path: &NormalPath<'_>) -> Option<Endpoint> {
        let name = path.as_str().strip_prefix(self.config.paths.prefix.as_str())?;
        let endpoint = match name {
            "/callback" => Endpoint::Callback,
            "/start" => Endpoint::Start,
            "/sign_in" => Endpoint::SignIn,
            "/sign_out" => Endpoint::SignOut,
            "/signed_out" => Endpoint::SignedOut,
            "/auth" => Endpoint::Auth,
            "/userinfo" => Endpoint::Userinfo,
            _ => return None,
        };
        path.arrived_normal().then_some(endpoint)
    }

    pub(super) fn at_endpoint(
        &mut self,
        endpoint: Endpoint,
        incoming: &Incoming<'_>,
        inputs: &mut Inputs<'_>,
    ) -> Outcome {
        // Only signing out changes anything that the browser did not begin itself.
        let fits = match endpoint {
            // A code is good for one attempt, which a HEAD must not use up.
            Endpoint::Callback => incoming.method == b"GET",
            Endpoint::SignOut => incoming.is_get() || incoming.method == b"POST",
            // Whoever asks may pass on the method of what it is asked for.
            Endpoint::Auth => true,
            Endpoint::Start | Endpoint::SignIn | Endpoint::SignedOut | Endpoint::Userinfo => {
                incoming.is_get()
            }
        };
        if !fits {
            return LocalReply::explain(Reason::MethodNotAllowed, incoming.audience(), &[]).into();
        }
        match endpoint {
            Endpoint::Callback => self.callback(incoming, inputs),
            Endpoint::Start => {
                if !incoming.may_start_sign_in(Unauthenticated::Redirect) {
                    return LocalReply::explain(Reason::NotSignedIn, Audience::Program, &[]).into();
                }
                let original_url = self.wanted_redirect(incoming).unwrap_or_else(|| "/".to_owned());
                self.start_sign_in(incoming, original_url, inputs)
            }
            Endpoint::SignIn => {
                let wanted = self.wanted_redirect(incoming).unwrap_or_else(|| "/".to_owned());
                let button = self.sign_in_button(&wanted);
                LocalReply::explain(Reason::SignInPage, Audience::Person, &[button]).into()
            }
            Endpoint::SignOut => self.sign_out(incoming, inputs).into(),
            Endpoint::SignedOut => self.signed_out(incoming).into(),
            Endpoint::Auth => self.auth(incoming, inputs).into(),
            Endpoint::Userinfo => self.userinfo(incoming, inputs).into(),
        }
    }

    /// Where `?rd=` leads, if it may.
    pub(super) fn wanted_redirect(&self, incoming: &Incoming<'_>) -> Option<String> {
        let wanted = incoming.query_parameter("rd")?;
        incoming.safe_redirect(wanted.as_bytes(), &self.config, &self.redirect_domains)
    }

    /// A link that begins a sign-in which ends at `wanted`.
    pub(super) fn sign_in_button(&self, wanted: &str) -> Button {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("rd", wanted).finish();
        Button { label: "Sign in", href: format!("{}/start?{query}", self.config.paths.prefix) }
    }

    /// For what asks before it forwards, such as `auth_request`: 202 or 401, never a redirect.
    fn auth(&mut self, incoming: &Incoming<'_>, inputs: &Inputs<'_>) -> LocalReply {
        match self.session_of(incoming, inputs) {
            Some(_) => LocalReply::empty(202, Reason::Status),
            None => LocalReply::explain(Reason::NotSignedIn, Audience::Program, &[]),
        }
    }

    /// Who is signed in, for the application's own pages.
    fn userinfo(&mut self, incoming: &Incoming<'_>, inputs: &Inputs<'_>) -> LocalReply {
        let Some(opened) = self.session_of(incoming, inputs) else {
            return LocalReply::explain(Reason::NotSignedIn, Audience::Program, &[]);
        };
        let person = &opened.session.person;
        let mut body = json!({
            "user": person.user,
            "email": person.usable_email(),
            "preferredUsername": person.preferred_username,
            "groups": person.groups,
        });
        if let Some(body) = body.as_object_mut() {
            body.retain(|_, value| !value.is_null());
            // As in the headers: an incomplete list would be a lie.
            if !person.groups_complete {
                body.remove("groups");
            }
        }
        LocalReply::json(200, Reason::Status, &body)
    }

    fn session_of(
        &mut self,
        incoming: &Incoming<'_>,
        inputs: &Inputs<'_>,
    ) -> Option<std::rc::Rc<super::Opened>> {
        let scopes = std::rc::Rc::clone(&self.scopes);
        self.session(&incoming.jar(), &incoming.scope(&scopes), inputs.now)
    }
}
