//! `perfteam hook status`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::{SideOption, exit, mend, shown_path};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::domain::text::shown_line;
use crate::githooks::status::{self, HookState, Status as Found};

/// Say of each hook whether it is in place, and prove that it fires
///
/// Each hook is run as git runs it, on a copy of the index, and must answer; nothing else that is
/// in the hook files runs. Exit code 1 when something has to be mended. In a bare repository, and
/// with --server in any: the hook that judges what is pushed to it.
#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    side: SideOption,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StatusV1 {
    /// Whether nothing has to be done.
    good: bool,
    folder: String,
    hooks: Vec<HookV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct HookV1 {
    hook: &'static str,
    path: String,
    state: &'static str,
    /// Whether it answered when git ran it; absent where it was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    fires: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Status {
    /// Shows the status.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let token = format!("{:016x}", context.bits());
        let found =
            self.side.with_repo_or_bare(context, |repo, side| Ok(status::status(repo, side, &token)?))?;
        if context.is_json() {
            context.answer(&json(context, &found))?;
        } else {
            say(context, &found);
        }
        Ok(exit(found.is_good()))
    }
}

fn json(context: &Context, found: &Found) -> StatusV1 {
    let hooks = found.hooks.iter().map(|(hook, path, state)| HookV1 {
        hook: hook.name(),
        path: path.display().to_string(),
        state: word(state),
        fires: match state {
            HookState::Fires => Some(true),
            HookState::Silent(_) | HookState::WithoutHusky => Some(false),
            _ => None,
        },
        mend: mended_by(*hook, &shown_path(context, path), state),
    });
    StatusV1 {
        good: found.is_good(),
        folder: found.folder.path.display().to_string(),
        hooks: hooks.collect(),
    }
}

/// The word for programs.
fn word(state: &HookState) -> &'static str {
    match state {
        HookState::Fires | HookState::Silent(_) | HookState::WithoutHusky => "installed",
        HookState::ByHand => "by-hand",
        HookState::Outdated => "outdated",
        HookState::Missing => "missing",
        HookState::Foreign(_) => "foreign",
    }
}

fn say(context: &Context, found: &Found) {
    print_line(&format!("hooks in {}", shown_path(context, &found.folder.path)));
    for (hook, _, state) in &found.hooks {
        print_line(&format!("  {hook:<18}  {}", words(state)));
    }
    let mut mends: Vec<String> = Vec::new();
    for (hook, path, state) in &found.hooks {
        let mend = mended_by(*hook, &shown_path(context, path), state);
        mends.extend(mend.filter(|mend| !mends.contains(mend)));
    }
    for mend in mends {
        print_line(&format!("try: {}", shown_line(&mend)));
    }
}

fn words(state: &HookState) -> String {
    match state {
        HookState::Fires => "fires".to_owned(),
        HookState::Silent(said) if said.is_empty() => {
            "in place, but did not answer when git ran it".to_owned()
        }
        HookState::Silent(said) => {
            format!("in place, but did not answer when git ran it: {}", shown_line(said))
        }
        HookState::WithoutHusky => "in place, but husky has not run in this work tree".to_owned(),
        HookState::ByHand => "a line of your own calls perfteam (not run here)".to_owned(),
        HookState::Outdated => "not as this version installs it".to_owned(),
        HookState::Missing => "missing".to_owned(),
        HookState::Foreign(foreign) => {
            format!("can't be installed: it is {}", shown_line(&foreign.to_string()))
        }
    }
}

fn mended_by(hook: crate::githooks::Hook, path: &str, state: &HookState) -> Option<String> {
    match state {
        HookState::Fires | HookState::ByHand => None,
        HookState::Silent(_) => {
            Some(format!("see what comes of it: sh -x {path}; then: {}", hook.side().install()))
        }
        HookState::WithoutHusky => Some("npx husky".to_owned()),
        HookState::Outdated | HookState::Missing => Some(hook.side().install().to_owned()),
        HookState::Foreign(foreign) => Some(mend(hook, path, foreign)),
    }
}
