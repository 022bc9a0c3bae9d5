//! `perfteam agent list`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::AgentV1;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::domain::agent::Agent;
use crate::domain::snapshot::Team;
use crate::domain::text::shown_line;

/// List the agents of the roster
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam agent list
  perfteam agent list --all      those who retired, too
  perfteam agent show @ops.performance")]
pub struct List {
    /// Those who retired, too
    #[arg(long)]
    all: bool,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListV1<'a> {
    agents: Vec<AgentV1<'a>>,
}

impl List {
    /// Prints the list, by handle.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let team = context.team()?;
        let agents: Vec<&Agent> = team.roster.iter().filter(|agent| self.all || !agent.retired).collect();
        if context.is_json() {
            let agents = agents.into_iter().map(AgentV1::new).collect();
            context.answer(&ListV1 { agents })?;
        } else {
            self.print(&agents, team);
        }
        warn_of_faults(team);
        Ok(ExitCode::SUCCESS)
    }

    fn print(&self, agents: &[&Agent], team: &Team) {
        let width = agents.iter().map(|agent| agent.handle.to_string().len()).max().unwrap_or(0);
        for agent in agents {
            let left = match &agent.successor {
                Some(successor) if agent.retired => format!(" (retired, see {successor})"),
                _ if agent.retired => " (retired)".to_owned(),
                _ => String::new(),
            };
            print_line(&format!("{:<width$}  {}{left}", agent.handle, shown_line(&agent.title)));
        }
        if agents.is_empty() {
            print_line("nobody is in the roster");
            print_line("add somebody: perfteam agent add @handle --title TITLE --description TEXT");
        }
        let hidden = team.roster.len() - agents.len();
        if hidden > 0 {
            print_line(&format!("and {hidden} who retired: perfteam agent list --all"));
        }
    }
}

/// Says on standard error that some files can't be read, since a list would hide them.
fn warn_of_faults(team: &Team) {
    if let Some(first) = team.faults.first() {
        let message = shown_line(&first.fault.message);
        say!("warning: {} can't be read: {message}", shown_line(&first.path));
        say!("  see all that is wrong: perfteam agent lint");
    }
}
