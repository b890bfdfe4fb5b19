//! Envoy's bootstrap, as Istio would write it as far as the filter can see a difference.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::envoy::{EnvoyOptions, UpstreamTls};

/// Where the files of one Envoy are.
pub(crate) struct Files {
    pub(crate) wasm: PathBuf,
    pub(crate) access_log: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) private_key: PathBuf,
    pub(crate) listeners: PathBuf,
}

impl Files {
    pub(crate) fn of(folder: &Path, wasm: PathBuf) -> Self {
        Self {
            wasm,
            access_log: folder.join("access.log"),
            certificate: folder.join("certificate.pem"),
            private_key: folder.join("private_key.pem"),
            listeners: folder.join("listeners.json"),
        }
    }
}

pub(crate) fn bootstrap(options: &EnvoyOptions, files: &Files) -> Value {
    let clusters: Vec<Value> =
        options.clusters.iter().map(|(name, address)| cluster(name, address.port(), options)).collect();
    let mut bootstrap = json!({
        "node": {"id": "e2e", "cluster": "e2e"},
        "admin": {"address": address(0)},
        "static_resources": {"clusters": clusters},
    });
    if options.dynamic {
        let source = json!({"path_config_source": {"path": files.listeners}, "resource_api_version": "V3"});
        bootstrap["dynamic_resources"] = json!({"lds_config": source});
    } else {
        bootstrap["static_resources"]["listeners"] = json!(listeners(options, files));
    }
    bootstrap
}

/// What a control plane sends, and here stands in a file: it may be replaced while Envoy runs.
pub(crate) fn discovery_response(options: &EnvoyOptions, files: &Files) -> Value {
    let mut listeners = listeners(options, files);
    for listener in &mut listeners {
        listener["@type"] = json!("type.googleapis.com/envoy.config.listener.v3.Listener");
    }
    json!({"resources": listeners})
}

fn listeners(options: &EnvoyOptions, files: &Files) -> Vec<Value> {
    let mut listeners = vec![listener("plain", options.port, options, files, None)];
    if !options.tls_names.is_empty() {
        listeners.push(listener("tls", 0, options, files, Some(tls(files))));
    }
    listeners
}

fn address(port: u16) -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": port}})
}

fn listener(name: &str, port: u16, options: &EnvoyOptions, files: &Files, tls: Option<Value>) -> Value {
    let mut chain = json!({"filters": [{
        "name": "http",
        "typed_config": connection_manager(name, options, files),
    }]});
    if let Some(tls) = tls {
        chain["transport_socket"] = tls;
    }
    json!({
        "name": name,
        "address": address(port),
        // Two processes must never share a port by accident.
        "enable_reuse_port": false,
        "filter_chains": [chain],
    })
}

fn connection_manager(name: &str, options: &EnvoyOptions, files: &Files) -> Value {
    let mut http_filters = Vec::new();
    if let Some(configuration) = &options.filter {
        http_filters.push(filter(configuration, options, files));
    }
    http_filters.push(json!({
        "name": "router",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
    }));
    let mut manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "use_remote_address": true,
        "xff_num_trusted_hops": options.trusted_hops,
        "normalize_path": options.normalize_path,
        "access_log": [{
            "name": "file",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                "path": files.access_log,
                "log_format": {"text_format_source": {"inline_string":
                    "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %RESPONSE_CODE% %REQ(REFERER)% %RESP(LOCATION)%\n"}},
            },
        }],
        "http_filters": http_filters,
        "route_config": {"virtual_hosts": [{
            "name": "application",
            "domains": ["*"],
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "application"}}],
        }]},
    });
    if let Some(timeout) = options.stream_idle_timeout {
        manager["stream_idle_timeout"] = json!(format!("{}s", timeout.as_secs_f64()));
    }
    manager
}

/// The filter as Istio configures a WasmPlugin: its configuration is JSON in a string.
fn filter(configuration: &Value, options: &EnvoyOptions, files: &Files) -> Value {
    let environment: serde_json::Map<String, Value> =
        options.environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
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
                    "value": configuration.to_string(),
                },
                "vm_config": {
                    "vm_id": "vestibule",
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": {"local": {"filename": files.wasm}},
                    "environment_variables": {"key_values": environment},
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

fn cluster(name: &str, port: u16, options: &EnvoyOptions) -> Value {
    let mut cluster = json!({
        "name": name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(port)}}]}],
        },
    });
    if let Some(tls) = options.upstream_tls.iter().find(|tls| tls.cluster == name) {
        cluster["transport_socket"] = upstream_tls(tls);
    }
    cluster
}

/// As in `envoy/okta-real.yaml`.
fn upstream_tls(tls: &UpstreamTls) -> Value {
    json!({
        "name": "tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "sni": tls.name,
            "common_tls_context": {"validation_context": {
                "trusted_ca": {"filename": tls.trusted_ca},
                "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": tls.name}}],
            }},
        },
    })
}
