//! What the manifests name: Okta behind its own name and TLS, and the client that is registered there.

use std::net::{Ipv4Addr, SocketAddr};

use crate::envoy::{Envoy, EnvoyCluster, EnvoyOptions};
use crate::okta::{Client, OktaOptions, StandInOkta};
use crate::visitor::{self, Visitor, target_of};

pub const HOST: &str = "admin.example.com";
pub const OKTA: &str = "acme.okta.com";
pub const CLIENT_ID: &str = "0oa1b2c3";
pub const CLIENT_SECRET: &str = "client-secret-that-no-log-may-hold-0001";
pub const COOKIE_SECRET: &str = "cookie-secret-that-no-log-may-hold-0001";

/// The stand-in, and what ends TLS in front of it. `change` makes its options what the test wants.
pub async fn start(change: impl FnOnce(&mut OktaOptions)) -> (StandInOkta, Envoy) {
    let mut options = OktaOptions {
        base_url: Some(format!("https://{OKTA}")),
        clients: vec![Client::web(CLIENT_ID, CLIENT_SECRET).serving(&format!("https://{HOST}"))],
        ..OktaOptions::default()
    };
    change(&mut options);
    let okta = StandInOkta::start(options).await.expect("the stand-in Okta");
    let front = front(OKTA, &okta).await;
    (okta, front)
}

/// What ends TLS in front of the stand-in, with a certificate for this name.
pub async fn front(name: &str, okta: &StandInOkta) -> Envoy {
    let options = EnvoyOptions {
        tls_names: vec![name.to_owned()],
        clusters: vec![EnvoyCluster::new("application", address(okta))],
        ..EnvoyOptions::default()
    };
    Envoy::start(options).await.unwrap_or_else(|failed| panic!("{failed}"))
}

/// Signs a person in from this page, where the sign-in must end.
pub async fn sign_in(okta: &StandInOkta, visitor: &mut Visitor, nick: &str, page: &str) {
    let authorization = visitor.begin(page).await;
    assert!(authorization.starts_with(&format!("https://{OKTA}/")), "{authorization}");
    let callback = approve(okta, &authorization, nick).await;
    let response = visitor.page(target_of(&callback)).await;
    assert_eq!((response.status, response.location().as_str()), (302, page), "{}", response.summary());
}

/// What the person does at Okta: the callback's address.
pub async fn approve(okta: &StandInOkta, authorization: &str, nick: &str) -> String {
    visitor::at_sign_in_page(address(okta), authorization, &format!("person={nick}")).await
}

fn address(okta: &StandInOkta) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, okta.port()))
}
