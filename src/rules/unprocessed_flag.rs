//! `unprocessed-flag`: flags are processed before other work.

use super::{Commit, Finding, Mode, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::record::RecordDir;
use crate::domain::snapshot::Waiting;
use crate::domain::text::{from_everywhere, shown_line};

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

    fn rests_on_actor(&self) -> bool {
        true
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        let mut told: Vec<(&RecordId, Option<&Handle>)> = Vec::new();
        for commit in review.authored() {
            for brief in &commit.waiting {
                if told.contains(&(&brief.id, brief.to.as_ref())) || is_gone(review, brief) {
                    continue;
                }
                told.push((&brief.id, brief.to.as_ref()));
                findings.push(match still_open(review, brief) {
                    None => late(review, commit, brief),
                    Some(_) if matters(review, brief) => unprocessed(review, commit, brief),
                    Some(_) => unprocessed(review, commit, brief).at_most(Severity::Note),
                });
            }
        }
        findings
    }
}

/// How the flag stands after the change, where it still waits for the same agent.
fn still_open<'a>(review: &'a Review<'_>, brief: &Brief) -> Option<&'a Brief> {
    let now = review.open_after(brief)?;
    (now.to == brief.to && review.after.standing(now, review.now).is_unprocessed()).then_some(now)
}

/// A flag whose head was deleted or damaged was not processed; `changed-record` and `syntax` speak.
fn is_gone(review: &Review<'_>, brief: &Brief) -> bool {
    let has_head = match review.after.elsewhere.get(&brief.dir) {
        Some(origin) if origin.whole => true,
        // Nothing is open here without its head, and looking for hundreds in trees takes its time.
        None if review.open_after(brief).is_some() => true,
        _ => review.files.exists(&brief.dir.head_path()),
    };
    !has_head || review.after.broken.contains(&brief.dir)
}

fn unprocessed(review: &Review<'_>, commit: &Commit, brief: &Brief) -> Finding {
    let (kind, id) = (brief.dir.kind().name(), review.short_id(&brief.id));
    let title = shown_line(&brief.title);
    let lately = match review.after.standing(brief, review.now) {
        Waiting::Expired => " again, since its lock ended",
        Waiting::Released => " again, since the answer that it awaited is here",
        _ => "",
    };
    let origin = review.after.elsewhere.get(&brief.dir);
    let place = origin.map(|origin| format!(" ({origin})")).unwrap_or_default();
    let finding = Finding::in_file(
        brief.dir.head_path(),
        Spot::Key("to".into()),
        format!("{kind} {id} from {} waits for {}{lately}{place}: {title}", brief.from, brief.to_word()),
    )
    .why("a flag says that somebody changed what your work rests on; it comes before other work")
    .commit(commit.id.as_deref());
    match (paths(&commit.unstaged, brief), paths(&commit.left_out, brief)) {
        (Some(unstaged), _) => {
            finding.mend(format!("it is processed, but not staged: git add -- {unstaged}"))
        }
        (None, Some(left_out)) => finding.mend(format!(
            "it is processed and staged, but this commit leaves it out; commit that first: \
             git commit -m \"Process {kind} {id}\" -- {left_out}"
        )),
        (None, None) => {
            let finding = finding
                .mend(format!("perfteam {kind} show {id}"))
                .mend(review.done_command(brief))
                .mend(format!("perfteam {kind} lock {id}"));
            // One command clears them all; it stands last, where the eye rests.
            if review.mode == Mode::Base { finding } else { finding.mend("perfteam flag lock --mine") }
        }
    }
}

/// The paths of the steps on `brief`, as words of a command; `None` where there are none.
fn paths(steps: &[(RecordDir, String)], brief: &Brief) -> Option<String> {
    let words: Vec<String> =
        steps.iter().filter(|(dir, _)| *dir == brief.dir).map(|(_, path)| from_everywhere(path)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn matters(review: &Review<'_>, brief: &Brief) -> bool {
    // Levels order with the most urgent first.
    brief.impact <= review.authority.policy.gate.min_impact
}

fn late(review: &Review<'_>, commit: &Commit, brief: &Brief) -> Finding {
    let (kind, id) = (brief.dir.kind().name(), review.short_id(&brief.id));
    let message = match review.mode {
        Mode::Base => {
            format!("late: {kind} {id} waited for {} and was processed after this commit", brief.to_word())
        }
        Mode::Edit | Mode::Staged | Mode::WorkTree => {
            format!("{kind} {id} waited for {} and is processed now", brief.to_word())
        }
    };
    Finding::in_file(brief.dir.head_path(), Spot::Key("to".into()), message)
        .why("flags are processed before other work; this one is processed now, so nothing is left to do")
        .commit(commit.id.as_deref())
        .at_most(Severity::Note)
}
