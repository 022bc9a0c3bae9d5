//! What lists, rules and the gate need to know of a flag.

use schemars::{Schema, schema_for};

use super::{
    ACTION, ACTION_LEAST, CHANGE, CHANGE_LEAST, EXAMPLE, Flag, FlagHead, Flags, HandedOnDetails,
    INFORMATION_REQUEST, QUESTION_LEAST, Status, Step,
};
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Document;
use crate::domain::event::{Event, EventFront, WholeEvent};
use crate::domain::handle::Handle;
use crate::domain::id::EventName;
use crate::domain::kind::{Brief, Kind, RequiredText, Verbs};
use crate::domain::lease::{LockedDetails, RenewedDetails, UnlockedDetails};
use crate::domain::past::Pasts;
use crate::domain::path;
use crate::domain::record::{Legality, Record, Standing, judge};
use crate::domain::redaction::Fields;

impl Kind for Flags {
    fn name(&self) -> &'static str {
        "flag"
    }

    fn folder(&self) -> &'static str {
        "flags"
    }

    fn head_file(&self) -> &'static str {
        "flag.md"
    }

    fn verbs(&self) -> Verbs {
        Verbs { create: "create", take: Some("lock"), pass_on: Some("handoff") }
    }

    fn holds_back(&self) -> bool {
        true
    }

    fn head_faults(&self, head: &Document) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Err(fault) = head.front::<FlagHead>() {
            faults.push(fault);
        }
        for title in [CHANGE, ACTION] {
            if head.section(title).is_none() {
                faults.push(Fault::new(Spot::Start, format!("the section `## {title}` is missing")));
            }
        }
        for (spot, path) in self.related_files(head) {
            if let Some(fault) = path::fault_of(&path) {
                faults
                    .push(Fault::new(spot, format!("`{path}` {fault}: expected a path such as src/pool.rs")));
            }
        }
        faults
    }

    fn event_faults(&self, event: &Event) -> Vec<Fault> {
        Step::read(event).err().into_iter().collect()
    }

    fn brief(&self, record: &Record) -> Option<Brief> {
        let flag = Flag::fold(record).ok()?.state;
        Some(Brief {
            dir: record.dir.clone(),
            id: record.id(),
            status: flag.status.word().to_owned(),
            closed: flag.status.is_closed(),
            dropped: matches!(flag.status, Status::Declined | Status::Withdrawn),
            to: Some(flag.addressee),
            lock: match flag.status {
                Status::Locked(lock) => Some(lock),
                _ => None,
            },
            title: flag.head.title,
            class: flag.head.class,
            impact: flag.head.impact,
            from: flag.head.from,
            at: flag.head.at,
            origin: flag.head.chain.unwrap_or_else(|| record.id()),
            parent: flag.head.parent,
            once: flag.head.once,
            plan: None,
            discovery: None,
        })
    }

    fn judge_by(&self, record: &Record, pasts: &Pasts, event: &Event, standing: &dyn Standing) -> Legality {
        judge::<Flags>(record, pasts, event, standing)
    }

    fn superseded(&self, record: &Record) -> Vec<EventName> {
        Flag::fold(record).map(|folded| folded.superseded).unwrap_or_default()
    }

    fn head_texts<'a>(&self, head: &'a Document) -> Vec<RequiredText<'a>> {
        let is_request = head.meta.get("type").and_then(|class| class.as_str()) == Some(INFORMATION_REQUEST);
        let action_least = if is_request { QUESTION_LEAST } else { ACTION_LEAST };
        required_sections(head, action_least)
    }

    fn event_texts<'a>(&self, event: &'a Event) -> Vec<RequiredText<'a>> {
        match Step::read(event) {
            // What an amendment replaces is judged by the shorter rule: whether the flag is a
            // request stands in the head alone.
            Ok(Step::Amended) => required_sections(&event.body, QUESTION_LEAST),
            Ok(Step::Declined | Step::Withdrawn) => {
                vec![RequiredText { spot: Spot::Start, name: "reason", text: event.note(), least: 1 }]
            }
            Ok(Step::Replied) => {
                vec![RequiredText { spot: Spot::Start, name: "answer", text: event.note(), least: 1 }]
            }
            _ => Vec::new(),
        }
    }

    fn texts(&self, record: &Record) -> Vec<(&'static str, String)> {
        let Ok(folded) = Flag::fold(record) else { return Vec::new() };
        vec![(CHANGE, folded.state.change), (ACTION, folded.state.action)]
    }

    fn head_handles(&self, head: &Document) -> Vec<(Spot, Handle)> {
        ["from", "to"]
            .into_iter()
            .filter_map(|key| Some((Spot::Key(key.into()), head.meta.get(key)?.as_str()?.parse().ok()?)))
            .collect()
    }

    fn event_handles(&self, event: &Event) -> Vec<(Spot, Handle)> {
        let mut handles = vec![(Spot::Key("by".into()), event.front.by.clone())];
        if let Ok(Step::HandedOn(details)) = Step::read(event) {
            handles.push((Spot::Key("to".into()), details.to));
        }
        handles
    }

    fn related_files(&self, head: &Document) -> Vec<(Spot, String)> {
        let Ok(head) = head.front::<FlagHead>() else { return Vec::new() };
        let files =
            head.files.into_iter().enumerate().map(|(at, file)| (Spot::Key(format!("files[{at}]")), file));
        let location = head
            .location
            .map(|location| (Spot::Key("location".into()), path::of_location(&location).to_owned()));
        files.chain(location).collect()
    }

    fn fields(&self) -> Fields {
        Fields {
            state: &[
                "id",
                "type",
                "from",
                "to",
                "impact",
                "at",
                "files",
                "location",
                "chain",
                "parent",
                "once",
                "lease_until",
                "awaiting",
                "claim",
                "took_over",
                "ends",
            ],
            words: &["title"],
            sections: &[CHANGE, ACTION, EXAMPLE],
        }
    }

    fn schemas(&self) -> Vec<(String, Schema)> {
        vec![
            ("flag".into(), schema_for!(FlagHead)),
            ("flag-event".into(), schema_for!(EventFront)),
            ("flag-locked".into(), schema_for!(WholeEvent<LockedDetails>)),
            ("flag-renewed".into(), schema_for!(WholeEvent<RenewedDetails>)),
            ("flag-unlocked".into(), schema_for!(WholeEvent<UnlockedDetails>)),
            ("flag-handed_on".into(), schema_for!(WholeEvent<HandedOnDetails>)),
        ]
    }
}

fn required_sections(document: &Document, action_least: usize) -> Vec<RequiredText<'_>> {
    [(CHANGE, "change", CHANGE_LEAST), (ACTION, "action", action_least)]
        .into_iter()
        .filter_map(|(title, name, least)| {
            let text = document.section(title)?;
            Some(RequiredText { spot: Spot::Section(title.into()), name, text, least })
        })
        .collect()
}
