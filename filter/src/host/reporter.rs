//! The lines that the operator reads, by the levels of Envoy's log. Nothing that goes through here holds a code, a token, a
//! cookie or a state (law 8).

use proxy_wasm::hostcalls;
use proxy_wasm::types::LogLevel;

use crate::page::{LogLine, Severity};

pub(super) fn report(line: &LogLine) {
    let level = match line.severity {
        Severity::Everyday => LogLevel::Debug,
        Severity::Notable => LogLevel::Info,
        Severity::Trouble => LogLevel::Warn,
    };
    log(level, &line.text);
}

pub(super) fn log(level: LogLevel, line: &str) {
    let _ = hostcalls::log(level, &format!("vestibule: {line}"));
}
