//! The documents that people keep in the folder of an investigation.

use super::assemble::plain_bytes;
use super::error::StoreError;
use super::source::Source;
use crate::domain::investigation::Part;
use crate::domain::investigation::needs::Pages;
use crate::domain::record::RecordDir;
use crate::markdown::page;

/// The path of the document of a part, from the top of the work tree.
pub fn path(dir: &RecordDir, part: Part) -> Option<String> {
    Some(format!("{}/{}", dir.path(), part.document()?))
}

/// The documents of the investigation at `dir`, as far as they are there.
pub fn pages(source: &dyn Source, dir: &RecordDir) -> Result<Pages, StoreError> {
    let mut pages = Pages::new();
    for part in Part::ALL {
        let Some(path) = path(dir, part) else { continue };
        let Some(contents) = source.read(&path)? else { continue };
        let read = plain_bytes(Some(contents)).and_then(|bytes| page::read(&bytes));
        pages.insert(part, read.unwrap_or_else(|fault| page::as_page(&fault)));
    }
    Ok(pages)
}
