//! `perfteam hook`.

mod install;
mod run;
mod status;

use std::process::ExitCode;

use clap::Subcommand;

use super::context::Context;
use super::failure::{Exit, Failure};
use crate::domain::text::{shell_word, shown_line};
use crate::githooks::shim::Foreign;
use crate::githooks::{Hook, HookError};

pub use install::{ChangesV1, set_up};

/// The git hooks.
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    Install(install::Install),
    Uninstall(install::Uninstall),
    Status(status::Status),
    Run(run::Run),
}

impl HookCommand {
    /// Runs the command.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            HookCommand::Install(command) => command.run(context),
            HookCommand::Uninstall(command) => command.run(context),
            HookCommand::Status(command) => command.run(context),
            HookCommand::Run(command) => command.run(context),
        }
    }
}

impl From<HookError> for Failure {
    fn from(error: HookError) -> Self {
        let message = shown_line(&error.to_string()).into_owned();
        match error {
            HookError::Store(error) => error.into(),
            HookError::Elsewhere(elsewhere) => Failure::refused(message)
                .why("other repositories use that folder, too: what is written there changes them all")
                .hint(format!(
                    "let the hooks in {} call perfteam, which does nothing where there is no .perfteam; \
                     pre-commit, for one: {}",
                    shown_line(&elsewhere.folder),
                    Hook::PreCommit.line()
                ))
                .hint(
                    "or give this repository hooks of its own, which then run instead of those: \
                     git config --local core.hooksPath \
                     \"$(git rev-parse --path-format=absolute --git-common-dir)/hooks\"; \
                     perfteam hook install",
                ),
            HookError::NoFolder(_) => Failure::refused(message)
                .why("without hooks, nothing is told before CI tells it")
                .hint("let git look in its own folder again: git config --unset core.hooksPath"),
        }
    }
}

/// What to do about a hook file that can't take our section.
fn mend(hook: Hook, path: &str, foreign: &Foreign) -> String {
    let word = shell_word(path);
    match foreign {
        Foreign::Script(_) | Foreign::Binary => {
            format!("let {word} run this command, and end when it fails: perfteam hook run {hook}")
        }
        Foreign::Link(target) => format!(
            "add this line to {}, directly after its first: {}",
            shell_word(&target.display().to_string()),
            hook.line()
        ),
        Foreign::NotExecutable => format!("if it should run: chmod +x {word}; then: perfteam hook install"),
        Foreign::NoEnd(_) => {
            format!("add that line where the section ends in {word}; then: perfteam hook install")
        }
    }
}

/// A path as people write it: from the current folder where it lies below.
fn shown_path(context: &Context, path: &std::path::Path) -> String {
    let here = context.directory().ok().and_then(|here| std::fs::canonicalize(here).ok());
    let short = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    shown_line(&short.unwrap_or(path).display().to_string()).into_owned()
}

fn exit(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { Exit::Refused.into() }
}
