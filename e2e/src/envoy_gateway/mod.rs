//! Envoy Gateway for real.
//!
//! * [`EnvoyGateway`]: without Kubernetes. Its resources come from a file, and it starts its Envoy itself;
//! * [`InKubernetes`]: its resources come from a real API server, and its Envoy runs as a kubelet would run it;
//! * `around` is what both have, `container` the file system that a pod has.
//!
//! It listens on all interfaces, on ports that are always the same. So it runs only where there is nothing but a loopback
//! interface (`scripts/test --envoy-gateway`), and one at a time.

mod around;
mod container;
mod files;
mod in_kubernetes;
mod pod;
mod resources;

pub use crate::acme::HOST;
pub use around::{Around, push};
pub use files::EnvoyGateway;
pub use in_kubernetes::{InKubernetes, NAMESPACE};
pub use resources::{OPEN_HOST, Resources};
