//! What must be done before what, over all records that are seen.

use std::collections::BTreeSet;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::agenda::Agenda;
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::record::RecordDir;
use crate::domain::snapshot::Snapshot;
use crate::store::work_tree::Scan;

/// The open records, and how the closed ones ended on which some of them depend. What was done is not
/// read: that it is done is all that those that depended on it must know.
pub struct Dependencies<'a> {
    open: &'a [Brief],
    dropped: Vec<Brief>,
    done: BTreeSet<RecordId>,
}

impl<'a> Dependencies<'a> {
    /// Those of `scan`.
    pub fn of(context: &Context, scan: &'a Scan) -> Result<Self, Failure> {
        let (dropped, done): (Vec<RecordDir>, Vec<RecordDir>) =
            named_closed(&scan.snapshot).into_iter().partition(|dir| scan.snapshot.dropped.contains(dir));
        Ok(Dependencies {
            open: &scan.snapshot.open,
            dropped: context.briefs(&dropped)?,
            done: done.iter().map(RecordDir::id).collect(),
        })
    }

    /// What is ready, and what waits for what; with `more` records.
    pub fn agenda<'b>(&'b self, more: &'b [Brief]) -> Agenda<'b> {
        Agenda::new(self.dropped.iter().chain(more).chain(self.open)).knowing_done(self.done.clone())
    }
}

/// All open records, and the closed ones on which some of them depend.
pub fn with_dependencies(context: &Context, scan: &Scan) -> Result<Vec<Brief>, Failure> {
    let mut briefs = context.briefs(&named_closed(&scan.snapshot))?;
    briefs.extend(scan.snapshot.open.iter().cloned());
    Ok(briefs)
}

/// Refuses that `id` waits for `depends`, where one of them waits for it.
pub fn refuse_cycle(
    context: &Context,
    scan: &Scan,
    id: &RecordId,
    depends: &[RecordId],
) -> Result<(), Failure> {
    let dependencies = Dependencies::of(context, scan)?;
    let agenda = dependencies.agenda(&[]);
    let Some(cycle) = agenda.cycle(id, depends) else { return Ok(()) };
    let short = scan.snapshot.short_ids();
    let way: Vec<&str> = cycle.into_iter().map(|id| short.short(id)).collect();
    Err(Failure::refused(format!("they would wait for each other: {}", way.join(" -> ")))
        .why("none of them could ever be started")
        .hint("see what waits for what: perfteam task graph"))
}

/// The closed records on which open ones depend.
fn named_closed(snapshot: &Snapshot) -> Vec<RecordDir> {
    let plans = snapshot.open.iter().filter_map(|brief| brief.plan.as_ref());
    let named: BTreeSet<&str> = plans
        .flat_map(|plan| {
            let blocker = plan.blocked.as_ref().and_then(|blocked| blocked.on.as_ref());
            plan.depends.iter().chain(blocker).map(RecordId::as_str)
        })
        .collect();
    if named.is_empty() {
        return Vec::new();
    }
    snapshot.closed.iter().filter(|dir| named.contains(dir.id_text())).cloned().collect()
}
