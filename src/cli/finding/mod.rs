//! `perfteam finding`: report what was learnt, confirm or dispute it, decide.

mod amend;
mod close;
mod decide;
mod given;
mod judge;
mod list;
mod location;
mod mitigate;
mod report;
mod shared;
mod show;

use std::process::ExitCode;

use clap::Subcommand;

use super::answer::{Answer, form};
use super::context::Context;
use super::failure::Failure;
use super::steps::StepV1;
use crate::domain::finding::Findings;
use crate::domain::place::Scope;
use crate::domain::record::{Record, RecordDir};
use crate::store::work_tree::Scan;

pub use show::FindingV1;

/// The verbs of `perfteam finding`.
#[derive(Debug, Subcommand)]
pub enum FindingCommand {
    Report(Box<report::Report>),
    List(Box<list::List>),
    Show(show::Show),
    Confirm(judge::Confirm),
    Dispute(judge::Dispute),
    Evidence(judge::Evidence),
    Amend(amend::Amend),
    Mitigate(mitigate::Mitigate),
    Resolve(close::Resolve),
    #[command(visible_alias = "withdraw")]
    Reject(close::Reject),
    Decide(decide::Decide),
}

/// What the verbs print with `--format json`.
pub const ANSWERS: &[Answer] = &[
    Answer::new("finding report", &[form::<report::ReportedV1>]),
    Answer::new("finding list", &[form::<list::ListV1>]),
    Answer::new("finding show", &[form::<show::FindingV1>]),
    Answer::new("finding confirm", &[form::<StepV1>]),
    Answer::new("finding dispute", &[form::<StepV1>]),
    Answer::new("finding evidence", &[form::<StepV1>]),
    Answer::new("finding amend", &[form::<StepV1>]),
    Answer::new("finding mitigate", &[form::<StepV1>]),
    Answer::new("finding resolve", &[form::<StepV1>]),
    Answer::new("finding reject", &[form::<StepV1>]),
    Answer::new("finding decide", &[form::<decide::DecidedV1>]),
];

impl FindingCommand {
    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            FindingCommand::Report(command) => command.run(context),
            FindingCommand::List(command) => command.run(context),
            FindingCommand::Show(command) => command.run(context),
            FindingCommand::Confirm(command) => command.run(context),
            FindingCommand::Dispute(command) => command.run(context),
            FindingCommand::Evidence(command) => command.run(context),
            FindingCommand::Amend(command) => command.run(context),
            FindingCommand::Mitigate(command) => command.run(context),
            FindingCommand::Resolve(command) => command.run(context),
            FindingCommand::Reject(command) => command.run(context),
            FindingCommand::Decide(command) => command.run(context),
        }
    }

    /// How far a verb that reads was told to look.
    pub fn scope(&self) -> Option<Scope> {
        match self {
            FindingCommand::List(command) => command.sight.scope,
            FindingCommand::Show(command) => command.sight.scope,
            _ => None,
        }
    }
}

/// The finding that `prefix` names, read under the lock that the caller holds.
fn open_finding(context: &Context, prefix: &str) -> Result<(Scan, RecordDir, Record), Failure> {
    super::steps::open_record(context, &Findings, prefix)
}
