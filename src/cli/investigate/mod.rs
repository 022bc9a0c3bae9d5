//! `perfteam investigate`: several roles look for one root cause, in documents that all can read.

mod amend;
mod case;
mod close;
mod delegate;
mod finish;
mod gate;
mod list;
mod measure;
mod open;
mod part_task;
mod plan;
mod retro;
mod search;
mod show;
mod status;
mod synthesize;
mod validate;
mod waive;
mod withdraw;
mod workspace;
mod write;

use std::process::ExitCode;

use clap::Subcommand;

use super::answer::{Answer, form};
use super::context::Context;
use super::failure::Failure;
use super::steps::StepV1;
use crate::domain::place::Scope;

pub use part_task::PartTask;
pub use show::InvestigationV1;

/// The verbs of `perfteam investigate`.
#[derive(Debug, Subcommand)]
pub enum InvestigateCommand {
    Open(Box<open::Open>),
    List(list::List),
    Show(show::Show),
    Status(status::ShowStatus),
    Delegate(Box<delegate::Delegate>),
    Validate(Box<validate::Validate>),
    Retro(retro::Retro),
    Close(close::Close),
    Amend(Box<amend::Amend>),
    Waive(waive::Waive),
    Withdraw(withdraw::Withdraw),
    Write(Box<write::Write>),
    Synthesize(Box<synthesize::Synthesize>),
    Plan(plan::Plan),
    Search(search::Search),
}

/// What the verbs print with `--format json`.
pub const ANSWERS: &[Answer] = &[
    Answer::new("investigate open", &[form::<open::OpenedV1>]),
    Answer::new("investigate list", &[form::<list::ListV1>]),
    Answer::new("investigate show", &[form::<show::InvestigationV1>]),
    Answer::new("investigate status", &[form::<status::StatusV1>]),
    Answer::new("investigate delegate", &[form::<delegate::DelegatedV1>]),
    Answer::new("investigate validate", &[form::<validate::ValidatedV1>]),
    Answer::new("investigate retro", &[form::<retro::ReviewedV1>]),
    Answer::new("investigate close", &[form::<close::ClosedV1>]),
    Answer::new("investigate amend", &[form::<StepV1>]),
    Answer::new("investigate waive", &[form::<StepV1>]),
    Answer::new("investigate withdraw", &[form::<StepV1>]),
    Answer::new("investigate write", &[form::<write::WrittenV1>]),
    Answer::new("investigate synthesize", &[form::<synthesize::SynthesizedV1>]),
    Answer::new("investigate plan", &[form::<plan::PlannedV1>]),
    Answer::new("investigate search", &[form::<search::SearchV1>]),
];

impl InvestigateCommand {
    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            InvestigateCommand::Open(command) => command.run(context),
            InvestigateCommand::List(command) => command.run(context),
            InvestigateCommand::Show(command) => command.run(context),
            InvestigateCommand::Status(command) => command.run(context),
            InvestigateCommand::Delegate(command) => command.run(context),
            InvestigateCommand::Validate(command) => command.run(context),
            InvestigateCommand::Retro(command) => command.run(context),
            InvestigateCommand::Close(command) => command.run(context),
            InvestigateCommand::Amend(command) => command.run(context),
            InvestigateCommand::Waive(command) => command.run(context),
            InvestigateCommand::Withdraw(command) => command.run(context),
            InvestigateCommand::Write(command) => command.run(context),
            InvestigateCommand::Synthesize(command) => command.run(context),
            InvestigateCommand::Plan(command) => command.run(context),
            InvestigateCommand::Search(command) => command.run(context),
        }
    }

    /// How far a verb that reads was told to look.
    pub fn scope(&self) -> Option<Scope> {
        match self {
            InvestigateCommand::List(command) => command.sight.scope,
            InvestigateCommand::Show(command) => command.sight.scope,
            InvestigateCommand::Status(command) => command.sight.scope,
            InvestigateCommand::Search(command) => command.sight.scope,
            _ => None,
        }
    }
}
