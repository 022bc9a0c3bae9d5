//! How long that is which an index says of the folders below a tree: what was passed once is leapt over.

use std::cell::OnceCell;
use std::path::Path;

use gix::ObjectId;
use gix::hashtable::HashMap;
use serde::{Deserialize, Serialize};

use crate::store::cache;

/// So many bytes are worth a leap: to read elsewhere costs as much as passing a tenth of them.
const WORTH_A_LEAP: u64 = 2 * 1024;
/// So many bytes that are passed once more cost as much as writing the cache file.
const WORTH_KEEPING: u64 = 64 * 1024;
/// With more of them most are those of trees that are long gone.
const MANY: usize = 16 * 1024;

/// The lengths of what a TREE extension says of the folders below trees.
///
/// Git writes all of them below a folder that has a tree, each with its name, how much lies in it, and its own
/// tree: so it takes as many bytes wherever that tree stands.
pub(super) struct Spans<'f> {
    file: Option<&'f Path>,
    known: OnceCell<HashMap<ObjectId, u64>>,
    new: Vec<(ObjectId, u64)>,
}

/// One of them in the cache file.
#[derive(Serialize, Deserialize)]
struct Span<'t> {
    tree: &'t [u8],
    bytes: u64,
}

impl<'f> Spans<'f> {
    /// Those that the cache in `file` knows.
    pub fn in_cache(file: &'f Path) -> Spans<'f> {
        Spans { file: Some(file), ..Spans::none() }
    }

    /// Where nothing is known, and nothing kept.
    pub fn none() -> Spans<'static> {
        Spans { file: None, known: OnceCell::new(), new: Vec::new() }
    }

    /// How many bytes the folders below `tree` take.
    pub fn of(&self, tree: ObjectId) -> Option<u64> {
        self.known.get_or_init(|| self.file.and_then(load).unwrap_or_default()).get(&tree).copied()
    }

    /// The folders below `tree` were passed, and took so many bytes.
    pub fn passed(&mut self, tree: ObjectId, bytes: u64) {
        if bytes >= WORTH_A_LEAP {
            self.new.push((tree, bytes));
        }
    }

    /// Keeps what was passed, where that is worth it.
    pub fn keep(self) {
        let Some(file) = self.file else { return };
        if self.new.iter().map(|(_, bytes)| bytes).sum::<u64>() < WORTH_KEEPING {
            return;
        }
        let mut known = self.known.into_inner().unwrap_or_default();
        if known.len() + self.new.len() > MANY {
            known.clear();
        }
        known.extend(self.new);
        let spans = known.iter().map(|(tree, bytes)| Span { tree: tree.as_slice(), bytes: *bytes });
        cache::store(file, &spans.collect::<Vec<_>>());
    }

    /// What was known led astray.
    pub fn forget(self) {
        if let Some(file) = self.file.filter(|_| self.known.get().is_some_and(|known| !known.is_empty())) {
            let _ = std::fs::remove_file(file);
        }
    }
}

fn load(file: &Path) -> Option<HashMap<ObjectId, u64>> {
    let bytes = cache::load(file)?;
    let spans: Vec<Span<'_>> = cache::decode(&bytes)?;
    spans.into_iter().map(|span| Some((ObjectId::try_from(span.tree).ok()?, span.bytes))).collect()
}
