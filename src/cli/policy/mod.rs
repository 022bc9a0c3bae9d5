//! `perfteam policy`.

mod attempt;

use std::process::ExitCode;

use clap::Subcommand;

use super::answer::{Answer, form};
use super::context::Context;
use super::failure::Failure;
use crate::render::json::CheckV1;

/// The team's settings.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    Try(attempt::Try),
}

/// What the verbs print with `--format json`.
pub const ANSWERS: &[Answer] = &[Answer::new("policy try", &[form::<attempt::TryV1>, form::<CheckV1>])];

impl PolicyCommand {
    /// Runs the command.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            PolicyCommand::Try(command) => command.run(context),
        }
    }
}
