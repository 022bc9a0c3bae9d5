//! Annotations as GitHub's workflows read them from standard output.

use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::text::shown_text;
use crate::domain::verdict::Verdict;
use crate::markdown::locate::locate;

/// One workflow command a diagnostic.
pub fn annotations(verdict: &Verdict) -> String {
    verdict.diagnostics.iter().map(|diagnostic| one(verdict, diagnostic)).collect::<Vec<_>>().join("\n")
}

fn one(verdict: &Verdict, diagnostic: &Diagnostic) -> String {
    let command = match diagnostic.severity {
        Severity::Block => "error",
        Severity::Warn => "warning",
        Severity::Note | Severity::Off => "notice",
    };
    let mut properties = Vec::new();
    if let Some(path) = &diagnostic.path {
        properties.push(format!("file={}", property(path)));
        if let Some(text) = verdict.sources.get(path) {
            let place = locate(text, &diagnostic.spot);
            properties.push(format!("line={}", place.line));
            properties.push(format!("col={}", place.column));
        }
    }
    properties.push(format!("title={}", property(&format!("perfteam {}", diagnostic.rule))));
    let mut message = format!("{}\n{}", diagnostic.message, diagnostic.why);
    for mend in &diagnostic.mends {
        message.push_str(&format!("\ntry: {mend}"));
    }
    format!("::{command} {}::{}", properties.join(","), data(&message))
}

/// Escapes as the workflow command's data is read.
fn data(text: &str) -> String {
    shown_text(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes as a property of a workflow command is read.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
