//! Reads what was learnt: the entries of `.perfteam/knowledge`.

use super::assemble::{is_hidden, plain_bytes};
use super::error::StoreError;
use super::source::{EntryKind, Source};
use super::team::is_folder;
use crate::domain::diagnostic::{Fault, FileFault};
use crate::domain::knowledge::{Entry, EntryName, FOLDER, Library, Place, place};
use crate::markdown::knowledge;

/// How many folders below [`FOLDER`] are looked into. Entries lie in the first; what lies deeper is
/// looked for to say so.
const DEPTH: usize = 3;

/// Reads all entries at `source`. A file that can't be read is a fault; the others are read all the
/// same.
pub fn read_library(source: &dyn Source) -> Result<Library, StoreError> {
    let mut library = Library::default();
    if is_folder(source, FOLDER, &mut library.faults)? {
        read_folder(source, FOLDER, DEPTH, &mut library)?;
    }
    Ok(library)
}

fn read_folder(
    source: &dyn Source,
    folder: &str,
    depth: usize,
    library: &mut Library,
) -> Result<(), StoreError> {
    for entry in source.list(folder)?.into_iter().filter(|entry| !is_hidden(&entry.name)) {
        let path = format!("{folder}/{}", entry.name);
        let read = match entry.kind {
            EntryKind::Folder if depth > 0 => {
                read_folder(source, &path, depth - 1, library)?;
                continue;
            }
            EntryKind::Folder => continue,
            EntryKind::File => read_at(source, &path)?,
            EntryKind::Other => plain_bytes(None).err().map(Err),
        };
        match read {
            Some(Ok(entry)) => library.entries.push(entry),
            Some(Err(fault)) => library.faults.push(FileFault { path, fault }),
            None => {}
        }
    }
    Ok(())
}

/// What is wrong with the file at `path`, where that is below [`FOLDER`].
pub fn entry_fault(source: &dyn Source, path: &str) -> Result<Option<FileFault>, StoreError> {
    let read = read_at(source, path)?;
    Ok(read.and_then(Result::err).map(|fault| FileFault { path: path.to_owned(), fault }))
}

/// The entry at `path`; `None` where something else may lie there.
fn read_at(source: &dyn Source, path: &str) -> Result<Option<Result<Entry, Fault>>, StoreError> {
    Ok(match place(path) {
        Some(Place::Entry(name)) => Some(read_entry(source, name)?),
        Some(Place::Wrong(fault)) => Some(Err(fault)),
        Some(Place::Beside) | None => None,
    })
}

/// The entry called `name`.
fn read_entry(source: &dyn Source, name: EntryName) -> Result<Result<Entry, Fault>, StoreError> {
    let contents = source.read(&name.path())?;
    Ok(plain_bytes(contents).and_then(|bytes| knowledge::read(name, &bytes)))
}
