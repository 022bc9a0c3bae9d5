//! pre-push: the commits are judged as CI will judge them, before they leave.

use crate::check;
use crate::domain::time::Timestamp;
use crate::domain::verdict::Verdict;
use crate::store::history::Tips;
use crate::store::repo::{FOLDER, Repo};
use crate::store::source::{CommitTree, Source};
use crate::store::team::read_policy;
use crate::store::{ObjectId, StoreError};

/// A ref that is about to be pushed, as git tells it on a line of standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The ref here.
    pub local: String,
    /// The commit that it names.
    pub commit: String,
    /// The ref there.
    pub remote: String,
    /// The commit that is there now.
    pub replaces: String,
}

impl Pushed {
    /// Reads `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID`.
    pub fn parse(line: &str) -> Option<Pushed> {
        let mut fields = line.split_whitespace().map(str::to_owned);
        Some(Pushed {
            local: fields.next()?,
            commit: fields.next()?,
            remote: fields.next()?,
            replaces: fields.next()?,
        })
    }

    /// Whether it brings commits to a branch, or to a review of one. Tags and deletions bring none.
    pub fn brings_commits(&self) -> bool {
        let to_branch = ["refs/heads/", "refs/for/"].iter().any(|prefix| self.remote.starts_with(prefix));
        to_branch && !is_null(&self.commit)
    }

    /// The name of the branch there.
    fn branch(&self) -> &str {
        self.remote.strip_prefix("refs/heads/").unwrap_or(&self.remote)
    }
}

fn is_null(id: &str) -> bool {
    id.bytes().all(|byte| byte == b'0')
}

/// Judges what `pushed` would bring; `None` where there is nothing to judge it by.
pub fn judge(repo: &Repo, pushed: &Pushed, now: Timestamp) -> Result<Option<Verdict>, StoreError> {
    if !pushed.brings_commits() {
        return Ok(None);
    }
    let new = repo.resolve(&pushed.commit)?;
    let tree = repo.commit_tree(new)?;
    let Some((tips, name)) = tips(repo, pushed, new, named_integration(repo, &tree)?.as_deref())? else {
        return Ok(None);
    };
    if !tree.exists(FOLDER) && !repo.commit_tree(tips.authority)?.exists(FOLDER) {
        return Ok(None);
    }
    check::pushed(repo, &tips, &name_of(repo, &tips, &name), false, now).map(Some)
}

/// The base of what is pushed in words that its author can use: the commit from which it continues,
/// else the integration branch.
pub(super) fn name_of(repo: &Repo, tips: &Tips, integration: &str) -> String {
    match tips.old.filter(|old| repo.is_in(*old, tips.new)) {
        Some(old) => old.to_hex_with_len(10).to_string(),
        None => integration.to_owned(),
    }
}

/// The integration branch that policy names: the policy there, not the one that is pushed, which
/// could name itself.
fn named_integration(repo: &Repo, pushed: &CommitTree<'_>) -> Result<Option<String>, StoreError> {
    let there = repo.integration(None).and_then(|name| repo.resolve(&name).ok());
    let there = there.map(|tip| repo.commit_tree(tip)).transpose()?;
    Ok(read_policy(there.as_ref().unwrap_or(pushed), &mut Vec::new())?.integration)
}

/// By what the commits are judged, as the repository that receives them will do it: the integration
/// branch as it was last fetched, with its name; for that branch itself, what they replace.
fn tips(
    repo: &Repo,
    pushed: &Pushed,
    new: ObjectId,
    integration: Option<&str>,
) -> Result<Option<(Tips, String)>, StoreError> {
    let integration = repo
        .integration(integration)
        .map(|name| repo.branch_behind(&name))
        .filter(|name| pushed.local != format!("refs/heads/{name}"));
    // What is not here was pushed by somebody else; git itself refuses to lose it.
    let old = repo.resolve(&pushed.replaces).ok();
    let other = integration.as_ref().filter(|name| !names_branch(name, pushed.branch()));
    let (authority, name) = match (other, old, &integration) {
        (Some(name), _, _) => (repo.resolve(name)?, name.clone()),
        (None, Some(old), _) => (old, pushed.replaces.clone()),
        (None, None, Some(name)) => (repo.resolve(name)?, name.clone()),
        (None, None, None) => return Ok(None),
    };
    Ok(Some((Tips { authority, integration: authority, old, new }, name)))
}

/// Whether `name` is this branch, here or of a remote: `origin/main` is `main`.
fn names_branch(name: &str, branch: &str) -> bool {
    name == branch || name.split_once('/').is_some_and(|(_, rest)| rest == branch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_git_are_read() {
        let zero = "0".repeat(40);
        let of = |line: String| Pushed::parse(&line).expect("four fields");
        assert!(of(format!("refs/heads/x abc refs/heads/x {zero}")).brings_commits());
        assert!(of(format!("HEAD abc refs/for/main {zero}")).brings_commits());
        assert!(!of(format!("(delete) {zero} refs/heads/x abc")).brings_commits());
        assert!(!of(format!("refs/tags/v1 abc refs/tags/v1 {zero}")).brings_commits());
        assert_eq!(Pushed::parse(""), None);
    }

    #[test]
    fn remotes_do_not_change_the_name_of_a_branch() {
        assert!(names_branch("origin/main", "main") && names_branch("main", "main"));
        assert!(
            names_branch("origin/team/main", "team/main") && !names_branch("origin/main", "feature/main")
        );
    }
}
