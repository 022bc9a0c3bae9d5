//! The hooks: whether they are where git looks for them, and fire.

use super::{Area, Finding, State};
use crate::cli::context::Context;
use crate::cli::environment::is_ci;
use crate::cli::failure::Failure;
use crate::githooks::Side;
use crate::githooks::status::{HookState, status};

/// Runs each hook as git would, on a copy of the index, and looks whether it answers.
pub fn examine(context: &Context) -> Result<Vec<Finding>, Failure> {
    let token = format!("{:016x}", context.bits());
    let found = match status(context.repo()?, Side::Work, &token) {
        Ok(found) => found,
        Err(error) => return Ok(vec![broken(error.to_string(), "perfteam hook status")]),
    };
    let folder = found.folder.path.display();
    let failing = |wanted: fn(&HookState) -> bool| {
        let names: Vec<&str> = found
            .hooks
            .iter()
            .filter(|(_, _, state)| wanted(state))
            .map(|(hook, _, _)| hook.name())
            .collect();
        names.join(", ")
    };
    let missing = failing(|state| matches!(state, HookState::Missing | HookState::Outdated));
    let mute = failing(|state| {
        matches!(state, HookState::Silent(_) | HookState::WithoutHusky | HookState::Foreign(_))
    });
    let mut findings = Vec::new();
    if !missing.is_empty() {
        findings.push(broken(
            format!("{missing} do not call this perfteam in {folder}"),
            "perfteam hook install",
        ));
    }
    if !mute.is_empty() {
        findings.push(broken(format!("{mute} do not answer in {folder}"), "perfteam hook status"));
    }
    if findings.is_empty() {
        findings.push(Finding::new(
            Area::Hooks,
            "installed",
            State::Ok,
            format!("all hooks in {folder} fire"),
        ));
    }
    Ok(findings)
}

fn broken(what: String, mend: &str) -> Finding {
    // A runner of CI commits nothing.
    let state = if is_ci() { State::Note } else { State::Broken };
    Finding::new(Area::Hooks, "installed", state, what)
        .why("without them nothing is checked before it is committed; CI still catches it")
        .mend(mend)
}
