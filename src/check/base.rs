//! `check --base REV`: the commits since the merge base. The same verdict on every machine and on
//! every day: authority is read from the tip of REV, *now* is the committer date of HEAD.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::gather::{
    Branch, Sides, Since, altered, dropped_records, duplicates, faults_of_changes, lost_records,
    record_changes, tree_or_empty, waiting_for,
};
use super::snapshots::Snapshots;
use super::{Asker, verdict};
use crate::domain::change::{Change, Changes};
use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::snapshot::{Snapshot, Team};
use crate::domain::trailer::Trailers;
use crate::domain::verdict::Verdict;
use crate::rules::{Commit, Mode, Phase, Review};
use crate::store::diff::tree_changes;
use crate::store::history::{CommitInfo, Past, Range, Tips};
use crate::store::source::{CommitTree, Source};
use crate::store::team::tree_team;
use crate::store::{Repo, StoreError};

/// Judges the commits between the merge base with `revision` and HEAD.
pub fn base(repo: &Repo, revision: &str, asker: &Asker) -> Result<Verdict, StoreError> {
    let head = repo.head()?.ok_or_else(|| StoreError::UnknownRevision("HEAD".into()))?;
    let range = repo.related_range(revision, head)?;
    let tip = tree_team(repo, &repo.commit_tree(range.base)?)?;
    let integration = repo.integration(tip.policy.integration.as_deref());
    let integration = integration.and_then(|name| repo.resolve(&name).ok());
    let landed = integration.is_some_and(|tip| repo.is_in(head, tip));
    judge(repo, &Brought { base: revision, range: &range, landed }, asker.phase)
}

/// Judges what a push brings to a branch. `base` names the commit with which it began, in words
/// that its author can use, too; `landed` says that it was judged as a branch before.
pub fn pushed(repo: &Repo, tips: &Tips, base: &str, landed: bool) -> Result<Verdict, StoreError> {
    let range = repo.pushed_range(tips)?;
    judge(repo, &Brought { base, range: &range, landed }, Phase::All)
}

/// Commits under review.
struct Brought<'a> {
    /// The base as it is named.
    base: &'a str,
    range: &'a Range,
    /// Whether they are on the integration branch, and were judged before they came there.
    landed: bool,
}

fn judge(repo: &Repo, brought: &Brought<'_>, phase: Phase) -> Result<Verdict, StoreError> {
    let range = brought.range;
    let merge_base = range.merge_bases.first().copied();
    let mut snapshots = Snapshots::new(repo);
    let before_source = tree_or_empty(repo, merge_base)?;
    let before = snapshots.at(merge_base)?.clone();
    let head_tree = repo.commit_tree(range.head)?;
    let bases =
        range.merge_bases.iter().map(|base| repo.commit_tree(*base)).collect::<Result<Vec<_>, _>>()?;
    let judged =
        range.judged().into_iter().map(|tip| repo.commit_tree(tip)).collect::<Result<Vec<_>, _>>()?;
    let changes = Changes::from(range_changes(repo, &bases, &head_tree)?);
    let team = tree_team(repo, &head_tree)?;
    let tip = repo.commit_tree(range.base)?;
    let known = Some(tree_team(repo, &tip)?).filter(|team| team.present);
    let authority = known.as_ref().unwrap_or(&team);
    let is_published = |path: &str| {
        tip.exists(path)
            || judged.iter().any(|tip| tip.exists(path))
            || (!bases.is_empty() && bases.iter().all(|base| base.exists(path)))
    };
    let commits = commits(repo, &mut snapshots, range, authority, &is_published)?;
    let after = snapshots.at(Some(range.head))?.clone();
    let branch = match range.past {
        Past::Continued(tip) => Some(Branch { repo, tip, since: Since::Commit(range.integration) }),
        Past::None | Past::Rewritten(_) => None,
    };
    let sides = Sides { before: before_source.as_ref(), after: &head_tree, branch, homes: OnceCell::new() };
    let records = record_changes(&sides, &changes)?;
    let review = Review {
        mode: Mode::Base,
        base: Some(brought.base),
        now: repo.commit_info(range.head)?.committed,
        landed: brought.landed,
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
        dropped: &dropped_records(repo, range, &head_tree)?,
        duplicates: &duplicates(&head_tree, &records)?,
        short: OnceCell::new(),
        files: &sides,
    };
    Ok(verdict(&review, phase))
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
    snapshots: &mut Snapshots<'_>,
    range: &Range,
    authority: &Team,
    is_published: &dyn Fn(&str) -> bool,
) -> Result<Vec<Commit>, StoreError> {
    let mut commits = Vec::new();
    for info in repo.commits(range)?.iter().filter(|info| !info.is_merge()) {
        commits.push(commit(repo, snapshots, authority, info, is_published)?);
    }
    Ok(commits)
}

fn commit(
    repo: &Repo,
    snapshots: &mut Snapshots<'_>,
    authority: &Team,
    info: &CommitInfo,
    is_published: &dyn Fn(&str) -> bool,
) -> Result<Commit, StoreError> {
    let parent = info.parents.first().copied();
    let tree = repo.commit_tree(info.id)?;
    let parent_tree = parent.map(|parent| repo.commit_tree(parent)).transpose()?;
    let changes = tree_changes(repo, parent_tree.as_ref(), &tree)?;
    let trailers = Trailers::read(&info.message);
    let actors = actors(authority, info, &trailers);
    let waiting = |snapshot: &Snapshot| -> Vec<Brief> {
        waiting_for(snapshot, &actors, info.committed).into_iter().cloned().collect()
    };
    let mut unprocessed = waiting(snapshots.at(parent)?);
    let with_it = waiting(snapshots.go_on(parent_tree.as_ref(), &tree, &changes)?);
    unprocessed.retain(|brief| with_it.iter().any(|own| own.id == brief.id && own.to == brief.to));
    Ok(Commit {
        id: Some(info.id.to_string()),
        subject: info.subject().to_owned(),
        email: Some(info.email.clone()),
        waiting: unprocessed,
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
