//! The folders of days.

use crate::domain::diagnostic::{Fault, FileFault, Spot};
use crate::domain::kind::KINDS;
use crate::domain::record::is_day;
use crate::store::error::StoreError;
use crate::store::repo::FOLDER;
use crate::store::source::{EntryKind, Source, WorkTree};
use crate::store::team::is_folder;

/// The folders of all days of all kinds.
#[derive(Default)]
pub(super) struct Days {
    /// Relative to `.perfteam`.
    pub(super) paths: Vec<String>,
    /// What lies among them and is none.
    pub(super) faults: Vec<FileFault>,
}

impl Days {
    /// Those of a work tree.
    pub(super) fn of(source: &WorkTree) -> Result<Days, StoreError> {
        let mut days = Days::default();
        for kind in KINDS {
            let folder = kind.folder();
            let whole = format!("{FOLDER}/{folder}");
            is_folder(source, &whole, &mut days.faults)?;
            for entry in source.list(&whole)? {
                let path = [folder, "/", &entry.name].concat();
                if entry.kind == EntryKind::Folder && is_day(&entry.name) {
                    days.paths.push(path);
                } else if !entry.name.starts_with('.') {
                    let expected = "expected a folder for one day, such as 2026-11-20";
                    days.faults.push(misplaced(&path, expected));
                }
            }
        }
        Ok(days)
    }
}

/// That nothing such as `path`, relative to `.perfteam`, belongs there.
pub(super) fn misplaced(path: &str, expected: &str) -> FileFault {
    let path = format!("{FOLDER}/{path}");
    FileFault { path, fault: Fault::new(Spot::Start, format!("does not belong here: {expected}")) }
}
