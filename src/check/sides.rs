//! The two sides of a change, and the branch that brings it.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::domain::change::{Change, What};
use crate::domain::id::RecordId;
use crate::domain::investigation::needs::Pages;
use crate::domain::record::{Record, RecordDir};
use crate::rules::Files;
use crate::store::assemble::read_record;
use crate::store::committed::{all_dirs, touched_records};
use crate::store::diff::tree_changes;
use crate::store::living;
use crate::store::repo::FOLDER;
use crate::store::source::{CommitTree, Contents, Source};
use crate::store::{ObjectId, Repo, StoreError};

/// The two sides of a change as sources.
pub struct Sides<'a> {
    /// Before.
    pub before: &'a dyn Source,
    /// After.
    pub after: &'a dyn Source,
    /// The commits that came before the change on the same branch, where they are not part of it.
    pub branch: Option<Branch<'a>>,
    /// Where each record lies, found when it is first asked for.
    pub homes: OnceCell<HashMap<RecordId, RecordDir>>,
}

/// The commits of a branch up to its tip.
pub struct Branch<'a> {
    /// Where it is.
    pub repo: &'a Repo,
    /// Its tip.
    pub tip: ObjectId,
    /// From where it began.
    pub since: Since<'a>,
}

/// Where a branch began.
pub enum Since<'a> {
    /// At what is published; the integration branch, where policy names it.
    Published(Option<&'a str>),
    /// At this commit.
    Commit(ObjectId),
}

impl Branch<'_> {
    /// The records that this branch has and what it branched off from has not.
    fn records(&self) -> Result<Vec<RecordDir>, StoreError> {
        let from = match self.since {
            Since::Published(integration) => self.repo.published_tips(integration).pop(),
            Since::Commit(commit) => Some(commit),
        };
        let Some(from) = from else { return Ok(Vec::new()) };
        let range = self.repo.range(&from.to_string(), self.tip)?;
        let folder = |commit: ObjectId| self.repo.commit_tree(commit)?.folder(FOLDER);
        let Some(own) = folder(self.tip)? else { return Ok(Vec::new()) };
        let base = range.merge_bases.first().map(|base| folder(*base)).transpose()?.flatten();
        let mut changes = changes_below(self.repo, base.as_ref(), Some(&own))?;
        changes.retain(|change| change.what == What::Added);
        Ok(touched_records(&changes))
    }
}

impl Files for Sides<'_> {
    fn before(&self, path: &str) -> Option<Vec<u8>> {
        bytes(self.before, path)
    }

    fn after(&self, path: &str) -> Option<Vec<u8>> {
        bytes(self.after, path)
    }

    fn exists(&self, path: &str) -> bool {
        self.after.exists(path)
    }

    // What can't be read is missing: a rule then says more, never less.

    fn paths(&self) -> Vec<String> {
        self.after.paths().unwrap_or_default()
    }

    fn record(&self, dir: &RecordDir) -> Option<Record> {
        read_record(self.after, dir).ok()
    }

    fn pages(&self, dir: &RecordDir) -> Pages {
        living::pages(self.after, dir).unwrap_or_default()
    }

    fn home(&self, id: &RecordId) -> Option<RecordDir> {
        let homes = self.homes.get_or_init(|| {
            // What is there after the change counts before what was there, and the first of two.
            let both = [self.before, self.after].map(|side| all_dirs(side).unwrap_or_default());
            both.into_iter().flat_map(|dirs| dirs.into_iter().rev()).map(|dir| (dir.id(), dir)).collect()
        });
        homes.get(id).cloned()
    }

    fn raised_earlier(&self) -> Vec<Record> {
        let dirs = self.branch.as_ref().and_then(|branch| branch.records().ok()).unwrap_or_default();
        dirs.iter().filter_map(|dir| read_record(self.after, dir).ok()).collect()
    }
}

/// The bytes of the file at `path`, where it is one that can be read.
pub(super) fn bytes(source: &dyn Source, path: &str) -> Option<Vec<u8>> {
    match source.read(path) {
        Ok(Some(Contents::Bytes(bytes))) => Some(bytes),
        _ => None,
    }
}

/// What changes in the folder of the records.
pub(super) fn changes_below(
    repo: &Repo,
    from: Option<&CommitTree<'_>>,
    to: Option<&CommitTree<'_>>,
) -> Result<Vec<Change>, StoreError> {
    let mut changes = match (from, to) {
        (from, Some(to)) => tree_changes(repo, from, to)?,
        (Some(from), None) => {
            let gone = from.paths()?.into_iter();
            gone.map(|path| Change { path, what: What::Deleted }).collect()
        }
        (None, None) => Vec::new(),
    };
    let whole = |path: &str| format!("{FOLDER}/{path}");
    for change in &mut changes {
        change.path = whole(&change.path);
        if let What::Moved(from) = &mut change.what {
            *from = whole(from);
        }
    }
    Ok(changes)
}
