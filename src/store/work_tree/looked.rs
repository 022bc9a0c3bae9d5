//! Days and records as a scan finds them, and what is remembered of that.

use std::borrow::Cow;

use super::ledger::{Day, End, Known, State};
use super::shelf::{Shelf, ShelfDay};
use super::stat::Stat;
use crate::domain::diagnostic::FileFault;
use crate::domain::kind::Brief;

/// A day as the scan finds it; names are those of the ledger where it knows them.
#[derive(Default)]
pub(super) struct LookedDay<'a> {
    pub(super) path: &'a str,
    pub(super) folder: Option<Stat>,
    pub(super) tree: Option<Cow<'a, [u8]>>,
    pub(super) archived: Shelved,
    /// Whether the ledger did not know what lies in it.
    pub(super) listed: bool,
    pub(super) records: Vec<Looked<'a>>,
    pub(super) faults: Vec<FileFault>,
}

/// The archived records of a day that need no look.
pub(super) enum Shelved {
    /// So many, all that lie on the shelf.
    Same(usize),
    These(ShelfDay),
}

impl LookedDay<'_> {
    /// The records in it that were found to be archived.
    pub(super) fn newly_archived(&self) -> impl Iterator<Item = (&str, End)> {
        self.records.iter().filter_map(|looked| match looked.found {
            Found::Archived(end) => Some((looked.name.as_ref(), end)),
            _ => None,
        })
    }

    pub(super) fn is_shelf_same(&self) -> bool {
        matches!(self.archived, Shelved::Same(_)) && self.newly_archived().next().is_none()
    }

    /// How many archived records lie in it.
    pub(super) fn archived(&self) -> usize {
        let shelved = match &self.archived {
            Shelved::Same(count) => *count,
            Shelved::These(records) => records.len(),
        };
        shelved + self.newly_archived().count()
    }
}

impl Shelved {
    /// What is left of those of which the ledger knew.
    pub(super) fn of(records: ShelfDay, known: Option<&Day<'_>>) -> Shelved {
        let before = known.map_or(0, |known| known.archived);
        if records.len() == before { Shelved::Same(before) } else { Shelved::These(records) }
    }
}

impl Default for Shelved {
    fn default() -> Self {
        Shelved::These(ShelfDay::default())
    }
}

pub(super) struct Looked<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) folder: Option<Stat>,
    pub(super) found: Found,
}

pub(super) enum Found {
    Closed(End),
    Archived(End),
    Open(Vec<(String, Option<Stat>)>, Box<Brief>),
    Unread,
    /// Read, and not worth remembering: something is wrong with it.
    Faulty(Option<Box<Brief>>),
    /// An empty folder: a record that is about to be written, or was dropped.
    Nothing,
}

/// What is remembered of the days of a scan.
pub(super) fn remembered<'a>(days: &'a [LookedDay<'a>]) -> Vec<Day<'a>> {
    let is_live = |looked: &&Looked<'_>| !matches!(looked.found, Found::Archived(_));
    let days = days.iter().map(|day| Day {
        path: day.path,
        folder: day.folder,
        tree: day.tree.as_deref(),
        archived: day.archived(),
        records: day.records.iter().filter(is_live).map(Looked::remembered).collect(),
    });
    days.collect()
}

/// All archived records, where `known` are those of which the ledger knew.
pub(super) fn all_archived(days: &[LookedDay<'_>], known: &Shelf) -> Shelf {
    let mut shelf = Shelf::default();
    for day in days {
        let mut records = match &day.archived {
            Shelved::Same(_) => known.day(day.path),
            Shelved::These(records) => records.clone(),
        };
        day.newly_archived().for_each(|(name, end)| records.add(name, end));
        shelf.put(day.path, records);
    }
    shelf
}

pub(super) fn unread(name: &str) -> Looked<'static> {
    Looked { name: name.to_owned().into(), folder: None, found: Found::Unread }
}

impl Looked<'_> {
    pub(super) fn remembered(&self) -> Known<'_> {
        let state = match &self.found {
            Found::Closed(end) | Found::Archived(end) => State::Closed(*end),
            Found::Open(files, brief) => State::Open {
                files: files.iter().map(|(name, stat)| (name.as_str(), *stat)).collect(),
                brief: brief.clone(),
            },
            Found::Unread | Found::Faulty(_) | Found::Nothing => State::Unread,
        };
        Known { name: &self.name, folder: self.folder, state }
    }
}
