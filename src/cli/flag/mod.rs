//! `perfteam flag`: raise, list and process flags.

mod amend;
mod chain;
mod close;
mod create;
mod handoff;
mod input;
mod list;
mod lock;
mod show;
mod unlock;

use std::process::ExitCode;

use clap::Subcommand;

use super::answer::{Answer, form};
use super::context::Context;
use super::failure::Failure;
use super::steps::{StepV1, take_step};
use crate::domain::flag::Flags;
use crate::domain::place::Scope;
use crate::domain::record::{Record, RecordDir};
use crate::store::work_tree::Scan;

pub use create::head_file;
pub use input::Texts;
pub use show::FlagV1;

/// The verbs of `perfteam flag`.
#[derive(Debug, Subcommand)]
pub enum FlagCommand {
    Create(Box<create::Create>),
    List(list::List),
    Show(show::Show),
    Chain(chain::Chain),
    Lock(Box<lock::Lock>),
    Unlock(unlock::Unlock),
    Complete(close::Complete),
    Decline(close::Decline),
    Handoff(handoff::Handoff),
    Reply(close::Reply),
    Withdraw(close::Withdraw),
    Amend(amend::Amend),
}

/// What the verbs print with `--format json`.
pub const ANSWERS: &[Answer] = &[
    Answer::new("flag create", &[form::<create::CreatedV1>]),
    Answer::new("flag list", &[form::<list::ListV1>]),
    Answer::new("flag show", &[form::<show::FlagV1>]),
    Answer::new("flag chain", &[form::<chain::ChainV1>]),
    Answer::new("flag lock", &[form::<StepV1>, form::<lock::LockedMineV1>, form::<lock::AwaitingV1>]),
    Answer::new("flag unlock", &[form::<StepV1>]),
    Answer::new("flag complete", &[form::<StepV1>]),
    Answer::new("flag decline", &[form::<StepV1>]),
    Answer::new("flag handoff", &[form::<StepV1>]),
    Answer::new("flag reply", &[form::<StepV1>]),
    Answer::new("flag withdraw", &[form::<StepV1>]),
    Answer::new("flag amend", &[form::<StepV1>]),
];

impl FlagCommand {
    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            FlagCommand::Create(command) => command.run(context),
            FlagCommand::List(command) => command.run(context),
            FlagCommand::Show(command) => command.run(context),
            FlagCommand::Chain(command) => command.run(context),
            FlagCommand::Lock(command) => command.run(context),
            FlagCommand::Unlock(command) => command.run(context),
            FlagCommand::Complete(command) => command.run(context),
            FlagCommand::Decline(command) => command.run(context),
            FlagCommand::Handoff(command) => command.run(context),
            FlagCommand::Reply(command) => command.run(context),
            FlagCommand::Withdraw(command) => command.run(context),
            FlagCommand::Amend(command) => command.run(context),
        }
    }
}

impl FlagCommand {
    /// How far a verb that reads was told to look.
    pub fn scope(&self) -> Option<Scope> {
        match self {
            FlagCommand::List(command) => command.sight.scope,
            FlagCommand::Show(command) => command.sight.scope,
            FlagCommand::Chain(command) => command.sight.scope,
            _ => None,
        }
    }
}

/// The flag that `prefix` names, read under the lock that the caller holds.
fn open_record(context: &Context, prefix: &str) -> Result<(Scan, RecordDir, Record), Failure> {
    super::steps::open_record(context, &Flags, prefix)
}
