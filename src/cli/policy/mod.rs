//! `perfteam policy`.

mod attempt;

use std::process::ExitCode;

use clap::Subcommand;

use super::context::Context;
use super::failure::Failure;

/// The team's settings.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    Try(attempt::Try),
}

impl PolicyCommand {
    /// Runs the command.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            PolicyCommand::Try(command) => command.run(context),
        }
    }
}
