//! Diagnostics for programs. The structs here are the format, version 1: they change only by
//! additions, whatever becomes of the types inside.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::text::is_invisible;
use crate::domain::verdict::Verdict;
use crate::markdown::locate::locate;

/// JSON text that is safe on a terminal, too: the same values, with every control character and
/// direction mark written as an escape. Such characters stand in strings alone.
pub fn escaped(json: &str) -> Cow<'_, str> {
    let raw = |c: char| c != '\n' && is_invisible(c);
    if !json.contains(raw) && !json.contains("##") {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 64);
    let mut before = '\0';
    for c in json.chars() {
        // CI takes `##[...]` in a log for a command.
        if raw(c) || (c == '#' && before == '#') {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
        before = c;
    }
    Cow::Owned(out)
}

/// The version of all answers.
pub const VERSION: u32 = 1;

/// What a command answers to programs: the head that all answers have, then its own fields.
#[derive(Debug, Serialize)]
pub struct Answer<'a, T> {
    version: u32,
    command: &'a str,
    #[serde(flatten)]
    fields: &'a T,
}

impl<'a, T: Serialize> Answer<'a, T> {
    /// The answer of `command`, which is named in full: `flag list`.
    pub fn new(command: &'a str, fields: &'a T) -> Self {
        Answer { version: VERSION, command, fields }
    }
}

/// What a command answers when it fails.
#[derive(Debug, Serialize)]
pub struct Refusal {
    version: u32,
    command: Option<String>,
    error: ErrorV1,
}

impl Refusal {
    /// The failure of `command`, as far as the arguments told which it is.
    pub fn new(command: Option<String>, error: ErrorV1) -> Self {
        Refusal { version: VERSION, command, error }
    }
}

/// Why a command did not do what it was told. Version 1.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ErrorV1 {
    /// What is wrong and where.
    pub message: String,
    /// Why it matters.
    pub why: Option<String>,
    /// What to do now, best first: commands or short sentences.
    pub hints: Vec<String>,
    /// The exit code: 1 refused or blocked by a rule, 2 usage, 3 a repository or file can't be read, 4 held or
    /// decided by somebody else.
    pub exit: u8,
}

/// The verdict of `check`, version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckV1 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use insta::assert_snapshot;

    #[test]
    fn a_diagnostic_keeps_its_values_and_escapes_what_terminals_obey() {
        let plain = serde_json::to_string_pretty(&check(&sample::verdict())).expect("JSON");
        let text = escaped(&plain);
        let values = |json: &str| serde_json::from_str::<serde_json::Value>(json).expect("JSON");
        assert_eq!(values(&text), values(&plain));
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        assert_snapshot!(text, @r#"
        {
          "blocked": true,
          "paths": 3,
          "commits": 1,
          "diagnostics": [
            {
              "rule": "syntax",
              "level": "block",
              "message": "`\u001b[31mred\u009b0m` is no title\n::error::forged",
              "why": "what can't be read is seen by nobody",
              "path": "a b/\u001b[2J,x:1%.md",
              "line": 2,
              "column": 1,
              "commit": "5bb649b0123456789abcdef0123456789abcdef0",
              "mends": [
                "git add -- 'a b/\u001b[2J'",
                "perfteam check"
              ]
            }
          ]
        }
        "#);
    }
}
