//! The snapshot of a commit's tree, fast: folders whose object id is known are not read again.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use gix::ObjectId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::assemble::{File, assemble, read_record};
use super::cache;
use super::cores;
use super::error::StoreError;
use super::repo::{FOLDER, Repo};
use super::source::{CommitTree, Entry, EntryKind, Source, list_tree, read_blob};
use super::staged::Staged;
use crate::domain::change::Change;
use crate::domain::kind::{Brief, KINDS};
use crate::domain::record::{Record, RecordDir, is_day};
use crate::domain::snapshot::Snapshot;

/// How many trees are remembered.
const REMEMBERED: usize = 8;
/// How the names of their cache files begin.
const TREES: &str = "tree-";

/// What is remembered of one tree. Its records stand first: most readers need no more.
#[derive(Default, Serialize, Deserialize)]
struct Remembered {
    live: Live,
    /// The object ids of its days.
    days: BTreeMap<String, Vec<u8>>,
}

/// The records of a tree that are not closed.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Live {
    open: Vec<Brief>,
    broken: Vec<RecordDir>,
}

/// Reads snapshots of trees, each from what is known of the one before.
pub struct Committed<'a> {
    repo: &'a Repo,
    latest: Latest,
}

/// Where it is known what the tree that was read last has.
#[derive(Default)]
enum Latest {
    /// In the newest cache file.
    #[default]
    Newest,
    InCache(PathBuf),
    Here(Remembered),
}

impl<'a> Committed<'a> {
    /// A reader that starts from what earlier runs remembered.
    pub fn new(repo: &'a Repo) -> Self {
        Committed { repo, latest: Latest::default() }
    }

    /// The records in `tree`.
    pub fn snapshot(&mut self, tree: &CommitTree<'_>) -> Result<Snapshot, StoreError> {
        let Some(Live { open, broken }) = self.recall(tree)? else { return Ok(Snapshot::default()) };
        let mut snapshot = Snapshot { open, broken, ..Snapshot::default() };
        add_awaited(tree, &mut snapshot)?;
        Ok(snapshot)
    }

    /// What is remembered of `tree`, else read from it beyond what is known of the latest one; `None` where it
    /// has no records.
    fn recall(&mut self, tree: &CommitTree<'_>) -> Result<Option<Live>, StoreError> {
        let Some((folder, EntryKind::Folder)) = tree.lookup(FOLDER)? else { return Ok(None) };
        let file = cache::file(self.repo, &format!("{TREES}{folder}"));
        if let Some(live) = load(&file) {
            self.latest = Latest::InCache(file);
            return Ok(Some(live));
        }
        let newest = || cache::newest_first(self.repo, TREES).first().and_then(|file| load(file));
        let base = match std::mem::take(&mut self.latest) {
            Latest::Newest => newest(),
            // Another process may have removed it by now.
            Latest::InCache(file) => load(&file).or_else(newest),
            Latest::Here(remembered) => Some(remembered),
        };
        let remembered = read(self.repo, folder, base.unwrap_or_default())?;
        cache::store(&file, &remembered);
        cache::forget_old(self.repo, TREES, REMEMBERED);
        let live = remembered.live.clone();
        self.latest = Latest::Here(remembered);
        Ok(Some(live))
    }
}

/// The records in `tree`.
pub fn snapshot_of(repo: &Repo, tree: &CommitTree<'_>) -> Result<Snapshot, StoreError> {
    Committed::new(repo).snapshot(tree)
}

/// What a cache file remembers, or what it begins with.
fn load<T: DeserializeOwned>(file: &Path) -> Option<T> {
    cache::decode(&cache::load(file)?)
}

fn read(repo: &Repo, folder: ObjectId, base: Remembered) -> Result<Remembered, StoreError> {
    let mut open = by_day(base.live.open, |brief| &brief.dir);
    let mut broken = by_day(base.live.broken, |dir| dir);
    let mut out = Remembered::default();
    let mut unread: Vec<(RecordDir, ObjectId)> = Vec::new();
    let kinds = list_tree(repo, folder)?;
    for (day, id) in days(repo, &kinds)? {
        let known_day = base.days.get(&day).and_then(|bytes| ObjectId::try_from(bytes.as_slice()).ok());
        let mut open = open.remove(&day).unwrap_or_default();
        let mut broken = broken.remove(&day).unwrap_or_default();
        if known_day != Some(id) {
            let mut same = BTreeSet::new();
            let before = known_day.and_then(|id| list_tree(repo, id).ok()).unwrap_or_default();
            let before: HashMap<String, ObjectId> =
                before.into_iter().map(|(entry, id)| (entry.name, id)).collect();
            for (entry, record) in list_tree(repo, id)? {
                let Some(dir) = record_at(&day, &entry) else { continue };
                if before.get(&entry.name) == Some(&record) {
                    same.insert(dir);
                } else {
                    unread.push((dir, record));
                }
            }
            open.retain(|brief| same.contains(&brief.dir));
            broken.retain(|dir| same.contains(dir));
        }
        out.live.open.extend(open);
        out.live.broken.extend(broken);
        out.days.insert(day, id.as_slice().to_vec());
    }
    for ((dir, _), record) in unread.iter().zip(read_all(repo, &unread)) {
        sort_in(dir, &record?, &mut out.live.open, &mut out.live.broken);
    }
    Ok(out)
}

/// What lies in each day.
fn by_day<T>(items: Vec<T>, dir: impl Fn(&T) -> &RecordDir) -> HashMap<String, Vec<T>> {
    let mut days: HashMap<String, Vec<T>> = HashMap::new();
    for item in items {
        days.entry(dir(&item).day().to_owned()).or_default().push(item);
    }
    days
}

/// The record that `entry` of a day is; a link or a file in the place of one is none.
pub(super) fn record_at(day: &str, entry: &Entry) -> Option<RecordDir> {
    (entry.kind == EntryKind::Folder).then(|| RecordDir::parse(&format!("{day}/{}", entry.name)))?
}

/// The days of all kinds, relative to `.perfteam`, each with its tree.
pub(super) fn days(repo: &Repo, kinds: &[(Entry, ObjectId)]) -> Result<Vec<(String, ObjectId)>, StoreError> {
    let mut out = Vec::new();
    for kind in KINDS {
        let found =
            kinds.iter().find(|(entry, _)| entry.name == kind.folder() && entry.kind == EntryKind::Folder);
        let Some((_, id)) = found else { continue };
        for (entry, id) in list_tree(repo, *id)? {
            if entry.kind == EntryKind::Folder && is_day(&entry.name) {
                out.push((format!("{}/{}", kind.folder(), entry.name), id));
            }
        }
    }
    Ok(out)
}

fn read_all(repo: &Repo, unread: &[(RecordDir, ObjectId)]) -> Vec<Result<Record, StoreError>> {
    let opener = repo.opener();
    // The library's repositories stay on their thread: each opens its own.
    let reopened = || opener.open();
    if unread.len() < cores::WORTH_THREADS {
        return unread.iter().map(|(dir, id)| read_from_tree(repo, dir, *id)).collect();
    }
    cores::on_all_cores(unread, reopened, |own, (dir, id)| match own {
        Ok(own) => read_from_tree(own, dir, *id),
        Err(error) => {
            Err(StoreError::Git { what: "can't open the repository".into(), detail: error.to_string() })
        }
    })
}

fn read_from_tree(repo: &Repo, dir: &RecordDir, id: ObjectId) -> Result<Record, StoreError> {
    let mut files = Vec::new();
    for (entry, blob) in list_tree(repo, id)? {
        let contents = match entry.kind {
            EntryKind::File => Some(read_blob(repo, blob)?),
            EntryKind::Folder | EntryKind::Other => None,
        };
        files.push(File { name: entry.name, contents });
    }
    Ok(assemble(dir.clone(), files))
}

fn sort_in(dir: &RecordDir, record: &Record, open: &mut Vec<Brief>, broken: &mut Vec<RecordDir>) {
    match dir.kind().brief(record) {
        Some(brief) if brief.closed => {}
        Some(brief) => open.push(brief),
        None if record.events.is_empty() && record.faults.is_empty() => {}
        None => broken.push(dir.clone()),
    }
}

/// The records that the index would commit: those of `before` (HEAD), with what the changes touch
/// read anew.
pub fn staged_snapshot<'a>(
    staged: &Staged<'_>,
    before: &'a Snapshot,
    changes: &[Change],
) -> Result<Cow<'a, Snapshot>, StoreError> {
    let mut after = Cow::Borrowed(before);
    if !touched_records(changes).is_empty() {
        change_snapshot(after.to_mut(), staged, changes)?;
    }
    Ok(after)
}

/// Makes of the snapshot before a change the one after it: what the changes touch is read anew.
pub fn change_snapshot(
    snapshot: &mut Snapshot,
    after: &dyn Source,
    changes: &[Change],
) -> Result<(), StoreError> {
    let touched = touched_records(changes);
    snapshot.open.retain(|brief| !touched.contains(&brief.dir));
    snapshot.broken.retain(|dir| !touched.contains(dir));
    snapshot.closed.clear();
    for dir in &touched {
        sort_in(dir, &read_record(after, dir)?, &mut snapshot.open, &mut snapshot.broken);
    }
    add_awaited(after, snapshot)
}

/// The records in whose folders something changed.
pub fn touched_records(changes: &[Change]) -> Vec<RecordDir> {
    let mut dirs: Vec<RecordDir> = changes.iter().flat_map(Change::touched).filter_map(record_of).collect();
    dirs.sort();
    dirs.dedup();
    dirs
}

/// The record in whose folder `path` lies.
pub fn record_of(path: &str) -> Option<RecordDir> {
    let inside = path.strip_prefix(".perfteam/")?;
    let end = inside.match_indices('/').nth(2)?.0;
    RecordDir::parse(&inside[..end])
}

/// Adds the closed records whose answers open ones await: a lock ends when its answer is there.
fn add_awaited(source: &dyn Source, snapshot: &mut Snapshot) -> Result<(), StoreError> {
    let awaited: Vec<_> = snapshot
        .open
        .iter()
        .filter_map(|brief| brief.lock.as_ref()?.awaiting.clone())
        .filter(|id| !snapshot.is_open(id))
        .collect();
    if !awaited.is_empty() {
        let names = all_dirs(source)?;
        snapshot.closed = names.into_iter().filter(|dir| awaited.contains(&dir.id())).collect();
    }
    Ok(())
}

/// Where all records lie, by their folders' names alone.
pub fn all_dirs(source: &dyn Source) -> Result<Vec<RecordDir>, StoreError> {
    let mut dirs = Vec::new();
    for kind in KINDS {
        let folder = kind.folder();
        for day in source.list(&format!("{FOLDER}/{folder}"))?.into_iter().filter(|day| is_day(&day.name)) {
            let path = format!("{folder}/{}", day.name);
            let names = source.list(&format!("{FOLDER}/{path}"))?;
            dirs.extend(names.iter().filter_map(|entry| record_at(&path, entry)));
        }
    }
    Ok(dirs)
}
