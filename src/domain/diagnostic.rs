//! What rules and readers have to say: where, what, why, and how to mend it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a rule's finding does. Orders from harmless to blocking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The rule does not run.
    Off,
    /// Said, and counts for nothing.
    Note,
    /// Said as a warning; the exit code stays 0.
    Warn,
    /// Refuses the commit; exit code 1.
    Block,
}

impl Severity {
    /// The word that stands in `perfteam.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Off => "off",
            Severity::Note => "note",
            Severity::Warn => "warn",
            Severity::Block => "block",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Severity::Off, Severity::Note, Severity::Warn, Severity::Block]
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no level of a rule: expected off, note, warn or block"))
    }
}

/// A place in a file, named by what stands there; it becomes line and column when it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Spot {
    /// The file as a whole.
    Start,
    /// A key of the front matter, with its path: `impact`, `files[2]`, `writes.deny[0]`.
    Key(String),
    /// The section with this title.
    Section(String),
    /// A line and a column, both from 1; the column counts characters.
    At(usize, usize),
}

/// Something that is wrong in one file, as its reader sees it: no rule and no path yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where in the file.
    pub spot: Spot,
    /// What is wrong and what was expected.
    pub message: String,
    /// The text that should stand there instead, or the command that mends it.
    pub mend: Option<String>,
}

impl Fault {
    /// A fault without a known mend.
    pub fn new(spot: Spot, message: impl Into<String>) -> Self {
        Fault { spot, message: message.into(), mend: None }
    }

    /// The same with what should be done.
    pub fn mend(self, mend: impl Into<String>) -> Self {
        Fault { mend: Some(mend.into()), ..self }
    }
}

/// A fault in the file at `path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// The path from the top of the work tree.
    pub path: String,
    /// What is wrong there.
    pub fault: Fault,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// The name of the rule.
    pub rule: &'static str,
    /// What it does.
    pub severity: Severity,
    /// The path from the top of the work tree, where it is about a file.
    pub path: Option<String>,
    /// Where in that file.
    pub spot: Spot,
    /// What is wrong.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// The commands or the text that mend it, best last.
    pub mends: Vec<String>,
    /// The commit that it is about, where it is about one of a range.
    pub commit: Option<String>,
}

impl Diagnostic {
    /// The same at no more than `severity`.
    pub fn at_most(mut self, severity: Severity) -> Self {
        self.severity = self.severity.min(severity);
        self
    }
}
