//! Istio and Kubernetes for real, on one machine: no kubelet and no containers, everything else as in a cluster.
//!
//! * [`cluster`]: etcd and the Kubernetes API server, spoken to with kubectl;
//! * [`istiod`]: Istio's control plane;
//! * [`proxy`]: a gateway or a sidecar: Istio's agent, and Envoy under it;
//! * [`mesh`]: all of it together, with Okta, an application and a registry;
//! * [`gateway`] and [`sidecar`]: a proxy in it, with its pod;
//! * [`oauth2_proxy`]: what Vestibule replaces, behind a policy of the mesh, which knows it by `ext_authz`;
//! * [`traffic`]: requests that keep coming while something is changed.

pub mod cluster;
mod ext_authz;
pub mod gateway;
pub mod istiod;
pub mod mesh;
pub mod oauth2_proxy;
pub mod proxy;
pub mod sidecar;
pub mod traffic;
