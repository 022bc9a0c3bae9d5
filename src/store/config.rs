//! Values of git's configuration that are for one work tree alone.
//!
//! Linked work trees share `.git/config`. git keeps a file beside it for each of them,
//! `config.worktree`, and reads it once `extensions.worktreeConfig` is on. Turning that on has one
//! condition (git-worktree(1), "Configuration file"): `core.worktree`, and `core.bare` where it is
//! true, must move to the file of the main work tree first, since from then on every work tree
//! would take the shared ones for its own. While there is only one work tree, its values stand in
//! `.git/config`, as `git config --worktree` has it; a linked one that sets its own wins over that.

use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::error::StoreError;
use super::git;
use super::repo::Repo;

/// Keys that say where the main work tree is, and so must not be shared.
const OF_MAIN: [&str; 2] = ["core.bare", "core.worktree"];

/// What became of a value that was to be unset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unset {
    /// It is gone.
    Done,
    /// It was not set for this work tree.
    WasNot,
}

impl Repo {
    /// Whether this is a linked work tree, whose configuration another one shares.
    pub fn is_linked(&self) -> bool {
        self.git_dir() != self.common_dir()
    }

    /// Sets `key` for this work tree alone.
    pub fn set_here(&self, key: &str, value: &str) -> Result<(), StoreError> {
        if self.has_several_work_trees() {
            self.separate_configurations()?;
        }
        git::output(self.top(), ["config", "--worktree", "--replace-all", key, value])?;
        Ok(())
    }

    /// Takes back what [`Repo::set_here`] set.
    pub fn unset_here(&self, key: &str) -> Result<Unset, StoreError> {
        let mut places = Vec::new();
        if self.separates_configurations() {
            places.push("--worktree");
        }
        if !self.is_linked() {
            places.push("--local");
        }
        let mut done = Unset::WasNot;
        for place in places {
            if git::answer(self.top(), ["config", place, "--get", key])?.is_some() {
                git::output(self.top(), ["config", place, "--unset-all", key])?;
                done = Unset::Done;
            }
        }
        Ok(done)
    }

    /// Where the value of `key` that counts comes from, as git tells it: `file:.git/config`.
    pub fn origin_of(&self, key: &str) -> Option<String> {
        let answer = git::answer(self.top(), ["config", "--show-origin", "--get", key]).ok().flatten()?;
        Some(answer.split_once('\t')?.0.to_owned())
    }

    fn has_several_work_trees(&self) -> bool {
        std::fs::read_dir(self.common_dir().join("worktrees")).is_ok_and(|mut linked| linked.next().is_some())
    }

    fn separates_configurations(&self) -> bool {
        let shared = self.common_dir().join("config");
        matches!(read(self.top(), &shared, "extensions.worktreeConfig"), Ok(Some(value)) if value == "true")
    }

    /// Turns `extensions.worktreeConfig` on and moves what must not be shared, in one step: between
    /// two, either the main work tree or a linked one would look for its files in the wrong place.
    fn separate_configurations(&self) -> Result<(), StoreError> {
        if self.separates_configurations() {
            return Ok(());
        }
        let (shared, main) = (self.common_dir().join("config"), self.common_dir().join("config.worktree"));
        let next = lock(&shared)?;
        for key in OF_MAIN {
            match read(self.top(), &shared, key)? {
                Some(value) if (key, value.as_str()) != ("core.bare", "false") => {
                    // Not read yet by anybody.
                    write(self.top(), &main, key, &value)?;
                    git::output(self.top(), file_args(&next, ["--unset-all", key]))?;
                }
                _ => {}
            }
        }
        write(self.top(), &next, "extensions.worktreeConfig", "true")?;
        next.persist(&shared).map_err(|error| StoreError::io("write", &shared)(error.error))
    }
}

/// A copy of the configuration in the place where git locks it, so that nobody else writes it
/// meanwhile. Dropped, it is gone.
fn lock(config: &Path) -> Result<TempPath, StoreError> {
    let path = config.with_extension("lock");
    let created = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
    created.map_err(StoreError::io("lock", &path))?;
    let next = TempPath::try_from_path(&path).map_err(StoreError::io("lock", &path))?;
    std::fs::copy(config, &next).map_err(StoreError::io("write", &path))?;
    Ok(next)
}

fn read(top: &Path, file: &Path, key: &str) -> Result<Option<String>, StoreError> {
    let is_switch = key != "core.worktree";
    let kind = if is_switch { "--type=bool" } else { "--no-type" };
    git::answer(top, file_args(file, [kind, "--get", key]))
}

fn write(top: &Path, file: &Path, key: &str, value: &str) -> Result<(), StoreError> {
    git::output(top, file_args(file, ["--replace-all", key, value]))?;
    Ok(())
}

fn file_args<const N: usize>(file: &Path, args: [&str; N]) -> Vec<PathBuf> {
    let start = [PathBuf::from("config"), PathBuf::from("--file"), file.to_owned()];
    start.into_iter().chain(args.into_iter().map(PathBuf::from)).collect()
}
