//! Diagnostics as the code quality report of GitLab: a list of violations, each with the keys that
//! its documentation requires.

use serde_json::{Value, json};

use super::fingerprint::Fingerprints;
use super::links::leads_away;
use super::text::located;
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::text::shown_line;
use crate::domain::verdict::Verdict;

/// Where something is shown that is about no file: the place cannot be left out.
const NO_FILE: &str = ".perfteam/perfteam.yaml";

/// The verdict as a report.
pub fn report(verdict: &Verdict) -> Value {
    let mut prints = Fingerprints::default();
    verdict.diagnostics.iter().map(|diagnostic| violation(verdict, diagnostic, &mut prints)).collect()
}

fn violation(verdict: &Verdict, diagnostic: &Diagnostic, prints: &mut Fingerprints) -> Value {
    let path = diagnostic.path.as_deref().filter(|path| !leads_away(path));
    let line = located(verdict, diagnostic).map_or(1, |place| place.line);
    let mut description = format!("{}. {}", shown_line(&diagnostic.message), shown_line(&diagnostic.why));
    if let Some(mend) = diagnostic.mends.last() {
        description.push_str(&format!(" Try: {}", shown_line(mend)));
    }
    json!({
        "description": description,
        "check_name": format!("perfteam/{}", diagnostic.rule),
        "fingerprint": prints.next(diagnostic),
        "severity": severity(diagnostic.severity),
        "location": {
            "path": path.map_or(NO_FILE.into(), |path| shown_line(path)),
            "lines": { "begin": line },
        },
    })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "blocker",
        Severity::Warn => "minor",
        Severity::Note | Severity::Off => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use insta::assert_snapshot;

    #[test]
    fn a_diagnostic_is_a_violation_with_all_keys_that_are_required() {
        let report = serde_json::to_string_pretty(&report(&sample::verdict())).expect("JSON");
        assert_snapshot!(report, @r#"
        [
          {
            "description": "`␛[31mred<U+009B>0m` is no title␊::error::forged. what can't be read is seen by nobody Try: perfteam check",
            "check_name": "perfteam/syntax",
            "fingerprint": "6701fac4d2dc10de91069b06a73bcbd3",
            "severity": "blocker",
            "location": {
              "path": "a b/␛[2J,x:1%.md",
              "lines": {
                "begin": 2
              }
            }
          }
        ]
        "#);
    }
}
