//! `thin-text`: texts say enough to act on.

use super::{Finding, RecordChange, Review, Rule};
use crate::domain::agent_db::IMPORTED;
use crate::domain::diagnostic::Severity;
use crate::domain::document::Meta;
use crate::domain::kind::RequiredText;
use crate::domain::redaction::Redaction;
use crate::domain::text::{meaningful, stage_command};

/// See the module.
pub struct ThinText;

impl Rule for ThinText {
    fn name(&self) -> &'static str {
        "thin-text"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "the texts of new heads and events have enough meaningful characters to act on"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for change in review.records {
            let kind = change.dir.kind();
            if let Some(head) = change.new_head()
                && !is_redacted(review, change, &head.meta)
            {
                let path = change.dir.head_path();
                let thin = kind.head_texts(head).into_iter().filter_map(|text| thin(review, &path, &text));
                // What another tool closed before it was imported asks nobody to act any more.
                let limit = if is_history(change) { Severity::Note } else { Severity::Block };
                findings.extend(thin.map(|finding| finding.at_most(limit)));
            }
            for event in change.new_events().filter(|event| !is_redacted(review, change, &event.details)) {
                let path = change.dir.event_path(&event.name);
                findings.extend(kind.event_texts(event).iter().filter_map(|text| thin(review, &path, text)));
            }
        }
        findings
    }
}

/// Whether the words were there, and were taken away before anybody else had them.
fn is_redacted(review: &Review<'_>, change: &RecordChange, meta: &Meta) -> bool {
    Redaction::read(meta).is_some_and(|one| review.landed || review.redacts(&change.dir, &one))
}

/// Whether the record was imported and is closed.
fn is_history(change: &RecordChange) -> bool {
    let Some(record) = &change.after else { return false };
    let is_imported = record.head.as_ref().is_some_and(|head| head.meta.contains_key(IMPORTED));
    is_imported && change.dir.kind().brief(record).is_some_and(|brief| brief.closed)
}

fn thin(review: &Review<'_>, path: &str, text: &RequiredText<'_>) -> Option<Finding> {
    let has = meaningful(text.text);
    let message = if has == 0 {
        format!("the {} says nothing: it needs {} meaningful characters", text.name, text.least)
    } else {
        format!("the {} has {has} meaningful characters, it needs {}", text.name, text.least)
    };
    (has < text.least).then(|| {
        Finding::in_file(path, text.spot.clone(), message)
            .why("whoever reads it must be able to act on it alone; letters and digits count, a repeated character once, a word three times at most")
            .mend(format!("say it with names and numbers, then: {}", stage_command(&[path])))
            .commit(review.last_commit(path))
    })
}
