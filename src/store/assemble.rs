//! Puts records together from the files of their folders.

use super::error::StoreError;
use super::source::{Contents, EntryKind, Source};
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Document;
use crate::domain::event::Event;
use crate::domain::id::EventName;
use crate::domain::record::{Record, RecordDir};
use crate::markdown::document;

/// One file of a record's folder.
pub struct File {
    /// Its name.
    pub name: String,
    /// Its contents; `None` when it is no plain file.
    pub contents: Option<Contents>,
}

/// Reads the record at `dir`.
pub fn read_record(source: &dyn Source, dir: &RecordDir) -> Result<Record, StoreError> {
    let folder = dir.path();
    let mut files = Vec::new();
    for entry in source.list(&folder)? {
        let contents = match entry.kind {
            EntryKind::File => source.read(&format!("{folder}/{}", entry.name))?,
            EntryKind::Folder | EntryKind::Other => None,
        };
        files.push(File { name: entry.name, contents });
    }
    Ok(assemble(dir.clone(), files))
}

/// Whether a name is one of those that systems and editors leave behind, such as `.DS_Store`.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.') && !name.starts_with("..")
}

/// Puts the record at `dir` together from its files. Nothing is skipped silently: what is neither
/// the head nor an event is a fault.
pub fn assemble(dir: RecordDir, files: Vec<File>) -> Record {
    let kind = dir.kind();
    let mut head = None;
    let mut events = Vec::new();
    let mut faults = Vec::new();
    for file in files.into_iter().filter(|file| !is_hidden(&file.name)) {
        if file.name == kind.head_file() {
            match read_document(file.contents) {
                Ok(document) => {
                    faults.extend(
                        head_faults(&dir, &document).into_iter().map(|fault| (file.name.clone(), fault)),
                    );
                    head = Some(document);
                }
                Err(fault) => faults.push((file.name, fault)),
            }
            continue;
        }
        match read_event(&dir, &file.name, file.contents) {
            Ok(event) => {
                let found = kind.event_faults(&event);
                faults.extend(found.into_iter().map(|fault| (file.name.clone(), fault)));
                events.push(event);
            }
            Err(fault) => faults.push((file.name, fault)),
        }
    }
    if head.is_none() && !events.is_empty() && !faults.iter().any(|(name, _)| name == kind.head_file()) {
        let fault = Fault::new(Spot::Start, format!("events without their head {}", kind.head_file()));
        faults.push((kind.head_file().to_owned(), fault.mend("perfteam restore")));
    }
    Record::new(dir, head, events, faults)
}

fn head_faults(dir: &RecordDir, document: &Document) -> Vec<Fault> {
    let mut faults = dir.kind().head_faults(document);
    let own = document.meta.get("id").and_then(|id| id.as_str());
    if own.is_some_and(|own| own != dir.id().as_str()) {
        let message = format!("the id is not the one that the folder's name ends in, {}", dir.id());
        faults.push(Fault::new(Spot::Key("id".into()), message));
    }
    faults
}

fn read_event(dir: &RecordDir, name: &str, contents: Option<Contents>) -> Result<Event, Fault> {
    let Some(event) = EventName::from_file(name) else {
        return Err(Fault::new(
            Spot::Start,
            format!(
                "neither {} nor an event: expected a name such as 20261120T155200.123Z-completed-4f7a1c.md",
                dir.kind().head_file()
            ),
        ));
    };
    Event::from_document(event, read_document(contents)?)
}

fn read_document(contents: Option<Contents>) -> Result<Document, Fault> {
    document::parse(&plain_bytes(contents)?)
}

/// The bytes of a plain file of sensible size.
pub fn plain_bytes(contents: Option<Contents>) -> Result<Vec<u8>, Fault> {
    match contents {
        Some(Contents::Bytes(bytes)) => Ok(bytes),
        Some(Contents::TooLarge(size)) => Err(document::too_large(size)),
        Some(Contents::Unreadable(why)) => Err(Fault::new(Spot::Start, format!("can't be read: {why}"))),
        None => Err(Fault::new(Spot::Start, "no plain file: links and folders are not followed")),
    }
}
