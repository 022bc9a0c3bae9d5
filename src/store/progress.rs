//! What git is in the middle of.

use super::repo::Repo;

/// An operation of git that has begun and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Underway {
    /// A rebase, or `git am`.
    Rebase,
    /// A merge.
    Merge,
    /// A squash-merge that waits for its commit.
    Squash,
    /// A cherry-pick.
    CherryPick,
    /// A revert.
    Revert,
    /// A bisection.
    Bisect,
}

/// The files by which git itself remembers what it is in the middle of. `REBASE_HEAD` is none of
/// them: it outlives a rebase that stopped at a conflict. A revert without a conflict leaves no
/// trace but the message that it prepared.
const TRACES: [(&str, Underway); 9] = [
    ("rebase-merge", Underway::Rebase),
    ("rebase-apply", Underway::Rebase),
    ("MERGE_HEAD", Underway::Merge),
    ("CHERRY_PICK_HEAD", Underway::CherryPick),
    ("REVERT_HEAD", Underway::Revert),
    ("SQUASH_MSG", Underway::Squash),
    ("sequencer", Underway::CherryPick),
    ("MERGE_MSG", Underway::Revert),
    ("BISECT_LOG", Underway::Bisect),
];

impl Repo {
    /// What git is in the middle of, in this work tree.
    pub fn underway(&self) -> Option<Underway> {
        let is_there = |name: &str| self.git_dir().join(name).exists();
        TRACES.iter().find(|(name, _)| is_there(name)).map(|(_, underway)| *underway)
    }
}
