//! `unprocessed-flag`: flags are processed before other work.

use super::{Commit, Finding, Mode, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::kind::Brief;
use crate::domain::record::RecordDir;
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
        let mut findings: Vec<Finding> = Vec::new();
        let mut told: Vec<(&crate::domain::id::RecordId, bool)> = Vec::new();
        for commit in review.commits {
            for brief in &commit.waiting {
                let open = still_open(review, brief);
                if told.contains(&(&brief.id, open)) {
                    continue;
                }
                told.push((&brief.id, open));
                findings.push(if open {
                    unprocessed(review, commit, brief)
                } else {
                    late(review, commit, brief)
                });
            }
        }
        findings
    }
}

fn still_open(review: &Review<'_>, brief: &Brief) -> bool {
    review
        .open_after(brief)
        .is_some_and(|now| now.to == brief.to && review.after.standing(now, review.now).is_unprocessed())
}

fn unprocessed(review: &Review<'_>, commit: &Commit, brief: &Brief) -> Finding {
    let id = review.short_id(brief);
    let title = shown_line(&brief.title);
    let finding = Finding::in_file(
        brief.dir.head_path(),
        Spot::Key("to".into()),
        format!("flag {id} from {} waits for {}: {title}", brief.from, brief.to),
    )
    .why("a flag says that somebody changed what your work rests on; it comes before other work")
    .commit(commit.id.as_deref());
    let finding = match (paths(&commit.unstaged, brief), paths(&commit.left_out, brief)) {
        (Some(unstaged), _) => {
            finding.mend(format!("it is processed, but not staged: git add -- {unstaged}"))
        }
        (None, Some(left_out)) => finding.mend(format!(
            "it is processed and staged, but this commit leaves it out; commit that first: \
             git commit -m \"Process flag {id}\" -- {left_out}"
        )),
        (None, None) => {
            let finding = finding
                .mend(format!("perfteam flag show {id}"))
                .mend(format!("perfteam flag complete {id} --note \"what you did\""))
                .mend(format!("perfteam flag lock {id}"));
            // One command clears them all; it stands last, where the eye rests.
            if review.mode == Mode::Base { finding } else { finding.mend("perfteam flag lock --mine") }
        }
    };
    if matters(review, brief) { finding } else { finding.at_most(Severity::Note) }
}

/// The paths of the steps on `brief`, as words of a command; `None` where there are none.
fn paths(steps: &[(RecordDir, String)], brief: &Brief) -> Option<String> {
    let words: Vec<String> =
        steps.iter().filter(|(dir, _)| *dir == brief.dir).map(|(_, path)| shell_word(path)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn matters(review: &Review<'_>, brief: &Brief) -> bool {
    // Levels order with the most urgent first.
    brief.impact <= review.authority.policy.gate.min_impact
}

fn late(review: &Review<'_>, commit: &Commit, brief: &Brief) -> Finding {
    let id = review.short_id(brief);
    let finding = Finding::in_file(
        brief.dir.head_path(),
        Spot::Key("to".into()),
        format!("late: flag {id} waited for {} and was processed after this commit", brief.to),
    );
    finding
        .why("flags are processed before other work; this one is processed now, so nothing is left to do")
        .commit(commit.id.as_deref())
        .at_most(Severity::Note)
}
