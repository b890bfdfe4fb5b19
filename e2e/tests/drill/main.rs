//! What happens at three in the morning: each fault in a running Envoy, and what is seen of it in the log, in the metrics, in the
//! access log and on the page. Each is on the page for operators too.

mod drill;
mod metrics;
mod people;
mod provider;
mod secrets;
mod strangers;
