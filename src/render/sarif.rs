//! Diagnostics as SARIF 2.1.0, for code scanning.
//! Source: the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use serde_json::{Value, json};

use super::fingerprint::Fingerprints;
use super::links::{encoded, leads_away};
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::text::shown_line;
use crate::domain::verdict::{RuleInfo, Verdict};
use crate::markdown::locate::locate;

/// The verdict as a SARIF log.
pub fn log(verdict: &Verdict, infos: &[RuleInfo]) -> Value {
    let rules: Vec<Value> = infos
        .iter()
        .map(|rule| {
            json!({
                "id": rule.name,
                "shortDescription": { "text": rule.summary },
                "defaultConfiguration": { "level": level(rule.default_level) },
            })
        })
        .collect();
    let mut prints = Fingerprints::default();
    let mut told = |diagnostic| {
        let mut result = result(verdict, diagnostic, infos);
        result["partialFingerprints"] = json!({ "perfteam/v1": prints.next(diagnostic) });
        result
    };
    let results: Vec<Value> = verdict.diagnostics.iter().map(&mut told).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "perfteam",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(verdict: &Verdict, diagnostic: &Diagnostic, infos: &[RuleInfo]) -> Value {
    let mut text = format!("{}. {}", shown_line(&diagnostic.message), shown_line(&diagnostic.why));
    for mend in &diagnostic.mends {
        text.push_str(&format!("\nTry: {}", shown_line(mend)));
    }
    let mut result = json!({
        "ruleId": diagnostic.rule,
        "ruleIndex": infos.iter().position(|rule| rule.name == diagnostic.rule),
        "level": level(diagnostic.severity),
        "message": { "text": text },
    });
    if let Some(path) = diagnostic.path.as_ref().filter(|path| !leads_away(path)) {
        let mut physical = json!({ "artifactLocation": { "uri": encoded(path) } });
        if let Some(source) = verdict.sources.get(path) {
            let place = locate(source, &diagnostic.spot);
            physical["region"] = json!({
                "startLine": place.line,
                "startColumn": place.column,
                "endColumn": place.column + place.length,
            });
        }
        result["locations"] = json!([{ "physicalLocation": physical }]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "error",
        Severity::Warn => "warning",
        Severity::Note => "note",
        Severity::Off => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use insta::assert_snapshot;

    #[test]
    fn a_diagnostic_is_a_result_with_rule_level_and_region() {
        let info = RuleInfo { name: "syntax", summary: "files can be read", default_level: Severity::Block };
        let log = log(&sample::verdict(), &[info]);
        assert_snapshot!(serde_json::to_string_pretty(&log["runs"][0]["tool"]["driver"]["rules"]).expect("JSON"), @r#"
        [
          {
            "id": "syntax",
            "shortDescription": {
              "text": "files can be read"
            },
            "defaultConfiguration": {
              "level": "error"
            }
          }
        ]
        "#);
        assert_snapshot!(serde_json::to_string_pretty(&log["runs"][0]["results"]).expect("JSON"), @r#"
        [
          {
            "ruleId": "syntax",
            "ruleIndex": 0,
            "level": "error",
            "message": {
              "text": "`␛[31mred<U+009B>0m` is no title␊::error::forged. what can't be read is seen by nobody\nTry: git add -- 'a b/␛[2J'\nTry: perfteam check"
            },
            "locations": [
              {
                "physicalLocation": {
                  "artifactLocation": {
                    "uri": "a%20b/%1B%5B2J%2Cx%3A1%25.md"
                  },
                  "region": {
                    "startLine": 2,
                    "startColumn": 1,
                    "endColumn": 24
                  }
                }
              }
            ],
            "partialFingerprints": {
              "perfteam/v1": "6701fac4d2dc10de91069b06a73bcbd3"
            }
          }
        ]
        "#);
    }
}
