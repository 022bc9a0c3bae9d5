//! `perfteam hook`.

mod install;
mod receive;
mod run;
mod session;
mod status;
mod tell;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::answer::{Answer, form};
use super::context::Context;
use super::environment;
use super::failure::{Exit, Failure};
use crate::domain::text::{shell_word, shown_line};
use crate::githooks::shim::Foreign;
use crate::githooks::{Hook, HookError, Side};
use crate::render::json::CheckV1;
use crate::store::{Repo, StoreError};

pub use install::{ChangesV1, set_up};

/// The git hooks.
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    Install(install::Install),
    Uninstall(install::Uninstall),
    Status(status::Status),
    Run(run::Run),
}

/// What the verbs print with `--format json`.
pub const ANSWERS: &[Answer] = &[
    Answer::new("hook install", &[form::<install::ChangesV1>]),
    Answer::new("hook uninstall", &[form::<install::ChangesV1>]),
    Answer::new("hook status", &[form::<status::StatusV1>]),
    Answer::new("hook run", &[form::<CheckV1>]),
];

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

/// The repository as one that receives pushes, with or without a work tree.
fn receiving_repo(context: &Context) -> Result<Repo, Failure> {
    let repo = Repo::receiving(&context.directory()?, &environment::quarantine())?;
    Ok(if environment::has_git_options() { repo.asking_git() } else { repo })
}

/// Whose hooks are meant.
#[derive(Debug, Args)]
pub struct SideOption {
    /// The hook of a repository that receives pushes
    #[arg(long)]
    server: bool,
}

impl SideOption {
    /// Does `work` on the repository and its side.
    fn with_repo<T>(
        &self,
        context: &Context,
        work: impl FnOnce(&Repo, Side) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.server {
            work(&receiving_repo(context)?, Side::Server)
        } else {
            work(context.repo()?, Side::Work)
        }
    }

    /// The same for what only looks: in a bare repository there is but one side.
    fn with_repo_or_bare<T>(
        &self,
        context: &Context,
        work: impl FnOnce(&Repo, Side) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let is_bare = matches!(Repo::open(&context.directory()?), Err(StoreError::Bare(_)));
        SideOption { server: self.server || is_bare }.with_repo(context, work)
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
    let install = hook.side().install();
    match foreign {
        Foreign::Script(_) | Foreign::Binary => {
            format!("let {word} run this command, and end when it fails: perfteam hook run {hook}")
        }
        Foreign::Link(target) => format!(
            "add this line to {}, directly after its first: {}",
            shell_word(&target.display().to_string()),
            hook.line()
        ),
        Foreign::NotExecutable => format!("if it should run: chmod +x {word}; then: {install}"),
        Foreign::NoEnd(_) => {
            format!("add that line where the section ends in {word}; then: {install}")
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
