//! The root context: configuration, the calls for everybody, the clock's tick.

use std::time::Duration;

use proxy_wasm::hostcalls as sdk;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{ContextType, LogLevel};

use super::stream::Stream;
use super::worker::{Soon, Worker};
use super::{hostcalls, reporter};
use crate::config;
use crate::engine::Engine;

/// While many wait who can be decided.
const URGENT_TICK: Duration = Duration::from_millis(5);
/// While somebody waits or the provider is not known.
const BUSY_TICK: Duration = Duration::from_millis(50);
/// Otherwise: counters are flushed, and a rotated key is noticed.
const IDLE_TICK: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(super) struct Root {
    worker: Worker,
    tick: Duration,
}

impl Root {
    fn tick_every(&mut self, period: Duration) {
        if self.tick != period && sdk::set_tick_period(period).is_ok() {
            self.tick = period;
        }
    }
}

impl Context for Root {
    fn on_http_call_response(&mut self, token: u32, num_headers: usize, body_size: usize, _: usize) {
        self.worker.on_answer(token, num_headers, body_size);
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
                self.tick_every(BUSY_TICK);
                true
            }
            Err(error) => {
                reporter::log(LogLevel::Critical, &error.to_string());
                false
            }
        }
    }

    fn on_tick(&mut self) {
        self.tick_every(match self.worker.on_tick() {
            Soon::AtOnce => URGENT_TICK,
            Soon::InAMoment => BUSY_TICK,
            Soon::NotNow => IDLE_TICK,
        });
    }

    fn create_http_context(&self, context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream::new(context_id, self.worker.clone())))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
