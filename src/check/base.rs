//! `check --base REV`: the commits since the merge base. The same verdict on every machine and on
//! every day: authority is read from the tip of REV, *now* is the committer date of HEAD.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::gather::{
    Sides, altered, duplicates, faults_of_changes, lost_records, record_changes, tree_or_empty, waiting_for,
};
use super::{Asker, verdict};
use crate::domain::change::{Change, Changes};
use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::snapshot::{Snapshot, Team};
use crate::domain::trailer::Trailers;
use crate::domain::verdict::Verdict;
use crate::rules::{Commit, Mode, Review};
use crate::store::committed::Committed;
use crate::store::diff::tree_changes;
use crate::store::history::{CommitInfo, Range};
use crate::store::source::{CommitTree, Source};
use crate::store::team::tree_team;
use crate::store::{ObjectId, Repo, StoreError};

/// Judges the commits between the merge base with `revision` and HEAD.
pub fn base(repo: &Repo, revision: &str, asker: &Asker) -> Result<Verdict, StoreError> {
    let head = repo.head()?.ok_or_else(|| StoreError::UnknownRevision("HEAD".into()))?;
    judge(repo, revision, &repo.related_range(revision, head)?, asker)
}

/// Judges the commits between the merge base with `revision` and `head`, whatever is checked out;
/// all of its commits where the histories are unrelated, as those of an orphan branch are.
pub fn base_of(repo: &Repo, revision: &str, head: ObjectId, asker: &Asker) -> Result<Verdict, StoreError> {
    judge(repo, revision, &repo.range(revision, head)?, asker)
}

fn judge(repo: &Repo, revision: &str, range: &Range, asker: &Asker) -> Result<Verdict, StoreError> {
    with_review(repo, revision, range, |review| Ok(verdict(review, asker.phase)))
}

/// Reads what the rules look at, and lends it to `look`.
pub(super) fn with_review<T>(
    repo: &Repo,
    revision: &str,
    range: &Range,
    look: impl FnOnce(&Review<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let merge_base = range.merge_bases.first().copied();
    let mut reader = Committed::new(repo);
    let before_source = tree_or_empty(repo, merge_base)?;
    let before = snapshot_of(repo, &mut reader, merge_base)?;
    let head_tree = repo.commit_tree(range.head)?;
    let bases =
        range.merge_bases.iter().map(|base| repo.commit_tree(*base)).collect::<Result<Vec<_>, _>>()?;
    let changes = Changes::from(range_changes(repo, &bases, &head_tree)?);
    let team = tree_team(repo, &head_tree)?;
    let tip = repo.commit_tree(range.base)?;
    let known = Some(tree_team(repo, &tip)?).filter(|team| team.present);
    let authority = known.as_ref().unwrap_or(&team);
    let is_published =
        |path: &str| tip.exists(path) || (!bases.is_empty() && bases.iter().all(|base| base.exists(path)));
    let commits = commits(repo, &mut reader, range, authority, &is_published)?;
    let after = reader.snapshot(&head_tree)?;
    let sides =
        Sides { before: before_source.as_ref(), after: &head_tree, branch: None, homes: OnceCell::new() };
    let records = record_changes(&sides, &changes)?;
    let review = Review {
        mode: Mode::Base,
        base: Some(revision),
        now: repo.commit_info(range.head)?.committed,
        authority,
        founding: known.is_none(),
        team: &team,
        before: &before,
        after: &after,
        changes: &changes,
        records: &records,
        faults: &faults_of_changes(sides.after, &records, &changes, &team)?,
        commits: &commits,
        published: &lost_records(before_source.as_ref(), &head_tree, &changes)?,
        duplicates: &duplicates(&head_tree, &records)?,
        short: OnceCell::new(),
        files: &sides,
    };
    look(&review)
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

/// What changes since the merge base. With several merge bases, what is other than in all of them.
fn range_changes(
    repo: &Repo,
    bases: &[CommitTree<'_>],
    head: &CommitTree<'_>,
) -> Result<Vec<Change>, StoreError> {
    let mut changes = tree_changes(repo, bases.first(), head)?;
    for base in bases.iter().skip(1) {
        let other = tree_changes(repo, Some(base), head)?;
        let touched: BTreeSet<&str> = other.iter().flat_map(Change::touched).collect();
        changes.retain(|change| touched.contains(change.path.as_str()));
    }
    Ok(changes)
}

fn commits(
    repo: &Repo,
    reader: &mut Committed<'_>,
    range: &Range,
    authority: &Team,
    is_published: &dyn Fn(&str) -> bool,
) -> Result<Vec<Commit>, StoreError> {
    let mut commits = Vec::new();
    for info in repo.commits(range)?.iter().filter(|info| !info.is_merge()) {
        commits.push(commit(repo, reader, authority, info, is_published)?);
    }
    Ok(commits)
}

fn commit(
    repo: &Repo,
    reader: &mut Committed<'_>,
    authority: &Team,
    info: &CommitInfo,
    is_published: &dyn Fn(&str) -> bool,
) -> Result<Commit, StoreError> {
    let parent = info.parents.first().copied();
    let before = snapshot_of(repo, reader, parent)?;
    let tree = repo.commit_tree(info.id)?;
    let own = reader.snapshot(&tree)?;
    let parent_tree = parent.map(|parent| repo.commit_tree(parent)).transpose()?;
    let changes = tree_changes(repo, parent_tree.as_ref(), &tree)?;
    let trailers = Trailers::read(&info.message);
    let actors = actors(authority, info, &trailers);
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
        altered: match &parent_tree {
            Some(parent) => altered(parent, &tree, &changes, is_published)?,
            None => Vec::new(),
        },
        changes: changes.into(),
        merge: false,
        unstaged: Vec::new(),
        left_out: Vec::new(),
    })
}

/// By whom the commit may be: the agents whom its trailers name, where the base's roster lists the
/// author's e-mail address under that handle, or lists none for it; without such a trailer, all
/// agents with that address, so that a trailer that does not fit sets nobody free.
fn actors(authority: &Team, info: &CommitInfo, trailers: &Trailers) -> Vec<Handle> {
    let fits = |handle: &Handle| {
        let agent = authority.roster.get(handle);
        agent.is_some_and(|agent| agent.emails.is_empty() || agent.has_email(&info.email))
    };
    let named: Vec<Handle> =
        trailers.agents.iter().filter_map(|name| name.parse().ok()).filter(fits).collect();
    if named.is_empty() {
        authority.roster.by_email(&info.email).into_iter().cloned().collect()
    } else {
        named
    }
}
