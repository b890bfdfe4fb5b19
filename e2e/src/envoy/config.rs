//! Envoy's configuration, as Istio would write it as far as the filter can see a difference.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use vestibule_testing::merge;

use super::options::{EnvoyCluster, EnvoyOptions, UpstreamTls};
use super::programs::find_filter;
use crate::scratch;

/// Where the files of one Envoy are.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) bootstrap: PathBuf,
    pub(super) log: PathBuf,
    pub(super) access_log: PathBuf,
    /// Envoy writes into it where its admin interface is.
    pub(super) admin: PathBuf,
    pub(super) certificate: PathBuf,
    private_key: PathBuf,
    listeners: PathBuf,
}

const STATS_TAGS: &str = include_str!("../../../wasmplugin/monitoring/stats-tags.yaml");

impl Files {
    /// All that Envoy reads; what is missing, when it cannot run.
    pub(super) fn write(options: &EnvoyOptions, folder: &Path) -> Result<Self, String> {
        let files = Self {
            bootstrap: folder.join("envoy.yaml"),
            log: folder.join("envoy.log"),
            access_log: folder.join("access.log"),
            admin: folder.join("admin"),
            certificate: folder.join("certificate.pem"),
            private_key: folder.join("private_key.pem"),
            listeners: folder.join("listeners.yaml"),
        };
        // That of an earlier Envoy in the same folder.
        let _ = fs::remove_file(&files.admin);
        let wasm = wasm(options)?;
        if !options.tls_names.is_empty() {
            let issued =
                rcgen::generate_simple_self_signed(options.tls_names.clone()).expect("a certificate");
            fs::write(&files.certificate, issued.cert.pem()).expect("certificate.pem");
            fs::write(&files.private_key, issued.signing_key.serialize_pem()).expect("private_key.pem");
        }
        write(&files.bootstrap, &bootstrap(options, &files, &wasm));
        if options.dynamic {
            files.write_listeners(options, &wasm);
        }
        Ok(files)
    }

    /// What a control plane sends, and here stands in a file: it may be replaced while Envoy runs.
    pub(super) fn write_listeners(&self, options: &EnvoyOptions, wasm: &Path) {
        let mut listeners = listeners(options, self, wasm);
        for listener in &mut listeners {
            listener["@type"] = json!("type.googleapis.com/envoy.config.listener.v3.Listener");
        }
        write(&self.listeners, &json!({"resources": listeners}));
    }
}

/// The build of the filter; nothing where there is no filter.
pub(super) fn wasm(options: &EnvoyOptions) -> Result<PathBuf, String> {
    match &options.filter {
        Some(_) => options.wasm.clone().map_or_else(find_filter, Ok),
        None => Ok(PathBuf::new()),
    }
}

fn write(path: &Path, value: &Value) {
    scratch::replace(path, &serde_yaml_ng::to_string(value).expect("JSON is YAML"));
}

fn bootstrap(options: &EnvoyOptions, files: &Files, wasm: &Path) -> Value {
    let clusters: Vec<Value> = options.clusters.iter().map(|one| cluster(one, options)).collect();
    let mut bootstrap = json!({
        "node": {"id": "e2e", "cluster": "e2e"},
        "admin": {"address": address("127.0.0.1", options.admin_port)},
        "static_resources": {"clusters": clusters, "secrets": options.secrets},
    });
    // As the documents say.
    merge(&mut bootstrap, &serde_yaml_ng::from_str(STATS_TAGS).expect("stats-tags.yaml"));
    if options.dynamic {
        let source = json!({"path_config_source": {"path": files.listeners}, "resource_api_version": "V3"});
        bootstrap["dynamic_resources"] = json!({"lds_config": source});
    } else {
        bootstrap["static_resources"]["listeners"] = json!(listeners(options, files, wasm));
    }
    bootstrap
}

fn listeners(options: &EnvoyOptions, files: &Files, wasm: &Path) -> Vec<Value> {
    let manager = |name: &str| connection_manager(name, options, files, wasm);
    let mut listeners = vec![listener("plain", options.port, manager("plain"), None)];
    if !options.tls_names.is_empty() {
        listeners.push(listener("tls", 0, manager("tls"), Some(tls(files))));
    }
    listeners
}

fn address(host: &str, port: u16) -> Value {
    json!({"socket_address": {"address": host, "port_value": port}})
}

fn listener(name: &str, port: u16, connection_manager: Value, tls: Option<Value>) -> Value {
    let mut chain = json!({"filters": [{"name": "http", "typed_config": connection_manager}]});
    if let Some(tls) = tls {
        chain["transport_socket"] = tls;
    }
    json!({
        "name": name,
        "address": address("127.0.0.1", port),
        // Two processes must never share a port by accident.
        "enable_reuse_port": false,
        "filter_chains": [chain],
    })
}

fn connection_manager(name: &str, options: &EnvoyOptions, files: &Files, wasm: &Path) -> Value {
    let mut http_filters = Vec::new();
    if let Some(configuration) = &options.filter {
        http_filters.push(filter(configuration, options, wasm));
    }
    http_filters.extend(options.more_filters.iter().cloned());
    let route = json!({"match": {"prefix": "/"}, "route": {"cluster": "application"}});
    http_filters.push(json!({
        "name": "router",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
    }));
    let mut manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "use_remote_address": options.use_remote_address,
        "xff_num_trusted_hops": options.trusted_hops,
        "normalize_path": options.normalize_path,
        "http_protocol_options": {"enable_trailers": options.trailers},
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_filters": http_filters,
        "route_config": {"virtual_hosts": [{
            "name": "application",
            "domains": ["*"],
            "routes": [options.route.clone().unwrap_or(route)],
        }]},
    });
    if options.internal_peer {
        let loopback = json!([{"address_prefix": "127.0.0.0", "prefix_len": 8}]);
        manager["internal_address_config"] = json!({"cidr_ranges": loopback});
    }
    if options.access_log {
        manager["access_log"] = json!([access_log(options, files)]);
    }
    if let Some(timeout) = options.stream_idle_timeout {
        manager["stream_idle_timeout"] = json!(format!("{}s", timeout.as_secs_f64()));
    }
    manager
}

fn access_log(options: &EnvoyOptions, files: &Files) -> Value {
    json!({
        "name": "file",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": files.access_log,
            "log_format": {"text_format_source": {"inline_string": options.access_log_format}},
        },
    })
}

/// The filter as Istio configures a WasmPlugin: its configuration is JSON in a string, as it stands.
fn filter(configuration: &Value, options: &EnvoyOptions, wasm: &Path) -> Value {
    let environment: Map<String, Value> =
        options.environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let of_the_host: Vec<&str> = options.host_environment.iter().map(|(name, _)| name.as_str()).collect();
    json!({
        "name": "vestibule",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": "vestibule",
                "root_id": "vestibule",
                "failure_policy": options.failure_policy,
                "configuration": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue",
                    "value": format!("{configuration:#}"),
                },
                "vm_config": {
                    "vm_id": "vestibule",
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": {"local": {"filename": wasm}},
                    "environment_variables": {"key_values": environment, "host_env_keys": of_the_host},
                },
            },
        },
    })
}

fn tls(files: &Files) -> Value {
    json!({
        "name": "tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            "common_tls_context": {
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_certificates": [{
                    "certificate_chain": {"filename": files.certificate},
                    "private_key": {"filename": files.private_key},
                }],
            },
        },
    })
}

fn cluster(cluster: &EnvoyCluster, options: &EnvoyOptions) -> Value {
    let EnvoyCluster { name, host, port, tls } = cluster;
    let mut json = json!({
        "name": name,
        "connect_timeout": "2s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(host, *port)}}]}],
        },
    });
    if host.parse::<IpAddr>().is_ok() {
        json["type"] = json!("STATIC");
    } else {
        json["type"] = json!("LOGICAL_DNS");
        // Many machines have no way out over IPv6.
        json["dns_lookup_family"] = json!("V4_PREFERRED");
        json["connect_timeout"] = json!("5s");
    }
    if let Some(tls) = tls {
        json["transport_socket"] = upstream_tls(tls);
    }
    json["typed_extension_protocol_options"] = http_options(tls.is_some(), options.trailers);
    json
}

fn upstream_tls(tls: &UpstreamTls) -> Value {
    json!({
        "name": "tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "sni": tls.name,
            "common_tls_context": {"validation_context": {
                "trusted_ca": {"filename": tls.trusted_ca},
                // Without it any certificate of any name would do.
                "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": tls.name}}],
            }},
        },
    })
}

/// Over TLS, connections are not kept as long as Okta keeps them, so that a call does not meet one that Okta has just
/// closed.
fn http_options(is_tls: bool, trailers: bool) -> Value {
    let mut options = json!({
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http_protocol_options": {"enable_trailers": trailers}},
    });
    if is_tls {
        options["common_http_protocol_options"] = json!({"idle_timeout": "30s"});
    }
    json!({"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options})
}
