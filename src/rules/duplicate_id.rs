//! `duplicate-id`: an id names one record.

use super::{Finding, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::record::RecordDir;
use crate::domain::text::some_of;

/// See the module.
pub struct DuplicateId;

impl Rule for DuplicateId {
    fn name(&self) -> &'static str {
        "duplicate-id"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "no two records have the same id"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let is_new = |dir: &&RecordDir| {
            review.records.iter().any(|change| change.dir == **dir && change.before.is_none())
        };
        let mut findings = Vec::new();
        for (id, dirs) in review.duplicates {
            let Some(new) = dirs.iter().find(is_new) else { continue };
            let others: Vec<String> = dirs.iter().filter(|dir| *dir != new).map(|dir| dir.path()).collect();
            let head = new.head_path();
            let (kind, create) = (new.kind().command(), new.kind().verbs().create);
            findings.push(
                Finding::in_file(
                    &head,
                    Spot::Key("id".into()),
                    format!("the id {id} is that of another record already: {}", some_of(&others, 3)),
                )
                .why("commands and events name a record by its id: half of what happens would go to the wrong one")
                .mend(format!(
                    "a copied folder is no new record; raise a new one, which gets an id of its own: \
                     perfteam {kind} {create}"
                ))
                .mend(review.undo(&[&head]))
                .commit(review.last_commit(&head)),
            );
        }
        findings
    }
}
