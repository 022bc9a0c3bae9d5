//! One thing that happened to a record: one immutable file in its folder.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diagnostic::{Fault, Spot};
use super::document::{Document, Meta, fault_at_key};
use super::handle::Handle;
use super::id::{EventName, RecordId};
use super::time::Timestamp;

/// An event, read from its file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The name of its file without `.md`.
    pub name: EventName,
    /// The keys that every event has.
    pub front: EventFront,
    /// The rest of the front matter: what this kind of step needs.
    pub details: Meta,
    /// The text and sections below the front matter.
    pub body: Document,
}

/// The keys that the front matter of every event has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventFront {
    /// The id of the record that it happened to.
    pub record: RecordId,
    /// What happened: `locked`, `completed`, ...
    pub event: String,
    /// Who did it.
    pub by: Handle,
    /// When, by the writer's clock.
    pub at: Timestamp,
    /// One more than the highest `seq` that the writer saw; the head counts as 0.
    pub seq: u32,
    /// The names of the newest events that the writer saw.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<EventName>,
}

/// The whole front matter of an event that has details; for its schema.
#[derive(JsonSchema)]
pub struct WholeEvent<D> {
    /// The keys that every event has.
    #[serde(flatten)]
    pub front: EventFront,
    /// What this kind of step needs.
    #[serde(flatten)]
    pub details: D,
}

/// The keys of [`EventFront`].
pub const FRONT_KEYS: [&str; 6] = ["record", "event", "by", "at", "seq", "after"];

impl Event {
    /// Reads an event from its file.
    pub fn from_document(name: EventName, document: Document) -> Result<Self, Fault> {
        let front: EventFront = document.front()?;
        if front.event != name.what() {
            return Err(Fault::new(
                Spot::Key("event".into()),
                format!("the event is `{}`, but the file's name says `{}`", front.event, name.what()),
            ));
        }
        if front.seq == 0 {
            return Err(Fault::new(
                Spot::Key("seq".into()),
                "`seq` is 0, which only the head has: expected 1 or more",
            ));
        }
        let details = document.unknown_keys(&FRONT_KEYS);
        Ok(Event { name, front, details, body: Document { meta: Meta::new(), ..document } })
    }

    /// The free text of the event.
    pub fn note(&self) -> &str {
        &self.body.text
    }

    /// The total order of events: it respects what each writer saw, whatever the clocks say.
    pub fn order(&self) -> (u32, Timestamp, &EventName) {
        (self.front.seq, self.front.at, &self.name)
    }

    /// The details as `T`, or what is wrong with them.
    pub fn details<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Fault> {
        serde_path_to_error::deserialize(&MetaDeserializer(&self.details))
            .map_err(|error| fault_at_key(&error))
    }
}

/// Lends the details to serde without copying them.
struct MetaDeserializer<'a>(&'a Meta);

impl<'de> serde::Deserializer<'de> for &MetaDeserializer<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        serde::Deserializer::deserialize_any(self.0, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
