//! The snapshot of the work tree, fast: what the file system proves unchanged is not read again.
//!
//! A closed record needs no look until its folder's listing changes; an open one until a file in
//! it does. An archived record is looked at when its day changes, in the work tree or in HEAD: it is
//! published and closed, so nothing else can open it again. The ledger is a cache: deletable at any
//! time, never trusted beyond what `stat` proves.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use gix::ObjectId;
use serde::{Deserialize, Serialize};

use super::assemble::read_record;
use super::cache;
use super::committed;
use super::error::StoreError;
use super::repo::{FOLDER, Repo};
use super::source::{EntryKind, Source, WorkTree, is_missing, list_tree};
use super::team::is_folder;
use crate::domain::diagnostic::{Fault, FileFault, Spot};
use crate::domain::kind::{Brief, KINDS};
use crate::domain::record::{Record, RecordDir, is_day};
use crate::domain::snapshot::Snapshot;

/// The records of the work tree, and what is wrong with their files.
#[derive(Debug, Default)]
pub struct Scan {
    /// The records.
    pub snapshot: Snapshot,
    /// Files that can't be read as what they should be.
    pub faults: Vec<FileFault>,
}

/// Times younger than this may still hide a change within the clock's resolution.
const RACY: Duration = Duration::from_secs(2);

#[derive(Serialize, Deserialize, Default)]
struct Ledger<'a> {
    #[serde(borrow)]
    days: Vec<Day<'a>>,
}

#[derive(Serialize, Deserialize, Clone)]
struct Day<'a> {
    /// Relative to `.perfteam`: `flags/2026-11-20`.
    path: &'a str,
    folder: Option<Stat>,
    /// Its tree in HEAD when the archived records in it were looked at.
    tree: Option<&'a [u8]>,
    #[serde(borrow)]
    archived: Vec<Archived<'a>>,
    #[serde(borrow)]
    records: Vec<Known<'a>>,
}

/// An archived record.
#[derive(Serialize, Deserialize, Clone, Copy)]
struct Archived<'a> {
    name: &'a str,
    end: End,
}

/// How a closed record ended.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Dropped,
}

#[derive(Serialize, Deserialize, Clone)]
struct Known<'a> {
    name: &'a str,
    folder: Option<Stat>,
    #[serde(borrow)]
    state: State<'a>,
}

#[derive(Serialize, Deserialize, Clone)]
enum State<'a> {
    Closed(End),
    Open {
        #[serde(borrow)]
        files: Vec<(&'a str, Option<Stat>)>,
        brief: Box<Brief>,
    },
    /// Nothing is known that would save a look.
    Unread,
}

/// What the file system says of a file or folder; it changes when the content or listing does.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Hash)]
struct Stat {
    modified: u64,
    changed: u64,
    inode: u64,
    size: u64,
}

/// Scans the records of the work tree.
pub fn scan(repo: &Repo) -> Result<Scan, StoreError> {
    scan_at(repo, repo.top())
}

/// Scans the records of the work tree at `top`, which is one of this repository's.
pub(super) fn scan_at(repo: &Repo, top: &Path) -> Result<Scan, StoreError> {
    scan_older_than(repo, top, RACY)
}

fn ledger_file(repo: &Repo, top: &Path) -> PathBuf {
    cache::file(repo, &format!("work-tree-{}", cache::key(top)))
}

/// Scans the records, and believes no time that is younger than `racy`.
fn scan_older_than(repo: &Repo, top: &Path, racy: Duration) -> Result<Scan, StoreError> {
    let file = ledger_file(repo, top);
    let bytes = cache::load(&file).unwrap_or_default();
    let ledger: Ledger<'_> = cache::decode(&bytes).unwrap_or_default();
    let mut scanner = Scanner::new(WorkTree::new(top.to_owned()), racy);
    let days = scanner.days()?;
    // Before anything is looked at: what changes from now on must not be believed seen.
    let knows_archived = ledger.days.iter().any(|day| !day.archived.is_empty());
    if knows_archived && top == repo.top() {
        scanner.head = Some(day_trees(repo)?);
    }
    let mut looked = scanner.look_at_all(&days, &ledger)?;
    scanner.faults.extend(looked.iter_mut().flat_map(|day| std::mem::take(&mut day.faults)));
    let read_some = scanner.read_unread(&mut looked)?;
    let listed_some = looked.iter().any(|day| day.listed);
    if read_some || listed_some || looked.len() != ledger.days.len() {
        cache::store(&file, &borrowed(&looked));
    }
    Ok(scanner.finish(looked))
}

/// A number that stays the same as long as the record's folder and its files in the work tree at
/// `top` do; `None` while a change could still hide.
pub(super) fn unchanged(top: &Path, dir: &RecordDir) -> Option<u64> {
    let scanner = Scanner::new(WorkTree::new(top.to_owned()), RACY);
    let folder = top.join(dir.path());
    let mut hasher = DefaultHasher::new();
    scanner.stat(&folder)?.hash(&mut hasher);
    for entry in scanner.source.list(&dir.path()).ok()? {
        entry.name.hash(&mut hasher);
        scanner.stat(&folder.join(&entry.name))?.hash(&mut hasher);
    }
    Some(hasher.finish())
}

/// A day as the scan finds it; names are those of the ledger where it knows them.
#[derive(Default)]
struct LookedDay<'a> {
    path: &'a str,
    folder: Option<Stat>,
    tree: Option<Vec<u8>>,
    archived: Vec<Archived<'a>>,
    /// Whether the ledger did not know what lies in it.
    listed: bool,
    records: Vec<Looked<'a>>,
    faults: Vec<FileFault>,
}

struct Looked<'a> {
    name: Cow<'a, str>,
    folder: Option<Stat>,
    found: Found,
}

enum Found {
    Closed(End),
    Archived(End),
    Open(Vec<(String, Option<Stat>)>, Box<Brief>),
    Unread,
    /// Read, and not worth remembering: something is wrong with it.
    Faulty(Option<Box<Brief>>),
    /// An empty folder: a record that is about to be written, or was dropped.
    Nothing,
}

struct Scanner {
    source: WorkTree,
    folder: PathBuf,
    racy_from: SystemTime,
    /// The trees of the days in HEAD; `None` where HEAD says nothing of this work tree.
    head: Option<HashMap<String, ObjectId>>,
    faults: Vec<FileFault>,
}

/// The days that HEAD has, each with its tree.
fn day_trees(repo: &Repo) -> Result<HashMap<String, ObjectId>, StoreError> {
    let Some(head) = repo.head()? else { return Ok(HashMap::new()) };
    match repo.commit_tree(head)?.lookup(FOLDER)? {
        Some((folder, EntryKind::Folder)) => {
            Ok(committed::days(repo, &list_tree(repo, folder)?)?.into_iter().collect())
        }
        _ => Ok(HashMap::new()),
    }
}

/// So many records are worth more than one thread to look at.
const WORTH_THREADS: usize = 4_000;

impl Scanner {
    fn new(source: WorkTree, racy: Duration) -> Self {
        let folder = source.top().join(FOLDER);
        let racy_from = SystemTime::now().checked_sub(racy).unwrap_or(SystemTime::UNIX_EPOCH);
        Scanner { source, folder, racy_from, head: None, faults: Vec::new() }
    }

    /// The folders of all days of all kinds, relative to `.perfteam`.
    fn days(&mut self) -> Result<Vec<String>, StoreError> {
        let mut days = Vec::new();
        for kind in KINDS {
            let folder = kind.folder();
            let whole = format!("{FOLDER}/{folder}");
            is_folder(&self.source, &whole, &mut self.faults)?;
            for entry in self.source.list(&whole)? {
                let path = format!("{folder}/{}", entry.name);
                if entry.kind == EntryKind::Folder && is_day(&entry.name) {
                    days.push(path);
                } else if !entry.name.starts_with('.') {
                    self.faults.push(misplaced(&path, "expected a folder for one day, such as 2026-11-20"));
                }
            }
        }
        Ok(days)
    }

    fn look_at_all<'a>(
        &self,
        days: &'a [String],
        ledger: &Ledger<'a>,
    ) -> Result<Vec<LookedDay<'a>>, StoreError> {
        let known: HashMap<&str, &Day<'a>> = ledger.days.iter().map(|day| (day.path, day)).collect();
        let records: usize = ledger.days.iter().map(|day| day.records.len()).sum();
        let look = |path: &'a String| self.look(path, known.get(path.as_str()).copied());
        if records < WORTH_THREADS {
            return days.iter().map(look).collect();
        }
        cache::in_threads(days, || (), |(), path| look(path)).into_iter().collect()
    }

    fn look<'a>(&self, path: &'a str, known: Option<&Day<'a>>) -> Result<LookedDay<'a>, StoreError> {
        let folder = self.stat(&self.folder.join(path));
        let tree = self.head.as_ref().and_then(|days| days.get(path)).map(|id| id.as_slice().to_vec());
        let mut day = LookedDay { path, folder, tree, ..LookedDay::default() };
        let archived = known.map(|known| self.still_archived(&day, known)).unwrap_or_default();
        if let Some(known) = known.filter(|known| known.folder.is_some() && known.folder == folder) {
            let mut place = self.folder.join(path);
            day.records = known.records.iter().map(|known| self.look_again(&mut place, known)).collect();
            if archived.is_empty() {
                let unread = known.archived.iter().map(|archived| Looked {
                    name: archived.name.into(),
                    folder: None,
                    found: Found::Unread,
                });
                day.records.extend(unread);
            }
            day.archived = archived.to_vec();
            return Ok(day);
        }
        day.listed = true;
        match self.list_day(&mut day, known, archived) {
            Err(StoreError::Io { source, .. }) => {
                let fault = Fault::new(Spot::Start, format!("can't be read: {source}"));
                let faults = vec![FileFault { path: format!("{FOLDER}/{path}"), fault }];
                Ok(LookedDay { path, listed: true, faults, ..LookedDay::default() })
            }
            // What does not belong there is told every time.
            Ok(()) if !day.faults.is_empty() => Ok(LookedDay { folder: None, ..day }),
            listed => listed.map(|()| day),
        }
    }

    /// The archived records that need no look: none where HEAD has another tree of the day.
    fn still_archived<'b, 'a>(&self, day: &LookedDay<'a>, known: &'b Day<'a>) -> &'b [Archived<'a>] {
        let is_same = self.head.is_none() || (day.tree.is_some() && day.tree.as_deref() == known.tree);
        if is_same { &known.archived } else { &[] }
    }

    fn list_day<'a>(
        &self,
        day: &mut LookedDay<'a>,
        known: Option<&Day<'a>>,
        archived: &[Archived<'a>],
    ) -> Result<(), StoreError> {
        let known: HashMap<&str, &Known<'a>> =
            known.into_iter().flat_map(|day| &day.records).map(|known| (known.name, known)).collect();
        let archived: HashMap<&str, &Archived<'a>> =
            archived.iter().map(|archived| (archived.name, archived)).collect();
        let mut place = self.folder.join(day.path);
        for entry in self.source.list(&format!("{FOLDER}/{}", day.path))? {
            let dir = format!("{}/{}", day.path, entry.name);
            if entry.kind != EntryKind::Folder || RecordDir::parse(&dir).is_none() {
                if !entry.name.starts_with('.') {
                    let expected = "expected the folder of a record, such as pool-exhausted-7k2m9qxa3d";
                    day.faults.push(misplaced(&dir, expected));
                }
                continue;
            }
            if let Some(archived) = archived.get(entry.name.as_str()) {
                day.archived.push(**archived);
                continue;
            }
            day.records.push(match known.get(entry.name.as_str()) {
                Some(known) => self.look_again(&mut place, known),
                None => {
                    let folder = self.stat(&self.folder.join(&dir));
                    Looked { name: entry.name.into(), folder, found: Found::Unread }
                }
            });
        }
        Ok(())
    }

    /// Looks at a record that the ledger knows; `place` is the folder of its day.
    fn look_again<'a>(&self, place: &mut PathBuf, known: &Known<'a>) -> Looked<'a> {
        place.push(known.name);
        let folder = self.stat(place);
        let same = folder.is_some() && folder == known.folder;
        let found = match &known.state {
            State::Closed(end) if same => Found::Closed(*end),
            State::Open { files, brief } if same && self.are_same(place, files) => {
                let files = files.iter().map(|(name, stat)| ((*name).to_owned(), *stat)).collect();
                Found::Open(files, brief.clone())
            }
            _ => Found::Unread,
        };
        place.pop();
        Looked { name: known.name.into(), folder, found }
    }

    fn are_same(&self, folder: &Path, files: &[(&str, Option<Stat>)]) -> bool {
        files.iter().all(|(name, stat)| stat.is_some() && self.stat(&folder.join(name)) == *stat)
    }

    fn stat(&self, path: &Path) -> Option<Stat> {
        let about = std::fs::symlink_metadata(path).ok()?;
        let modified = about.modified().ok()?;
        let (changed, inode) = change_time_and_inode(&about);
        let racy = modified >= self.racy_from
            || SystemTime::UNIX_EPOCH + Duration::from_nanos(changed) >= self.racy_from;
        (!racy).then(|| Stat { modified: nanos(modified), changed, inode, size: about.len() })
    }

    /// Reads every record of which nothing is known, on all cores when there are many; whether
    /// there was one.
    fn read_unread(&mut self, days: &mut [LookedDay<'_>]) -> Result<bool, StoreError> {
        let mut unread: Vec<(RecordDir, &mut Looked<'_>)> = Vec::new();
        for day in days {
            for looked in day.records.iter_mut().filter(|looked| matches!(looked.found, Found::Unread)) {
                unread.push((RecordDir::of_day(day.path, &looked.name), looked));
            }
        }
        let dirs: Vec<RecordDir> = unread.iter().map(|(dir, _)| dir.clone()).collect();
        let source = &self.source;
        let read_some = !dirs.is_empty();
        let records = cache::on_all_cores(&dirs, || (), |(), dir| read_or_gone(source, dir));
        for ((dir, looked), record) in unread.into_iter().zip(records) {
            looked.found = match record? {
                Some(record) => {
                    let (found, faults) = judge_read(self, &dir, record);
                    self.faults.extend(faults);
                    found
                }
                None => Found::Nothing,
            };
        }
        Ok(read_some)
    }

    fn finish(self, days: Vec<LookedDay<'_>>) -> Scan {
        let mut snapshot = Snapshot::default();
        for day in days {
            for archived in &day.archived {
                close(&mut snapshot, RecordDir::of_day(day.path, archived.name), archived.end);
            }
            for looked in day.records {
                let dir = RecordDir::of_day(day.path, &looked.name);
                match looked.found {
                    Found::Open(_, brief) => snapshot.open.push(*brief),
                    Found::Closed(end) | Found::Archived(end) => close(&mut snapshot, dir, end),
                    Found::Faulty(Some(brief)) if brief.closed => close(&mut snapshot, dir, End::of(&brief)),
                    Found::Faulty(Some(brief)) => snapshot.open.push(*brief),
                    Found::Faulty(None) | Found::Unread => snapshot.broken.push(dir),
                    Found::Nothing => {}
                }
            }
        }
        Scan { snapshot, faults: self.faults }
    }
}

impl End {
    fn of(brief: &Brief) -> End {
        if brief.dropped { End::Dropped } else { End::Done }
    }
}

fn close(snapshot: &mut Snapshot, dir: RecordDir, end: End) {
    if end == End::Dropped {
        snapshot.dropped.insert(dir.clone());
    }
    snapshot.closed.push(dir);
}

fn misplaced(path: &str, expected: &str) -> FileFault {
    let path = format!("{FOLDER}/{path}");
    FileFault { path, fault: Fault::new(Spot::Start, format!("does not belong here: {expected}")) }
}

fn read_or_gone(source: &WorkTree, dir: &RecordDir) -> Result<Option<Record>, StoreError> {
    match read_record(source, dir) {
        Ok(record) if record.head.is_none() && record.events.is_empty() && record.faults.is_empty() => {
            Ok(None)
        }
        Ok(record) => Ok(Some(record)),
        Err(StoreError::Io { source, .. }) if is_missing(&source) => Ok(None),
        Err(StoreError::Io { source, .. }) => {
            let fault = Fault::new(Spot::Start, format!("can't be read: {source}"));
            Ok(Some(Record::new(dir.clone(), None, [], vec![(dir.kind().head_file().to_owned(), fault)])))
        }
        Err(error) => Err(error),
    }
}

fn judge_read(scanner: &Scanner, dir: &RecordDir, record: Record) -> (Found, Vec<FileFault>) {
    let brief = dir.kind().brief(&record).map(Box::new);
    if !record.faults.is_empty() || brief.is_none() {
        let at = |name: &str| format!("{}/{name}", dir.path());
        let faults =
            record.faults.into_iter().map(|(name, fault)| FileFault { path: at(&name), fault }).collect();
        return (Found::Faulty(brief), faults);
    }
    let found = match brief {
        Some(brief) if brief.closed && !record.archives.is_empty() => Found::Archived(End::of(&brief)),
        Some(brief) if brief.closed => Found::Closed(End::of(&brief)),
        Some(brief) => {
            let folder = scanner.source.top().join(dir.path());
            let names = record.events.iter().map(|event| event.name.file());
            let files = names
                .chain([dir.kind().head_file().to_owned()])
                .map(|name| {
                    let stat = scanner.stat(&folder.join(&name));
                    (name, stat)
                })
                .collect();
            Found::Open(files, brief)
        }
        None => Found::Faulty(None),
    };
    (found, Vec::new())
}

fn borrowed<'a>(days: &'a [LookedDay<'a>]) -> Ledger<'a> {
    let days = days
        .iter()
        .map(|day| Day {
            path: day.path,
            folder: day.folder,
            tree: day.tree.as_deref(),
            archived: all_archived(day),
            records: day
                .records
                .iter()
                .filter(|looked| !matches!(looked.found, Found::Archived(_)))
                .map(|looked| Known {
                    name: &looked.name,
                    folder: looked.folder,
                    state: remembered(&looked.found),
                })
                .collect(),
        })
        .collect();
    Ledger { days }
}

fn all_archived<'a>(day: &'a LookedDay<'a>) -> Vec<Archived<'a>> {
    let new = day.records.iter().filter_map(|looked| match looked.found {
        Found::Archived(end) => Some(Archived { name: looked.name.as_ref(), end }),
        _ => None,
    });
    day.archived.iter().copied().chain(new).collect()
}

fn remembered(found: &Found) -> State<'_> {
    match found {
        Found::Closed(end) | Found::Archived(end) => State::Closed(*end),
        Found::Open(files, brief) => State::Open {
            files: files.iter().map(|(name, stat)| (name.as_str(), *stat)).collect(),
            brief: brief.clone(),
        },
        Found::Unread | Found::Faulty(_) | Found::Nothing => State::Unread,
    }
}

#[cfg(unix)]
fn change_time_and_inode(about: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    let nanos = about.ctime().saturating_mul(1_000_000_000).saturating_add(about.ctime_nsec());
    (u64::try_from(nanos).unwrap_or(0), about.ino())
}

#[cfg(not(unix))]
fn change_time_and_inode(about: &std::fs::Metadata) -> (u64, u64) {
    (about.created().map(nanos).unwrap_or(0), 0)
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Reads records of the work tree in brief; those that can't be read are left out.
pub fn read_briefs(repo: &Repo, dirs: &[RecordDir]) -> Result<Vec<Brief>, StoreError> {
    read_records(repo, dirs, |record| record.dir.kind().brief(record))
}

/// What `keep` keeps of each of these records of the work tree, in their order.
pub fn read_records<T: Send>(
    repo: &Repo,
    dirs: &[RecordDir],
    keep: impl Fn(&Record) -> Option<T> + Sync,
) -> Result<Vec<T>, StoreError> {
    let source = repo.work_tree();
    let read = |dir: &RecordDir| read_or_gone(&source, dir).map(|record| record.as_ref().and_then(&keep));
    let kept = cache::on_all_cores(dirs, || (), |(), dir| read(dir));
    kept.into_iter().filter_map(Result::transpose).collect()
}

#[cfg(test)]
mod tests;
