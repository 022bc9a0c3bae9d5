//! Files of other tools in the work tree: read and written whole, never through a link.

use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::repo::Repo;
use super::source::is_missing;
use super::write::{flushed, make_folders, refuse_detours, sync_folder};

/// The bytes of the file at `path`, from the top of the work tree; `None` where there is none.
pub fn read(repo: &Repo, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let file = place(repo, path)?;
    match std::fs::read(&file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(StoreError::io("read", &file)(error)),
    }
}

/// Where the link at `path` leads, as it says; `None` where there is no link.
pub fn link(repo: &Repo, path: &str) -> Option<PathBuf> {
    std::fs::read_link(repo.top().join(path)).ok()
}

/// Writes the file, whole or not at all. One that is there keeps its mode.
pub fn write(repo: &Repo, path: &str, text: &str) -> Result<(), StoreError> {
    let file = place(repo, path)?;
    let folder = file.parent().unwrap_or(&file);
    make_folders(repo, folder)?;
    let temporary = tempfile::Builder::new().prefix(".perfteam-").tempfile_in(folder);
    let temporary = flushed(temporary, folder, text.as_bytes())?;
    if let Ok(about) = std::fs::metadata(&file) {
        temporary.as_file().set_permissions(about.permissions()).map_err(StoreError::io("write", &file))?;
    }
    temporary.persist(&file).map_err(|error| StoreError::io("write", &file)(error.error))?;
    sync_folder(folder);
    Ok(())
}

/// Removes the file, and the folders that are empty then.
pub fn remove(repo: &Repo, path: &str) -> Result<(), StoreError> {
    let file = place(repo, path)?;
    std::fs::remove_file(&file).map_err(StoreError::io("remove", &file))?;
    let folders = file.ancestors().skip(1).take_while(|folder| *folder != repo.top());
    // The first that is not empty ends it.
    let _ = folders.map(std::fs::remove_dir).find(Result::is_err);
    Ok(())
}

/// The file, unless it is a link or lies behind one.
fn place(repo: &Repo, path: &str) -> Result<PathBuf, StoreError> {
    let file = repo.top().join(path);
    refuse_detours(repo, file.parent().unwrap_or(Path::new("")))?;
    match std::fs::symlink_metadata(&file) {
        Ok(about) if about.is_symlink() => Err(StoreError::Link(file)),
        _ => Ok(file),
    }
}
