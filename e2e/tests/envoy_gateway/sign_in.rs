//! From the manifests of the repository to somebody who is signed in.

use vestibule_e2e::envoy;
use vestibule_e2e::envoy_gateway::{EnvoyGateway, HOST, OPEN_HOST, push};
use vestibule_e2e::leaks;
use vestibule_e2e::migration;
use vestibule_e2e::scratch::Scratch;

#[tokio::test]
async fn the_manifests_sign_people_in_and_leave_other_hosts_alone() {
    let gateway = EnvoyGateway::usual().await;
    assert_eq!(gateway.status(HOST, "/page").await, 401);
    assert_eq!(gateway.status(HOST, "/healthz").await, 200);
    // The route that is there for its cluster leads no stranger to Okta.
    assert_eq!(gateway.status("okta.invalid", "/").await, 403);
    let mut alice = gateway.visitor(HOST);
    gateway.sign_in(&mut alice, "alice", "/reports/2026?quarter=3").await;
    assert_eq!(alice.page("/finance/report").await.status, 200);
    let mut carol = gateway.visitor(HOST);
    gateway.sign_in(&mut carol, "carol", "/page").await;
    assert_eq!(carol.page("/finance/report").await.status, 403);
    assert_eq!(gateway.status(OPEN_HOST, "/page").await, 200);
    let seen = gateway.application.requests();
    let of_alice = seen.iter().find(|request| request.path == "/finance/report").expect("Alice's request");
    let email: Vec<_> = of_alice.header("x-auth-request-email").collect();
    assert_eq!(email, [b"alice@example.com"]);
    // Law 8.
    leaks::search(&envoy::filter_lines(&gateway.log()), gateway.okta.secrets());
}

/// What `migrate --kind EnvoyExtensionPolicy` writes, in the place of the manifests.
#[tokio::test]
async fn what_migrate_makes_of_oauth2_proxy_signs_people_in() {
    let folder = Scratch::new("migrated");
    let setup = migration::small_setup("default", "eg");
    let made = migration::migrated(folder.path(), &setup, "EnvoyExtensionPolicy");
    // The listener, which no file of oauth2-proxy names.
    assert!(made.has_gaps);
    let gateway = EnvoyGateway::start(|resources, registry| {
        let here = resources.get_mut("Backend", "okta")["spec"].clone();
        let reload = resources.get_mut("EnvoyPatchPolicy", "vestibule-reload")["spec"].clone();
        for kind in ["HTTPRoute", "Backend"] {
            resources.remove(kind, "okta");
        }
        resources.remove("EnvoyExtensionPolicy", "vestibule");
        resources.remove("EnvoyPatchPolicy", "vestibule-reload");
        for mut resource in made.resources.clone() {
            match resource["kind"].as_str() {
                // What is of this machine: the address and the certificate.
                Some("Backend") => {
                    assert_eq!(resource["spec"]["tls"]["sni"], here["tls"]["sni"]);
                    resource["spec"] = here.clone();
                }
                Some("EnvoyPatchPolicy") => {
                    let patch = &mut resource["spec"]["jsonPatches"][0];
                    patch["name"] = "default/eg/http".into();
                    let path = patch["operation"]["jsonPath"].as_str().expect("a path");
                    patch["operation"]["jsonPath"] = path.replace("/envoyextensionpolicy/", "//").into();
                    assert_eq!(resource["spec"], reload);
                }
                _ => {}
            }
            resources.add(resource);
        }
        resources.set_image(&push(registry, &envoy::filter_wasm(), "0.1.0"));
    })
    .await;
    gateway.guarded().await;
    assert_eq!((gateway.status(HOST, "/page").await, gateway.status(HOST, "/healthz").await), (401, 200));
    assert_eq!(gateway.status("vestibule-acme-okta-com.invalid", "/").await, 403);
    let mut alice = gateway.visitor(HOST);
    gateway.sign_in(&mut alice, "alice", "/page").await;
    assert_eq!(alice.page("/page").await.status, 200);
    let mut carol = gateway.visitor(HOST);
    gateway.sign_in(&mut carol, "carol", "/page").await;
    assert_eq!(carol.page("/page").await.status, 403);
    assert_eq!(gateway.status(OPEN_HOST, "/page").await, 200);
}
