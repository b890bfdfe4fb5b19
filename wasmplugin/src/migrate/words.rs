//! What the report calls the things around the filter: each kind of what is written has others.

use super::kind::Kind;

#[derive(Debug)]
pub(crate) struct Words {
    /// Whether the filter is in a mesh, which has directions, and policies of its own.
    pub(crate) is_istio: bool,
    /// Where the provider's own authority is named.
    pub(crate) authority: &'static str,
    /// What leads to the application.
    pub(crate) route: &'static str,
    /// How the application gets a header that is always the same.
    pub(crate) fixed_header: &'static str,
    /// How plain HTTP is sent to HTTPS.
    pub(crate) redirect: &'static str,
    /// What has hosts.
    pub(crate) listener: &'static str,
    /// From what Envoy knows the client's address.
    pub(crate) address: &'static str,
    /// What becomes of the policy that asked oauth2-proxy.
    pub(crate) old_policy: &'static str,
    /// Where the secrets are to be.
    secrets: &'static str,
    /// What is to be done with what is written, in this order.
    pub(crate) last_steps: &'static [&'static str],
}

/// Before the last of them.
const CHECK: &str = "Fill in every GAP, and look at all of it: wasmplugin check *.yaml says what is wrong, wasmplugin explain who may enter";

const ISTIO: Words = Words {
    is_istio: true,
    authority: "caCertificates of the DestinationRule",
    route: "the route (VirtualService, HTTPRoute)",
    fixed_header: "set it in the VirtualService or the HTTPRoute, and remove it there from what comes in",
    redirect: "in the Gateway: tls.httpsRedirect",
    listener: "the workloads",
    address: "numTrustedProxies",
    old_policy: "delete it when the filter runs: until then Istio asks oauth2-proxy first",
    secrets: "Secret vestibule, key {key}, in the namespace of the plugin",
    last_steps: &[
        "Make the image (scripts/image --push), and put the address that it prints in place of the one with zeros, in plugin.yaml",
        "Put environment.yaml into what runs the proxy, as its first lines say, before plugin.yaml is applied",
        CHECK,
        "Apply, and delete the old policy last: wasmplugin/guide/oauth2-proxy.md, \"In which order\". In another order the door opens",
    ],
};

const IN_NO_MESH: &str = "it is Istio's: delete it when no request comes through Istio any more";

const ENVOY_GATEWAY: Words = Words {
    is_istio: false,
    authority: "tls.caCertificateRefs of the Backend, in the place of wellKnownCACertificates",
    route: "the HTTPRoute",
    fixed_header: "set it in the HTTPRoute, by a RequestHeaderModifier, which takes the place of what comes in",
    redirect: "by an HTTPRoute of the plain listener: RequestRedirect with scheme: https",
    listener: "the Gateway",
    address: "clientIPDetection of a ClientTrafficPolicy",
    old_policy: IN_NO_MESH,
    secrets: "Secret vestibule, key {key}, in Envoy Gateway's own namespace",
    last_steps: &[
        "Make the image (scripts/image --push), and put the address that it prints, without oci://, in place of the one with zeros, in plugin.yaml",
        "Apply environment.yaml, and name it in the GatewayClass or the Gateway, before plugin.yaml is applied",
        CHECK,
        "Apply plugin.yaml, and the application's route when the policy is Accepted: wasmplugin/ENVOY-GATEWAY.md. In another order the door opens",
    ],
};

const ENVOY: Words = Words {
    is_istio: false,
    authority: "trusted_ca of the cluster in provider.yaml",
    route: "the route in route_config",
    fixed_header: "set it by request_headers_to_add of the route, with append_action: OVERWRITE_IF_EXISTS_OR_ADD",
    redirect: "in the virtual host of the plain listener: require_tls: ALL",
    listener: "the listener",
    address: "use_remote_address, xff_num_trusted_hops",
    old_policy: IN_NO_MESH,
    secrets: "/etc/envoy/secrets.env, as {key}",
    last_steps: &[
        "Build the filter (scripts/build), and put target/vestibule.wasm where plugin.yaml says: /etc/envoy/vestibule.wasm",
        "Let what starts Envoy read environment.yaml, which is no YAML but lines of NAME=value: EnvironmentFile= of a systemd unit",
        CHECK,
        "Ask envoy --mode validate -c FILE, and start it: wasmplugin/PLAIN-ENVOY.md",
    ],
};

impl Words {
    pub(crate) fn of(kind: Kind) -> &'static Self {
        match kind {
            Kind::WasmPlugin | Kind::TrafficExtension => &ISTIO,
            Kind::EnvoyExtensionPolicy => &ENVOY_GATEWAY,
            Kind::Envoy => &ENVOY,
        }
    }

    /// Where this secret is to be.
    pub(crate) fn secret(&self, key: &str) -> String {
        self.secrets.replace("{key}", key)
    }

    /// A text with these words in the place of `{authority}` and `{redirect}`.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("{authority}", self.authority).replace("{redirect}", self.redirect)
    }
}
