//! What a repository and its surroundings are like, as far as records depend on it.

use std::path::Path;

use super::error::StoreError;
use super::git;
use super::repo::{FOLDER, Repo};
use super::write::{FORMS, refuse_hidden};

/// What git tells about a repository and its surroundings.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether history is cut off.
    pub shallow: bool,
    /// The remote from which objects are fetched when they are needed.
    pub partial: Option<String>,
    /// Whether parts of the tree are not checked out.
    pub sparse: bool,
    /// Files of `.perfteam` that git does not look for in the work tree: sparse, or told so.
    pub unseen: Vec<String>,
    /// `core.hooksPath` and where it is set.
    pub hooks_path: Option<(String, String)>,
    /// A path of a form that this tool writes and git would ignore, with source, line and pattern.
    pub ignored: Option<(String, String)>,
    /// Whether the file is there that keeps git from changing the bytes of records.
    pub has_attributes: bool,
    /// Attributes that would let git change the bytes of records: `text`, `filter`, ...
    pub attributes: Vec<String>,
    /// Whether names that differ in upper and lower case alone are one name here.
    pub folds_case: bool,
    /// What git believes of that: `core.ignoreCase`.
    pub ignores_case: bool,
}

/// The version of the `git` executable; `None` when it can't be run.
pub fn git_version() -> Option<String> {
    let answer = git::answer(Path::new("."), ["--version"]).ok().flatten()?;
    Some(answer.trim().strip_prefix("git version ")?.to_owned())
}

impl Facts {
    /// Asks git and the file system.
    pub fn gather(repo: &Repo) -> Result<Facts, StoreError> {
        Ok(Facts {
            shallow: ask(repo, ["rev-parse", "--is-shallow-repository"])?.as_deref() == Some("true"),
            partial: partial(repo)?,
            sparse: is_on(repo, "core.sparseCheckout")?,
            unseen: unseen(repo)?,
            hooks_path: ask(repo, ["config", "--show-origin", "--get", "core.hooksPath"])?
                .and_then(|line| line.split_once('\t').map(|(origin, value)| (value.into(), origin.into()))),
            ignored: match refuse_hidden(repo, FORMS) {
                Err(StoreError::Ignored { path, rule }) => Some((path, rule)),
                other => other.map(|()| None)?,
            },
            has_attributes: repo.folder().join(".gitattributes").is_file(),
            attributes: attributes(repo)?,
            folds_case: folds_case(repo),
            ignores_case: is_on(repo, "core.ignoreCase")?,
        })
    }
}

fn ask<const N: usize>(repo: &Repo, args: [&str; N]) -> Result<Option<String>, StoreError> {
    git::answer(repo.top(), args)
}

fn is_on(repo: &Repo, key: &str) -> Result<bool, StoreError> {
    Ok(ask(repo, ["config", "--type=bool", "--get", key])?.as_deref() == Some("true"))
}

/// The remote that holds back objects in a partial clone.
fn partial(repo: &Repo) -> Result<Option<String>, StoreError> {
    let remotes = ask(repo, ["config", "--get-regexp", r"^remote\..*\.promisor$"])?.unwrap_or_default();
    let promisor = remotes.lines().find_map(|line| {
        let key = line.strip_suffix(" true")?;
        Some(key.strip_prefix("remote.")?.strip_suffix(".promisor")?.to_owned())
    });
    Ok(promisor)
}

/// Files that git takes for present without looking: the tag is `S`, or a small letter.
fn unseen(repo: &Repo) -> Result<Vec<String>, StoreError> {
    let listed = ask(repo, ["ls-files", "-v", "--", FOLDER])?.unwrap_or_default();
    let unseen = listed.lines().filter_map(|line| {
        let (tag, path) = line.split_once(' ')?;
        (tag == "S" || tag.starts_with(|c: char| c.is_ascii_lowercase())).then(|| path.to_owned())
    });
    Ok(unseen.collect())
}

/// The attributes of a record that are not off.
fn attributes(repo: &Repo) -> Result<Vec<String>, StoreError> {
    let listed =
        ask(repo, ["check-attr", "text", "filter", "ident", "working-tree-encoding", "--", FORMS[3]])?;
    let told = listed.unwrap_or_default();
    let on = told.lines().filter_map(|line| {
        let (rest, value) = line.rsplit_once(": ")?;
        let (_, name) = rest.rsplit_once(": ")?;
        (value != "unset").then(|| format!("{name} is {value}"))
    });
    Ok(on.collect())
}

fn folds_case(repo: &Repo) -> bool {
    let there = |name: &str| std::fs::symlink_metadata(repo.top().join(name)).is_ok();
    there(FOLDER) && there(&FOLDER.to_uppercase())
}
