//! What lists and rules need to know of a reservation.

use schemars::{Schema, schema_for};

use super::{GrantedDetails, Mode, OfferedDetails, Reservation, ReservationHead, Resources, Status, Step};
use crate::domain::claim::Subject;
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Document;
use crate::domain::event::{Event, EventFront, WholeEvent};
use crate::domain::handle::Handle;
use crate::domain::id::EventName;
use crate::domain::kind::{Brief, Kind, RequiredText, Verbs};
use crate::domain::lease::RenewedDetails;
use crate::domain::past::Pasts;
use crate::domain::record::{Legality, Record, Standing, judge};
use crate::domain::redaction::Fields;

impl Kind for Resources {
    fn name(&self) -> &'static str {
        "resource"
    }

    fn folder(&self) -> &'static str {
        "resources"
    }

    fn head_file(&self) -> &'static str {
        "resource.md"
    }

    fn verbs(&self) -> Verbs {
        Verbs { create: "reserve", take: None, pass_on: None }
    }

    /// Reservations are shown by resource, side by side.
    fn look(&self, _: &str) -> String {
        "perfteam resource list".to_owned()
    }

    fn subject(&self, record: &Record) -> Subject {
        match record.head.as_ref().and_then(|head| head.front::<ReservationHead>().ok()) {
            Some(head) if head.mode == Mode::Exclusive => Subject::resource(&head.resource),
            Some(head) => Subject::share(&head.resource, &head.id),
            None => Subject::record(&record.dir),
        }
    }

    fn head_faults(&self, head: &Document) -> Vec<Fault> {
        head.front::<ReservationHead>().err().into_iter().collect()
    }

    fn event_faults(&self, event: &Event) -> Vec<Fault> {
        Step::read(event).err().into_iter().collect()
    }

    fn brief(&self, record: &Record) -> Option<Brief> {
        let reservation = Reservation::fold(record).ok()?.state;
        Some(Brief {
            dir: record.dir.clone(),
            id: record.id(),
            status: reservation.status.word().to_owned(),
            closed: reservation.status.is_closed(),
            dropped: reservation.status == Status::Withdrawn,
            to: None,
            lock: reservation.lock().cloned(),
            title: reservation.head.title,
            class: reservation.head.mode.word().to_owned(),
            impact: reservation.head.impact,
            from: reservation.head.from,
            at: reservation.head.at,
            origin: record.id(),
            parent: None,
            once: None,
            plan: None,
            discovery: None,
        })
    }

    fn judge_by(&self, record: &Record, pasts: &Pasts, event: &Event, standing: &dyn Standing) -> Legality {
        judge::<Resources>(record, pasts, event, standing)
    }

    fn superseded(&self, record: &Record) -> Vec<EventName> {
        Reservation::fold(record).map(|folded| folded.superseded).unwrap_or_default()
    }

    fn head_texts<'a>(&self, _: &'a Document) -> Vec<RequiredText<'a>> {
        Vec::new()
    }

    fn event_texts<'a>(&self, event: &'a Event) -> Vec<RequiredText<'a>> {
        match Step::read(event) {
            Ok(Step::Withdrawn) => {
                vec![RequiredText { spot: Spot::Start, name: "reason", text: event.note(), least: 1 }]
            }
            _ => Vec::new(),
        }
    }

    fn head_handles(&self, head: &Document) -> Vec<(Spot, Handle)> {
        let from = head.meta.get("from").and_then(|from| from.as_str()?.parse().ok());
        from.map(|from| (Spot::Key("from".into()), from)).into_iter().collect()
    }

    fn event_handles(&self, event: &Event) -> Vec<(Spot, Handle)> {
        vec![(Spot::Key("by".into()), event.front.by.clone())]
    }

    fn related_files(&self, _: &Document) -> Vec<(Spot, String)> {
        Vec::new()
    }

    fn fields(&self) -> Fields {
        Fields {
            state: &[
                "id",
                "resource",
                "from",
                "at",
                "mode",
                "impact",
                "sla",
                "customers",
                "for",
                "lease_until",
                "awaiting",
                "claim",
                "took_over",
                "until",
            ],
            words: &["title", "decision"],
            sections: &[],
        }
    }

    fn schemas(&self) -> Vec<(String, Schema)> {
        vec![
            ("resource".into(), schema_for!(ReservationHead)),
            ("resource-event".into(), schema_for!(EventFront)),
            ("resource-granted".into(), schema_for!(WholeEvent<GrantedDetails>)),
            ("resource-renewed".into(), schema_for!(WholeEvent<RenewedDetails>)),
            ("resource-offered".into(), schema_for!(WholeEvent<OfferedDetails>)),
        ]
    }
}
