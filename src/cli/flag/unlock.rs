//! `perfteam flag unlock`.

use std::process::ExitCode;

use clap::Args;

use super::{open_record, take_step};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::draft::Step;
use crate::domain::flag::Flag;
use crate::domain::lease::UnlockedDetails;

/// Let go of a flag that you hold
#[derive(Debug, Args)]
pub struct Unlock {
    /// The id, or its beginning
    id: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

impl Unlock {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let (scan, _, record) = open_record(context, &self.id)?;
        let lock = Flag::fold(&record).ok().and_then(|flag| flag.state.lock().cloned());
        let ends = lock.and_then(|lock| lock.claim);
        let step = Step::new("unlocked", &actor, context.now, &self.note).with(&UnlockedDetails { ends });
        take_step(context, &scan, &record, &step)?;
        Ok(ExitCode::SUCCESS)
    }
}
