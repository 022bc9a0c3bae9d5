//! The steps that can happen to a flag, as its events say them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::event::Event;
use crate::domain::handle::Handle;
use crate::domain::lease::{LockedDetails, RenewedDetails, UnlockedDetails};

/// The steps that can happen to a flag, each with its details.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The addressee works on it.
    Locked(LockedDetails),
    /// The holder needs longer.
    Renewed(RenewedDetails),
    /// The holder lets go.
    Unlocked(UnlockedDetails),
    /// The addressee has done it.
    Completed,
    /// The addressee will not do it, and says why.
    Declined,
    /// It is for somebody else.
    HandedOn(HandedOnDetails),
    /// The answer to an information request.
    Replied,
    /// The sender, or a lead, takes it back, and says why.
    Withdrawn,
    /// The sender replaces texts; sections of the event's body.
    Amended,
}

/// What a `handed_on` event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HandedOnDetails {
    /// Who must act from now on.
    pub to: Handle,
}

/// The names of the steps, as they stand in files.
pub const STEPS: [&str; 9] = [
    "locked",
    "renewed",
    "unlocked",
    "completed",
    "declined",
    "handed_on",
    "replied",
    "withdrawn",
    "amended",
];

impl Step {
    /// Reads the step that `event` is.
    pub fn read(event: &Event) -> Result<Step, Fault> {
        Ok(match event.front.event.as_str() {
            "locked" => Step::Locked(event.details()?),
            "renewed" => Step::Renewed(event.details()?),
            "unlocked" => Step::Unlocked(event.details()?),
            "completed" => Step::Completed,
            "declined" => Step::Declined,
            "handed_on" => Step::HandedOn(event.details()?),
            "replied" => Step::Replied,
            "withdrawn" => Step::Withdrawn,
            "amended" => Step::Amended,
            other => {
                return Err(Fault::new(
                    Spot::Key("event".into()),
                    format!("`{other}` is no event of a flag: expected one of {}", STEPS.join(", ")),
                ));
            }
        })
    }
}
