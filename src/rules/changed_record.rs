//! `changed-record`: what is published of a record stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::{Altered, Commit, Fate, Finding, Mode, Review, Rule};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::event::Event;
use crate::domain::id::is_archive;
use crate::domain::record::{Record, RecordDir};
use crate::domain::text::{shell_word, some_of};

/// See the module.
pub struct ChangedRecord;

const WHY: &str = "what somebody else may have read must stay true: new things are said by new events";

impl Rule for ChangedRecord {
    fn name(&self) -> &'static str {
        "changed-record"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "heads and events of records are not changed, moved or deleted once they are published, nor by others before"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut findings = strays(review);
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for commit in review.commits {
            let altered: Vec<&Altered> = commit
                .altered
                .iter()
                .filter(|file| !may_alter(commit, file) && !is_back(review, file))
                .filter(|file| told.insert(&file.path))
                .collect();
            findings.extend(deleted(review, commit, &altered));
            findings.extend(moved(review, commit, &altered));
            let changed = altered.iter().filter(|file| matches!(file.fate, Fate::Changed | Fate::Misquoted));
            findings.extend(changed.map(|file| self::changed(review, commit, file)));
        }
        findings.extend(by_merges(review));
        findings.extend(by_force(review));
        findings
    }
}

/// Who wrote it may still amend or drop it, while nobody else can have it.
fn may_alter(commit: &Commit, file: &Altered) -> bool {
    !file.published && file.writer.as_ref().is_none_or(|writer| commit.actors.contains(writer))
}

/// Whether a later commit wrote it back, or all that an archive held.
fn is_back(review: &Review<'_>, file: &Altered) -> bool {
    let is_lost = || review.published.iter().any(|path| folder(path) == folder(&file.path));
    review.files.after(&file.path).is_some_and(|now| now == file.original)
        || (review.mode == Mode::Base && is_of_archive(file) && !is_lost())
}

fn is_of_archive(file: &Altered) -> bool {
    file.path.rsplit('/').next().is_some_and(is_archive)
}

/// One finding for all that a commit deletes: a revert deletes all that its commit had brought.
fn deleted(review: &Review<'_>, commit: &Commit, altered: &[&Altered]) -> Option<Finding> {
    let gone: Vec<&Altered> = altered.iter().copied().filter(|file| file.fate == Fate::Gone).collect();
    let first = gone.first()?;
    let paths: Vec<&str> = gone.iter().map(|file| file.path.as_str()).collect();
    let message = match paths.as_slice() {
        [_] => format!("{} deletes {}", commit.name(), described(first)),
        paths => format!("{} deletes {} files of records: {}", commit.name(), paths.len(), some_of(paths, 3)),
    };
    let finding = Finding::in_file(&first.path, Spot::Start, message)
        .why("a record that is gone waits for nobody and is missed by nobody; a revert takes back code, not what was said")
        .mend(review.restore());
    Some(finding.commit(commit.id.as_deref()))
}

/// One finding a pair of folders.
fn moved(review: &Review<'_>, commit: &Commit, altered: &[&Altered]) -> Vec<Finding> {
    let mut folders: BTreeMap<(&str, &str), Vec<(&str, &str)>> = BTreeMap::new();
    for file in altered {
        let Fate::Moved(to) = &file.fate else { continue };
        if !is_told_as_stray(review, to) {
            folders.entry((folder(&file.path), folder(to))).or_default().push((&file.path, to));
        }
    }
    folders.into_iter().filter_map(|(pair, files)| moved_between(review, commit, pair, &files)).collect()
}

fn moved_between(
    review: &Review<'_>,
    commit: &Commit,
    (from, to): (&str, &str),
    files: &[(&str, &str)],
) -> Option<Finding> {
    let back = if review.files.exists(from) {
        let moved: Vec<String> = files.iter().map(|(_, to)| shell_word(to)).collect();
        format!("git mv -- {} {}", moved.join(" "), shell_word(from))
    } else {
        format!("git mv -- {} {}", shell_word(to), shell_word(from))
    };
    let (_, path) = files.first()?;
    Some(
        Finding::in_file(
            *path,
            Spot::Start,
            format!("{} moves this file of a record; it was in {from}", commit.name()),
        )
        .why("a record has one place for good: a branch that adds to it elsewhere would divide it in two")
        .mend(back)
        .commit(commit.id.as_deref()),
    )
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn changed(review: &Review<'_>, commit: &Commit, file: &Altered) -> Finding {
    let message = match file.fate {
        Fate::Misquoted => format!("{} archives {} with another text", commit.name(), described(file)),
        _ => format!("{} changes {}", commit.name(), described(file)),
    };
    let finding = Finding::in_file(&file.path, Spot::Start, message).why(WHY).commit(commit.id.as_deref());
    let Some(writer) = &file.writer else {
        // It said nothing that could be read: whoever mends it changes nobody's words.
        return finding.at_most(Severity::Note);
    };
    let kind = file.dir.kind();
    let finding = if file.path.ends_with(kind.head_file()) {
        finding.mend(format!(
            "{writer}, who raised it, says it by a new event while it is pending: \
             perfteam {} amend {} --change TEXT --action TEXT",
            kind.name(),
            file.dir.id()
        ))
    } else {
        finding
    };
    finding.mend(review.restore())
}

fn described(file: &Altered) -> String {
    match &file.writer {
        Some(writer) if !file.published => {
            format!("a file of a record that {writer} wrote, who alone may still change it")
        }
        Some(_) => "a published file of a record".to_owned(),
        None => "a published file of a record, which could not be read".to_owned(),
    }
}

/// Published files that are other than before though no commit of the range touched them.
fn by_merges(review: &Review<'_>) -> Option<Finding> {
    if review.mode != Mode::Base {
        return None;
    }
    // Who deletes an archive is told so, once for all that it held.
    let touches = |file: &Altered, path: &str| {
        file.path == path || (is_of_archive(file) && folder(&file.path) == folder(path))
    };
    let touched = |path: &str| {
        review.commits.iter().any(|commit| commit.altered.iter().any(|file| touches(file, path)))
    };
    let paths: Vec<&str> =
        review.published.iter().map(String::as_str).filter(|path| !touched(path)).collect();
    let first = paths.first()?;
    let message =
        format!("a merge changes or deletes files of records that neither side did: {}", some_of(&paths, 3));
    Some(Finding::in_file(*first, Spot::Start, message).why(WHY).mend(review.restore()))
}

/// Published files that the branch had and that what is pushed in its place has not.
fn by_force(review: &Review<'_>) -> Option<Finding> {
    let paths: Vec<&str> = review.dropped.iter().map(String::as_str).collect();
    let first = paths.first()?;
    let message =
        format!("a forced push drops or changes what was published on this branch: {}", some_of(&paths, 3));
    let mend = "take what is there first, then push again: git fetch; git merge @{upstream}, or git rebase @{upstream}";
    Some(Finding::in_file(*first, Spot::Start, message).why(WHY).mend(mend))
}

/// Events in the folder of another record, where git's detection of renamed folders can put them.
fn strays(review: &Review<'_>) -> Vec<Finding> {
    let records = review.records.iter().filter_map(|change| change.after.as_ref());
    records.flat_map(|record| record.strays.iter().map(move |event| stray(review, record, event))).collect()
}

fn stray(review: &Review<'_>, record: &Record, event: &Event) -> Finding {
    let path = record.dir.event_path(&event.name);
    let id = &event.front.record;
    let finding = Finding::in_file(
        &path,
        Spot::Key("record".into()),
        format!("this event belongs to record {id}, not to this folder; it is not applied"),
    )
    .why("git puts a new file where it believes that its folder was renamed to; the step that it says is lost until it is back")
    .commit(review.last_commit(&path));
    let finding = match home(review, event) {
        Some(home) => finding.mend(format!(
            "git mv -- {} {}",
            shell_word(&path),
            shell_word(&home.event_path(&event.name))
        )),
        None => finding
            .mend(format!("record {id} is not here: merge the branch that has it, or: {}", review.restore())),
    };
    if review.touches(&path) { finding } else { finding.at_most(Severity::Note) }
}

fn home(review: &Review<'_>, event: &Event) -> Option<RecordDir> {
    review.files.home(&event.front.record)
}

fn is_told_as_stray(review: &Review<'_>, path: &str) -> bool {
    let records = review.records.iter().filter_map(|change| change.after.as_ref());
    records
        .flat_map(|record| record.strays.iter().map(|event| record.dir.event_path(&event.name)))
        .any(|stray| stray == path)
}
