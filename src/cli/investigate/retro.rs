//! `perfteam investigate retro`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::case::Case;
use super::gate::{MissingV1, refuse_before, refuse_while_missing};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{StepV1, plan_step, take_step_after};
use crate::domain::draft::Step;
use crate::domain::finding::Finding;
use crate::domain::investigation::learning::{LEARNINGS, MEASURES};
use crate::domain::investigation::needs::{lacks, lacks_of};
use crate::domain::investigation::{Part, Phase};
use crate::markdown::fill::Filling;

/// Why a retrospective comes after the validation.
const WHY: &str = "what is learnt of fixes that may not hold is soon wrong";

/// Begin the retrospective, once all windows have passed, as the coordinator
///
/// Fills in what the records say: the long-term fixes as preventive measures, disputes that were
/// decided and windows that were missed as learnings. What people wrote stays; run again, it adds what
/// is new. What is left to write is told by file and line.
#[derive(Debug, Args)]
#[command(after_help = "Then: write what is left, and perfteam investigate close 7k2m")]
pub struct Retro {
    /// The id, or its beginning
    id: String,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReviewedV1 {
    /// What was written into the record; absent where the retrospective had begun already.
    #[serde(flatten)]
    step: Option<StepV1>,
    document: String,
    /// Whether the document is another than before.
    changed: bool,
    /// What the document still lacks.
    missing: Vec<MissingV1>,
}

impl Retro {
    /// Fills in the document and writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let case = Case::open(context, &self.id)?;
        refuse_before(context, &case, Phase::Learning, WHY)?;
        let step = Step::new("reviewed", &actor, context.now, "");
        let is_first = !case.state.reviewed;
        if is_first {
            plan_step(context, &case.scan, &case.record, &step)?;
            let open = lacks(&case.state, &case.pages, Phase::Validation).into_iter();
            let open: Vec<MissingV1> = open.map(|lack| MissingV1::of(&case, lack)).collect();
            refuse_while_missing(&case, &open, WHY)?;
        }
        let changed = case.fill(context, Part::Retrospective, &fillings(context, &case)?)?;
        if !is_first {
            return self.say(context, None, changed);
        }
        take_step_after(context, &case.scan, &case.record, &step, &[], |planned, staging| {
            if context.is_json() {
                return self.say(context, Some(planned.json(staging)), changed).map(drop);
            }
            planned.print();
            self.say(context, None, changed).map(drop)
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn say(&self, context: &Context, step: Option<StepV1>, changed: bool) -> Result<ExitCode, Failure> {
        let case = Case::open(context, &self.id)?;
        let (document, id) = (case.path(Part::Retrospective), case.short());
        let lacks = lacks_of(&case.state, &case.pages, Part::Retrospective);
        let missing: Vec<MissingV1> = lacks.into_iter().map(|lack| MissingV1::of(&case, lack)).collect();
        if context.is_json() {
            context.answer(&ReviewedV1 { step, document, changed, missing })?;
            return Ok(ExitCode::SUCCESS);
        }
        print_line(&format!("{}: {document}", if changed { "filled in" } else { "nothing new for" }));
        if !missing.is_empty() {
            print_line("left to write:");
        }
        for one in &missing {
            print_line(&format!("  {}", one.words()));
        }
        print_line(&format!("then: perfteam investigate close {id}"));
        Ok(ExitCode::SUCCESS)
    }
}

/// What the records say of what was learnt.
fn fillings(context: &Context, case: &Case) -> Result<Vec<(String, Filling)>, Failure> {
    let items = |items: Vec<String>| Filling { items, ..Filling::default() };
    let later = case.briefs(context, &case.state.later)?;
    let measures = later.into_iter().filter(|brief| !brief.dropped).map(|brief| brief.title).collect();
    let mut learnings = decided(context, case)?;
    let missed = case.state.measured.iter().filter(|window| !window.details.passed);
    learnings.extend(missed.map(|window| {
        format!(
            "Window {} was missed at {}, so the first fixes did not hold",
            window.details.window,
            window.at.minute()
        )
    }));
    let fillings = [(MEASURES, items(measures)), (LEARNINGS, items(learnings))];
    Ok(fillings
        .into_iter()
        .filter(|(_, filling)| !filling.items.is_empty())
        .map(|(title, filling)| (title.to_owned(), filling))
        .collect())
}

/// What turned out other than it was reported.
fn decided(context: &Context, case: &Case) -> Result<Vec<String>, Failure> {
    let mut decided = Vec::new();
    for brief in case.findings(context)? {
        let Ok(folded) = Finding::fold(&context.record(&brief.dir)?) else { continue };
        let Some(decision) = folded.state.decisions.last() else { continue };
        let finding = brief.dir.link(&format!("finding {}", case.short_of(&brief.id)));
        decided.push(format!(
            "{} (reported as \"{}\", {finding})",
            decision.details.outcome.trim(),
            brief.title
        ));
    }
    Ok(decided)
}
