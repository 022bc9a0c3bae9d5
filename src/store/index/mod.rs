//! Git's index as far as it is not HEAD: what lies behind the entries tells which folders are the same, and
//! only the entries outside of those are read.
//!
//! The library turns every entry into a structure, 40 times what a commit needs in a repository of
//! 30,000 files, and the hook pays for the memory. Forms that are not read here (split and sparse
//! indexes, anything malformed) are left to it. The format: `gitformat-index(5)`.

mod leaps;
mod outside;
mod part;
mod reader;
mod spans;
mod state;
mod trees;

use std::fs::File;
use std::path::Path;

use self::reader::Reader;
use self::spans::Spans;
pub(super) use self::state::{Index, IndexEntry};
pub(super) use self::trees::{Folders, Head};

/// Reads the index at `path`, against HEAD; `None` where its form is for the library. The cache file `spans`
/// makes it faster.
pub(super) fn read(path: &Path, hash: gix::hash::Kind, head: Head<'_>, spans: &Path) -> Option<Index> {
    let file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    let mut reader = Reader::open(file, hash).ok()?;
    let end = length.checked_sub(hash.len_in_bytes() as u64)?;
    let mut spans = Spans::in_cache(spans);
    match outside::by_leaps(&mut reader, end, head, &mut spans) {
        Ok(index) => {
            spans.keep();
            Some(index)
        }
        Err(_) => {
            spans.forget();
            outside::by_steps(&mut reader, end, head).ok()
        }
    }
}

#[cfg(test)]
mod tests;
