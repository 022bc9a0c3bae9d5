//! The archived records: apart from the ledger, their names in one file and their ids in another, since
//! who asks for what is open needs no names.

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
        cache::store_bytes(&cache::file(repo, &IDS.file(top, shelf)), self.ids().as_bytes().to_vec());
        cache::store(&cache::file(repo, &NAMES.file(top, shelf)), self);
        [NAMES, IDS].iter().for_each(|part| cache::forget_old(repo, &part.prefix(top), KEPT));
        Some(shelf)
    }
}

/// The shelf that a ledger names, read when it is needed.
pub(super) struct ShelfFile {
    files: Option<Files>,
    shelf: OnceLock<Option<Shelf>>,
}

struct Files {
    names: PathBuf,
    ids: PathBuf,
}

impl ShelfFile {
    /// Shelf number `shelf` of the work tree at `top`; an empty one without a number.
    pub(super) fn of(repo: &Repo, top: &Path, shelf: Option<u64>) -> ShelfFile {
        let file = |part: Part, shelf| cache::file(repo, &part.file(top, shelf));
        let files = shelf.map(|shelf| Files { names: file(NAMES, shelf), ids: file(IDS, shelf) });
        ShelfFile { files, shelf: OnceLock::new() }
    }

    /// Whether it was not deleted.
    pub(super) fn is_there(&self) -> bool {
        self.files.as_ref().is_none_or(|files| files.names.is_file())
    }

    /// The shelf; `None` when it can't be read.
    pub(super) fn get(&self) -> Option<&Shelf> {
        let load = || match &self.files {
            Some(files) => cache::decode(&cache::load(&files.names)?),
            None => Some(Shelf::default()),
        };
        self.shelf.get_or_init(load).as_ref()
    }

    /// The ids of what lies on it; `None` when they can't be read.
    pub(super) fn ids(&self) -> Option<ArchivedIds> {
        match &self.files {
            Some(files) => cache::load(&files.ids).map(ArchivedIds::from_bytes),
            None => Some(ArchivedIds::default()),
        }
    }
}

/// One of the files of a shelf.
#[derive(Clone, Copy)]
struct Part(&'static str);

const NAMES: Part = Part("archived");
const IDS: Part = Part("archived-ids");

impl Part {
    fn prefix(self, top: &Path) -> String {
        format!("{}-{}-", self.0, cache::key(top))
    }

    fn file(self, top: &Path, shelf: u64) -> String {
        format!("{}{shelf:016x}", self.prefix(top))
    }
}
