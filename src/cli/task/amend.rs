//! `perfteam task amend`.

use std::process::ExitCode;

use clap::Args;

use super::create::{deadline, dependencies};
use super::{open_task, refuse_cycle};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::{take_step, unreadable};
use crate::domain::document::Section;
use crate::domain::draft::Step;
use crate::domain::id::{MIN_PREFIX, RecordId};
use crate::domain::level::Level;
use crate::domain::task::{AmendedDetails, CONTEXT, EXPECTED, OBJECTIVE, REQUIREMENTS, Task};
use crate::store::work_tree::Scan;

/// Change a task that you asked for: its texts, priority, deadline, and what it depends on
///
/// What it said before stays readable in the record.
#[derive(Debug, Args)]
pub struct Amend {
    /// The id, or its beginning
    id: String,
    /// What is to be reached
    #[arg(long, value_name = "TEXT")]
    objective: Option<String>,
    /// What led to it
    #[arg(long, value_name = "TEXT")]
    context: Option<String>,
    /// What must hold
    #[arg(long, value_name = "TEXT")]
    requirements: Option<String>,
    /// What must come out of it
    #[arg(long, value_name = "TEXT")]
    expected: Option<String>,
    /// How strongly it matters: critical, high, medium or low
    #[arg(long, value_name = "LEVEL")]
    priority: Option<Level>,
    /// When it is due: +2h, "tomorrow 18:00", friday, 2026-11-20T18:00:00Z
    #[arg(long, value_name = "WHEN")]
    deadline: Option<String>,
    /// What must be done before it, too; may be given several times
    #[arg(long, value_name = "ID")]
    depends: Vec<String>,
    /// What it need not wait for any more; may be given several times
    #[arg(long, value_name = "ID")]
    without: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

impl Amend {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let (scan, dir, record) = open_task(context, &self.id)?;
        let task = Task::fold(&record).map_err(|_| unreadable(&dir))?.state;
        let details = AmendedDetails {
            priority: self.priority,
            deadline: self.deadline.as_deref().map(|text| deadline(text, context.now)).transpose()?,
            depends: self.depends(context, &scan, &task)?,
        };
        let texts = [
            (OBJECTIVE, &self.objective),
            (CONTEXT, &self.context),
            (REQUIREMENTS, &self.requirements),
            (EXPECTED, &self.expected),
        ];
        let sections = texts.into_iter().filter_map(|(title, text)| {
            Some(Section { title: title.to_owned(), text: text.as_ref()?.trim().to_owned() })
        });
        let mut step = Step::new("amended", &actor, context.now, &self.note).with(&details);
        step.sections.extend(sections);
        if step.sections.is_empty() && details == AmendedDetails::default() {
            return Err(Failure::usage("nothing is to be changed")
                .why("an amendment says what is different from now on")
                .hint("see what can be changed: perfteam task amend --help"));
        }
        take_step(context, &scan, &record, &step)?;
        Ok(ExitCode::SUCCESS)
    }

    /// What it depends on from now on, where that changes.
    fn depends(&self, context: &Context, scan: &Scan, task: &Task) -> Result<Option<Vec<RecordId>>, Failure> {
        if self.depends.is_empty() && self.without.is_empty() {
            return Ok(None);
        }
        let is_without = |id: &RecordId| {
            self.without.iter().any(|given| {
                let prefix = given.rsplit('/').next().unwrap_or_default();
                prefix.len() >= MIN_PREFIX && id.as_str().starts_with(prefix)
            })
        };
        let mut depends: Vec<RecordId> = task.depends.iter().filter(|id| !is_without(id)).cloned().collect();
        for id in dependencies(context, scan, &self.depends)? {
            if !depends.contains(&id) {
                depends.push(id);
            }
        }
        refuse_cycle(context, scan, &task.head.id, &depends)?;
        Ok(Some(depends))
    }
}
