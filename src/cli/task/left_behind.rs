//! A task that a command made and could not name any more, since it was killed: its next run goes on
//! with it.

use super::draft::{Draft, Made, make};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Kind;
use crate::domain::snapshot::Snapshot;
use crate::domain::task::{Status, Task, Tasks};

/// The task that `draft` describes: one that an earlier run left behind, else a new one. Those that are
/// `named` by the event for which they were made were not left behind.
pub fn take_up(
    context: &Context,
    snapshot: &Snapshot,
    named: &[RecordId],
    from: &Handle,
    draft: Draft,
) -> Result<Made, Failure> {
    let alike = snapshot.open.iter().filter(|brief| {
        brief.kind_name() == Tasks.name()
            && brief.parent == draft.parent
            && brief.from == *from
            && brief.title == draft.title
            && !named.contains(&brief.id)
    });
    for brief in alike {
        let Ok(folded) = Task::fold(&context.record(&brief.dir)?) else { continue };
        if says(&folded.state, &draft) {
            return Ok(Made {
                id: brief.id.clone(),
                dir: brief.dir.clone(),
                file: None,
                waiting_for: folded.state.head.waiting_for,
                proposed: Vec::new(),
            });
        }
    }
    make(context, from, draft)
}

fn says(task: &Task, draft: &Draft) -> bool {
    let same =
        |(own, given): (&String, &Option<String>)| own.trim() == given.as_deref().unwrap_or_default().trim();
    task.status == Status::Pending
        && task.head.measured == draft.measured
        && task.texts.iter().zip(&draft.texts).all(same)
}
