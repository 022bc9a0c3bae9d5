//! `perfteam import`: takes what another tool kept.

mod agent_db;
mod report;

use std::process::ExitCode;

use clap::Subcommand;

use super::answer::{Answer, form};
use super::context::Context;
use super::failure::Failure;

/// What the sources answer.
pub const ANSWERS: &[Answer] = &[Answer::new("import agent-db", &[form::<report::ImportV1>])];

/// Where to import from.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    AgentDb(agent_db::ImportAgentDb),
}

impl ImportCommand {
    /// Imports.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            ImportCommand::AgentDb(command) => command.run(context),
        }
    }
}
