//! The other work trees of this repository, as far as they are there.

use std::path::{Component, Path, PathBuf};

use gix::ObjectId;

use crate::store::git;
use crate::store::repo::Repo;
use crate::store::source::WorkTree;

/// Another work tree of this repository.
pub(super) struct Neighbour {
    pub(super) top: PathBuf,
    /// Its folder as one would write it from this work tree.
    pub(super) shown: String,
    /// What it has checked out; `None` where that can't be told.
    pub(super) head: Option<Head>,
}

/// What a work tree has checked out.
pub(super) enum Head {
    Branch,
    Detached(ObjectId),
}

impl Neighbour {
    /// Its files.
    pub(super) fn source(&self) -> WorkTree {
        WorkTree::new(self.top.clone())
    }
}

/// The other work trees whose folders are there and are theirs. What was removed, is on a disk
/// that is not mounted, or belongs to another repository by now is none.
///
/// They are found by their files, not by opening a repository: the variables that git sets for
/// hooks (`GIT_DIR`, `GIT_INDEX_FILE`) speak of this work tree and must not lead there.
pub(super) fn neighbours(repo: &Repo) -> Vec<Neighbour> {
    let common = canonical(repo.common_dir());
    let linked = std::fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten();
    let mut found: Vec<Neighbour> =
        linked.filter_map(|entry| neighbour(repo, linked_top(&entry.path())?, &entry.path())).collect();
    found.extend(main_top(repo, &common).and_then(|top| neighbour(repo, top, &common)));
    found.sort_by(|a, b| a.top.cmp(&b.top));
    found
}

/// Whether there may be other work trees.
pub fn has_neighbours(repo: &Repo) -> bool {
    repo.git_dir() != repo.common_dir() || repo.common_dir().join("worktrees").exists()
}

fn neighbour(repo: &Repo, top: PathBuf, git_dir: &Path) -> Option<Neighbour> {
    let top = std::fs::canonicalize(top).ok()?;
    let is_other = top != repo.top() && git_dir_of(&top)? == canonical(git_dir);
    is_other.then(|| Neighbour { shown: relative(repo.top(), &top), head: head(repo, git_dir), top })
}

/// Where the linked work tree with the git folder `git_dir` is.
fn linked_top(git_dir: &Path) -> Option<PathBuf> {
    let link = std::fs::read_to_string(git_dir.join("gitdir")).ok()?;
    Some(git_dir.join(link.trim_end()).parent()?.to_owned())
}

/// Where the main work tree is; a bare repository has none.
fn main_top(repo: &Repo, common: &Path) -> Option<PathBuf> {
    let config = repo.git.config_snapshot();
    if config.boolean("core.bare") == Some(true) {
        return None;
    }
    match config.string("core.worktree") {
        Some(set) => Some(common.join(set.to_string())),
        None if common.file_name()? == ".git" => common.parent().map(Path::to_owned),
        None => None,
    }
}

/// The git folder that the work tree at `top` says it has.
fn git_dir_of(top: &Path) -> Option<PathBuf> {
    let link = top.join(".git");
    if link.is_dir() {
        return Some(canonical(&link));
    }
    let text = std::fs::read_to_string(&link).ok()?;
    let target = text.strip_prefix("gitdir:")?.trim();
    std::fs::canonicalize(top.join(target)).ok()
}

fn head(repo: &Repo, git_dir: &Path) -> Option<Head> {
    if repo.has_foreign_refs() {
        return head_by_git(repo, git_dir);
    }
    let text = std::fs::read_to_string(git_dir.join("HEAD")).ok()?;
    if text.starts_with("ref:") {
        return Some(Head::Branch);
    }
    ObjectId::from_hex(text.trim().as_bytes()).ok().map(Head::Detached)
}

fn head_by_git(repo: &Repo, git_dir: &Path) -> Option<Head> {
    let ask = |command: &[&str]| {
        let git_dir = format!("--git-dir={}", git_dir.display());
        git::answer(repo.top(), std::iter::once(git_dir.as_str()).chain(command.iter().copied()))
            .ok()
            .flatten()
    };
    if ask(&["symbolic-ref", "--quiet", "HEAD"]).is_some() {
        return Some(Head::Branch);
    }
    let hex = ask(&["rev-parse", "--verify", "--quiet", "HEAD"])?;
    ObjectId::from_hex(hex.as_bytes()).ok().map(Head::Detached)
}

fn canonical(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// `to` as one would write it at `from`, where both are near each other; else whole.
fn relative(from: &Path, to: &Path) -> String {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().count() - shared;
    if shared < 2 || up > 3 {
        return to.display().to_string();
    }
    let down = to.components().skip(shared);
    let path: PathBuf = std::iter::repeat_n(Component::ParentDir, up).chain(down).collect();
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_is_shown_as_one_would_write_it() {
        let shown = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(shown("/work/repo", "/work/wt-b"), "../wt-b");
        assert_eq!(shown("/work/repo", "/work/repo/trees/b"), "trees/b");
        assert_eq!(shown("/work/repo/trees/a", "/work/repo"), "../..");
        assert_eq!(shown("/work/repo", "/tmp/b"), "/tmp/b");
    }
}
