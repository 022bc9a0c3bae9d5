//! `unprocessed-flag`: flags are processed before other work.

use super::{Commit, Finding, Mode, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::snapshot::Waiting;
use crate::domain::text::{shell_word, shown_line};

/// See the module.
pub struct UnprocessedFlag;

impl Rule for UnprocessedFlag {
    fn name(&self) -> &'static str {
        "unprocessed-flag"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "the addressee of a flag locks, completes, declines or hands it on before it commits other work"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut waiting: Vec<Finding> = Vec::new();
        let mut others: Vec<Finding> = Vec::new();
        let mut told: Vec<(&RecordId, &Handle)> = Vec::new();
        for commit in review.commits {
            for brief in &commit.waiting {
                if told.contains(&(&brief.id, &brief.to)) || is_gone(review, brief) {
                    continue;
                }
                told.push((&brief.id, &brief.to));
                match still_open(review, brief) {
                    None => others.push(late(review, commit, brief)),
                    Some(_) if !matters(review, brief) => {
                        others.push(unprocessed(review, commit, brief).at_most(Severity::Note));
                    }
                    Some(_) if !unstaged(commit, brief).is_empty() => {
                        others.push(unprocessed(review, commit, brief));
                    }
                    Some(_) => waiting.push(unprocessed(review, commit, brief)),
                }
            }
        }
        // One command clears them all; it stands last, where the eye rests.
        if let Some(last) = waiting.pop() {
            waiting.push(last.mend("perfteam flag lock --mine"));
        }
        waiting.into_iter().chain(others).collect()
    }
}

/// How the flag stands after the change, where it still waits for the same agent.
fn still_open<'a>(review: &'a Review<'_>, brief: &Brief) -> Option<&'a Brief> {
    let now = review.open_after(brief)?;
    (now.to == brief.to && review.after.standing(now, review.now).is_unprocessed()).then_some(now)
}

/// A flag whose head was deleted or damaged was not processed; `changed-record` and `syntax` speak.
fn is_gone(review: &Review<'_>, brief: &Brief) -> bool {
    review.after.broken.contains(&brief.dir) || !review.files.exists(&brief.dir.head_path())
}

fn unprocessed(review: &Review<'_>, commit: &Commit, brief: &Brief) -> Finding {
    let (kind, id) = (brief.dir.kind().name(), review.short_id(brief));
    let title = shown_line(&brief.title);
    let lately = match review.after.standing(brief, review.now) {
        Waiting::Expired => " again, since its lock ended",
        Waiting::Released => " again, since the answer that it awaited is here",
        _ => "",
    };
    let finding = Finding::in_file(
        brief.dir.head_path(),
        Spot::Key("to".into()),
        format!("{kind} {id} from {} waits for {}{lately}: {title}", brief.from, brief.to),
    )
    .why("a flag says that somebody changed what your work rests on; it comes before other work")
    .commit(commit.id.as_deref());
    let unstaged = unstaged(commit, brief);
    if !unstaged.is_empty() {
        return finding.mend(format!("it is processed, but not staged: git add -- {}", unstaged.join(" ")));
    }
    finding
        .mend(format!("perfteam {kind} show {id}"))
        .mend(format!("perfteam {kind} complete {id} --note \"what you did\""))
        .mend(format!("perfteam {kind} lock {id}"))
}

/// The steps that processed it and are not part of the commit.
fn unstaged(commit: &Commit, brief: &Brief) -> Vec<String> {
    let own = commit.unstaged.iter().filter(|(dir, _)| *dir == brief.dir);
    own.map(|(_, path)| shell_word(path)).collect()
}

fn matters(review: &Review<'_>, brief: &Brief) -> bool {
    // Levels order with the most urgent first.
    brief.impact <= review.authority.policy.gate.min_impact
}

fn late(review: &Review<'_>, commit: &Commit, brief: &Brief) -> Finding {
    let (kind, id) = (brief.dir.kind().name(), review.short_id(brief));
    let message = match review.mode {
        Mode::Base => {
            format!("late: {kind} {id} waited for {} and was processed after this commit", brief.to)
        }
        Mode::Staged | Mode::WorkTree => format!("{kind} {id} waited for {} and is processed now", brief.to),
    };
    Finding::in_file(brief.dir.head_path(), Spot::Key("to".into()), message)
        .why("flags are processed before other work; this one is processed now, so nothing is left to do")
        .commit(commit.id.as_deref())
        .at_most(Severity::Note)
}
