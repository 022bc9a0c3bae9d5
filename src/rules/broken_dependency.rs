//! `broken-dependency`: what a task waits for is there, and can be done.

use std::collections::BTreeSet;

use super::{Finding, Mode, Review, Rule};
use crate::domain::agenda::{Agenda, depends};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::record::RecordDir;
use crate::domain::text::shown_line;

/// See the module.
pub struct BrokenDependency;

impl Rule for BrokenDependency {
    fn name(&self) -> &'static str {
        "broken-dependency"
    }

    fn default_level(&self) -> Severity {
        Severity::Warn
    }

    fn summary(&self) -> &'static str {
        "what an open task depends on exists, was not cancelled, and does not wait for that task itself"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let touched: BTreeSet<RecordId> = review.records.iter().map(|change| change.dir.id()).collect();
        let concerns = |brief: &&Brief| {
            let mut ids = depends(brief).peekable();
            ids.peek().is_some()
                && (review.mode == Mode::WorkTree
                    || touched.contains(&brief.id)
                    || ids.any(|id| touched.contains(id)))
        };
        let planned: Vec<&Brief> = review.after.open.iter().filter(concerns).collect();
        if planned.is_empty() {
            return Vec::new();
        }
        let known = Known::of(review, touched);
        let agenda = Agenda::new(&review.after.open);
        let mut findings = Vec::new();
        for brief in planned {
            findings.extend(depends(brief).filter_map(|id| broken(review, &known, brief, id)));
            if known.is_touched(&brief.id) {
                findings.extend(cycle(review, &agenda, brief));
            }
        }
        findings
    }
}

/// What is known of the records without reading them.
struct Known<'a> {
    open: BTreeSet<&'a RecordId>,
    closed: BTreeSet<RecordId>,
    touched: BTreeSet<RecordId>,
}

impl<'a> Known<'a> {
    fn of(review: &'a Review<'_>, touched: BTreeSet<RecordId>) -> Known<'a> {
        Known {
            open: review.after.open.iter().map(|brief| &brief.id).collect(),
            closed: review.after.closed.iter().map(RecordDir::id).collect(),
            touched,
        }
    }

    fn is_touched(&self, id: &RecordId) -> bool {
        self.touched.contains(id)
    }
}

/// Whether `id` can never be done. Records that the change does not touch are not read: whether they
/// were cancelled was said when they were.
fn broken(review: &Review<'_>, known: &Known<'_>, brief: &Brief, id: &RecordId) -> Option<Finding> {
    if known.open.contains(id) {
        return None;
    }
    let is_touched = known.is_touched(id) || known.is_touched(&brief.id);
    let all_are_known = review.mode == Mode::WorkTree;
    let home = match (known.closed.contains(id), is_touched) {
        (true, false) => return None,
        (false, false) if !all_are_known => return None,
        (false, false) => None,
        (_, true) => review.files.home(id),
    };
    let (kind, own) = (brief.kind_name(), review.short_id(&brief.id));
    let is_missing = home.is_none();
    let message = match home {
        None => format!("{kind} {own} depends on {id}, which is not here: {}", shown_line(&brief.title)),
        Some(dir) => {
            let first = dir.kind().brief(&review.files.record(&dir)?).filter(|first| first.dropped)?;
            let (what, short) = (first.kind_name(), review.short_id(&first.id));
            format!(
                "{kind} {own} depends on {what} {short}, which is {}: {}",
                first.status,
                shown_line(&first.title)
            )
        }
    };
    let finding = finding(review, brief, message).why("it would wait for ever");
    let finding = if is_missing { finding.mend("if another branch has it, merge that") } else { finding };
    Some(finding.mend(format!("perfteam {kind} amend {own} --without {id} --as {}", brief.from)))
}

fn cycle<'a>(review: &Review<'_>, agenda: &Agenda<'a>, brief: &'a Brief) -> Option<Finding> {
    let plan = brief.plan.as_ref()?;
    let cycle = agenda.cycle(&brief.id, &plan.depends)?;
    let way: Vec<&str> = cycle.iter().map(|id| review.short_id(id)).collect();
    let (kind, own) = (brief.kind_name(), review.short_id(&brief.id));
    let next = cycle.get(1).map(|id| review.short_id(id)).unwrap_or_default();
    Some(
        finding(review, brief, format!("these wait for each other: {}", way.join(" -> ")))
            .why("none of them can ever be started")
            .mend(format!("perfteam {kind} amend {own} --without {next} --as {}", brief.from)),
    )
}

fn finding(review: &Review<'_>, brief: &Brief, message: String) -> Finding {
    let path = brief.dir.head_path();
    let commit = review.last_commit(&path).map(str::to_owned);
    Finding::in_file(path, Spot::Key("depends".into()), message).commit(commit.as_deref())
}
