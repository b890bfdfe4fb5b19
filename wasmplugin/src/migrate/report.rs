//! What the person who migrates has to know, on standard error. No secret is ever in it.

use std::fmt::Write as _;

use crate::plain::plain;

#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) carried: Vec<Line>,
    pub(crate) changed: Vec<Line>,
    /// Names alone.
    pub(crate) not_needed: Vec<String>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) todo: Vec<String>,
}

/// An option, as it was written, and what became of it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) says: String,
}

/// What the files do not say, or not in a way that the filter takes.
#[derive(Debug)]
pub(crate) struct Gap {
    /// In the configuration: `client.id`.
    pub(crate) key: String,
    pub(crate) says: String,
}

impl Report {
    pub(crate) fn carried(&mut self, what: impl ToString, says: impl Into<String>) {
        self.carried.push(Line { what: what.to_string(), says: says.into() });
    }

    pub(crate) fn changed(&mut self, what: impl ToString, says: impl Into<String>) {
        self.changed.push(Line { what: what.to_string(), says: says.into() });
    }

    pub(crate) fn gap(&mut self, key: &str, says: impl Into<String>) {
        self.gaps.push(Gap { key: key.to_owned(), says: says.into() });
    }

    /// Puts each text through `with`.
    pub(crate) fn replace(&mut self, with: &dyn Fn(&str) -> String) {
        for line in self.carried.iter_mut().chain(&mut self.changed) {
            line.what = with(&line.what);
            line.says = with(&line.says);
        }
        self.gaps.iter_mut().for_each(|gap| gap.says = with(&gap.says));
        self.not_needed.iter_mut().chain(&mut self.todo).for_each(|text| *text = with(text));
    }

    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        lines(&mut text, "Carried over", &self.carried);
        lines(&mut text, "Changed or lost, and what to do", &self.changed);
        if !self.not_needed.is_empty() {
            let _ = writeln!(text, "Not needed any more\n  {}\n", plain(&self.not_needed.join(", ")));
        }
        if !self.gaps.is_empty() {
            text.push_str(
                "To be filled in (marked with GAP; until then the filter does not load, or lets nobody in)\n",
            );
            for gap in &self.gaps {
                let _ = writeln!(text, "  {}: {}", gap.key, plain(&gap.says));
            }
            text.push('\n');
        }
        if !self.todo.is_empty() {
            text.push_str("What to do now\n");
            for (index, step) in self.todo.iter().enumerate() {
                let _ = writeln!(text, "  {}. {}", index + 1, plain(step));
            }
        }
        text
    }
}

fn lines(text: &mut String, title: &str, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}");
    for Line { what, says } in lines {
        let _ = writeln!(text, "  {}: {}", plain(what), plain(says));
    }
    text.push('\n');
}
