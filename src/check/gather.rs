//! What the three ways to check have in common.

use std::borrow::Cow;
use std::collections::HashSet;

use super::asker::Asker;
use super::kept::altered;
use super::sides::{Sides, bytes};
use crate::domain::change::{Change, Changes, What};
use crate::domain::diagnostic::{Fault, FileFault, Spot};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::{Brief, KINDS};
use crate::domain::policy::Policy;
use crate::domain::record::{Record, RecordDir};
use crate::domain::snapshot::{Snapshot, Team};
use crate::domain::time::Timestamp;
use crate::rules::{Commit, RecordChange};
use crate::store::assemble::{is_hidden, read_record};
use crate::store::committed::{all_dirs, record_of, touched_records};
use crate::store::elsewhere::with_integration;
use crate::store::knowledge::entry_fault;
use crate::store::source::Source;
use crate::store::{ObjectId, Repo, StoreError};

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
pub fn faults_of_changes(
    after: &dyn Source,
    records: &[RecordChange],
    changes: &[Change],
    team: &Team,
) -> Result<Vec<FileFault>, StoreError> {
    let mut faults: Vec<FileFault> = Vec::new();
    for record in records.iter().filter_map(|change| change.after.as_ref()) {
        let at = |name: &str| format!("{}/{name}", record.dir.path());
        faults.extend(
            record.faults.iter().map(|(name, fault)| FileFault { path: at(name), fault: fault.clone() }),
        );
    }
    faults.extend(misplaced(changes));
    let touched = |fault: &&FileFault| changes.iter().any(|change| change.is_at(&fault.path));
    faults.extend(team.faults.iter().filter(touched).cloned());
    for change in changes.iter().filter(|change| change.what != What::Deleted) {
        faults.extend(entry_fault(after, &change.path)?);
    }
    Ok(faults)
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

/// The open records that wait unprocessed for any of `actors` and hold back their commits.
pub fn waiting_for<'a>(snapshot: &'a Snapshot, actors: &[Handle], now: Timestamp) -> Vec<&'a Brief> {
    snapshot
        .open
        .iter()
        .filter(|brief| {
            brief.is_for_any(actors)
                && brief.dir.kind().holds_back()
                && snapshot.standing(brief, now).is_unprocessed()
        })
        .collect()
}

/// The records that count at the gate: by policy also those of the integration branch, as last fetched.
pub fn with_what_counts<'a>(
    repo: &Repo,
    here: &dyn Source,
    snapshot: Cow<'a, Snapshot>,
    policy: &Policy,
) -> Result<Cow<'a, Snapshot>, StoreError> {
    if policy.gate.integration {
        let integration = policy.integration.as_deref();
        with_integration(repo, here, snapshot.into_owned(), integration).map(Cow::Owned)
    } else {
        Ok(snapshot)
    }
}

/// The commit that is about to be made of the changes.
pub fn upcoming(
    repo: &Repo,
    asker: &Asker,
    sides: &Sides<'_>,
    (before, after): (&Snapshot, &Snapshot),
    changes: &Changes,
    published: &[String],
) -> Result<Commit, StoreError> {
    let published: HashSet<&str> = published.iter().map(String::as_str).collect();
    let merge = !repo.merging().is_empty();
    // A flag that the commit itself brings was not there when its author began; what a merge
    // brings in never blocks the merge.
    let known = |brief: &Brief| before.open.iter().any(|old| old.id == brief.id && old.to == brief.to);
    let own = |brief: &Brief| asker.actors.contains(&brief.from);
    let waiting = waiting_for(after, &asker.actors, asker.now)
        .into_iter()
        .filter(|brief| known(brief) || (!merge && !own(brief)));
    Ok(Commit {
        id: None,
        subject: String::new(),
        email: asker.email.clone(),
        signature: None,
        actors: asker.actors.clone(),
        trailers: asker.trailers.clone(),
        altered: altered(sides.before, sides.after, changes, &|path| published.contains(path))?,
        changes: changes.clone(),
        merge,
        waiting: waiting.cloned().collect(),
        unstaged: Vec::new(),
        left_out: Vec::new(),
    })
}

/// What of the changes is not from another commit: a merge in the making is judged for what it does
/// beyond all of its parents. The rest is in their commits, and blocks nobody who brings it together.
pub fn own_changes(
    repo: &Repo,
    after: &dyn Source,
    mut changes: Vec<Change>,
) -> Result<Vec<Change>, StoreError> {
    for parent in repo.merging() {
        let parent = repo.commit_tree(parent)?;
        changes.retain(|change| bytes(&parent, &change.path) != bytes(after, &change.path));
    }
    Ok(changes)
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
