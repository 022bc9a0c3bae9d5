//! What is known of commits and trees by their object ids: facts that never change, remembered from
//! run to run.

use std::collections::HashMap;

use gix::ObjectId;
use serde::{Deserialize, Serialize};

use crate::domain::id::{EventName, is_archive};
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::RecordDir;
use crate::markdown::archive;
use crate::store::cache;
use crate::store::committed::{days, record_at};
use crate::store::error::StoreError;
use crate::store::repo::{FOLDER, Repo};
use crate::store::source::{Contents, EntryKind, list_tree, read_blob};

/// The bytes of an object id.
type Key = Vec<u8>;
/// A day and what it holds by name, each with its tree.
type Listing = HashMap<String, ObjectId>;

/// What is remembered.
#[derive(Default, Serialize, Deserialize)]
struct Memory {
    /// HEAD's folder of records, in comparison with which `added` holds.
    anchor: Option<Key>,
    /// The folder of records in each commit.
    folders: HashMap<Key, Option<Key>>,
    /// The records of each folder that have files which HEAD's have not, each with its tree.
    added: HashMap<Key, Vec<(RecordDir, Key)>>,
    /// The names of head and events in each tree of a record.
    names: HashMap<Key, Vec<String>>,
    /// What the union of some trees and folders says.
    briefs: HashMap<Key, Option<Brief>>,
    /// The commit that `ahead` starts from.
    head: Option<Key>,
    /// How many commits each branch is ahead.
    ahead: HashMap<Key, Option<usize>>,
}

/// Facts about trees, each found out once. Those of earlier runs that are not asked for any more
/// are forgotten with the next new one.
pub(super) struct Facts<'a> {
    repo: &'a Repo,
    file: std::path::PathBuf,
    before: Memory,
    now: Memory,
    /// Whether something was found out in this run.
    learnt: bool,
    /// Days of HEAD and records of its days, as far as they were compared.
    anchor_days: Option<Listing>,
    anchor_records: HashMap<ObjectId, Listing>,
}

impl<'a> Facts<'a> {
    /// Facts in comparison with the commit `head`. Each purpose remembers for itself, since they look
    /// at other branches.
    pub(super) fn against(repo: &'a Repo, head: Option<ObjectId>, purpose: &str) -> Self {
        let file = cache::file(repo, &format!("{purpose}-{}", cache::key(repo.top())));
        let before: Memory = cache::load(&file).and_then(|bytes| cache::decode(&bytes)).unwrap_or_default();
        let mut facts = Facts {
            repo,
            file,
            before,
            now: Memory::default(),
            learnt: false,
            anchor_days: None,
            anchor_records: HashMap::new(),
        };
        facts.now.head = head.map(key);
        if facts.before.head != facts.now.head {
            facts.before.ahead.clear();
        }
        // Where HEAD can't be read, all that branches have is compared with the work tree.
        facts.now.anchor = head.and_then(|head| facts.folder(head).ok().flatten());
        if facts.before.anchor != facts.now.anchor && facts.move_anchor().is_err() {
            facts.before.added.clear();
        }
        facts
    }

    /// Brings what was remembered in comparison with an earlier HEAD up to date. Where HEAD only
    /// gained files, as by a commit, branches have nothing beyond it that they did not have before,
    /// and of that only what HEAD gained is looked at; else all is compared anew.
    fn move_anchor(&mut self) -> Result<(), StoreError> {
        let (Some(old), Some(new)) = (&self.before.anchor, &self.now.anchor) else {
            self.before.added.clear();
            return Ok(());
        };
        let (old, new) = (id(old)?, id(new)?);
        let mut added = std::mem::take(&mut self.before.added);
        if !self.compare(old)?.is_empty() {
            return Ok(());
        }
        let gained = self.gained(old, new)?;
        for records in added.values_mut() {
            let mut kept = Vec::with_capacity(records.len());
            for (dir, tree) in std::mem::take(records) {
                let still_adds = match gained.get(&dir) {
                    Some(ours) => self.adds(dir.kind(), id(&tree)?, Some(*ours))?,
                    None => true,
                };
                if still_adds {
                    kept.push((dir, tree));
                }
            }
            *records = kept;
        }
        self.before.added = added;
        self.learnt = true;
        Ok(())
    }

    /// The records of the folder `new` that are other than in the folder `old`.
    fn gained(&self, old: ObjectId, new: ObjectId) -> Result<HashMap<RecordDir, ObjectId>, StoreError> {
        let old_days: Listing = days(self.repo, &list_tree(self.repo, old)?)?.into_iter().collect();
        let mut gained = HashMap::new();
        for (day, there) in days(self.repo, &list_tree(self.repo, new)?)? {
            let before = old_days.get(&day).copied();
            if before == Some(there) {
                continue;
            }
            let before = before.map(|before| self.list(before)).transpose()?.unwrap_or_default();
            for (entry, record) in list_tree(self.repo, there)? {
                if before.get(&entry.name) != Some(&record) {
                    gained.extend(record_at(&day, &entry).map(|dir| (dir, record)));
                }
            }
        }
        Ok(gained)
    }

    /// The names in a tree, each with its object.
    fn list(&self, tree: ObjectId) -> Result<Listing, StoreError> {
        Ok(list_tree(self.repo, tree)?.into_iter().map(|(entry, id)| (entry.name, id)).collect())
    }

    /// Remembers what was found out.
    pub(super) fn remember(self) {
        if self.learnt {
            cache::store(&self.file, &self.now);
        }
    }

    /// The tree of `.perfteam` in a commit.
    fn folder(&mut self, commit: ObjectId) -> Result<Option<Key>, StoreError> {
        if let Some(known) = recall(&mut self.before.folders, &mut self.now.folders, commit.as_slice()) {
            return Ok(known.clone());
        }
        let found = self.repo.commit_tree(commit)?.lookup(FOLDER)?;
        let folder = found.and_then(|(id, kind)| (kind == EntryKind::Folder).then(|| key(id)));
        self.learnt = true;
        self.now.folders.insert(key(commit), folder.clone());
        Ok(folder)
    }

    /// The records of a commit that have files which HEAD's have not.
    pub(super) fn added(&mut self, commit: ObjectId) -> Result<&[(RecordDir, Key)], StoreError> {
        let Some(folder) = self.folder(commit)? else { return Ok(&[]) };
        if Some(&folder) == self.now.anchor.as_ref() {
            return Ok(&[]);
        }
        if recall(&mut self.before.added, &mut self.now.added, &folder).is_none() {
            let found = self.compare(id(&folder)?)?;
            self.learnt = true;
            self.now.added.insert(folder.clone(), found);
        }
        Ok(self.now.added.get(&folder).map(Vec::as_slice).unwrap_or_default())
    }

    fn compare(&mut self, folder: ObjectId) -> Result<Vec<(RecordDir, Key)>, StoreError> {
        self.list_anchor()?;
        let mut added = Vec::new();
        for (day, there) in days(self.repo, &list_tree(self.repo, folder)?)? {
            let ours = self.anchor_days.as_ref().and_then(|days| days.get(&day)).copied();
            if ours == Some(there) {
                continue;
            }
            for (entry, record) in list_tree(self.repo, there)? {
                let Some(dir) = record_at(&day, &entry) else { continue };
                let known = ours.map(|ours| self.record_of(ours, &entry.name)).transpose()?.flatten();
                if known != Some(record) && self.adds(dir.kind(), record, known)? {
                    added.push((dir, key(record)));
                }
            }
        }
        Ok(added)
    }

    /// Lists the days of HEAD.
    fn list_anchor(&mut self) -> Result<(), StoreError> {
        if self.anchor_days.is_none() {
            self.anchor_days = Some(match &self.now.anchor {
                Some(anchor) => days(self.repo, &list_tree(self.repo, id(anchor)?)?)?.into_iter().collect(),
                None => HashMap::new(),
            });
        }
        Ok(())
    }

    /// The tree of the record `name` in a day of HEAD.
    fn record_of(&mut self, day: ObjectId, name: &str) -> Result<Option<ObjectId>, StoreError> {
        if !self.anchor_records.contains_key(&day) {
            self.anchor_records.insert(day, self.list(day)?);
        }
        Ok(self.anchor_records.get(&day).and_then(|records| records.get(name)).copied())
    }

    /// Whether `record` has a file whose name `known` has not.
    fn adds(
        &mut self,
        kind: &dyn Kind,
        record: ObjectId,
        known: Option<ObjectId>,
    ) -> Result<bool, StoreError> {
        let Some(known) = known else { return Ok(true) };
        let ours = self.names(kind, known)?.to_vec();
        Ok(self.names(kind, record)?.iter().any(|name| !ours.contains(name)))
    }

    /// The names of the head and the events in the tree of a record.
    pub(super) fn names(&mut self, kind: &dyn Kind, record: ObjectId) -> Result<&[String], StoreError> {
        if recall(&mut self.before.names, &mut self.now.names, record.as_slice()).is_none() {
            let mut found = Vec::new();
            for (entry, blob) in list_tree(self.repo, record)? {
                if entry.kind == EntryKind::File && is_archive(&entry.name) {
                    found.extend(names_in_archive(Some(read_blob(self.repo, blob)?)));
                } else if entry.kind == EntryKind::File && is_part(kind, &entry.name) {
                    found.push(entry.name);
                }
            }
            self.learnt = true;
            self.now.names.insert(key(record), found);
        }
        Ok(self.now.names.get(record.as_slice()).map(Vec::as_slice).unwrap_or_default())
    }

    /// What is known under `proof`, which stands for all bytes that `read` reads; without a proof it
    /// is read every time.
    pub(super) fn brief(
        &mut self,
        proof: Option<Vec<u8>>,
        read: impl FnOnce() -> Result<Option<Brief>, StoreError>,
    ) -> Result<Option<Brief>, StoreError> {
        let Some(proof) = proof else { return read() };
        if let Some(known) = recall(&mut self.before.briefs, &mut self.now.briefs, &proof) {
            return Ok(known.clone());
        }
        let brief = read()?;
        self.learnt = true;
        self.now.briefs.insert(proof, brief.clone());
        Ok(brief)
    }

    /// How many commits each of the tips is ahead of HEAD, in their order.
    pub(super) fn ahead(&mut self, head: ObjectId, tips: &[ObjectId]) -> Vec<Option<usize>> {
        let known: Option<Vec<_>> = tips
            .iter()
            .map(|tip| recall(&mut self.before.ahead, &mut self.now.ahead, tip.as_slice()).copied())
            .collect();
        known.unwrap_or_else(|| {
            let counts = super::ahead::ahead(self.repo, head, tips);
            self.learnt = true;
            self.now.ahead = tips.iter().map(|tip| key(*tip)).zip(counts.iter().copied()).collect();
            counts
        })
    }
}

/// What is known under `key`, taken over from what earlier runs remembered.
fn recall<'a, V>(before: &mut HashMap<Key, V>, now: &'a mut HashMap<Key, V>, key: &[u8]) -> Option<&'a V> {
    if !now.contains_key(key) {
        let (key, value) = before.remove_entry(key)?;
        now.insert(key, value);
    }
    now.get(key)
}

fn key(id: ObjectId) -> Key {
    id.as_slice().to_vec()
}

/// The object id that `key` spells.
pub(super) fn id(key: &[u8]) -> Result<ObjectId, StoreError> {
    ObjectId::try_from(key).map_err(|error| StoreError::git("can't read a cached object id")(error.into()))
}

/// The names of the files that an archive holds.
pub(super) fn names_in_archive(contents: Option<Contents>) -> Vec<String> {
    let Some(Contents::Bytes(bytes)) = contents else { return Vec::new() };
    archive::names(&String::from_utf8_lossy(&bytes)).map(str::to_owned).collect()
}

/// Whether a file is one of those that a record is made of: its head or an event.
pub(super) fn is_part(kind: &dyn Kind, name: &str) -> bool {
    name == kind.head_file() || EventName::from_file(name).is_some()
}
