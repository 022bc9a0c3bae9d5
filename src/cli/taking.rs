//! Taking a lease: the one place where commands begin to hold records.

use super::context::Context;
use super::failure::{Exit, Failure};
use super::steps::{Planned, plan_step, seen_elsewhere};
use crate::domain::draft::Step;
use crate::domain::record::Record;
use crate::domain::snapshot::Waiting;
use crate::domain::time::Timestamp;
use crate::store::work_tree::Scan;
use crate::store::write::{NewFile, Staging};

/// When a lease that begins now ends.
pub fn lease_end(context: &Context) -> Result<Timestamp, Failure> {
    Ok(context.now.plus(context.team()?.policy.lease))
}

/// Takes each of these records by its step, all of them or none; `before` becomes visible first.
/// The caller holds the lock between processes.
pub fn take_leases(
    context: &Context,
    scan: &Scan,
    taking: &[(&Record, Step)],
    before: &[NewFile],
) -> Result<(Vec<Planned>, Staging), Failure> {
    let mut planned = Vec::with_capacity(taking.len());
    for (record, step) in taking {
        refuse_held(context, scan, record)?;
        planned.push(plan_step(context, scan, record, step)?);
    }
    let files: Vec<NewFile> = before.iter().chain(planned.iter().map(Planned::file)).cloned().collect();
    let staging = context.write(&files)?;
    Ok((planned, staging))
}

/// Takes one record by `step`, and says so.
pub fn take_lease(context: &Context, scan: &Scan, record: &Record, step: Step) -> Result<(), Failure> {
    let (planned, staging) = take_leases(context, scan, &[(record, step)], &[])?;
    planned.into_iter().try_for_each(|planned| planned.say(context, &staging))
}

/// A held record can't be taken, not even by the same handle.
fn refuse_held(context: &Context, scan: &Scan, record: &Record) -> Result<(), Failure> {
    let kind = record.dir.kind();
    let Some(brief) = kind.brief(record) else { return Ok(()) };
    let Some(lock) = &brief.lock else { return Ok(()) };
    if scan.snapshot.standing(&brief, context.now) != Waiting::Held {
        return Ok(());
    }
    let (name, short) = (kind.name(), scan.snapshot.short_ids().short(&brief.id).to_owned());
    let until = match &lock.awaiting {
        Some(request) => format!("until {request} is answered"),
        None => format!("until {}", lock.until),
    };
    let take = kind.verbs().take.unwrap_or("show");
    let failure = Failure::new(Exit::Held, format!("{} holds {name} {short} {until}", lock.by));
    Err(seen_elsewhere(context, failure, record, lock)
        .why(format!("two who work on one {name} undo each other, and several processes may share a handle"))
        .hint(format!("if it is yours and needs longer: perfteam {name} {take} {short} --renew"))
        .hint(format!("see its story: perfteam {name} show {short}")))
}
