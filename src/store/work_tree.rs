//! The snapshot of the work tree, fast: what the file system proves unchanged is not read again.
//!
//! A closed record needs no look until its folder's listing changes; an open one until a file in
//! it does. The ledger is a cache: deletable at any time, never trusted beyond what `stat` proves.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::assemble::read_record;
use super::cache;
use super::error::StoreError;
use super::repo::{FOLDER, Repo};
use super::source::{EntryKind, Source, WorkTree, is_missing};
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
    #[serde(borrow)]
    records: Vec<Known<'a>>,
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
    Closed,
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
    let file = cache::file(repo, &format!("work-tree-{}", cache::key(top)));
    let bytes = cache::load(&file).unwrap_or_default();
    let ledger: Ledger<'_> = cache::decode(&bytes).unwrap_or_default();
    let mut scanner = Scanner::new(WorkTree::new(top.to_owned()));
    let days = scanner.days()?;
    let known: HashMap<&str, &Day<'_>> = ledger.days.iter().map(|day| (day.path, day)).collect();
    let mut looked = Vec::with_capacity(days.len());
    for path in &days {
        looked.push(scanner.look(path, known.get(path.as_str()).copied())?);
    }
    scanner.read_unread(&mut looked)?;
    let changed = scanner.changed || looked.len() != ledger.days.len();
    if changed {
        cache::store(&file, &borrowed(&looked));
    }
    Ok(scanner.finish(looked))
}

/// A number that stays the same as long as the record's folder and its files in the work tree at
/// `top` do; `None` while a change could still hide.
pub(super) fn unchanged(top: &Path, dir: &RecordDir) -> Option<u64> {
    let scanner = Scanner::new(WorkTree::new(top.to_owned()));
    let folder = top.join(dir.path());
    let mut hasher = DefaultHasher::new();
    scanner.stat(&folder)?.hash(&mut hasher);
    for entry in scanner.source.list(&dir.path()).ok()? {
        entry.name.hash(&mut hasher);
        scanner.stat(&folder.join(&entry.name))?.hash(&mut hasher);
    }
    Some(hasher.finish())
}

/// A day with owned names, as the scan builds it.
struct LookedDay {
    path: String,
    folder: Option<Stat>,
    records: Vec<Looked>,
}

struct Looked {
    name: String,
    folder: Option<Stat>,
    found: Found,
}

enum Found {
    Closed,
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
    changed: bool,
    faults: Vec<FileFault>,
}

impl Scanner {
    fn new(source: WorkTree) -> Self {
        let folder = source.top().join(FOLDER);
        let racy_from = SystemTime::now().checked_sub(RACY).unwrap_or(SystemTime::UNIX_EPOCH);
        Scanner { source, folder, racy_from, changed: false, faults: Vec::new() }
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
                    self.misplaced(&path, "expected a folder for one day, such as 2026-11-20");
                }
            }
        }
        Ok(days)
    }

    fn misplaced(&mut self, path: &str, expected: &str) {
        let path = format!("{FOLDER}/{path}");
        let fault = Fault::new(Spot::Start, format!("does not belong here: {expected}"));
        self.faults.push(FileFault { path, fault });
    }

    fn look(&mut self, path: &str, known: Option<&Day<'_>>) -> Result<LookedDay, StoreError> {
        let folder = self.stat(&self.folder.join(path));
        let same_listing = known.is_some_and(|day| day.folder.is_some() && day.folder == folder);
        let records = match known {
            Some(day) if same_listing => {
                day.records.iter().map(|known| self.look_again(path, known)).collect()
            }
            _ => {
                self.changed = true;
                match self.list_day(path, known) {
                    Err(StoreError::Io { source, .. }) => {
                        self.unreadable(path, &source);
                        return Ok(LookedDay { path: path.to_owned(), folder: None, records: Vec::new() });
                    }
                    listed => listed?,
                }
            }
        };
        Ok(LookedDay { path: path.to_owned(), folder, records })
    }

    fn unreadable(&mut self, path: &str, error: &std::io::Error) {
        let fault = Fault::new(Spot::Start, format!("can't be read: {error}"));
        self.faults.push(FileFault { path: format!("{FOLDER}/{path}"), fault });
    }

    fn list_day(&mut self, path: &str, known: Option<&Day<'_>>) -> Result<Vec<Looked>, StoreError> {
        let known: HashMap<&str, &Known<'_>> =
            known.into_iter().flat_map(|day| &day.records).map(|known| (known.name, known)).collect();
        let mut records = Vec::new();
        for entry in self.source.list(&format!("{FOLDER}/{path}"))? {
            let dir = format!("{path}/{}", entry.name);
            if entry.kind != EntryKind::Folder || RecordDir::parse(&dir).is_none() {
                if !entry.name.starts_with('.') {
                    self.misplaced(
                        &dir,
                        "expected the folder of a record, such as pool-exhausted-7k2m9qxa3d",
                    );
                }
                continue;
            }
            records.push(match known.get(entry.name.as_str()) {
                Some(known) => self.look_again(path, known),
                None => {
                    let folder = self.stat(&self.folder.join(&dir));
                    Looked { name: entry.name, folder, found: Found::Unread }
                }
            });
        }
        Ok(records)
    }

    fn look_again(&mut self, day: &str, known: &Known<'_>) -> Looked {
        let path = self.folder.join(day).join(known.name);
        let folder = self.stat(&path);
        let same = folder.is_some() && folder == known.folder;
        let found = match &known.state {
            State::Closed if same => Found::Closed,
            State::Open { files, brief } if same && self.are_same(&path, files) => {
                let files = files.iter().map(|(name, stat)| ((*name).to_owned(), *stat)).collect();
                Found::Open(files, brief.clone())
            }
            _ => Found::Unread,
        };
        Looked { name: known.name.to_owned(), folder, found }
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

    /// Reads every record of which nothing is known, on all cores when there are many.
    fn read_unread(&mut self, days: &mut [LookedDay]) -> Result<(), StoreError> {
        let mut unread: Vec<(RecordDir, &mut Looked)> = Vec::new();
        for day in days {
            for looked in day.records.iter_mut().filter(|looked| matches!(looked.found, Found::Unread)) {
                if let Some(dir) = RecordDir::parse(&format!("{}/{}", day.path, looked.name)) {
                    unread.push((dir, looked));
                }
            }
        }
        if unread.is_empty() {
            return Ok(());
        }
        self.changed = true;
        let dirs: Vec<RecordDir> = unread.iter().map(|(dir, _)| dir.clone()).collect();
        let source = &self.source;
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
        Ok(())
    }

    fn finish(self, days: Vec<LookedDay>) -> Scan {
        let mut snapshot = Snapshot::default();
        for day in days {
            for looked in day.records {
                let Some(dir) = RecordDir::parse(&format!("{}/{}", day.path, looked.name)) else { continue };
                match looked.found {
                    Found::Open(_, brief) => snapshot.open.push(*brief),
                    Found::Closed => snapshot.closed.push(dir),
                    Found::Faulty(Some(brief)) if brief.closed => snapshot.closed.push(dir),
                    Found::Faulty(Some(brief)) => snapshot.open.push(*brief),
                    Found::Faulty(None) | Found::Unread => snapshot.broken.push(dir),
                    Found::Nothing => {}
                }
            }
        }
        Scan { snapshot, faults: self.faults }
    }
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
        Some(brief) if brief.closed => Found::Closed,
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

fn borrowed(days: &[LookedDay]) -> Ledger<'_> {
    let days = days
        .iter()
        .map(|day| Day {
            path: &day.path,
            folder: day.folder,
            records: day
                .records
                .iter()
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

fn remembered(found: &Found) -> State<'_> {
    match found {
        Found::Closed => State::Closed,
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
mod tests {
    use super::*;

    #[test]
    fn a_file_that_may_still_change_unseen_is_not_trusted() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("flag.md");
        std::fs::write(&path, "x").expect("a file");
        let stat = |later: Duration| {
            let mut scanner = Scanner::new(WorkTree::new(folder.path().to_owned()));
            scanner.racy_from += later;
            scanner.stat(&path)
        };
        assert!(stat(Duration::ZERO).is_none(), "just written");
        assert!(stat(RACY * 2).is_some(), "written long ago");
        let file = std::fs::File::options().write(true).open(&path).expect("a file");
        file.set_modified(SystemTime::UNIX_EPOCH).expect("a time");
        assert!(stat(Duration::ZERO).is_none(), "a time that was set back proves nothing");
        file.set_modified(SystemTime::now() + Duration::from_secs(3_600)).expect("a time");
        assert!(stat(RACY * 2).is_none(), "nor does one in the future");
        assert!(stat(Duration::ZERO).is_none());
    }
}
