//! Bars, as SVG that can be read on light and on dark ground.

use std::fmt::Write as _;

use crate::subject::Spread;

pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) spread: Spread,
    pub(crate) unit: &'static str,
    pub(crate) is_ours: bool,
}

const WIDTH: f64 = 720.0;
const NAMES: f64 = 250.0;
const NUMBERS: f64 = 80.0;
const ROW: f64 = 26.0;
const HEAD: f64 = 40.0;

/// One row a bar, the median as its length and a line over the middle half.
pub(crate) fn bars(title: &str, bars: &[Bar]) -> String {
    let most = bars.iter().map(|bar| bar.spread.high).fold(1e-9, f64::max);
    let height = HEAD + ROW * bars.len() as f64 + 8.0;
    let scale = |value: f64| (value.max(0.0) / most) * (WIDTH - NAMES - NUMBERS);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"{title}\">\n\
         <style>text{{fill:#1f2328}}.o{{fill:#1a7f37}}.n{{fill:#8c959f}}.s{{stroke:#1f2328}}\
         @media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}.o{{fill:#3fb950}}.n{{fill:#6e7681}}.s{{stroke:#e6edf3}}}}</style>\n\
         <text x=\"8\" y=\"22\" font-weight=\"600\">{title}</text>\n"
    );
    for (place, bar) in bars.iter().enumerate() {
        let Spread { low, median, high } = bar.spread;
        let top = HEAD + ROW * place as f64;
        let middle = top + ROW / 2.0;
        let (length, from, to) = (scale(median), NAMES + scale(low), NAMES + scale(high));
        let class = if bar.is_ours { "o" } else { "n" };
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{class}\" x=\"{NAMES}\" y=\"{}\" width=\"{length:.1}\" height=\"{}\"/>\
             <line class=\"s\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{}{}</text>",
            NAMES - 8.0,
            middle + 4.0,
            bar.name,
            top + 4.0,
            ROW - 8.0,
            to.max(NAMES + length) + 8.0,
            middle + 4.0,
            number(median),
            bar.unit,
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn number(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}
