//! The git hooks: putting thin shims in place beside what others put there, and what each hook
//! does when git runs it.

pub mod install;
pub mod message;
pub mod news;
pub mod push;
pub mod receive;
pub mod session;
pub mod shim;
pub mod status;

use std::fmt;
use std::str::FromStr;

use crate::store::StoreError;
use crate::store::hooks::{HookFolder, HookPlace, HooksElsewhere, place};
use crate::store::repo::{FOLDER, Repo};
use crate::store::source::Source;

/// The hooks that this tool uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// Judges what a commit would contain.
    PreCommit,
    /// Adds the trailer that names the agent.
    PrepareCommitMsg,
    /// Judges the commit with its message.
    CommitMsg,
    /// Judges commits before they leave, as CI will.
    PrePush,
    /// Tells what a merge brought.
    PostMerge,
    /// Tells what another branch brings.
    PostCheckout,
    /// Judges a push where it is received.
    PreReceive,
    /// The same, one reference at a time.
    Update,
}

impl Hook {
    /// All of them, in the order in which a commit meets them.
    pub const ALL: [Hook; 8] = [
        Hook::PreCommit,
        Hook::PrepareCommitMsg,
        Hook::CommitMsg,
        Hook::PrePush,
        Hook::PostMerge,
        Hook::PostCheckout,
        Hook::PreReceive,
        Hook::Update,
    ];

    /// git's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Hook::PreCommit => "pre-commit",
            Hook::PrepareCommitMsg => "prepare-commit-msg",
            Hook::CommitMsg => "commit-msg",
            Hook::PrePush => "pre-push",
            Hook::PostMerge => "post-merge",
            Hook::PostCheckout => "post-checkout",
            Hook::PreReceive => "pre-receive",
            Hook::Update => "update",
        }
    }

    /// On which side it runs.
    pub fn side(self) -> Side {
        match self {
            Hook::PreReceive | Hook::Update => Side::Server,
            _ => Side::Work,
        }
    }

    /// Whether it may refuse what git is about to do.
    pub fn is_gate(self) -> bool {
        matches!(self, Hook::PreCommit | Hook::CommitMsg | Hook::PrePush | Hook::PreReceive | Hook::Update)
    }

    /// The line that does the hook's work in a hook file that perfteam does not write.
    pub fn line(self) -> String {
        let name = self.name();
        let end = if self.is_gate() { "|| exit $?" } else { "|| :" };
        format!("perfteam hook run {name} \"$@\" {end}")
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which hooks are put in place together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Those of a repository in which people work.
    Work,
    /// The one of a repository that receives pushes. `update` would judge once more what pre-receive
    /// has judged; it is for servers that run nothing else.
    Server,
}

impl Side {
    /// The hooks of this side.
    pub fn hooks(self) -> &'static [Hook] {
        match self {
            Side::Work => &[
                Hook::PreCommit,
                Hook::PrepareCommitMsg,
                Hook::CommitMsg,
                Hook::PrePush,
                Hook::PostMerge,
                Hook::PostCheckout,
            ],
            Side::Server => &[Hook::PreReceive],
        }
    }

    /// The command that puts them in place.
    pub fn install(self) -> &'static str {
        match self {
            Side::Work => "perfteam hook install",
            Side::Server => "perfteam hook install --server",
        }
    }
}

/// A hook that this tool does not use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected one of {}, or of agents' tools: {}",
    Hook::ALL.map(Hook::name).join(", "),
    session::SessionHook::ALL.map(session::SessionHook::name).join(", ")
)]
pub struct UnknownHook;

impl FromStr for Hook {
    type Err = UnknownHook;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Hook::ALL.into_iter().find(|hook| hook.name() == text).ok_or(UnknownHook)
    }
}

/// Why hooks can't be put in place.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Hooks lie in a folder that other repositories use, too.
    #[error("git looks for hooks in {}, which the {} configuration sets ({})", .0.folder, .0.scope, .0.origin)]
    Elsewhere(HooksElsewhere),
    /// What `core.hooksPath` names is no folder, so git runs no hooks.
    #[error("core.hooksPath names {}, which is no folder: git runs no hooks here", .0.path.display())]
    NoFolder(HookFolder),
    /// Files or git failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The folder in which this repository's own hooks lie.
fn own_folder(repo: &Repo) -> Result<HookFolder, HookError> {
    match place(repo)? {
        HookPlace::Elsewhere(elsewhere) => Err(HookError::Elsewhere(elsewhere)),
        HookPlace::Here(folder) if folder.path.exists() && !folder.path.is_dir() => {
            Err(HookError::NoFolder(folder))
        }
        HookPlace::Here(folder) => Ok(folder),
    }
}

/// Whether the protocol is in force here: HEAD or the index has the folder of the records.
pub fn is_in_force(repo: &Repo) -> Result<bool, StoreError> {
    let at_head = match repo.head()? {
        Some(head) => repo.commit_tree(head)?.exists(FOLDER),
        None => false,
    };
    Ok(at_head || repo.staged()?.exists(FOLDER))
}
