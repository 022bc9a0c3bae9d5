//! `perfteam investigate waive`.

use std::process::ExitCode;

use clap::Args;

use super::case::Case;
use super::finish::amend_depends;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{plan_step, require_words, take_step, take_step_after};
use crate::domain::draft::Step;
use crate::domain::handle::Handle;
use crate::domain::investigation::{Investigations, Part, WaivedDetails};
use crate::domain::text::shown_line;

/// Say why the part of a specialist does not apply, as the coordinator
///
/// Its document is not asked for any more, and its task is cancelled. The reason stays readable in the record.
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
        let task = case.state.tasks.get(&self.part).map(|id| case.short_of(id));
        // The event comes last: what a killed run left undone before it is done by the next.
        plan_step(context, &case.scan, &case.record, &step)?;
        let cancelled = self.drop_task(context, &case, &actor)?;
        take_step(context, &case.scan, &case.record, &step)?;
        if let Some(task) = task.filter(|_| cancelled && !context.is_json()) {
            print_line(&format!("cancelled its task: {task}"));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The task of the part is cancelled, if it is open, and the synthesis waits for it no more.
    fn drop_task(&self, context: &Context, case: &Case, actor: &Handle) -> Result<bool, Failure> {
        let Some(id) = case.state.tasks.get(&self.part) else { return Ok(false) };
        if let Some(synthesis) = case.state.tasks.get(&Part::Synthesis) {
            amend_depends(context, case, synthesis, actor, |depends| depends.retain(|other| other != id))?;
        }
        let briefs = case.briefs(context, [id])?;
        let Some(brief) = briefs.first().filter(|brief| !brief.closed) else { return Ok(false) };
        let record = context.record(&brief.dir)?;
        let step = Step::new("cancelled", actor, context.now, self.reason.trim());
        take_step_after(context, &case.scan, &record, &step, &[], |_, _| Ok(()))?;
        Ok(true)
    }
}
