//! `perfteam task block` and `perfteam task unblock`.

use std::process::ExitCode;

use clap::Args;

use super::{open_task, refuse_cycle};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::{require_words, take_step};
use crate::domain::draft::Step;
use crate::domain::task::{BlockedDetails, Task, Tasks};

/// Say that a task can't go on, and why
///
/// Its lease ends: whoever unblocks it makes it wait for its assignee again.
#[derive(Debug, Args)]
pub struct Block {
    /// The id, or its beginning
    id: String,
    /// What keeps it from going on
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The record that must be done first
    #[arg(long, value_name = "ID")]
    on: Option<String>,
}

/// Say that a blocked task can go on
#[derive(Debug, Args)]
pub struct Unblock {
    /// The id, or its beginning
    id: String,
    /// What changed
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

impl Block {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        require_words("--reason", &self.reason, &Tasks)?;
        let _lock = context.lock()?;
        let (scan, dir, record) = open_task(context, &self.id)?;
        let on = self.on.as_deref().map(|prefix| context.find(&scan, prefix)).transpose()?;
        if on.as_ref() == Some(&dir) {
            return Err(Failure::usage("a task can't be blocked by itself")
                .why("it would wait for ever")
                .hint("name what it waits for: --on ID, or leave --on away"));
        }
        if let Some(on) = &on {
            refuse_cycle(context, &scan, &dir.id(), &[on.id()])?;
        }
        let lock = Task::fold(&record).ok().and_then(|task| task.state.lock().cloned());
        let ends = lock.filter(|lock| lock.by == actor).and_then(|lock| lock.claim);
        let details = BlockedDetails { on: on.map(|dir| dir.id()), ends };
        let step = Step::new("blocked", &actor, context.now, &self.reason).with(&details);
        take_step(context, &scan, &record, &step)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Unblock {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let (scan, _, record) = open_task(context, &self.id)?;
        take_step(context, &scan, &record, &Step::new("unblocked", &actor, context.now, &self.note))?;
        Ok(ExitCode::SUCCESS)
    }
}
