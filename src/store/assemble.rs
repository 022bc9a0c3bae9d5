//! Puts records together from the files of their folders.

use std::collections::HashSet;

use super::error::StoreError;
use super::redaction;
use super::source::{Contents, EntryKind, Source};
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Document;
use crate::domain::event::Event;
use crate::domain::id::{EventName, archive_file, is_archive};
use crate::domain::record::{Record, RecordDir};
use crate::markdown::archive::{self, Part};
use crate::markdown::document;

/// One file of a record's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its contents; `None` when it is no plain file.
    pub contents: Option<Contents>,
}

/// Reads the record at `dir`.
pub fn read_record(source: &dyn Source, dir: &RecordDir) -> Result<Record, StoreError> {
    Ok(assemble(dir.clone(), read_files(source, dir)?))
}

/// The files in the folder of a record, as they lie there, without the documents that people keep
/// beside them.
pub fn read_files(source: &dyn Source, dir: &RecordDir) -> Result<Vec<File>, StoreError> {
    let folder = dir.path();
    let mut files = Vec::new();
    for entry in source.list(&folder)? {
        if entry.kind == EntryKind::File && dir.kind().is_document(&entry.name) {
            continue;
        }
        let contents = match entry.kind {
            EntryKind::File => source.read(&format!("{folder}/{}", entry.name))?,
            EntryKind::Folder | EntryKind::Other => None,
        };
        files.push(File { name: entry.name, contents });
    }
    Ok(files)
}

/// What the files of a record say: those in archives like those that lie there, each with its bytes.
pub fn said(dir: &RecordDir, files: Vec<File>) -> Vec<(String, Vec<u8>)> {
    let unpacked = unpack(dir, files).files.into_iter();
    let plain = unpacked.filter_map(|file| match file.contents {
        Some(Contents::Bytes(bytes)) => Some((file.name, bytes)),
        _ => None,
    });
    plain.collect()
}

/// What a single file of a record says: itself, or the files that it holds.
pub fn said_by(dir: &RecordDir, name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    said(dir, vec![File { name: name.to_owned(), contents: Some(Contents::Bytes(bytes.to_vec())) }])
}

/// Files of a record with those in archives in their places.
struct Unpacked {
    files: Vec<File>,
    /// The names of those that stand in archives alone.
    packed: HashSet<String>,
    archives: Vec<String>,
    faults: Vec<(String, Fault)>,
}

fn unpack(dir: &RecordDir, files: Vec<File>) -> Unpacked {
    let (archives, files): (Vec<File>, Vec<File>) =
        files.into_iter().partition(|file| is_archive(&file.name));
    let mut out = Unpacked { files, packed: HashSet::new(), archives: Vec::new(), faults: Vec::new() };
    for archive in archives {
        match parts_of(dir, &archive.name, archive.contents) {
            Ok(parts) => parts.into_iter().for_each(|part| out.add(dir, &archive.name, part)),
            Err(fault) => out.faults.push((archive.name.clone(), fault)),
        }
        out.archives.push(archive.name);
    }
    out
}

impl Unpacked {
    /// Adds a file of an archive. A late event of another branch may lie beside it, or in another
    /// archive, and the same one in both. What was redacted may have been archived elsewhere before.
    fn add(&mut self, dir: &RecordDir, archive: &str, part: Part) {
        let contents = Some(Contents::Bytes(part.text.into_bytes()));
        match self.files.iter_mut().find(|file| file.name == part.name) {
            None => {
                self.packed.insert(part.name.clone());
                self.files.push(File { name: part.name, contents });
            }
            Some(known) if known.contents == contents => {}
            Some(known) => match counts_before(dir, known, contents.as_ref()) {
                Some(true) => {}
                // A file that lies there is redacted there.
                Some(false) if self.packed.contains(&known.name) => known.contents = contents,
                Some(false) | None => {
                    let message = format!("it has another text of {}, which is here, too", known.name);
                    self.faults.push((archive.to_owned(), Fault::new(Spot::Start, message)));
                }
            },
        }
    }
}

/// Whether a file counts before another text of it, which is its redaction or the other way round.
fn counts_before(dir: &RecordDir, file: &File, other: Option<&Contents>) -> Option<bool> {
    match (&file.contents, other) {
        (Some(Contents::Bytes(own)), Some(Contents::Bytes(other))) => {
            redaction::counts_before(dir, &file.name, own, other)
        }
        _ => None,
    }
}

fn parts_of(dir: &RecordDir, name: &str, contents: Option<Contents>) -> Result<Vec<Part>, Fault> {
    let bytes = plain_bytes(contents)?;
    if archive_name(&bytes) != name {
        let message =
            format!("its text is another than the one that was archived: expected {}", archive_name(&bytes));
        return Err(Fault::new(Spot::Start, message).mend("bring back what was published: perfteam restore"));
    }
    let text = String::from_utf8(bytes).map_err(|_| Fault::new(Spot::Start, "this is no UTF-8 text"))?;
    archive::read(dir, &text)
}

/// The name of the archive with these bytes: whatever hash the repository uses, it is that of SHA-1.
pub fn archive_name(bytes: &[u8]) -> String {
    let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, bytes);
    archive_file(&id.map(|id| id.to_string()).unwrap_or_default())
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
    let Unpacked { files, archives, mut faults, .. } = unpack(&dir, files);
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
        let mend = "merge the branch that has it, or, where it was deleted: perfteam restore";
        faults.push((kind.head_file().to_owned(), fault.mend(mend)));
    }
    Record { archives, ..Record::new(dir, head, events, faults) }
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
