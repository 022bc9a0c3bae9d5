//! `perfteam investigate close`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::case::Case;
use super::finish::complete;
use super::gate::{missing, refuse_before, refuse_while_missing};
use crate::cli::addressee::check_addressee;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{StepV1, plan_step, require_words, take_step_after};
use crate::cli::task::{Draft, Made};
use crate::domain::draft::Step;
use crate::domain::handle::Handle;
use crate::domain::id::{MIN_PREFIX, RecordId};
use crate::domain::investigation::learning::{
    LOG, Learnt, MEASURES, Measure, PATTERN, PLAYBOOK, learnt, texts,
};
use crate::domain::investigation::story::Story;
use crate::domain::investigation::windows::figures;
use crate::domain::investigation::{ClosedDetails, Investigations, Part, Phase, WINDOWS};
use crate::domain::knowledge::{EntryName, Front};
use crate::domain::quantity::{Measured, Metrics};
use crate::domain::text::headline;
use crate::markdown::knowledge;
use crate::store::knowledge::read_library;
use crate::store::write::NewFile;

/// Why an investigation closes with what was learnt.
const WHY: &str = "what is not written down is found out again, in the next incident";

/// Close an investigation that was learnt from, as the coordinator
///
/// The retrospective must be written. Its preventive measures become tasks, its playbook and patterns
/// entries of the team's knowledge, and the investigation gets its entry in the investigation log: all
/// in the same step. They are living documents, which people edit from then on.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam investigate close 7k2m --note \"p95 is back at 240 ms; the pool has an alert now.\"")]
pub struct Close {
    /// The id, or its beginning
    id: String,
    /// What came of it [default: the figures of the incident against those of the last window]
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClosedV1 {
    #[serde(flatten)]
    step: StepV1,
    knowledge: Vec<String>,
    tasks: Vec<TaskV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ClosingTaskV1")]
struct TaskV1 {
    id: String,
    title: String,
    /// Whether it was made now, rather than planned before.
    new: bool,
}

/// An entry that it leaves.
struct Written {
    path: String,
    /// Its file; `None` where an earlier run has written it.
    file: Option<NewFile>,
}

/// The task of a preventive measure.
struct Prevention {
    id: RecordId,
    title: String,
    made: Option<Made>,
}

impl Close {
    /// Writes tasks, entries and the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        if let Some(note) = &self.note {
            require_words("--note", note, &Investigations)?;
        }
        let _lock = context.lock()?;
        let case = Case::open(context, &self.id)?;
        refuse_before(context, &case, Phase::Learning, WHY)?;
        if case.state.phase == Phase::Learning {
            refuse_while_missing(&case, &missing(context, &case)?, WHY)?;
        }
        let note = self.outcome(&case);
        let step = |left: &ClosedDetails| Step::new("closed", &actor, context.now, note.as_str()).with(left);
        plan_step(context, &case.scan, &case.record, &step(&ClosedDetails::default()))?;
        let learnt = case.pages.get(&Part::Retrospective).map(learnt).unwrap_or_default();
        refuse_unknown(context, &case, &learnt)?;
        let tasks = preventions(context, &case, &actor, &learnt)?;
        let story = story(context, &case, &learnt, &tasks, &note)?;
        let entries = entries(context, &case, &actor, &story)?;
        let step = step(&ClosedDetails {
            knowledge: entries.iter().map(|entry| entry.path.clone()).collect(),
            tasks: tasks.iter().map(|task| task.id.clone()).collect(),
        });
        let made = tasks.iter().filter_map(|task| task.made.as_ref()?.file.clone());
        let files: Vec<NewFile> = made.chain(entries.iter().filter_map(|entry| entry.file.clone())).collect();
        // The event comes last: what a killed run left undone before it is done by the next.
        context.write(&files)?;
        complete(context, &case, &[Part::Retrospective], &actor, &note)?;
        take_step_after(context, &case.scan, &case.record, &step, &[], |planned, staging| {
            if context.is_json() {
                return context.answer(&ClosedV1 {
                    step: planned.json(staging),
                    knowledge: entries.iter().map(|entry| entry.path.clone()).collect(),
                    tasks: tasks.iter().map(TaskV1::of).collect(),
                });
            }
            planned.print();
            entries.iter().for_each(|entry| print_line(&format!("  {}", entry.path)));
            tasks.iter().for_each(|task| print(&case, task));
            print_line("commit it, so that others learn from it: git commit");
            Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// What came of it: what was said, or what the figures say.
    fn outcome(&self, case: &Case) -> String {
        if let Some(note) = &self.note {
            return note.trim().to_owned();
        }
        let gained: Vec<String> =
            gained(case).iter().map(|(name, figure)| format!("{name}: {figure}")).collect();
        if gained.is_empty() { format!("All {WINDOWS} windows passed.") } else { gained.join("; ") }
    }
}

/// What is told of it.
fn story<'a>(
    context: &Context,
    case: &'a Case,
    learnt: &'a Learnt,
    tasks: &[Prevention],
    outcome: &str,
) -> Result<Story<'a>, Failure> {
    let synthesis = case.pages.get(&Part::Synthesis);
    let fixes = case.briefs(context, &case.state.fixes)?;
    Ok(Story {
        investigation: &case.state,
        learnt,
        root_cause: synthesis.map(|page| texts(page, "Root cause")).unwrap_or_default(),
        fixes: fixes.into_iter().filter(|fix| !fix.dropped).map(|fix| fix.title).collect(),
        tasks: tasks.iter().map(|task| task.id.clone()).collect(),
        outcome: outcome.to_owned(),
        closed: context.now,
    })
}

/// The entries that it leaves: in the log, a playbook, patterns.
fn entries(
    context: &Context,
    case: &Case,
    actor: &Handle,
    story: &Story<'_>,
) -> Result<Vec<Written>, Failure> {
    let title = case.state.head.title.as_str();
    let mut told = vec![(LOG, title, story.log())];
    if !story.learnt.playbook.is_empty() {
        told.push((PLAYBOOK, title, story.playbook()));
    }
    let patterns = story.learnt.patterns.iter();
    told.extend(patterns.map(|(name, signs)| (PATTERN, name.as_str(), story.pattern(signs))));
    let mut taught_by = vec![case.dir.id()];
    let findings = case.findings(context)?.into_iter().filter(|finding| !finding.dropped);
    taught_by.extend(findings.map(|finding| finding.id));
    let library = read_library(&context.repo()?.work_tree())?;
    let entry = |(kind, title, text): (&str, &str, String)| {
        let front = Front {
            kind: Some(kind.to_owned()),
            title: Some(headline(title, 100)),
            by: Some(actor.clone()),
            at: Some(context.now),
            taught_by: taught_by.clone(),
            systems: case.state.head.systems.clone(),
            metrics: if kind == LOG { gained(case) } else { Metrics::new() },
            ..Front::default()
        };
        // What a killed run left behind is not written twice.
        let left =
            library.entries.iter().find(|entry| entry.name.kind() == kind && is_left(&entry.front, &front));
        if let Some(left) = left {
            return Ok(Written { path: left.name.path(), file: None });
        }
        // Random, so that two who close it on two branches write two files.
        let bits = RecordId::from_bits(context.bits());
        let title = headline(title, 100);
        let name = EntryName::fresh(kind, &title, &bits.as_str()[..MIN_PREFIX]).map_err(Failure::refused)?;
        let file = NewFile { path: name.path(), text: knowledge::write(&front, &text) };
        Ok(Written { path: name.path(), file: Some(file) })
    };
    told.into_iter().map(entry).collect()
}

/// Whether an entry is one that an earlier run wrote for the same.
fn is_left(entry: &Front, new: &Front) -> bool {
    entry.title == new.title && entry.by == new.by && entry.taught_by == new.taught_by
}

/// What the fixes gained: the figures of the incident against the last window.
fn gained(case: &Case) -> Metrics {
    let Some(last) = case.state.measured.iter().rev().find(|window| window.details.passed) else {
        return Metrics::new();
    };
    let measured = |name: &str| {
        let is_it = |(known, _): &(&String, _)| known.to_lowercase() == name.to_lowercase();
        last.details.measured.iter().find(is_it).map(|(_, value)| value.clone())
    };
    let gain = |(name, figure): (String, Measured)| {
        let after = measured(&name)?;
        Some((name, Measured { before: Some(figure.after), after }))
    };
    figures(&case.pages).into_iter().filter_map(gain).collect()
}

/// Refuses a measure that names nobody of the team.
fn refuse_unknown(context: &Context, case: &Case, learnt: &Learnt) -> Result<(), Failure> {
    for (measure, by) in learnt.measures.iter().filter_map(|measure| Some((measure, measure.by.as_ref()?))) {
        check_addressee(context, by, MEASURES).map_err(|failure| {
            let page = case.pages.get(&Part::Retrospective);
            let line = page.and_then(|page| page.line_of(&measure.text)).unwrap_or(1);
            failure.hint(format!("it stands in {}:{line}", case.path(Part::Retrospective)))
        })?;
    }
    Ok(())
}

/// A task for each preventive measure; long-term fixes are tasks already.
fn preventions(
    context: &Context,
    case: &Case,
    actor: &Handle,
    learnt: &Learnt,
) -> Result<Vec<Prevention>, Failure> {
    let planned = case.briefs(context, &case.state.later)?;
    let mut tasks = Vec::new();
    for measure in &learnt.measures {
        let title = headline(&measure.text, 100);
        let known = planned.iter().find(|brief| brief.title.to_lowercase() == title.to_lowercase());
        tasks.push(match known {
            Some(brief) => Prevention { id: brief.id.clone(), title, made: None },
            None => {
                let made = case.take_up(context, actor, draft(case, measure, &title))?;
                Prevention { id: made.id.clone(), title, made: Some(made) }
            }
        });
    }
    Ok(tasks)
}

fn draft(case: &Case, measure: &Measure, title: &str) -> Draft {
    let head = &case.state.head;
    let mut draft = Draft::new("implementation", title, head.priority);
    draft.to = measure.by.clone();
    draft.system = head.systems.first().cloned();
    draft.parent = Some(case.dir.id());
    draft.chain = Some(head.chain.clone().unwrap_or_else(|| case.dir.id()));
    draft.texts[0] = Some(measure.text.clone());
    draft.texts[1] =
        Some(format!("It keeps this from coming back: {} (investigation {}).", head.title, case.dir.id()));
    draft
}

impl TaskV1 {
    fn of(task: &Prevention) -> Self {
        TaskV1 { id: task.id.to_string(), title: task.title.clone(), new: task.made.is_some() }
    }
}

fn print(case: &Case, task: &Prevention) {
    let verb = if task.made.is_some() { "made a task" } else { "planned already" };
    print_line(&format!("{verb}: perfteam task show {}  {}", case.short_of(&task.id), task.title));
}
