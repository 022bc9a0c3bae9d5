//! `changed-record`: what is published of a record stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use super::{Altered, Commit, Fate, Finding, Mode, RecordChange, Review, Rule};
use crate::domain::approval::approvers;
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::document::Meta;
use crate::domain::event::Event;
use crate::domain::handle::{Handle, names};
use crate::domain::id::is_archive;
use crate::domain::record::{Record, RecordDir};
use crate::domain::redaction::{KEY, Redaction};
use crate::domain::text::{shell_word, shown_line, some_of};

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
        "heads and events of records are not changed, moved or deleted once they are published, nor by others before; \
         an admin alone redacts them"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut findings = strays(review);
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for commit in review.commits {
            let (redacted, altered): (Vec<&Altered>, Vec<&Altered>) = commit
                .altered
                .iter()
                .filter(|file| !may_alter(commit, file) && !is_back(review, file))
                .partition(|file| matches!(file.fate, Fate::Redacted(_)));
            findings.extend(redactions(review, commit, &redacted));
            let altered: Vec<&Altered> = altered.into_iter().filter(|file| told.insert(&file.path)).collect();
            findings.extend(deleted(review, commit, &altered));
            findings.extend(moved(review, commit, &altered));
            let is_change = |fate: &Fate| matches!(fate, Fate::Changed | Fate::Misquoted | Fate::Forged(_));
            let changed = altered.iter().filter(|file| is_change(&file.fate));
            findings.extend(changed.map(|file| self::changed(review, commit, file)));
        }
        findings.extend(beside_archives(review));
        findings.extend(review.records.iter().flat_map(|change| born(review, change)));
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

/// New files that say to be redacted: nothing tells what they were, and that an admin did it.
fn born(review: &Review<'_>, change: &RecordChange) -> Vec<Finding> {
    let told = |path: &str, meta: &Meta| {
        let redaction =
            Redaction::read(meta).filter(|one| !review.landed && !review.redacts(&change.dir, one))?;
        let message = format!("a new file that says to be redacted by {}", redaction.by);
        Some(
            Finding::in_file(path, Spot::Key(KEY.to_owned()), message)
                .why("what it was is not known here, and whoever reads it takes it for the act of an admin")
                .mend("leave `redacted` out; what nobody has yet is dropped or amended by its author")
                .at_most(Severity::Warn)
                .commit(review.last_commit(path)),
        )
    };
    let old = change.before.as_ref();
    let Some(new) = &change.after else { return Vec::new() };
    let head = new.head.as_ref().filter(|_| old.is_none_or(|old| old.head.is_none()));
    let head = head.and_then(|head| told(&change.dir.head_path(), &head.meta));
    let events = new.events.iter().filter(|event| !old.is_some_and(|old| old.has(&event.name)));
    let events = events.filter_map(|event| told(&change.dir.event_path(&event.name), &event.details));
    head.into_iter().chain(events).collect()
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// One finding a record: a note where one of those redacted it who may.
fn redactions(review: &Review<'_>, commit: &Commit, files: &[&Altered]) -> Vec<Finding> {
    let mut records: BTreeMap<&RecordDir, Vec<&Altered>> = BTreeMap::new();
    for file in files {
        records.entry(&file.dir).or_default().push(file);
    }
    records.into_iter().filter_map(|(dir, files)| redaction(review, commit, dir, &files)).collect()
}

fn redaction(review: &Review<'_>, commit: &Commit, dir: &RecordDir, files: &[&Altered]) -> Option<Finding> {
    let all: Vec<&Redaction> = files.iter().flat_map(|file| redactions_of(file)).collect();
    let first = all.first()?;
    let path = files.first()?.path.as_str();
    let record = format!("{} {}", dir.kind().name(), review.short_id(&dir.id()));
    let approvers = approvers(review.authority);
    let wrong = all.iter().find(|redaction| !is_by_one_of(&approvers, review, commit, redaction));
    let Some(wrong) = wrong else {
        let message =
            format!("{} redacts {record}, by {}: {}", commit.name(), first.by, shown_line(&first.reason));
        return Some(
            Finding::in_file(path, Spot::Start, message)
                .why("its words are gone from here on; history and other clones still have them")
                .at_most(Severity::Note)
                .commit(commit.id.as_deref()),
        );
    };
    let message = if approvers.contains(&wrong.by) {
        format!("{} redacts {record} in the name of {}, and is not by them", commit.name(), wrong.by)
    } else {
        format!("{} redacts {record}, by {}, who may not", commit.name(), wrong.by)
    };
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    Some(refused(review, dir, &paths, message).commit(commit.id.as_deref()))
}

fn refused(review: &Review<'_>, dir: &RecordDir, paths: &[&str], message: String) -> Finding {
    let how = format!("perfteam redact {} --reason TEXT", review.short_id(&dir.id()));
    let who = match approvers(review.authority).as_slice() {
        [] => format!("name `admins` or `leads` in .perfteam/perfteam.yaml; one of them then: {how}"),
        approvers => format!("{} does it, in a commit of their own: {how}", names(approvers).join(" or ")),
    };
    Finding::in_file(paths.first().copied().unwrap_or_default(), Spot::Start, message)
        .why("what others said is taken away by those alone whom the base names for it")
        .mend(review.undo(paths))
        .mend(who)
}

/// A redacted file counts before what an archive says under its name. So one that is only added beside an
/// archive redacts, too: that is for the same people.
fn beside_archives(review: &Review<'_>) -> Vec<Finding> {
    let has_archive =
        |record: &Option<Record>| record.as_ref().is_some_and(|record| !record.archives.is_empty());
    let records = review.records.iter().filter(|change| has_archive(&change.before));
    records.filter_map(|change| beside_archive(review, change)).collect()
}

fn beside_archive(review: &Review<'_>, change: &RecordChange) -> Option<Finding> {
    let approvers = approvers(review.authority);
    let folder = change.dir.path();
    let by_an_admin = |redaction: &Redaction| {
        let mut touching = review.authored().filter(|commit| commit.touches(&folder));
        touching.all(|commit| is_by_one_of(&approvers, review, commit, redaction))
    };
    let wrong =
        change.redactions().into_iter().find(|one| !review.redacts(&change.dir, one) && !by_an_admin(one))?;
    let added = review.changes.iter().filter(|one| one.is_at(&folder)).map(|one| one.path.as_str());
    let paths: Vec<&str> = added.collect();
    let message = format!("a file that is added beside an archive redacts what it says, by {}", wrong.by);
    Some(refused(review, &change.dir, &paths, message))
}

fn redactions_of(file: &Altered) -> &[Redaction] {
    match &file.fate {
        Fate::Redacted(redactions) => redactions,
        _ => &[],
    }
}

/// Whether one of those who approve changes of authority made the redaction, and the commit. Of commits
/// that landed, who made them was judged before.
fn is_by_one_of(approvers: &[Handle], review: &Review<'_>, commit: &Commit, redaction: &Redaction) -> bool {
    approvers.contains(&redaction.by) && (review.landed || commit.actors.contains(&redaction.by))
}

fn changed(review: &Review<'_>, commit: &Commit, file: &Altered) -> Finding {
    let message = match &file.fate {
        Fate::Forged(why) => {
            format!("{} changes {} and calls it redacted: {why}", commit.name(), described(file))
        }
        Fate::Misquoted => format!("{} archives {} with another text", commit.name(), described(file)),
        _ => format!("{} changes {}", commit.name(), described(file)),
    };
    let finding = Finding::in_file(&file.path, Spot::Start, message).why(WHY).commit(commit.id.as_deref());
    let Some(writer) = &file.writer else {
        // It said nothing that could be read: whoever mends it changes nobody's words.
        return finding.at_most(Severity::Note);
    };
    let kind = file.dir.kind();
    let finding = if matches!(file.fate, Fate::Forged(_)) {
        let id = file.dir.id();
        finding.mend(format!("bring it back first; then, as an admin: perfteam redact {id} --reason TEXT"))
    } else if file.path.ends_with(kind.head_file()) {
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
    // A redaction explains no more than what it leaves.
    let explains =
        |file: &Altered| !matches!(file.fate, Fate::Redacted(_)) || review.redacted.contains(&file.path);
    let altered = review.commits.iter().flat_map(|commit| &commit.altered);
    // Who deletes an archive is told so, once for all that it held.
    let is_told = |file: &&Altered| file.fate == Fate::Gone && is_of_archive(file) && !is_back(review, file);
    let told: BTreeSet<&str> = altered.clone().filter(is_told).map(|file| folder(&file.path)).collect();
    let touched: BTreeSet<&str> =
        altered.filter(|file| explains(file)).map(|file| file.path.as_str()).collect();
    let is_explained = |path: &&str| touched.contains(path) || told.contains(folder(path));
    let paths: Vec<&str> =
        review.published.iter().map(String::as_str).filter(|path| !is_explained(path)).collect();
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
