//! `check --base REV`: the commits since the merge base. The same verdict on every machine and on
//! every day: authority is read from the tip of REV, *now* is the committer date of HEAD.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::commits::{Commits, Judges};
use super::gather::{
    Branch, Sides, Since, dropped_records, duplicates, faults_of_changes, lost_records, record_changes,
    tree_or_empty,
};
use super::snapshots::Snapshots;
use super::{Asker, verdict};
use crate::domain::change::{Change, Changes};
use crate::domain::verdict::Verdict;
use crate::rules::{Mode, Phase, Review};
use crate::store::diff::tree_changes;
use crate::store::history::{Past, Range, Tips};
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
    let judges =
        Judges { repo, authority, signers: known.as_ref().map(|_| &tip), is_published: &is_published };
    let Commits { plain: commits, merges } = judges.commits(&mut snapshots, &repo.commits(range)?)?;
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
        merges: &merges,
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
