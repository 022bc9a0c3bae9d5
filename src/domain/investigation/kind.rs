//! What lists, rules and the gate need to know of an investigation.

use schemars::{Schema, schema_for};

use super::{
    AmendedDetails, ClosedDetails, DelegatedDetails, IMPACT, IMPACT_LEAST, Investigation, InvestigationHead,
    Investigations, Phase, PlannedDetails, Step, ValidatedDetails, WaivedDetails,
};
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Document;
use crate::domain::event::{Event, EventFront, WholeEvent};
use crate::domain::handle::Handle;
use crate::domain::id::EventName;
use crate::domain::kind::{Brief, Kind, RequiredText, Verbs};
use crate::domain::past::Pasts;
use crate::domain::record::{Legality, Record, Standing, judge};
use crate::domain::redaction::Fields;

impl Kind for Investigations {
    fn name(&self) -> &'static str {
        "investigation"
    }

    fn folder(&self) -> &'static str {
        "investigations"
    }

    fn head_file(&self) -> &'static str {
        "investigation.md"
    }

    fn verbs(&self) -> Verbs {
        Verbs { create: "open", take: None, pass_on: None }
    }

    fn command(&self) -> &'static str {
        "investigate"
    }

    fn keeps_documents(&self) -> bool {
        true
    }

    fn head_faults(&self, head: &Document) -> Vec<Fault> {
        let mut faults: Vec<Fault> = head.front::<InvestigationHead>().err().into_iter().collect();
        if head.section(IMPACT).is_none() {
            faults.push(Fault::new(Spot::Start, format!("the section `## {IMPACT}` is missing")));
        }
        faults
    }

    fn event_faults(&self, event: &Event) -> Vec<Fault> {
        Step::read(event).err().into_iter().collect()
    }

    fn brief(&self, record: &Record) -> Option<Brief> {
        let investigation = Investigation::fold(record).ok()?.state;
        let head = investigation.head;
        Some(Brief {
            dir: record.dir.clone(),
            id: record.id(),
            title: head.title,
            class: head.systems.join(", "),
            impact: head.priority,
            from: head.from.clone(),
            to: Some(head.from),
            status: investigation.phase.word().to_owned(),
            closed: investigation.phase.is_closed(),
            dropped: investigation.phase == Phase::Withdrawn,
            lock: None,
            at: head.at,
            origin: head.chain.unwrap_or_else(|| record.id()),
            parent: head.parent,
            once: head.once,
            plan: None,
            discovery: None,
        })
    }

    fn judge_by(&self, record: &Record, pasts: &Pasts, event: &Event, standing: &dyn Standing) -> Legality {
        judge::<Investigations>(record, pasts, event, standing)
    }

    fn superseded(&self, record: &Record) -> Vec<EventName> {
        Investigation::fold(record).map(|folded| folded.superseded).unwrap_or_default()
    }

    fn head_texts<'a>(&self, head: &'a Document) -> Vec<RequiredText<'a>> {
        head.section(IMPACT).map(required_impact).into_iter().collect()
    }

    fn event_texts<'a>(&self, event: &'a Event) -> Vec<RequiredText<'a>> {
        let note = |name| vec![RequiredText { spot: Spot::Start, name, text: event.note(), least: 1 }];
        match Step::read(event) {
            Ok(Step::Waived(_) | Step::Withdrawn) => note("reason"),
            Ok(Step::Closed(_)) => note("outcome"),
            Ok(Step::Amended(_)) => event.body.section(IMPACT).map(required_impact).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn texts(&self, record: &Record) -> Vec<(&'static str, String)> {
        let text = record.head.as_ref().and_then(|head| head.section(IMPACT));
        text.map(|text| (IMPACT, text.to_owned())).into_iter().collect()
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
                "from",
                "priority",
                "at",
                "success",
                "due",
                "chain",
                "parent",
                "once",
                "tasks",
                "part",
                "later",
                "window",
                "passed",
                "measured",
                "knowledge",
            ],
            words: &["title", "trigger", "systems"],
            sections: &[IMPACT],
        }
    }

    fn schemas(&self) -> Vec<(String, Schema)> {
        vec![
            ("investigation".into(), schema_for!(InvestigationHead)),
            ("investigation-event".into(), schema_for!(EventFront)),
            ("investigation-delegated".into(), schema_for!(WholeEvent<DelegatedDetails>)),
            ("investigation-waived".into(), schema_for!(WholeEvent<WaivedDetails>)),
            ("investigation-planned".into(), schema_for!(WholeEvent<PlannedDetails>)),
            ("investigation-validated".into(), schema_for!(WholeEvent<ValidatedDetails>)),
            ("investigation-amended".into(), schema_for!(WholeEvent<AmendedDetails>)),
            ("investigation-closed".into(), schema_for!(WholeEvent<ClosedDetails>)),
        ]
    }
}

fn required_impact(text: &str) -> RequiredText<'_> {
    RequiredText { spot: Spot::Section(IMPACT.into()), name: "impact", text, least: IMPACT_LEAST }
}
