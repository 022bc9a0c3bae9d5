//! `incomplete-document`: an investigation goes on when its documents say what the phase needed.

use super::{Finding, Mode, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::investigation::needs::{Lack, owed};
use crate::domain::investigation::{Investigation, Investigations, Part};
use crate::domain::kind::Kind;
use crate::domain::record::Record;

/// See the module.
pub struct IncompleteDocument;

/// How many of the things that a document lacks are told one by one.
const TOLD: usize = 10;

impl Rule for IncompleteDocument {
    fn name(&self) -> &'static str {
        "incomplete-document"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "the documents of an investigation say what the phases needed that are over"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let is_one = |kind: &dyn Kind| kind.name() == Investigations.name();
        let changed = review.records.iter().filter(|change| is_one(change.dir.kind()));
        let mut records: Vec<Record> = changed.filter_map(|change| change.after.clone()).collect();
        if review.mode == Mode::WorkTree {
            let open = review.after.open.iter().filter(|brief| is_one(brief.dir.kind()));
            let unchanged: Vec<Record> = open
                .filter(|brief| !records.iter().any(|record| record.dir == brief.dir))
                .filter_map(|brief| review.files.record(&brief.dir))
                .collect();
            records.extend(unchanged);
        }
        records.iter().flat_map(|record| incomplete(review, record)).collect()
    }
}

fn incomplete(review: &Review<'_>, record: &Record) -> Vec<Finding> {
    let Ok(folded) = Investigation::fold(record) else { return Vec::new() };
    let investigation = folded.state;
    let lacks = owed(&investigation, &review.files.pages(&record.dir));
    let mut findings = Vec::new();
    for part in Part::ALL {
        let own: Vec<&Lack> = lacks.iter().filter(|lack| lack.part == part).collect();
        let more = own.len().saturating_sub(TOLD);
        findings.extend(own.iter().take(TOLD).enumerate().map(|(at, lack)| {
            let more = if at + 1 == TOLD && more > 0 {
                format!(" (and {more} more in this file)")
            } else {
                String::new()
            };
            said(review, record, lack, &investigation, &more)
        }));
    }
    findings
}

fn said(
    review: &Review<'_>,
    record: &Record,
    lack: &Lack,
    investigation: &Investigation,
    more: &str,
) -> Finding {
    let path = match lack.part.document() {
        Some(file) => format!("{}/{file}", record.dir.path()),
        None => record.dir.head_path(),
    };
    let id = record.id();
    let message = format!(
        "investigation {} is in the phase {}, but {}{more}",
        review.short_id(&id),
        investigation.phase.word(),
        lack.what
    );
    let finding = Finding::in_file(&path, Spot::At(lack.line, 1), message)
        .why("what comes after it builds on what this document should say")
        .mend(format!("see all that is missing: perfteam investigate status {}", review.short_id(&id)))
        .mend(format!("write it there: {}", lack.write));
    // Who did not touch it is told, and not held back.
    if review.touches(&record.dir.path()) { finding } else { finding.at_most(Severity::Warn) }
}
