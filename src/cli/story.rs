//! The story of a record, whatever its kind: its events, its keys, its texts.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::context::print_line;
use crate::domain::document::Meta;
use crate::domain::event::Event;
use crate::domain::id::EventName;
use crate::domain::record::{Record, RecordDir};
use crate::domain::redaction::{self, Redaction};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::{shown_line, shown_text};

/// An event, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventV1 {
    file: String,
    event: String,
    by: String,
    at: String,
    seq: u32,
    after: Vec<String>,
    details: Meta,
    note: String,
    superseded: bool,
}

/// The events of a record; `superseded` are those without effect.
pub fn events(record: &Record, superseded: &[EventName]) -> Vec<EventV1> {
    let event = |event: &Event| EventV1 {
        file: record.dir.event_path(&event.name),
        event: event.front.event.clone(),
        by: event.front.by.to_string(),
        at: event.front.at.to_string(),
        seq: event.front.seq,
        after: event.front.after.iter().map(ToString::to_string).collect(),
        details: event.details.clone(),
        note: event.note().to_owned(),
        superseded: superseded.contains(&event.name),
    };
    record.events.iter().map(event).collect()
}

/// Prints a heading.
pub fn print_heading(text: &str) {
    let bold = anstyle::Style::new().bold();
    let (breaks, text) = text.split_at(text.len() - text.trim_start_matches('\n').len());
    print_line(&format!("{breaks}{bold}{}{bold:#}", shown_line(text)));
}

/// Prints a fact with its label.
pub fn line(label: &str, text: &str) {
    print_line(&format!("{label:<10}{}", shown_line(text)));
}

/// Prints where a record was seen that is not here, or not whole, and how to get it.
pub fn print_place(snapshot: &Snapshot, dir: &RecordDir) {
    if let Some(origin) = snapshot.elsewhere.get(dir) {
        line("seen", &origin.to_string());
        origin.get().iter().for_each(|get| line("get it", get));
    }
}

/// Prints keys of any form, each with the label; a redaction in words.
pub fn print_keys(label: &str, keys: &Meta) {
    if let Some(redaction) = Redaction::read(keys) {
        line("redacted", &redaction_words(&redaction));
    }
    for (key, value) in plain(keys) {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        print_line(&format!("{label:<10}{}: {}", shown_line(key), shown_line(&value)));
    }
}

/// The keys without a redaction that can be told in words.
fn plain(keys: &Meta) -> impl Iterator<Item = (&String, &Value)> {
    let is_told = Redaction::read(keys).is_some();
    keys.iter().filter(move |(key, _)| !is_told || *key != redaction::KEY)
}

/// Who took words away, when and why.
pub fn redaction_words(redaction: &Redaction) -> String {
    format!("by {} at {}: {}", redaction.by, redaction.at, redaction.reason)
}

/// Prints a text below its heading, when there is one.
pub fn print_text(title: &str, text: &str) {
    if !text.is_empty() {
        print_heading(&format!("\n{title}"));
        print_line(&shown_text(text));
    }
}

/// Prints the events of a record; `superseded` are those without effect.
pub fn print_events(record: &Record, superseded: &[EventName]) {
    if !record.events.is_empty() {
        print_heading("\nEvents");
        record.events.iter().for_each(|event| print_event(event, superseded.contains(&event.name)));
    }
}

fn print_event(event: &Event, superseded: bool) {
    let without_effect = if superseded { "  (without effect: an earlier event had decided)" } else { "" };
    print_line(&format!(
        "{}  {} by {}{without_effect}",
        event.front.at,
        shown_line(&event.front.event),
        event.front.by
    ));
    if let Some(redaction) = Redaction::read(&event.details) {
        print_line(&format!("    redacted {}", shown_line(&redaction_words(&redaction))));
    }
    for (key, value) in plain(&event.details) {
        print_line(&format!(
            "    {}: {}",
            shown_line(key),
            shown_line(value.as_str().unwrap_or(&value.to_string()))
        ));
    }
    for text in
        [event.note()].into_iter().chain(event.body.sections.iter().map(|section| section.text.as_str()))
    {
        shown_text(text).lines().for_each(|line| print_line(&format!("    {line}")));
    }
}
