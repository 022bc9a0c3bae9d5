//! The steps that can happen to a task, as its events say them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::claim::Nonce;
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::event::Event;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::lease::{LockedDetails, RenewedDetails};
use crate::domain::level::Level;
use crate::domain::quantity::{Metrics, Quantities, Threshold};
use crate::domain::time::Timestamp;

/// The steps that can happen to a task, each with its details.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Somebody works on it.
    Started(LockedDetails),
    /// The holder needs longer.
    Renewed(RenewedDetails),
    /// The holder reports what is done.
    Progressed(ProgressedDetails),
    /// Something keeps it from going on; the text says what.
    Blocked(BlockedDetails),
    /// It can go on.
    Unblocked,
    /// It is done.
    Completed(Box<CompletedDetails>),
    /// It is not wanted any more; the text says why.
    Cancelled,
    /// It is for somebody else.
    Reassigned(ReassignedDetails),
    /// The one who asked for it changes it; new texts are sections of the event's body.
    Amended(AmendedDetails),
}

/// What a `progressed` event says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressedDetails {
    /// How much is done, in percent.
    pub percent: u8,
    /// What is being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// Preliminary results.
    #[serde(default, skip_serializing_if = "Quantities::is_empty")]
    pub results: Quantities,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<String>,
    /// What comes next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<String>,
    /// The thresholds for escalation that the results meet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalated: Vec<Threshold>,
    /// The flag that tells of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<RecordId>,
    /// When the lock now ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
}

/// What a `blocked` event says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockedDetails {
    /// The record that must be done first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<RecordId>,
    /// Where the holder says so, the claim of the lock that ends; one that was taken over meanwhile, unseen, goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Nonce>,
}

/// What a `completed` event of a task says: the report at its end.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CompletedDetails {
    /// How the system is: `healthy`, `degraded`, `down`, or the team's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
    /// How long was looked at it, in words: `24h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The figures that matter, against what they were before.
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub metrics: Metrics,
    /// How many alerts there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<u32>,
    /// Where things are going: `performance: declining`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub trends: BTreeMap<String, String>,
    /// What should be done next; each can become a task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recommendations: Vec<String>,
}

/// What a `reassigned` event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReassignedDetails {
    /// Who is to do it from now on.
    pub to: Handle,
}

/// What an `amended` event of a task says; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AmendedDetails {
    /// How strongly it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Level>,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// All that must be done before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends: Option<Vec<RecordId>>,
}

/// The names of the steps, as they stand in files.
pub const STEPS: [&str; 9] = [
    "started",
    "renewed",
    "progressed",
    "blocked",
    "unblocked",
    "completed",
    "cancelled",
    "reassigned",
    "amended",
];

impl Step {
    /// Reads the step that `event` is.
    pub fn read(event: &Event) -> Result<Step, Fault> {
        Ok(match event.front.event.as_str() {
            "started" => Step::Started(event.details()?),
            "renewed" => Step::Renewed(event.details()?),
            "progressed" => Step::Progressed(progress(event)?),
            "blocked" => Step::Blocked(event.details()?),
            "unblocked" => Step::Unblocked,
            "completed" => Step::Completed(event.details()?),
            "cancelled" => Step::Cancelled,
            "reassigned" => Step::Reassigned(event.details()?),
            "amended" => Step::Amended(event.details()?),
            other => {
                return Err(Fault::new(
                    Spot::Key("event".into()),
                    format!("`{other}` is no event of a task: expected one of {}", STEPS.join(", ")),
                ));
            }
        })
    }
}

fn progress(event: &Event) -> Result<ProgressedDetails, Fault> {
    let details: ProgressedDetails = event.details()?;
    if details.percent > 100 {
        let message = format!("{} percent: expected a number from 0 to 100", details.percent);
        return Err(Fault::new(Spot::Key("percent".into()), message));
    }
    Ok(details)
}
