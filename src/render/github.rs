//! Annotations as GitHub's workflows read them from standard output.

use super::links::leads_away;
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::text::shown_line;
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
    if let Some(path) = diagnostic.path.as_ref().filter(|path| !leads_away(path)) {
        properties.push(format!("file={}", property(&shown_line(path))));
        if let Some(text) = verdict.sources.get(path) {
            let place = locate(text, &diagnostic.spot);
            properties.push(format!("line={}", place.line));
            properties.push(format!("col={}", place.column));
        }
    }
    properties.push(format!("title={}", property(&format!("perfteam {}", diagnostic.rule))));
    let mut message = format!("{}\n{}", shown_line(&diagnostic.message), shown_line(&diagnostic.why));
    for mend in &diagnostic.mends {
        message.push_str(&format!("\ntry: {}", shown_line(mend)));
    }
    format!("::{command} {}::{}", properties.join(","), data(&message))
}

/// Escapes as the workflow command's data is read.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes as a property of a workflow command is read.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use insta::assert_snapshot;

    #[test]
    fn a_diagnostic_is_one_line_that_nothing_breaks_out_of() {
        let line = annotations(&sample::verdict());
        assert!(!line.contains(char::is_control), "{line:?}");
        assert_snapshot!(line, @"::error file=a b/␛[2J%2Cx%3A1%25.md,line=2,col=1,title=perfteam syntax::`␛[31mred<U+009B>0m` is no title␊::error::forged%0Awhat can't be read is seen by nobody%0Atry: git add -- 'a b/␛[2J'%0Atry: perfteam check");
    }
}
