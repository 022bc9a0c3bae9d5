//! `check --base REV`: the commits since the merge base. The same verdict on every machine and on
//! every day: authority is read from the tip of REV, *now* is the committer date of HEAD, unless that lies
//! in the future, or before commits on which HEAD rests.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::asker::Asker;
use super::commits::Judges;
use super::gather::{duplicates, faults_of_changes, record_changes, tree_or_empty};
use super::kept::{dropped_records, lost_records, says};
use super::sides::{Branch, Sides, Since};
use super::snapshots::Snapshots;
use super::teams::Teams;
use super::times::Times;
use super::verdict::verdict;
use crate::domain::change::{Change, Changes};
use crate::domain::snapshot::Team;
use crate::domain::time::Timestamp;
use crate::domain::verdict::Verdict;
use crate::rules::{Mode, Phase, Review};
use crate::store::diff::tree_changes;
use crate::store::history::{Past, Range, Tips};
use crate::store::source::CommitTree;
use crate::store::{ObjectId, Repo, StoreError};

/// Judges the commits between the merge base with `revision` and HEAD. `landed` says that they are on
/// the integration branch, and were judged before they came there.
pub fn base(repo: &Repo, revision: &str, landed: bool, asker: &Asker) -> Result<Verdict, StoreError> {
    let head = repo.head()?.ok_or(StoreError::Unborn)?;
    let range = repo.related_range(revision, head)?;
    let brought = Brought { base: revision, range: &range, landed, signed: false, now: asker.now };
    Bench::new(repo).review(&brought, |review| Ok(verdict(review, asker.phase, asker.quoted)))
}

/// Reads what the rules look at, and lends it to `look`.
pub(super) fn with_review<T>(
    repo: &Repo,
    brought: &Brought<'_>,
    look: impl FnOnce(&Review<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    Bench::new(repo).review(brought, look)
}

/// Judges what a push brings to a branch. `base` names the commit with which it began, in words
/// that its author can use, too; `landed` says that it was judged as a branch before.
pub fn pushed(
    repo: &Repo,
    tips: &Tips,
    base: &str,
    landed: bool,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    let range = repo.pushed_range(tips)?;
    let brought = Brought { base, range: &range, landed, signed: false, now };
    Bench::new(repo).review(&brought, |review| Ok(verdict(review, Phase::All, usize::MAX)))
}

/// Commits under review.
pub(super) struct Brought<'a> {
    /// The base as it is named.
    pub(super) base: &'a str,
    /// Which they are.
    pub(super) range: &'a Range,
    /// Whether they are on the integration branch, and were judged before they came there.
    pub(super) landed: bool,
    /// Whether signatures are looked at whatever the policy of the base says.
    pub(super) signed: bool,
    /// What the clock shows: no commit was made later.
    pub(super) now: Timestamp,
}

/// Reads range after range, and remembers what they have in common.
pub(super) struct Bench<'a> {
    repo: &'a Repo,
    snapshots: Snapshots<'a>,
    teams: Teams<'a>,
}

impl<'a> Bench<'a> {
    /// One that remembers nothing yet.
    pub(super) fn new(repo: &'a Repo) -> Self {
        Bench { repo, snapshots: Snapshots::new(repo), teams: Teams::new(repo) }
    }

    /// Policy and roster at a commit.
    pub(super) fn team(&mut self, commit: ObjectId) -> Result<Rc<Team>, StoreError> {
        self.teams.at(&self.repo.commit_tree(commit)?)
    }

    /// Reads what the rules look at, and lends it to `look`.
    pub(super) fn review<T>(
        &mut self,
        brought: &Brought<'_>,
        look: impl FnOnce(&Review<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (repo, range) = (self.repo, brought.range);
        let merge_base = range.merge_bases.first().copied();
        let before_source = tree_or_empty(repo, merge_base)?;
        let before = self.snapshots.at(merge_base)?.clone();
        let head_tree = repo.commit_tree(range.head)?;
        let bases = trees(repo, &range.merge_bases)?;
        let judged = trees(repo, &range.judged())?;
        let changes = Changes::from(range_changes(repo, &bases, &head_tree)?);
        let team = self.teams.at(&head_tree)?;
        let tip = repo.commit_tree(range.base)?;
        let known = Some(self.teams.at(&tip)?).filter(|team| team.present);
        let authority = known.as_ref().unwrap_or(&team);
        let is_published = |path: &str| {
            says(&tip, path)
                || judged.iter().any(|tip| says(tip, path))
                || (!bases.is_empty() && bases.iter().all(|base| says(base, path)))
        };
        let signed = known.is_some() && (brought.signed || authority.policy.require_signed);
        let infos = repo.commits(range)?;
        let times = Times::of(repo, &infos, brought.now);
        let judges = Judges {
            repo,
            times: &times,
            roster: &authority.roster,
            signers: signed.then_some(&tip),
            is_published: &is_published,
        };
        let commits = judges.commits(&mut self.snapshots, &infos)?;
        let after = self.snapshots.at(Some(range.head))?.clone();
        let branch = match range.past {
            Past::Continued(tip) => Some(Branch { repo, tip, since: Since::Commit(range.integration) }),
            Past::None | Past::Rewritten(_) => None,
        };
        let sides =
            Sides { before: before_source.as_ref(), after: &head_tree, branch, homes: OnceCell::new() };
        let records = record_changes(&sides, &changes)?;
        let lost = lost_records(before_source.as_ref(), &head_tree, &changes)?;
        let review = Review {
            mode: Mode::Base,
            base: Some(brought.base),
            now: times.at(&repo.commit_info(range.head)?),
            landed: brought.landed,
            authority,
            founding: known.is_none(),
            team: &team,
            before: &before,
            after: &after,
            changes: &changes,
            records: &records,
            faults: &faults_of_changes(sides.after, &records, &changes, &team)?,
            commits: &commits.plain,
            merges: &commits.merges,
            published: &lost.altered,
            redacted: &lost.redacted,
            dropped: &dropped_records(repo, range, &head_tree)?,
            duplicates: &duplicates(&head_tree, &records)?,
            short: OnceCell::new(),
            files: &sides,
        };
        look(&review)
    }
}

fn trees<'a>(repo: &'a Repo, commits: &[ObjectId]) -> Result<Vec<CommitTree<'a>>, StoreError> {
    commits.iter().map(|commit| repo.commit_tree(*commit)).collect()
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
