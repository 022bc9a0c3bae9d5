//! `perfteam investigate amend`.

use std::process::ExitCode;

use clap::{ArgGroup, Args};

use super::case::Case;
use super::open::due;
use super::workspace::{rendered, subject};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{plan_step, require_least, require_words, take_step_after};
use crate::domain::document::Section;
use crate::domain::draft::Step;
use crate::domain::event::Event;
use crate::domain::investigation::{
    AmendedDetails, IMPACT, IMPACT_LEAST, Investigation, Investigations, Part,
};
use crate::domain::level::Level;
use crate::scaffold::investigation::document as template;

/// Change an investigation that you coordinate: its impact, priority, systems, what must hold, what is due
///
/// What it said before stays readable in the record. Documents that nobody has written in yet are rendered
/// anew; what people wrote stays. What must hold in the end can be changed until fixes are planned.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("what").args(["impact", "priority", "trigger", "systems", "success", "due"]).required(true).multiple(true)),
    after_help = "Example:
  perfteam investigate amend 7k2m --impact \"25 % of the traffic waits, search as well\" --system checkout --system search"
)]
pub struct Amend {
    /// The id, or its beginning
    id: String,
    /// What users feel: the whole new text
    #[arg(long, value_name = "TEXT")]
    impact: Option<String>,
    /// How strongly it matters: critical, high, medium or low
    #[arg(long, value_name = "LEVEL")]
    priority: Option<Level>,
    /// What set it off
    #[arg(long, value_name = "TEXT")]
    trigger: Option<String>,
    /// What is affected, instead of what was said before; may be given several times
    #[arg(long = "system", value_name = "NAME", value_delimiter = ',')]
    systems: Vec<String>,
    /// What must hold in the end, instead of what was said before; may be given several times
    #[arg(long, value_name = "TEXT")]
    success: Vec<String>,
    /// When a part is due: data=+3h; may be given several times
    #[arg(long, value_name = "PART=WHEN")]
    due: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

impl Amend {
    /// Writes the event, and renders the documents that are still as they were rendered.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        self.require()?;
        let details = self.details(context)?;
        let mut step = Step::new("amended", &actor, context.now, &self.note).with(&details);
        step.sections.extend(
            self.impact
                .as_ref()
                .map(|impact| Section { title: IMPACT.to_owned(), text: impact.trim().to_owned() }),
        );
        let _lock = context.lock()?;
        let case = Case::open(context, &self.id)?;
        let amended = amended(&case, plan_step(context, &case.scan, &case.record, &step)?.event());
        take_step_after(context, &case.scan, &case.record, &step, &[], |planned, staging| {
            planned.say(context, staging)
        })?;
        let written = render_anew(context, &case, &amended)?;
        if !context.is_json() {
            self.print(&case, &written);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn require(&self) -> Result<(), Failure> {
        if let Some(impact) = &self.impact {
            require_least("--impact", impact, IMPACT_LEAST, &Investigations)?;
        }
        let texts = self.systems.iter().map(|text| ("--system", text));
        let texts = texts.chain(self.success.iter().map(|text| ("--success", text)));
        for (option, text) in texts.chain(self.trigger.iter().map(|text| ("--trigger", text))) {
            require_words(option, text, &Investigations)?;
        }
        Ok(())
    }

    fn details(&self, context: &Context) -> Result<AmendedDetails, Failure> {
        let list = |texts: &[String]| {
            let texts: Vec<String> = texts.iter().map(|text| text.trim().to_owned()).collect();
            (!texts.is_empty()).then_some(texts)
        };
        Ok(AmendedDetails {
            priority: self.priority,
            trigger: self.trigger.as_ref().map(|text| text.trim().to_owned()),
            systems: list(&self.systems),
            success: list(&self.success),
            due: due(&self.due, context.now)?,
        })
    }

    /// What was written, and what is left to people.
    fn print(&self, case: &Case, written: &[Part]) {
        for part in written {
            print_line(&format!("rendered anew: {}", case.path(*part)));
        }
        if !self.success.is_empty() && !written.contains(&Part::Validation) {
            let path = case.path(Part::Validation);
            print_line(&format!("the rows of {path} are yours to change: somebody has written in it"));
        }
        if (!self.due.is_empty() || self.priority.is_some()) && !case.state.tasks.is_empty() {
            print_line("its tasks stay as they are: perfteam task amend ID --deadline WHEN --priority LEVEL");
        }
    }
}

/// The investigation once `event` has happened.
fn amended(case: &Case, event: &Event) -> Investigation {
    let mut record = case.record.clone();
    record.events.push(event.clone());
    Investigation::fold(&record).map_or_else(|_| case.state.clone(), |folded| folded.state)
}

/// The parts whose documents nobody had written in, and that are other documents now.
fn render_anew(context: &Context, case: &Case, amended: &Investigation) -> Result<Vec<Part>, Failure> {
    let subject = subject(&amended.head, &amended.impact);
    let mut written = Vec::new();
    for part in Part::ALL.into_iter().filter(|part| case.pages.contains_key(part)) {
        let Some(template) = template(part) else { continue };
        let old = case.document(context, part)?;
        if old == case.template(context, part)?
            && case.put(context, part, &old, &rendered(context, template, &subject)?)?
        {
            written.push(part);
        }
    }
    Ok(written)
}
