//! Snapshots of commit after commit: most commits change no record, and a commit's snapshot before is
//! that of the one before it.

use std::rc::Rc;

use crate::domain::snapshot::Snapshot;
use crate::store::committed::Committed;
use crate::store::repo::FOLDER;
use crate::store::source::CommitTree;
use crate::store::{ObjectId, Repo, StoreError};

/// How many are kept: those of a commit and of its parent, and of the other branch where two alternate.
const KEPT: usize = 4;

/// Reads snapshots, and keeps the latest by the object id of their folder.
pub struct Snapshots<'a> {
    repo: &'a Repo,
    reader: Committed<'a>,
    latest: Vec<(ObjectId, Rc<Snapshot>)>,
}

impl<'a> Snapshots<'a> {
    /// None is read yet.
    pub fn new(repo: &'a Repo) -> Self {
        Snapshots { repo, reader: Committed::new(repo), latest: Vec::new() }
    }

    /// The records at a commit; none where there is no commit.
    pub fn of_commit(&mut self, commit: Option<ObjectId>) -> Result<Rc<Snapshot>, StoreError> {
        match commit {
            Some(commit) => self.of(&self.repo.commit_tree(commit)?),
            None => Ok(Rc::default()),
        }
    }

    /// The records in `tree`.
    pub fn of(&mut self, tree: &CommitTree<'_>) -> Result<Rc<Snapshot>, StoreError> {
        let Some(folder) = tree.folder(FOLDER)? else { return Ok(Rc::default()) };
        if let Some((_, known)) = self.latest.iter().find(|(id, _)| *id == folder.id()) {
            return Ok(Rc::clone(known));
        }
        let snapshot = Rc::new(self.reader.snapshot(tree)?);
        self.latest.insert(0, (folder.id(), Rc::clone(&snapshot)));
        self.latest.truncate(KEPT);
        Ok(snapshot)
    }
}
