//! What git knows about paths and people: which files are tracked, and who changed what.

use super::error::StoreError;
use super::git;
use super::repo::Repo;
use crate::domain::infer::Contribution;

/// The paths that git tracks, from the top of the work tree.
pub fn tracked_paths(repo: &Repo) -> Result<Vec<String>, StoreError> {
    let listed = git::output(repo.top(), ["ls-files", "-z", "--cached"])?;
    let mut paths: Vec<String> = fields(&listed).collect();
    paths.dedup();
    Ok(paths)
}

/// The latest `count` commits of HEAD that are no merges: who, and which paths. Names and
/// addresses are those that `.mailmap` gives.
pub fn contributions(repo: &Repo, count: usize) -> Result<Vec<Contribution>, StoreError> {
    if repo.head()?.is_none() {
        return Ok(Vec::new());
    }
    let count = format!("--max-count={count}");
    let args = ["log", "-z", "--no-merges", "--no-renames", "--name-only", &count, "--format=%x01%aN%x02%aE"];
    let listed = git::output(repo.top(), args)?;
    let mut commits: Vec<Contribution> = Vec::new();
    for field in fields(&listed) {
        // git puts a line break between what it formats and the first path.
        let field = field.trim_start_matches('\n');
        if let Some((name, email)) = field.strip_prefix('\u{1}').and_then(|who| who.split_once('\u{2}')) {
            commits.push(Contribution {
                name: name.into(),
                email: email.trim_end().into(),
                paths: Vec::new(),
            });
        } else if let Some(commit) = commits.last_mut() {
            commit.paths.push(field.to_owned());
        }
    }
    Ok(commits)
}

fn fields(bytes: &[u8]) -> impl Iterator<Item = String> {
    let fields = bytes.split(|byte| *byte == 0).filter(|field| !field.is_empty());
    fields.map(|field| String::from_utf8_lossy(field).into_owned())
}
