//! The names of archived records: apart from the ledger, since who asks for what is open needs none.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::ledger::End;
use crate::domain::record::RecordDir;
use crate::domain::snapshot::ArchivedIds;
use crate::store::cache;
use crate::store::repo::Repo;

/// How many shelves of a work tree are kept: a process that read the ledger before may look for its own.
const KEPT: usize = 3;

/// The archived records of a work tree by their days, relative to `.perfteam`.
#[derive(Serialize, Deserialize, Default, Hash)]
pub(super) struct Shelf {
    days: BTreeMap<String, ShelfDay>,
}

/// The names of the archived records of a day, a line each.
#[derive(Serialize, Deserialize, Default, Clone, PartialEq, Eq, Hash)]
pub(super) struct ShelfDay {
    done: String,
    dropped: String,
}

impl ShelfDay {
    /// Adds a record.
    pub(super) fn add(&mut self, name: &str, end: End) {
        let lines = match end {
            End::Done => &mut self.done,
            End::Dropped => &mut self.dropped,
        };
        lines.push_str(name);
        lines.push('\n');
    }

    /// Its records.
    pub(super) fn records(&self) -> impl Iterator<Item = (&str, End)> {
        let done = self.done.lines().map(|name| (name, End::Done));
        done.chain(self.dropped.lines().map(|name| (name, End::Dropped)))
    }

    /// How many records it has.
    pub(super) fn len(&self) -> usize {
        self.records().count()
    }
}

impl Shelf {
    /// Puts a day onto the shelf.
    pub(super) fn put(&mut self, day: &str, records: ShelfDay) {
        if records != ShelfDay::default() {
            self.days.insert(day.to_owned(), records);
        }
    }

    /// What lies in `day`.
    pub(super) fn day(&self, day: &str) -> ShelfDay {
        self.days.get(day).cloned().unwrap_or_default()
    }

    /// All archived records.
    pub(super) fn records(&self) -> impl Iterator<Item = (RecordDir, End)> {
        let of_day = |(day, records): (&'_ String, &'_ ShelfDay)| -> Vec<(RecordDir, End)> {
            records.records().map(|(name, end)| (RecordDir::of_day(day, name), end)).collect()
        };
        self.days.iter().flat_map(of_day)
    }

    /// Their ids.
    pub(super) fn ids(&self) -> ArchivedIds {
        ArchivedIds::new(self.records().map(|(dir, _)| dir.id()))
    }

    /// Keeps the shelf; by which number it is found. Nothing is kept of an empty one.
    pub(super) fn store(&self, repo: &Repo, top: &Path) -> Option<u64> {
        if self.days.is_empty() {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        let shelf = hasher.finish();
        cache::store(&cache::file(repo, &file_name(top, shelf)), self);
        cache::forget_old(repo, &prefix(top), KEPT);
        Some(shelf)
    }
}

/// The shelf that a ledger names, read when it is needed.
pub(super) struct ShelfFile {
    path: Option<PathBuf>,
    shelf: OnceLock<Option<Shelf>>,
}

impl ShelfFile {
    /// Shelf number `shelf` of the work tree at `top`; an empty one without a number.
    pub(super) fn of(repo: &Repo, top: &Path, shelf: Option<u64>) -> ShelfFile {
        let path = shelf.map(|shelf| cache::file(repo, &file_name(top, shelf)));
        ShelfFile { path, shelf: OnceLock::new() }
    }

    /// Whether it was not deleted.
    pub(super) fn is_there(&self) -> bool {
        self.path.as_deref().is_none_or(Path::is_file)
    }

    /// The shelf; `None` when it can't be read.
    pub(super) fn get(&self) -> Option<&Shelf> {
        let load = || match &self.path {
            Some(path) => cache::decode(&cache::load(path)?),
            None => Some(Shelf::default()),
        };
        self.shelf.get_or_init(load).as_ref()
    }
}

fn prefix(top: &Path) -> String {
    format!("archived-{}-", cache::key(top))
}

fn file_name(top: &Path, shelf: u64) -> String {
    format!("{}{shelf:016x}", prefix(top))
}
