//! The requests to `/token` in the busiest minute of a Monday morning, by people, as SVG that can be read on light and on
//! dark ground.

use std::fmt::Write as _;

use crate::okta::TOKEN_LIMIT;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 44.0;

pub(crate) fn write(points: &[(f64, f64)]) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../e2e/bench/fleet.svg");
    std::fs::write(path, svg(points)).unwrap_or_else(|error| panic!("{path}: {error}"));
}

fn svg(points: &[(f64, f64)]) -> String {
    let limit = TOKEN_LIMIT as f64;
    let most_people = points.iter().map(|(people, _)| *people).fold(1.0, f64::max);
    let most = points.iter().map(|(_, calls)| *calls).fold(limit, f64::max) * 1.05;
    let x = |people: f64| LEFT + people / most_people * (WIDTH - LEFT - RIGHT);
    let y = |calls: f64| HEIGHT - BOTTOM - calls / most * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"Requests to /token in the busiest minute\">\n\
         <style>text{{fill:#1f2328}}.c{{stroke:#1a7f37;fill:none}}.d{{fill:#1a7f37}}.l{{stroke:#8c959f}}\
         @media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}.c{{stroke:#3fb950}}.d{{fill:#3fb950}}.l{{stroke:#6e7681}}}}</style>\n\
         <text x=\"8\" y=\"22\" font-weight=\"600\">Requests to /token in the busiest minute, by people who sign in within 15 minutes</text>\n"
    );
    for (calls, name) in [(limit, "Okta's limit"), (limit / 2.0, "half of it: one app's share")] {
        let _ = writeln!(
            svg,
            "<line class=\"l\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{1:.1}\" y2=\"{1:.1}\" stroke-dasharray=\"6 4\"/>\
             <text x=\"{2}\" y=\"{3:.1}\">{name}</text><text x=\"{4}\" y=\"{5:.1}\" text-anchor=\"end\">{calls}</text>",
            WIDTH - RIGHT,
            y(calls),
            LEFT + 8.0,
            y(calls) - 6.0,
            LEFT - 8.0,
            y(calls) + 4.0,
        );
    }
    let line: Vec<String> =
        points.iter().map(|(people, calls)| format!("{:.1},{:.1}", x(*people), y(*calls))).collect();
    let _ = writeln!(svg, "<polyline class=\"c\" stroke-width=\"2\" points=\"{}\"/>", line.join(" "));
    for (people, calls) in points {
        let _ = writeln!(
            svg,
            "<circle class=\"d\" cx=\"{0:.1}\" cy=\"{1:.1}\" r=\"4\"/>\
             <text x=\"{0:.1}\" y=\"{2}\" text-anchor=\"middle\">{people}</text>",
            x(*people),
            y(*calls),
            HEIGHT - BOTTOM + 20.0,
        );
    }
    svg.push_str("</svg>\n");
    svg
}
