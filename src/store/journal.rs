//! Several files that are to appear together: written down first, so that a process which was killed
//! is finished by the next one that writes.
//!
//! The journal lies under the git folder, where no clone and no checkout can put one.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::repo::Repo;
use super::write::{NewFile, create_all, replace};

#[derive(Serialize, Deserialize)]
struct Journal {
    version: u32,
    files: Vec<(String, String)>,
}

/// Writes all files or, where the process ends before it is done, has the next one do so.
pub fn write_together(repo: &Repo, files: &[NewFile]) -> Result<(), StoreError> {
    let files = files.iter().map(|file| (file.path.clone(), file.text.clone())).collect();
    let path = path(repo);
    let text = serde_json::to_vec(&Journal { version: 1, files })
        .map_err(|error| StoreError::io("write", &path)(error.into()))?;
    replace(repo, &path, text)?;
    finish(repo).map(drop)
}

/// Writes what a journal still has; the paths of all its files. Whoever calls it holds the lock.
pub fn finish(repo: &Repo) -> Result<Vec<String>, StoreError> {
    let path = path(repo);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("read", &path)(error)),
    };
    let journal: Journal =
        serde_json::from_slice(&text).map_err(|error| StoreError::io("read", &path)(error.into()))?;
    let files = journal.files.into_iter().map(|(path, text)| NewFile { path, text });
    let is_there = |file: &NewFile| {
        std::fs::read(repo.top().join(&file.path)).is_ok_and(|there| there == file.text.as_bytes())
    };
    let (written, missing): (Vec<NewFile>, Vec<NewFile>) = files.partition(is_there);
    create_all(repo, &missing)?;
    std::fs::remove_file(&path).map_err(StoreError::io("delete", &path))?;
    Ok(written.into_iter().chain(missing).map(|file| file.path).collect())
}

/// Each work tree has its own.
fn path(repo: &Repo) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    repo.top().hash(&mut hasher);
    repo.private_dir().join("batches").join(format!("{:016x}.json", hasher.finish()))
}
