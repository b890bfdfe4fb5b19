//! Beyond this machine it is HTTPS or nothing. What leads there is a proxy that takes every name for one address.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use vestibule_e2e::registry::{PASSWORD, Registry, RegistryOptions, USER};
use vestibule_e2e::tools::run;

use crate::pusher::{Push, encoded, refused_by};

const NAME: &str = "registry.example.test";

/// What a proxy got in the clear: the heads of requests.
type Seen = Arc<Mutex<Vec<String>>>;

/// An HTTP proxy that knows CONNECT and nothing else.
async fn proxy(to: SocketAddr) -> SocketAddr {
    watched_proxy(to).await.0
}

async fn watched_proxy(to: SocketAddr) -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen_by_it = seen.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(tunnel(client, to, seen_by_it.clone()));
        }
    });
    (address, seen)
}

async fn tunnel(client: TcpStream, to: SocketAddr, seen: Seen) -> Option<()> {
    let mut client = BufReader::new(client);
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        client.read_line(&mut request).await.ok().filter(|read| *read > 0)?;
    }
    if !request.starts_with(&format!("CONNECT {NAME}:443 ")) {
        seen.lock().unwrap().push(request);
        client.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.ok()?;
        return None;
    }
    let mut registry = TcpStream::connect(to).await.ok()?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    copy_bidirectional(&mut client, &mut registry).await.ok().map(|_| ())
}

fn push() -> Push {
    let config = json!({"auths": {NAME: {"auth": encoded(USER, PASSWORD)}}});
    let mut push = Push::new((Ipv4Addr::LOCALHOST, 0).into(), &config);
    push.to = format!("{NAME}/vestibule:1");
    push
}

/// On a machine that trusts this certificate, and reaches the world through that proxy.
fn through<'a>(push: &'a mut Command, proxy: SocketAddr, trusted: &Path) -> &'a mut Command {
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
        push.env(name, format!("http://{proxy}"));
    }
    push.env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR")
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
}

async fn closed(tls_name: Option<&'static str>) -> Registry {
    Registry::with(RegistryOptions { sign_in: true, tls_name }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_is_reached_by_tls_with_a_certificate_that_the_machine_trusts() {
    let registry = closed(Some(NAME)).await;
    let proxy = proxy(registry.address()).await;
    let push = push();
    let said = run(through(&mut push.command(), proxy, &registry.certificate()));
    assert!(said.starts_with(&format!("oci://{NAME}/vestibule@sha256:")), "{said}");

    let other = closed(Some(NAME)).await;
    let refused = refused_by(through(&mut push.command(), proxy, &other.certificate()));
    assert!(refused.contains("cannot be reached") && refused.contains("certificate"), "{refused}");
    assert!(!refused.contains(PASSWORD), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_not_spoken_beyond_this_machine() {
    let registry = closed(None).await;
    let other = closed(Some(NAME)).await;
    let proxy = proxy(registry.address()).await;
    let push = push();
    let refused = refused_by(through(&mut push.command(), proxy, &other.certificate()));
    // It began with TLS, and was answered in plain HTTP.
    assert!(refused.contains("cannot be reached") && refused.contains("InvalidContentType"), "{refused}");
}

/// Has it send people to this realm for a token.
async fn with_realm(registry: &mut Registry, realm: &str) {
    registry.stop();
    let file = registry.certificate().with_file_name("registry.yml");
    let mut config: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let certificate = registry.certificate();
    config["auth"] =
        json!({"token": {"realm": realm, "service": NAME, "issuer": NAME, "rootcertbundle": certificate}});
    fs::write(&file, config.to_string()).unwrap();
    registry.start_again().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_do_not_follow_a_challenge_to_plain_http() {
    let mut registry = Registry::with(RegistryOptions { sign_in: false, tls_name: Some(NAME) }).await;
    let (proxy, by_proxy) = watched_proxy(registry.address()).await;
    let (direct, directly) = watched_proxy(registry.address()).await;
    let push = push();
    // The second is one that no proxy is asked for.
    for (host, port) in [("tokens.example.test", 80), ("127.0.0.1", direct.port())] {
        with_realm(&mut registry, &format!("http://{host}:{port}/token")).await;
        let mut command = push.command();
        let refused =
            refused_by(through(&mut command, proxy, &registry.certificate()).env("NO_PROXY", "127.0.0.1"));
        for seen in [&by_proxy, &directly] {
            assert_eq!(*seen.lock().unwrap(), [""; 0], "what went over plain HTTP");
        }
        assert!(refused.contains(&format!("{NAME} leads to http://{host} ")), "{refused}");
        assert!(!refused.contains(PASSWORD), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_of_no_proxy_is_reached_without_the_proxy() {
    let registry = closed(Some(NAME)).await;
    let proxy = proxy(registry.address()).await;
    let push = push();
    let mut command = push.command();
    let through = through(&mut command, proxy, &registry.certificate());
    let refused = refused_by(through.env("NO_PROXY", "127.0.0.1,.example.test"));
    // There is no such name but at the proxy.
    assert!(refused.contains(&format!("{NAME} cannot be reached")), "{refused}");
    run(command.env("NO_PROXY", "127.0.0.1,.other.test"));
}
