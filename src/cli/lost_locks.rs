//! Tells an agent that its lock lost against an earlier one, once a merge or a fetch shows it.

use super::context::Context;
use super::failure::Failure;
use super::resource::desk::{Desk, names};
use super::resource::name::word;
use crate::domain::claim::Claim;
use crate::domain::record::Record;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::shown_line;
use crate::store::claims;

/// Says on standard error which locks of this clone lost: the order of events decides between two
/// clones that both locked while they could not see each other.
pub fn warn_of_lost_locks(context: &Context, snapshot: &Snapshot) -> Result<(), Failure> {
    for claim in claims::own(context.repo()?).iter().filter(|claim| !claim.is_over(context.now)) {
        if claim.subject.has_rivals() {
            warn_of_contested(context, claim)?;
            continue;
        }
        let Some(dir) = snapshot.dirs().find(|dir| dir.id().as_str() == claim.subject.name()) else {
            continue;
        };
        let record = context.record(dir)?;
        if !is_lost(&record, claim) {
            continue;
        }
        let (family, id) = (claim.subject.family(), record.id());
        let short = snapshot.short_ids().short(&id).to_owned();
        say!("warning: your lock on {family} {short} lost: {}", winner(&record));
        say!("  leave it to them, and see what each did: {}", dir.kind().look(&short));
    }
    Ok(())
}

/// The same for a resource, whose reservations are records of their own.
fn warn_of_contested(context: &Context, claim: &Claim) -> Result<(), Failure> {
    let resource = claim.subject.resource_of().unwrap_or_default();
    let desk = Desk::open(context, resource)?;
    let queue = desk.queue(context.now);
    for contested in &queue.contested {
        let is_own = desk.record(contested).is_some_and(|record| claim.nonce.event_in(record).is_some());
        if is_own {
            let (title, holders) = (shown_line(&contested.head.title), names(&queue.holders));
            say!("warning: {title} is not yours: {holders} got it first");
            say!("  stop using it, and let go: perfteam resource release {}", word(&title));
        }
    }
    Ok(())
}

/// Whether the event that `claim` allowed came too late in the order of events.
fn is_lost(record: &Record, claim: &Claim) -> bool {
    let own = claim.nonce.event_in(record);
    own.is_some_and(|own| record.dir.kind().superseded(record).contains(&own.name))
}

/// What the one did who was earlier.
fn winner(record: &Record) -> String {
    let lock = record.dir.kind().brief(record).and_then(|brief| brief.lock);
    match (lock, record.events.last()) {
        (Some(lock), _) => format!("{} locked it first, until {}", lock.by, lock.until),
        (None, Some(last)) => {
            let what = last.front.event.replace('_', " ");
            format!("{} locked it first; it was {what} by {}", first_locker(record), last.front.by)
        }
        (None, None) => "somebody was earlier".to_owned(),
    }
}

fn first_locker(record: &Record) -> String {
    let first = record.events.iter().find(|event| matches!(event.front.event.as_str(), "locked" | "started"));
    first.map_or_else(|| "somebody".to_owned(), |event| event.front.by.to_string())
}
