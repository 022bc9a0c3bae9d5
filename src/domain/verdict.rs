//! The outcome of a check.

use std::collections::BTreeMap;

use super::diagnostic::{Diagnostic, Severity};

/// What the rules say, with the texts that they point into.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What the rules found, worst first, then by path.
    pub diagnostics: Vec<Diagnostic>,
    /// The text of each file that a diagnostic points into.
    pub sources: BTreeMap<String, String>,
    /// How many paths were judged.
    pub paths: usize,
    /// How many commits were judged.
    pub commits: usize,
}

impl Verdict {
    /// Whether the change is refused.
    pub fn blocks(&self) -> bool {
        self.count(Severity::Block) > 0
    }

    /// How many diagnostics have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// What formats need to know of a rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo {
    /// Its name.
    pub name: &'static str,
    /// What it demands, in one line.
    pub summary: &'static str,
    /// Its level where policy says nothing.
    pub default_level: Severity,
}
