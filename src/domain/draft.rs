//! New heads and events, before they are written.

use serde::Serialize;
use serde_json::Value;

use super::document::{Document, Meta, Section};
use super::event::EventFront;
use super::handle::Handle;
use super::id::EventName;
use super::record::Record;
use super::time::Timestamp;

/// Something that is about to happen to a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What: `locked`.
    pub what: &'static str,
    /// Who does it.
    pub by: Handle,
    /// When.
    pub at: Timestamp,
    /// What this kind of step needs.
    pub details: Meta,
    /// The text of the event.
    pub note: String,
    /// Its sections.
    pub sections: Vec<Section>,
    /// An event that it must come after, though it may not be here yet, with its `seq`.
    pub beyond: Option<(u32, EventName)>,
}

impl Step {
    /// A step with nothing but a text.
    pub fn new(what: &'static str, by: &Handle, at: Timestamp, note: impl Into<String>) -> Self {
        Step {
            what,
            by: by.clone(),
            at,
            details: Meta::new(),
            note: note.into(),
            sections: Vec::new(),
            beyond: None,
        }
    }

    /// The same with details.
    pub fn with(self, details: &impl Serialize) -> Self {
        Step { details: front_matter(details), ..self }
    }

    /// The event that this step makes of `record`: its name and its document. `bits` are random.
    pub fn event(&self, record: &Record, bits: u64) -> (EventName, Document) {
        let name = EventName::new(self.at, self.what, bits);
        let (mut seq, mut after) = (record.next_seq(), record.newest());
        if let Some((least, event)) = self.beyond.as_ref().filter(|(_, event)| !record.has(event)) {
            seq = seq.max(least.saturating_add(1));
            after.push(event.clone());
        }
        let front = EventFront {
            record: record.id(),
            event: self.what.to_owned(),
            by: self.by.clone(),
            at: self.at,
            seq,
            after,
        };
        let mut meta = front_matter(&front);
        meta.extend(self.details.clone());
        (name, Document { meta, text: self.note.clone(), sections: self.sections.clone() })
    }
}

/// The keys of a front matter, in the order in which `value` declares them.
pub fn front_matter(value: &impl Serialize) -> Meta {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map,
        _ => Meta::new(),
    }
}
