//! `perfteam task show`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::{open_task, with_dependencies};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::knowledge::{SimilarV1, print_known, similar};
use crate::cli::steps::unreadable;
use crate::cli::story::{
    EventV1, events, line, print_events, print_heading, print_keys, print_place, print_text,
};
use crate::cli::view::{BriefV1, ObstacleV1, SightArgs, level_style, obstacle_words, state_words};
use crate::domain::agenda::Agenda;
use crate::domain::document::Meta;
use crate::domain::kind::{Brief, Kind};
use crate::domain::quantity::Measured;
use crate::domain::record::Record;
use crate::domain::snapshot::ShortIds;
use crate::domain::task::{
    CONTEXT, CompletedDetails, EXPECTED, OBJECTIVE, REQUIREMENTS, Report, SECTIONS, Task, Tasks,
};
use crate::domain::text::shown_line;
use crate::domain::time::when;
use crate::store::work_tree::Scan;

/// Show a task with its reports and everything that happened to it
#[derive(Debug, Args)]
pub struct Show {
    /// The id, or its beginning
    id: String,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TaskV1 {
    #[serde(flatten)]
    brief: BriefV1,
    ready: bool,
    waits_for: Vec<ObstacleV1>,
    /// What was learnt before about the like; nothing where it is closed.
    known: Vec<SimilarV1>,
    directory: Option<String>,
    tools: Vec<String>,
    parameters: Meta,
    escalate_when: Vec<String>,
    objective: String,
    context: String,
    requirements: String,
    expected: String,
    reports: Vec<ReportV1>,
    outcome: Option<OutcomeV1>,
    extra: Meta,
    events: Vec<EventV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReportV1 {
    by: String,
    at: String,
    percent: u8,
    phase: Option<String>,
    results: Vec<QuantityV1>,
    issues: Vec<String>,
    next: Vec<String>,
    escalated: Vec<String>,
    flag: Option<String>,
    note: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct QuantityV1 {
    name: String,
    text: String,
    /// The number in the base unit: milliseconds, percent, bytes, events in a second.
    value: f64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OutcomeV1 {
    health: Option<String>,
    period: Option<String>,
    metrics: Vec<MetricV1>,
    alerts: Option<u32>,
    trends: std::collections::BTreeMap<String, String>,
    recommendations: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MetricV1 {
    name: String,
    before: Option<String>,
    after: String,
    /// In percent of what it was before.
    change: Option<f64>,
}

impl Show {
    /// Prints the task.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let (scan, dir, record) = open_task(context, &self.id)?;
        let folded = Task::fold(&record).map_err(|_| unreadable(&dir))?;
        let brief = Tasks.brief(&record).ok_or_else(|| unreadable(&dir))?;
        let briefs = with_dependencies(context, &scan)?;
        let agenda = Agenda::new(briefs.iter().chain([&brief]));
        let known = if brief.closed { Vec::new() } else { similar(context, &brief.about())? };
        let shown = Shown { context, scan: &scan, record: &record, brief: &brief, agenda: &agenda, known };
        let superseded = &folded.superseded;
        if context.is_json() {
            context.answer(&shown.into_json(folded.state, events(&record, superseded)))?;
        } else {
            shown.print(&folded.state);
            print_events(&record, superseded);
        }
        Ok(ExitCode::SUCCESS)
    }
}

struct Shown<'a> {
    context: &'a Context,
    scan: &'a Scan,
    record: &'a Record,
    brief: &'a Brief,
    agenda: &'a Agenda<'a>,
    known: Vec<SimilarV1>,
}

impl Shown<'_> {
    fn into_json(self, task: Task, events: Vec<EventV1>) -> TaskV1 {
        let text = |section: &str| task.text(section).to_owned();
        TaskV1 {
            brief: BriefV1::new(
                self.brief,
                &self.scan.snapshot,
                &self.scan.snapshot.short_ids(),
                self.context.now,
            ),
            ready: self.agenda.is_ready(self.brief),
            waits_for: self.agenda.obstacles(self.brief).iter().map(ObstacleV1::new).collect(),
            known: self.known,
            objective: text(OBJECTIVE),
            context: text(CONTEXT),
            requirements: text(REQUIREMENTS),
            expected: text(EXPECTED),
            directory: task.head.directory,
            tools: task.head.tools,
            parameters: task.head.parameters,
            escalate_when: task.head.escalate_when.iter().map(ToString::to_string).collect(),
            reports: task.reports.into_iter().map(report_json).collect(),
            outcome: task.outcome.map(outcome_json),
            extra: task.head.extra,
            events,
        }
    }

    fn print(&self, task: &Task) {
        let head = &task.head;
        let style = level_style(task.priority);
        print_heading(&head.title);
        line("id", &format!("{} (in {})", head.id, self.record.dir.path()));
        line("type", &head.class);
        print_line(&format!("{:<10}{style}{}{style:#}", "priority", task.priority));
        line("from", &head.from.to_string());
        line("to", &self.brief.to_word());
        if let Some(specialist) = self.brief.plan.as_ref().and_then(|plan| plan.specialist.as_ref()) {
            line("waits for", &specialist.to_string());
        }
        line("asked", &head.at.to_string());
        line("state", &self.state_line(task));
        print_place(&self.scan.snapshot, &self.record.dir);
        self.print_plan(task);
        print_known(&self.known);
        print_keys("parameter", &head.parameters);
        print_keys("more", &head.extra);
        for section in SECTIONS {
            print_text(section, task.text(section));
        }
        if let Some(report) = task.reports.last() {
            print_report(report);
        }
        if let Some(outcome) = &task.outcome {
            print_outcome(outcome, self.scan.snapshot.short_ids().short(&head.id));
        }
    }

    fn print_plan(&self, task: &Task) {
        let head = &task.head;
        let now = self.context.now;
        let optional = |label: &str, text: &Option<String>| text.iter().for_each(|text| line(label, text));
        optional("system", &head.system);
        optional("directory", &head.directory);
        if !head.tools.is_empty() {
            line("tools", &head.tools.join(", "));
        }
        if let Some(deadline) = task.deadline {
            let left = (!task.status.is_closed()).then(|| format!(" ({})", when::left(deadline, now)));
            line("due", &format!("{deadline}{}", left.unwrap_or_default()));
        }
        if let Some(every) = head.report_every {
            let silent = self.brief.plan.as_ref().and_then(|plan| plan.silence(now));
            let silent = silent.map(|silence| format!("; silent for {silence}")).unwrap_or_default();
            line("reports", &format!("every {every}{silent}"));
        }
        for threshold in &head.escalate_when {
            line("escalate", &format!("when {threshold}"));
        }
        let short: ShortIds = self.scan.snapshot.short_ids();
        for obstacle in self.agenda.obstacles(self.brief) {
            line("after", &obstacle_words(&obstacle, &short));
        }
        let waiting = self.agenda.unblocks(&self.brief.id);
        if waiting > 0 && !self.brief.closed {
            line(
                "before",
                &format!("{waiting} that wait for it (perfteam task graph {})", short.short(&head.id)),
            );
        }
    }

    fn state_line(&self, task: &Task) -> String {
        let word = state_words(self.brief, &self.scan.snapshot, self.context.now);
        let plan = self.brief.plan.as_ref();
        match (&self.brief.lock, plan.and_then(|plan| plan.blocked.as_ref())) {
            (Some(lock), _) => format!("{word} by {} until {}, {} %", lock.by, lock.until, task.percent),
            (None, Some(blocked)) => format!("{word} by {}: {}", blocked.by, blocked.reason),
            (None, None) if self.agenda.is_ready(self.brief) => format!("{word}, ready"),
            (None, None) => word.to_owned(),
        }
    }
}

fn report_json(report: Report) -> ReportV1 {
    let details = report.details;
    let quantity = |(name, quantity): (String, crate::domain::quantity::Quantity)| QuantityV1 {
        name,
        text: quantity.to_string(),
        value: quantity.value(),
    };
    ReportV1 {
        by: report.by.to_string(),
        at: report.at.to_string(),
        percent: details.percent,
        phase: details.phase,
        results: details.results.into_iter().map(quantity).collect(),
        issues: details.issues,
        next: details.next,
        escalated: details.escalated.iter().map(ToString::to_string).collect(),
        flag: details.flag.map(|id| id.to_string()),
        note: report.note,
    }
}

fn outcome_json(outcome: CompletedDetails) -> OutcomeV1 {
    let metric = |(name, measured): (String, Measured)| MetricV1 {
        name,
        before: measured.before.as_ref().map(ToString::to_string),
        after: measured.after.to_string(),
        change: measured.change().map(|change| (change * 100.0).round() / 100.0),
    };
    OutcomeV1 {
        health: outcome.health,
        period: outcome.period,
        metrics: outcome.metrics.into_iter().map(metric).collect(),
        alerts: outcome.alerts,
        trends: outcome.trends,
        recommendations: outcome.recommendations,
    }
}

fn print_report(report: &Report) {
    let details = &report.details;
    let phase = details.phase.as_deref().map(|phase| format!(", {phase}")).unwrap_or_default();
    print_heading(&format!("\nLast report: {} %{}", details.percent, shown_line(&phase)));
    line("by", &format!("{}, {}", report.by, report.at));
    for (name, quantity) in &details.results {
        print_line(&format!("{:<10}{} = {quantity}", "result", shown_line(name)));
    }
    details.issues.iter().for_each(|issue| line("issue", issue));
    details.next.iter().for_each(|next| line("next", next));
    for threshold in &details.escalated {
        let flag = details.flag.as_ref().map(|flag| format!(" (flag {flag})")).unwrap_or_default();
        line("escalated", &format!("{threshold}{flag}"));
    }
}

fn print_outcome(outcome: &CompletedDetails, short: &str) {
    print_heading("\nOutcome");
    outcome.health.iter().for_each(|health| line("health", health));
    outcome.period.iter().for_each(|period| line("period", period));
    for (name, measured) in &outcome.metrics {
        line("metric", &format!("{name}: {measured}"));
    }
    if let Some(alerts) = outcome.alerts {
        line("alerts", &alerts.to_string());
    }
    for (name, word) in &outcome.trends {
        line("trend", &format!("{name}: {word}"));
    }
    for (at, text) in outcome.recommendations.iter().enumerate() {
        line("recommend", &format!("{text} (perfteam task create --recommendation {short}:{})", at + 1));
    }
}
