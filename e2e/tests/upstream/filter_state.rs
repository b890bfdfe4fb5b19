//! `upstream.filter_state`: what access logs and Envoy's own RBAC filter read.

use serde_json::{Value, json};
use vestibule_e2e::client::Request;
use vestibule_e2e::envoy::EnvoyOptions;
use vestibule_e2e::stage::{Stage, StageOptions};

const LOG: &str = "%REQ(:PATH)% %RESPONSE_CODE% user=%FILTER_STATE(wasm.vestibule_user:PLAIN)% \
                   groups=%FILTER_STATE(wasm.vestibule_groups:PLAIN)% rule=%FILTER_STATE(wasm.vestibule_rule:PLAIN)%\n";

/// Lets whoever has the group `admin` on to `/admin`, by what the filter says.
fn rbac() -> Value {
    let path = |prefix: &str| json!({"url_path": {"path": {"prefix": prefix}}});
    let admin = json!({"filter_state": {
        "key": "wasm.vestibule_groups",
        "string_match": {"safe_regex": {"regex": "(^|.*,)admin(,.*|$)"}},
    }});
    json!({
        "name": "rbac",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
            "rules": {"action": "ALLOW", "policies": {
                "admins": {"permissions": [path("/admin")], "principals": [admin]},
                "others": {"permissions": [{"not_rule": path("/admin")}], "principals": [{"any": true}]},
            }},
        },
    })
}

async fn stage(more_filters: Vec<Value>) -> Stage {
    Stage::with(StageOptions {
        config: json!({"upstream": {"filter_state": true}}),
        envoy: EnvoyOptions { access_log_format: LOG.to_owned(), more_filters, ..EnvoyOptions::default() },
        ..StageOptions::default()
    })
    .await
}

#[tokio::test]
async fn access_logs_say_who_it_was_and_which_rule_also_of_refusals() {
    let stage = stage(vec![]).await;
    let mut carol = stage.signed_in("carol").await;
    for path in ["/page", "/finance/report", "/public/x"] {
        carol.page(path).await;
    }
    let mut alice = stage.signed_in("alice").await;
    alice.page("/finance/report").await;
    // A stranger cannot say who they are: names of headers are no names of filter state.
    let forged =
        Request::page("/stranger").header("wasm.vestibule_user", "forged").header("vestibule_user", "forged");
    stage.visitor().send(forged).await;
    let log = stage.envoy.access_log().await;
    for line in [
        "/page 200 user=00ucarol0000000001d7 groups= rule=default",
        "/finance/report 403 user=00ucarol0000000001d7 groups= rule=access[1]",
        "/public/x 200 user= groups= rule=access[0]",
        "/finance/report 200 user=00ualice0000000001d7 groups=Everyone,admin,finance rule=access[1]",
        "/stranger 302 user= groups= rule=default",
    ] {
        assert!(log.lines().any(|logged| logged == line), "{line}\n{log}");
    }
}

#[tokio::test]
async fn envoys_own_rbac_goes_by_it() {
    let stage = stage(vec![rbac()]).await;
    let (mut alice, mut carol) = (stage.signed_in("alice").await, stage.signed_in("carol").await);
    let forge = || Request::page("/admin").header("x-auth-request-groups", "admin");
    assert_eq!(alice.page("/admin").await.status, 200);
    assert_eq!(carol.send(forge()).await.status, 403);
    assert_eq!(carol.page("/page").await.status, 200);
    assert_eq!(stage.reached().len(), 2);
}
