//! `perfteam show`: any record, by its id alone.

use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches};

use super::Cli;
use super::context::Context;
use super::failure::Failure;
use super::usage;
use super::view::SightArgs;

/// Show a record, whatever its kind, with everything that happened to it
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam show 7k2m         what `perfteam flag show`, `task show` and so on show")]
pub struct Show {
    /// The id, or its beginning
    id: String,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

impl Show {
    /// Runs the command that shows records of this kind.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let dir = context.find(&context.scan()?, &self.id)?;
        let look = dir.kind().look(&dir.path());
        let parsed = Cli::command().try_get_matches_from(look.split(' '));
        let cli = parsed.and_then(|words| Cli::from_arg_matches(&words));
        cli.map_err(|error| usage::failure(&error))?.command.run(context)
    }
}
