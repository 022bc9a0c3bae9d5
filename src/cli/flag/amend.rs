//! `perfteam flag amend`.

use std::process::ExitCode;

use clap::{ArgGroup, Args};

use super::input::require;
use super::{open_record, take_step};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::document::Section;
use crate::domain::draft::Step;
use crate::domain::flag::{ACTION, ACTION_LEAST, CHANGE, CHANGE_LEAST, Flag, QUESTION_LEAST};

/// Replace texts of a flag that you raised, while it is pending
///
/// The texts as they were stay readable in the record.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("texts").args(["change", "action"]).required(true).multiple(true)))]
pub struct Amend {
    /// The id, or its beginning
    id: String,
    /// What changed
    #[arg(long, value_name = "TEXT")]
    change: Option<String>,
    /// What exactly the addressee must do
    #[arg(long, value_name = "TEXT")]
    action: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

impl Amend {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let (scan, _, record) = open_record(context, &self.id)?;
        let is_request = Flag::fold(&record).is_ok_and(|folded| folded.state.is_request());
        let action_least = if is_request { QUESTION_LEAST } else { ACTION_LEAST };
        let mut step = Step::new("amended", &actor, context.now, &self.note);
        for (name, title, text, least) in
            [("change", CHANGE, &self.change, CHANGE_LEAST), ("action", ACTION, &self.action, action_least)]
        {
            if let Some(text) = text {
                require(name, Some(text), least, "the whole new text")?;
                step.sections.push(Section { title: title.to_owned(), text: text.trim().to_owned() });
            }
        }
        take_step(context, &scan, &record, &step)?;
        Ok(ExitCode::SUCCESS)
    }
}
