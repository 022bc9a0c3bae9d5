//! `silent-task`: whoever works on a task reports as often as was agreed.

use super::{Finding, Mode, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::kind::Brief;
use crate::domain::lease::Lock;
use crate::domain::text::shown_line;
use crate::domain::time::Span;

/// See the module.
pub struct SilentTask;

impl Rule for SilentTask {
    fn name(&self) -> &'static str {
        "silent-task"
    }

    fn default_level(&self) -> Severity {
        Severity::Warn
    }

    fn summary(&self) -> &'static str {
        "whoever works on a task reports within the interval that was agreed"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        review.after.open.iter().filter_map(|brief| silent(review, brief)).collect()
    }
}

fn silent(review: &Review<'_>, brief: &Brief) -> Option<Finding> {
    let plan = brief.plan.as_ref()?;
    let (lock, every) = (brief.lock.as_ref()?, plan.report_every?);
    let silence = plan.silence(review.now)?;
    if review.is_act_of(&lock.by) {
        return Some(said(review, brief, lock, silence, every));
    }
    // Only time did this: it never holds back anybody but the one who is silent.
    (review.is_act_of(&brief.from) || review.mode == Mode::WorkTree)
        .then(|| said(review, brief, lock, silence, every).at_most(Severity::Warn))
}

fn said(review: &Review<'_>, brief: &Brief, lock: &Lock, silence: Span, every: Span) -> Finding {
    let (kind, id) = (brief.kind_name(), review.short_id(&brief.id));
    let title = shown_line(&brief.title);
    let message = format!("nothing was heard of {kind} {id} by {} for {silence}: {title}", lock.by);
    let finding = Finding::in_file(brief.dir.head_path(), Spot::Key("report_every".into()), message)
        .why(format!("a report was agreed every {every}; in silence nobody knows whether the work goes on"));
    if review.is_act_of(&lock.by) {
        finding
            .mend(format!("if it can't go on: perfteam {kind} block {id} --reason TEXT"))
            .mend(format!("perfteam {kind} progress {id} --percent N"))
    } else {
        finding.mend(format!("perfteam {kind} show {id}"))
    }
}
