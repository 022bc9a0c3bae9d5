//! `check --worktree`: the files as they lie in the work tree, against HEAD.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::asker::Asker;
use super::gather::{
    duplicates, faults_of_changes, own_changes, record_changes, tree_or_empty, upcoming, with_what_counts,
};
use super::kept::published_paths;
use super::sides::{Branch, Sides, Since};
use super::verdict::verdict;
use crate::domain::change::Changes;
use crate::domain::diagnostic::FileFault;
use crate::domain::snapshot::Snapshot;
use crate::domain::verdict::Verdict;
use crate::rules::{Mode, Review};
use crate::store::committed::snapshot_of;
use crate::store::diff::work_tree_changes;
use crate::store::knowledge::read_library;
use crate::store::team::read_team;
use crate::store::work_tree::scan;
use crate::store::{Repo, StoreError};

/// Judges the work tree. Unlike the other two it also names what is wrong with files that the
/// change does not touch.
pub fn work_tree(repo: &Repo, asker: &Asker) -> Result<Verdict, StoreError> {
    let source = repo.work_tree();
    let head = repo.head()?;
    let before_source = tree_or_empty(repo, head)?;
    let before = match head {
        Some(head) => snapshot_of(repo, &repo.commit_tree(head)?)?,
        None => Snapshot::default(),
    };
    let scan = scan(repo)?;
    let changes = Changes::from(own_changes(repo, &source, work_tree_changes(repo)?)?);
    let team = read_team(&source)?;
    let known = Some(read_team(before_source.as_ref())?).filter(|team| team.present);
    let authority = known.as_ref().unwrap_or(&team);
    let after = with_what_counts(repo, &source, Cow::Owned(scan.snapshot), &authority.policy)?;
    let integration = authority.policy.integration.as_deref();
    let branch = head.map(|tip| Branch { repo, tip, since: Since::Published(integration) });
    let sides = Sides { before: before_source.as_ref(), after: &source, branch, homes: OnceCell::new() };
    let records = record_changes(&sides, &changes)?;
    let published = published_paths(repo, &changes, integration)?;
    let commit = upcoming(repo, asker, &sides, (&before, &after), &changes, &published)?;
    let touched = faults_of_changes(&source, &records, &changes, &team)?;
    let review = Review {
        mode: Mode::WorkTree,
        base: None,
        now: asker.now,
        landed: false,
        authority,
        founding: known.is_none(),
        team: &team,
        before: &before,
        after: &after,
        changes: &changes,
        records: &records,
        faults: &all_faults(touched, &[&scan.faults, &team.faults, &read_library(&source)?.faults]),
        commits: std::slice::from_ref(&commit),
        merges: &[],
        published: &published,
        redacted: &[],
        dropped: &[],
        duplicates: &duplicates(&source, &records)?,
        short: OnceCell::new(),
        files: &sides,
    };
    Ok(verdict(&review, asker.phase, asker.quoted))
}

/// What is wrong with what the change touches, and with other files.
fn all_faults(changed: Vec<FileFault>, others: &[&[FileFault]]) -> Vec<FileFault> {
    let mut all = changed;
    for fault in others.iter().copied().flatten() {
        if !all.iter().any(|known| known.path == fault.path) {
            all.push(fault.clone());
        }
    }
    all
}
