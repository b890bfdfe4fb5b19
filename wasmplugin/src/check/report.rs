//! All findings of one run, and how it ends.

use std::process::ExitCode;

use super::diagnostic::{Diagnostic, Severity};
use super::shown::Shown;
use crate::documents::Documents;
use crate::input::Input;

#[derive(Debug)]
pub(crate) struct Report {
    /// In the order of the files, and of the lines in them.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The names of the configurations.
    pub(crate) checked: Vec<String>,
    /// A sentence for each Wasm module of somebody else.
    pub(crate) passed_over: Vec<String>,
    /// Names and lines of the inputs.
    files: Vec<(String, Shown)>,
}

/// How a run ends where nothing could be checked.
pub(crate) const USAGE: u8 = 2;

impl Report {
    pub(crate) fn new(inputs: &[Input], documents: &Documents, mut diagnostics: Vec<Diagnostic>) -> Self {
        diagnostics.sort_by_key(|one| (one.file, one.place, one.severity));
        diagnostics.dedup();
        let name = |file: usize| inputs.get(file).map_or("", |input| input.name.as_str());
        let others = documents.others.iter().map(|other| {
            let at = format!("{}:{}", name(other.file), other.place.line);
            format!("{at}: {} is another module's, and is passed over", other.name)
        });
        let shown = |(file, input): (usize, &Input)| {
            let of_file = documents.plugins.iter().filter(|plugin| plugin.file == file);
            let configs: Vec<_> = of_file.filter_map(|plugin| plugin.config.as_ref()).collect();
            (input.name.clone(), Shown::new(&input.text, &configs))
        };
        Self {
            diagnostics,
            checked: documents.plugins.iter().map(|plugin| plugin.name.clone()).collect(),
            passed_over: others.collect(),
            files: inputs.iter().enumerate().map(shown).collect(),
        }
    }

    /// The name of the file that a finding is about.
    pub(crate) fn file(&self, one: &Diagnostic) -> &str {
        self.files.get(one.file).map_or("", |(name, _)| name)
    }

    pub(crate) fn shown(&self, one: &Diagnostic) -> Option<&Shown> {
        self.files.get(one.file).map(|(_, shown)| shown)
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|one| one.is(severity)).count()
    }

    /// One line about all of it.
    pub(crate) fn summary(&self) -> String {
        let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let (faults, warnings) = (self.count(Severity::Fault), self.count(Severity::Warning));
        let checked = many(self.checked.len(), "configuration");
        let faults = if faults == 0 { "no errors".to_owned() } else { many(faults, "error") };
        let warnings = if warnings == 0 { "no warnings".to_owned() } else { many(warnings, "warning") };
        format!("{checked} checked: {faults}, {warnings}")
    }

    /// Whether the files hold nothing that runs as a module, nor anything that cannot be read.
    pub(crate) fn is_empty(&self) -> bool {
        self.checked.is_empty() && self.passed_over.is_empty() && self.diagnostics.is_empty()
    }

    /// 0 where nothing is wrong, 1 where something is. Without anything to check it is the error of whoever chose the
    /// files, unless `may_be_empty`.
    pub(crate) fn exit(&self, strict: bool, may_be_empty: bool) -> ExitCode {
        let fails = self.count(Severity::Fault) > 0 || (strict && self.count(Severity::Warning) > 0);
        if fails {
            ExitCode::FAILURE
        } else if self.is_empty() && !may_be_empty {
            ExitCode::from(USAGE)
        } else {
            ExitCode::SUCCESS
        }
    }
}
