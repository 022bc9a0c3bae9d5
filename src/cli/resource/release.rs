//! `perfteam resource release`.

use std::process::ExitCode;

use clap::Args;

use super::desk::{Desk, word};
use super::news::{expectations, tell_waiting};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::take_step_after;
use crate::domain::draft::Step;
use crate::domain::handle::Handle;
use crate::domain::resource::queue::{Queue, TURN};
use crate::domain::resource::{OfferedDetails, Reservation};
use crate::domain::text::shown_line;
use crate::store::write::NewFile;

/// Let go of what you reserved, or leave the queue
///
/// The first in the queue is told by a flag, and has the first right for fifteen minutes; all
/// others who wait are told when they can expect it.
#[derive(Debug, Args)]
pub struct Release {
    /// The name of the resource, in any writing
    #[arg(value_name = "NAME")]
    name: String,
    /// What came of it, or why you no longer need it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

impl Release {
    /// Lets go.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let desk = Desk::open(context, &self.name)?;
        let Some((record, own)) = desk.of(&actor) else {
            return Err(Failure::refused(format!("{actor} has not reserved {}", shown_line(&self.name)))
                .why("only those who reserved it can let it go")
                .hint(format!("see who has: perfteam resource queue {}", word(&self.name))));
        };
        let before = expectations(&desk.queue(context.now));
        let left: Vec<Reservation> =
            desk.reservations.iter().filter(|other| other.head.id != own.head.id).cloned().collect();
        let queue = Queue::new(&left, context.now);
        let mut files = offers(context, &desk, &queue, &actor)?;
        let told = tell_waiting(context, &actor, &queue, &before);
        let count = told.len();
        files.extend(told);
        let step = self.step(context, own, &actor);
        take_step_after(context, &desk.scan, record, &step, &files, |planned, staging| {
            planned.say(context, staging)?;
            if count > 0 && !context.is_json() {
                print_line(&format!("told by a flag: {count} who wait for it"));
            }
            Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn step(&self, context: &Context, own: &Reservation, actor: &Handle) -> Step {
        if own.lock().is_some() {
            return Step::new("released", actor, context.now, &self.note);
        }
        let note = if self.note.is_empty() { "No longer needed." } else { &self.note };
        Step::new("withdrawn", actor, context.now, note)
    }
}

/// The events that give those who are next the first right.
fn offers(
    context: &Context,
    desk: &Desk,
    queue: &Queue<'_>,
    actor: &Handle,
) -> Result<Vec<NewFile>, Failure> {
    let details = OfferedDetails { until: context.now.plus(TURN) };
    let step = Step::new("offered", actor, context.now, "").with(&details);
    let next = queue.next();
    let records = next.iter().filter_map(|next| desk.record(next));
    records.map(|record| Ok(context.plan_step(record, &step)?.file)).collect()
}
