//! The report speaks of what the files for this kind have, and of nothing that another kind has.

use super::*;

/// Whatever the report has to say of what is around the filter.
const VALUES: &str = "extraArgs:\n  provider: oidc\n  oidc-issuer-url: https://op.example/a\n  email-domain: '*'\n  ssl-insecure-skip-verify: 'true'\n  provider-ca-file: /ca.pem\n  force-https: 'true'\n  trusted-ip: 10.0.0.0/8\n  upstream: http://application:8080\nconfig: {clientID: app}\n";
const HEADERS: &str = "providers: [{id: x, provider: oidc, clientID: app, oidcConfig: {issuerURL: https://op.example/a}}]\ninjectResponseHeaders: [{name: X-From, values: [{value: YQ==}]}]\n";
const POLICIES: &str = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: ask, namespace: shop}\nspec:\n  selector: {matchLabels: {app: shop}}\n  action: CUSTOM\n  provider: {name: oauth2-proxy}\n  rules: [{}]\n---\napiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: tokens, namespace: shop}\nspec: {jwtRules: [{issuer: https://op.example/a}]}\n";

const ALL: [(Kind, &[&str]); 3] = [
    (
        Kind::WasmPlugin,
        &[
            "caCertificates of the DestinationRule",
            "VirtualService",
            "tls.httpsRedirect",
            "the workloads",
            "numTrustedProxies",
            "until then Istio asks",
            "in the namespace of the plugin",
            "still checked by Istio",
            "match (",
            "selector: ",
        ],
    ),
    (
        Kind::EnvoyExtensionPolicy,
        &[
            "tls.caCertificateRefs",
            "RequestHeaderModifier",
            "RequestRedirect",
            "every host of the Gateway",
            "clientIPDetection",
            "in Envoy Gateway's own namespace",
        ],
    ),
    (
        Kind::Envoy,
        &[
            "trusted_ca",
            "request_headers_to_add",
            "require_tls",
            "every host of the listener",
            "xff_num_trusted_hops",
            "/etc/envoy/secrets.env",
            "route_config",
        ],
    ),
];

#[test]
fn each_kind_has_its_own() {
    for (kind, own) in ALL {
        let report = [
            &[("v.yaml", VALUES)][..],
            &[("v.yaml", VALUES), ("p.yaml", POLICIES)][..],
            &[("alpha.yaml", HEADERS), ("proxy.cfg", "email_domains = \"*\"\n")][..],
        ]
        .map(|files| migrate(&inputs(files), kind, None).unwrap_or_else(|error| panic!("{error}")).report)
        .concat();
        for word in own {
            assert!(report.contains(word), "{kind:?} has no {word}:\n{report}");
        }
        for (_, others) in ALL.iter().filter(|(other, _)| *other != kind) {
            for word in *others {
                assert!(!report.contains(word), "{kind:?} has {word}:\n{report}");
            }
        }
        assert!(!report.contains("{authority}") && !report.contains("{redirect}"), "{report}");
        assert_eq!(report.contains("it is Istio's: delete it"), kind != Kind::WasmPlugin, "{report}");
    }
}
