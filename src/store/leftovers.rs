//! Temporary files that a process left behind when it was killed while it wrote.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::repo::{FOLDER, Repo};
use super::write::TEMPORARY;

/// A file this old belongs to no process that still writes.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// The paths of what was left behind, from the top of the work tree. A file that is being written
/// now is among them.
pub fn leftovers(repo: &Repo) -> Vec<String> {
    let mut names: Vec<String> = files(repo)
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names.into_iter().map(|name| format!("{FOLDER}/{TEMPORARY}/{name}")).collect()
}

/// Takes away what was left behind more than a day ago. What can't be taken away stays: it is in
/// nobody's way.
pub fn sweep(repo: &Repo) {
    for path in files(repo).iter().filter(|path| is_ours(path) && is_old(path)) {
        let _ = std::fs::remove_file(path);
    }
}

/// Takes away the folders in `folder` whose names begin with `prefix`, and that a process left behind more
/// than a day ago.
pub fn sweep_folders(folder: &Path, prefix: &str) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_ours = |entry: &std::fs::DirEntry| {
        entry.file_name().to_string_lossy().starts_with(prefix)
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
    };
    for left in entries.filter(is_ours).map(|entry| entry.path()).filter(|path| is_old(path)) {
        let _ = std::fs::remove_dir_all(left);
    }
}

fn files(repo: &Repo) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repo.folder().join(TEMPORARY)).into_iter().flatten().flatten();
    let is_file = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
    entries
        .filter(is_file)
        .filter(|entry| entry.file_name() != ".gitignore")
        .map(|entry| entry.path())
        .collect()
}

/// Whether it has the name of a temporary file; others are not ours to take away.
fn is_ours(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".tmp"))
}

fn is_old(path: &Path) -> bool {
    let changed = std::fs::symlink_metadata(path).and_then(|about| about.modified());
    changed.is_ok_and(|changed| SystemTime::now().duration_since(changed).is_ok_and(|age| age > OLD))
}
