//! What lists, rules and the gate need to know of a task.

use schemars::{Schema, schema_for};

use super::{
    AmendedDetails, BlockedDetails, CompletedDetails, ProgressedDetails, ReassignedDetails, SECTIONS, Status,
    Step, Task, TaskHead, Tasks,
};
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Document;
use crate::domain::event::{Event, EventFront, WholeEvent};
use crate::domain::handle::Handle;
use crate::domain::id::EventName;
use crate::domain::kind::{Brief, Kind, RequiredText, Verbs};
use crate::domain::lease::{LockedDetails, RenewedDetails};
use crate::domain::past::Pasts;
use crate::domain::path;
use crate::domain::plan::Plan;
use crate::domain::record::{Legality, Record, Standing, judge};
use crate::domain::redaction::Fields;

impl Kind for Tasks {
    fn name(&self) -> &'static str {
        "task"
    }

    fn folder(&self) -> &'static str {
        "tasks"
    }

    fn head_file(&self) -> &'static str {
        "task.md"
    }

    fn verbs(&self) -> Verbs {
        Verbs { create: "create", take: Some("start"), pass_on: Some("reassign") }
    }

    fn head_faults(&self, head: &Document) -> Vec<Fault> {
        let front = match head.front::<TaskHead>() {
            Ok(front) => front,
            Err(fault) => return vec![fault],
        };
        let mut faults = Vec::new();
        if let Some(directory) = front.directory
            && let Some(fault) = path::fault_of(&directory)
        {
            let message = format!("`{directory}` {fault}: expected a folder such as monitoring/logs");
            faults.push(Fault::new(Spot::Key("directory".into()), message));
        }
        if front.depends.contains(&front.id) {
            faults.push(Fault::new(Spot::Key("depends".into()), "the task depends on itself"));
        }
        faults
    }

    fn event_faults(&self, event: &Event) -> Vec<Fault> {
        Step::read(event).err().into_iter().collect()
    }

    fn brief(&self, record: &Record) -> Option<Brief> {
        let task = Task::fold(record).ok()?.state;
        let (status, closed) = (task.status.word().to_owned(), task.status.is_closed());
        let dropped = task.status == Status::Cancelled;
        let (lock, blocked) = match task.status {
            Status::InProgress(lock) => (Some(lock), None),
            Status::Blocked(blocked) => (None, Some(blocked)),
            _ => (None, None),
        };
        let plan = Plan {
            system: task.head.system,
            deadline: task.deadline,
            depends: task.depends,
            specialist: task.head.waiting_for.filter(|_| task.assignee.is_none()),
            report_every: task.head.report_every,
            heard: task.heard,
            percent: task.percent,
            blocked,
        };
        Some(Brief {
            dir: record.dir.clone(),
            id: record.id(),
            title: task.head.title,
            class: task.head.class,
            impact: task.priority,
            from: task.head.from,
            to: task.assignee,
            status,
            closed,
            dropped,
            lock,
            at: task.head.at,
            origin: task.head.chain.unwrap_or_else(|| record.id()),
            parent: task.head.parent,
            once: task.head.once,
            plan: Some(Box::new(plan)),
            discovery: None,
        })
    }

    fn judge_by(&self, record: &Record, pasts: &Pasts, event: &Event, standing: &dyn Standing) -> Legality {
        judge::<Tasks>(record, pasts, event, standing)
    }

    fn superseded(&self, record: &Record) -> Vec<EventName> {
        Task::fold(record).map(|folded| folded.superseded).unwrap_or_default()
    }

    fn head_texts<'a>(&self, head: &'a Document) -> Vec<RequiredText<'a>> {
        let title = head.meta.get("title").and_then(|title| title.as_str()).unwrap_or_default();
        vec![RequiredText { spot: Spot::Key("title".into()), name: "title", text: title, least: 3 }]
    }

    fn event_texts<'a>(&self, event: &'a Event) -> Vec<RequiredText<'a>> {
        let name = match Step::read(event) {
            Ok(Step::Blocked(_) | Step::Cancelled) => "reason",
            Ok(Step::Completed(_)) => "note",
            _ => return Vec::new(),
        };
        vec![RequiredText { spot: Spot::Start, name, text: event.note(), least: 1 }]
    }

    fn texts(&self, record: &Record) -> Vec<(&'static str, String)> {
        let Ok(folded) = Task::fold(record) else { return Vec::new() };
        SECTIONS.into_iter().zip(folded.state.texts).filter(|(_, text)| !text.is_empty()).collect()
    }

    fn head_handles(&self, head: &Document) -> Vec<(Spot, Handle)> {
        ["from", "to", "waiting_for"]
            .into_iter()
            .filter_map(|key| Some((Spot::Key(key.into()), head.meta.get(key)?.as_str()?.parse().ok()?)))
            .collect()
    }

    fn event_handles(&self, event: &Event) -> Vec<(Spot, Handle)> {
        let mut handles = vec![(Spot::Key("by".into()), event.front.by.clone())];
        if let Ok(Step::Reassigned(details)) = Step::read(event) {
            handles.push((Spot::Key("to".into()), details.to));
        }
        handles
    }

    fn related_files(&self, _: &Document) -> Vec<(Spot, String)> {
        Vec::new()
    }

    fn fields(&self) -> Fields {
        Fields {
            state: &[
                "id",
                "type",
                "from",
                "to",
                "waiting_for",
                "priority",
                "at",
                "deadline",
                "depends",
                "report_every",
                "escalate_when",
                "measured",
                "chain",
                "parent",
                "once",
                "lease_until",
                "awaiting",
                "claim",
                "took_over",
                "ends",
                "percent",
                "results",
                "escalated",
                "flag",
                "on",
                "metrics",
                "alerts",
            ],
            words: &[
                "title",
                "system",
                "directory",
                "tools",
                "phase",
                "issues",
                "next",
                "health",
                "period",
                "recommendations",
            ],
            sections: &SECTIONS,
        }
    }

    fn schemas(&self) -> Vec<(String, Schema)> {
        vec![
            ("task".into(), schema_for!(TaskHead)),
            ("task-event".into(), schema_for!(EventFront)),
            ("task-started".into(), schema_for!(WholeEvent<LockedDetails>)),
            ("task-renewed".into(), schema_for!(WholeEvent<RenewedDetails>)),
            ("task-progressed".into(), schema_for!(WholeEvent<ProgressedDetails>)),
            ("task-blocked".into(), schema_for!(WholeEvent<BlockedDetails>)),
            ("task-completed".into(), schema_for!(WholeEvent<CompletedDetails>)),
            ("task-reassigned".into(), schema_for!(WholeEvent<ReassignedDetails>)),
            ("task-amended".into(), schema_for!(WholeEvent<AmendedDetails>)),
        ]
    }
}
