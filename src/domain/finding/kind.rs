//! What lists, rules and the gate need to know of a finding.

use schemars::{Schema, schema_for};

use super::{
    AmendedDetails, DecidedDetails, EVIDENCE, EVIDENCE_LEAST, EvidenceDetails, Finding, FindingHead,
    Findings, MitigatedDetails, Status, Step,
};
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::discovery::Discovery;
use crate::domain::document::Document;
use crate::domain::event::{Event, EventFront, WholeEvent};
use crate::domain::handle::Handle;
use crate::domain::id::EventName;
use crate::domain::kind::{Brief, Kind, RequiredText, Verbs};
use crate::domain::past::Pasts;
use crate::domain::path;
use crate::domain::record::{Legality, Record, Standing, judge};
use crate::domain::redaction::Fields;

impl Kind for Findings {
    fn name(&self) -> &'static str {
        "finding"
    }

    fn folder(&self) -> &'static str {
        "findings"
    }

    fn head_file(&self) -> &'static str {
        "finding.md"
    }

    fn verbs(&self) -> Verbs {
        Verbs { create: "report", take: None, pass_on: None }
    }

    fn head_faults(&self, head: &Document) -> Vec<Fault> {
        let mut faults: Vec<Fault> = head.front::<FindingHead>().err().into_iter().collect();
        if head.section(EVIDENCE).is_none() {
            faults.push(Fault::new(Spot::Start, format!("the section `## {EVIDENCE}` is missing")));
        }
        for (spot, path) in self.related_files(head) {
            if let Some(fault) = path::fault_of(&path) {
                let message = format!("`{path}` {fault}: expected a path such as src/pool.rs");
                faults.push(Fault::new(spot, message));
            }
        }
        faults
    }

    fn event_faults(&self, event: &Event) -> Vec<Fault> {
        Step::read(event).err().into_iter().collect()
    }

    fn brief(&self, record: &Record) -> Option<Brief> {
        let finding = Finding::fold(record).ok()?.state;
        let discovery = Discovery {
            component: finding.head.component.clone(),
            class: finding.head.class.clone(),
            confirmed_by: finding.confirmations.iter().map(|view| view.by.clone()).collect(),
            disputed_since: finding.disputed_since,
            spotted: finding.head.spotted(),
        };
        Some(Brief {
            dir: record.dir.clone(),
            id: record.id(),
            title: finding.head.title,
            class: finding.head.category,
            impact: finding.head.severity,
            from: finding.head.from,
            to: None,
            status: finding.status.word().to_owned(),
            closed: finding.status.is_closed(),
            dropped: finding.status == Status::Rejected,
            lock: None,
            at: finding.head.at,
            origin: finding.head.chain.unwrap_or_else(|| record.id()),
            parent: finding.head.parent,
            once: finding.head.once,
            plan: None,
            discovery: Some(Box::new(discovery)),
        })
    }

    fn judge_by(&self, record: &Record, pasts: &Pasts, event: &Event, standing: &dyn Standing) -> Legality {
        judge::<Findings>(record, pasts, event, standing)
    }

    fn superseded(&self, record: &Record) -> Vec<EventName> {
        Finding::fold(record).map(|folded| folded.superseded).unwrap_or_default()
    }

    fn head_texts<'a>(&self, head: &'a Document) -> Vec<RequiredText<'a>> {
        head.section(EVIDENCE).map(required_evidence).into_iter().collect()
    }

    fn event_texts<'a>(&self, event: &'a Event) -> Vec<RequiredText<'a>> {
        let note = |name, least| RequiredText { spot: Spot::Start, name, text: event.note(), least };
        match Step::read(event) {
            Ok(Step::Confirmed | Step::Evidence(_)) => vec![note("evidence", EVIDENCE_LEAST)],
            Ok(Step::Disputed) => vec![
                note("reason", 1),
                RequiredText {
                    spot: Spot::Section(EVIDENCE.into()),
                    name: "counter-evidence",
                    text: event.body.section(EVIDENCE).unwrap_or_default(),
                    least: EVIDENCE_LEAST,
                },
            ],
            Ok(Step::Amended(_)) => event.body.section(EVIDENCE).map(required_evidence).into_iter().collect(),
            Ok(Step::Mitigated(_)) => vec![note("action", 1)],
            Ok(Step::Rejected) => vec![note("reason", 1)],
            Ok(Step::Decided(_)) => vec![note("rationale", 1)],
            _ => Vec::new(),
        }
    }

    fn texts(&self, record: &Record) -> Vec<(&'static str, String)> {
        let text = record.head.as_ref().and_then(|head| head.section(EVIDENCE));
        text.map(|text| (EVIDENCE, text.to_owned())).into_iter().collect()
    }

    fn head_handles(&self, head: &Document) -> Vec<(Spot, Handle)> {
        let from = head.meta.get("from").and_then(|from| from.as_str()?.parse().ok());
        from.map(|from| (Spot::Key("from".into()), from)).into_iter().collect()
    }

    fn event_handles(&self, event: &Event) -> Vec<(Spot, Handle)> {
        vec![(Spot::Key("by".into()), event.front.by.clone())]
    }

    fn related_files(&self, head: &Document) -> Vec<(Spot, String)> {
        let location = head.meta.get("location").and_then(|location| location.as_str());
        let path = |location: &str| (Spot::Key("location".into()), path::of_location(location).to_owned());
        location.map(path).into_iter().collect()
    }

    fn fields(&self) -> Fields {
        Fields {
            state: &[
                "id",
                "category",
                "type",
                "from",
                "severity",
                "at",
                "location",
                "first_detected",
                "metrics",
                "chain",
                "parent",
                "once",
                "stage",
                "result",
                "verdict",
                "knowledge",
                "task",
            ],
            words: &["title", "component", "impact", "frequency", "trend", "outcome"],
            sections: &[EVIDENCE],
        }
    }

    fn schemas(&self) -> Vec<(String, Schema)> {
        vec![
            ("finding".into(), schema_for!(FindingHead)),
            ("finding-event".into(), schema_for!(EventFront)),
            ("finding-evidence".into(), schema_for!(WholeEvent<EvidenceDetails>)),
            ("finding-mitigated".into(), schema_for!(WholeEvent<MitigatedDetails>)),
            ("finding-amended".into(), schema_for!(WholeEvent<AmendedDetails>)),
            ("finding-decided".into(), schema_for!(WholeEvent<DecidedDetails>)),
        ]
    }
}

fn required_evidence(text: &str) -> RequiredText<'_> {
    RequiredText { spot: Spot::Section(EVIDENCE.into()), name: "evidence", text, least: EVIDENCE_LEAST }
}
