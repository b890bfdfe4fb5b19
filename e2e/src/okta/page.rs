//! What a person sees of the stand-in.

use axum::http::StatusCode;
use axum::response::Response;

use super::answer::html_response;
use super::authorization_request::AuthorizationRequest;
use super::endpoint::SIGN_IN_PATH;
use super::people::Person;
use crate::html::escape;

const STYLE: &str = "\
    body{font:16px/1.5 system-ui,sans-serif;background:#f4f5f7;color:#1d1d21;margin:0;padding:6vh 1rem}\
    main{max-width:26rem;margin:auto;background:#fff;border:1px solid #d7d7dc;border-radius:8px;padding:2rem}\
    h1{font-size:1.3rem;margin:0 0 .3rem}p{margin:.3rem 0 1rem;color:#5b5b66}\
    button{display:block;width:100%;text-align:left;font:inherit;padding:.6rem .9rem;margin:.5rem 0;\
    border:1px solid #c1c1c8;border-radius:6px;background:#fff;cursor:pointer}\
    button:hover,button:focus{border-color:#00297a;background:#f0f4ff}\
    button small{display:block;color:#5b5b66;overflow-wrap:anywhere}#deny{text-align:center;color:#a00}";

/// One button a person, with the ids `sign-in-alice` and so on, and one with the id `deny`.
pub(crate) fn sign_in(people: &[Person], request: &AuthorizationRequest, transaction: &str) -> Response {
    let hinted = |person: &&Person| request.login_hint.as_ref().is_some_and(|hint| *hint == person.login);
    let (first, rest): (Vec<_>, Vec<_>) = people.iter().partition(hinted);
    let buttons: String = first.into_iter().chain(rest).map(button).collect();
    let factor = if request.wants_second_factor() { " with two factors" } else { "" };
    let body = format!(
        "<p>Choose who you are{factor}. <span id=\"client\">{client}</span> will know.</p>\
         <form method=\"post\" action=\"{SIGN_IN_PATH}\">\
         <input type=\"hidden\" name=\"transaction\" value=\"{transaction}\">{buttons}\
         <button type=\"submit\" id=\"deny\" name=\"deny\" value=\"yes\">Deny</button></form>",
        client = escape(&request.client_id),
        transaction = escape(transaction),
    );
    html_response(StatusCode::OK, document("Sign in to the stand-in Okta", &body))
}

pub(crate) fn error(status: StatusCode, description: &str) -> Response {
    let body = format!("<p id=\"error\">{}</p>", escape(description));
    html_response(status, document("400 Bad Request", &body))
}

pub(crate) fn signed_out() -> Response {
    html_response(StatusCode::OK, document("Signed out of the stand-in Okta", "<p>Goodbye.</p>"))
}

fn button(person: &Person) -> String {
    let groups = match person.groups.len() {
        0 => "no groups".into(),
        1..=5 => person.groups.join(", "),
        many => format!("{many} groups"),
    };
    let unverified = if person.email_verified { "" } else { " (email not verified)" };
    format!(
        "<button type=\"submit\" id=\"sign-in-{nick}\" name=\"person\" value=\"{nick}\">{name}\
         <small>{email}{unverified} · {groups}</small></button>",
        nick = escape(&person.nick),
        name = escape(&person.name()),
        email = escape(&person.email),
        groups = escape(&groups),
    )
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    )
}
