//! The findings as one JSON document that other tools read: by category, with who found what.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::domain::finding::Finding;
use crate::domain::handle::Handle;
use crate::domain::quantity::Metrics;
use crate::domain::time::Timestamp;

/// The document: `last_updated` and `findings_by_category`.
pub fn document(findings: &[Finding]) -> Value {
    let mut by_category: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for finding in findings {
        by_category.entry(plural(&finding.head.category)).or_default().push(entry(finding));
    }
    let last = findings.iter().map(last_change).max();
    json!({
        "version": 1,
        "last_updated": last.map(|last| last.millis()),
        "findings_by_category": by_category,
    })
}

/// The key of a category: `bottlenecks`, `benchmarks`, `monitoring_patterns`, `regressions`.
fn plural(category: &str) -> String {
    match category {
        "pattern" => "monitoring_patterns".to_owned(),
        other => format!("{other}s"),
    }
}

fn last_change(finding: &Finding) -> Timestamp {
    let views = finding.confirmations.iter().chain(&finding.disputes).map(|view| view.at);
    let others = finding.mitigations.iter().map(|mitigation| mitigation.at);
    let decisions = finding.decisions.iter().map(|decision| decision.at);
    views.chain(others).chain(decisions).max().unwrap_or(finding.head.at).max(finding.head.at)
}

fn entry(finding: &Finding) -> Value {
    let head = &finding.head;
    let mut entry = Map::new();
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            entry.insert(key.to_owned(), value);
        }
    };
    let (who, what) = match head.category.as_str() {
        "benchmark" => ("conducted_by", "system"),
        "pattern" => ("identified_by", "component"),
        _ => ("discovered_by", "component"),
    };
    put("id", json!(head.id));
    put(who, json!(head.from.bare()));
    put("confirmed_by", json!(finding.confirmations.first().map(|view| view.by.bare())));
    put("confirmations", names(finding.confirmations.iter().map(|view| &view.by)));
    put("disputed_by", names(finding.disputes.iter().map(|view| &view.by)));
    put(what, json!(head.component));
    put(if head.category == "pattern" { "pattern" } else { "title" }, json!(head.title));
    put("type", json!(head.class));
    put("severity", json!(head.severity));
    put("impact", json!(head.impact));
    put("location", json!(head.location));
    put("frequency", json!(head.frequency));
    put("first_detected", json!(head.first_detected));
    put("trend", json!(head.trend));
    put("status", json!(finding.status.word()));
    for (key, value) in figures(&head.metrics) {
        put(&key, value);
    }
    let mitigations = finding.mitigations.iter().map(|mitigation| {
        json!({
            "by": mitigation.by.bare(),
            "action": mitigation.action,
            "result": mitigation.details.result,
            "metrics": figures(&mitigation.details.metrics).into_iter().collect::<Map<_, _>>(),
        })
    });
    let mitigations: Vec<Value> = mitigations.collect();
    put("mitigation_attempts", if mitigations.is_empty() { Value::Null } else { json!(mitigations) });
    Value::Object(entry)
}

fn names<'a>(handles: impl Iterator<Item = &'a Handle>) -> Value {
    let names: Vec<&str> = handles.map(Handle::bare).collect();
    if names.is_empty() { Value::Null } else { json!(names) }
}

/// `baseline_NAME`, `current_NAME`, and the change in percent.
fn figures(metrics: &Metrics) -> Vec<(String, Value)> {
    let mut figures = Vec::new();
    for (name, measured) in metrics {
        if let Some(before) = &measured.before {
            figures.push((format!("baseline_{name}"), json!(before)));
        }
        figures.push((format!("current_{name}"), json!(measured.after)));
        if let Some(change) = measured.change_words() {
            figures.push((format!("change_{name}"), json!(change)));
        }
    }
    figures
}
