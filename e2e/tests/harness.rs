//! The harness itself, with an Envoy that has no filter in it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vestibule_e2e::browser::Browser;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::{Envoy, EnvoyCluster, EnvoyOptions};
use vestibule_e2e::software::{Server, Software};
use vestibule_e2e::wire::{State, Wire};

/// Answers every connection with one small page.
async fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 27\r\n\
                          set-cookie: __Host-a=b; Path=/; Secure; HttpOnly; SameSite=Lax\r\n\
                          connection: close\r\n\r\n<a href=/next>next page</a>";
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test]
async fn the_browser_reaches_an_application_behind_envoy_over_tls() {
    let options = EnvoyOptions {
        clusters: vec![EnvoyCluster::new("application", server().await)],
        tls_names: vec!["*.example.test".to_owned()],
        ..EnvoyOptions::default()
    };
    let envoy = Envoy::start(options).await.unwrap();
    let browser = Browser::start().await;
    let url = format!("https://app.example.test:{}", envoy.tls().port());
    browser.open(&format!("{url}/")).await;
    browser.click_text("next page").await;
    browser.at(|at| at == format!("{url}/next")).await;
    let cookie = browser.cookies().await.pop().unwrap();
    assert_eq!((cookie.name.as_str(), cookie.domain.as_str()), ("__Host-a", "app.example.test"));
    assert_eq!(browser.all_cookies().await, [cookie]);
    let first = browser.tab().await;
    assert_ne!(browser.new_tab().await, first);
    assert!(envoy.access_log().await.contains("GET /next 200"));
}

#[tokio::test]
async fn an_envoy_that_cannot_start_says_why() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let clusters = vec![EnvoyCluster::new("application", taken.local_addr().unwrap())];
    let failed = Envoy::start(EnvoyOptions { port, clusters, ..EnvoyOptions::default() }).await.unwrap_err();
    assert!(failed.log.contains("Address already in use"), "{failed}");
}

#[tokio::test]
async fn a_wire_can_be_cut_and_mended() {
    let wire = Wire::start(server().await, State::Refused).await;
    let get = Request::get("/");
    let refused = client::send(wire.address(), &get).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    wire.set(State::Open);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(client::send(wire.address(), &get).await.unwrap().status, 200);
    wire.set(State::Silent);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let silent = tokio::time::timeout(Duration::from_millis(300), client::send(wire.address(), &get)).await;
    assert!(silent.is_err());
    wire.set(State::Refused);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(client::send(wire.address(), &get).await.is_err());
    assert_eq!(wire.connections(), 2);
}

#[tokio::test]
async fn the_software_of_others_tells_what_it_makes_of_a_request() {
    for software in [Software::Php, Software::Flask, Software::Express, Software::Node, Software::Python] {
        let server = Server::start(software).await;
        let options = EnvoyOptions {
            clusters: vec![EnvoyCluster::new("application", server.address())],
            ..EnvoyOptions::default()
        };
        let envoy = Envoy::start(options).await.unwrap();
        let request = Request::form("/a%20b?c=d", "e=f").header("x-own", "1");
        let response = client::send(envoy.plain(), &request).await.unwrap();
        assert_eq!(response.status, 200, "{software:?}: {}", response.summary());
        let seen = response.json();
        assert_eq!(seen["method"], "POST", "{software:?}: {seen}");
        assert_eq!(seen["path"], "/a b", "{software:?}: {seen}");
        assert_eq!(seen["host"], "app.example.test", "{software:?}: {seen}");
        assert!(seen["headers"].to_string().to_lowercase().contains("x-own"), "{software:?}: {seen}");
    }
}
