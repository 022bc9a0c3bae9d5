//! What is known of commits and trees by their object ids: facts that never change.

use std::collections::HashMap;
use std::rc::Rc;

use gix::ObjectId;

use crate::domain::id::{EventName, is_archive};
use crate::domain::kind::Kind;
use crate::domain::record::RecordDir;
use crate::markdown::archive;
use crate::store::committed::{days, record_at};
use crate::store::error::StoreError;
use crate::store::repo::{FOLDER, Repo};
use crate::store::source::{Contents, EntryKind, list_tree, read_blob};

/// A record's folder and its tree.
pub(super) type RecordTree = (RecordDir, ObjectId);

/// Facts about trees, each found out once.
pub(super) struct Facts<'a> {
    repo: &'a Repo,
    /// HEAD's folder of records, against which all others are compared.
    anchor: Option<ObjectId>,
    anchor_days: Option<Rc<HashMap<String, ObjectId>>>,
    folders: HashMap<ObjectId, Option<ObjectId>>,
    added: HashMap<ObjectId, Rc<Vec<RecordTree>>>,
    names: HashMap<ObjectId, Rc<Vec<String>>>,
    records: HashMap<ObjectId, Rc<HashMap<String, ObjectId>>>,
}

impl<'a> Facts<'a> {
    /// Facts in comparison with the commit `head`.
    pub(super) fn against(repo: &'a Repo, head: Option<ObjectId>) -> Result<Self, StoreError> {
        let mut facts = Facts {
            repo,
            anchor: None,
            anchor_days: None,
            folders: HashMap::new(),
            added: HashMap::new(),
            names: HashMap::new(),
            records: HashMap::new(),
        };
        if let Some(head) = head {
            facts.anchor = facts.folder(head)?;
        }
        Ok(facts)
    }

    /// The tree of `.perfteam` in a commit.
    fn folder(&mut self, commit: ObjectId) -> Result<Option<ObjectId>, StoreError> {
        if let Some(known) = self.folders.get(&commit) {
            return Ok(*known);
        }
        let found = self.repo.commit_tree(commit)?.lookup(FOLDER)?;
        let folder = found.and_then(|(id, kind)| (kind == EntryKind::Folder).then_some(id));
        self.folders.insert(commit, folder);
        Ok(folder)
    }

    /// The records of a commit that have files which HEAD's have not.
    pub(super) fn added(&mut self, commit: ObjectId) -> Result<Rc<Vec<RecordTree>>, StoreError> {
        let Some(folder) = self.folder(commit)?.filter(|folder| Some(*folder) != self.anchor) else {
            return Ok(Rc::default());
        };
        if let Some(known) = self.added.get(&folder) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(self.compare(folder)?);
        self.added.insert(folder, Rc::clone(&found));
        Ok(found)
    }

    fn compare(&mut self, folder: ObjectId) -> Result<Vec<RecordTree>, StoreError> {
        let anchor_days = self.anchor_days()?;
        let mut added = Vec::new();
        for (day, id) in days(self.repo, &list_tree(self.repo, folder)?)? {
            let ours = anchor_days.get(&day).copied();
            if ours == Some(id) {
                continue;
            }
            let ours = ours.map(|ours| self.records_of(ours)).transpose()?.unwrap_or_default();
            for (entry, record) in list_tree(self.repo, id)? {
                let Some(dir) = record_at(&day, &entry) else { continue };
                let known = ours.get(&entry.name).copied();
                if known != Some(record) && self.adds(dir.kind(), record, known)? {
                    added.push((dir, record));
                }
            }
        }
        Ok(added)
    }

    fn anchor_days(&mut self) -> Result<Rc<HashMap<String, ObjectId>>, StoreError> {
        if let Some(known) = &self.anchor_days {
            return Ok(Rc::clone(known));
        }
        let found = match self.anchor {
            Some(anchor) => days(self.repo, &list_tree(self.repo, anchor)?)?.into_iter().collect(),
            None => HashMap::new(),
        };
        Ok(Rc::clone(self.anchor_days.insert(Rc::new(found))))
    }

    /// The records of a day.
    fn records_of(&mut self, day: ObjectId) -> Result<Rc<HashMap<String, ObjectId>>, StoreError> {
        if let Some(known) = self.records.get(&day) {
            return Ok(Rc::clone(known));
        }
        let listed = list_tree(self.repo, day)?;
        let found = Rc::new(listed.into_iter().map(|(entry, id)| (entry.name, id)).collect());
        self.records.insert(day, Rc::clone(&found));
        Ok(found)
    }

    /// Whether `record` has a file whose name `known` has not.
    fn adds(
        &mut self,
        kind: &dyn Kind,
        record: ObjectId,
        known: Option<ObjectId>,
    ) -> Result<bool, StoreError> {
        let Some(known) = known else { return Ok(true) };
        let (names, known) = (self.names(kind, record)?, self.names(kind, known)?);
        Ok(names.iter().any(|name| !known.contains(name)))
    }

    /// The names of the head and the events in the tree of a record.
    pub(super) fn names(&mut self, kind: &dyn Kind, record: ObjectId) -> Result<Rc<Vec<String>>, StoreError> {
        if let Some(known) = self.names.get(&record) {
            return Ok(Rc::clone(known));
        }
        let mut names = Vec::new();
        for (entry, blob) in list_tree(self.repo, record)? {
            if entry.kind == EntryKind::File && is_archive(&entry.name) {
                names.extend(names_in_archive(Some(read_blob(self.repo, blob)?)));
            } else if entry.kind == EntryKind::File && is_part(kind, &entry.name) {
                names.push(entry.name);
            }
        }
        let found = Rc::new(names);
        self.names.insert(record, Rc::clone(&found));
        Ok(found)
    }
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
