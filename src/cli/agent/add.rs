//! `perfteam agent add`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::file_of;
use super::lint::print_short;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::domain::agent::{Agent, Writes};
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::handle::Handle;
use crate::domain::roster::Roster;
use crate::domain::roster_lint::lint_agent;
use crate::domain::snapshot::Team;
use crate::store::survey::tracked_paths;
use crate::store::write::{self, Staging};

/// Add an agent, human or AI, to the roster
///
/// The handle is the name by which flags reach it. Title, description, keywords and capabilities
/// are what the search finds it by. Globs are as in .gitignore, from the top of the repository;
/// `area:NAME` stands for a set of globs from perfteam.yaml. Its role text is yours to write, below
/// the front matter of its file.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam agent add @database.postgres --title \"Database engineer\" \\
    --description \"Tunes queries, indexes and the connection pool of PostgreSQL.\" \\
    --keyword \"slow query\" --keyword \"connection pool\" --email db@example.com \\
    --watch src/pool.rs --exclusive db/migrations/ --deny docs/")]
pub struct Add {
    /// Its name: one to three parts such as @ops.performance
    #[arg(value_name = "@HANDLE")]
    handle: Handle,
    /// A few words for people
    #[arg(long, value_parser = says_something)]
    title: String,
    /// What it is good for, in a sentence or two
    #[arg(long, value_name = "TEXT", value_parser = says_something)]
    description: String,
    /// A word or phrase that routes a request to it; may be given several times
    #[arg(long = "keyword", value_name = "WORDS", value_parser = says_something)]
    keywords: Vec<String>,
    /// Something that it can do; may be given several times
    #[arg(long = "capability", value_name = "WORDS", value_parser = says_something)]
    capabilities: Vec<String>,
    /// An address under which it commits; may be given several times
    #[arg(long = "email", value_name = "ADDRESS", value_parser = address)]
    emails: Vec<String>,
    /// A glob whose change affects it; may be given several times
    #[arg(long = "watch", value_name = "GLOB", value_parser = says_something)]
    watches: Vec<String>,
    /// A glob that only it may write; may be given several times
    #[arg(long, value_name = "GLOB", value_parser = says_something)]
    exclusive: Vec<String>,
    /// A glob that it may write; with one, it may write nothing else
    #[arg(long, value_name = "GLOB", value_parser = says_something)]
    allow: Vec<String>,
    /// A glob that it may never write, `!GLOB` for exceptions
    #[arg(long, value_name = "GLOB", value_parser = says_something)]
    deny: Vec<String>,
    /// The model that plays it, where it is an AI
    #[arg(long, value_parser = says_something)]
    model: Option<String>,
    /// Replace the agent's file when there is one
    #[arg(long)]
    force: bool,
}

fn says_something(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn address(text: &str) -> Result<String, String> {
    let text = says_something(text)?;
    if text.contains('@') && !text.contains(char::is_whitespace) {
        Ok(text)
    } else {
        Err("expected an e-mail address such as db@example.com".to_owned())
    }
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AddedV1 {
    /// The handle.
    id: String,
    /// The agent's file.
    path: String,
    /// Whether a file was there before.
    replaced: bool,
    staged: bool,
    /// What `agent lint` has to say about it.
    remarks: Vec<String>,
}

impl Add {
    /// Writes the agent's file.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let team = context.team()?;
        let repo = context.repo()?;
        let _lock = context.lock()?;
        let agent = self.agent();
        let file = file_of(&agent);
        let path = file.path.clone();
        let target = write::coordination_path(repo, &self.handle.file())?;
        let replaced = target.exists();
        if replaced && !self.force {
            return Err(self.refused(&path, &team.roster));
        }
        let remarks = lint_agent(&agent, &with(team, &agent), &tracked_paths(repo)?);
        if let Some(error) = remarks.iter().find(|remark| remark.severity == Severity::Block) {
            let failure = Failure::refused(error.message.clone()).why(error.why.clone());
            return Err(error.mends.iter().fold(failure, |failure, mend| failure.hint(mend)));
        }
        write::refuse_hidden(repo, [path.as_str()])?;
        if replaced {
            write::replace(repo, &target, &file.text)?;
        } else {
            write::create_all(repo, &[file])?;
        }
        let staging = context.stage(std::slice::from_ref(&path))?;
        self.say(context, path, replaced, staging, &remarks)
    }

    fn refused(&self, path: &str, roster: &Roster) -> Failure {
        let handle = &self.handle;
        let state = match roster.get(handle) {
            Some(agent) if agent.retired => " and has retired",
            _ => "",
        };
        Failure::refused(format!("{handle} is in the roster already{state}: {path}"))
            .why("its file may hold more than these options say, such as its role text")
            .hint(format!("see it: perfteam agent show {handle}"))
            .hint(format!("edit {path}, or replace it: the same command with --force"))
    }

    fn agent(&self) -> Agent {
        Agent {
            title: self.title.clone(),
            description: self.description.clone(),
            keywords: self.keywords.clone(),
            capabilities: self.capabilities.clone(),
            writes: Writes {
                exclusive: self.exclusive.clone(),
                allow: self.allow.clone(),
                deny: self.deny.clone(),
            },
            watches: self.watches.clone(),
            emails: self.emails.clone(),
            model: self.model.clone(),
            ..Agent::new(self.handle.clone())
        }
    }

    fn say(
        &self,
        context: &Context,
        path: String,
        replaced: bool,
        staging: Staging,
        remarks: &[Diagnostic],
    ) -> Result<ExitCode, Failure> {
        if context.is_json() {
            context.answer(&AddedV1 {
                id: self.handle.to_string(),
                path,
                replaced,
                staged: staging == Staging::Done,
                remarks: remarks.iter().map(|remark| remark.message.clone()).collect(),
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        print_line(&format!("{} {}", if replaced { "replaced" } else { "added" }, self.handle));
        print_line(&format!("  {path}"));
        print_line("write its role below the front matter, then commit it: git commit");
        remarks.iter().for_each(print_short);
        Ok(ExitCode::SUCCESS)
    }
}

/// The team with the new agent in it.
fn with(team: &Team, agent: &Agent) -> Team {
    let others = team.roster.iter().filter(|other| other.handle != agent.handle).cloned();
    Team { roster: others.chain([agent.clone()]).collect(), ..team.clone() }
}
