//! The tasks of an investigation's parts, closed and amended as its phases end.

use super::case::Case;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::take_step_after;
use crate::domain::draft::Step;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::investigation::Part;
use crate::domain::task::{AmendedDetails, CompletedDetails, Task};

/// Says that the tasks of these parts are done, as far as they are `actor`'s and open; those of which
/// it was said.
pub fn complete(
    context: &Context,
    case: &Case,
    parts: &[Part],
    actor: &Handle,
    note: &str,
) -> Result<Vec<RecordId>, Failure> {
    let mut done = Vec::new();
    for id in parts.iter().filter_map(|part| case.state.tasks.get(part)) {
        let briefs = case.briefs(context, [id])?;
        let Some(brief) = briefs.first().filter(|brief| !brief.closed && brief.to.as_ref() == Some(actor))
        else {
            continue;
        };
        let record = context.record(&brief.dir)?;
        let step = Step::new("completed", actor, context.now, note).with(&CompletedDetails::default());
        take_step_after(context, &case.scan, &record, &step, &[], |_, _| Ok(()))?;
        done.push(id.clone());
    }
    Ok(done)
}

/// Makes the task of a part wait for `more`, too, where `actor` asked for it.
pub fn wait_for(
    context: &Context,
    case: &Case,
    part: Part,
    more: &[RecordId],
    actor: &Handle,
) -> Result<(), Failure> {
    let Some(id) = case.state.tasks.get(&part) else { return Ok(()) };
    amend_depends(context, case, id, actor, |depends| {
        depends.extend(more.iter().filter(|id| !depends.contains(id)).cloned().collect::<Vec<_>>());
    })
}

/// Changes what a task waits for, where `actor` asked for it and it is open.
pub fn amend_depends(
    context: &Context,
    case: &Case,
    id: &RecordId,
    actor: &Handle,
    change: impl FnOnce(&mut Vec<RecordId>),
) -> Result<(), Failure> {
    let briefs = case.briefs(context, [id])?;
    let Some(brief) = briefs.first().filter(|brief| !brief.closed && brief.from == *actor) else {
        return Ok(());
    };
    let record = context.record(&brief.dir)?;
    let Ok(folded) = Task::fold(&record) else { return Ok(()) };
    let mut depends = folded.state.depends.clone();
    change(&mut depends);
    if depends == folded.state.depends {
        return Ok(());
    }
    let details = AmendedDetails { depends: Some(depends), ..AmendedDetails::default() };
    let step = Step::new("amended", actor, context.now, "").with(&details);
    take_step_after(context, &case.scan, &record, &step, &[], |_, _| Ok(()))
}
