//! `perfteam finding mitigate`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::open_finding;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::{require_words, take_step};
use crate::domain::draft::Step;
use crate::domain::finding::{Findings, MitigatedDetails, Success};
use crate::domain::quantity::{Measured, typed};

/// Say what was done against it, and how well it worked
#[derive(Debug, Args)]
pub struct Mitigate {
    /// The id, or its beginning
    id: String,
    /// What was done
    #[arg(long, value_name = "TEXT")]
    action: String,
    /// How well it worked
    #[arg(long, value_enum)]
    result: ResultArg,
    /// A figure, before and after; may be given several times
    #[arg(long = "metric", value_name = "NAME=BEFORE..AFTER", value_parser = typed)]
    metrics: Vec<(String, Measured)>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ResultArg {
    /// Nothing changed
    None,
    /// It is better
    Partial,
    /// It is gone
    Full,
}

impl Mitigate {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        require_words("--action", &self.action, &Findings)?;
        let _lock = context.lock()?;
        let (scan, _, record) = open_finding(context, &self.id)?;
        let result = match self.result {
            ResultArg::None => Success::None,
            ResultArg::Partial => Success::Partial,
            ResultArg::Full => Success::Full,
        };
        let details = MitigatedDetails { result, metrics: self.metrics.iter().cloned().collect() };
        let step = Step::new("mitigated", &actor, context.now, &self.action).with(&details);
        take_step(context, &scan, &record, &step)?;
        Ok(ExitCode::SUCCESS)
    }
}
