//! The root context: configuration, the calls for everybody, the clock's tick.

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{ContextType, LogLevel};

use super::stream::Stream;
use super::worker::Worker;
use super::{hostcalls, reporter};
use crate::config;
use crate::engine::Engine;

pub(super) struct Root {
    id: u32,
    worker: Worker,
}

impl Root {
    pub(super) fn new(id: u32) -> Self {
        Self { id, worker: Worker::new(id) }
    }
}

/// When the plugin goes, or another configuration takes over, the SDK drops its context (`proxy_on_delete`). A VM that died
/// says nothing.
impl Drop for Root {
    fn drop(&mut self) {
        self.worker.on_end();
    }
}

impl Context for Root {
    fn on_http_call_response(&mut self, token: u32, num_headers: usize, body_size: usize, _: usize) {
        self.worker.on_answer(self.id, token, num_headers, body_size);
    }
}

impl RootContext for Root {
    /// A pure function of the configuration and the environment: Envoy asks its main thread first, and a
    /// worker must not come to another answer.
    fn on_configure(&mut self, size: usize) -> bool {
        let bytes = hostcalls::plugin_configuration(size);
        match config::load(&bytes, &|name| std::env::var(name).ok()) {
            Ok(config) => {
                self.worker.configure(Engine::new(config));
                true
            }
            Err(errors) => {
                errors.log_lines().for_each(|line| reporter::log(LogLevel::Critical, &line));
                false
            }
        }
    }

    fn on_tick(&mut self) {
        self.worker.on_tick();
    }

    fn create_http_context(&self, context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream::new(context_id, self.worker.clone())))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
