//! Snapshots of commit after commit: most commits change no record, and a commit's snapshot before is
//! that of the one before it.

use crate::domain::change::Change;
use crate::domain::snapshot::Snapshot;
use crate::store::committed::{Committed, change_snapshot};
use crate::store::repo::FOLDER;
use crate::store::source::CommitTree;
use crate::store::{ObjectId, Repo, StoreError};

/// How many are kept: one for each branch that alternates with others.
const KEPT: usize = 8;

/// Walks from snapshot to snapshot, and keeps the latest by the object id of their folder.
pub struct Snapshots<'a> {
    repo: &'a Repo,
    reader: Committed<'a>,
    /// The latest first; `None` where there is no folder of records.
    latest: Vec<(Option<ObjectId>, Snapshot)>,
}

impl<'a> Snapshots<'a> {
    /// None is read yet.
    pub fn new(repo: &'a Repo) -> Self {
        Snapshots { repo, reader: Committed::new(repo), latest: Vec::new() }
    }

    /// The records at a commit; none where there is no commit.
    pub fn at(&mut self, commit: Option<ObjectId>) -> Result<&Snapshot, StoreError> {
        let tree = commit.map(|commit| self.repo.commit_tree(commit)).transpose()?;
        let folder = folder_of(tree.as_ref())?;
        if !self.recall(folder) {
            let snapshot = match (&tree, folder) {
                (Some(tree), Some(_)) => self.reader.snapshot(tree)?,
                _ => Snapshot::default(),
            };
            self.latest.insert(0, (folder, snapshot));
            self.latest.truncate(KEPT);
        }
        Ok(&self.latest[0].1)
    }

    /// Goes on from the snapshot that was asked for last, which is that of `before`, to the one of
    /// `after`, which differs from it by `changes`.
    pub fn go_on(
        &mut self,
        before: Option<&CommitTree<'_>>,
        after: &CommitTree<'_>,
        changes: &[Change],
    ) -> Result<&Snapshot, StoreError> {
        let (from, to) = (folder_of(before)?, folder_of(Some(after))?);
        if from != to && !self.recall(to) {
            self.recall(from);
            let (folder, snapshot) = &mut self.latest[0];
            change_snapshot(snapshot, after, changes)?;
            *folder = to;
        }
        Ok(&self.latest[0].1)
    }

    /// Whether the snapshot of `folder` is kept; it is the latest then.
    fn recall(&mut self, folder: Option<ObjectId>) -> bool {
        let Some(at) = self.latest.iter().position(|(id, _)| *id == folder) else { return false };
        self.latest[..=at].rotate_right(1);
        true
    }
}

fn folder_of(tree: Option<&CommitTree<'_>>) -> Result<Option<ObjectId>, StoreError> {
    let folder = tree.map(|tree| tree.folder(FOLDER)).transpose()?.flatten();
    Ok(folder.map(|folder| folder.id()))
}
