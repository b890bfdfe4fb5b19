//! What the filter says in the log of an Envoy.

/// The filter's own lines, without what Envoy puts in front.
#[must_use]
pub fn filter_lines(log: &str) -> Vec<String> {
    log.lines()
        // Envoy's own format, and Istio's, which ends in the thread.
        .filter_map(|line| line.split_once("] wasm log").or_else(|| line.split_once("\twasm log")))
        .map(|(_, line)| line.split_once("\tthread=").map_or(line, |(line, _)| line))
        .map(|line| line.trim_start_matches(|c| c != ':').trim_start_matches(": ").to_owned())
        .collect()
}
