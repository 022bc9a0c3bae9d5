//! `early-phase`: an investigation goes on when its findings are settled and its fixes made.

use super::{Finding, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::event::Event;
use crate::domain::investigation::{Investigation, Investigations, Phase};
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::Record;
use crate::domain::text::shown_line;

/// See the module.
pub struct EarlyPhase;

impl Rule for EarlyPhase {
    fn name(&self) -> &'static str {
        "early-phase"
    }

    fn default_level(&self) -> Severity {
        // What was settled on another branch is not seen here.
        Severity::Warn
    }

    fn summary(&self) -> &'static str {
        "an investigation goes on when no finding is disputed, and when its fixes are made"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let changed =
            review.records.iter().filter(|change| change.dir.kind().name() == Investigations.name());
        changed.filter_map(|change| change.after.as_ref()).flat_map(|record| early(review, record)).collect()
    }
}

fn early(review: &Review<'_>, record: &Record) -> Vec<Finding> {
    let Ok(folded) = Investigation::fold(record) else { return Vec::new() };
    let investigation = folded.state;
    let last = |what: &str| record.events.iter().rfind(|event| event.front.event == what);
    let is_over = |phase: Phase| investigation.phase > phase && investigation.phase != Phase::Withdrawn;
    let synthesized = last("synthesized").filter(|_| is_over(Phase::Evidence));
    let validated = last("validated").filter(|_| is_over(Phase::Implementation));
    let disputed = synthesized.map(|event| disputed(review, record, event)).unwrap_or_default();
    let unmade = validated.map(|event| unmade(review, &investigation, record, event)).unwrap_or_default();
    disputed.into_iter().chain(unmade).collect()
}

/// Findings on which two views were left when the evidence was brought together, and still are.
fn disputed(review: &Review<'_>, record: &Record, event: &Event) -> Vec<Finding> {
    let own = review.after.open.iter().filter(|brief| brief.parent.as_ref() == Some(&record.id()));
    let is_disputed = |brief: &&Brief| brief.disputed_since().is_some_and(|since| since <= event.front.at);
    let said = |brief: &Brief| {
        let id = review.short_id(&brief.id);
        let message = format!(
            "investigation {} was synthesized while finding {id} is disputed: {}",
            review.short_id(&record.id()),
            shown_line(&brief.title)
        );
        in_event(record, event, message)
            .why("a root cause on which two views are left is a guess")
            .mend(format!("a lead decides: perfteam finding decide {id} --outcome TEXT --reason TEXT"))
    };
    own.filter(is_disputed).map(said).collect()
}

/// Fixes that are open although a window was measured.
fn unmade(
    review: &Review<'_>,
    investigation: &Investigation,
    record: &Record,
    event: &Event,
) -> Vec<Finding> {
    let open = review.after.open.iter().filter(|brief| investigation.fixes.contains(&brief.id));
    let said = |brief: &Brief| {
        let id = review.short_id(&brief.id);
        let message = format!(
            "a window of investigation {} was measured while fix {id} is {}: {}",
            review.short_id(&record.id()),
            brief.status.replace('_', " "),
            shown_line(&brief.title)
        );
        in_event(record, event, message)
            .why("what is measured before the fixes are there says nothing of them")
            .mend(format!("perfteam task complete {id} --note TEXT --metric NAME=BEFORE..AFTER"))
            .mend(format!("or, when it is not needed: perfteam task cancel {id} --reason TEXT"))
    };
    open.map(said).collect()
}

fn in_event(record: &Record, event: &Event, message: String) -> Finding {
    Finding::in_file(format!("{}/{}.md", record.dir.path(), event.name), Spot::Key("event".into()), message)
}
