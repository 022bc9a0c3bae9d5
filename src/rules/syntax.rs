//! `syntax`: every file of `.perfteam` can be read as what it should be.

use super::{Finding, Review, Rule};
use crate::domain::diagnostic::{FileFault, Severity};

/// See the module.
pub struct Syntax;

impl Rule for Syntax {
    fn name(&self) -> &'static str {
        "syntax"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "every file of .perfteam can be read as what it should be"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        review.faults.iter().map(|fault| self.finding(review, fault)).collect()
    }
}

impl Syntax {
    fn finding(&self, review: &Review<'_>, FileFault { path, fault }: &FileFault) -> Finding {
        let finding = Finding::in_file(path, fault.spot.clone(), &fault.message)
            .why("what can't be read is seen by nobody: not in an inbox, not by a gate");
        let finding = match &fault.mend {
            Some(mend) => finding.mend(mend),
            None => finding.mend(format!("mend the file, then: git add -- {path}")),
        };
        let changed_here =
            review.changes.iter().any(|change| change.touched().any(|touched| touched == path));
        if changed_here { finding } else { finding.at_most(Severity::Note) }
    }
}
