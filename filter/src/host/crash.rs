//! For the tests of what Envoy does when the VM dies: a request asks for it. Never in a release.

use proxy_wasm::hostcalls;
use proxy_wasm::types::MapType;

#[cfg(not(debug_assertions))]
compile_error!("crash-on-request lets anyone end the VM: it is for the debug build that the tests use");

/// Ends the VM where the active request has this header.
#[expect(clippy::panic, reason = "it is what the feature is for")]
pub(super) fn where_asked() {
    let asked = hostcalls::get_map_value_bytes(MapType::HttpRequestHeaders, "x-vestibule-crash");
    if matches!(asked, Ok(Some(_))) {
        panic!("a test wants the VM to die");
    }
}
