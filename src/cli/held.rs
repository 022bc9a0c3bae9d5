//! What agents hold.

use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::snapshot::{Snapshot, Waiting};
use crate::domain::time::Timestamp;

/// The open records that one of `agents` holds at `now`, what ends first before the others.
pub fn held<'a>(snapshot: &'a Snapshot, agents: &[Handle], now: Timestamp) -> Vec<&'a Brief> {
    let is_held = |brief: &&Brief| {
        brief.lock.as_ref().is_some_and(|lock| agents.contains(&lock.by))
            && snapshot.standing(brief, now) == Waiting::Held
    };
    let mut held: Vec<&Brief> = snapshot.open.iter().filter(is_held).collect();
    held.sort_by_key(|brief| (brief.lock.as_ref().map(|lock| lock.until), &brief.id));
    held
}
