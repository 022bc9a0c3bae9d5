//! `perfteam task cancel`.

use std::process::ExitCode;

use clap::Args;

use super::open_task;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{require_words, take_step};
use crate::domain::agenda::depends;
use crate::domain::draft::Step;
use crate::domain::task::Tasks;

/// Take back a task that you asked for, or as a lead any task
#[derive(Debug, Args)]
pub struct Cancel {
    /// The id, or its beginning
    id: String,
    /// Why it is not wanted any more
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Cancel {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        require_words("--reason", &self.reason, &Tasks)?;
        let _lock = context.lock()?;
        let (scan, dir, record) = open_task(context, &self.id)?;
        take_step(context, &scan, &record, &Step::new("cancelled", &actor, context.now, &self.reason))?;
        if !context.is_json() {
            let id = dir.id();
            let short = scan.snapshot.short_ids();
            for waits in scan.snapshot.open.iter().filter(|brief| depends(brief).any(|other| *other == id)) {
                let (other, own) = (short.short(&waits.id), short.short(&id));
                print_line(&format!(
                    "task {other} waits for it: perfteam task amend {other} --without {own} --as {}",
                    waits.from
                ));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
