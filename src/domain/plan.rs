//! Planned work: what lists need to know of a task beside what all records have.

use serde::{Deserialize, Serialize};

use super::handle::Handle;
use super::id::RecordId;
use super::time::{Span, Timestamp};

/// When it is due, what it waits for, and when something was last heard of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The system that it is about.
    pub system: Option<String>,
    /// When it is due.
    pub deadline: Option<Timestamp>,
    /// What must be done before it.
    pub depends: Vec<RecordId>,
    /// The specialist for whom it waits while it is nobody's.
    pub specialist: Option<Handle>,
    /// How often a report is due while somebody works on it.
    pub report_every: Option<Span>,
    /// When work on it was last heard of; `None` while nobody works on it.
    pub heard: Option<Timestamp>,
    /// How much is done, in percent.
    pub percent: u8,
    /// What keeps it from going on.
    pub blocked: Option<Blocked>,
}

/// What keeps a task from going on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// Who said so.
    pub by: Handle,
    /// Since when.
    pub since: Timestamp,
    /// In words.
    pub reason: String,
    /// The record that must be done first, where it is one.
    pub on: Option<RecordId>,
}

impl Plan {
    /// For how long nothing was heard at `now`, when that is longer than agreed.
    pub fn silence(&self, now: Timestamp) -> Option<Span> {
        let silence = now.since(self.heard?);
        (silence > self.report_every?).then_some(silence)
    }

    /// For how long it is overdue at `now`.
    pub fn overdue(&self, now: Timestamp) -> Option<Span> {
        self.deadline.filter(|deadline| *deadline < now).map(|deadline| now.since(deadline))
    }
}
