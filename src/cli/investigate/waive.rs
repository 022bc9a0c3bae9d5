//! `perfteam investigate waive`.

use std::process::ExitCode;

use clap::Args;

use super::case::Case;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::{require_words, take_step};
use crate::domain::draft::Step;
use crate::domain::investigation::{Investigations, Part, WaivedDetails};
use crate::domain::text::shown_line;

/// Say why the part of a specialist does not apply, as the coordinator
///
/// Its document is not asked for any more. The reason stays readable in the record.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam investigate waive 7k2m --part infrastructure --reason \"It runs on one laptop, nothing there changed\"")]
pub struct Waive {
    /// The id, or its beginning
    id: String,
    /// data, code or infrastructure
    #[arg(long, value_name = "PART", value_parser = role)]
    part: Part,
    /// Why it does not apply
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

fn role(text: &str) -> Result<Part, String> {
    Part::named(text).filter(|part| part.is_role()).ok_or_else(|| {
        format!("`{}` is no specialist's part: expected data, code or infrastructure", shown_line(text))
    })
}

impl Waive {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        require_words("--reason", &self.reason, &Investigations)?;
        let _lock = context.lock()?;
        let case = Case::open(context, &self.id)?;
        let step = Step::new("waived", &actor, context.now, self.reason.trim())
            .with(&WaivedDetails { part: self.part });
        take_step(context, &case.scan, &case.record, &step)?;
        Ok(ExitCode::SUCCESS)
    }
}
