//! What a batch is going to write, seen by its commands as if it were written.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::cli::lease::Deferred;
use crate::domain::event::Event;
use crate::domain::id::EventName;
use crate::domain::kind::Brief;
use crate::domain::record::{Record, RecordDir};
use crate::markdown::document;
use crate::store::committed::record_of;
use crate::store::write::NewFile;

/// Files and claims that wait for the end of a batch.
#[derive(Debug, Default)]
pub struct Overlay {
    files: RefCell<Files>,
    claims: RefCell<Vec<Deferred>>,
}

/// The files, and what is asked of them again and again: by every command of the batch, for all records.
#[derive(Debug, Default)]
struct Files {
    /// In the order in which they are to appear.
    all: Vec<NewFile>,
    paths: HashSet<String>,
    records: BTreeMap<RecordDir, Touched>,
}

/// A record of which there are files.
#[derive(Debug, Default)]
struct Touched {
    /// Where they stand among all.
    files: Vec<usize>,
    /// The record in brief with them, once that was asked for; nothing where it can't be read.
    brief: Option<Option<Brief>>,
}

impl Files {
    fn add(&mut self, file: &NewFile) {
        if !self.paths.insert(file.path.clone()) {
            return;
        }
        if let Some(dir) = record_of(&file.path) {
            let touched = self.records.entry(dir).or_default();
            touched.files.push(self.all.len());
            touched.brief = None;
        }
        self.all.push(file.clone());
    }
}

impl Overlay {
    /// Adds files, in the order in which they are to appear.
    pub fn add(&self, files: &[NewFile]) {
        let mut kept = self.files.borrow_mut();
        files.iter().for_each(|file| kept.add(file));
    }

    /// Whether there is a file at this path.
    pub fn has(&self, path: &str) -> bool {
        self.files.borrow().paths.contains(path)
    }

    /// Puts off a change of claims.
    pub fn defer(&self, change: Deferred) {
        self.claims.borrow_mut().push(change);
    }

    /// All files.
    pub fn files(&self) -> Vec<NewFile> {
        self.files.borrow().all.clone()
    }

    /// The changes of claims that were put off.
    pub fn claims(&self) -> Vec<Deferred> {
        self.claims.borrow().clone()
    }

    /// The records of which there are files.
    pub fn dirs(&self) -> BTreeSet<RecordDir> {
        self.files.borrow().records.keys().cloned().collect()
    }

    /// The record in brief, of which there are files; it is read where they changed since it was last asked for.
    pub fn brief<E>(
        &self,
        dir: &RecordDir,
        read: impl FnOnce() -> Result<Option<Brief>, E>,
    ) -> Result<Option<Brief>, E> {
        if let Some(known) = self.files.borrow().records.get(dir).and_then(|touched| touched.brief.clone()) {
            return Ok(known);
        }
        let brief = read()?;
        if let Some(touched) = self.files.borrow_mut().records.get_mut(dir) {
            touched.brief = Some(brief.clone());
        }
        Ok(brief)
    }

    /// The record with the files that it is going to have.
    pub fn over(&self, record: Record) -> Record {
        let files = self.files.borrow();
        let Some(touched) = files.records.get(&record.dir) else { return record };
        let mut head = record.head;
        let mut events = record.events;
        for file in touched.files.iter().map(|at| &files.all[*at]) {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let Ok(parsed) = document::parse(file.text.as_bytes()) else { continue };
            if name == record.dir.kind().head_file() {
                head = Some(parsed);
            } else if let Some(name) = EventName::from_file(name) {
                events.extend(Event::from_document(name, parsed));
            }
        }
        let (strays, archives) = (record.strays, record.archives);
        Record { strays, archives, ..Record::new(record.dir, head, events, record.faults) }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const DIR: &str = ".perfteam/flags/2026-11-20/pool-7k2m9qxa3d";

    fn file(name: &str) -> NewFile {
        NewFile { path: format!("{DIR}/{name}"), text: "---\n---\n".into() }
    }

    /// A batch of n commands asks for n records n times.
    #[test]
    fn a_record_is_read_anew_only_where_the_batch_changed_it() {
        let overlay = Overlay::default();
        let reads = Cell::new(0);
        let ask = |dir: &RecordDir| {
            let read = || {
                reads.set(reads.get() + 1);
                Ok::<_, ()>(None)
            };
            assert_eq!(overlay.brief(dir, read), Ok(None));
        };
        overlay.add(&[file("flag.md")]);
        let dirs = overlay.dirs();
        let dir = dirs.first().expect("a record");
        ask(dir);
        ask(dir);
        assert_eq!(reads.get(), 1);
        overlay.add(&[file("flag.md")]);
        ask(dir);
        assert_eq!(reads.get(), 1, "a file that is there already changes nothing");
        overlay.add(&[file("20261120T155200.123Z-locked-4f7a1c.md")]);
        ask(dir);
        ask(dir);
        assert_eq!((reads.get(), overlay.files().len()), (2, 2));
    }
}
