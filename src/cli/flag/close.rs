//! The verbs that close a flag: `complete`, `decline`, `reply`, `withdraw`.

use std::process::ExitCode;

use clap::Args;

use super::{open_record, take_step};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::require_words;
use crate::domain::draft::Step;
use crate::domain::flag::Flags;

/// Say that a flag is done
#[derive(Debug, Args)]
pub struct Complete {
    /// The id, or its beginning
    id: String,
    /// What was done
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

/// Refuse a flag, and say why
#[derive(Debug, Args)]
pub struct Decline {
    /// The id, or its beginning
    id: String,
    /// Why you will not do it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Answer an information request
#[derive(Debug, Args)]
pub struct Reply {
    /// The id, or its beginning
    id: String,
    /// The answer
    #[arg(long, value_name = "TEXT")]
    note: String,
}

/// Take back a flag that you raised, or as a lead any flag
#[derive(Debug, Args)]
pub struct Withdraw {
    /// The id, or its beginning
    id: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Complete {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        close(context, &self.id, "completed", &self.note)
    }
}

impl Decline {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        require_words("--reason", &self.reason, &Flags)?;
        close(context, &self.id, "declined", &self.reason)
    }
}

impl Reply {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        require_words("--note", &self.note, &Flags)?;
        close(context, &self.id, "replied", &self.note)
    }
}

impl Withdraw {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        require_words("--reason", &self.reason, &Flags)?;
        close(context, &self.id, "withdrawn", &self.reason)
    }
}

fn close(context: &Context, id: &str, what: &'static str, note: &str) -> Result<ExitCode, Failure> {
    let actor = context.actor()?;
    let _lock = context.lock()?;
    let (scan, _, record) = open_record(context, id)?;
    take_step(context, &scan, &record, &Step::new(what, &actor, context.now, note))?;
    Ok(ExitCode::SUCCESS)
}
