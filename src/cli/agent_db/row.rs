//! A flag as the earlier tool's table had it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::document::Meta;
use crate::domain::flag::{Flag, Status};
use crate::domain::kind::Brief;
use crate::domain::record::Record;
use crate::domain::snapshot::Waiting;
use crate::domain::time::Timestamp;
use crate::store::work_tree::Scan;

/// A row of the earlier tool's table `flags`. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OldFlagV1")]
pub struct Row {
    id: String,
    chain_origin_id: Option<String>,
    flag_type: String,
    source_agent: String,
    target_agent: String,
    change_description: String,
    action_required: String,
    impact_level: String,
    /// `pending`, `completed`, or `skipped`: declined or taken back.
    status: &'static str,
    locked: bool,
    /// Who holds it, and until when: the earlier tool did not know.
    locked_by: Option<String>,
    locked_until: Option<String>,
    /// With commas between them.
    related_files: String,
    code_location: Option<String>,
    example_usage: Option<String>,
    context: Meta,
    /// UTC, to the minute, as all times here.
    created_at: String,
    completed_at: Option<String>,
    completed_by: Option<String>,
    notes: Option<String>,
    /// The whole id, and where the flag lies.
    record: String,
    path: String,
}

impl Row {
    /// The flag as it stands at `now`.
    pub fn new(flag: &Flag, brief: &Brief, record: &Record, scan: &Scan, now: Timestamp) -> Row {
        let head = &flag.head;
        let short = scan.snapshot.short_ids();
        let closing = record.events.iter().find(|event| flag.closed_by.as_ref() == Some(&event.name));
        let held = scan.snapshot.standing(brief, now) == Waiting::Held;
        let lock = brief.lock.as_ref().filter(|_| held);
        Row {
            id: short.short(&head.id).to_owned(),
            chain_origin_id: head.chain.as_ref().map(|origin| short.short(origin).to_owned()),
            flag_type: head.class.clone(),
            source_agent: head.from.to_string(),
            target_agent: flag.addressee.to_string(),
            change_description: flag.change.clone(),
            action_required: flag.action.clone(),
            impact_level: head.impact.to_string(),
            status: status(&flag.status),
            locked: held,
            locked_by: lock.map(|lock| lock.by.to_string()),
            locked_until: lock.map(|lock| lock.until.minute()),
            related_files: head.files.join(","),
            code_location: head.location.clone(),
            example_usage: flag.example.clone(),
            context: head.context.clone(),
            created_at: head.at.minute(),
            completed_at: closing.map(|event| event.front.at.minute()),
            completed_by: closing.map(|event| event.front.by.to_string()),
            notes: closing.map(|event| event.note().to_owned()).filter(|note| !note.is_empty()),
            record: head.id.to_string(),
            path: record.dir.path(),
        }
    }
}

fn status(status: &Status) -> &'static str {
    match status {
        Status::Pending | Status::Locked(_) => "pending",
        Status::Completed => "completed",
        Status::Declined | Status::Withdrawn => "skipped",
    }
}
