//! `closed-without-learning`: an investigation that closes leaves what was learnt.

use super::{Finding, RecordChange, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::event::Event;
use crate::domain::investigation::learning::unlearnt;
use crate::domain::investigation::{ClosedDetails, Investigations, Step};
use crate::domain::kind::Kind;

/// See the module.
pub struct ClosedWithoutLearning;

impl Rule for ClosedWithoutLearning {
    fn name(&self) -> &'static str {
        "closed-without-learning"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "an investigation that closes leaves knowledge entries, and a task for each preventive measure"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let changed =
            review.records.iter().filter(|change| change.dir.kind().name() == Investigations.name());
        changed.flat_map(|change| closed(review, change)).collect()
    }
}

fn closed(review: &Review<'_>, change: &RecordChange) -> Vec<Finding> {
    let mut findings = Vec::new();
    for event in change.new_events() {
        let Ok(Step::Closed(left)) = Step::read(event) else { continue };
        let path = change.dir.event_path(&event.name);
        let at =
            |key: &str| if event.details.contains_key(key) { Spot::Key(key.into()) } else { Spot::Start };
        let id = change.dir.id();
        let short = review.short_id(&id).to_owned();
        findings.extend(unlearnt(&review.files.pages(&change.dir), &left).into_iter().map(|one| {
            let spot = at(if one.kind.is_some() { "knowledge" } else { "tasks" });
            said(review, &path, spot, format!("investigation {short} closes with {}", one.what))
                .mend(format!(
                    "one command writes entries, tasks and event: perfteam investigate close {short}"
                ))
                .mend(by_hand(&short, one.kind, event))
        }));
        findings.extend(gone(review, &left).map(|(number, entry)| {
            let spot = Spot::Key(format!("knowledge[{number}]"));
            said(
                review,
                &path,
                spot,
                format!("investigation {short} closes with {entry}, which is not there"),
            )
            .mend("write it, or name the entry that was written")
        }));
    }
    findings
}

fn said(review: &Review<'_>, path: &str, spot: Spot, message: String) -> Finding {
    Finding::in_file(path, spot, message)
        .why("what is not written down is found out again, in the next incident")
        .commit(review.last_commit(path))
}

fn by_hand(short: &str, kind: Option<&str>, event: &Event) -> String {
    let file = event.name.file();
    match kind {
        Some(kind) => format!(
            "or by hand: perfteam knowledge add --kind {kind} --title TITLE --taught-by {short} --edit, \
             and its path into `knowledge` of {file}"
        ),
        None => format!(
            "or by hand: perfteam task create --type implementation --priority high --title TITLE \
             --parent {short}, and its id into `tasks` of {file}"
        ),
    }
}

/// The entries that it names and that are not there, with their places in the list.
fn gone<'a>(review: &'a Review<'_>, left: &'a ClosedDetails) -> impl Iterator<Item = (usize, &'a String)> {
    left.knowledge.iter().enumerate().filter(|(_, path)| !review.files.exists(path))
}
