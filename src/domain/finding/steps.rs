//! The steps that can happen to a finding, as its events say them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::event::Event;
use crate::domain::id::RecordId;
use crate::domain::level::Level;
use crate::domain::quantity::Metrics;

/// The steps that can happen to a finding, each with its details.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Somebody else found the same; the text is the evidence.
    Confirmed,
    /// Somebody found otherwise: the text says why, the section `## Evidence` shows it.
    Disputed,
    /// More is known; the text is the evidence.
    Evidence(EvidenceDetails),
    /// Something was done against it; the text says what.
    Mitigated(MitigatedDetails),
    /// Its reporter says it in other words, before anybody else judged it; the sections replace those
    /// of the head.
    Amended(AmendedDetails),
    /// It is no more; the text says how that is known.
    Resolved,
    /// It was none; the text says why.
    Rejected,
    /// A lead decides a dispute; the text is the rationale.
    Decided(DecidedDetails),
}

/// The steps of a disagreement before it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Others look at both views.
    PeerReview,
    /// More is measured.
    #[default]
    Evidence,
    /// Somebody from outside is asked.
    Expert,
}

impl Stage {
    /// All stages, in their order.
    pub const ALL: [Stage; 3] = [Stage::PeerReview, Stage::Evidence, Stage::Expert];

    /// The word that stands in files.
    pub fn word(self) -> &'static str {
        match self {
            Stage::PeerReview => "peer_review",
            Stage::Evidence => "evidence",
            Stage::Expert => "expert",
        }
    }
}

/// What an `evidence` event says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceDetails {
    /// To which step of a disagreement it belongs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub metrics: Metrics,
}

/// How well a mitigation worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Success {
    /// Nothing changed.
    None,
    /// It is better.
    Partial,
    /// It is gone.
    Full,
}

impl Success {
    /// The word that stands in files.
    pub fn word(self) -> &'static str {
        match self {
            Success::None => "none",
            Success::Partial => "partial",
            Success::Full => "full",
        }
    }
}

/// What a `mitigated` event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MitigatedDetails {
    /// How well it worked.
    pub result: Success,
    /// The figures before and after.
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub metrics: Metrics,
}

/// What an `amended` event of a finding says; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AmendedDetails {
    /// How strongly it matters from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Level>,
    /// What follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    /// Figures that are added, or take the place of those of the same name.
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub metrics: Metrics,
}

/// What a lead decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The finding stands as it was reported.
    Confirmed,
    /// It stands in other words.
    Corrected,
    /// It was none.
    Rejected,
}

/// What a `decided` event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DecidedDetails {
    /// What holds from now on.
    pub verdict: Verdict,
    /// What holds, in words.
    pub outcome: String,
    /// The knowledge entry that it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knowledge: Option<String>,
    /// The task to improve detection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<RecordId>,
}

/// The names of the steps, as they stand in files.
pub const STEPS: [&str; 8] =
    ["confirmed", "disputed", "evidence", "mitigated", "amended", "resolved", "rejected", "decided"];

impl Step {
    /// Reads the step that `event` is.
    pub fn read(event: &Event) -> Result<Step, Fault> {
        Ok(match event.front.event.as_str() {
            "confirmed" => Step::Confirmed,
            "disputed" => Step::Disputed,
            "evidence" => Step::Evidence(event.details()?),
            "mitigated" => Step::Mitigated(event.details()?),
            "amended" => Step::Amended(event.details()?),
            "resolved" => Step::Resolved,
            "rejected" => Step::Rejected,
            "decided" => Step::Decided(event.details()?),
            other => {
                return Err(Fault::new(
                    Spot::Key("event".into()),
                    format!("`{other}` is no event of a finding: expected one of {}", STEPS.join(", ")),
                ));
            }
        })
    }
}
