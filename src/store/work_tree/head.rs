//! The trees of days in HEAD: read from the object database only when HEAD has moved.

use std::borrow::Cow;
use std::collections::HashMap;

use gix::ObjectId;

use super::ledger::{Day, Ledger};
use crate::store::committed;
use crate::store::error::StoreError;
use crate::store::repo::{FOLDER, Repo};
use crate::store::source::{EntryKind, list_tree};

/// What HEAD says of the days.
pub(super) enum Head {
    /// Nothing: it is another work tree's, or nothing is archived.
    Unasked,
    /// Each day has the tree that the ledger knows: HEAD is where it was.
    AsBefore(ObjectId),
    /// Each day has the tree that stands here.
    Moved(Option<ObjectId>, HashMap<String, ObjectId>),
}

impl Head {
    /// Asks HEAD, as far as `ledger` does not know.
    pub(super) fn of(repo: &Repo, ledger: &Ledger<'_>) -> Result<Head, StoreError> {
        Ok(match repo.head()? {
            Some(commit) if ledger.head == Some(commit.as_slice()) => Head::AsBefore(commit),
            Some(commit) => Head::Moved(Some(commit), day_trees(repo, commit)?),
            None => Head::Moved(None, HashMap::new()),
        })
    }

    /// Whether the ledger was not written at this HEAD.
    pub(super) fn has_moved(&self) -> bool {
        matches!(self, Head::Moved(..))
    }

    /// The tree of a day, of which the ledger knows `known`.
    pub(super) fn tree<'a>(&self, day: &str, known: Option<&Day<'a>>) -> Option<Cow<'a, [u8]>> {
        match self {
            Head::Unasked => None,
            Head::AsBefore(_) => known?.tree.map(Cow::Borrowed),
            Head::Moved(_, days) => days.get(day).map(|tree| tree.as_slice().to_vec().into()),
        }
    }

    /// The commit for which the trees hold.
    pub(super) fn commit(&self) -> Option<&[u8]> {
        match self {
            Head::Unasked => None,
            Head::AsBefore(commit) => Some(commit.as_slice()),
            Head::Moved(commit, _) => commit.as_ref().map(ObjectId::as_slice),
        }
    }
}

/// The days that a commit has, each with its tree.
fn day_trees(repo: &Repo, commit: ObjectId) -> Result<HashMap<String, ObjectId>, StoreError> {
    match repo.commit_tree(commit)?.lookup(FOLDER)? {
        Some((folder, EntryKind::Folder)) => {
            Ok(committed::days(repo, &list_tree(repo, folder)?)?.into_iter().collect())
        }
        _ => Ok(HashMap::new()),
    }
}
