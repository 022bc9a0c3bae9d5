//! `perfteam finding decide`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::open_finding;
use crate::cli::addressee::check_addressee;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{StepV1, require_words, take_step_after, unreadable};
use crate::cli::task::{Draft, Made, take_up};
use crate::domain::document::{Document, Section};
use crate::domain::draft::{Step, front_matter};
use crate::domain::finding::{DecidedDetails, Finding, Findings, Verdict, View};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::knowledge::{EntryName, Front};
use crate::domain::text::headline;
use crate::markdown::document;
use crate::store::source::Source;
use crate::store::write::NewFile;

/// The kind of knowledge that a decision leaves.
const KIND: &str = "decision";

/// Decide a dispute, as a lead, and say why
///
/// The finding stands, stands in other words, or was none. The decision leaves an entry in
/// .perfteam/knowledge/decision and a task to improve detection, in the same step.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam finding decide 7k2m --outcome rejected --reason \"The pool was never disabled.\"
  perfteam finding decide 7k2m --outcome \"reduced from 50 to 20, not disabled\" --reason \"...\"")]
pub struct Decide {
    /// The id, or its beginning
    id: String,
    /// confirmed, rejected, or what holds instead, in words
    #[arg(long, value_name = "TEXT")]
    outcome: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who is to improve detection [default: whom the roster search finds]
    #[arg(long, value_name = "@HANDLE")]
    to: Option<Handle>,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DecidedV1 {
    #[serde(flatten)]
    step: StepV1,
    verdict: Verdict,
    knowledge: String,
    task: TaskV1,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DecidedTaskV1")]
struct TaskV1 {
    id: String,
    path: String,
    waiting_for: Option<String>,
}

impl Decide {
    /// Writes the task, the knowledge entry and the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        require_words("--reason", &self.reason, &Findings)?;
        require_words("--outcome", &self.outcome, &Findings)?;
        if let Some(to) = &self.to {
            check_addressee(context, to, "--to")?;
        }
        let _lock = context.lock()?;
        let (scan, dir, record) = open_finding(context, &self.id)?;
        let finding = Finding::fold(&record).map_err(|_| unreadable(&dir))?.state;
        let verdict = self.verdict();
        let named: Vec<RecordId> =
            finding.decisions.iter().filter_map(|decision| decision.details.task.clone()).collect();
        let task = take_up(context, &scan.snapshot, &named, &actor, self.follow_up(&finding))?;
        let knowledge = self.knowledge(context, &actor, &finding, &task)?;
        let details = DecidedDetails {
            verdict,
            outcome: self.outcome.trim().to_owned(),
            knowledge: Some(knowledge.path.clone()),
            task: Some(task.id.clone()),
        };
        let step = Step::new("decided", &actor, context.now, &self.reason).with(&details);
        let is_new = !context.repo()?.work_tree().exists(&knowledge.path);
        let entry = Some(knowledge.clone()).filter(|_| is_new);
        let before: Vec<NewFile> = task.file.clone().into_iter().chain(entry).collect();
        take_step_after(context, &scan, &record, &step, &before, |planned, staging| {
            if context.is_json() {
                let (step, knowledge) = (planned.json(staging), knowledge.path.clone());
                return context.answer(&DecidedV1 { step, verdict, knowledge, task: task_json(&task) });
            }
            planned.print();
            print_line(&format!("  {}", knowledge.path));
            print_line(&format!("made a task to improve detection: perfteam task show {}", task.id));
            print_line(&format!("  {}", task.dir.path()));
            Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn verdict(&self) -> Verdict {
        match self.outcome.trim().to_lowercase().as_str() {
            "confirmed" | "upheld" => Verdict::Confirmed,
            "rejected" | "overturned" => Verdict::Rejected,
            _ => Verdict::Corrected,
        }
    }

    fn follow_up(&self, finding: &Finding) -> Draft {
        let head = &finding.head;
        let title = format!("Improve detection: {}", head.title);
        let mut draft = Draft::new("implementation", &headline(&title, 100), head.severity);
        draft.to = self.to.clone();
        draft.system = Some(head.component.clone());
        draft.texts[0] = Some(format!(
            "Change how {} is measured, so that the next finding of this kind is not disputed.",
            head.component
        ));
        draft.texts[1] = Some(format!(
            "Finding {} ({}) was disputed and decided: {}. {}",
            head.id,
            head.title,
            self.outcome.trim(),
            self.reason.trim()
        ));
        draft.parent = Some(head.id.clone());
        draft.chain = Some(head.chain.clone().unwrap_or_else(|| head.id.clone()));
        draft
    }

    /// What was learnt, as an entry that people edit from now on.
    fn knowledge(
        &self,
        context: &Context,
        actor: &Handle,
        finding: &Finding,
        task: &Made,
    ) -> Result<NewFile, Failure> {
        let (head, verdict) = (&finding.head, self.verdict());
        // The task's id, so that two leads who decide on two branches write two files.
        let name = EntryName::fresh(KIND, &head.title, task.id.as_str()).map_err(Failure::refused)?;
        let extra = json!({ "verdict": verdict, "outcome": self.outcome.trim(), "task": task.id });
        let front = Front {
            kind: Some(KIND.to_owned()),
            title: Some(head.title.clone()),
            by: Some(actor.clone()),
            at: Some(context.now),
            taught_by: vec![head.id.clone()],
            systems: vec![head.component.clone()],
            extra: extra.as_object().cloned().unwrap_or_default(),
            ..Front::default()
        };
        let section = |title: &str, text: String| Section { title: title.to_owned(), text };
        let views = |views: &[View]| -> String {
            let view = |view: &View| {
                let evidence =
                    if view.evidence.is_empty() { String::new() } else { format!("\n\n{}", view.evidence) };
                format!("{}: {}{evidence}", view.by, view.text)
            };
            views.iter().map(view).collect::<Vec<_>>().join("\n\n")
        };
        let more: Vec<View> = finding.more.iter().map(|(view, _)| view.clone()).collect();
        let reported = format!("{}: {}", head.from, finding.evidence);
        let sections = [
            section("Outcome", self.outcome.trim().to_owned()),
            section("Why", self.reason.trim().to_owned()),
            section("What was reported", reported),
            section("What confirmed it", views(&finding.confirmations)),
            section("What disputed it", views(&finding.disputes)),
            section("What else was known", views(&more)),
        ];
        let document = Document {
            meta: front_matter(&front),
            text: String::new(),
            sections: sections.into_iter().filter(|section| !section.text.is_empty()).collect(),
        };
        Ok(NewFile { path: name.path(), text: document::write(&document) })
    }
}

fn task_json(task: &Made) -> TaskV1 {
    TaskV1 {
        id: task.id.to_string(),
        path: task.dir.path(),
        waiting_for: task.waiting_for.as_ref().map(ToString::to_string),
    }
}
