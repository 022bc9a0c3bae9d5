//! The kinds of records, in one list, and what the engine asks of each.

use schemars::Schema;
use serde::{Deserialize, Serialize};

use super::claim::Nonce;
use super::diagnostic::{Fault, Spot};
use super::document::Document;
use super::event::Event;
use super::handle::Handle;
use super::id::{EventName, RecordId};
use super::level::Level;
use super::record::{Legality, Record, RecordDir, Standing};
use super::time::Timestamp;

/// Every kind of record. A new kind is its own file and one line here.
pub static KINDS: &[&dyn Kind] = &[&super::flag::Flags];

/// What the engine, the rules and the lists ask of a kind of record.
pub trait Kind: Sync {
    /// The word for one of them: `flag`. Its head is the file `flag.md`.
    fn name(&self) -> &'static str;

    /// The folder that holds them: `flags`.
    fn folder(&self) -> &'static str;

    /// The name of the head's file.
    fn head_file(&self) -> &'static str;

    /// What is wrong with a head, key by key.
    fn head_faults(&self, head: &Document) -> Vec<Fault>;

    /// What is wrong with an event beyond the keys that all events have.
    fn event_faults(&self, event: &Event) -> Vec<Fault>;

    /// What lists and gates need to know of a record; `None` when its head can't be read.
    fn brief(&self, record: &Record) -> Option<Brief>;

    /// Whether `event` was legal, by what its writer saw.
    fn judge(&self, record: &Record, event: &Event, standing: &dyn Standing) -> Legality;

    /// Events without effect, because an earlier one had already decided.
    fn superseded(&self, record: &Record) -> Vec<EventName>;

    /// The texts of a head that must say something, with how many meaningful characters each needs.
    fn head_texts<'a>(&self, head: &'a Document) -> Vec<RequiredText<'a>>;

    /// The same for an event.
    fn event_texts<'a>(&self, event: &'a Event) -> Vec<RequiredText<'a>>;

    /// The handles that a head names.
    fn head_handles(&self, head: &Document) -> Vec<(Spot, Handle)>;

    /// The handles that an event names.
    fn event_handles(&self, event: &Event) -> Vec<(Spot, Handle)>;

    /// The paths that a head says it is about.
    fn related_files(&self, head: &Document) -> Vec<(Spot, String)>;

    /// The JSON Schemas of the front matters, each with its name: `flag`, `flag-completed`, ...
    fn schemas(&self) -> Vec<(String, Schema)>;
}

/// A text that must say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredText<'a> {
    /// Where it stands.
    pub spot: Spot,
    /// What it is called: `change`.
    pub name: &'static str,
    /// The text.
    pub text: &'a str,
    /// How many meaningful characters it needs.
    pub least: usize,
}

/// What lists, gates and the inbox need to know of a record, whatever its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// Where it lies.
    pub dir: RecordDir,
    /// Its id.
    pub id: RecordId,
    /// Its title.
    pub title: String,
    /// The kind within the kind: a flag's `type`.
    pub class: String,
    /// How strongly it matters.
    pub impact: Level,
    /// Who raised it.
    pub from: Handle,
    /// For whom it waits, or waited last.
    pub to: Handle,
    /// The word for its state: `pending`.
    pub status: String,
    /// Whether nothing more can happen to it.
    pub closed: bool,
    /// Who holds it, while somebody does.
    pub lock: Option<Lock>,
    /// When it was raised.
    pub at: Timestamp,
    /// The record with which its chain began.
    pub origin: RecordId,
    /// The record that it answers or serves.
    pub parent: Option<RecordId>,
    /// The key under which a retry finds it again.
    pub once: Option<String>,
}

/// Who holds a record and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The holder.
    pub by: Handle,
    /// When the lease ends.
    pub until: Timestamp,
    /// The record whose answer the holder awaits; the lease does not end while it is open.
    pub awaiting: Option<RecordId>,
    /// The claim under which it was locked.
    pub claim: Option<Nonce>,
}
