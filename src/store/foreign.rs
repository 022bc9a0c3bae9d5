//! Files from outside the repository that people ask to be read.

use std::io::Read;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::error::StoreError;
use crate::markdown::document::MAX_FILE;

/// The agent files among `paths`: files as they are given, folders with all below them, by name.
/// Of a huge file no more is read than tells that it is one. Links below a folder are not followed.
pub fn agent_files(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Vec<u8>)>, StoreError> {
    let mut files = Vec::new();
    for path in paths {
        if !std::fs::metadata(path).map_err(StoreError::io("read", path))?.is_dir() {
            files.push(read_file(path)?);
            continue;
        }
        for entry in WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(is_wanted) {
            let entry = entry.map_err(|error| StoreError::io("read", path)(error.into()))?;
            if entry.file_type().is_file() && is_agent_file(entry.path()) {
                files.push(read_file(entry.path())?);
            }
        }
    }
    Ok(files)
}

fn is_wanted(entry: &walkdir::DirEntry) -> bool {
    !matches!(entry.file_name().to_str(), Some(".git" | "node_modules" | "target"))
}

fn is_agent_file(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default().to_ascii_lowercase();
    matches!(kind.as_str(), "md" | "mdc" | "markdown" | "toml" | "txt")
        && !path.file_name().is_some_and(|name| name.eq_ignore_ascii_case("Cargo.toml"))
}

fn read_file(path: &Path) -> Result<(PathBuf, Vec<u8>), StoreError> {
    let mut bytes = Vec::new();
    let open = std::fs::File::open(path).map_err(StoreError::io("read", path))?;
    open.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(StoreError::io("read", path))?;
    Ok((path.to_owned(), bytes))
}
