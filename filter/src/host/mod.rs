//! The only room that knows proxy-wasm: callbacks become events of [`crate::driver`], and its
//! effects hostcalls.
//!
//! A worker has one [`worker::Worker`], shared by its root context and its streams. No borrow of it is held
//! while a hostcall runs that could call back into the filter.

mod abi;
#[cfg(feature = "crash-on-request")]
mod crash;
mod hostcalls;
mod metrics;
mod reporter;
mod root;
mod stream;
mod worker;

use proxy_wasm::traits::RootContext;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|id| -> Box<dyn RootContext> { Box::new(root::Root::new(id)) });
}}
