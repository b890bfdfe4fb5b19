//! The filter in a real Envoy Gateway: signing in, what its guide warns of, and the ways around. Each red box of
//! `wasmplugin/ENVOY-GATEWAY.md` names the test that shows the door as it stands.

mod doors;
mod failures;
mod in_kubernetes;
mod sign_in;
mod upgrade;
