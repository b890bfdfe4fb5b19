//! Envoy without Istio, by the files of `wasmplugin/plain-envoy` as they are, but for what belongs to one machine.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpStream;
use vestibule_e2e::acme::{self, CLIENT_SECRET, COOKIE_SECRET, HOST};
use vestibule_e2e::application::Application;
use vestibule_e2e::client::{self, Request};
use vestibule_e2e::envoy::{self, Envoy, filter_wasm};
use vestibule_e2e::migration;
use vestibule_e2e::okta::StandInOkta;
use vestibule_e2e::ports;
use vestibule_e2e::process::{self, Process};
use vestibule_e2e::scratch::{self, Scratch};
use vestibule_e2e::tools::run;
use vestibule_e2e::visitor::Visitor;
use vestibule_testing::merge;

const MANAGER: &str = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";

/// What stands around an Envoy.
struct World {
    okta: StandInOkta,
    front: Envoy,
    application: Application,
    folder: Scratch,
    address: SocketAddr,
}

impl World {
    async fn new() -> Self {
        let (okta, front) = acme::start(|_| ()).await;
        let application = Application::start(0).await.expect("the application");
        let address = SocketAddr::from(([127, 0, 0, 1], ports::free()));
        Self { okta, front, application, folder: Scratch::new("plain-envoy"), address }
    }

    /// `envoy.yaml`, without TLS towards browsers, which these tests do not speak.
    fn configuration(&self) -> Value {
        let mut config = document("envoy.yaml");
        let mut put = |pointer: &str, value: Value| {
            *config.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
        };
        put("/admin/address/socket_address/port_value", json!(ports::free()));
        put(
            "/static_resources/listeners/0/address/socket_address",
            json!({"address": "127.0.0.1", "port_value": self.address.port()}),
        );
        put(
            &format!("{MANAGER}/http_filters/0/typed_config/config/vm_config/code/local/filename"),
            json!(filter_wasm()),
        );
        let endpoint = |cluster: usize| {
            format!(
                "/static_resources/clusters/{cluster}/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address"
            )
        };
        put(&format!("{}/port_value", endpoint(0)), json!(self.application.port()));
        put(&endpoint(1), json!({"address": "127.0.0.1", "port_value": self.front.tls().port()}));
        let context = "/static_resources/clusters/1/transport_socket/typed_config/common_tls_context/validation_context";
        put(&format!("{context}/trusted_ca/filename"), json!(self.front.certificate()));
        let chain = config
            .pointer_mut("/static_resources/listeners/0/filter_chains/0")
            .and_then(Value::as_object_mut);
        chain.and_then(|chain| chain.remove("transport_socket")).expect("TLS towards browsers");
        config
    }

    fn write(&self, name: &str, value: &Value) -> PathBuf {
        let path = self.folder.path().join(name);
        scratch::replace(&path, &serde_yaml_ng::to_string(value).expect("JSON is YAML"));
        path
    }

    async fn start(&self, config: &Value, more: &[&str]) -> Process {
        let file = self.write("envoy.yaml", config);
        let mut command = Command::new(envoy::binary());
        command
            .arg("-c")
            .arg(file)
            .args(["--concurrency", "1", "--component-log-level", "wasm:debug"])
            // Others run at the same time, and a base id belongs to one.
            .args(if more.contains(&"--base-id") { &[] } else { ["--use-dynamic-base-id"].as_slice() })
            .args(more)
            .env("OKTA_CLIENT_SECRET", CLIENT_SECRET)
            // The name that `migrate` writes.
            .env("OIDC_CLIENT_SECRET", CLIENT_SECRET)
            .env("COOKIE_SECRET", COOKIE_SECRET);
        let log = self.folder.path().join(format!("envoy{}.log", more.join("-")));
        let mut process = Process::start(&mut command, log);
        process.until(async || TcpStream::connect(self.address).await.is_ok()).await;
        self.until(async || self.visitor().page("/oauth2/start").await.status == 302).await;
        process
    }

    async fn until(&self, holds: impl AsyncFnMut() -> bool) {
        let logs = || {
            let logs = fs::read_dir(self.folder.path()).expect("the folder").flatten();
            let logs = logs.filter(|file| file.path().extension().is_some_and(|end| end == "log"));
            logs.map(|log| fs::read_to_string(log.path()).unwrap_or_default()).collect()
        };
        process::until_within(Duration::from_secs(30), holds, logs).await;
    }

    fn visitor(&self) -> Visitor {
        Visitor::new(self.address, HOST)
    }

    async fn sign_in(&self, nick: &str, page: &str) -> Visitor {
        let mut visitor = self.visitor();
        acme::sign_in(&self.okta, &mut visitor, nick, page).await;
        visitor
    }

    async fn status(&self, path: &str) -> u16 {
        client::send(self.address, &Request::fetch(path).host(HOST)).await.map_or(0, |answer| answer.status)
    }
}

fn document(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("wasmplugin").join("plain-envoy");
    let text = fs::read_to_string(folder.join(name)).expect("a file of the documents");
    serde_yaml_ng::from_str(&text).expect("YAML")
}

#[tokio::test]
async fn the_files_of_the_documents_sign_people_in() {
    let world = World::new().await;
    let _envoy = world.start(&world.configuration(), &[]).await;
    assert_eq!(world.status("/page").await, 401);
    assert_eq!(world.status("/healthz").await, 200);
    let mut alice = world.sign_in("alice", "/reports/2026?quarter=3").await;
    assert_eq!(alice.page("/finance/report").await.status, 200);
    let mut carol = world.sign_in("carol", "/page").await;
    // As Envoy has merged and normalised it, the rules see it.
    for path in ["/finance/report", "//finance//report", "/x/../finance/report", "/./finance/report"] {
        assert_eq!(carol.page(path).await.status, 403, "{path}");
    }
    // A name that is none of `hosts` leads nowhere.
    let elsewhere = Request::fetch("/page").host("other.example.com");
    assert_eq!(client::send(world.address, &elsewhere).await.expect("Envoy").status, 404);
    assert_eq!(world.application.requests().len(), 2);
}

/// The fragments for Envoy on the page for operators, put where it says.
#[tokio::test]
async fn the_access_log_of_the_documents_says_why_and_the_metrics_have_labels() {
    let world = World::new().await;
    let mut config = world.configuration();
    merge(&mut config, &document("../monitoring/stats-tags.yaml"));
    merge(config.pointer_mut(MANAGER).expect("the manager"), &document("../monitoring/access-log.yaml"));
    let filter = format!("{MANAGER}/http_filters/0/typed_config/config/configuration/value");
    let filter = config.pointer_mut(&filter).expect("the filter's configuration");
    let mut own: Value = serde_json::from_str(filter.as_str().expect("JSON")).expect("JSON");
    own["upstream"] = json!({"filter_state": true});
    *filter = json!(own.to_string());
    let admin =
        config.pointer("/admin/address/socket_address/port_value").and_then(Value::as_u64).expect("a port");
    let envoy = world.start(&config, &["--file-flush-interval-msec", "50"]).await;
    let mut carol = world.sign_in("carol", "/page").await;
    assert_eq!(carol.page("/finance/report?quarter=3").await.status, 403);

    let lines = || {
        let log = envoy.log();
        log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>()
    };
    let refused = || lines().into_iter().find(|line| line["path"] == "/finance/report");
    world.until(async || refused().is_some()).await;
    let line = refused().expect("a line");
    let told = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    assert_eq!((&line["status"], told("host").as_str()), (&json!(403), HOST), "{line}");
    assert_eq!(told("details"), "vestibule_not_permitted{access[1]}", "{line}");
    assert!(
        !told("user").is_empty() && told("rule") == "access[1]" && told("request_id").len() > 20,
        "{line}"
    );

    let admin = SocketAddr::from(([127, 0, 0, 1], u16::try_from(admin).expect("a port")));
    let counted = async || {
        let shown = client::send(admin, &Request::get("/stats/prometheus")).await.expect("metrics").text();
        shown
            .lines()
            .any(|line| line == "vestibule_decisions_total{outcome=\"refused\",reason=\"not_permitted\"} 1")
    };
    world.until(counted).await;
}

/// What `migrate --kind Envoy` writes, in the places that its report names.
#[tokio::test]
async fn what_migrate_makes_of_oauth2_proxy_signs_people_in() {
    let world = World::new().await;
    let setup = migration::small_setup("default", "eg");
    let made = migration::migrated(world.folder.path(), &setup, "Envoy");
    let [filter, provider] = made.resources.as_slice() else { panic!("a filter and clusters") };
    let (mut filter, mut cluster) = (filter.clone(), provider["clusters"][0].clone());
    filter["typed_config"]["config"]["vm_config"]["code"]["local"]["filename"] = json!(filter_wasm());
    cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"] =
        json!({"address": "127.0.0.1", "port_value": world.front.tls().port()});
    cluster["transport_socket"]["typed_config"]["common_tls_context"]["validation_context"]["trusted_ca"] =
        json!({"filename": world.front.certificate()});
    let mut config = world.configuration();
    *config.pointer_mut(&format!("{MANAGER}/http_filters/0")).expect("the filter") = filter;
    *config.pointer_mut("/static_resources/clusters/1").expect("Okta") = cluster;
    let _envoy = world.start(&config, &[]).await;
    assert_eq!((world.status("/page").await, world.status("/healthz").await), (401, 200));
    let mut alice = world.sign_in("alice", "/page").await;
    assert_eq!(alice.page("/page").await.status, 200);
    // One group may enter.
    let mut carol = world.sign_in("carol", "/page").await;
    assert_eq!(carol.page("/page").await.status, 403);
}

/// TLS, and whatever else those tests leave out, is taken by Envoy.
#[tokio::test]
async fn envoy_takes_them_as_they_are() {
    let world = World::new().await;
    let issued = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).expect("a certificate");
    let path = |name: &str| world.folder.path().join(name);
    fs::write(path("tls.crt"), issued.cert.pem()).expect("a file");
    fs::write(path("tls.key"), issued.signing_key.serialize_pem()).expect("a file");
    let mut config = document("envoy.yaml");
    let chain = "/static_resources/listeners/0/filter_chains/0/transport_socket/typed_config/common_tls_context/tls_certificates/0";
    *config.pointer_mut(chain).expect("a certificate") = json!({"certificate_chain": {"filename": path("tls.crt")}, "private_key": {"filename": path("tls.key")}});
    let code = format!("{MANAGER}/http_filters/0/typed_config/config/vm_config/code/local/filename");
    *config.pointer_mut(&code).expect("the module") = json!(filter_wasm());
    let ca = "/static_resources/clusters/1/transport_socket/typed_config/common_tls_context/validation_context/trusted_ca/filename";
    *config.pointer_mut(ca).expect("the authorities") = json!(world.front.certificate());
    let file = world.write("as-they-are.yaml", &config);
    run(Command::new(envoy::binary())
        .args(["--mode", "validate", "-c"])
        .arg(file)
        .env("OKTA_CLIENT_SECRET", CLIENT_SECRET)
        .env("COOKIE_SECRET", COOKIE_SECRET));
}

/// The configuration in a file of its own, the module by HTTP with its digest; a new configuration, and a broken one, while it
/// runs.
#[tokio::test]
async fn a_discovered_filter_takes_a_new_configuration_and_no_broken_one() {
    let world = World::new().await;
    let modules = ports::free();
    let wasm = filter_wasm();
    let mut command = Command::new("python3");
    command
        .args(["-m", "http.server", "--bind", "127.0.0.1", &modules.to_string(), "--directory"])
        .arg(wasm.parent().expect("a folder"));
    let _modules = Process::start(&mut command, world.folder.path().join("modules.out"));
    let digest = run(Command::new("sha256sum").arg(&wasm));
    let digest = digest.split_whitespace().next().expect("a digest").to_owned();
    let discovered = |more: &str| {
        let mut resources = document("vestibule.yaml");
        let module = "/resources/0/typed_config/config";
        let remote = format!("{module}/vm_config/code/remote");
        let name = wasm.file_name().expect("a name").to_string_lossy().into_owned();
        *resources.pointer_mut(&format!("{remote}/http_uri/uri")).expect("uri") =
            json!(format!("http://127.0.0.1:{modules}/{name}"));
        *resources.pointer_mut(&format!("{remote}/sha256")).expect("sha256") = json!(digest);
        let value =
            resources.pointer_mut(&format!("{module}/configuration/value")).expect("the configuration");
        let mut own: Value = serde_json::from_str(value.as_str().expect("a text")).expect("JSON");
        let more: Value = serde_json::from_str(more).expect("JSON");
        own.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        *value = json!(own.to_string());
        resources
    };
    let file = world.write("vestibule.yaml", &discovered("{}"));
    let mut filter = document("discovered.yaml");
    filter["config_discovery"]["config_source"]["path_config_source"]["path"] = json!(file);
    let mut config = world.configuration();
    *config.pointer_mut(&format!("{MANAGER}/http_filters/0")).expect("the filter") = filter;
    let clusters =
        config.pointer_mut("/static_resources/clusters").and_then(Value::as_array_mut).expect("clusters");
    let mut cluster = clusters[0].clone();
    cluster["name"] = json!("modules");
    cluster["load_assignment"]["cluster_name"] = json!("modules");
    cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]
        ["port_value"] = json!(modules);
    clusters.push(cluster);
    let envoy = world.start(&config, &[]).await;

    let mut alice = world.sign_in("alice", "/page").await;
    assert_eq!(alice.page("/finance/report").await.status, 200);
    world.write(
        "vestibule.yaml",
        &discovered(r#"{"access": [{"match": {"paths": ["/finance/*"]}, "allow": "none"}]}"#),
    );
    world.until(async || alice.page("/finance/report").await.status == 403).await;
    world.write("vestibule.yaml", &discovered(r#"{"acess": []}"#));
    world.until(async || envoy.log().contains("acess")).await;
    assert_eq!((alice.page("/finance/report").await.status, alice.page("/page").await.status), (403, 200));
    assert_eq!(world.status("/page").await, 401);
}

/// Two processes share the listener for a while; the sessions of one are those of the other.
#[tokio::test]
async fn a_hot_restart_ends_no_session() {
    let world = World::new().await;
    let config = world.configuration();
    let id = (ports::free() % 30_000).to_string();
    let epoch = |number: &'static str| {
        ["--base-id", &id, "--restart-epoch", number, "--drain-time-s", "1", "--parent-shutdown-time-s", "3"]
            .map(str::to_owned)
    };
    let first = epoch("0");
    let mut parent = world.start(&config, &first.each_ref().map(String::as_str)).await;
    let mut alice = world.sign_in("alice", "/page").await;
    let second = epoch("1");
    let _child = world.start(&config, &second.each_ref().map(String::as_str)).await;
    for _ in 0..600 {
        assert_eq!(alice.page("/page").await.status, 200);
        assert_eq!(world.status("/page").await, 401);
        if parent.has_ended().is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(parent.has_ended().is_some(), "the first Envoy did not end");
    assert_eq!(alice.page("/page").await.status, 200);
}
