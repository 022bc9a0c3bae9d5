//! `perfteam finding show`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::location::{LocationV1, located};
use super::open_finding;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::unreadable;
use crate::cli::story::{
    EventV1, events, line, print_events, print_heading, print_keys, print_place, print_text,
};
use crate::cli::view::{BriefV1, SightArgs, level_style};
use crate::domain::document::Meta;
use crate::domain::finding::{Decision, Finding, Findings, Mitigation, Status, View};
use crate::domain::kind::Kind;
use crate::domain::record::RecordDir;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::{shown_line, shown_text};

/// Show a finding with all views of it
#[derive(Debug, Args)]
pub struct Show {
    /// The id, or its beginning
    id: String,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FindingV1 {
    #[serde(flatten)]
    brief: BriefV1,
    evidence: String,
    effect: Option<String>,
    location: Option<LocationV1>,
    frequency: Option<String>,
    first_detected: Option<String>,
    trend: Option<String>,
    metrics: Value,
    confirmations: Vec<ViewV1>,
    disputes: Vec<ViewV1>,
    more: Vec<ViewV1>,
    mitigations: Vec<MitigationV1>,
    decisions: Vec<DecisionV1>,
    /// The next step of its disagreement, while it is disputed.
    next_stage: Option<&'static str>,
    extra: Meta,
    events: Vec<EventV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ViewV1 {
    by: String,
    at: String,
    text: String,
    evidence: String,
    stage: Option<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MitigationV1 {
    by: String,
    at: String,
    action: String,
    result: &'static str,
    metrics: Value,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DecisionV1 {
    by: String,
    at: String,
    verdict: Value,
    outcome: String,
    reason: String,
    knowledge: Option<String>,
    task: Option<String>,
}

impl Show {
    /// Prints the finding.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let (scan, dir, record) = open_finding(context, &self.id)?;
        let folded = Finding::fold(&record).map_err(|_| unreadable(&dir))?;
        let finding = folded.state;
        let location = finding.head.spotted().map(|spotted| located(context, &spotted)).transpose()?;
        if context.is_json() {
            let brief = Findings.brief(&record).ok_or_else(|| unreadable(&dir))?;
            let brief = BriefV1::new(&brief, &scan.snapshot, &scan.snapshot.short_ids(), context.now);
            let events = events(&record, &folded.superseded);
            context.answer(&json_of(finding, brief, location, events))?;
        } else {
            print(&scan.snapshot, &dir, &finding, location.as_ref());
            print_events(&record, &folded.superseded);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn json_of(
    finding: Finding,
    brief: BriefV1,
    location: Option<LocationV1>,
    events: Vec<EventV1>,
) -> FindingV1 {
    let next_stage = (finding.status == Status::Disputed).then(|| finding.next_stage()).flatten();
    let view = |view: View, stage| ViewV1 {
        by: view.by.to_string(),
        at: view.at.to_string(),
        text: view.text,
        evidence: view.evidence,
        stage,
    };
    let head = finding.head;
    FindingV1 {
        brief,
        evidence: finding.evidence,
        effect: head.impact,
        location,
        frequency: head.frequency,
        first_detected: head.first_detected.map(|at| at.to_string()),
        trend: head.trend,
        metrics: json!(head.metrics),
        confirmations: finding.confirmations.into_iter().map(|one| view(one, None)).collect(),
        disputes: finding.disputes.into_iter().map(|one| view(one, None)).collect(),
        more: finding
            .more
            .into_iter()
            .map(|(one, stage)| view(one, stage.map(|stage| stage.word())))
            .collect(),
        mitigations: finding.mitigations.into_iter().map(mitigation_json).collect(),
        decisions: finding.decisions.into_iter().map(decision_json).collect(),
        next_stage: next_stage.map(|stage| stage.word()),
        extra: head.extra,
        events,
    }
}

fn mitigation_json(mitigation: Mitigation) -> MitigationV1 {
    MitigationV1 {
        by: mitigation.by.to_string(),
        at: mitigation.at.to_string(),
        action: mitigation.action,
        result: mitigation.details.result.word(),
        metrics: json!(mitigation.details.metrics),
    }
}

fn decision_json(decision: Decision) -> DecisionV1 {
    DecisionV1 {
        by: decision.by.to_string(),
        at: decision.at.to_string(),
        verdict: json!(decision.details.verdict),
        outcome: decision.details.outcome,
        reason: decision.reason,
        knowledge: decision.details.knowledge,
        task: decision.details.task.map(|id| id.to_string()),
    }
}

fn print(snapshot: &Snapshot, dir: &RecordDir, finding: &Finding, location: Option<&LocationV1>) {
    let head = &finding.head;
    let short_ids = snapshot.short_ids();
    let short = short_ids.short(&head.id);
    let style = level_style(head.severity);
    print_heading(&head.title);
    line("id", &format!("{} (in {})", head.id, dir.path()));
    let class = head.class.as_deref().map(|class| format!(", {class}")).unwrap_or_default();
    line("category", &format!("{}{class}", head.category));
    line("component", &head.component);
    print_line(&format!("{:<10}{style}{}{style:#}", "severity", head.severity));
    line("from", &head.from.to_string());
    line("reported", &head.at.to_string());
    line("state", finding.status.word());
    print_place(snapshot, dir);
    for (label, text) in [("impact", &head.impact), ("frequency", &head.frequency), ("trend", &head.trend)] {
        text.iter().for_each(|text| line(label, text));
    }
    head.first_detected.iter().for_each(|at| line("first", &at.to_string()));
    location.iter().for_each(|location| line("location", &location.words()));
    for (name, measured) in &head.metrics {
        line("metric", &format!("{name}: {measured}"));
    }
    print_keys("more", &head.extra);
    print_text("Evidence", &finding.evidence);
    print_views("Confirmed", finding.confirmations.iter());
    print_views("Disputed", finding.disputes.iter());
    print_views("More evidence", finding.more.iter().map(|(view, _)| view));
    for mitigation in &finding.mitigations {
        print_heading(&format!("\nMitigated by {}: {}", mitigation.by, mitigation.details.result.word()));
        print_line(&shown_text(&mitigation.action));
        for (name, measured) in &mitigation.details.metrics {
            line("metric", &format!("{name}: {measured}"));
        }
    }
    for decision in &finding.decisions {
        print_heading(&format!("\nDecided by {}: {}", decision.by, shown_line(&decision.details.outcome)));
        print_line(&shown_text(&decision.reason));
        decision.details.knowledge.iter().for_each(|path| line("knowledge", path));
        decision.details.task.iter().for_each(|id| line("task", &format!("perfteam task show {id}")));
    }
    if finding.status == Status::Disputed {
        let next = finding.next_stage().map_or_else(
            || format!("a lead decides: perfteam finding decide {short} --outcome TEXT --reason TEXT"),
            |stage| format!("perfteam finding evidence {short} --stage {} --text TEXT", stage.word()),
        );
        print_line(&format!("\nnext: {next}"));
    }
}

fn print_views<'a>(heading: &str, views: impl Iterator<Item = &'a View>) {
    for view in views {
        print_heading(&format!("\n{heading} by {}", view.by));
        print_line(&shown_text(&view.text));
        if !view.evidence.is_empty() {
            print_line(&shown_text(&view.evidence));
        }
    }
}
