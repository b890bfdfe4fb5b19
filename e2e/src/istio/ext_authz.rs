//! What the mesh configuration says of oauth2-proxy, so that a policy with `action: CUSTOM` can ask it.

use serde_json::{Value, json};

/// The extension provider's name in the mesh configuration.
pub(super) const PROVIDER: &str = "oauth2-proxy";
pub(super) const SERVICE: &str = "oauth2-proxy.internal";
pub(super) const PORT: u16 = 4180;

/// Which headers go to it, and which of its own go on.
pub(super) fn extension_provider() -> Value {
    json!({
        "name": PROVIDER,
        "envoyExtAuthzHttp": {
            "service": SERVICE,
            "port": PORT,
            "includeRequestHeadersInCheck": ["authorization", "cookie"],
            "headersToUpstreamOnAllow": [
                "authorization",
                "x-auth-request-user",
                "x-auth-request-email",
                "x-auth-request-groups",
                "x-auth-request-preferred-username",
            ],
            "headersToDownstreamOnAllow": ["set-cookie"],
            "headersToDownstreamOnDeny": ["content-type", "set-cookie"],
        },
    })
}
