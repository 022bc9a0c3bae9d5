//! Flags: "I changed X, you must do Y".
//!
//! ```text
//! pending -> locked -> completed | declined        by the addressee
//!    |         |  ^--- renewed by the holder, unlocked back to pending
//!    |         '-----> handed_on: pending for somebody else
//!    '---------------> completed | declined | handed_on | replied
//! withdrawn: by the sender or a lead; amended: by the sender while pending
//! ```

mod kind;
mod steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use steps::{HandedOnDetails, STEPS, Step};

use super::claim::Nonce;
use super::diagnostic::Fault;
use super::document::{Document, Meta};
use super::event::Event;
use super::handle::Handle;
use super::id::{EventName, RecordId};
use super::lease::{ENDS_ANOTHER, Lock};
use super::level::Level;
use super::record::{Effect, Folded, Machine, Record, Refusal, Standing, fold};
use super::time::Timestamp;

/// The type of a flag that asks for an answer.
pub const INFORMATION_REQUEST: &str = "information_request";
/// The types that the protocol knows; a team may use its own.
pub const TYPES: [&str; 9] = [
    "breaking_change",
    "new_feature",
    "refactor",
    "deprecation",
    "enhancement",
    "change",
    INFORMATION_REQUEST,
    "security",
    "data_loss",
];

/// The section that says what changed.
pub const CHANGE: &str = "Change";
/// The section that says what the addressee must do.
pub const ACTION: &str = "Action";
/// The section that shows how to use what changed.
pub const EXAMPLE: &str = "Example";

/// Meaningful characters that the change of a flag needs.
pub const CHANGE_LEAST: usize = 50;
/// Meaningful characters that the action of a flag needs.
pub const ACTION_LEAST: usize = 100;
/// Meaningful characters that the action of an information request needs.
pub const QUESTION_LEAST: usize = 40;

/// The front matter of `flag.md`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlagHead {
    /// The id of the record; the folder's name ends in it.
    pub id: RecordId,
    /// What kind of change: one of the protocol's types or the team's own.
    #[serde(rename = "type")]
    pub class: String,
    /// One line for lists.
    pub title: String,
    /// Who raised it.
    pub from: Handle,
    /// Who must act.
    pub to: Handle,
    /// How strongly it matters.
    pub impact: Level,
    /// When it was raised.
    pub at: Timestamp,
    /// The files that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Where in the code: `path:line`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The flag with which this chain began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<RecordId>,
    /// The flag that this one answers or serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RecordId>,
    /// The key under which a retry of the same command finds it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<String>,
    /// Anything more that the addressee should know.
    #[serde(default, skip_serializing_if = "Meta::is_empty")]
    pub context: Meta,
    /// Keys that this version does not know; they are kept and shown.
    #[serde(flatten)]
    #[schemars(skip)]
    pub extra: Meta,
}

/// Where a flag stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It waits for its addressee.
    Pending,
    /// The addressee works on it.
    Locked(Lock),
    /// It is done, or answered.
    Completed,
    /// The addressee will not do it.
    Declined,
    /// It was taken back.
    Withdrawn,
}

impl Status {
    /// The words of all states.
    pub const WORDS: [&'static str; 5] = ["pending", "locked", "completed", "declined", "withdrawn"];

    /// The word for the state.
    pub fn word(&self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Locked(_) => "locked",
            Status::Completed => "completed",
            Status::Declined => "declined",
            Status::Withdrawn => "withdrawn",
        }
    }

    /// Whether nothing more can happen.
    pub fn is_closed(&self) -> bool {
        !matches!(self, Status::Pending | Status::Locked(_))
    }
}

/// A flag as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// What its head says.
    pub head: FlagHead,
    /// What changed, amendments included.
    pub change: String,
    /// What the addressee must do, amendments included.
    pub action: String,
    /// How to use what changed, where the head shows it.
    pub example: Option<String>,
    /// Who must act now.
    pub addressee: Handle,
    /// Who had to act before it was handed on.
    pub former: Vec<Handle>,
    /// Where it stands.
    pub status: Status,
    /// The event that closed it.
    pub closed_by: Option<EventName>,
}

impl Flag {
    /// Folds the flag out of its record.
    pub fn fold(record: &Record) -> Result<Folded<Flag>, Vec<Fault>> {
        fold::<Flags>(record)
    }

    /// Whether it asks for an answer.
    pub fn is_request(&self) -> bool {
        self.head.class == INFORMATION_REQUEST
    }

    /// Whether the state is the one that only its addressee can be in the middle of.
    fn holder(&self) -> Option<&Handle> {
        self.lock().map(|lock| &lock.by)
    }

    fn lock_outlives(&self, ends: Option<&Nonce>) -> bool {
        self.lock().is_some_and(|lock| lock.outlives(ends))
    }

    /// The lock, while somebody works on it.
    pub fn lock(&self) -> Option<&Lock> {
        match &self.status {
            Status::Locked(lock) => Some(lock),
            _ => None,
        }
    }
}

/// The flags, as a kind of record.
pub struct Flags;

impl Machine for Flags {
    type State = Flag;

    fn begin(document: &Document) -> Result<Flag, Vec<Fault>> {
        let head: FlagHead = document.front().map_err(|fault| vec![fault])?;
        let text = |title: &str| document.section(title).unwrap_or_default().to_owned();
        Ok(Flag {
            change: text(CHANGE),
            action: text(ACTION),
            example: document.section(EXAMPLE).map(str::to_owned),
            addressee: head.to.clone(),
            former: Vec::new(),
            status: Status::Pending,
            closed_by: None,
            head,
        })
    }

    fn apply(flag: &mut Flag, event: &Event) -> Effect {
        let Ok(step) = Step::read(event) else { return Effect::Superseded };
        if flag.status.is_closed() {
            return Effect::Superseded;
        }
        let by = &event.front.by;
        let by_addressee = *by == flag.addressee;
        // Whoever closed it without having seen the hand-off did close it: of concurrent steps the
        // one that closes wins. Whether it was seen is a question of legality, not of state.
        let may_close = by_addressee || flag.former.contains(by);
        let holds = flag.holder() == Some(by);
        let close = |flag: &mut Flag, status: Status| {
            flag.status = status;
            flag.closed_by = Some(event.name.clone());
            Effect::Applied
        };
        match step {
            Step::Locked(details) if by_addressee && !is_held_from(&flag.status, by, event.front.at) => {
                flag.status = Status::Locked(Lock::taken(by, details));
                Effect::Applied
            }
            Step::Renewed(details) if holds => {
                if let Status::Locked(lock) = &mut flag.status {
                    lock.until = lock.until.max(details.lease_until);
                }
                Effect::Applied
            }
            Step::Unlocked(details) if holds && !flag.lock_outlives(details.ends.as_ref()) => {
                flag.status = Status::Pending;
                Effect::Applied
            }
            Step::Completed if may_close => close(flag, Status::Completed),
            Step::Replied if may_close => close(flag, Status::Completed),
            Step::Declined if may_close => close(flag, Status::Declined),
            Step::Withdrawn => close(flag, Status::Withdrawn),
            Step::HandedOn(details) => {
                flag.former.push(std::mem::replace(&mut flag.addressee, details.to));
                flag.status = Status::Pending;
                Effect::Applied
            }
            Step::Amended => {
                for (title, text) in [(CHANGE, &mut flag.change), (ACTION, &mut flag.action)] {
                    if let Some(new) = event.body.section(title) {
                        *text = new.to_owned();
                    }
                }
                Effect::Applied
            }
            _ => Effect::Superseded,
        }
    }

    fn refuse(flag: &Flag, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
        let step = match Step::read(event) {
            Ok(step) => step,
            Err(fault) => return Some(Refusal::forbidden(fault.message)),
        };
        let by = &event.front.by;
        if flag.status.is_closed() {
            return Some(Refusal::held(format!("the flag is already {}", flag.status.word())));
        }
        let by_addressee = *by == flag.addressee;
        let not_addressee =
            || Some(Refusal::not_yours(format!("the flag is addressed to {}, not to {by}", flag.addressee)));
        match step {
            Step::Locked(_) if !by_addressee => not_addressee(),
            Step::Locked(_) => match &flag.status {
                Status::Locked(lock) if is_held_from(&flag.status, by, event.front.at) => {
                    Some(Refusal::held(format!("{} holds the flag until {}", lock.by, lock.until)))
                }
                _ => None,
            },
            Step::Renewed(_) | Step::Unlocked(_) => match (flag.lock(), step) {
                (Some(lock), _) if lock.by != *by => {
                    Some(Refusal::held(format!("{} holds the flag", lock.by)))
                }
                (Some(lock), Step::Unlocked(details)) if lock.outlives(details.ends.as_ref()) => {
                    Some(Refusal::forbidden(ENDS_ANOTHER))
                }
                (Some(_), _) => None,
                (None, _) => Some(Refusal::forbidden("nobody holds the flag")),
            },
            Step::Completed | Step::Declined if !by_addressee => not_addressee(),
            Step::Completed | Step::Declined => None,
            Step::Replied if !by_addressee => not_addressee(),
            Step::Replied if !flag.is_request() => Some(no_request()),
            Step::Replied => None,
            Step::HandedOn(details) => {
                let may = by_addressee || standing.is_lead(by) || standing.heir(&flag.addressee) == *by;
                if !may {
                    not_addressee()
                } else if details.to == flag.addressee {
                    Some(Refusal::forbidden(format!("the flag is already addressed to {}", details.to)))
                } else {
                    None
                }
            }
            Step::Withdrawn if *by == flag.head.from || standing.is_lead(by) => None,
            Step::Withdrawn => Some(Refusal::not_yours(format!(
                "only its sender {} or a lead withdraws a flag, not {by}",
                flag.head.from
            ))),
            Step::Amended if *by != flag.head.from => Some(Refusal::not_yours(format!(
                "only its sender {} amends a flag, not {by}",
                flag.head.from
            ))),
            Step::Amended => {
                flag.holder().map(|holder| Refusal::held(format!("{holder} already works on the flag")))
            }
        }
    }

    fn never(begun: &Flag, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
        match Step::read(event) {
            Err(fault) => Some(Refusal::forbidden(fault.message)),
            // Who may do these does not depend on what happened before.
            Ok(Step::Withdrawn | Step::Amended) => Self::refuse(begun, event, standing),
            Ok(Step::Replied) => (!begun.is_request()).then(no_request),
            Ok(_) => None,
        }
    }
}

/// Why a flag of this type is not replied to.
fn no_request() -> Refusal {
    Refusal::forbidden(format!(
        "only a flag of the type {INFORMATION_REQUEST} is replied to; this one is completed"
    ))
}

/// Whether the lock, if there is one, keeps `by` from locking at this time.
fn is_held_from(status: &Status, by: &Handle, at: Timestamp) -> bool {
    matches!(status, Status::Locked(lock) if lock.keeps_out(by, at))
}
