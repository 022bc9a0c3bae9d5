//! `perfteam agent show`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::lint::print_short;
use super::{AgentV1, known};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::domain::agent::Agent;
use crate::domain::diagnostic::Severity;
use crate::domain::extent::Extent;
use crate::domain::handle::Handle;
use crate::domain::roster::Roster;
use crate::domain::roster_lint::{lint_agent, path_of};
use crate::domain::text::{shown_line, shown_text};
use crate::store::survey::tracked_paths;

/// Show an agent: what it is for, what it watches, and what it may write
///
/// Areas are spelt out, and so is what others have exclusively: the effective authority, as the
/// rule write-authority judges it.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam agent show @ops.performance")]
pub struct Show {
    /// The agent
    #[arg(value_name = "@HANDLE")]
    handle: Handle,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ShowV1<'a> {
    agent: AgentV1<'a>,
    /// The globs of `watches`, areas expanded.
    watches: Vec<String>,
    authority: AuthorityV1,
    /// Other agents who commit under one of its addresses.
    shares_email_with: Vec<SharedV1>,
    role: &'a str,
}

/// The effective authority, areas expanded.
#[derive(Debug, Serialize, JsonSchema)]
struct AuthorityV1 {
    summary: &'static str,
    exclusive: Vec<String>,
    inherited: Vec<GlobsV1>,
    allow: Vec<String>,
    deny: Vec<String>,
    /// What others have exclusively.
    closed: Vec<GlobsV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct GlobsV1 {
    agent: String,
    globs: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SharedV1 {
    email: String,
    agents: Vec<String>,
}

impl Show {
    /// Prints the agent.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let team = context.team()?;
        let agent = known(&team.roster, &self.handle, "given as argument")?;
        let extent = Extent::of(&self.handle, &team.roster, &team.policy);
        let watches = team.policy.expand(&agent.watches);
        let shared = shared(agent, &team.roster);
        if context.is_json() {
            context.answer(&ShowV1 {
                agent: AgentV1::new(agent),
                watches,
                authority: AuthorityV1 {
                    summary: extent.sentence(),
                    exclusive: extent.exclusive,
                    inherited: with_owner(extent.inherited),
                    allow: extent.allow,
                    deny: extent.deny,
                    closed: with_owner(extent.closed),
                },
                shares_email_with: shared,
                role: &agent.role,
            })?;
        } else {
            print(agent, &watches, &extent, &shared);
            let wrong = lint_agent(agent, team, &tracked_paths(context.repo()?)?);
            wrong.iter().filter(|remark| remark.severity > Severity::Note).for_each(print_short);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn with_owner(globs: Vec<(Handle, Vec<String>)>) -> Vec<GlobsV1> {
    globs.into_iter().map(|(agent, globs)| GlobsV1 { agent: agent.to_string(), globs }).collect()
}

fn shared(agent: &Agent, roster: &Roster) -> Vec<SharedV1> {
    agent
        .emails
        .iter()
        .map(|email| SharedV1 {
            email: email.clone(),
            agents: roster
                .by_email(email)
                .into_iter()
                .filter(|other| **other != agent.handle)
                .map(Handle::to_string)
                .collect(),
        })
        .filter(|shared| !shared.agents.is_empty())
        .collect()
}

fn print(agent: &Agent, watches: &[String], extent: &Extent, shared: &[SharedV1]) {
    let title = if agent.title.is_empty() { "(no title)" } else { &agent.title };
    print_line(&format!("{}  {}", agent.handle, shown_line(title)));
    if !agent.description.is_empty() {
        print_line(&shown_line(&agent.description));
    }
    print_line("");
    row("file", &path_of(&agent.handle));
    if agent.retired {
        let heir = agent.successor.as_ref().map_or("nobody".to_owned(), Handle::to_string);
        row("retired", &format!("followed by {heir}"));
    }
    row("keywords", &agent.keywords.join(", "));
    row("can", &agent.capabilities.join(", "));
    row("e-mail", &agent.emails.join(", "));
    for shared in shared {
        row("", &format!("{} is shared with {}", shared.email, shared.agents.join(", ")));
    }
    row("model", agent.model.as_deref().unwrap_or_default());
    for (key, value) in &agent.extra {
        row(key, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    row("watches", &watches.join(", "));
    row("authority", extent.sentence());
    row("  exclusive", &extent.exclusive.join(", "));
    for (from, globs) in &extent.inherited {
        row("  inherited", &format!("{} (from {from})", globs.join(", ")));
    }
    row("  allowed", &extent.allow.join(", "));
    row("  denied", &extent.deny.join(", "));
    for (owner, globs) in &extent.closed {
        row("  closed", &format!("{} (exclusive to {owner})", globs.join(", ")));
    }
    if !agent.role.is_empty() {
        print_line("");
        print_line(&shown_text(&agent.role));
    }
}

/// One line, unless there is nothing to say.
fn row(label: &str, text: &str) {
    if !text.is_empty() {
        print_line(&format!("{:<12} {}", shown_line(label), shown_line(text)));
    }
}
