//! Diagnostics for programs. The structs here are the format, version 1: they change only by
//! additions, whatever becomes of the types inside.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::verdict::Verdict;
use crate::markdown::locate::locate;

/// The verdict of `check`, version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckV1 {
    /// 1.
    pub version: u32,
    /// Whether the change is refused.
    pub blocked: bool,
    /// How many paths were judged.
    pub paths: usize,
    /// How many commits were judged.
    pub commits: usize,
    /// What the rules found, worst first.
    pub diagnostics: Vec<DiagnosticV1>,
}

/// One finding of a rule, version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiagnosticV1 {
    /// The rule.
    pub rule: &'static str,
    /// `note`, `warn` or `block`.
    pub level: Severity,
    /// What is wrong.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// The path from the top of the work tree.
    pub path: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The commit of the range that it is about.
    pub commit: Option<String>,
    /// The commands or texts that mend it.
    pub mends: Vec<String>,
}

/// The verdict as its JSON struct.
pub fn check(verdict: &Verdict) -> CheckV1 {
    CheckV1 {
        version: 1,
        blocked: verdict.blocks(),
        paths: verdict.paths,
        commits: verdict.commits,
        diagnostics: verdict.diagnostics.iter().map(|diagnostic| one(verdict, diagnostic)).collect(),
    }
}

fn one(verdict: &Verdict, diagnostic: &Diagnostic) -> DiagnosticV1 {
    let text = diagnostic.path.as_ref().and_then(|path| verdict.sources.get(path));
    let place = text.map(|text| locate(text, &diagnostic.spot));
    DiagnosticV1 {
        rule: diagnostic.rule,
        level: diagnostic.severity,
        message: diagnostic.message.clone(),
        why: diagnostic.why.clone(),
        path: diagnostic.path.clone(),
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        commit: diagnostic.commit.clone(),
        mends: diagnostic.mends.clone(),
    }
}
