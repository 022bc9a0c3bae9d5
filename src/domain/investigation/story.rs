//! The knowledge entries that an investigation leaves, as texts.

use super::Investigation;
use super::learning::Learnt;
use crate::domain::id::RecordId;
use crate::domain::time::Timestamp;

/// What is told of an investigation when it closes.
pub struct Story<'a> {
    /// The investigation.
    pub investigation: &'a Investigation,
    /// What its retrospective says.
    pub learnt: &'a Learnt,
    /// Its root cause.
    pub root_cause: String,
    /// What was done about it.
    pub fixes: Vec<String>,
    /// The tasks of the preventive measures, in their order.
    pub tasks: Vec<RecordId>,
    /// What came of it, in the words of who closes it.
    pub outcome: String,
    /// When it closes.
    pub closed: Timestamp,
}

impl Story<'_> {
    /// The entry of the investigation log.
    pub fn log(&self) -> String {
        let head = &self.investigation.head;
        let measures = self.learnt.measures.iter().zip(&self.tasks);
        let measures: Vec<String> = measures.map(|(one, id)| format!("{} (task {id})", one.text)).collect();
        joined(&[
            list(&[
                format!(
                    "Duration: {}, from {} to {}",
                    self.closed.since(head.at),
                    head.at.minute(),
                    self.closed.minute()
                ),
                format!("Impact: {}", self.investigation.impact),
                format!("Outcome: {}", self.outcome),
            ]),
            section("Root cause", self.root_cause.clone()),
            section("Key learnings", list(&self.learnt.learnings)),
            section("Preventive measures", list(&measures)),
            section("Incident response", self.learnt.workflow.clone()),
        ])
    }

    /// The playbook.
    pub fn playbook(&self) -> String {
        joined(&[
            section("Signs", self.signs()),
            section("Diagnosis", numbered(&self.learnt.playbook)),
            section("Remedy", list(&self.fixes)),
            section("Prevention", list(&self.measures())),
        ])
    }

    /// The entry of a pattern whose signs are these.
    pub fn pattern(&self, signs: &str) -> String {
        joined(&[
            section("Signs", signs.to_owned()),
            section("Cause", self.root_cause.clone()),
            section("Remedy", list(&self.fixes)),
        ])
    }

    fn signs(&self) -> String {
        let trigger = self.investigation.head.trigger.clone();
        trigger.into_iter().chain([self.investigation.impact.clone()]).collect::<Vec<_>>().join("\n\n")
    }

    fn measures(&self) -> Vec<String> {
        self.learnt.measures.iter().map(|one| one.text.clone()).collect()
    }
}

fn section(title: &str, text: String) -> String {
    if text.trim().is_empty() { String::new() } else { format!("## {title}\n\n{}", text.trim()) }
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| format!("- {}", indented(item))).collect::<Vec<_>>().join("\n")
}

fn numbered(items: &[String]) -> String {
    let item = |(number, item): (usize, &String)| format!("{number}. {}", indented(item));
    (1..).zip(items).map(item).collect::<Vec<_>>().join("\n")
}

fn indented(text: &str) -> String {
    text.trim().lines().collect::<Vec<_>>().join("\n  ")
}

fn joined(parts: &[String]) -> String {
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n\n")
}
