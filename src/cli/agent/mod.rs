//! `perfteam agent`: the roster, and who in it fits a request.

mod add;
mod examples;
mod import;
mod lint;
mod list;
mod retire;
mod search;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, form};
use super::context::{Context, unknown_agent};
use super::failure::Failure;
use crate::domain::agent::{Agent, Writes};
use crate::domain::document::{Document, Meta};
use crate::domain::draft::front_matter;
use crate::domain::handle::Handle;
use crate::domain::roster::Roster;
use crate::domain::roster_lint::path_of;
use crate::markdown::document;
use crate::render::json::CheckV1;
use crate::store::write::NewFile;

/// The verbs of `perfteam agent`.
#[derive(Debug, Subcommand)]
pub enum AgentCommand {
    Add(Box<add::Add>),
    List(list::List),
    Show(show::Show),
    Retire(retire::Retire),
    Search(search::Search),
    Import(import::Import),
    Lint(lint::Lint),
}

/// What the verbs print with `--format json`.
pub const ANSWERS: &[Answer] = &[
    Answer::new("agent add", &[form::<add::AddedV1>]),
    Answer::new("agent list", &[form::<list::ListV1>]),
    Answer::new("agent show", &[form::<show::ShowV1>]),
    Answer::new("agent retire", &[form::<retire::RetiredV1>]),
    Answer::new("agent search", &[form::<search::SearchV1>]),
    Answer::new("agent import", &[form::<import::ImportV1>]),
    Answer::new("agent lint", &[form::<CheckV1>]),
];

impl AgentCommand {
    /// Whether the verb changes nothing.
    pub fn only_reads(&self) -> bool {
        matches!(self, AgentCommand::List(_) | AgentCommand::Show(_) | AgentCommand::Search(_))
    }

    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            AgentCommand::Add(command) => command.run(context),
            AgentCommand::List(command) => command.run(context),
            AgentCommand::Show(command) => command.run(context),
            AgentCommand::Retire(command) => command.run(context),
            AgentCommand::Search(command) => command.run(context),
            AgentCommand::Import(command) => command.run(context),
            AgentCommand::Lint(command) => command.run(context),
        }
    }
}

/// The agent with this handle, or a failure that names the nearest.
fn known<'a>(roster: &'a Roster, handle: &Handle, given: &str) -> Result<&'a Agent, Failure> {
    roster.get(handle).ok_or_else(|| {
        unknown_agent(handle, roster, given).why("only what is in a file of .perfteam/agents is known")
    })
}

/// The file of an agent.
pub fn file_of(agent: &Agent) -> NewFile {
    let document = Document { meta: front_matter(agent), text: agent.role.clone(), sections: Vec::new() };
    NewFile { path: path_of(&agent.handle), text: document::write_plain(&document) }
}

/// An agent as its file has it, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
struct AgentV1<'a> {
    handle: String,
    path: String,
    title: &'a str,
    description: &'a str,
    keywords: &'a [String],
    capabilities: &'a [String],
    writes: &'a Writes,
    watches: &'a [String],
    emails: &'a [String],
    model: Option<&'a str>,
    retired: bool,
    successor: Option<String>,
    /// Keys of the team's own.
    extra: &'a Meta,
}

impl<'a> AgentV1<'a> {
    fn new(agent: &'a Agent) -> Self {
        AgentV1 {
            handle: agent.handle.to_string(),
            path: path_of(&agent.handle),
            title: &agent.title,
            description: &agent.description,
            keywords: &agent.keywords,
            capabilities: &agent.capabilities,
            writes: &agent.writes,
            watches: &agent.watches,
            emails: &agent.emails,
            model: agent.model.as_deref(),
            retired: agent.retired,
            successor: agent.successor.as_ref().map(ToString::to_string),
            extra: &agent.extra,
        }
    }
}
