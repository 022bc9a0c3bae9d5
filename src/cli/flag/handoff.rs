//! `perfteam flag handoff`.

use std::process::ExitCode;

use clap::Args;

use super::{open_record, take_step};
use crate::cli::context::{Context, unknown_agent};
use crate::cli::failure::Failure;
use crate::domain::draft::Step;
use crate::domain::flag::HandedOnDetails;
use crate::domain::handle::Handle;

/// Hand a flag on to the agent who is right for it
#[derive(Debug, Args)]
pub struct Handoff {
    /// The id, or its beginning
    id: String,
    /// Who must act from now on
    #[arg(long, value_name = "@HANDLE")]
    to: Handle,
    /// Why, or what is known already
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

impl Handoff {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let roster = &context.team()?.roster;
        if roster.get(&self.to).is_none_or(|agent| agent.retired) {
            return Err(unknown_agent(&self.to, roster, "given by --to"));
        }
        let _lock = context.lock()?;
        let (scan, _, record) = open_record(context, &self.id)?;
        let details = HandedOnDetails { to: self.to.clone() };
        let step = Step::new("handed_on", &actor, context.now, &self.note).with(&details);
        take_step(context, &scan, &record, &step)?;
        Ok(ExitCode::SUCCESS)
    }
}
