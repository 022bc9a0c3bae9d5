//! Hook files: where git looks for them, and reading and writing them whole.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::StoreError;
use super::git;
use super::repo::Repo;
use super::source::is_missing;
use super::write::sync_folder;

/// The folder in which this repository's hooks lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookFolder {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it lies in the work tree, so that the team commits and shares its files.
    pub shared: bool,
    /// The folder in which git itself looks, and from which these hooks are called.
    pub looked_in: PathBuf,
}

/// `core.hooksPath` as set for more than this repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HooksElsewhere {
    /// The folder that it names.
    pub folder: String,
    /// git's word for where it is set: `global`, `system`, `command`.
    pub scope: String,
    /// The file that sets it, as git tells it.
    pub origin: String,
}

/// Where git looks for hooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookPlace {
    /// In a folder of this repository's own.
    Here(HookFolder),
    /// In a folder that other repositories use, too.
    Elsewhere(HooksElsewhere),
}

/// Finds out where git looks for the hooks of `repo`. A `core.hooksPath` of the repository itself
/// is honoured.
pub fn place(repo: &Repo) -> Result<HookPlace, StoreError> {
    let args = ["config", "--show-scope", "--show-origin", "--type=path", "--get", "core.hooksPath"];
    let Some(setting) = git::answer(repo.top(), args)? else {
        let own = repo.common_dir().join("hooks");
        return Ok(HookPlace::Here(folder(repo, own.clone(), own)));
    };
    let mut fields = setting.splitn(3, '\t').map(str::to_owned);
    let mut next = || fields.next().unwrap_or_default();
    let (scope, origin, value) = (next(), next(), next());
    if scope != "local" && scope != "worktree" {
        return Ok(HookPlace::Elsewhere(HooksElsewhere { folder: value, scope, origin }));
    }
    let configured = repo.top().join(value);
    Ok(HookPlace::Here(folder(repo, own_hooks(&configured), configured)))
}

/// husky points git at `.husky/_`, which it writes anew; the files for people are beside it.
fn own_hooks(configured: &Path) -> PathBuf {
    match configured.parent() {
        Some(husky) if configured.ends_with(".husky/_") => husky.to_owned(),
        _ => configured.to_owned(),
    }
}

fn folder(repo: &Repo, path: PathBuf, looked_in: PathBuf) -> HookFolder {
    let real = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
    let git = std::fs::canonicalize(repo.common_dir()).unwrap_or_else(|_| repo.common_dir().to_owned());
    let shared = real.starts_with(repo.top()) && !real.starts_with(git);
    HookFolder { path, shared, looked_in }
}

/// What lies where a hook would lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookFile {
    /// Nothing.
    Missing,
    /// A symbolic link.
    Link {
        /// Where it leads.
        target: PathBuf,
        /// The bytes there; none where it leads nowhere.
        bytes: Vec<u8>,
    },
    /// A file.
    File {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Whether git, or husky, would run it.
        executable: bool,
    },
}

/// Reads the hook file at `path`.
pub fn read(path: &Path) -> Result<HookFile, StoreError> {
    let about = match std::fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if is_missing(&error) => return Ok(HookFile::Missing),
        Err(error) => return Err(StoreError::io("read", path)(error)),
    };
    if about.is_symlink() {
        let target = std::fs::read_link(path).map_err(StoreError::io("read", path))?;
        return Ok(HookFile::Link { target, bytes: std::fs::read(path).unwrap_or_default() });
    }
    let bytes = std::fs::read(path).map_err(StoreError::io("read", path))?;
    Ok(HookFile::File { bytes, executable: is_executable(&about) || is_run_by_husky(path) })
}

/// husky runs its files whether they are executable or not.
fn is_run_by_husky(path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with(".husky"))
}

/// Writes the hook file at `path`, whole or not at all, and executable.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
    let mut file = tempfile::Builder::new()
        .prefix(".perfteam-")
        .tempfile_in(folder)
        .map_err(StoreError::io("write into", folder))?;
    file.write_all(bytes).map_err(StoreError::io("write", path))?;
    make_executable(file.as_file(), path)?;
    file.as_file().sync_all().map_err(StoreError::io("write", path))?;
    file.persist(path).map_err(|error| StoreError::io("write", path)(error.error))?;
    sync_folder(folder);
    Ok(())
}

/// Removes the hook file at `path`.
pub fn remove(path: &Path) -> Result<(), StoreError> {
    std::fs::remove_file(path).map_err(StoreError::io("remove", path))
}

#[cfg(unix)]
fn is_executable(about: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    about.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    true
}

/// The mode of the file that is replaced is kept, and whoever may read it may run it.
#[cfg(unix)]
fn make_executable(file: &std::fs::File, replaces: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let old = std::fs::metadata(replaces).map_or(0o755, |about| about.permissions().mode() & 0o7777);
    let mode = old | ((old & 0o444) >> 2);
    file.set_permissions(std::fs::Permissions::from_mode(mode)).map_err(StoreError::io("write", replaces))
}

#[cfg(not(unix))]
fn make_executable(_: &std::fs::File, _: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// What git says when it runs the hook `name` now, on a copy of the index, with `variable` set.
pub fn run_on_a_copy(
    repo: &Repo,
    name: &str,
    file: &Path,
    variable: (&str, &str),
) -> Result<String, StoreError> {
    let scratch = tempfile::tempdir().map_err(StoreError::io("write into", &std::env::temp_dir()))?;
    let index = scratch.path().join("index");
    let own = repo.git_dir().join("index");
    if own.exists() {
        std::fs::copy(&own, &index).map_err(StoreError::io("read", &own))?;
    }
    let mut command = git::command(repo.top(), ["hook", "run", name]);
    command.env("GIT_INDEX_FILE", &index).env(variable.0, variable.1);
    let mut said = said_by(&mut command, "git hook run")?;
    if said.contains("is not a git command") {
        // git before 2.36: its own way to run a hook is to execute the file.
        let mut command = std::process::Command::new(file);
        command.current_dir(repo.top()).stdin(std::process::Stdio::null());
        command.env("GIT_INDEX_FILE", &index).env(variable.0, variable.1);
        said = said_by(&mut command, &file.display().to_string())?;
    }
    Ok(said)
}

fn said_by(command: &mut std::process::Command, shown: &str) -> Result<String, StoreError> {
    let output = command.output().map_err(|error| StoreError::Git {
        what: format!("`{shown}` could not be run"),
        detail: error.to_string(),
    })?;
    let said = [output.stdout, output.stderr].concat();
    Ok(String::from_utf8_lossy(&said).into_owned())
}
