//! `perfteam task`: plan, do and follow work.

mod amend;
mod block;
mod cancel;
mod complete;
mod create;
mod dependencies;
mod draft;
mod given;
mod graph;
mod left_behind;
mod list;
mod progress;
mod reassign;
mod show;
mod start;

use std::process::ExitCode;

use clap::Subcommand;

use super::answer::{Answer, form};
use super::context::Context;
use super::failure::Failure;
use super::steps::StepV1;
use crate::domain::place::Scope;
use crate::domain::record::{Record, RecordDir};
use crate::domain::task::Tasks;
use crate::store::work_tree::Scan;

use dependencies::refuse_cycle;
pub use dependencies::{Dependencies, with_dependencies};
pub use draft::{Draft, Made};
pub use left_behind::take_up;
pub use show::TaskV1;

/// The verbs of `perfteam task`.
#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    Create(Box<create::Create>),
    List(list::List),
    Show(show::Show),
    Graph(graph::Graph),
    Start(start::Start),
    Progress(Box<progress::Progress>),
    Block(block::Block),
    Unblock(block::Unblock),
    Complete(Box<complete::Complete>),
    Cancel(cancel::Cancel),
    Reassign(reassign::Reassign),
    Amend(Box<amend::Amend>),
}

/// What the verbs print with `--format json`.
pub const ANSWERS: &[Answer] = &[
    Answer::new("task create", &[form::<create::CreatedV1>]),
    Answer::new("task list", &[form::<list::ListV1>]),
    Answer::new("task show", &[form::<show::TaskV1>]),
    Answer::new("task graph", &[form::<graph::GraphV1>]),
    Answer::new("task start", &[form::<start::StartedV1>, form::<StepV1>]),
    Answer::new("task progress", &[form::<progress::ProgressedV1>]),
    Answer::new("task block", &[form::<StepV1>]),
    Answer::new("task unblock", &[form::<StepV1>]),
    Answer::new("task complete", &[form::<StepV1>]),
    Answer::new("task cancel", &[form::<StepV1>]),
    Answer::new("task reassign", &[form::<StepV1>]),
    Answer::new("task amend", &[form::<StepV1>]),
];

impl TaskCommand {
    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            TaskCommand::Create(command) => command.run(context),
            TaskCommand::List(command) => command.run(context),
            TaskCommand::Show(command) => command.run(context),
            TaskCommand::Graph(command) => command.run(context),
            TaskCommand::Start(command) => command.run(context),
            TaskCommand::Progress(command) => command.run(context),
            TaskCommand::Block(command) => command.run(context),
            TaskCommand::Unblock(command) => command.run(context),
            TaskCommand::Complete(command) => command.run(context),
            TaskCommand::Cancel(command) => command.run(context),
            TaskCommand::Reassign(command) => command.run(context),
            TaskCommand::Amend(command) => command.run(context),
        }
    }

    /// How far a verb that reads was told to look.
    pub fn scope(&self) -> Option<Scope> {
        match self {
            TaskCommand::List(command) => command.sight.scope,
            TaskCommand::Show(command) => command.sight.scope,
            TaskCommand::Graph(command) => command.sight.scope,
            _ => None,
        }
    }
}

/// The task that `prefix` names, read under the lock that the caller holds.
fn open_task(context: &Context, prefix: &str) -> Result<(Scan, RecordDir, Record), Failure> {
    super::steps::open_record(context, &Tasks, prefix)
}
