//! `perfteam task reassign`.

use std::process::ExitCode;

use clap::Args;

use super::open_task;
use crate::cli::addressee::check_addressee;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::take_step;
use crate::domain::draft::Step;
use crate::domain::handle::Handle;
use crate::domain::task::ReassignedDetails;

/// Give a task to the agent who is to do it from now on
#[derive(Debug, Args)]
pub struct Reassign {
    /// The id, or its beginning
    id: String,
    /// Who is to do it
    #[arg(long, value_name = "@HANDLE")]
    to: Handle,
    /// Why, or what is known already
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

impl Reassign {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        check_addressee(context, &self.to, "--to")?;
        let _lock = context.lock()?;
        let (scan, _, record) = open_task(context, &self.id)?;
        let details = ReassignedDetails { to: self.to.clone() };
        let step = Step::new("reassigned", &actor, context.now, &self.note).with(&details);
        take_step(context, &scan, &record, &step)?;
        Ok(ExitCode::SUCCESS)
    }
}
