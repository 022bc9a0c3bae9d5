//! Where a file that is about to be edited really lies: a session can edit files of any repository.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use super::error::StoreError;
use super::git;
use super::repo::Repo;

/// The repository in whose work tree `path` lies, and the path from its top; `None` where it lies in
/// none, or among the files of git itself.
pub fn owner(path: &Path) -> Result<Option<(Repo, String)>, StoreError> {
    let real = real(path);
    let Some(folder) = real.ancestors().skip(1).find(|folder| folder.is_dir()) else { return Ok(None) };
    let repo = match Repo::open(folder) {
        Ok(repo) => repo,
        Err(StoreError::NoRepository(_) | StoreError::Bare(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Ok(below) = real.strip_prefix(repo.top()) else { return Ok(None) };
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let of_git = parts.first().is_none_or(|first| first == ".git");
    Ok((!of_git).then(|| (repo, parts.join("/"))))
}

/// The path without links, whether there is a file or not.
fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| {
        let mut plain = plain(path);
        let mut missing: Vec<OsString> = Vec::new();
        loop {
            if let Ok(real) = std::fs::canonicalize(&plain) {
                return missing.iter().rev().fold(real, |path, part| path.join(part));
            }
            let Some(name) = plain.file_name().map(OsString::from) else { return plain };
            missing.push(name);
            plain.pop();
        }
    })
}

/// The path without `.` and `..`, as tools simplify it before they write.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// Whether git would leave the path out of every commit: it is ignored and not tracked.
pub fn is_ignored(repo: &Repo, path: &str) -> Result<bool, StoreError> {
    Ok(git::answer(repo.top(), ["check-ignore", "--", path])?.is_some())
}
