//! `expired-lock`: nobody sits on a flag longer than the lease.

use super::{Finding, Mode, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::kind::Brief;
use crate::domain::lease::Lock;
use crate::domain::snapshot::Waiting;
use crate::domain::text::shown_line;

/// See the module.
pub struct ExpiredLock;

impl Rule for ExpiredLock {
    fn name(&self) -> &'static str {
        "expired-lock"
    }

    fn default_level(&self) -> Severity {
        Severity::Warn
    }

    fn summary(&self) -> &'static str {
        "locks are renewed, released or followed by a completion before their lease ends"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        review.after.open.iter().filter_map(|brief| expired(review, brief)).collect()
    }
}

fn expired(review: &Review<'_>, brief: &Brief) -> Option<Finding> {
    let lock = brief.lock.as_ref()?;
    if review.after.standing(brief, review.now) != Waiting::Expired {
        return None;
    }
    let acts = |handle| review.commits.iter().any(|commit| commit.actors.contains(handle));
    if acts(&lock.by) {
        return Some(for_holder(review, brief, lock));
    }
    // Only time did this, and the holder is somebody else: told to those who wait for it, and to
    // whoever asks for the whole picture.
    (acts(&brief.from) || review.mode == Mode::WorkTree).then(|| for_others(review, brief, lock))
}

fn for_holder(review: &Review<'_>, brief: &Brief, lock: &Lock) -> Finding {
    let (kind, id) = (brief.dir.kind().name(), review.short_id(&brief.id));
    let done = format!("done: {}", review.done_command(brief));
    let renew = |take| format!("still at work: perfteam {kind} {take} {id} --renew");
    let finding = said(review, brief, lock).mend(done);
    brief.dir.kind().verbs().take.map(renew).into_iter().fold(finding, Finding::mend)
}

fn for_others(review: &Review<'_>, brief: &Brief, lock: &Lock) -> Finding {
    let look = brief.dir.kind().look(review.short_id(&brief.id));
    said(review, brief, lock).mend(look).at_most(Severity::Note)
}

fn said(review: &Review<'_>, brief: &Brief, lock: &Lock) -> Finding {
    let (kind, id) = (brief.dir.kind().name(), review.short_id(&brief.id));
    let ended = lock.until.minute();
    let title = shown_line(&brief.title);
    let message = format!("the lock of {} on {kind} {id} ended at {ended}: {title}", lock.by);
    Finding::in_file(brief.dir.head_path(), Spot::Key("to".into()), message)
        .why("a lock says that somebody is at work; when it ends in silence, nobody knows whether the work goes on")
}
