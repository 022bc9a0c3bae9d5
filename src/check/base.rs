//! `check --base REV`: the commits since the merge base. The same verdict on every machine and on
//! every day: authority is read from the tip of REV, *now* is the committer date of HEAD.

use super::gather::{
    Sides, altered_records, duplicates, faults_of_changes, record_changes, tree_or_empty, waiting_for,
};
use super::{Asker, verdict};
use crate::domain::change::{Change, What};
use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::snapshot::{Snapshot, Team};
use crate::domain::trailer::Trailers;
use crate::domain::verdict::Verdict;
use crate::rules::{Commit, Mode, Review};
use crate::store::committed::Committed;
use crate::store::diff::tree_changes;
use crate::store::history::{CommitInfo, Range};
use crate::store::source::Source;
use crate::store::team::read_team;
use crate::store::{ObjectId, Repo, StoreError};

/// Judges the commits between the merge base with `revision` and HEAD.
pub fn base(repo: &Repo, revision: &str, asker: &Asker) -> Result<Verdict, StoreError> {
    let head = repo.head()?.ok_or_else(|| StoreError::UnknownRevision("HEAD".into()))?;
    base_of(repo, revision, head, asker)
}

/// Judges the commits between the merge base with `revision` and `head`, whatever is checked out.
pub fn base_of(repo: &Repo, revision: &str, head: ObjectId, asker: &Asker) -> Result<Verdict, StoreError> {
    let range = repo.range(revision, head)?;
    let merge_base = range.merge_bases.first().copied();
    let mut reader = Committed::new(repo);
    let before_source = tree_or_empty(repo, merge_base)?;
    let before = snapshot_of(repo, &mut reader, merge_base)?;
    let head_tree = repo.commit_tree(range.head)?;
    let changes = range_changes(repo, &range)?;
    let commits = commits(repo, &mut reader, &range)?;
    let after = reader.snapshot(&head_tree)?;
    let team = read_team(&head_tree)?;
    let authority = read_team(&repo.commit_tree(range.base)?)?;
    let sides = Sides { before: before_source.as_ref(), after: &head_tree };
    let records = record_changes(&sides, &changes)?;
    let review = Review {
        mode: Mode::Base,
        now: repo.commit_info(range.head)?.committed,
        authority: &authority,
        roster: &team.roster,
        before: &before,
        after: &after,
        changes: &changes,
        records: &records,
        faults: &faults_of_changes(&records, &changes, &team),
        commits: &commits,
        published: &altered_records(&changes),
        duplicates: &duplicates(&head_tree, &records)?,
        short: &after.short_ids(),
        files: &sides,
    };
    Ok(verdict(&review, asker.phase))
}

fn snapshot_of(
    repo: &Repo,
    reader: &mut Committed<'_>,
    commit: Option<ObjectId>,
) -> Result<Snapshot, StoreError> {
    match commit {
        Some(commit) => reader.snapshot(&repo.commit_tree(commit)?),
        None => Ok(Snapshot::default()),
    }
}

/// What changes since the merge base. With several merge bases a file is deleted only if all of
/// them had it.
fn range_changes(repo: &Repo, range: &Range) -> Result<Vec<Change>, StoreError> {
    let head = repo.commit_tree(range.head)?;
    let mut bases = Vec::new();
    for base in &range.merge_bases {
        bases.push(repo.commit_tree(*base)?);
    }
    let mut changes = tree_changes(repo, bases.first(), &head)?;
    changes
        .retain(|change| change.what != What::Deleted || bases.iter().all(|base| base.exists(&change.path)));
    Ok(changes)
}

fn commits(repo: &Repo, reader: &mut Committed<'_>, range: &Range) -> Result<Vec<Commit>, StoreError> {
    let base_team = read_team(&repo.commit_tree(range.base)?)?;
    let mut commits = Vec::new();
    for info in repo.commits(range)?.iter().filter(|info| !info.is_merge()) {
        commits.push(commit(repo, reader, &base_team, info)?);
    }
    Ok(commits)
}

fn commit(
    repo: &Repo,
    reader: &mut Committed<'_>,
    base: &Team,
    info: &CommitInfo,
) -> Result<Commit, StoreError> {
    let parent = info.parents.first().copied();
    let before = snapshot_of(repo, reader, parent)?;
    let tree = repo.commit_tree(info.id)?;
    let own = reader.snapshot(&tree)?;
    let parent_tree = parent.map(|parent| repo.commit_tree(parent)).transpose()?;
    let trailers = Trailers::read(&info.message);
    let actors = actors(base, info, &trailers);
    let unprocessed_with_it = waiting_for(&own, &actors, info.committed);
    let still =
        |brief: &&Brief| unprocessed_with_it.iter().any(|own| own.id == brief.id && own.to == brief.to);
    Ok(Commit {
        id: Some(info.id.to_string()),
        subject: info.subject().to_owned(),
        email: Some(info.email.clone()),
        waiting: waiting_for(&before, &actors, info.committed).into_iter().filter(still).cloned().collect(),
        actors,
        trailers,
        changes: tree_changes(repo, parent_tree.as_ref(), &tree)?,
        unstaged: Vec::new(),
        left_out: Vec::new(),
    })
}

/// By whom the commit may be: the agent whom its trailer names, when the base's roster lists the
/// author's e-mail address under that handle, or lists none for it; without a trailer, all agents
/// with that address.
fn actors(base: &Team, info: &CommitInfo, trailers: &Trailers) -> Vec<Handle> {
    match trailers.agents.as_slice() {
        [] => base.roster.by_email(&info.email).into_iter().cloned().collect(),
        named => named
            .iter()
            .filter_map(|name| name.parse::<Handle>().ok())
            .filter(|handle| {
                base.roster
                    .get(handle)
                    .is_some_and(|agent| agent.emails.is_empty() || agent.has_email(&info.email))
            })
            .collect(),
    }
}
