//! What is kept of an index.

use gix::ObjectId;
use gix::bstr::BString;
use gix::index::entry::{Flags, Mode, Stage};

use crate::store::by_name::ByName;

/// The index: HEAD's folders where nothing changed, and every entry outside of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Index {
    /// The topmost folders that are as in HEAD, with their slash, each with its tree. The empty name
    /// is the top.
    pub same: ByName<ObjectId>,
    /// All other entries, sorted by path.
    pub entries: Vec<IndexEntry>,
}

/// A file in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct IndexEntry {
    pub path: BString,
    pub id: ObjectId,
    pub mode: Mode,
    pub stage: Stage,
    /// `git add --intent-to-add`: a commit would not contain it.
    pub is_intended: bool,
}

impl IndexEntry {
    /// Whether it is a side of a conflict.
    pub fn is_unmerged(&self) -> bool {
        self.stage != Stage::Unconflicted
    }

    /// Whether a commit would contain it: no unmerged side, no mere intention to add.
    pub fn would_be_committed(&self) -> bool {
        !self.is_unmerged() && !self.is_intended
    }
}

impl Index {
    /// An index that is as the tree `id`.
    pub fn of_tree(id: ObjectId) -> Index {
        Index { same: [(BString::default(), id)].into_iter().collect(), entries: Vec::new() }
    }

    /// All that the library read.
    pub fn of_library(state: &gix::index::State) -> Index {
        let entries = state.entries().iter().map(|entry| IndexEntry {
            path: entry.path(state).to_owned(),
            id: entry.id,
            mode: entry.mode,
            stage: entry.stage(),
            is_intended: entry.flags.contains(Flags::INTENT_TO_ADD),
        });
        let mut entries: Vec<IndexEntry> = entries.collect();
        // git itself reads one that is not sorted.
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Index { same: ByName::default(), entries }
    }

    /// The entries whose paths begin with `prefix`.
    pub fn below(&self, prefix: &[u8]) -> &[IndexEntry] {
        let begin = self.entries.partition_point(|entry| entry.path.as_slice() < prefix);
        let count = self.entries[begin..].partition_point(|entry| entry.path.starts_with(prefix));
        &self.entries[begin..begin + count]
    }

    /// The entry at `path` that is no side of a conflict.
    pub fn entry(&self, path: &[u8]) -> Option<&IndexEntry> {
        let begin = self.entries.partition_point(|entry| entry.path.as_slice() < path);
        let sides = self.entries[begin..].iter().take_while(|entry| entry.path.as_slice() == path);
        sides.into_iter().find(|entry| entry.stage == Stage::Unconflicted)
    }

    /// The folders below `prefix` that are as in HEAD, with their slash.
    pub fn same_below<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = &'a BString> {
        self.same.below(prefix)
    }

    /// The folder as in HEAD in which `path` lies, and the rest of the path.
    pub fn same_around<'a>(&self, path: &'a str) -> Option<(ObjectId, &'a str)> {
        let ends = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
        ends.filter_map(|end| Some((*self.same.get(&path.as_bytes()[..end])?, &path[end..]))).next()
    }
}
