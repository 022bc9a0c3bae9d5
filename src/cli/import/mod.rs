//! `perfteam import`: takes what another tool kept.

mod agent_db;
mod report;

use std::process::ExitCode;

use clap::Subcommand;

use super::context::Context;
use super::failure::Failure;

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
