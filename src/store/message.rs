//! The file with the message of the commit in progress.

use std::path::{Path, PathBuf};

use super::cache;
use super::error::StoreError;
use super::git;
use super::repo::Repo;

/// What git may take as the mark of a comment when it is told to choose.
const AUTO: &str = "#;@!$%^&|:";

/// The text in the message file at `path`.
pub fn read(path: &Path) -> Result<String, StoreError> {
    let bytes = std::fs::read(path).map_err(StoreError::io("read", path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What begins a comment in the messages of this repository.
pub fn comment_mark(repo: &Repo, text: &str) -> String {
    let mark = repo.config("core.commentString").or_else(|| repo.config("core.commentChar"));
    match mark.as_deref() {
        // git chose a character that no line of the message begins with; its own comments come last.
        Some("auto") => {
            let last = text.lines().rev().find(|line| !line.is_empty()).and_then(|line| line.chars().next());
            last.filter(|c| AUTO.contains(*c)).unwrap_or('#').to_string()
        }
        Some(mark) if !mark.is_empty() => mark.to_owned(),
        _ => "#".to_owned(),
    }
}

/// Remembers the text in the message file at `path` as one that is yet to be filled in: git aborts
/// a commit whose message is the untouched template, and so must not find it touched by us.
pub fn remember_template(repo: &Repo, path: &Path) -> Result<(), StoreError> {
    cache::store(&template_file(repo), &read(path)?);
    Ok(())
}

/// The template that was last begun from in this work tree.
pub fn remembered_template(repo: &Repo) -> Option<String> {
    let bytes = cache::load(&template_file(repo))?;
    cache::decode(&bytes)
}

fn template_file(repo: &Repo) -> PathBuf {
    cache::file(repo, &format!("template-{}", cache::key(repo.top())))
}

/// Adds a trailer to the message file at `path`, unless one with this key is there. git does it:
/// it knows comments, scissors and which lines are trailers.
pub fn add_trailer(repo: &Repo, path: &Path, key: &str, value: &str) -> Result<(), StoreError> {
    let path = std::path::absolute(path).map_err(StoreError::io("find", path))?;
    let trailer = format!("{key}: {value}");
    let mut args: Vec<std::ffi::OsString> =
        ["interpret-trailers", "--in-place", "--no-divider", "--where", "end", "--if-exists", "doNothing"]
            .map(Into::into)
            .into();
    args.extend(["--if-missing".into(), "add".into(), "--trailer".into(), trailer.into(), path.into()]);
    git::output(repo.top(), args).map(drop)
}
