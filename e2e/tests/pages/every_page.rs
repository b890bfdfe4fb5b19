//! Each page that there is, rendered by the filter's own code: not every trouble can be had in a running Envoy.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use vestibule::config::{self, load};
use vestibule::page::{Label, Link, LocalReply, Pages, Reader, Reason, Reply, render};
use vestibule_e2e::accessibility::barriers;
use vestibule_e2e::browser::Browser;
use vestibule_e2e::looks::Look;

use super::{album, branded};

fn configured(pages: Value) -> Rc<Pages> {
    let config = json!({
        "provider": {"issuer": "https://acme.okta.com"},
        "client": {"id": "0oa1"},
        "session": {"secrets": [{"value": "0123456789abcdef0123456789abcdef"}]},
        "pages": pages,
    });
    let config: config::Config = load(config.to_string().as_bytes(), &|_| None).expect("a configuration");
    Rc::new(Pages::new(&config.pages))
}

/// A page with all that it may show.
fn page(reason: Reason, pages: &Rc<Pages>, languages: &str) -> LocalReply {
    let link = |label, href: &str| Link { label, href: href.to_owned() };
    let sign_in = || link(Label::SignIn, "/oauth2/start?rd=%2F");
    let another = || link(Label::AnotherAccount, "/oauth2/start?rd=%2F&prompt=select_account");
    let reply = Reply::explain(reason, Reader::Person);
    let mut reply = match reason {
        // It leads on at once, so that nobody could look at it.
        Reason::SignedIn | Reason::SessionTrimmed => reply.with_link(link(Label::Continue, "/")),
        Reason::SignOutPage => {
            reply.with_link(link(Label::SignOut, "/oauth2/sign_out")).about_person("ann.archer@acme.example")
        }
        Reason::SignedOutHere | Reason::ProviderDenied | Reason::ProviderError => {
            reply.with_link(sign_in()).with_link(another())
        }
        Reason::NotPermitted => reply
            .about_person("ann.archer@acme.example")
            .with_link(another())
            .with_link(link(Label::SignOut, "/oauth2/sign_out")),
        Reason::AcrNotReached | Reason::SignInTooOld => {
            reply.with_link(link(Label::TryAgain, "/")).about_person("ann.archer@acme.example")
        }
        Reason::SignInPage
        | Reason::SignedOut
        | Reason::NotSignedIn
        | Reason::StepUpNeeded
        | Reason::SignInUnknown
        | Reason::ResponseInvalid
        | Reason::ResponseIssuer
        | Reason::ParFailed
        | Reason::TokenUnreachable
        | Reason::TokenRefused
        | Reason::TokenInvalid
        | Reason::IdTokenInvalid
        | Reason::SessionTooLarge
        | Reason::CookieNotKept
        | Reason::UserinfoFailed => reply.with_link(sign_in()),
        _ => reply,
    };
    reply.incident = Some("4f1c2a9e-7d30-4b7e-9a55-0c6f2d1be8a7".to_owned());
    if reason == Reason::NotPermitted {
        reply.shown.needed_groups = vec!["finance-approvers".to_owned(), "finance-auditors".to_owned()];
    }
    reply.shown.by = Some(pages.preferred([languages.as_bytes()].into_iter()));
    render(&reply)
}

/// Serves pages by their names, with the headers that they have in Envoy.
async fn serve(pages: BTreeMap<String, LocalReply>) -> String {
    async fn answer(
        Path(name): Path<String>,
        State(all): State<Arc<BTreeMap<String, LocalReply>>>,
    ) -> Response {
        let Some(page) = all.get(&name) else { return StatusCode::NOT_FOUND.into_response() };
        // Some browsers show their own page for some answers that are not 200.
        let mut response = page.body.clone().into_response();
        for (header, value) in &page.headers {
            response.headers_mut().insert(*header, HeaderValue::from_str(value).expect("a header"));
        }
        response
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/{name}", axum::routing::get(answer)).with_state(Arc::new(pages));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test]
async fn no_page_has_a_barrier_and_each_has_its_picture() {
    let (plain, own) = (configured(json!({})), configured(branded()));
    let mut all = BTreeMap::new();
    for reason in Reason::ALL.iter().copied().filter(|reason| reason.may_be_a_page()) {
        all.insert(reason.code().to_owned(), page(reason, &plain, "en"));
        all.insert(format!("{}-de", reason.code()), page(reason, &own, "de"));
    }
    for language in ["en", "fr", "ar"] {
        all.insert(format!("not_permitted-own-{language}"), page(Reason::NotPermitted, &own, language));
    }
    for (accent, name) in [("#ffffff", "white"), ("#0a0a0a", "black"), ("#ffd400", "yellow")] {
        let pages = configured(json!({"name": "Acme", "accent": accent}));
        all.insert(format!("sign_in_page-{name}"), page(Reason::SignInPage, &pages, "en"));
    }
    // One in German is enough to look at, and so are those in other words and colours.
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    let is_kept = |name: &String| {
        reasons.contains(&name.as_str()) || name == "not_permitted-own-en" || name == "not_permitted-de"
    };
    let names: Vec<(String, bool)> = all.keys().map(|name| (name.clone(), is_kept(name))).collect();
    let server = serve(all).await;
    let browser = Browser::start().await;
    let mut kept = Vec::new();
    for (name, is_kept) in names {
        browser.look(Look::Light).await;
        browser.open(&format!("{server}/{name}")).await;
        // The style sheet has got past the policy, and so has the picture.
        let drawn = "return getComputedStyle(document.querySelector('main')).borderTopLeftRadius === '12px' && \
                     [...document.images].every(image => image.naturalWidth > 0)";
        assert_eq!(browser.script(drawn).await, true, "{name}");
        for look in Look::ALL {
            browser.look(look).await;
            assert_eq!(barriers(&browser).await, [] as [&str; 0], "{name}, {}", look.name());
            assert!(!browser.is_too_wide().await, "{name}, {}", look.name());
            if is_kept {
                let name = format!("{name}-{}", look.name());
                album::keep(&browser, &name).await;
                kept.push(name);
            }
        }
    }
    album::holds(kept);
}

/// A check that finds nothing anywhere would pass as well.
#[tokio::test]
async fn a_barrier_would_be_found() {
    let mut bad = page(Reason::NotPermitted, &configured(branded()), "en");
    bad.headers.clear();
    bad.headers.push(("content-type", "text/html".to_owned()));
    for (old, new, rule) in [
        ("<html lang=\"en\">", "<html>", "html-has-lang"),
        (" alt=\"\"", "", "image-alt"),
        ("--quiet:#59606b", "--quiet:#aaaaaa", "color-contrast"),
        (
            "<meta name=\"robots\"",
            "<meta http-equiv=\"refresh\" content=\"5\"><meta name=\"robots\"",
            "meta-refresh",
        ),
        (">Use another account</a>", "></a>", "link-name"),
    ] {
        assert!(bad.body.contains(old), "{old}");
        let page = LocalReply { status: 200, headers: bad.headers.clone(), body: bad.body.replace(old, new) };
        let server = serve([("bad".to_owned(), page)].into()).await;
        let browser = Browser::start().await;
        browser.look(Look::Light).await;
        browser.open(&format!("{server}/bad")).await;
        let found = barriers(&browser).await;
        assert!(found.iter().any(|fault| fault.starts_with(rule)), "{rule}: {found:?}");
    }
}
