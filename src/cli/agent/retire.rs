//! `perfteam agent retire`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::known;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::{Exit, Failure};
use crate::domain::agent::Agent;
use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::roster::Roster;
use crate::domain::roster_lint::path_of;
use crate::markdown::edit::set_key;
use crate::store::error::StoreError;
use crate::store::write::{self, Staging};

/// Retire an agent; its successor answers for what it had
///
/// Its file stays, with two keys more, and so do its old records. What was exclusive to it is its
/// successor's from now on, who may also hand on the flags that still wait for it.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam agent retire @ops.performance --successor @ops.platform")]
pub struct Retire {
    /// Who leaves
    #[arg(value_name = "@HANDLE")]
    handle: Handle,
    /// Who takes over
    #[arg(long, value_name = "@HANDLE")]
    successor: Handle,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RetiredV1 {
    id: String,
    path: String,
    successor: String,
    staged: bool,
    /// The ids of the open flags that still wait for it.
    waiting: Vec<String>,
}

impl Retire {
    /// Edits the agent's file.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let _lock = context.lock()?;
        self.check(&context.team()?.roster)?;
        let path = path_of(&self.handle);
        let target = write::coordination_path(context.repo()?, &self.handle.file())?;
        let text = std::fs::read_to_string(&target).map_err(StoreError::io("read", &target))?;
        let text = set_key(&text, "retired", &json!(true))
            .and_then(|text| set_key(&text, "successor", &json!(self.successor)))
            .map_err(|fault| {
                let failure = Failure::refused(format!("{path}: {}", fault.message))
                    .why("an agent's file is edited line by line, so that nothing else in it changes");
                fault.mend.into_iter().fold(failure, Failure::hint)
            })?;
        write::replace(context.repo()?, &target, &text)?;
        let staging = context.stage(std::slice::from_ref(&path))?;
        self.say(context, path, staging)
    }

    fn check(&self, roster: &Roster) -> Result<(), Failure> {
        let agent = known(roster, &self.handle, "given as argument")?;
        let successor = known(roster, &self.successor, "given by --successor")
            .map_err(|failure| failure.why("who takes over answers for flags and paths"))?;
        if self.handle == self.successor {
            return Err(Failure::usage(format!("{} can't succeed itself", self.handle))
                .why("flags to somebody who left need somebody who is there")
                .hint("see who is there: perfteam agent list"));
        }
        if successor.retired {
            return Err(self.successor_left(successor, roster));
        }
        if agent.retired && agent.successor.as_ref() == Some(&self.successor) {
            let message = format!("{} has retired already, followed by {}", self.handle, self.successor);
            return Err(Failure::new(Exit::Held, message)
                .why("there is nothing left to do")
                .hint(format!("see it: perfteam agent show {}", self.handle)));
        }
        Ok(())
    }

    fn successor_left(&self, successor: &Agent, roster: &Roster) -> Failure {
        let failure = Failure::refused(format!("the successor {} has retired", successor.handle))
            .why("flags to somebody who left need somebody who is there");
        let heir = roster.heir(&successor.handle);
        if heir != self.handle && roster.get(&heir).is_some_and(|heir| !heir.retired) {
            failure
                .hint(format!("its own successor: perfteam agent retire {} --successor {heir}", self.handle))
        } else {
            failure.hint("see who is there: perfteam agent list")
        }
    }

    fn say(&self, context: &Context, path: String, staging: Staging) -> Result<ExitCode, Failure> {
        let scan = context.scan()?;
        let waiting: Vec<&Brief> =
            scan.snapshot.open.iter().filter(|brief| brief.is_for(&self.handle)).collect();
        if context.is_json() {
            context.answer(&RetiredV1 {
                id: self.handle.to_string(),
                path,
                successor: self.successor.to_string(),
                staged: staging == Staging::Done,
                waiting: waiting.iter().map(|brief| brief.id.to_string()).collect(),
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        print_line(&format!("retired {}, followed by {}", self.handle, self.successor));
        print_line(&format!("  {path}"));
        let short = scan.snapshot.short_ids();
        for brief in waiting {
            let id = short.short(&brief.id);
            let kind = brief.kind_name();
            let Some(pass_on) = brief.dir.kind().verbs().pass_on else { continue };
            print_line(&format!(
                "{kind} {id} still waits for it: perfteam {kind} {pass_on} {id} --to {0} --as {0}",
                self.successor
            ));
        }
        let policy = &context.team()?.policy;
        if policy.leads.contains(&self.handle) || policy.admins.contains(&self.handle) {
            print_line(
                "it is one of the leads or admins in .perfteam/perfteam.yaml: name somebody else there",
            );
        }
        print_line("commit it: git commit");
        Ok(ExitCode::SUCCESS)
    }
}
