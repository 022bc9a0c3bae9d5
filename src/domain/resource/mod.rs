//! Reservations of resources that the team shares: the load-test environment, a staging cluster.
//!
//! ```text
//! waiting -> held -> released                     by the one who reserved it
//!    |  ^      '---- renewed
//!    |  '-- offered: it has the first right until then, by the one who let go
//!    '-----> withdrawn                            by the one who reserved it, or a lead
//! ```

mod kind;
pub mod queue;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diagnostic::{Fault, Spot};
use super::document::{Document, Meta};
use super::event::Event;
use super::handle::Handle;
use super::id::RecordId;
use super::lease::{Lock, LockedDetails, RenewedDetails};
use super::level::Level;
use super::record::{Effect, Folded, Machine, Record, Refusal, Standing, fold};
use super::time::{Span, Timestamp};

/// Whether others may use it at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nobody else.
    Exclusive,
    /// Others who share it, too.
    Shared,
}

impl Mode {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Exclusive => "exclusive",
            Mode::Shared => "shared",
        }
    }
}

/// The front matter of `resource.md`: one reservation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReservationHead {
    /// The id of the record; the folder's name ends in it.
    pub id: RecordId,
    /// The resource as its users write it.
    pub title: String,
    /// The name of the resource in lower case: what tells it from others.
    pub resource: String,
    /// Who reserves it.
    pub from: Handle,
    /// Since when.
    pub at: Timestamp,
    /// Whether others may use it at the same time.
    pub mode: Mode,
    /// How strongly the work matters to the business.
    pub impact: Level,
    /// How soon a promise to customers is broken without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla: Option<Span>,
    /// How many customers the work is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<u64>,
    /// For how long it is needed.
    #[serde(rename = "for")]
    pub length: Span,
    /// Keys that this version does not know; they are kept and shown.
    #[serde(flatten)]
    #[schemars(skip)]
    pub extra: Meta,
}

/// What a `granted` event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GrantedDetails {
    /// How long, and under which claim.
    #[serde(flatten)]
    pub lease: LockedDetails,
    /// Why this one and no other.
    pub decision: String,
}

/// What an `offered` event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfferedDetails {
    /// Until when nobody who waits behind may take it.
    pub until: Timestamp,
}

/// The steps that can happen to a reservation.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It has the resource.
    Granted(GrantedDetails),
    /// It needs it longer.
    Renewed(RenewedDetails),
    /// The resource is free, and this one is first.
    Offered(OfferedDetails),
    /// It needs it no longer.
    Released,
    /// It is not wanted any more.
    Withdrawn,
}

/// The names of the steps, as they stand in files.
pub const STEPS: [&str; 5] = ["granted", "renewed", "offered", "released", "withdrawn"];

impl Step {
    /// Reads the step that `event` is.
    pub fn read(event: &Event) -> Result<Step, Fault> {
        Ok(match event.front.event.as_str() {
            "granted" => Step::Granted(event.details()?),
            "renewed" => Step::Renewed(event.details()?),
            "offered" => Step::Offered(event.details()?),
            "released" => Step::Released,
            "withdrawn" => Step::Withdrawn,
            other => {
                return Err(Fault::new(
                    Spot::Key("event".into()),
                    format!("`{other}` is no event of a reservation: expected one of {}", STEPS.join(", ")),
                ));
            }
        })
    }
}

/// Where a reservation stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It waits for the resource.
    Waiting,
    /// It has it.
    Held(Lock),
    /// It had it.
    Released,
    /// It was taken back.
    Withdrawn,
}

impl Status {
    /// The words of all states.
    pub const WORDS: [&'static str; 4] = ["waiting", "held", "released", "withdrawn"];

    /// The word for the state.
    pub fn word(&self) -> &'static str {
        match self {
            Status::Waiting => "waiting",
            Status::Held(_) => "held",
            Status::Released => "released",
            Status::Withdrawn => "withdrawn",
        }
    }

    /// Whether nothing more can happen.
    pub fn is_closed(&self) -> bool {
        matches!(self, Status::Released | Status::Withdrawn)
    }
}

/// A reservation as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct Reservation {
    /// What its head says.
    pub head: ReservationHead,
    /// Where it stands.
    pub status: Status,
    /// When it got the resource.
    pub granted_at: Option<Timestamp>,
    /// Why it got it.
    pub decision: Option<String>,
    /// Until when it has the first right.
    pub offered_until: Option<Timestamp>,
}

impl Reservation {
    /// Folds the reservation out of its record.
    pub fn fold(record: &Record) -> Result<Folded<Reservation>, Vec<Fault>> {
        fold::<Resources>(record)
    }

    /// It has the resource now.
    pub fn grant(&mut self, details: GrantedDetails, at: Timestamp) {
        self.status = Status::Held(Lock::taken(&self.head.from, details.lease));
        self.granted_at = Some(at);
        self.decision = Some(details.decision);
    }

    /// It has the resource for longer; whether it has it at all.
    pub fn renew(&mut self, details: &RenewedDetails) -> bool {
        let Status::Held(lock) = &mut self.status else { return false };
        lock.until = lock.until.max(details.lease_until);
        true
    }

    /// The lock, while it has the resource.
    pub fn lock(&self) -> Option<&Lock> {
        match &self.status {
            Status::Held(lock) => Some(lock),
            _ => None,
        }
    }
}

/// The reservations of resources, as a kind of record.
pub struct Resources;

impl Machine for Resources {
    type State = Reservation;

    fn begin(document: &Document) -> Result<Reservation, Vec<Fault>> {
        let head: ReservationHead = document.front().map_err(|fault| vec![fault])?;
        Ok(Reservation {
            head,
            status: Status::Waiting,
            granted_at: None,
            decision: None,
            offered_until: None,
        })
    }

    fn apply(state: &mut Reservation, event: &Event) -> Effect {
        let Ok(step) = Step::read(event) else { return Effect::Superseded };
        if state.status.is_closed() {
            return Effect::Superseded;
        }
        let by = &event.front.by;
        let own = *by == state.head.from;
        match step {
            Step::Granted(details) if own && !is_kept_out(state, event) => {
                state.grant(details, event.front.at);
            }
            Step::Renewed(details) if own => {
                if !state.renew(&details) {
                    return Effect::Superseded;
                }
            }
            Step::Offered(details) => state.offered_until = state.offered_until.max(Some(details.until)),
            Step::Released if own && state.lock().is_some() => state.status = Status::Released,
            Step::Withdrawn => state.status = Status::Withdrawn,
            _ => return Effect::Superseded,
        }
        Effect::Applied
    }

    fn refuse(state: &Reservation, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
        let step = match Step::read(event) {
            Ok(step) => step,
            Err(fault) => return Some(Refusal::forbidden(fault.message)),
        };
        let by = &event.front.by;
        if state.status.is_closed() {
            return Some(Refusal::held(format!("the reservation is already {}", state.status.word())));
        }
        let own = *by == state.head.from;
        let not_own = || {
            Some(Refusal::not_yours(format!("the reservation is that of {}, not of {by}", state.head.from)))
        };
        match step {
            Step::Offered(_) => None,
            Step::Withdrawn if own || standing.is_lead(by) => None,
            _ if !own => not_own(),
            Step::Granted(_) if is_kept_out(state, event) => {
                Some(Refusal::held(format!("{by} holds {} already", state.head.title)))
            }
            Step::Renewed(_) | Step::Released if state.lock().is_none() => {
                Some(Refusal::forbidden(format!("{by} does not hold {}", state.head.title)))
            }
            _ => None,
        }
    }

    fn never(begun: &Reservation, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
        match Step::read(event) {
            Ok(Step::Released | Step::Renewed(_)) if event.front.by == begun.head.from => None,
            _ => Self::refuse(begun, event, standing),
        }
    }
}

fn is_kept_out(state: &Reservation, event: &Event) -> bool {
    state.lock().is_some_and(|lock| lock.keeps_out(&event.front.by, event.front.at))
}
