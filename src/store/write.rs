//! Writing: complete files under a temporary name, flushed, moved into place without overwriting.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::StoreError;
use super::git;
use super::leftovers::sweep;
use super::repo::{FOLDER, Repo};

/// How long staging waits for git's index lock.
const INDEX_PATIENCE: Duration = Duration::from_secs(5);

/// A file to be written: path from the top of the work tree, and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// The path from the top of the work tree.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// Whether what was written is also staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Staging {
    /// It is in the index.
    Done,
    /// The write stands, staging failed; what git said.
    Failed(String),
    /// Policy says not to.
    Off,
}

/// Writes new files in order, so that every prefix is a valid state. Never overwrites.
pub fn create_all(repo: &Repo, files: &[NewFile]) -> Result<(), StoreError> {
    if files.is_empty() {
        return Ok(());
    }
    refuse_hidden(repo, files.iter().map(|file| file.path.as_str()))?;
    for file in files {
        create(repo, file)?;
    }
    sweep(repo);
    Ok(())
}

fn create(repo: &Repo, file: &NewFile) -> Result<(), StoreError> {
    let target = repo.top().join(&file.path);
    let folder = parent(&target);
    make_folders(repo, folder)?;
    let temporary = temporary_file(repo, file.text.as_bytes())?;
    temporary.persist_noclobber(&target).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => StoreError::Exists(target.clone()),
        _ => StoreError::io("write", &target)(error.error),
    })?;
    sync_folder(folder);
    Ok(())
}

/// Writes new files whose content git has already, so that they need not be flushed one by one.
/// What is there already with the same text stays.
pub fn create_copies<'a>(repo: &Repo, files: impl Iterator<Item = &'a NewFile>) -> Result<(), StoreError> {
    let folder = repo.folder().join(".tmp");
    let mut is_first = true;
    for file in files {
        if std::mem::take(&mut is_first) {
            refuse_hidden(repo, [file.path.as_str()])?;
            make_folders(repo, &folder)?;
            hide(&folder)?;
        }
        let target = repo.top().join(&file.path);
        refuse_detours(repo, parent(&target))?;
        let temporary =
            written(tempfile::Builder::new().tempfile_in(&folder), &folder, file.text.as_bytes())?;
        match temporary.persist_noclobber(&target) {
            Ok(_) => {}
            Err(_) if std::fs::read(&target).is_ok_and(|there| there == file.text.as_bytes()) => {}
            Err(error) => return Err(StoreError::io("write", &target)(error.error)),
        }
    }
    Ok(())
}

/// Replaces a file that people edit (roster, policy, hooks), whole or not at all.
pub fn replace(repo: &Repo, path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), StoreError> {
    let bytes = bytes.as_ref();
    let folder = parent(path);
    let temporary = if path.starts_with(repo.folder()) {
        make_folders(repo, folder)?;
        temporary_file(repo, bytes)?
    } else {
        std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
        flushed(tempfile::Builder::new().prefix(".perfteam-").tempfile_in(folder), folder, bytes)?
    };
    temporary.persist(path).map_err(|error| StoreError::io("write", path)(error.error))?;
    sync_folder(folder);
    Ok(())
}

fn temporary_file(repo: &Repo, bytes: &[u8]) -> Result<tempfile::NamedTempFile, StoreError> {
    let folder = repo.folder().join(TEMPORARY);
    make_folders(repo, &folder)?;
    hide(&folder)?;
    flushed(tempfile::Builder::new().tempfile_in(&folder), &folder, bytes)
}

/// The folder in `.perfteam` in which files are written before they are put in place.
pub const TEMPORARY: &str = ".tmp";

/// What lies in a folder of temporary files is ignored by git.
const HIDDEN: &str = "*\n";

/// Makes the folder ignore itself. The file appears whole or not at all, in place of whatever else
/// lies there, and never through a link.
fn hide(folder: &Path) -> Result<(), StoreError> {
    let ignore = folder.join(".gitignore");
    let about = std::fs::symlink_metadata(&ignore);
    if about.is_ok_and(|about| about.is_file() && about.len() == HIDDEN.len() as u64) {
        return Ok(());
    }
    let file = flushed(tempfile::Builder::new().tempfile_in(folder), folder, HIDDEN.as_bytes())?;
    file.persist(&ignore).map_err(|error| StoreError::io("write", &ignore)(error.error))?;
    Ok(())
}

pub(super) fn flushed(
    file: std::io::Result<tempfile::NamedTempFile>,
    folder: &Path,
    bytes: &[u8],
) -> Result<tempfile::NamedTempFile, StoreError> {
    let file = written(file, folder, bytes)?;
    file.as_file().sync_all().map_err(StoreError::io("write", file.path()))?;
    Ok(file)
}

fn written(
    file: std::io::Result<tempfile::NamedTempFile>,
    folder: &Path,
    bytes: &[u8],
) -> Result<tempfile::NamedTempFile, StoreError> {
    let mut file = file.map_err(StoreError::io("write into", folder))?;
    let path = file.path().to_owned();
    file.write_all(bytes).map_err(StoreError::io("write", &path))?;
    open_to_others(file.as_file(), &path)?;
    Ok(file)
}

/// Temporary files are private; what is put in place is as readable as a checkout makes it.
#[cfg(unix)]
fn open_to_others(file: &std::fs::File, path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(StoreError::io("write", path))
}

#[cfg(not(unix))]
fn open_to_others(_: &std::fs::File, _: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// Creates the folders from `.perfteam` down to `folder`, and refuses links on the way.
pub(super) fn make_folders(repo: &Repo, folder: &Path) -> Result<(), StoreError> {
    for path in refuse_detours(repo, folder)? {
        match std::fs::create_dir(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            result => result.map_err(StoreError::io("create", &path))?,
        }
        sync_folder(parent(&path));
    }
    Ok(())
}

/// The folders on the way from the top to `folder` that don't exist yet; a failure when a link, or
/// something that is no folder, stands in the way.
pub(super) fn refuse_detours(repo: &Repo, folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let Ok(below) = folder.strip_prefix(repo.top()) else {
        return Err(StoreError::Link(folder.to_owned()));
    };
    let mut path = repo.top().to_owned();
    let mut missing = Vec::new();
    for part in below.components() {
        path.push(part);
        match std::fs::symlink_metadata(&path) {
            Ok(about) if about.is_symlink() => return Err(StoreError::Link(path)),
            Ok(about) if !about.is_dir() => return Err(StoreError::NoFolder(path)),
            Ok(_) => {}
            Err(_) => missing.push(path.clone()),
        }
    }
    Ok(missing)
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) {
    // Some file systems refuse to flush a folder; the file itself is flushed already.
    let _ = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) {}

/// Paths of each form that this tool writes: what hides one of them hides coordination.
pub const FORMS: [&str; 5] = [
    ".perfteam/.gitattributes",
    ".perfteam/perfteam.yaml",
    ".perfteam/agents/ops.performance.md",
    ".perfteam/flags/2026-11-20/pool-exhausted-7k2m9qxa3d/flag.md",
    ".perfteam/flags/2026-11-20/pool-exhausted-7k2m9qxa3d/20261120T155200.123Z-locked-4f7a1c.md",
];

/// A failure when a link stands in the way of one of these paths, or, with source and line, when
/// git would ignore it.
pub fn refuse_hidden<'a>(repo: &Repo, paths: impl IntoIterator<Item = &'a str>) -> Result<(), StoreError> {
    let paths: Vec<&str> = paths.into_iter().collect();
    if paths.is_empty() {
        return Ok(());
    }
    for path in &paths {
        refuse_detours(repo, parent(&repo.top().join(path)))?;
    }
    let mut args = vec!["check-ignore", "--verbose", "--no-index", "--"];
    args.extend(paths);
    let Some(answer) = git::answer(repo.top(), &args)? else { return Ok(()) };
    // Without `--non-matching`, git prints a line for each path that some pattern matches; a
    // pattern with `!` is one that keeps the path visible.
    let hidden = answer.lines().find_map(|line| {
        let (rule, path) = line.split_once('\t')?;
        let pattern = rule.splitn(3, ':').nth(2)?;
        (!pattern.starts_with('!')).then(|| (rule.to_owned(), path.to_owned()))
    });
    match hidden {
        Some((rule, path)) => Err(StoreError::Ignored { path, rule }),
        None => Ok(()),
    }
}

/// Paths that one `git add` gets at most: the system limits the length of a command line.
const STAGED_AT_ONCE: usize = 1_000;

/// Stages exactly these paths, in full. Waits a while for git's index lock.
pub fn stage(repo: &Repo, paths: &[String]) -> Staging {
    let failed = paths
        .chunks(STAGED_AT_ONCE)
        .map(|paths| stage_some(repo, paths))
        .find(|staging| *staging != Staging::Done);
    failed.unwrap_or(Staging::Done)
}

fn stage_some(repo: &Repo, paths: &[String]) -> Staging {
    let args = ["--literal-pathspecs", "add", "--"].into_iter().chain(paths.iter().map(String::as_str));
    let args: Vec<&str> = args.collect();
    patiently(|| git::output(repo.top(), &args))
}

/// Stages files that came or went, however many, in one step.
pub fn stage_many<'a>(repo: &Repo, paths: impl Iterator<Item = &'a str>) -> Staging {
    let list: Vec<u8> = paths.flat_map(|path| path.bytes().chain([0])).collect();
    // One flush for all objects, not one for each.
    let args = ["-c", "core.fsyncMethod=batch", "update-index", "-z", "--add", "--remove", "--stdin"];
    patiently(|| git::output_given(repo.top(), &args, &list))
}

/// Has git change the index, and waits a while for its lock.
fn patiently(change: impl Fn() -> Result<Vec<u8>, StoreError>) -> Staging {
    let start = Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        match change() {
            Ok(_) => return Staging::Done,
            Err(StoreError::Git { detail, .. })
                if detail.contains("index.lock") && start.elapsed() < INDEX_PATIENCE =>
            {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(100));
            }
            Err(StoreError::Git { detail, .. }) => return Staging::Failed(first_line(&detail)),
            Err(error) => return Staging::Failed(error.to_string()),
        }
    }
}

/// What git said first; more of it is advice for those who ran it themselves.
fn first_line(detail: &str) -> String {
    let line = detail.lines().next().unwrap_or_default();
    line.strip_prefix("fatal: ").unwrap_or(line).to_owned()
}

/// The absolute path of a file of the roster or the policy, refused when a link stands in its way.
pub fn coordination_path(repo: &Repo, relative: &str) -> Result<PathBuf, StoreError> {
    let path = repo.top().join(FOLDER).join(relative);
    match std::fs::symlink_metadata(&path) {
        Ok(about) if about.is_symlink() => Err(StoreError::Link(path)),
        _ => Ok(path),
    }
}
