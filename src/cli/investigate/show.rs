//! `perfteam investigate show`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::case::Case;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::unreadable;
use crate::cli::story::{
    EventV1, events, line, print_events, print_heading, print_keys, print_place, print_text,
};
use crate::cli::view::{BriefV1, SightArgs, level_style};
use crate::domain::document::Meta;
use crate::domain::investigation::{Investigation, Investigations, Part};
use crate::domain::kind::Kind;

/// Show an investigation and what happened to it
#[derive(Debug, Args)]
pub struct Show {
    /// The id, or its beginning
    id: String,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InvestigationV1 {
    #[serde(flatten)]
    brief: BriefV1,
    systems: Vec<String>,
    trigger: Option<String>,
    /// What users feel.
    effect: String,
    success: Vec<String>,
    due: Value,
    /// The paths of its documents, by part.
    documents: BTreeMap<&'static str, String>,
    /// The ids of the tasks of its parts.
    tasks: Value,
    /// The reasons for which parts are left out.
    waived: BTreeMap<&'static str, String>,
    /// The ids of the tasks of its fixes.
    fixes: Vec<String>,
    windows: Vec<WindowV1>,
    reviewed: bool,
    /// The ids of the findings that were reported for it.
    findings: Vec<String>,
    knowledge: Vec<String>,
    extra: Meta,
    events: Vec<EventV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WindowV1 {
    window: u8,
    by: String,
    at: String,
    passed: bool,
    measured: Value,
}

impl Show {
    /// Prints the investigation.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let case = Case::open(context, &self.id)?;
        let superseded =
            Investigation::fold(&case.record).map(|folded| folded.superseded).unwrap_or_default();
        let findings = case.findings(context)?;
        if context.is_json() {
            let findings = findings.iter().map(|brief| brief.id.to_string()).collect();
            let events = events(&case.record, &superseded);
            context.answer(&json_of(context, &case, findings, events)?)?;
            return Ok(ExitCode::SUCCESS);
        }
        print(&case);
        if !findings.is_empty() {
            print_heading("\nFindings");
            for brief in &findings {
                let short = case.short_of(&brief.id);
                line(&short, &format!("{}, {}, {}: {}", brief.impact, brief.status, brief.from, brief.title));
            }
        }
        print_events(&case.record, &superseded);
        print_line(&format!("\nhow it stands: perfteam investigate status {}", case.short()));
        Ok(ExitCode::SUCCESS)
    }
}

fn json_of(
    context: &Context,
    case: &Case,
    findings: Vec<String>,
    events: Vec<EventV1>,
) -> Result<InvestigationV1, Failure> {
    let brief = Investigations.brief(&case.record).ok_or_else(|| unreadable(&case.dir))?;
    let short = case.short_ids();
    let state = case.state.clone();
    let head = state.head;
    Ok(InvestigationV1 {
        brief: BriefV1::new(&brief, &case.scan.snapshot, short, context.now),
        systems: head.systems,
        trigger: head.trigger,
        effect: state.impact,
        success: head.success,
        due: json!(head.due),
        documents: case.pages.keys().map(|part| (part.word(), case.path(*part))).collect(),
        tasks: json!(state.tasks),
        waived: state.waived.into_iter().map(|(part, waiver)| (part.word(), waiver.reason)).collect(),
        fixes: state.fixes.iter().map(ToString::to_string).collect(),
        windows: state
            .measured
            .into_iter()
            .map(|window| WindowV1 {
                window: window.details.window,
                by: window.by.to_string(),
                at: window.at.to_string(),
                passed: window.details.passed,
                measured: json!(window.details.measured),
            })
            .collect(),
        reviewed: state.reviewed,
        findings,
        knowledge: state.left.knowledge,
        extra: head.extra,
        events,
    })
}

fn print(case: &Case) {
    let head = &case.state.head;
    let style = level_style(head.priority);
    print_heading(&head.title);
    line("id", &format!("{} (in {})", head.id, case.dir.path()));
    print_line(&format!("{:<10}{style}{}{style:#}", "priority", head.priority));
    line("by", &head.from.to_string());
    line("opened", &head.at.to_string());
    line("phase", case.state.phase.word());
    print_place(&case.scan.snapshot, &case.dir);
    line("systems", &head.systems.join(", "));
    head.trigger.iter().for_each(|trigger| line("trigger", trigger));
    head.success.iter().for_each(|text| line("success", text));
    print_keys("more", &head.extra);
    print_text("Impact", &case.state.impact);
    print_heading("\nDocuments");
    for part in Part::ALL.into_iter().filter(|part| case.pages.contains_key(part)) {
        print_line(&case.path(part));
    }
}
