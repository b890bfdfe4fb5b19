//! What is written.

/// What carries the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Every version of Istio has it
    #[value(name = "WasmPlugin")]
    WasmPlugin,
    /// Its successor, alpha since Istio 1.30
    #[value(name = "TrafficExtension")]
    TrafficExtension,
    /// Envoy Gateway
    #[value(name = "EnvoyExtensionPolicy")]
    EnvoyExtensionPolicy,
    /// Envoy alone: a filter and clusters for its configuration
    #[value(name = "Envoy")]
    Envoy,
}
