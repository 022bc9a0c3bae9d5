//! `perfteam finding amend`.

use std::process::ExitCode;

use clap::{ArgGroup, Args};

use super::open_finding;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::steps::{require_least, require_words, take_step};
use crate::domain::document::Section;
use crate::domain::draft::Step;
use crate::domain::finding::{AmendedDetails, EVIDENCE, EVIDENCE_LEAST, Findings};
use crate::domain::level::Level;
use crate::domain::quantity::{Measured, typed};

/// Change a finding that you reported, while nobody else has judged it
///
/// What it said before stays readable in the record. Once somebody has confirmed or disputed it, more
/// is added with `perfteam finding evidence`; what was wrong is taken back with `perfteam finding reject`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").args(["evidence", "severity", "impact", "metrics"]).required(true).multiple(true)))]
pub struct Amend {
    /// The id, or its beginning
    id: String,
    /// What shows it: the whole new text
    #[arg(long, value_name = "TEXT")]
    evidence: Option<String>,
    /// How strongly it matters: critical, high, medium or low
    #[arg(long, value_name = "LEVEL")]
    severity: Option<Level>,
    /// What follows from it
    #[arg(long, value_name = "TEXT")]
    impact: Option<String>,
    /// A figure, before and after, more or other than before; may be given several times
    #[arg(long = "metric", value_name = "NAME=BEFORE..AFTER", value_parser = typed)]
    metrics: Vec<(String, Measured)>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

impl Amend {
    /// Writes the event.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        if let Some(evidence) = &self.evidence {
            require_least("--evidence", evidence, EVIDENCE_LEAST, &Findings)?;
        }
        if let Some(impact) = &self.impact {
            require_words("--impact", impact, &Findings)?;
        }
        let _lock = context.lock()?;
        let (scan, _, record) = open_finding(context, &self.id)?;
        let details = AmendedDetails {
            severity: self.severity,
            impact: self.impact.as_ref().map(|impact| impact.trim().to_owned()),
            metrics: self.metrics.iter().cloned().collect(),
        };
        let mut step = Step::new("amended", &actor, context.now, &self.note).with(&details);
        step.sections.extend(
            self.evidence
                .as_ref()
                .map(|evidence| Section { title: EVIDENCE.to_owned(), text: evidence.trim().to_owned() }),
        );
        take_step(context, &scan, &record, &step)?;
        Ok(ExitCode::SUCCESS)
    }
}
