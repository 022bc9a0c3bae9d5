//! `thin-text`: texts say enough to act on.

use super::{Finding, Review, Rule};
use crate::domain::diagnostic::Severity;
use crate::domain::kind::RequiredText;
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
            if let Some(head) = change.new_head() {
                let path = change.dir.head_path();
                findings.extend(kind.head_texts(head).iter().filter_map(|text| thin(review, &path, text)));
            }
            for event in change.new_events() {
                let path = change.dir.event_path(&event.name);
                findings.extend(kind.event_texts(event).iter().filter_map(|text| thin(review, &path, text)));
            }
        }
        findings
    }
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
