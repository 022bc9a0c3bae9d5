//! `perfteam task progress`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::open_task;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::flag::{Texts, head_file};
use crate::cli::steps::{StepV1, take_step_after, unreadable};
use crate::cli::taking::lease_end;
use crate::domain::document::Meta;
use crate::domain::draft::Step;
use crate::domain::flag::FlagHead;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::quantity::{Quantities, Quantity, Threshold, named};
use crate::domain::task::{ProgressedDetails, Task};
use crate::domain::text::headline;
use crate::store::work_tree::Scan;
use crate::store::write::NewFile;

/// The type of the flags that a report raises by itself.
const ESCALATION: &str = "escalation";

/// Report what is done of a task that you work on
///
/// The lease lasts longer with each report. When a result meets a threshold for escalation, the
/// report raises a flag to the one who asked for the task, in the same step.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam task progress 7k2m --percent 65 --phase load_testing_500_users \\
    --metric p95_latency=850ms --metric \"throughput=450 req/s\" --metric error_rate=2.3% \\
    --issue \"latency rises from 400 users on\" --next \"test with 1000 users\"")]
pub struct Progress {
    /// The id, or its beginning
    id: String,
    /// How much is done
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100))]
    percent: u8,
    /// What is being done
    #[arg(long, value_name = "TEXT")]
    phase: Option<String>,
    /// A preliminary result, with its unit; may be given several times
    #[arg(long = "metric", value_name = "NAME=QUANTITY", value_parser = named::<Quantity>)]
    metrics: Vec<(String, Quantity)>,
    /// What went wrong; may be given several times
    #[arg(long = "issue", value_name = "TEXT")]
    issues: Vec<String>,
    /// What comes next; may be given several times
    #[arg(long = "next", value_name = "TEXT")]
    next: Vec<String>,
    /// More that others should know
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProgressedV1 {
    #[serde(flatten)]
    step: StepV1,
    /// The thresholds for escalation that the results meet.
    escalated: Vec<String>,
    /// The flag that tells of them.
    flag: Option<FlagV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EscalationV1")]
struct FlagV1 {
    id: String,
    path: Option<String>,
    to: String,
    /// Whether an earlier report raised it.
    existing: bool,
}

/// The flag that tells of thresholds that are met.
struct Escalation {
    id: RecordId,
    to: Handle,
    /// The folder and the file of a new one; `None` where an earlier one is still open.
    new: Option<(String, NewFile)>,
}

impl Escalation {
    fn json(&self) -> FlagV1 {
        FlagV1 {
            id: self.id.to_string(),
            path: self.new.as_ref().map(|(path, _)| path.clone()),
            to: self.to.to_string(),
            existing: self.new.is_none(),
        }
    }
}

impl Progress {
    /// Writes the event, and the flag where a threshold is met.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let (scan, dir, record) = open_task(context, &self.id)?;
        let task = Task::fold(&record).map_err(|_| unreadable(&dir))?.state;
        let results: Quantities = self.metrics.iter().cloned().collect();
        let met = met(&task.head.escalate_when, &results);
        let escalation = match met.is_empty() {
            true => None,
            false => self.escalation(context, &scan, &actor, &task, &met, &results)?,
        };
        let details = ProgressedDetails {
            percent: self.percent,
            phase: self.phase.clone(),
            results,
            issues: self.issues.clone(),
            next: self.next.clone(),
            escalated: met.clone(),
            flag: escalation.as_ref().map(|escalation| escalation.id.clone()),
            lease_until: Some(lease_end(context)?),
        };
        let step = Step::new("progressed", &actor, context.now, &self.note).with(&details);
        let flag = escalation.as_ref().and_then(|escalation| escalation.new.as_ref());
        let before: Vec<NewFile> = flag.map(|(_, file)| file.clone()).into_iter().collect();
        take_step_after(context, &scan, &record, &step, &before, |planned, staging| {
            if !context.is_json() {
                planned.print();
                say_escalation(&met, escalation.as_ref());
                return Ok(());
            }
            context.answer(&ProgressedV1 {
                step: planned.json(staging),
                escalated: met.iter().map(ToString::to_string).collect(),
                flag: escalation.as_ref().map(Escalation::json),
            })
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// The flag to the one who asked for the task. One that an earlier report raised for the same
    /// thresholds, and that is still open, is enough.
    fn escalation(
        &self,
        context: &Context,
        scan: &Scan,
        actor: &Handle,
        task: &Task,
        met: &[Threshold],
        results: &Quantities,
    ) -> Result<Option<Escalation>, Failure> {
        let earlier = task.reports.iter().rev().filter(|report| report.details.escalated == met);
        let earlier = earlier.filter_map(|report| report.details.flag.as_ref());
        let still_open =
            earlier.filter_map(|id| scan.snapshot.open.iter().find(|open| open.id == *id)).next();
        if let Some(open) = still_open
            && let Some(to) = &open.to
        {
            return Ok(Some(Escalation { id: open.id.clone(), to: to.clone(), new: None }));
        }
        let Some(to) = responsible(context, actor, task)? else { return Ok(None) };
        let head = FlagHead {
            id: RecordId::from_bits(context.bits()),
            class: ESCALATION.to_owned(),
            title: headline(&format!("{}: {}", words(met), task.head.title), 72),
            from: actor.clone(),
            to: to.clone(),
            impact: task.priority,
            at: context.now,
            files: Vec::new(),
            location: None,
            chain: Some(task.head.chain.clone().unwrap_or_else(|| task.head.id.clone())),
            parent: Some(task.head.id.clone()),
            once: None,
            context: Meta::new(),
            extra: Meta::new(),
        };
        let (dir, file) = head_file(&head, &self.texts(task, met, results));
        Ok(Some(Escalation { id: head.id, to, new: Some((dir.path(), file)) }))
    }

    fn texts(&self, task: &Task, met: &[Threshold], results: &Quantities) -> Texts {
        let measured: Vec<String> =
            results.iter().map(|(name, quantity)| format!("- {name}: {quantity}")).collect();
        let phase = self.phase.as_deref().map(|phase| format!(" in phase {phase}")).unwrap_or_default();
        Texts {
            change: Some(format!(
                "The task \"{}\" ({}) has met a threshold for escalation at {} percent{phase}: {}.\n\n{}",
                task.head.title,
                task.head.id,
                self.percent,
                words(met),
                measured.join("\n")
            )),
            action: Some(format!(
                "Read the report (perfteam task show {}), decide whether the work goes on, and say so: \
                 complete this flag with your decision, amend the task, or cancel it with a reason. \
                 Where the system itself is in danger, tell those who run it first.",
                task.head.id
            )),
            example: None,
        }
    }
}

/// Who is told: the one who asked for the task, or who answers for them now; where that is the actor,
/// a lead.
fn responsible(context: &Context, actor: &Handle, task: &Task) -> Result<Option<Handle>, Failure> {
    let team = context.team()?;
    let asked = team.roster.heir(&task.head.from);
    let leads = team.policy.leads.iter().cloned();
    Ok([asked].into_iter().chain(leads).find(|handle| handle != actor && team.roster.contains(handle)))
}

/// The thresholds that the results meet; what can't be compared is said.
fn met(thresholds: &[Threshold], results: &Quantities) -> Vec<Threshold> {
    let mut met = Vec::new();
    for threshold in thresholds {
        let Some(measured) = results.get(&threshold.name) else { continue };
        match threshold.is_met_by(measured) {
            Some(true) => met.push(threshold.clone()),
            Some(false) => {}
            None => say!(
                "warning: {} is {measured}, which can't be compared with `{threshold}`: the units differ",
                threshold.name
            ),
        }
    }
    met
}

fn words(met: &[Threshold]) -> String {
    met.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn say_escalation(met: &[Threshold], escalation: Option<&Escalation>) {
    match escalation {
        None if met.is_empty() => {}
        None => print_line(&format!("{}: met, and there is nobody else to tell", words(met))),
        Some(Escalation { to, new: Some((path, _)), .. }) => {
            print_line(&format!("{}: met, raised a flag to {to}", words(met)));
            print_line(&format!("  {path}"));
        }
        Some(Escalation { id, to, new: None }) => {
            print_line(&format!("{}: met, and flag {id} to {to} is still open", words(met)));
        }
    }
}
