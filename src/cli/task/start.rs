//! `perfteam task start`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::{open_task, with_dependencies};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::knowledge::{SimilarV1, print_known, similar};
use crate::cli::reach::ReachArgs;
use crate::cli::steps::{StepV1, take_step};
use crate::cli::taking::{Taking, lease_end};
use crate::cli::view::obstacle_words;
use crate::domain::agenda::{Agenda, Obstacle};
use crate::domain::draft::Step;
use crate::domain::kind::Kind;
use crate::domain::lease::{LockedDetails, RenewedDetails};
use crate::domain::record::Record;
use crate::domain::task::Tasks;
use crate::store::work_tree::Scan;

/// Say that you work on a task; a task that is nobody's becomes yours
///
/// Like the lock of a flag this is a lease: it ends by itself, each progress report makes it last
/// longer, and while it lasts nobody else can start the task, not even another process of the same
/// agent.
#[derive(Debug, Args)]
pub struct Start {
    /// The id, or its beginning
    id: String,
    /// Extend the lease of a task that you work on
    #[arg(long)]
    renew: bool,
    /// How you go about it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
    #[command(flatten)]
    reach: ReachArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StartedV1 {
    #[serde(flatten)]
    step: StepV1,
    /// What was learnt before about the like.
    known: Vec<SimilarV1>,
}

impl Start {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let (scan, _, record) = open_task(context, &self.id)?;
        let lease_until = lease_end(context)?;
        if self.renew {
            let step =
                Step::new("renewed", &actor, context.now, &self.note).with(&RenewedDetails { lease_until });
            take_step(context, &scan, &record, &step)?;
        } else {
            refuse_unready(context, &scan, &record)?;
            let details = LockedDetails::until(lease_until);
            let step = Step::new("started", &actor, context.now, &self.note).with(&details);
            let taking = Taking::new(context, &scan, &actor, &self.reach)?;
            let (planned, staging) = taking.after(&record, step, &[])?;
            let about = Tasks.brief(&record).map(|brief| brief.about()).unwrap_or_default();
            // The step is written: what can't be read now is the business of `check`.
            let known = similar(context, &about).unwrap_or_default();
            if context.is_json() {
                context.answer(&StartedV1 { step: planned.json(&staging), known })?;
            } else {
                planned.print();
                print_known(&known);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What depends on something can't be started before that is done.
fn refuse_unready(context: &Context, scan: &Scan, record: &Record) -> Result<(), Failure> {
    let Some(brief) = Tasks.brief(record).filter(|brief| !brief.closed && brief.lock.is_none()) else {
        return Ok(());
    };
    let briefs = with_dependencies(context, scan)?;
    let agenda = Agenda::new(&briefs);
    let obstacles = agenda.obstacles(&brief);
    let Some(first) = obstacles.first() else { return Ok(()) };
    let short_ids = scan.snapshot.short_ids();
    let short = short_ids.short(&brief.id).to_owned();
    let waits: Vec<String> = obstacles.iter().map(|obstacle| obstacle_words(obstacle, &short_ids)).collect();
    let failure = Failure::refused(format!("task {short} waits for {}", waits.join(", ")))
        .why("its work builds on what must be done first");
    let failure = match first {
        Obstacle::Open(other) | Obstacle::Dropped(other) => failure.hint(format!(
            "see how that stands: perfteam {} show {}",
            other.dir.kind().command(),
            short_ids.short(&other.id)
        )),
        Obstacle::Missing(id) => failure.hint(format!("merge the branch that has {id}: git merge BRANCH")),
    };
    let id = match first {
        Obstacle::Open(other) | Obstacle::Dropped(other) => short_ids.short(&other.id),
        Obstacle::Missing(id) => id.as_str(),
    };
    let acting = format!(" --as {}", brief.from);
    Err(failure
        .hint("what can be started now: perfteam next")
        .hint(format!("if it need not wait: perfteam task amend {short} --without {id}{acting}")))
}
