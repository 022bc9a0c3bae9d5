//! `affected-not-flagged`: whoever watches what changes is told.

use std::collections::BTreeSet;

use super::review::SHOWN;
use super::{Commit, Finding, Needs, Review, Rule};
use crate::domain::change::{Change, What, same_but_for_white_space};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::glob::Globs;
use crate::domain::handle::Handle;
use crate::domain::path::covers;
use crate::domain::record::Record;
use crate::domain::text::some_of;
use crate::domain::trailer::NO_IMPACT;

/// See the module.
pub struct AffectedNotFlagged;

impl Rule for AffectedNotFlagged {
    fn name(&self) -> &'static str {
        "affected-not-flagged"
    }

    fn default_level(&self) -> Severity {
        Severity::Warn
    }

    fn summary(&self) -> &'static str {
        "a change to what an agent watches comes with a flag to that agent"
    }

    fn needs(&self) -> Needs {
        Needs::Message
    }

    fn rests_on_actor(&self) -> bool {
        true
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut findings = malformed_trailers(review);
        // Nobody had said what they watch before the change that brings the roster.
        if review.founding {
            return findings;
        }
        let watches = review.authority.roster.watches(&review.authority.policy);
        let changes: Vec<&Change> =
            review.changes.iter().filter(|change| matters(review, change, &watches)).collect();
        if changes.is_empty() {
            return findings;
        }
        let flags = Flags::of(review);
        for (watcher, globs) in &watches {
            let watched: Vec<(&str, &str)> = changes
                .iter()
                .flat_map(|change| change.touched())
                .filter_map(|path| Some((path, globs.matching(path)?)))
                .filter(|(path, _)| !is_in_record(path))
                .collect();
            findings.extend(cleared(review, watcher, &watched));
            let untold: Vec<(&str, &str)> = watched
                .into_iter()
                .filter(|(path, _)| is_others_change(review, watcher, path))
                .filter(|(path, _)| !flags.tell(watcher, path))
                .collect();
            findings.extend(not_flagged(review, watcher, &untold));
        }
        findings
    }
}

/// Whether a change says anything new to somebody who watches its path.
fn matters(review: &Review<'_>, change: &Change, watches: &[(Handle, Globs)]) -> bool {
    if !watches.iter().any(|(_, globs)| change.touched().any(|path| globs.matches(path))) {
        return false;
    }
    match &change.what {
        What::Moved(_) => false,
        What::Added | What::Deleted => true,
        What::Modified => match (review.files.before(&change.path), review.files.after(&change.path)) {
            (Some(before), Some(after)) => !same_but_for_white_space(&before, &after),
            _ => true,
        },
    }
}

fn is_in_record(path: &str) -> bool {
    path.strip_prefix(".perfteam/").is_some_and(|inside| {
        let folder = inside.split('/').next().unwrap_or_default();
        crate::domain::kind::KINDS.iter().any(|kind| kind.folder() == folder)
    })
}

/// Whether somebody else than the watcher changes the path, and did not say why that is no matter
/// to the watcher. What no commit touches came with a merge: nobody said anything.
fn is_others_change(review: &Review<'_>, watcher: &Handle, path: &str) -> bool {
    let mut touching = review.commits.iter().filter(|commit| commit.touches(path)).peekable();
    touching.peek().is_none() && review.upcoming().is_none()
        || touching.any(|commit| !commit.actors.contains(watcher) && !clears(commit, watcher))
}

fn clears(commit: &Commit, watcher: &Handle) -> bool {
    commit.trailers.cleared().iter().any(|(handle, _)| handle == watcher)
}

/// The flags since the merge base: to whom, and about which files.
struct Flags {
    flags: Vec<(Handle, Vec<String>)>,
}

impl Flags {
    fn of(review: &Review<'_>) -> Flags {
        let new = review.records.iter().filter(|change| change.is_new());
        let new = new.filter_map(|change| change.after.as_ref());
        let earlier = review.files.raised_earlier();
        let flags = new.chain(&earlier).flat_map(Flags::addressed).collect();
        Flags { flags }
    }

    /// To whom a record is, or was before it was handed on; to nobody once it is taken back.
    fn addressed(record: &Record) -> Vec<(Handle, Vec<String>)> {
        let kind = record.dir.kind();
        if !kind.holds_back() {
            return Vec::new();
        }
        let (Some(brief), Some(head)) = (kind.brief(record), record.head.as_ref()) else { return Vec::new() };
        if brief.status == "withdrawn" {
            return Vec::new();
        }
        let files: Vec<String> = kind.related_files(head).into_iter().map(|(_, file)| file).collect();
        let named = kind.head_handles(head).into_iter();
        let to = named.filter(|(spot, _)| *spot == Spot::Key("to".into())).map(|(_, handle)| handle);
        to.chain(brief.to).collect::<BTreeSet<_>>().into_iter().map(|to| (to, files.clone())).collect()
    }

    fn tell(&self, watcher: &Handle, path: &str) -> bool {
        self.flags.iter().any(|(to, files)| to == watcher && files.iter().any(|file| covers(file, path)))
    }
}

fn not_flagged(review: &Review<'_>, watcher: &Handle, untold: &[(&str, &str)]) -> Option<Finding> {
    let (first, glob) = *untold.first()?;
    let paths: Vec<&str> = untold.iter().map(|(path, _)| *path).collect();
    let verb = if paths.len() == 1 { "changes" } else { "change" };
    let message =
        format!("{} {verb}, which {watcher} watches (`{glob}`), and no flag says so", some_of(&paths, SHOWN));
    let finding = Finding::in_file(first, Spot::Start, message)
        .why("whoever relies on it learns of the change when something breaks, unless a flag says what to do")
        .mend(format!(
            "where it does not matter to {watcher}, say why in the commit message: {NO_IMPACT}: {watcher} REASON"
        ))
        .mend(review.flag_command(watcher, &paths))
        .commit(review.last_commit(first));
    let by_nobody = review.commits.iter().filter(|commit| commit.touches(first)).all(Commit::is_by_nobody);
    Some(if by_nobody { finding.at_most(Severity::Warn) } else { finding })
}

/// What was said not to matter stays visible to whoever reviews.
fn cleared(review: &Review<'_>, watcher: &Handle, watched: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for commit in review.commits {
        let Some((path, _)) = watched.iter().find(|(path, _)| commit.touches(path)) else { continue };
        for (_, reason) in commit.trailers.cleared().into_iter().filter(|(handle, _)| handle == watcher) {
            findings.push(
                Finding::in_file(
                    *path,
                    Spot::Start,
                    format!("said not to matter to {watcher}, who watches it: {reason}"),
                )
                .why("the watcher was not asked; whoever reviews the change can")
                .commit(commit.id.as_deref())
                .at_most(Severity::Note),
            );
        }
    }
    findings
}

/// Trailers that were meant to clear something and clear nothing.
fn malformed_trailers(review: &Review<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for commit in review.commits {
        for value in &commit.trailers.no_impact {
            let (handle, reason) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
            let known = handle.parse::<Handle>().is_ok_and(|handle| review.team.roster.contains(&handle));
            let problem = match (known, reason.trim().is_empty()) {
                (false, _) => format!("names nobody in the roster: `{value}`"),
                (true, true) => "gives no reason".to_owned(),
                (true, false) => continue,
            };
            findings.push(
                Finding::general(format!("the trailer `{NO_IMPACT}:` {problem}"))
                    .why("it clears nothing as it stands")
                    .mend(format!("{NO_IMPACT}: @handle why the change does not matter to that agent"))
                    .commit(commit.id.as_deref())
                    .at_most(Severity::Warn),
            );
        }
    }
    findings
}
