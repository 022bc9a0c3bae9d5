//! The steps that can happen to an investigation, as its events say them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Part;
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::event::Event;
use crate::domain::id::RecordId;
use crate::domain::level::Level;
use crate::domain::quantity::Quantities;
use crate::domain::time::Timestamp;

/// The steps that can happen to an investigation, each with its details.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Its parts became tasks.
    Delegated(DelegatedDetails),
    /// A specialist's part does not apply; the text says why.
    Waived(WaivedDetails),
    /// The evidence of all roles is there: what it says together is written now.
    Synthesized,
    /// The strategy became tasks.
    Planned(PlannedDetails),
    /// A window of time was measured.
    Validated(ValidatedDetails),
    /// The fixes hold: what is learnt is written now.
    Reviewed,
    /// What its head says is changed; the section `## Impact` replaces that of the head.
    Amended(AmendedDetails),
    /// It is done, and was learnt from; the text says what came of it.
    Closed(ClosedDetails),
    /// It is taken back; the text says why.
    Withdrawn,
}

/// What a `delegated` event says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DelegatedDetails {
    /// The task of each part.
    pub tasks: BTreeMap<Part, RecordId>,
}

/// What a `waived` event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WaivedDetails {
    /// The part of a specialist that does not apply.
    pub part: Part,
}

/// What a `planned` event says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedDetails {
    /// The tasks of the fixes that must be done before it is validated, in their order.
    pub tasks: Vec<RecordId>,
    /// The tasks of those that keep it from coming back, which may take longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<RecordId>,
}

/// How many windows of time are measured.
pub const WINDOWS: u8 = 3;

/// What a `validated` event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValidatedDetails {
    /// Which window: 1 (0-30 min), 2 (30 min-2 h), 3 (2-24 h).
    pub window: u8,
    /// Whether all that is required was met.
    pub passed: bool,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Quantities::is_empty")]
    pub measured: Quantities,
}

/// What an `amended` event of an investigation says; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AmendedDetails {
    /// How strongly it matters from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Level>,
    /// What set it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// What is affected: the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub systems: Option<Vec<String>>,
    /// What must hold in the end: the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<Vec<String>>,
    /// When parts are due; those that are not named stay as they were.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub due: BTreeMap<Part, Timestamp>,
}

/// What a `closed` event says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClosedDetails {
    /// The knowledge entries that it left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knowledge: Vec<String>,
    /// The tasks that its preventive measures became.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<RecordId>,
}

/// The names of the steps, as they stand in files.
pub const STEPS: [&str; 9] = [
    "delegated",
    "waived",
    "synthesized",
    "planned",
    "validated",
    "reviewed",
    "amended",
    "closed",
    "withdrawn",
];

impl Step {
    /// Reads the step that `event` is.
    pub fn read(event: &Event) -> Result<Step, Fault> {
        Ok(match event.front.event.as_str() {
            "delegated" => Step::Delegated(event.details()?),
            "waived" => Step::Waived(waived(event)?),
            "synthesized" => Step::Synthesized,
            "planned" => Step::Planned(event.details()?),
            "validated" => Step::Validated(validated(event)?),
            "reviewed" => Step::Reviewed,
            "amended" => Step::Amended(event.details()?),
            "closed" => Step::Closed(event.details()?),
            "withdrawn" => Step::Withdrawn,
            other => {
                let steps = STEPS.join(", ");
                let message = format!("`{other}` is no event of an investigation: expected one of {steps}");
                return Err(Fault::new(Spot::Key("event".into()), message));
            }
        })
    }
}

fn waived(event: &Event) -> Result<WaivedDetails, Fault> {
    let details: WaivedDetails = event.details()?;
    if details.part.is_role() {
        return Ok(details);
    }
    let message = format!("{} can't be left out: only data, code or infrastructure can", details.part.word());
    Err(Fault::new(Spot::Key("part".into()), message))
}

fn validated(event: &Event) -> Result<ValidatedDetails, Fault> {
    let details: ValidatedDetails = event.details()?;
    if (1..=WINDOWS).contains(&details.window) {
        return Ok(details);
    }
    let message = format!("there is no window {}: expected a number from 1 to {WINDOWS}", details.window);
    Err(Fault::new(Spot::Key("window".into()), message))
}
