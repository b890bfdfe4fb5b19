//! Templates of Go and Jinja: `{{ … }}`.

/// `text` with quotes around values that are a template and nothing else, which YAML would take for a map.
pub(super) fn quoted(text: &str) -> String {
    let mut out: String = text.lines().map(|line| quoted_line(line) + "\n").collect();
    if !text.ends_with('\n') {
        out.pop();
    }
    out
}

fn quoted_line(line: &str) -> String {
    let value_at = line.find(": {{").map(|at| at + 2).or_else(|| {
        let start = line.len() - line.trim_start().len();
        line[start..].starts_with("- {{").then_some(start + 2)
    });
    let Some((key, value)) = value_at.map(|at| line.split_at(at)) else { return line.to_owned() };
    let value = value.trim_end();
    // `{{ range }}` and the like make lines of their own, and are no values.
    if key.contains('#') || !value.ends_with("}}") || value.starts_with("{{-") {
        return line.to_owned();
    }
    format!("{key}'{}'", value.replace('\'', "''"))
}

pub(super) fn is_one(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_a_template_becomes_a_text() {
        for (line, expected) in [
            ("a: {{ .Values.x }}", "a: '{{ .Values.x }}'"),
            ("  - {{ .x }}", "  - '{{ .x }}'"),
            ("a: {{ .x | get 'y' }}", "a: '{{ .x | get ''y'' }}'"),
            ("a: \"{{ .x }}\"", "a: \"{{ .x }}\""),
            ("# a: {{ .x }}", "# a: {{ .x }}"),
            ("a: {b: {c: 1}}", "a: {b: {c: 1}}"),
            ("{{- if .x }}", "{{- if .x }}"),
        ] {
            assert_eq!(quoted(line), expected);
        }
    }
}
