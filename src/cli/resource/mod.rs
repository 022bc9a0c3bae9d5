//! `perfteam resource`: who has what the team shares, and who is next.

pub mod desk;
mod list;
pub mod name;
mod news;
mod queue;
mod release;
mod reserve;

use std::process::ExitCode;

use clap::Subcommand;

pub use list::ResourcesV1;

use super::answer::{Answer, form};
use super::context::Context;
use super::failure::Failure;
use super::steps::StepV1;
use crate::domain::place::Scope;

/// The verbs of `perfteam resource`.
#[derive(Debug, Subcommand)]
pub enum ResourceCommand {
    Reserve(reserve::Reserve),
    Release(release::Release),
    Queue(queue::ShowQueue),
    List(list::List),
}

/// What the verbs print with `--format json`.
pub const ANSWERS: &[Answer] = &[
    Answer::new("resource reserve", &[form::<reserve::ReserveV1>, form::<StepV1>]),
    Answer::new("resource release", &[form::<StepV1>]),
    Answer::new("resource queue", &[form::<queue::QueueV1>]),
    Answer::new("resource list", &[form::<list::ResourcesV1>]),
];

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
