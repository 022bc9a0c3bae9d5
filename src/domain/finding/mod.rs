//! Findings: something learnt, with evidence; others confirm or dispute it.
//!
//! ```text
//! reported -> confirmed                  by somebody else than its reporter
//!     |           '--> mitigated         something was done against it
//!     '--------------> disputed -> evidence -> decided: confirmed or rejected, by a lead
//! resolved | rejected: closed; amended: by its reporter, while nobody else has judged it
//! ```

mod kind;
mod steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::anchor::{Anchor, Spotted};
use super::diagnostic::Fault;
use super::document::{Document, Meta};
use super::event::Event;
use super::handle::Handle;
use super::id::{EventName, RecordId};
use super::level::Level;
use super::quantity::Metrics;
use super::record::{Effect, Folded, Machine, Record, Refusal, Standing, fold};
use super::time::Timestamp;

pub use steps::{
    AmendedDetails, DecidedDetails, EvidenceDetails, MitigatedDetails, STEPS, Stage, Step, Success, Verdict,
};

/// The categories that the protocol knows; a team may use its own.
pub const CATEGORIES: [&str; 4] = ["bottleneck", "benchmark", "pattern", "regression"];

/// The section that shows it.
pub const EVIDENCE: &str = "Evidence";
/// Meaningful characters that evidence needs.
pub const EVIDENCE_LEAST: usize = 10;

/// The front matter of `finding.md`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingHead {
    /// The id of the record; the folder's name ends in it.
    pub id: RecordId,
    /// `bottleneck`, `benchmark`, `pattern`, `regression`, or the team's own word.
    pub category: String,
    /// What kind of it: `resource_exhaustion`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// One line for lists.
    pub title: String,
    /// What it is about: `database-connection-pool`.
    pub component: String,
    /// Who found it.
    pub from: Handle,
    /// How strongly it matters.
    pub severity: Level,
    /// When it was reported.
    pub at: Timestamp,
    /// What follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    /// Where in the code: `path:line`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What stood there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Anchor>,
    /// How often it happens: `daily`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<String>,
    /// When it was first seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_detected: Option<Timestamp>,
    /// Where it is going: `trending_down`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trend: Option<String>,
    /// The figures before and after.
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub metrics: Metrics,
    /// The investigation to which it belongs, or the record that it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RecordId>,
    /// The record with which its chain began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<RecordId>,
    /// The key under which a retry of the same command finds it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<String>,
    /// Keys that this version does not know; they are kept and shown.
    #[serde(flatten)]
    #[schemars(skip)]
    pub extra: Meta,
}

impl FindingHead {
    /// Where in the code, with what stood there.
    pub fn spotted(&self) -> Option<Spotted> {
        let location = self.location.clone()?;
        Some(Spotted { location, anchor: self.anchor.clone() })
    }
}

/// Where a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nobody else has looked at it.
    Reported,
    /// Somebody else found the same.
    Confirmed,
    /// Somebody found otherwise.
    Disputed,
    /// Something was done against it, with some success.
    Mitigated,
    /// It is no more.
    Resolved,
    /// It was none.
    Rejected,
}

impl Status {
    /// The words of all states.
    pub const WORDS: [&'static str; 6] =
        ["reported", "confirmed", "disputed", "mitigated", "resolved", "rejected"];

    /// The word for the state.
    pub fn word(self) -> &'static str {
        Status::WORDS[self as usize]
    }

    /// Whether nothing more can happen.
    pub fn is_closed(self) -> bool {
        matches!(self, Status::Resolved | Status::Rejected)
    }
}

/// What somebody else has to say of it.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Who.
    pub by: Handle,
    /// When.
    pub at: Timestamp,
    /// In words: the evidence of who confirms, the reason of who disputes.
    pub text: String,
    /// The counter-evidence of who disputes.
    pub evidence: String,
}

/// Something that was done against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mitigation {
    /// Who.
    pub by: Handle,
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// How well it worked.
    pub details: MitigatedDetails,
}

/// What a lead decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Who.
    pub by: Handle,
    /// When.
    pub at: Timestamp,
    /// What.
    pub details: DecidedDetails,
    /// Why.
    pub reason: String,
}

/// A finding as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What its head says.
    pub head: FindingHead,
    /// The evidence of its reporter.
    pub evidence: String,
    /// Where it stands.
    pub status: Status,
    /// Since when it is disputed.
    pub disputed_since: Option<Timestamp>,
    /// Who found the same.
    pub confirmations: Vec<View>,
    /// Who found otherwise.
    pub disputes: Vec<View>,
    /// How many of them were decided.
    decided: usize,
    /// More evidence, with the step of a disagreement to which it belongs.
    pub more: Vec<(View, Option<Stage>)>,
    /// What was done against it.
    pub mitigations: Vec<Mitigation>,
    /// What was decided.
    pub decisions: Vec<Decision>,
    /// The event that closed it.
    pub closed_by: Option<EventName>,
}

impl Finding {
    /// Folds the finding out of its record.
    pub fn fold(record: &Record) -> Result<Folded<Finding>, Vec<Fault>> {
        fold::<Findings>(record)
    }

    /// The next step of its disagreement before it should be decided; `None` when all were taken.
    pub fn next_stage(&self) -> Option<Stage> {
        let taken = |stage: Stage| self.more.iter().any(|(_, of)| *of == Some(stage));
        Stage::ALL.into_iter().find(|stage| !taken(*stage))
    }

    /// Whether `by` had a part in it.
    fn is_party(&self, by: &Handle) -> bool {
        *by == self.head.from
            || self.confirmations.iter().any(|view| view.by == *by)
            || self.mitigations.iter().any(|mitigation| mitigation.by == *by)
    }

    /// Whether `by` disputed it, and that is not decided yet.
    fn is_disputed_by(&self, by: &Handle) -> bool {
        self.disputes.iter().skip(self.decided).any(|view| view.by == *by)
    }

    fn amend(&mut self, event: &Event, details: AmendedDetails) -> Effect {
        self.head.severity = details.severity.unwrap_or(self.head.severity);
        self.head.impact = details.impact.or(self.head.impact.take());
        self.head.metrics.extend(details.metrics);
        if let Some(evidence) = event.body.section(EVIDENCE) {
            self.evidence = evidence.to_owned();
        }
        Effect::Applied
    }

    fn settle(&mut self, event: &Event, status: Status) -> Effect {
        self.status = status;
        self.disputed_since = (status == Status::Disputed).then_some(event.front.at);
        if status.is_closed() {
            self.closed_by = Some(event.name.clone());
        }
        Effect::Applied
    }
}

fn view(event: &Event) -> View {
    View {
        by: event.front.by.clone(),
        at: event.front.at,
        text: event.note().to_owned(),
        evidence: event.body.section(EVIDENCE).unwrap_or_default().to_owned(),
    }
}

/// The findings, as a kind of record.
pub struct Findings;

impl Machine for Findings {
    type State = Finding;

    fn begin(document: &Document) -> Result<Finding, Vec<Fault>> {
        let head: FindingHead = document.front().map_err(|fault| vec![fault])?;
        Ok(Finding {
            evidence: document.section(EVIDENCE).unwrap_or_default().to_owned(),
            status: Status::Reported,
            disputed_since: None,
            confirmations: Vec::new(),
            disputes: Vec::new(),
            decided: 0,
            more: Vec::new(),
            mitigations: Vec::new(),
            decisions: Vec::new(),
            closed_by: None,
            head,
        })
    }

    fn apply(finding: &mut Finding, event: &Event) -> Effect {
        let Ok(step) = Step::read(event) else { return Effect::Superseded };
        if finding.status.is_closed() {
            return Effect::Superseded;
        }
        let disputed = finding.status == Status::Disputed;
        match step {
            Step::Confirmed if event.front.by == finding.head.from => Effect::Superseded,
            Step::Confirmed => {
                finding.confirmations.push(view(event));
                if finding.status == Status::Reported {
                    finding.settle(event, Status::Confirmed);
                }
                Effect::Applied
            }
            Step::Disputed => {
                finding.disputes.push(view(event));
                if !disputed {
                    finding.settle(event, Status::Disputed);
                }
                Effect::Applied
            }
            Step::Evidence(details) => {
                finding.more.push((view(event), details.stage));
                Effect::Applied
            }
            Step::Mitigated(details) => {
                if details.result != Success::None && !disputed {
                    finding.settle(event, Status::Mitigated);
                }
                finding.mitigations.push(Mitigation {
                    by: event.front.by.clone(),
                    at: event.front.at,
                    action: event.note().to_owned(),
                    details,
                });
                Effect::Applied
            }
            // What others judged stays as it was when they did.
            Step::Amended(_) if finding.status != Status::Reported => Effect::Superseded,
            Step::Amended(details) => finding.amend(event, details),
            // Of concurrent steps the one that closes wins, also over a dispute.
            Step::Resolved => finding.settle(event, Status::Resolved),
            Step::Rejected => finding.settle(event, Status::Rejected),
            Step::Decided(details) => {
                let rejected = details.verdict == Verdict::Rejected;
                finding.decided = finding.disputes.len();
                finding.decisions.push(Decision {
                    by: event.front.by.clone(),
                    at: event.front.at,
                    details,
                    reason: event.note().to_owned(),
                });
                finding.settle(event, if rejected { Status::Rejected } else { Status::Confirmed })
            }
        }
    }

    fn refuse(finding: &Finding, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
        if let Some(refusal) = by_nobody(finding, event, standing) {
            return Some(refusal);
        }
        let by = &event.front.by;
        if finding.status.is_closed() {
            return Some(Refusal::held(format!("the finding is already {}", finding.status.word())));
        }
        let disputed = finding.status == Status::Disputed;
        match Step::read(event).ok()? {
            Step::Confirmed => finding
                .confirmations
                .iter()
                .any(|view| view.by == *by)
                .then(|| Refusal::held(format!("{by} has confirmed the finding already"))),
            Step::Resolved if disputed => {
                Some(Refusal::forbidden("the finding is disputed: a lead decides first"))
            }
            Step::Disputed => finding
                .is_disputed_by(by)
                .then(|| Refusal::held(format!("{by} disputes the finding already"))),
            Step::Resolved => (!finding.is_party(by) && !standing.is_lead(by)).then(|| {
                Refusal::not_yours(format!(
                    "a finding is resolved by who reported, confirmed or mitigated it, or a lead, not by {by}"
                ))
            }),
            Step::Decided(_) if !disputed => Some(Refusal::forbidden("the finding is not disputed")),
            Step::Amended(_) if finding.status != Status::Reported => Some(Refusal::forbidden(format!(
                "the finding is {}: others have judged it as it stands",
                finding.status.word()
            ))),
            _ => None,
        }
    }

    fn never(begun: &Finding, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
        by_nobody(begun, event, standing)
    }
}

/// Why nobody but others may take the step, whatever happened before.
fn by_nobody(finding: &Finding, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
    let by = &event.front.by;
    let is_reporter = *by == finding.head.from;
    match Step::read(event) {
        Err(fault) => Some(Refusal::forbidden(fault.message)),
        Ok(Step::Confirmed) if is_reporter => {
            Some(Refusal::not_yours(format!("{by} reported the finding, so somebody else must confirm it")))
        }
        Ok(Step::Disputed) if is_reporter => Some(Refusal::not_yours(format!(
            "{by} reported the finding; who was wrong rejects the own finding"
        ))),
        Ok(Step::Amended(_)) if !is_reporter => Some(Refusal::not_yours(format!(
            "a finding is amended by its reporter {}, not by {by}",
            finding.head.from
        ))),
        Ok(Step::Rejected) if !is_reporter && !standing.is_lead(by) => Some(Refusal::not_yours(format!(
            "a finding is rejected by its reporter {} or a lead, not by {by}",
            finding.head.from
        ))),
        Ok(Step::Decided(_)) if !standing.is_lead(by) => {
            Some(Refusal::not_yours(format!("a dispute is decided by a lead, not by {by}")))
        }
        Ok(_) => None,
    }
}
