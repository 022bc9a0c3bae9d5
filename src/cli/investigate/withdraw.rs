//! `perfteam investigate withdraw`.

use std::process::ExitCode;

use clap::Args;

use super::case::Case;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::{require_words, take_step};
use crate::domain::draft::Step;
use crate::domain::investigation::Investigations;

/// Take an investigation back, as its coordinator or a lead: it was a false alarm, or is part of another
#[derive(Debug, Args)]
pub struct Withdraw {
    /// The id, or its beginning
    id: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Withdraw {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        require_words("--reason", &self.reason, &Investigations)?;
        let _lock = context.lock()?;
        let case = Case::open(context, &self.id)?;
        let step = Step::new("withdrawn", &actor, context.now, self.reason.trim());
        take_step(context, &case.scan, &case.record, &step)?;
        Ok(ExitCode::SUCCESS)
    }
}
