//! What can go wrong with files and git, with the path it went wrong at.

use std::io;
use std::path::{Path, PathBuf};

/// A fact about files or git that kept an operation from its end.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no repository here.
    #[error("there is no git repository at {} or above it", .0.display())]
    NoRepository(PathBuf),
    /// The repository has no work tree.
    #[error("{} is a bare repository: it has no work tree", .0.display())]
    Bare(PathBuf),
    /// The repository belongs to somebody else.
    #[error("the repository at {} belongs to another user", .0.display())]
    Untrusted(PathBuf),
    /// An operation on a file failed.
    #[error("can't {action} {}: {source}", .path.display())]
    Io {
        /// What was tried: `read`, `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// git, or the library that reads its files, failed.
    #[error("{what}: {detail}")]
    Git {
        /// What was tried.
        what: String,
        /// What it said.
        detail: String,
    },
    /// Another repository can't be reached, or git could not speak with it.
    #[error("can't reach {name}: {detail}")]
    Remote {
        /// The name of the remote.
        name: String,
        /// What git said.
        detail: String,
    },
    /// A revision can't be found.
    #[error("`{name}` names no commit here{}", if *.shallow { ", where history is cut off (a shallow clone)" } else { "" })]
    UnknownRevision {
        /// The revision as it was named.
        name: String,
        /// Whether it may be among what was not fetched.
        shallow: bool,
    },
    /// Nothing was committed yet.
    #[error("there is no commit yet")]
    Unborn,
    /// A revision shares no commit with HEAD.
    #[error("no common history: no commit is both in `{0}` and in HEAD")]
    Unrelated(String),
    /// History is cut off where it is needed.
    #[error("history is cut off (a shallow clone): {0}")]
    Shallow(String),
    /// Another process holds a lock for longer than is waited.
    #[error("{holder} holds {} for more than {waited} s", .path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, as far as it is known.
        holder: String,
        /// How long was waited.
        waited: u64,
    },
    /// A path that `.gitignore` hides would be written.
    #[error("git would ignore {path} ({rule})")]
    Ignored {
        /// The path from the top of the work tree.
        path: String,
        /// Source, line and pattern, as git tells them.
        rule: String,
    },
    /// A path leads out of `.perfteam`, by a symbolic link or otherwise.
    #[error("{} is a symbolic link: records are plain files and folders", .0.display())]
    Link(PathBuf),
    /// Something that is no folder lies where one must be.
    #[error("{} is no folder", .0.display())]
    NoFolder(PathBuf),
    /// The file of a claim's reference holds none, as a machine that lost its power leaves it.
    #[error("{} is damaged: no object stands in it", .0.display())]
    DamagedClaim(PathBuf),
    /// A file that must be new exists.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
}

impl StoreError {
    /// Makes an I/O error name its path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
        let path = path.to_owned();
        move |source| StoreError::Io { action, path, source }
    }

    /// Wraps what git or its library said.
    pub fn git(
        what: impl Into<String>,
    ) -> impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> StoreError {
        let what = what.into();
        move |error| StoreError::Git { what, detail: chain(error.as_ref()) }
    }
}

/// The message of an error and of its causes, in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}
