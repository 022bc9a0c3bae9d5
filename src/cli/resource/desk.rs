//! The open reservations, as they are seen.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::claim::resource_name;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Kind;
use crate::domain::record::Record;
use crate::domain::resource::queue::Queue;
use crate::domain::resource::{Reservation, Resources};
use crate::domain::time::Timestamp;
use crate::store::work_tree::Scan;

/// The open reservations of one resource.
pub struct Desk {
    /// All records in sight.
    pub scan: Scan,
    /// The name that tells the resource from others.
    pub name: String,
    records: Vec<Record>,
    /// The reservations, in the order of the records.
    pub reservations: Vec<Reservation>,
}

impl Desk {
    /// The reservations of the resource called `name`, in any writing.
    pub fn open(context: &Context, name: &str) -> Result<Self, Failure> {
        let name = resource_name(name);
        if name.is_empty() {
            return Err(Failure::usage("the name of the resource is empty")
                .why("it is how people find it")
                .hint("perfteam resource list"));
        }
        let scan = context.scan()?;
        let mut desk = Desk { records: Vec::new(), reservations: Vec::new(), name, scan };
        for (record, reservation) in open_reservations(context, &desk.scan)? {
            if resource_name(&reservation.head.resource) == desk.name {
                desk.records.push(record);
                desk.reservations.push(reservation);
            }
        }
        Ok(desk)
    }

    /// The open reservation of `handle`, with its record.
    pub fn of(&self, handle: &Handle) -> Option<(&Record, &Reservation)> {
        self.records.iter().zip(&self.reservations).find(|(_, reservation)| reservation.head.from == *handle)
    }

    /// Adds a reservation that is about to be written.
    pub fn add(&mut self, record: Record, reservation: Reservation) {
        self.records.push(record);
        self.reservations.push(reservation);
    }

    /// Takes a reservation out that is about to be withdrawn.
    pub fn remove(&mut self, id: &RecordId) {
        self.records.retain(|record| record.id() != *id);
        self.reservations.retain(|reservation| reservation.head.id != *id);
    }

    /// The reservations, where `changed` stands as it does there.
    pub fn with(&self, changed: Reservation) -> Vec<Reservation> {
        let others = self.reservations.iter().filter(|other| other.head.id != changed.head.id);
        others.cloned().chain([changed.clone()]).collect()
    }

    /// The record of a reservation.
    pub fn record(&self, reservation: &Reservation) -> Option<&Record> {
        self.records.iter().find(|record| record.id() == reservation.head.id)
    }

    /// Who has it and who waits.
    pub fn queue(&self, now: Timestamp) -> Queue<'_> {
        Queue::new(&self.reservations, now)
    }
}

/// All open reservations in sight, with their records.
pub fn open_reservations(context: &Context, scan: &Scan) -> Result<Vec<(Record, Reservation)>, Failure> {
    let open = scan.snapshot.open.iter().filter(|brief| brief.kind_name() == Resources.name());
    let mut found = Vec::new();
    for brief in open {
        let record = context.record(&brief.dir)?;
        if let Ok(folded) = Reservation::fold(&record) {
            found.push((record, folded.state));
        }
    }
    Ok(found)
}

/// A reservation, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReservationV1 {
    /// The id of the record.
    pub id: String,
    /// Who reserved it.
    pub from: String,
    /// `exclusive` or `shared`.
    pub mode: &'static str,
    /// The impact on the business.
    pub impact: String,
    /// `held` or `waiting`.
    pub state: &'static str,
    /// Since when it is held or waited for.
    pub since: String,
    /// Until when it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// When it can be expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Why it was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
}

impl ReservationV1 {
    /// How `reservation` stands in `queue`.
    pub fn new(reservation: &Reservation, queue: &Queue<'_>) -> Self {
        let head = &reservation.head;
        let lock = reservation.lock();
        ReservationV1 {
            id: head.id.to_string(),
            from: head.from.to_string(),
            mode: head.mode.word(),
            impact: head.impact.to_string(),
            state: reservation.status.word(),
            since: reservation.granted_at.unwrap_or(head.at).to_string(),
            until: lock.map(|lock| lock.until.to_string()),
            expected: queue.expected(&head.id).map(|at| at.to_string()),
            decision: reservation.decision.clone(),
        }
    }
}

/// Who made these reservations.
pub fn names(reservations: &[&Reservation]) -> String {
    reservations.iter().map(|other| other.head.from.to_string()).collect::<Vec<_>>().join(", ")
}
