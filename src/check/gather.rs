//! What the three ways to check have in common.

use crate::domain::change::{Change, What};
use crate::domain::diagnostic::{Fault, FileFault, Spot};
use crate::domain::id::RecordId;
use crate::domain::kind::{Brief, KINDS};
use crate::domain::record::{Record, RecordDir};
use crate::domain::snapshot::{Snapshot, Team};
use crate::domain::time::Timestamp;
use crate::rules::{Files, RecordChange};
use crate::store::assemble::{is_hidden, read_record};
use crate::store::committed::{all_dirs, record_of, touched_records};
use crate::store::source::{Contents, Source};
use crate::store::{ObjectId, Repo, StoreError};

/// The two sides of a change as sources.
pub struct Sides<'a> {
    /// Before.
    pub before: &'a dyn Source,
    /// After.
    pub after: &'a dyn Source,
}

impl Files for Sides<'_> {
    fn before(&self, path: &str) -> Option<Vec<u8>> {
        bytes(self.before, path)
    }

    fn after(&self, path: &str) -> Option<Vec<u8>> {
        bytes(self.after, path)
    }

    fn exists(&self, path: &str) -> bool {
        self.after.exists(path)
    }
}

fn bytes(source: &dyn Source, path: &str) -> Option<Vec<u8>> {
    match source.read(path) {
        Ok(Some(Contents::Bytes(bytes))) => Some(bytes),
        _ => None,
    }
}

/// The records that the changes touch, read on both sides.
pub fn record_changes(sides: &Sides<'_>, changes: &[Change]) -> Result<Vec<RecordChange>, StoreError> {
    touched_records(changes)
        .into_iter()
        .map(|dir| {
            let before = present(read_record(sides.before, &dir)?);
            let after = present(read_record(sides.after, &dir)?);
            Ok(RecordChange { dir, before, after })
        })
        .collect()
}

fn present(record: Record) -> Option<Record> {
    let empty = record.head.is_none() && record.events.is_empty() && record.faults.is_empty();
    (!empty).then_some(record)
}

/// What is wrong with files that the changes touch.
pub fn faults_of_changes(records: &[RecordChange], changes: &[Change], team: &Team) -> Vec<FileFault> {
    let mut faults: Vec<FileFault> = Vec::new();
    for record in records.iter().filter_map(|change| change.after.as_ref()) {
        let at = |name: &str| format!("{}/{name}", record.dir.path());
        faults.extend(
            record.faults.iter().map(|(name, fault)| FileFault { path: at(name), fault: fault.clone() }),
        );
    }
    faults.extend(misplaced(changes));
    let touched = |fault: &&FileFault| changes.iter().any(|change| change.path == fault.path);
    faults.extend(team.faults.iter().filter(touched).cloned());
    faults
}

/// New files in the folder of a kind that belong to no record.
fn misplaced(changes: &[Change]) -> impl Iterator<Item = FileFault> {
    let in_kind_folder = |path: &str| {
        let folder = path.strip_prefix(".perfteam/").and_then(|rest| rest.split('/').next());
        folder.is_some_and(|folder| KINDS.iter().any(|kind| kind.folder() == folder))
    };
    changes
        .iter()
        .filter(|change| change.what != What::Deleted)
        .filter(move |change| in_kind_folder(&change.path) && record_of(&change.path).is_none())
        .filter(|change| !is_hidden(change.path.rsplit('/').next().unwrap_or_default()))
        .map(|change| FileFault {
            path: change.path.clone(),
            fault: Fault::new(
                Spot::Start,
                "belongs to no record: expected KIND/DAY/SLUG-ID/FILE, such as \
                 flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md",
            ),
        })
}

/// Ids that lie in several folders, where the changes added one of them.
pub fn duplicates(
    after: &dyn Source,
    records: &[RecordChange],
) -> Result<Vec<(RecordId, Vec<RecordDir>)>, StoreError> {
    let added: Vec<RecordId> = records
        .iter()
        .filter(|change| change.before.is_none() && change.after.is_some())
        .map(|change| change.dir.id())
        .collect();
    if added.is_empty() {
        return Ok(Vec::new());
    }
    let names = Snapshot { closed: all_dirs(after)?, ..Snapshot::default() };
    Ok(names.duplicates().into_iter().filter(|(id, _)| added.contains(id)).collect())
}

/// The paths of heads and events that the changes alter or remove and that are published.
pub fn published_paths(
    repo: &Repo,
    changes: &[Change],
    integration: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let altered = altered_records(changes);
    if altered.is_empty() {
        return Ok(altered);
    }
    let mut trees = Vec::new();
    for tip in repo.published_tips(integration) {
        trees.push(repo.commit_tree(tip)?);
    }
    Ok(altered.into_iter().filter(|path| trees.iter().any(|tree| tree.exists(path))).collect())
}

/// The paths of heads and events that the changes alter or remove.
pub fn altered_records(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .filter_map(|change| match &change.what {
            What::Added => None,
            What::Modified | What::Deleted => Some(change.path.clone()),
            What::Moved(from) => Some(from.clone()),
        })
        .filter(|path| record_of(path).is_some())
        .collect()
}

/// The open records that wait unprocessed for any of `actors`.
pub fn waiting_for<'a>(
    snapshot: &'a Snapshot,
    actors: &[crate::domain::handle::Handle],
    now: Timestamp,
) -> Vec<&'a Brief> {
    snapshot
        .open
        .iter()
        .filter(|brief| actors.contains(&brief.to) && snapshot.standing(brief, now).is_unprocessed())
        .collect()
}

/// The tree of a commit, or nothing.
pub fn tree_or_empty<'a>(
    repo: &'a Repo,
    commit: Option<ObjectId>,
) -> Result<Box<dyn Source + 'a>, StoreError> {
    Ok(match commit {
        Some(commit) => Box::new(repo.commit_tree(commit)?),
        None => Box::new(crate::store::source::Empty),
    })
}
