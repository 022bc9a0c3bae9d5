//! The hooks: whether they are where git looks for them.

use super::{Area, Finding, State};
use crate::cli::context::Context;
use crate::cli::environment::is_ci;
use crate::cli::failure::Failure;
use crate::store::facts::hooks_folder;

/// The hooks that the protocol needs.
const NAMES: [&str; 6] =
    ["pre-commit", "prepare-commit-msg", "commit-msg", "pre-push", "post-merge", "post-checkout"];
/// The line with which a shim begins.
const MARKER: &str = "# >>> perfteam hooks";

/// Looks into the folder from which git runs hooks.
pub fn examine(context: &Context) -> Result<Vec<Finding>, Failure> {
    let folder = hooks_folder(context.repo()?)?;
    let calls_us = |name: &&str| {
        std::fs::read(folder.join(name)).is_ok_and(|text| String::from_utf8_lossy(&text).contains(MARKER))
    };
    let missing: Vec<&str> = NAMES.into_iter().filter(|name| !calls_us(name)).collect();
    Ok(vec![finding(&missing, &folder.display().to_string())])
}

fn finding(missing: &[&str], folder: &str) -> Finding {
    if missing.is_empty() {
        return Finding::new(Area::Hooks, "installed", State::Ok, format!("all hooks are in {folder}"));
    }
    let what = format!("{} do not call perfteam in {folder}", missing.join(", "));
    // A runner of CI commits nothing.
    let state = if is_ci() { State::Note } else { State::Broken };
    Finding::new(Area::Hooks, "installed", state, what)
        .why("without them nothing is checked before it is committed; CI still catches it")
        .mend("perfteam hook install")
}
