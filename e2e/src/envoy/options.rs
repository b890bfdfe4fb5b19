//! How an Envoy is to be.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

#[derive(Clone, Debug)]
pub struct EnvoyOptions {
    /// The filter's `pluginConfig`; without it there is no filter.
    pub filter: Option<Value>,
    /// What the filter sees as its environment: it stands in Envoy's configuration.
    pub environment: Vec<(String, String)>,
    /// The same, but through the environment of Envoy's process: only the names stand in the configuration.
    pub host_environment: Vec<(String, String)>,
    /// All traffic goes to the one that is called `application`.
    pub clusters: Vec<EnvoyCluster>,
    /// Filters of Envoy's own, between the filter and the router.
    pub more_filters: Vec<Value>,
    /// What those need: Envoy's static secrets.
    pub secrets: Vec<Value>,
    /// The one route, where traffic is not to go to the application.
    pub route: Option<Value>,
    /// Where the plain listener is; 0: any free port.
    pub port: u16,
    /// Where the admin interface is; 0: any free port.
    pub admin_port: u16,
    /// A second listener speaks TLS with a certificate for these names.
    pub tls_names: Vec<String>,
    /// Worker threads, each with its own VM.
    pub concurrency: u32,
    /// Bare Envoy's default is off, and then the filter sees each path as the client wrote it.
    pub normalize_path: bool,
    /// Whether trailers pass over HTTP/1.1, as they do over HTTP/2.
    pub trailers: bool,
    /// How many proxies in front of Envoy it trusts: with one, their `x-forwarded-proto` counts.
    pub trusted_hops: u32,
    /// Whether Envoy sees clients, or proxies in front of it, as a gateway does; a sidecar does not, and takes what
    /// `x-forwarded-for` says.
    pub use_remote_address: bool,
    /// Whether whoever connects comes from a network that Envoy calls internal.
    pub internal_peer: bool,
    /// How long a stream may wait in silence; by default as long as Envoy lets it, 5 minutes.
    pub stream_idle_timeout: Option<Duration>,
    /// How long what a new configuration replaces lives on; by default as long as Envoy lets it, 10 minutes.
    pub drain: Option<Duration>,
    /// The listeners come as from a control plane, so that [`Envoy::update`](super::Envoy::update) can replace them.
    pub dynamic: bool,
    /// The filter itself; by default `VESTIBULE_WASM`, or what scripts/build left.
    pub wasm: Option<PathBuf>,
    /// `FAIL_CLOSED` keeps a VM that died dead, so that a test sees it; in production it is `FAIL_RELOAD`.
    pub failure_policy: &'static str,
    /// Whether there is a log with one line a request.
    pub access_log: bool,
    /// Its format, with a line break at its end.
    pub access_log_format: String,
    pub log_levels: LogLevels,
    /// Where its files are, and stay; by default in a folder of their own that goes with it.
    pub folder: Option<PathBuf>,
    /// Through func-e where that is on the `PATH`, and out of reach of a terminal's Ctrl-C: whoever starts it ends it.
    pub func_e: bool,
}

impl Default for EnvoyOptions {
    fn default() -> Self {
        Self {
            filter: None,
            environment: Vec::new(),
            host_environment: Vec::new(),
            clusters: Vec::new(),
            more_filters: Vec::new(),
            secrets: Vec::new(),
            route: None,
            port: 0,
            admin_port: 0,
            tls_names: Vec::new(),
            concurrency: 1,
            normalize_path: false,
            trailers: false,
            trusted_hops: 0,
            use_remote_address: true,
            internal_peer: false,
            stream_idle_timeout: None,
            drain: None,
            dynamic: false,
            wasm: None,
            failure_policy: "FAIL_CLOSED",
            access_log: true,
            access_log_format:
                "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %REQ(REFERER)% %RESP(LOCATION)%\n"
                    .to_owned(),
            log_levels: LogLevels::default(),
            folder: None,
            func_e: false,
        }
    }
}

/// A name, and the one endpoint to which it leads.
#[derive(Clone, Debug)]
pub struct EnvoyCluster {
    pub name: String,
    /// An address, or a name that Envoy looks up.
    pub host: String,
    pub port: u16,
    pub tls: Option<UpstreamTls>,
}

/// TLS to a cluster, and whose certificate will do.
#[derive(Clone, Debug)]
pub struct UpstreamTls {
    pub trusted_ca: PathBuf,
    pub name: String,
}

impl EnvoyCluster {
    #[must_use]
    pub fn new(name: &str, address: SocketAddr) -> Self {
        Self { name: name.to_owned(), host: address.ip().to_string(), port: address.port(), tls: None }
    }

    /// The same over TLS.
    #[must_use]
    pub fn with_tls(mut self, trusted_ca: &Path, name: &str) -> Self {
        self.tls = Some(UpstreamTls { trusted_ca: trusted_ca.to_owned(), name: name.to_owned() });
        self
    }
}

/// From which level on something is logged.
#[derive(Clone, Copy, Debug)]
pub struct LogLevels {
    /// Of all but WebAssembly. At `debug` they would log each header.
    pub envoy: &'static str,
    /// The filter's own lines.
    pub filter: &'static str,
}

impl Default for LogLevels {
    fn default() -> Self {
        Self { envoy: "info", filter: "debug" }
    }
}
