//! Tasks: planned work, for somebody or for whoever is right for it.
//!
//! ```text
//! pending -> in_progress -> completed               by its assignee; a free task is anybody's to start
//!    |  ^        |  ^--- renewed and progressed by the holder
//!    |  |        '-----> blocked -> unblocked: pending again
//!    |  '--------------- reassigned: pending for somebody else
//!    '-----------------> blocked | completed | reassigned
//! cancelled, amended: by the one who asked for it; cancelled by a lead, too
//! ```

mod kind;
mod steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::claim::Nonce;
use super::diagnostic::Fault;
use super::document::{Document, Meta};
use super::event::Event;
use super::handle::Handle;
use super::id::{EventName, RecordId};
use super::lease::{ENDS_ANOTHER, Lock, LockedDetails};
use super::level::Level;
use super::plan::Blocked;
use super::quantity::Threshold;
use super::record::{Cause, Effect, Folded, Machine, Record, Refusal, Standing, fold};
use super::time::{Span, Timestamp};

pub use steps::{
    AmendedDetails, BlockedDetails, CompletedDetails, ProgressedDetails, ReassignedDetails, STEPS, Step,
};

/// The types that the protocol knows; a team may use its own.
pub const TYPES: [&str; 4] = ["research", "implementation", "review", "coordination"];

/// The section that says what is to be reached.
pub const OBJECTIVE: &str = "Objective";
/// The section that says what led to it.
pub const CONTEXT: &str = "Context";
/// The section that lists what must hold.
pub const REQUIREMENTS: &str = "Requirements";
/// The section that lists what must come out of it.
pub const EXPECTED: &str = "Expected output";
/// The sections, in their order.
pub const SECTIONS: [&str; 4] = [OBJECTIVE, CONTEXT, REQUIREMENTS, EXPECTED];

/// The front matter of `task.md`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskHead {
    /// The id of the record; the folder's name ends in it.
    pub id: RecordId,
    /// What kind of work: one of the protocol's types or the team's own.
    #[serde(rename = "type")]
    pub class: String,
    /// One line for lists.
    pub title: String,
    /// Who asked for it.
    pub from: Handle,
    /// Who is to do it; nobody yet where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Handle>,
    /// The specialist for whom it waits while it is nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<Handle>,
    /// How strongly it matters.
    pub priority: Level,
    /// When it was asked for.
    pub at: Timestamp,
    /// The system that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Where the work is done, from the top of the work tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The tools that it needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// What it is done with, as keys of any form.
    #[serde(default, skip_serializing_if = "Meta::is_empty")]
    pub parameters: Meta,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// The records that must be done before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends: Vec<RecordId>,
    /// How often a report is due while somebody works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_every: Option<Span>,
    /// When a report raises a flag to the one who asked for the task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalate_when: Vec<Threshold>,
    /// Whether it is done only with figures: what they were before, and what they are after.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub measured: bool,
    /// The record with which this chain began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<RecordId>,
    /// The record that it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<RecordId>,
    /// The key under which a retry of the same command finds it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<String>,
    /// Keys that this version does not know; they are kept and shown.
    #[serde(flatten)]
    #[schemars(skip)]
    pub extra: Meta,
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// Nobody works on it.
    Pending,
    /// Its assignee works on it.
    InProgress(Lock),
    /// Something keeps it from going on.
    Blocked(Blocked),
    /// It is done.
    Completed,
    /// It is not wanted any more.
    Cancelled,
}

impl Status {
    /// The words of all states.
    pub const WORDS: [&'static str; 5] = ["pending", "in_progress", "blocked", "completed", "cancelled"];

    /// The word for the state.
    pub fn word(&self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::InProgress(_) => "in_progress",
            Status::Blocked(_) => "blocked",
            Status::Completed => "completed",
            Status::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more can happen.
    pub fn is_closed(&self) -> bool {
        matches!(self, Status::Completed | Status::Cancelled)
    }
}

/// A report of what is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Who.
    pub by: Handle,
    /// When.
    pub at: Timestamp,
    /// What it says.
    pub details: ProgressedDetails,
    /// Its text.
    pub note: String,
}

/// A task as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What its head says.
    pub head: TaskHead,
    /// Its texts, amendments included, in the order of [`SECTIONS`]; empty where there is none.
    pub texts: [String; 4],
    /// Who is to do it now.
    pub assignee: Option<Handle>,
    /// All who had it, or began it without having seen that somebody else had.
    pub hands: Vec<Handle>,
    /// Where it stands.
    pub status: Status,
    /// How strongly it matters, amendments included.
    pub priority: Level,
    /// When it is due, amendments included.
    pub deadline: Option<Timestamp>,
    /// What must be done before it, amendments included.
    pub depends: Vec<RecordId>,
    /// How much is done, in percent.
    pub percent: u8,
    /// When work on it was last heard of; `None` while nobody works on it.
    pub heard: Option<Timestamp>,
    /// The reports, in their order.
    pub reports: Vec<Report>,
    /// What was reported at the end.
    pub outcome: Option<CompletedDetails>,
    /// The event that closed it.
    pub closed_by: Option<EventName>,
}

impl Task {
    /// Folds the task out of its record.
    pub fn fold(record: &Record) -> Result<Folded<Task>, Vec<Fault>> {
        fold::<Tasks>(record)
    }

    /// Who works on it.
    pub fn holder(&self) -> Option<&Handle> {
        self.lock().map(|lock| &lock.by)
    }

    /// The lock, while somebody works on it.
    pub fn lock(&self) -> Option<&Lock> {
        match &self.status {
            Status::InProgress(lock) => Some(lock),
            _ => None,
        }
    }

    fn lock_outlives(&self, ends: Option<&Nonce>) -> bool {
        self.lock().is_some_and(|lock| lock.outlives(ends))
    }

    /// A text, amendments included; empty where there is none.
    pub fn text(&self, section: &str) -> &str {
        SECTIONS.iter().position(|title| *title == section).map_or("", |at| &self.texts[at])
    }

    fn is_assigned_to(&self, handle: &Handle) -> bool {
        self.assignee.as_ref() == Some(handle)
    }

    /// Whether `by` may speak for it: the assignee, who asked for it, a lead.
    fn is_party(&self, by: &Handle, standing: &dyn Standing) -> bool {
        self.is_assigned_to(by) || *by == self.head.from || standing.is_lead(by)
    }

    /// Refuses an end without figures where they were asked for.
    fn refuse_unmeasured(&self, details: &CompletedDetails) -> Option<Refusal> {
        let has_figures = details.metrics.values().any(|measured| measured.before.is_some());
        (self.head.measured && !has_figures)
            .then(|| Refusal::forbidden("the task closes with what it changed: a figure before and after"))
    }

    fn stop(&mut self, status: Status) {
        self.status = status;
        self.heard = None;
    }

    fn close(&mut self, event: &Event, status: Status) -> Effect {
        self.stop(status);
        self.closed_by = Some(event.name.clone());
        Effect::Applied
    }

    fn start(&mut self, event: &Event, details: LockedDetails) -> Effect {
        let by = &event.front.by;
        // Whoever began without having seen that somebody else had may still say that it is done.
        self.hands.push(by.clone());
        let is_free = self.assignee.is_none() || self.is_assigned_to(by);
        let is_open = match &self.status {
            Status::Pending => true,
            Status::InProgress(lock) => !lock.keeps_out(by, event.front.at),
            _ => false,
        };
        if !(is_free && is_open) {
            return Effect::Superseded;
        }
        self.assignee = Some(by.clone());
        self.status = Status::InProgress(Lock::taken(by, details));
        self.heard = Some(event.front.at);
        Effect::Applied
    }

    fn extend(&mut self, until: Timestamp) {
        if let Status::InProgress(lock) = &mut self.status {
            lock.until = lock.until.max(until);
        }
    }

    fn report(&mut self, event: &Event, details: ProgressedDetails) -> Effect {
        if let Some(until) = details.lease_until {
            self.extend(until);
        }
        self.percent = details.percent;
        self.heard = self.heard.max(Some(event.front.at));
        self.reports.push(Report {
            by: event.front.by.clone(),
            at: event.front.at,
            details,
            note: event.note().to_owned(),
        });
        Effect::Applied
    }

    fn amend(&mut self, event: &Event, details: AmendedDetails) -> Effect {
        for (title, text) in SECTIONS.iter().zip(&mut self.texts) {
            if let Some(new) = event.body.section(title) {
                *text = new.to_owned();
            }
        }
        self.priority = details.priority.unwrap_or(self.priority);
        self.deadline = details.deadline.or(self.deadline);
        if let Some(depends) = details.depends {
            self.depends = depends;
        }
        Effect::Applied
    }
}

/// The tasks, as a kind of record.
pub struct Tasks;

impl Machine for Tasks {
    type State = Task;

    fn begin(document: &Document) -> Result<Task, Vec<Fault>> {
        let head: TaskHead = document.front().map_err(|fault| vec![fault])?;
        Ok(Task {
            texts: SECTIONS.map(|title| document.section(title).unwrap_or_default().to_owned()),
            assignee: head.to.clone(),
            hands: head.to.iter().cloned().collect(),
            status: Status::Pending,
            priority: head.priority,
            deadline: head.deadline,
            depends: head.depends.clone(),
            percent: 0,
            heard: None,
            reports: Vec::new(),
            outcome: None,
            closed_by: None,
            head,
        })
    }

    fn apply(task: &mut Task, event: &Event) -> Effect {
        let Ok(step) = Step::read(event) else { return Effect::Superseded };
        if task.status.is_closed() {
            return Effect::Superseded;
        }
        let by = &event.front.by;
        let holds = task.holder() == Some(by);
        match step {
            Step::Started(details) => task.start(event, details),
            Step::Renewed(details) if holds => {
                task.extend(details.lease_until);
                Effect::Applied
            }
            Step::Progressed(details) if holds => task.report(event, details),
            Step::Blocked(details) if !task.lock_outlives(details.ends.as_ref()) => {
                task.stop(Status::Blocked(Blocked {
                    by: by.clone(),
                    since: event.front.at,
                    reason: event.note().to_owned(),
                    on: details.on,
                }));
                Effect::Applied
            }
            Step::Unblocked if matches!(task.status, Status::Blocked(_)) => {
                task.stop(Status::Pending);
                Effect::Applied
            }
            // Of concurrent steps the one that closes wins: whoever had it may close it.
            Step::Completed(details) if task.hands.contains(by) => {
                task.percent = 100;
                task.outcome = Some(*details);
                task.close(event, Status::Completed)
            }
            Step::Cancelled => task.close(event, Status::Cancelled),
            Step::Reassigned(details) => {
                task.hands.push(details.to.clone());
                task.assignee = Some(details.to);
                task.stop(Status::Pending);
                Effect::Applied
            }
            Step::Amended(details) => task.amend(event, details),
            _ => Effect::Superseded,
        }
    }

    fn refuse(task: &Task, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
        let step = match Step::read(event) {
            Ok(step) => step,
            Err(fault) => return Some(Refusal::forbidden(fault.message)),
        };
        let by = &event.front.by;
        if task.status.is_closed() {
            return Some(Refusal::held(format!("the task is already {}", task.status.word())));
        }
        match step {
            Step::Started(_) => refuse_start(task, event),
            Step::Renewed(_) | Step::Progressed(_) => match task.holder() {
                Some(holder) if holder == by => None,
                Some(holder) => Some(Refusal::held(format!("{holder} works on the task"))),
                None => Some(not_started(task)),
            },
            Step::Completed(details) if task.is_assigned_to(by) => task.refuse_unmeasured(&details),
            Step::Completed(_) => Some(not_assignee(task, by)),
            Step::Blocked(_) if matches!(task.status, Status::Blocked(_)) => {
                Some(Refusal { cause: Cause::Held, ..not_started(task) })
            }
            Step::Unblocked if !matches!(task.status, Status::Blocked(_)) => {
                Some(Refusal::forbidden("the task is not blocked"))
            }
            Step::Blocked(details) if task.lock_outlives(details.ends.as_ref()) => {
                Some(Refusal::forbidden(ENDS_ANOTHER))
            }
            Step::Blocked(_) | Step::Unblocked if task.is_party(by, standing) => None,
            Step::Blocked(_) | Step::Unblocked => Some(not_assignee(task, by)),
            Step::Cancelled if *by == task.head.from || standing.is_lead(by) => None,
            Step::Cancelled => Some(only_sender(task, by, "or a lead cancels")),
            Step::Reassigned(details) if task.is_assigned_to(&details.to) => {
                Some(Refusal::forbidden(format!("the task is already assigned to {}", details.to)))
            }
            Step::Reassigned(_) => {
                let is_heir = task.assignee.as_ref().is_some_and(|assignee| standing.heir(assignee) == *by);
                (!is_heir && !task.is_party(by, standing)).then(|| not_assignee(task, by))
            }
            Step::Amended(_) if *by == task.head.from => None,
            Step::Amended(_) => Some(only_sender(task, by, "amends")),
        }
    }

    fn never(begun: &Task, event: &Event, standing: &dyn Standing) -> Option<Refusal> {
        match Step::read(event) {
            Err(fault) => Some(Refusal::forbidden(fault.message)),
            // Who may do these does not depend on what happened before.
            Ok(Step::Cancelled | Step::Amended(_)) => Self::refuse(begun, event, standing),
            Ok(_) => None,
        }
    }
}

/// Why what only happens to a task that is worked on can't happen.
fn not_started(task: &Task) -> Refusal {
    match &task.status {
        Status::Blocked(blocked) => {
            Refusal::forbidden(format!("the task is blocked by {}: {}", blocked.by, blocked.reason))
        }
        _ => Refusal::forbidden("nobody works on the task: it is not started"),
    }
}

fn refuse_start(task: &Task, event: &Event) -> Option<Refusal> {
    let by = &event.front.by;
    if task.assignee.is_some() && !task.is_assigned_to(by) {
        return Some(not_assignee(task, by));
    }
    match &task.status {
        Status::InProgress(lock) if lock.keeps_out(by, event.front.at) => {
            Some(Refusal::held(format!("{} works on the task until {}", lock.by, lock.until)))
        }
        Status::Blocked(_) => Some(not_started(task)),
        _ => None,
    }
}

fn not_assignee(task: &Task, by: &Handle) -> Refusal {
    Refusal::not_yours(match &task.assignee {
        Some(assignee) => format!("the task is assigned to {assignee}, not to {by}"),
        None => format!("the task is assigned to nobody, so not to {by}"),
    })
}

fn only_sender(task: &Task, by: &Handle, does: &str) -> Refusal {
    Refusal::not_yours(format!("only {}, who asked for it, {does} a task, not {by}", task.head.from))
}
