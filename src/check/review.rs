//! `review`: what the commits since a base do to the coordination, beside what the rules say.

use std::collections::BTreeMap;

use super::asker::Asker;
use super::base::{Brought, with_review};
use super::verdict::verdict;
use crate::domain::approval::SIGNERS;
use crate::domain::change::Changes;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::review::{Extent, Material, Summary, unseen};
use crate::rules::Review;
use crate::store::team::{read_policy, tree_team};
use crate::store::{Repo, StoreError};

/// How far chains are followed to records that are closed and not changed.
const DEEPEST: usize = 20;

/// Sums up the commits between the merge base with `base` and `head`; both are told as they were
/// named. `landed` says that the commits are on the integration branch.
pub fn review(
    repo: &Repo,
    base: &str,
    head: &str,
    landed: bool,
    asker: &Asker,
) -> Result<Summary, StoreError> {
    let commit = repo.resolve(head)?;
    let range = repo.related_range(base, commit)?;
    let team_before = match range.merge_bases.first() {
        Some(merge_base) => Some(tree_team(repo, &repo.commit_tree(*merge_base)?)?),
        None => None,
    };
    let team_before = team_before.filter(|team| team.present);
    let extent = Extent { base: base.to_owned(), head: head.to_owned(), commit: commit.to_string() };
    let brought = Brought { base, range: &range, landed, signed: false, now: asker.now };
    with_review(repo, &brought, |review| {
        let commits: Vec<(&[Handle], &Changes)> =
            review.commits.iter().map(|commit| (commit.actors.as_slice(), &commit.changes)).collect();
        let material = Material {
            after: review.after,
            records: review.records,
            changes: review.changes,
            commits: &commits,
            team_before: team_before.as_ref(),
            authority: review.authority,
            team_after: review.team,
            related: &related(review),
            signers: signers(review),
            now: review.now,
        };
        Ok(Summary::new(extent, verdict(review, asker.phase, asker.quoted), &material))
    })
}

/// The list of signers before and after; nothing where it does not change.
fn signers(review: &Review<'_>) -> [String; 2] {
    if !review.changes.touch(SIGNERS) {
        return Default::default();
    }
    let text = |bytes: Option<Vec<u8>>| String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    [text(review.files.before(SIGNERS)), text(review.files.after(SIGNERS))]
}

/// The branch into which work is merged: the one that policy names there, since a branch under
/// review could name any other. `None` where there is none.
pub fn integration(repo: &Repo) -> Result<Option<String>, StoreError> {
    let Some(found) = repo.integration(None) else { return Ok(None) };
    let there = repo.commit_tree(repo.resolve(&found)?)?;
    let policy = read_policy(&there, &mut Vec::new())?;
    let named = repo.integration(policy.integration.as_deref()).unwrap_or(found);
    Ok(Some(repo.branch_behind(&named)))
}

/// The records that are closed and unchanged, and to which the chains of the changed ones lead.
fn related(review: &Review<'_>) -> Vec<Brief> {
    let changed = review
        .records
        .iter()
        .filter_map(|change| change.dir.kind().brief(change.after.as_ref().or(change.before.as_ref())?));
    let changed: Vec<Brief> = changed.collect();
    let open: BTreeMap<&RecordId, &Brief> =
        review.after.open.iter().map(|brief| (&brief.id, brief)).collect();
    let mut found: Vec<Brief> = Vec::new();
    for _ in 0..DEEPEST {
        let missing = unseen(changed.iter().chain(&found));
        let more: Vec<Brief> = missing
            .iter()
            .filter_map(|id| open.get(id).map(|brief| (*brief).clone()).or_else(|| read(review, id)))
            .collect();
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    found
}

fn read(review: &Review<'_>, id: &RecordId) -> Option<Brief> {
    let dir = review.files.home(id)?;
    dir.kind().brief(&review.files.record(&dir)?)
}
