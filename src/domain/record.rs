//! The engine: a record is a head and a set of events; its state is a pure fold over them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::diagnostic::Fault;
use super::document::Document;
use super::event::Event;
use super::handle::{Handle, is_device_name, is_slug};
use super::id::{EventName, ID_LENGTH, RecordId};
use super::kind::{KINDS, Kind};
use super::past::Pasts;

/// Where a record lies, relative to `.perfteam`: `flags/2026-11-20/pool-exhausted-7k2m9qxa3d`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordDir(String);

impl RecordDir {
    /// The folder of a new record.
    pub fn new(kind: &dyn Kind, day: &str, slug: &str, id: &RecordId) -> Self {
        RecordDir(format!("{}/{day}/{slug}-{id}", kind.folder()))
    }

    /// The folder `name` of `day`, which was read as that of a record before.
    pub fn of_day(day: &str, name: &str) -> Self {
        RecordDir([day, "/", name].concat())
    }

    /// Reads `KIND/DAY/SLUG-ID`; `None` when the text has another shape.
    pub fn parse(path: &str) -> Option<Self> {
        let mut parts = path.split('/');
        let (folder, day, name) = (parts.next()?, parts.next()?, parts.next()?);
        let fits = parts.next().is_none()
            && KINDS.iter().any(|kind| kind.folder() == folder)
            && is_day(day)
            && split_name(name).is_some();
        fits.then(|| RecordDir(path.to_owned()))
    }

    /// The folder of its day, relative to `.perfteam`: `flags/2026-11-20`.
    pub fn day(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(day, _)| day)
    }

    /// Reads a path as people copy it: with `.perfteam/` and what stands before it, with a slash at
    /// the end, or with the name of a file of the record.
    pub fn named_by_path(text: &str) -> Option<Self> {
        let inside = text.rsplit_once(".perfteam/").map_or(text, |(_, inside)| inside);
        let folder = inside.trim_end_matches('/');
        let of_file = || folder.rsplit_once('/').filter(|(_, name)| name.ends_with(".md"));
        Self::parse(folder).or_else(|| of_file().and_then(|(folder, _)| Self::parse(folder)))
    }

    /// The path relative to `.perfteam`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path from the top of the work tree.
    pub fn path(&self) -> String {
        format!(".perfteam/{}", self.0)
    }

    /// A Markdown link from a file of another record that leads here on a forge, too. To the folder: its
    /// files become one when the record is archived.
    pub fn link(&self, text: &str) -> String {
        format!("[{text}](../../../{}/)", self.0)
    }

    /// The id of the record.
    pub fn id(&self) -> RecordId {
        self.id_text().parse().unwrap_or_else(|_| RecordId::from_bits(0))
    }

    /// The id of the record, as the name of its folder has it.
    pub fn id_text(&self) -> &str {
        self.0.len().checked_sub(ID_LENGTH).and_then(|at| self.0.get(at..)).unwrap_or_default()
    }

    /// The kind of the record.
    pub fn kind(&self) -> &'static dyn Kind {
        let folder = self.0.split('/').next().unwrap_or_default();
        KINDS.iter().copied().find(|kind| kind.folder() == folder).unwrap_or(KINDS[0])
    }

    /// The path of the head from the top of the work tree.
    pub fn head_path(&self) -> String {
        format!("{}/{}", self.path(), self.kind().head_file())
    }

    /// The path of an event from the top of the work tree.
    pub fn event_path(&self, name: &EventName) -> String {
        format!("{}/{}", self.path(), name.file())
    }
}

/// Whether `text` has the form `2026-11-20`.
pub fn is_day(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() })
}

/// The slug and the id of the name of a record's folder.
fn split_name(name: &str) -> Option<(&str, RecordId)> {
    let (slug, id) = name.rsplit_once('-')?;
    (is_slug(slug) && slug.len() <= 60 && !is_device_name(slug)).then_some(())?;
    Some((slug, id.parse().ok()?))
}

impl fmt::Display for RecordDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RecordDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A record with everything that its folder holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Where it lies.
    pub dir: RecordDir,
    /// Its head; `None` when there is none that can be read.
    pub head: Option<Document>,
    /// Its own events, in their order.
    pub events: Vec<Event>,
    /// Events of other records that lie in the folder; each is one of the faults, too.
    pub strays: Vec<Event>,
    /// Files in the folder that can't be read or do not belong there, with what is wrong.
    pub faults: Vec<(String, Fault)>,
    /// The files in the folder that hold several of its files each.
    pub archives: Vec<String>,
}

impl Record {
    /// Puts a record together: events are ordered, those of other records are set aside as faults.
    pub fn new(
        dir: RecordDir,
        head: Option<Document>,
        events: impl IntoIterator<Item = Event>,
        mut faults: Vec<(String, Fault)>,
    ) -> Self {
        let id = dir.id();
        let (mut own, strays): (Vec<_>, Vec<_>) =
            events.into_iter().partition(|event| event.front.record == id);
        own.sort_by(|a, b| a.order().cmp(&b.order()));
        own.dedup_by(|a, b| a.name == b.name);
        faults.extend(strays.iter().map(|event| (event.name.file(), stray(event))));
        Record { dir, head, events: own, strays, faults, archives: Vec::new() }
    }

    /// The id of the record.
    pub fn id(&self) -> RecordId {
        self.dir.id()
    }

    /// One more than the highest `seq` in the record: what the next event carries.
    pub fn next_seq(&self) -> u32 {
        self.events.iter().map(|event| event.front.seq).max().unwrap_or(0).saturating_add(1)
    }

    /// The newest events: those that no other event came after. What the next event carries.
    pub fn newest(&self) -> Vec<EventName> {
        let seen: BTreeSet<&EventName> = self.events.iter().flat_map(|event| &event.front.after).collect();
        self.events.iter().map(|event| &event.name).filter(|name| !seen.contains(name)).cloned().collect()
    }

    /// Whether the event called `name` is here.
    pub fn has(&self, name: &EventName) -> bool {
        self.events.iter().any(|event| event.name == *name)
    }

    /// What the writers of its events saw.
    pub fn pasts(&self) -> Pasts {
        Pasts::of(&self.events)
    }
}

fn stray(event: &Event) -> Fault {
    Fault::new(
        super::diagnostic::Spot::Key("record".into()),
        format!("this event belongs to record {}, not to this folder; it is not applied", event.front.record),
    )
}

/// The state machine of one kind of record: explicit, in one place.
pub trait Machine {
    /// What the fold yields.
    type State;

    /// The state that the head alone gives.
    fn begin(head: &Document) -> Result<Self::State, Vec<Fault>>;

    /// Applies one event. Total: an event that contradicts an earlier one changes nothing.
    fn apply(state: &mut Self::State, event: &Event) -> Effect;

    /// Why the step `event` is not legal in `state`; `None` when it is.
    fn refuse(state: &Self::State, event: &Event, standing: &dyn Standing) -> Option<Refusal>;

    /// Why no past at all makes the step `event` legal, `begun` being what the head alone gives.
    /// Asked where what its writer saw is not here, so that naming an absent past opens no door.
    fn never(begun: &Self::State, event: &Event, standing: &dyn Standing) -> Option<Refusal>;
}

/// Who stands where in the team: what legality asks of policy and roster.
pub trait Standing {
    /// Whether `handle` leads.
    fn is_lead(&self, handle: &Handle) -> bool;

    /// Who answers for `handle` now: itself, or its successor.
    fn heir(&self, handle: &Handle) -> Handle;
}

/// What an event did to the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changed the state.
    Applied,
    /// An event that comes before it in the order had already decided; it stays visible.
    Superseded,
}

/// Why a step is not legal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, as a sentence without its full stop.
    pub message: String,
    /// What kind of refusal it is.
    pub cause: Cause,
}

/// Why a step is refused, as far as it tells who can do what now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nobody can take this step as things stand.
    Forbidden,
    /// Others can take it.
    NotYours,
    /// Somebody else holds the record, or decided it.
    Held,
}

impl Refusal {
    /// A step that the protocol forbids.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Refusal { message: message.into(), cause: Cause::Forbidden }
    }

    /// A step that is not for this agent to take.
    pub fn not_yours(message: impl Into<String>) -> Self {
        Refusal { message: message.into(), cause: Cause::NotYours }
    }

    /// A step that came too late: somebody else holds the record or decided it.
    pub fn held(message: impl Into<String>) -> Self {
        Refusal { message: message.into(), cause: Cause::Held }
    }
}

/// The state after all events, and the events that lost against earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded<S> {
    /// The state.
    pub state: S,
    /// Events without effect, in their order.
    pub superseded: Vec<EventName>,
}

/// Folds a record: the same for any order of arrival, any duplication, any partition.
pub fn fold<M: Machine>(record: &Record) -> Result<Folded<M::State>, Vec<Fault>> {
    fold_events::<M>(record.head.as_ref(), record.events.iter())
}

fn fold_events<'a, M: Machine>(
    head: Option<&Document>,
    events: impl Iterator<Item = &'a Event>,
) -> Result<Folded<M::State>, Vec<Fault>> {
    let mut state = M::begin(head.ok_or_else(Vec::new)?)?;
    let mut superseded = Vec::new();
    for event in events {
        if M::apply(&mut state, event) == Effect::Superseded {
            superseded.push(event.name.clone());
        }
    }
    Ok(Folded { state, superseded })
}

/// Whether a step was legal, judged by what its writer saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Legality {
    /// It was.
    Legal,
    /// It was not.
    Illegal(Refusal),
    /// Some of what the writer saw is not here, so that nothing can be said.
    Unknown,
}

/// Judges `event`, which lies in `record`, by its causal past alone, of `pasts`, the record's.
pub fn judge<M: Machine>(record: &Record, pasts: &Pasts, event: &Event, standing: &dyn Standing) -> Legality {
    let past = pasts.before(event);
    if !past.complete {
        let begun = record.head.as_ref().and_then(|head| M::begin(head).ok());
        let refusal = begun.and_then(|begun| M::never(&begun, event, standing));
        return refusal.map_or(Legality::Unknown, Legality::Illegal);
    }
    let seen = || record.events.iter().enumerate().filter(|(at, _)| past.has(*at)).map(|(_, event)| event);
    let expected = seen().map(|event| event.front.seq).max().unwrap_or(0).saturating_add(1);
    if event.front.seq != expected {
        return Legality::Illegal(Refusal::forbidden(format!(
            "`seq` is {}, but what its writer saw makes it {expected}",
            event.front.seq
        )));
    }
    match fold_events::<M>(record.head.as_ref(), seen()) {
        Err(_) => Legality::Unknown,
        Ok(before) => match M::refuse(&before.state, event, standing) {
            Some(refusal) => Legality::Illegal(refusal),
            None => Legality::Legal,
        },
    }
}
