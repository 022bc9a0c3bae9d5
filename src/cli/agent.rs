//! `perfteam agent`: the roster, and who in it fits a request.

mod import;
mod search;

use std::process::ExitCode;

use clap::Subcommand;

use super::context::Context;
use super::failure::Failure;
use crate::domain::agent::Agent;
use crate::domain::document::Document;
use crate::domain::draft::front_matter;
use crate::markdown::document;
use crate::store::write::NewFile;

/// The verbs of `perfteam agent`.
#[derive(Debug, Subcommand)]
pub enum AgentCommand {
    Search(search::Search),
    Import(import::Import),
}

impl AgentCommand {
    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            AgentCommand::Search(command) => command.run(context),
            AgentCommand::Import(command) => command.run(context),
        }
    }
}

/// The file of an agent.
pub fn file_of(agent: &Agent) -> NewFile {
    let document = Document { meta: front_matter(agent), text: agent.role.clone(), sections: Vec::new() };
    NewFile { path: format!(".perfteam/{}", agent.handle.file()), text: document::write_plain(&document) }
}
