//! Git's index as far as it is not HEAD: what lies behind the entries tells which folders are the same, and
//! only the entries outside of those are read.
//!
//! The library turns every entry into a structure, 40 times what a commit needs in a repository of
//! 30,000 files, and the hook pays for the memory. Forms that are not read here (split and sparse
//! indexes, anything malformed) are left to it. The format: `gitformat-index(5)`.

mod leaps;
mod outside;
mod reader;
mod state;
mod trees;

use std::fs::File;
use std::path::Path;

use gix::ObjectId;

use self::reader::Reader;
pub(super) use self::state::{Index, IndexEntry};
pub(super) use self::trees::Folders;

/// Reads the index at `path`, against the tree of HEAD whose folders `list` gives; `None` where its form
/// is for the library.
pub(super) fn read(
    path: &Path,
    hash: gix::hash::Kind,
    head: Option<ObjectId>,
    list: &dyn Fn(ObjectId) -> Folders,
) -> Option<Index> {
    let file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let mut reader = Reader::open(file, hash).ok()?;
    let end = length.checked_sub(hash.len_in_bytes() as u64)?;
    let known = |reader: &mut Reader| outside::known_folders(reader, end, head, list);
    outside::by_leaps(&mut reader, end, known).or_else(|_| outside::by_steps(&mut reader, known)).ok()
}

#[cfg(test)]
mod tests;
