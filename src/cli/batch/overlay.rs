//! What a batch is going to write, seen by its commands as if it were written.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::cli::lease::Deferred;
use crate::domain::event::Event;
use crate::domain::id::EventName;
use crate::domain::record::{Record, RecordDir};
use crate::markdown::document;
use crate::store::committed::record_of;
use crate::store::write::NewFile;

/// Files and claims that wait for the end of a batch.
#[derive(Debug, Default)]
pub struct Overlay {
    files: RefCell<Vec<NewFile>>,
    claims: RefCell<Vec<Deferred>>,
}

impl Overlay {
    /// Adds files, in the order in which they are to appear.
    pub fn add(&self, files: &[NewFile]) {
        let new: Vec<NewFile> = files.iter().filter(|file| !self.has(&file.path)).cloned().collect();
        self.files.borrow_mut().extend(new);
    }

    /// Whether there is a file at this path.
    pub fn has(&self, path: &str) -> bool {
        self.files.borrow().iter().any(|file| file.path == path)
    }

    /// Puts off a change of claims.
    pub fn defer(&self, change: Deferred) {
        self.claims.borrow_mut().push(change);
    }

    /// All files.
    pub fn files(&self) -> Vec<NewFile> {
        self.files.borrow().clone()
    }

    /// The changes of claims that were put off.
    pub fn claims(&self) -> Vec<Deferred> {
        self.claims.borrow().clone()
    }

    /// The records of which there are files.
    pub fn dirs(&self) -> BTreeSet<RecordDir> {
        self.files.borrow().iter().filter_map(|file| record_of(&file.path)).collect()
    }

    /// The record with the files that it is going to have.
    pub fn over(&self, record: Record) -> Record {
        let files = self.files.borrow();
        let own = files.iter().filter(|file| record_of(&file.path).as_ref() == Some(&record.dir));
        let mut head = record.head;
        let mut events = record.events;
        for file in own {
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
