//! `perfteam finding confirm`, `dispute` and `evidence`.

use std::process::ExitCode;

use clap::Args;

use super::open_finding;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::{require_least, require_words, take_step, unreadable};
use crate::domain::document::Section;
use crate::domain::draft::Step;
use crate::domain::finding::{EVIDENCE, EVIDENCE_LEAST, EvidenceDetails, Finding, Findings, Stage, Status};
use crate::domain::quantity::{Measured, typed};
use crate::domain::record::Record;

/// Say that you found the same, and how
#[derive(Debug, Args)]
pub struct Confirm {
    /// The id, or its beginning
    id: String,
    /// What shows it
    #[arg(long, value_name = "TEXT")]
    evidence: String,
}

/// Say that you found otherwise, why, and what shows it
///
/// Both views stay readable. What follows is peer review, more evidence, an expert, and the decision
/// of a lead: perfteam finding evidence, perfteam finding decide.
#[derive(Debug, Args)]
pub struct Dispute {
    /// The id, or its beginning
    id: String,
    /// Why it is not so
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// What shows it
    #[arg(long, value_name = "TEXT")]
    evidence: String,
}

/// Add what else is known
#[derive(Debug, Args)]
pub struct Evidence {
    /// The id, or its beginning
    id: String,
    /// What is known
    #[arg(long, value_name = "TEXT")]
    text: String,
    /// The step of a disagreement: peer_review, evidence or expert [default: evidence]
    #[arg(long, value_name = "STAGE", value_parser = stage)]
    stage: Option<Stage>,
    /// A figure, before and after; may be given several times
    #[arg(long = "metric", value_name = "NAME=BEFORE..AFTER", value_parser = typed)]
    metrics: Vec<(String, Measured)>,
}

fn stage(text: &str) -> Result<Stage, String> {
    let found = Stage::ALL.into_iter().find(|stage| stage.word() == text);
    found.ok_or_else(|| "expected peer_review, evidence or expert".to_owned())
}

impl Confirm {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        require_least("--evidence", &self.evidence, EVIDENCE_LEAST, &Findings)?;
        let _lock = context.lock()?;
        let (scan, _, record) = open_finding(context, &self.id)?;
        take_step(context, &scan, &record, &Step::new("confirmed", &actor, context.now, &self.evidence))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Dispute {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        require_words("--reason", &self.reason, &Findings)?;
        require_least("--evidence", &self.evidence, EVIDENCE_LEAST, &Findings)?;
        let _lock = context.lock()?;
        let (scan, dir, record) = open_finding(context, &self.id)?;
        let mut step = Step::new("disputed", &actor, context.now, &self.reason);
        let text = self.evidence.trim().to_owned();
        step.sections.push(Section { title: EVIDENCE.to_owned(), text });
        take_step(context, &scan, &record, &step)?;
        if !context.is_json() {
            say_next(scan.snapshot.short_ids().short(&dir.id()), Stage::ALL.first().copied());
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Evidence {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        require_least("--text", &self.text, EVIDENCE_LEAST, &Findings)?;
        let _lock = context.lock()?;
        let (scan, dir, record) = open_finding(context, &self.id)?;
        let finding = Finding::fold(&record).map_err(|_| unreadable(&dir))?.state;
        let disputed = finding.status == Status::Disputed;
        let details = EvidenceDetails {
            stage: self.stage.or(disputed.then_some(Stage::Evidence)),
            metrics: self.metrics.iter().cloned().collect(),
        };
        let step = Step::new("evidence", &actor, context.now, &self.text).with(&details);
        take_step(context, &scan, &record, &step)?;
        if disputed && !context.is_json() {
            let left = left(&record, details.stage);
            say_next(scan.snapshot.short_ids().short(&dir.id()), left);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The next step of the disagreement once `taken` is.
fn left(record: &Record, taken: Option<Stage>) -> Option<Stage> {
    let finding = Finding::fold(record).ok()?.state;
    let all = finding.more.iter().filter_map(|(_, stage)| *stage).chain(taken);
    let all: Vec<Stage> = all.collect();
    Stage::ALL.into_iter().find(|stage| !all.contains(stage))
}

/// Says how the disagreement goes on.
fn say_next(short: &str, next: Option<Stage>) {
    if let Some(stage) = next {
        print_line(&format!("next: perfteam finding evidence {short} --stage {} --text TEXT", stage.word()));
    }
    print_line(&format!("or a lead decides: perfteam finding decide {short} --outcome TEXT --reason TEXT"));
}
