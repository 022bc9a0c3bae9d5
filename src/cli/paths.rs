//! Paths as people give them, in the current folder, and as records name them.

use std::path::{Component, Path};

use super::context::Context;
use super::failure::Failure;
use crate::domain::text::shown_line;

/// `path`, as given in the current folder, from the top of the work tree with slashes.
pub fn from_top(context: &Context, path: &str) -> Result<String, Failure> {
    let repo = context.repo()?;
    let here = std::fs::canonicalize(context.directory()?).unwrap_or_else(|_| repo.top().to_owned());
    let start = here.strip_prefix(repo.top()).unwrap_or(Path::new(""));
    let given = Path::new(path);
    let whole = if given.is_absolute() {
        given.strip_prefix(repo.top()).map(Path::to_owned).map_err(|_| outside(path))?
    } else {
        start.join(given)
    };
    let mut parts: Vec<String> = Vec::new();
    for part in whole.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => {
                parts.pop().ok_or_else(|| outside(path))?;
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return Err(outside(path)),
        }
    }
    if parts.is_empty() {
        return Err(Failure::usage(format!("`{}` is no file", shown_line(path))));
    }
    Ok(parts.join("/"))
}

fn outside(path: &str) -> Failure {
    Failure::usage(format!("`{}` is not in this repository", shown_line(path)))
        .why("whoever reads it elsewhere could not find it")
}
