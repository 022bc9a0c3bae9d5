//! `perfteam resource`: who has what the team shares, and who is next.

mod desk;
mod list;
mod news;
mod queue;
mod release;
mod reserve;

use std::process::ExitCode;

use clap::Subcommand;

pub use desk::Desk;
pub use reserve::{names, word};

use super::context::Context;
use super::failure::Failure;
use crate::domain::place::Scope;

/// The verbs of `perfteam resource`.
#[derive(Debug, Subcommand)]
pub enum ResourceCommand {
    Reserve(reserve::Reserve),
    Release(release::Release),
    Queue(queue::ShowQueue),
    List(list::List),
}

impl ResourceCommand {
    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            ResourceCommand::Reserve(command) => command.run(context),
            ResourceCommand::Release(command) => command.run(context),
            ResourceCommand::Queue(command) => command.run(context),
            ResourceCommand::List(command) => command.run(context),
        }
    }

    /// How far a verb that reads was told to look.
    pub fn scope(&self) -> Option<Scope> {
        match self {
            ResourceCommand::Queue(command) => command.sight.scope,
            ResourceCommand::List(command) => command.sight.scope,
            _ => None,
        }
    }
}
