//! `perfteam finding resolve` and `perfteam finding reject`.

use std::process::ExitCode;

use clap::Args;

use super::open_finding;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::{require_words, take_step};
use crate::domain::draft::Step;
use crate::domain::finding::Findings;

/// Say that it is no more
#[derive(Debug, Args)]
pub struct Resolve {
    /// The id, or its beginning
    id: String,
    /// How that is known
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

/// Say that it was none: as its reporter, or as a lead
#[derive(Debug, Args)]
pub struct Reject {
    /// The id, or its beginning
    id: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Resolve {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        close(context, &self.id, "resolved", &self.note)
    }
}

impl Reject {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        require_words("--reason", &self.reason, &Findings)?;
        close(context, &self.id, "rejected", &self.reason)
    }
}

fn close(context: &Context, id: &str, what: &'static str, note: &str) -> Result<ExitCode, Failure> {
    let actor = context.actor()?;
    let _lock = context.lock()?;
    let (scan, _, record) = open_finding(context, id)?;
    take_step(context, &scan, &record, &Step::new(what, &actor, context.now, note))?;
    Ok(ExitCode::SUCCESS)
}
