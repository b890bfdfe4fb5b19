//! The filter's own opinion of what was made.

use vestibule::config::ConfigError;

use super::plan::Plan;
use crate::loading::STAND_IN;

/// Loads the configuration as the filter does. What it refuses and no gap explains becomes one.
pub(crate) fn check(plan: &mut Plan) {
    // One callback for all hosts asks for more than oauth2-proxy looked at: without it, each host has its own.
    let redirect_uri = refused(plan).into_iter().find(|fault| fault.key == "paths.redirect_uri");
    if let Some(fault) =
        redirect_uri.filter(|_| !plan.report.gaps.iter().any(|gap| gap.key == "paths.redirect_uri"))
    {
        if let Some(paths) = plan.config.get_mut("paths") {
            paths.remove("redirect_uri");
            if paths.is_empty() {
                plan.config.remove("paths");
            }
        }
        plan.report.changed("redirect-url", format!("left out, so each host has its own callback, which must be registered with the provider: the filter takes {}", fault.accepted));
    }
    for fault in refused(plan) {
        let is_told = |gap: &super::report::Gap| {
            !gap.key.is_empty() && (fault.key.starts_with(&gap.key) || gap.key.contains("[]"))
        };
        if !plan.report.gaps.iter().any(is_told) {
            plan.report.gap(
                &fault.key,
                format!("the filter does not take {}; accepted: {}", fault.found, fault.accepted),
            );
        }
    }
}

fn refused(plan: &Plan) -> Vec<ConfigError> {
    let mut all: Vec<ConfigError> = Vec::new();
    for plugin in &plan.plugins {
        let configuration = plan.config_of(plugin).json().to_string();
        let loaded = vestibule::config::load(configuration.as_bytes(), &|_| Some(STAND_IN.to_owned()));
        let faults = loaded.err().into_iter().flatten();
        all.extend(faults.filter(|fault| !all.contains(fault)).collect::<Vec<_>>());
    }
    all
}
