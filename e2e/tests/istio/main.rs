//! In Istio, for real: a Kubernetes API server, istiod, its agent and a registry, and the manifests of `wasmplugin/`.

mod admin_service;
mod browser;
mod cluster_says_no;
mod ext_authz;
mod gateway;
mod gateway_api;
mod image;
mod many_workloads;
mod migration;
mod monitoring;
mod networks;
mod okta_tls;
mod reload;
mod rollout;
mod secrets;
mod signed_header;
