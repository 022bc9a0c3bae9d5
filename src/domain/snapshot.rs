//! All records as they stand at one source: the work tree, the git index, or a commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::claim::GRACE;
use super::diagnostic::FileFault;
use super::handle::Handle;
use super::id::{MIN_PREFIX, RecordId, number, shared_digits};
use super::kind::Brief;
use super::place::Origin;
use super::policy::Policy;
use super::record::{RecordDir, Standing};
use super::roster::Roster;
use super::time::Timestamp;

/// Policy and roster: what the team agreed on.
#[derive(Debug, Clone, Default)]
pub struct Team {
    /// The settings.
    pub policy: Policy,
    /// The agents.
    pub roster: Roster,
    /// What could not be read of the two.
    pub faults: Vec<FileFault>,
    /// Whether there is a folder `.perfteam` at this source.
    pub present: bool,
}

impl Standing for Team {
    fn is_lead(&self, handle: &Handle) -> bool {
        self.policy.is_lead(handle)
    }

    fn heir(&self, handle: &Handle) -> Handle {
        self.roster.heir(handle)
    }
}

/// The records of one source: the open ones in brief, the closed ones by name: all of the work tree, elsewhere those that an open one awaits.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The open records.
    pub open: Vec<Brief>,
    /// Where the closed ones lie.
    pub closed: Vec<RecordDir>,
    /// Closed ones that are known by their ids alone.
    pub archived: ArchivedIds,
    /// Which of them were closed without being done; known of the work tree alone.
    pub dropped: BTreeSet<RecordDir>,
    /// Where records lie whose head is missing or can't be read.
    pub broken: Vec<RecordDir>,
    /// Of which of them something is not in this work tree, and where that is.
    pub elsewhere: BTreeMap<RecordDir, Origin>,
}

/// What a prefix of an id names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Exactly this record.
    One(RecordDir),
    /// No record.
    None,
    /// Several records.
    Several(Vec<RecordDir>),
}

impl Snapshot {
    /// Where every record lies.
    pub fn dirs(&self) -> impl Iterator<Item = &RecordDir> {
        self.open.iter().map(|brief| &brief.dir).chain(&self.closed).chain(&self.broken)
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.open.len() + self.closed.len() + self.archived.len() + self.broken.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record that `prefix` names; optionally with its kind in front: `flag/7k2m`. A letter that
    /// looks like a digit, and stands in no id, is taken for that digit.
    pub fn find(&self, prefix: &str) -> Named {
        let (kind, prefix) = prefix.split_once('/').map_or((None, prefix), |(kind, rest)| (Some(kind), rest));
        let prefix = prefix.trim().to_ascii_lowercase().replace('o', "0").replace(['i', 'l'], "1");
        let found: BTreeSet<&RecordDir> = self
            .dirs()
            .filter(|dir| dir.id_text().starts_with(&prefix))
            .filter(|dir| kind.is_none_or(|kind| dir.kind().name() == kind || dir.kind().folder() == kind))
            .collect();
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (None, _) => Named::None,
            (Some(one), None) => Named::One(one.clone()),
            (Some(one), Some(two)) => Named::Several([one, two].into_iter().chain(found).cloned().collect()),
        }
    }

    /// The records whose ids begin almost as `prefix` does: one character is another, missing or too
    /// many, or two stand in each other's place.
    pub fn near(&self, prefix: &str) -> Vec<&RecordDir> {
        let prefix = prefix.rsplit('/').next().unwrap_or(prefix).trim().to_ascii_lowercase();
        let is_near = |dir: &&RecordDir| {
            let start = dir.id_text().get(..prefix.len());
            start.is_some_and(|start| strsim::damerau_levenshtein(start, &prefix) == 1)
        };
        self.dirs().filter(is_near).collect()
    }

    /// How to shorten ids so that each still names one record.
    pub fn short_ids(&self) -> ShortIds {
        let mut ids: Vec<u64> = self.dirs().map(|dir| number(dir.id_text())).collect();
        ids.sort_unstable();
        ids.dedup();
        ShortIds { ids, archived: self.archived.clone() }
    }

    /// Ids that lie in more than one folder, with the folders.
    pub fn duplicates(&self) -> Vec<(RecordId, Vec<RecordDir>)> {
        let mut by_id: BTreeMap<RecordId, Vec<RecordDir>> = BTreeMap::new();
        for dir in self.dirs() {
            by_id.entry(dir.id()).or_default().push(dir.clone());
        }
        by_id.into_iter().filter(|(_, dirs)| dirs.len() > 1).collect()
    }

    /// Whether the open record `id` is here.
    pub fn is_open(&self, id: &RecordId) -> bool {
        self.open.iter().any(|brief| brief.id == *id)
    }

    /// Whether the record `id` is here and closed.
    pub fn is_closed(&self, id: &RecordId) -> bool {
        self.archived.contains(id) || self.closed.iter().any(|dir| dir.id_text() == id.as_str())
    }

    /// How `brief` stands at `now`, when what it awaits and the end of its lease are considered.
    pub fn standing(&self, brief: &Brief, now: Timestamp) -> Waiting {
        match &brief.lock {
            _ if brief.closed => Waiting::No,
            None => Waiting::Unprocessed,
            Some(lock) => match &lock.awaiting {
                Some(request) if self.is_open(request) => Waiting::Held,
                Some(request) if self.is_closed(request) => Waiting::Released,
                // Nobody can answer a request that is not here: the lease counts.
                _ if lock.until.plus(GRACE) > now => Waiting::Held,
                _ => Waiting::Expired,
            },
        }
    }
}

/// How a record waits for its addressee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiting {
    /// Nobody has begun.
    Unprocessed,
    /// It was locked until an answer came, and the answer is here.
    Released,
    /// It was locked, and the lease has ended.
    Expired,
    /// It is being worked on.
    Held,
    /// It is closed.
    No,
}

impl Waiting {
    /// Whether it still waits: nothing holds it and nothing closed it.
    pub fn is_unprocessed(self) -> bool {
        matches!(self, Waiting::Unprocessed | Waiting::Released | Waiting::Expired)
    }
}

/// The ids of records that were put away, as sorted numbers, kept as the bytes that a cache holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchivedIds(Arc<Vec<u8>>);

/// A number among [`ArchivedIds`], little-endian.
type IdBytes = [u8; size_of::<u64>()];

impl ArchivedIds {
    /// The set of these ids.
    pub fn new(ids: impl Iterator<Item = RecordId>) -> Self {
        let mut numbers: Vec<u64> = ids.map(|id| number(id.as_str())).collect();
        numbers.sort_unstable();
        numbers.dedup();
        ArchivedIds(Arc::new(numbers.into_iter().flat_map(u64::to_le_bytes).collect()))
    }

    /// As [`ArchivedIds::as_bytes`] gave them.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        ArchivedIds(Arc::new(bytes))
    }

    /// The ids as bytes, to be kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether `id` is among them.
    pub fn contains(&self, id: &RecordId) -> bool {
        self.numbers().binary_search_by_key(&number(id.as_str()), in_order).is_ok()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.numbers().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn numbers(&self) -> &[IdBytes] {
        self.0.as_chunks().0
    }
}

fn in_order(number: &IdBytes) -> u64 {
    u64::from_le_bytes(*number)
}

/// Shortens ids to the shortest prefix that names one record.
#[derive(Debug, Clone, Default)]
pub struct ShortIds {
    /// The numbers of all ids but the archived ones, in their order.
    ids: Vec<u64>,
    archived: ArchivedIds,
}

impl ShortIds {
    /// The shortest unique prefix of `id`, at least four characters.
    pub fn short<'a>(&self, id: &'a RecordId) -> &'a str {
        let own = number(id.as_str());
        let shared = shared_with_neighbours(&self.ids, |id| *id, own);
        let shared = shared.max(shared_with_neighbours(self.archived.numbers(), in_order, own));
        &id.as_str()[..(shared + 1).clamp(MIN_PREFIX, id.as_str().len())]
    }
}

/// How many digits `own` shares at most with another of the sorted `numbers`.
fn shared_with_neighbours<N>(numbers: &[N], value: impl Fn(&N) -> u64, own: u64) -> usize {
    let at = numbers.partition_point(|other| value(other) < own);
    let after = if numbers.get(at).map(&value) == Some(own) { at + 1 } else { at };
    let neighbours = [at.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|at| numbers.get(at));
    neighbours.map(|other| shared_digits(own, value(other))).max().unwrap_or(0)
}
