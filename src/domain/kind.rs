//! The kinds of records, in one list, and what the engine asks of each.

use schemars::Schema;
use serde::{Deserialize, Serialize};

use super::claim::Subject;
use super::diagnostic::{Fault, Spot};
use super::discovery::Discovery;
use super::document::Document;
use super::event::Event;
use super::handle::Handle;
use super::id::{EventName, RecordId, is_archive};
use super::lease::Lock;
use super::level::Level;
use super::past::Pasts;
use super::plan::Plan;
use super::record::{Legality, Record, RecordDir, Standing};
use super::redaction::Fields;
use super::time::Timestamp;

/// Every kind of record. A new kind is its own file and one line here.
pub static KINDS: &[&dyn Kind] = &[
    &super::flag::Flags,
    &super::task::Tasks,
    &super::finding::Findings,
    &super::resource::Resources,
    &super::investigation::Investigations,
];

/// What the engine, the rules and the lists ask of a kind of record.
pub trait Kind: Sync {
    /// The word for one of them: `flag`. Its head is the file `flag.md`.
    fn name(&self) -> &'static str;

    /// The folder that holds them: `flags`.
    fn folder(&self) -> &'static str;

    /// The name of the head's file.
    fn head_file(&self) -> &'static str;

    /// The verbs of its commands that others must name.
    fn verbs(&self) -> Verbs;

    /// The word of its commands: `perfteam investigate`.
    fn command(&self) -> &'static str {
        self.name()
    }

    /// The command that shows the record with this short id, and what happened to it.
    fn look(&self, id: &str) -> String {
        format!("perfteam {} show {id}", self.command())
    }

    /// Whether people keep documents of their own in the folders of such records.
    fn keeps_documents(&self) -> bool {
        false
    }

    /// Whether the file `name` is such a document: neither the head nor an event, and not meant to be one.
    fn is_document(&self, name: &str) -> bool {
        let begins_like_an_event = name.starts_with(|c: char| c.is_ascii_digit());
        self.keeps_documents()
            && name != self.head_file()
            && !begins_like_an_event
            && !is_archive(name)
            && !name.starts_with('.')
    }

    /// Whether one that waits holds back its addressee's commits.
    fn holds_back(&self) -> bool {
        false
    }

    /// What its holder claims: the record itself, unless several records ask for one thing.
    fn subject(&self, record: &Record) -> Subject {
        Subject::record(&record.dir)
    }

    /// What is wrong with a head, key by key.
    fn head_faults(&self, head: &Document) -> Vec<Fault>;

    /// What is wrong with an event beyond the keys that all events have.
    fn event_faults(&self, event: &Event) -> Vec<Fault>;

    /// What lists and gates need to know of a record; `None` when its head can't be read.
    fn brief(&self, record: &Record) -> Option<Brief>;

    /// Whether `event` was legal, by what its writer saw.
    fn judge(&self, record: &Record, event: &Event, standing: &dyn Standing) -> Legality {
        self.judge_by(record, &record.pasts(), event, standing)
    }

    /// The same, where many events of the record are judged: by the pasts of all of them.
    fn judge_by(&self, record: &Record, pasts: &Pasts, event: &Event, standing: &dyn Standing) -> Legality;

    /// Events without effect, because an earlier one had already decided.
    fn superseded(&self, record: &Record) -> Vec<EventName>;

    /// The texts of a head that must say something, with how many meaningful characters each needs.
    fn head_texts<'a>(&self, head: &'a Document) -> Vec<RequiredText<'a>>;

    /// The same for an event.
    fn event_texts<'a>(&self, event: &'a Event) -> Vec<RequiredText<'a>>;

    /// The texts that say what it is about and what it asks for, each with its title, as they stand
    /// now.
    fn texts(&self, _: &Record) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The handles that a head names.
    fn head_handles(&self, head: &Document) -> Vec<(Spot, Handle)>;

    /// The handles that an event names.
    fn event_handles(&self, event: &Event) -> Vec<(Spot, Handle)>;

    /// The paths that a head says it is about.
    fn related_files(&self, head: &Document) -> Vec<(Spot, String)>;

    /// What a redaction leaves of its files.
    fn fields(&self) -> Fields;

    /// The JSON Schemas of the front matters, each with its name: `flag`, `flag-completed`, ...
    fn schemas(&self) -> Vec<(String, Schema)>;
}

/// The verbs of a kind's commands that others than its own commands must name: `flag lock`,
/// `task start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verbs {
    /// Makes a new one.
    pub create: &'static str,
    /// Begins to work on it, where somebody has to; with `--renew` the lease lasts longer.
    pub take: Option<&'static str>,
    /// Gives it to somebody else, where somebody has it; takes `--to`.
    pub pass_on: Option<&'static str>,
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
    /// For whom it waits, or waited last; nobody's yet where there is none.
    pub to: Option<Handle>,
    /// The word for its state: `pending`.
    pub status: String,
    /// Whether nothing more can happen to it.
    pub closed: bool,
    /// Whether it was closed without being done: declined, cancelled, taken back.
    pub dropped: bool,
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
    /// What planned work needs beside.
    pub plan: Option<Box<Plan>>,
    /// What a finding needs beside.
    pub discovery: Option<Box<Discovery>>,
}

impl Brief {
    /// Whether it waits for `handle`, or waited for it last.
    pub fn is_for(&self, handle: &Handle) -> bool {
        self.to.as_ref() == Some(handle)
    }

    /// Whether it waits for one of `handles`.
    pub fn is_for_any(&self, handles: &[Handle]) -> bool {
        self.to.as_ref().is_some_and(|to| handles.contains(to))
    }

    /// Since when two views of it are left, which only a lead decides.
    pub fn disputed_since(&self) -> Option<Timestamp> {
        self.discovery.as_ref()?.disputed_since
    }

    /// For whom it waits, as a word.
    pub fn to_word(&self) -> String {
        self.to.as_ref().map_or_else(|| "nobody yet".to_owned(), Handle::to_string)
    }

    /// What it is about, in words: its title, its system or component.
    pub fn about(&self) -> String {
        let system = self.plan.as_ref().and_then(|plan| plan.system.as_deref());
        let component = self.discovery.as_ref().map(|discovery| discovery.component.as_str());
        [Some(self.title.as_str()), system, component].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The kind of record, as a word: `flag`.
    pub fn kind_name(&self) -> &'static str {
        self.dir.kind().name()
    }
}
