//! The snapshot of the work tree, fast: what the file system proves unchanged is not read again.
//!
//! A closed record needs no look until its folder's listing changes; an open one until a file in
//! it does. An archived record is looked at when its day changes, in the work tree or in HEAD: it is
//! published and closed, so nothing else can open it again. The [`ledger`] is a cache: deletable at any
//! time, never trusted beyond what `stat` proves.

mod days;
mod head;
mod ledger;
mod looked;
mod place;
mod shelf;
mod stat;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::Duration;

use self::days::{Days, misplaced};
use self::head::Head;
use self::ledger::{Day, End, Known, Ledger, State};
use self::looked::{Found, Looked, LookedDay, Shelved, all_archived, remembered, unread};
use self::place::{Inner, Place};
use self::shelf::{Shelf, ShelfDay, ShelfFile};
use self::stat::{Clock, Stat};
use super::assemble::read_record;
use super::cache;
use super::cores;
use super::error::StoreError;
use super::repo::{FOLDER, Repo};
use super::source::{EntryKind, Source, WorkTree, is_missing};
use crate::domain::diagnostic::{Fault, FileFault, Spot};
use crate::domain::kind::Brief;
use crate::domain::record::{Record, RecordDir};
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

/// A ledger of so many bytes is worth a thread beside the one that decodes it.
const WORTH_A_THREAD: usize = 256 * 1024;

/// Scans the records of the work tree.
pub fn scan(repo: &Repo) -> Result<Scan, StoreError> {
    scan_at(repo, repo.top())
}

/// The same, where archived records may be known by their ids alone.
pub fn scan_live(repo: &Repo) -> Result<Scan, StoreError> {
    scan_as(repo, &Wanted { top: repo.top(), racy: RACY, archived: Archived::ById })
}

/// Scans the records of the work tree at `top`, which is one of this repository's.
pub(super) fn scan_at(repo: &Repo, top: &Path) -> Result<Scan, StoreError> {
    scan_as(repo, &Wanted { top, racy: RACY, archived: Archived::ByName })
}

/// What is scanned, and how.
struct Wanted<'t> {
    /// The top of the work tree.
    top: &'t Path,
    /// No time that is younger is believed.
    racy: Duration,
    archived: Archived,
}

/// How a scan tells of archived records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Archived {
    ByName,
    ById,
}

fn scan_as(repo: &Repo, wanted: &Wanted<'_>) -> Result<Scan, StoreError> {
    let source = WorkTree::new(wanted.top.to_owned());
    let bytes = cache::load(&ledger::file(repo, wanted.top)).unwrap_or_default();
    let decode = || cache::decode(&bytes).unwrap_or_default();
    let (ledger, days) = match bytes.len() < WORTH_A_THREAD {
        true => (decode(), Days::of(&source)),
        false => cores::both(decode, || Days::of(&source)),
    };
    match scan_beyond(repo, wanted, &ledger, days?)? {
        Some(scan) => Ok(scan),
        // What is known of the archived records is lost: nothing is believed.
        None => {
            let scan = scan_beyond(repo, wanted, &Ledger::default(), Days::of(&source)?)?;
            Ok(scan.unwrap_or_default())
        }
    }
}

/// Scans what the ledger does not prove unchanged; `None` when it can't be used.
fn scan_beyond(
    repo: &Repo,
    wanted: &Wanted<'_>,
    ledger: &Ledger<'_>,
    days: Days,
) -> Result<Option<Scan>, StoreError> {
    let top = wanted.top;
    let on_shelf = ShelfFile::of(repo, top, ledger.shelf);
    if !on_shelf.is_there() {
        return Ok(None);
    }
    let mut scanner = Scanner::new(wanted, &on_shelf, days.faults);
    // Before anything is looked at: what changes from now on must not be believed seen.
    if ledger.shelf.is_some() && top == repo.top() {
        scanner.head = Head::of(repo, ledger)?;
    }
    let mut looked = scanner.look_at_all(&days.paths, ledger)?;
    scanner.faults.extend(looked.iter_mut().flat_map(|day| std::mem::take(&mut day.faults)));
    let read_some = scanner.read_unread(&mut looked)?;
    let listed_some = looked.iter().any(|day| day.listed);
    let is_as_known =
        !read_some && !listed_some && looked.len() == ledger.days.len() && !scanner.head.has_moved();
    let shelf_is_same = looked.iter().all(LookedDay::is_shelf_same)
        && looked.iter().map(LookedDay::archived).sum::<usize>() == ledger.archived_in_all();
    if !shelf_is_same {
        let Some(known) = on_shelf.get() else { return Ok(None) };
        let shelf = all_archived(&looked, known);
        let days = remembered(&looked);
        let new = Ledger { days, shelf: shelf.store(repo, top), head: scanner.head.commit() };
        cache::store(&ledger::file(repo, top), &new);
        return Ok(Some(scanner.finish(looked, &shelf)));
    }
    if !is_as_known {
        let new = Ledger { days: remembered(&looked), head: scanner.head.commit(), ..*ledger };
        cache::store(&ledger::file(repo, top), &new);
    }
    if wanted.archived == Archived::ByName || ledger.shelf.is_none() {
        return Ok(on_shelf.get().map(|shelf| scanner.finish(looked, shelf)));
    }
    let (mut scan, ids) = cores::both(|| scanner.finish(looked, &Shelf::default()), || on_shelf.ids());
    Ok(ids.map(|ids| {
        scan.snapshot.archived = ids;
        scan
    }))
}

/// A number that stays the same as long as the record's folder and its files in the work tree at
/// `top` do; `None` while a change could still hide.
pub(super) fn unchanged(top: &Path, dir: &RecordDir) -> Option<u64> {
    let clock = Clock::now(RACY);
    let folder = Place::open(&top.join(dir.path()));
    let mut hasher = DefaultHasher::new();
    clock.believed(folder.stat("."))?.hash(&mut hasher);
    for entry in WorkTree::new(top.to_owned()).list(&dir.path()).ok()? {
        entry.name.hash(&mut hasher);
        clock.believed(folder.stat(&entry.name))?.hash(&mut hasher);
    }
    Some(hasher.finish())
}

struct Scanner<'s> {
    source: WorkTree,
    folder: Place,
    clock: Clock,
    on_shelf: &'s ShelfFile,
    head: Head,
    faults: Vec<FileFault>,
}

/// So many records are worth more than one thread to look at.
const WORTH_THREADS: usize = 4_000;

impl<'s> Scanner<'s> {
    fn new(wanted: &Wanted<'_>, on_shelf: &'s ShelfFile, faults: Vec<FileFault>) -> Self {
        Scanner {
            source: WorkTree::new(wanted.top.to_owned()),
            folder: Place::open(&wanted.top.join(FOLDER)),
            clock: Clock::now(wanted.racy),
            on_shelf,
            head: Head::Unasked,
            faults,
        }
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
        cores::in_threads(days, || (), |(), path| look(path)).into_iter().collect()
    }

    fn look<'a>(&self, path: &'a str, known: Option<&Day<'a>>) -> Result<LookedDay<'a>, StoreError> {
        let folder = self.clock.believed(self.folder.stat(path));
        let tree = self.head.tree(path, known);
        let mut day = LookedDay { path, folder, tree, ..LookedDay::default() };
        let is_believed = known.is_some_and(|known| self.believes_archived(&day, known));
        if let Some(known) = known.filter(|known| known.folder.is_some() && known.folder == folder) {
            let place = Inner::of(&self.folder, path, known.records.len());
            day.records = known.records.iter().map(|known| self.look_again(&place, known)).collect();
            match is_believed {
                true => day.archived = Shelved::Same(known.archived),
                false => {
                    day.records.extend(self.shelved(known).records().map(|(name, _)| unread(name)));
                    day.archived = Shelved::of(ShelfDay::default(), Some(known));
                }
            }
            return Ok(day);
        }
        day.listed = true;
        let archived = known.filter(|_| is_believed).map(|known| self.shelved(known)).unwrap_or_default();
        match self.list_day(&mut day, known, &archived) {
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

    /// Whether the archived records of a day need no look: not where HEAD has another tree of it.
    fn believes_archived(&self, day: &LookedDay<'_>, known: &Day<'_>) -> bool {
        matches!(self.head, Head::Unasked) || (day.tree.is_some() && day.tree.as_deref() == known.tree)
    }

    /// The archived records of a day that the ledger knows.
    fn shelved(&self, known: &Day<'_>) -> ShelfDay {
        let shelf = (known.archived > 0).then(|| self.on_shelf.get()).flatten();
        shelf.map(|shelf| shelf.day(known.path)).unwrap_or_default()
    }

    fn list_day<'a>(
        &self,
        day: &mut LookedDay<'a>,
        known_day: Option<&Day<'a>>,
        archived: &ShelfDay,
    ) -> Result<(), StoreError> {
        let known: HashMap<&str, &Known<'a>> =
            known_day.into_iter().flat_map(|day| &day.records).map(|known| (known.name, known)).collect();
        let archived: HashMap<&str, End> = archived.records().collect();
        let mut still_archived = ShelfDay::default();
        let place = Inner::of(&self.folder, day.path, usize::MAX);
        for entry in self.source.list(&format!("{FOLDER}/{}", day.path))? {
            let dir = format!("{}/{}", day.path, entry.name);
            if entry.kind != EntryKind::Folder || RecordDir::parse(&dir).is_none() {
                if !entry.name.starts_with('.') {
                    let expected = "expected the folder of a record, such as pool-exhausted-7k2m9qxa3d";
                    day.faults.push(misplaced(&dir, expected));
                }
                continue;
            }
            if let Some(end) = archived.get(entry.name.as_str()) {
                still_archived.add(&entry.name, *end);
                continue;
            }
            day.records.push(match known.get(entry.name.as_str()) {
                Some(known) => self.look_again(&place, known),
                None => {
                    let folder = self.clock.believed(place.stat(&entry.name));
                    Looked { folder, ..unread(&entry.name) }
                }
            });
        }
        day.archived = Shelved::of(still_archived, known_day);
        Ok(())
    }

    /// Looks at a record that the ledger knows; `place` is the folder of its day.
    fn look_again<'a>(&self, place: &Inner<'_>, known: &Known<'a>) -> Looked<'a> {
        let folder = self.clock.believed(place.stat(known.name));
        let same = folder.is_some() && folder == known.folder;
        let found = match &known.state {
            State::Closed(end) if same => Found::Closed(*end),
            State::Open { files, brief } if same && self.are_same(place, known.name, files) => {
                let files = files.iter().map(|(name, stat)| ((*name).to_owned(), *stat)).collect();
                Found::Open(files, brief.clone())
            }
            _ => Found::Unread,
        };
        Looked { name: known.name.into(), folder, found }
    }

    fn are_same(&self, place: &Inner<'_>, record: &str, files: &[(&str, Option<Stat>)]) -> bool {
        let stat = |file: &str| self.clock.believed(place.stat(&[record, "/", file].concat()));
        files.iter().all(|(name, known)| known.is_some() && stat(name) == *known)
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
        let records = cores::on_all_cores(&dirs, || (), |(), dir| read_or_gone(source, dir));
        for ((dir, looked), record) in unread.into_iter().zip(records) {
            looked.found = match record? {
                Some(record) => {
                    let (found, faults) = judge_read(&self.source, &self.clock, &dir, record);
                    self.faults.extend(faults);
                    found
                }
                None => Found::Nothing,
            };
        }
        Ok(read_some)
    }

    /// The scan, with the archived records on the `shelf`.
    fn finish(self, days: Vec<LookedDay<'_>>, shelf: &Shelf) -> Scan {
        let mut snapshot = Snapshot::default();
        for (dir, end) in shelf.records() {
            close(&mut snapshot, dir, end);
        }
        for day in days {
            for looked in day.records {
                let dir = RecordDir::of_day(day.path, &looked.name);
                match looked.found {
                    Found::Open(_, brief) => snapshot.open.push(*brief),
                    Found::Closed(end) => close(&mut snapshot, dir, end),
                    Found::Faulty(Some(brief)) if brief.closed => close(&mut snapshot, dir, End::of(&brief)),
                    Found::Faulty(Some(brief)) => snapshot.open.push(*brief),
                    Found::Faulty(None) | Found::Unread => snapshot.broken.push(dir),
                    // It is on the shelf by now.
                    Found::Archived(_) | Found::Nothing => {}
                }
            }
        }
        Scan { snapshot, faults: self.faults }
    }
}

fn close(snapshot: &mut Snapshot, dir: RecordDir, end: End) {
    if end == End::Dropped {
        snapshot.dropped.insert(dir.clone());
    }
    snapshot.closed.push(dir);
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

fn judge_read(source: &WorkTree, clock: &Clock, dir: &RecordDir, record: Record) -> (Found, Vec<FileFault>) {
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
            let folder = Place::open(&source.top().join(dir.path()));
            let names = record.events.iter().map(|event| event.name.file());
            let files = names
                .chain([dir.kind().head_file().to_owned()])
                .map(|name| {
                    let stat = clock.believed(folder.stat(&name));
                    (name, stat)
                })
                .collect();
            Found::Open(files, brief)
        }
        None => Found::Faulty(None),
    };
    (found, Vec::new())
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
    let kept = cores::on_all_cores(dirs, || (), |(), dir| read(dir));
    kept.into_iter().filter_map(Result::transpose).collect()
}

#[cfg(test)]
mod tests;
