//! What git itself makes of the sides of a merge.

use std::collections::BTreeSet;
use std::process::Command;

use gix::ObjectId;

use super::git;
use super::receiving::quoted;
use super::repo::Repo;

impl Repo {
    /// The paths at which the merge `commit` is not as git, which follows renames, would make it of
    /// `ours` and `theirs`; without those on which git asks. `None` where git can't tell: it is older than 2.38, or
    /// the two have no common history. Nothing is written into the repository.
    pub fn unlike_git_merge(
        &self,
        commit: ObjectId,
        [ours, theirs]: [ObjectId; 2],
    ) -> Option<BTreeSet<String>> {
        let written = tempfile::tempdir().ok()?;
        let objects = self.git.objects.store_ref().path();
        let git = |args: &[&str]| -> Command {
            let mut command = git::command(self.top(), args);
            command.env("GIT_OBJECT_DIRECTORY", written.path());
            command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted(objects));
            command.env("GIT_NO_REPLACE_OBJECTS", "1");
            command
        };
        let [ours, theirs, commit] = [ours, theirs, commit].map(|id| id.to_string());
        let merge = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", &ours, &theirs];
        let merged = git(&merge).output().ok()?;
        // 1: there are conflicts, whose paths follow the tree.
        if !matches!(merged.status.code(), Some(0 | 1)) {
            return None;
        }
        let merged = String::from_utf8_lossy(&merged.stdout).into_owned();
        let (tree, asked) = merged.split_once('\0')?;
        let asked: BTreeSet<&str> = asked.split('\0').collect();
        let diff = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", tree, &commit];
        let diff = git(&diff).output().ok().filter(|diff| diff.status.success())?;
        let unlike = String::from_utf8_lossy(&diff.stdout).into_owned();
        let unlike = unlike.split('\0').filter(|path| !path.is_empty() && !asked.contains(path));
        Some(unlike.map(str::to_owned).collect())
    }
}
