//! `overdue-task`: tasks are done by their deadline, or get another one.

use super::{Finding, Mode, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::kind::Brief;
use crate::domain::text::shown_line;

/// See the module.
pub struct OverdueTask;

impl Rule for OverdueTask {
    fn name(&self) -> &'static str {
        "overdue-task"
    }

    fn default_level(&self) -> Severity {
        Severity::Warn
    }

    fn summary(&self) -> &'static str {
        "open tasks are not past their deadline"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        review.after.open.iter().filter_map(|brief| overdue(review, brief)).collect()
    }
}

fn overdue(review: &Review<'_>, brief: &Brief) -> Option<Finding> {
    let plan = brief.plan.as_ref()?;
    let (deadline, late) = (plan.deadline?, plan.overdue(review.now)?);
    let is_own = brief.to.as_ref().is_some_and(|to| review.is_act_of(to));
    if !(is_own || review.is_act_of(&brief.from) || review.mode == Mode::WorkTree) {
        return None;
    }
    let (kind, id) = (brief.kind_name(), review.short_id(&brief.id));
    let message = format!(
        "{kind} {id} of {} was due {}, {late} ago: {}",
        brief.to_word(),
        deadline.minute(),
        shown_line(&brief.title)
    );
    let finding = Finding::in_file(brief.dir.head_path(), Spot::Key("deadline".into()), message)
        .why("others plan with the deadline; one that passed in silence tells them nothing")
        .mend(format!("later: perfteam {kind} amend {id} --deadline WHEN --as {}", brief.from));
    // Only time did this: it never holds back anybody but the one who is late.
    Some(if is_own {
        finding.mend(format!("done: perfteam {kind} complete {id} --note \"what you did\""))
    } else {
        finding.mend(format!("perfteam {kind} show {id}")).at_most(Severity::Warn)
    })
}
