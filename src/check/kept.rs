//! What records said before a change, and whether it is still said.

use std::collections::{BTreeMap, HashMap};

use super::sides::{bytes, changes_below};
use crate::domain::change::{Change, What};
use crate::domain::handle::Handle;
use crate::domain::id::{EventName, is_archive};
use crate::domain::record::{Record, RecordDir};
use crate::domain::redaction::Redaction;
use crate::rules::{Altered, Fate};
use crate::store::assemble::{read_files, read_record, said, said_by};
use crate::store::committed::record_of;
use crate::store::history::{Past, Range};
use crate::store::redaction::{Instead, instead};
use crate::store::repo::FOLDER;
use crate::store::source::{CommitTree, Source};
use crate::store::{ObjectId, Repo, StoreError};

/// The paths of heads and events that the changes alter or remove and that are published.
pub fn published_paths(
    repo: &Repo,
    changes: &[Change],
    integration: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let altered = altered_records(changes);
    if altered.is_empty() {
        return Ok(altered);
    }
    let mut trees = Vec::new();
    for tip in repo.published_tips(integration) {
        trees.push(repo.commit_tree(tip)?);
    }
    Ok(altered.into_iter().filter(|path| trees.iter().any(|tree| says(tree, path))).collect())
}

/// Whether `tree` has the file, or what it holds: an archive is made of what was published.
pub fn says(tree: &dyn Source, path: &str) -> bool {
    let has_record = || record_of(path).is_some_and(|dir| tree.exists(&dir.path()));
    tree.exists(path) || (path.rsplit('/').next().is_some_and(is_archive) && has_record())
}

/// Heads, events and archives that the changes from `parent` to `after` alter or remove, as they
/// were at `parent`. What an archive says, byte for byte, is not gone.
pub fn altered(
    parent: &dyn Source,
    after: &dyn Source,
    changes: &[Change],
    is_published: &dyn Fn(&str) -> bool,
) -> Result<Vec<Altered>, StoreError> {
    let mut altered = Vec::new();
    let mut kept = Kept::new(parent, after);
    let mut known: BTreeMap<RecordDir, Record> = BTreeMap::new();
    for change in changes {
        let (path, fate) = match &change.what {
            What::Added => continue,
            What::Modified => (&change.path, Fate::Changed),
            What::Deleted => (&change.path, Fate::Gone),
            What::Moved(from) => (from, Fate::Moved(change.path.clone())),
        };
        let Some(dir) = record_of(path) else { continue };
        let name = path.rsplit('/').next().unwrap_or_default();
        let event = EventName::from_file(name);
        if event.is_none() && name != dir.kind().head_file() && !is_archive(name) {
            continue;
        }
        let fate = match (fate, kept.judge(&dir, path)?) {
            (_, Keeping::Whole) => continue,
            (_, Keeping::Redacted(redactions)) => Fate::Redacted(redactions),
            (_, Keeping::Forged(why)) => Fate::Forged(why),
            (Fate::Gone, Keeping::OtherText) => Fate::Misquoted,
            (fate, _) => fate,
        };
        if !known.contains_key(&dir) {
            known.insert(dir.clone(), read_record(parent, &dir)?);
        }
        altered.push(Altered {
            writer: known.get(&dir).and_then(|record| writer(record, event.as_ref())),
            path: path.clone(),
            fate,
            published: is_published(path),
            original: bytes(parent, path).unwrap_or_default(),
            dir,
        });
    }
    Ok(altered)
}

/// Whether what files of records said before is still said.
struct Kept<'a> {
    before: &'a dyn Source,
    after: &'a dyn Source,
    said: HashMap<RecordDir, Texts>,
}

/// The texts of the files of a record by their names.
type Texts = HashMap<String, Vec<u8>>;

/// What became of the text of a file.
enum Keeping {
    /// Every byte of it is still there.
    Whole,
    /// It is still there but for the words that these redactions took away.
    Redacted(Vec<Redaction>),
    /// What stands there says to be its redaction, and is not; why.
    Forged(String),
    /// Something else stands under its name.
    OtherText,
    /// It is nowhere.
    Nothing,
}

impl<'a> Kept<'a> {
    fn new(before: &'a dyn Source, after: &'a dyn Source) -> Self {
        Kept { before, after, said: HashMap::new() }
    }

    /// What became of the text that lay at `path` in the folder of the record at `dir`.
    fn judge(&mut self, dir: &RecordDir, path: &str) -> Result<Keeping, StoreError> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let Some(before) = bytes(self.before, path) else { return Ok(Keeping::Nothing) };
        let said_before = said_by(dir, name, &before);
        if said_before.is_empty() {
            return Ok(Keeping::Nothing);
        }
        if !self.said.contains_key(dir) {
            self.said.insert(dir.clone(), texts(self.after, dir)?);
        }
        let said_now = &self.said[dir];
        let mut other: Vec<(String, Vec<u8>)> = said_before;
        let had = other.len();
        other.retain(|(name, bytes)| said_now.get(name) != Some(bytes));
        if other.is_empty() {
            return Ok(Keeping::Whole);
        }
        // What an archive said, and a redaction beside it did not let count, was not said before, either.
        let was_said = texts(self.before, dir)?;
        other.retain(|(name, _)| said_now.get(name).is_none_or(|now| was_said.get(name) != Some(now)));
        Ok(redactions(dir, &other, said_now).unwrap_or_else(|| {
            let is_said = |(name, _): &(String, Vec<u8>)| said_now.contains_key(name);
            if other.len() < had || other.iter().any(is_said) { Keeping::OtherText } else { Keeping::Nothing }
        }))
    }
}

fn texts(source: &dyn Source, dir: &RecordDir) -> Result<Texts, StoreError> {
    Ok(said(dir, read_files(source, dir)?).into_iter().collect())
}

/// How the texts `before` were redacted, when that is all that happened to them.
fn redactions(dir: &RecordDir, before: &[(String, Vec<u8>)], now: &Texts) -> Option<Keeping> {
    let mut redactions = Vec::new();
    let mut forged = None;
    for (name, text) in before {
        match instead(dir, name, text, now.get(name)?) {
            Instead::Redacted(redaction) => redactions.push(redaction),
            Instead::Falsely(why) => forged = Some(format!("{name}: {why}")),
            Instead::Other => return None,
        }
    }
    Some(match forged {
        Some(why) => Keeping::Forged(why),
        None if redactions.is_empty() => Keeping::Whole,
        None => Keeping::Redacted(redactions),
    })
}

/// Who wrote an event, or the head; `None` where it could not be read as one.
pub fn writer(record: &Record, event: Option<&EventName>) -> Option<Handle> {
    let file = event.map_or_else(|| record.dir.kind().head_file().to_owned(), EventName::file);
    if record.faults.iter().any(|(name, _)| *name == file) {
        return None;
    }
    match event {
        Some(name) => record.events.iter().find(|own| own.name == *name).map(|own| own.front.by.clone()),
        None => record.dir.kind().brief(record).map(|brief| brief.from),
    }
}

/// Files of records that do not say any more what they said.
#[derive(Debug, Default)]
pub struct LostRecords {
    /// Their paths.
    pub altered: Vec<String>,
    /// The paths of those that were redacted, and nothing else.
    pub redacted: Vec<String>,
}

/// The same without those whose text is still said: in an archive, or again in files.
pub fn lost_records(
    before: &dyn Source,
    after: &dyn Source,
    changes: &[Change],
) -> Result<LostRecords, StoreError> {
    let mut kept = Kept::new(before, after);
    let mut lost = LostRecords::default();
    for path in altered_records(changes) {
        let Some(dir) = record_of(&path) else { continue };
        match kept.judge(&dir, &path)? {
            Keeping::Whole => continue,
            Keeping::Redacted(_) => lost.redacted.push(path.clone()),
            Keeping::Forged(_) | Keeping::OtherText | Keeping::Nothing => {}
        }
        lost.altered.push(path);
    }
    Ok(lost)
}

/// The files of records that a rewritten branch brought and that what is in its place does not say.
/// What the integration branch had when it left it is judged as of there.
pub fn dropped_records(
    repo: &Repo,
    range: &Range,
    after: &CommitTree<'_>,
) -> Result<Vec<String>, StoreError> {
    let Past::Rewritten(old) = range.past else { return Ok(Vec::new()) };
    let old = repo.commit_tree(old)?;
    let changes = changes_below(repo, old.folder(FOLDER)?.as_ref(), after.folder(FOLDER)?.as_ref())?;
    let bases =
        range.merge_bases.iter().map(|base| repo.commit_tree(*base)).collect::<Result<Vec<_>, _>>()?;
    let mut lost = lost_records(&old, after, &changes)?.altered;
    lost.retain(|path| !bases.iter().any(|base| base.exists(path)));
    Ok(lost)
}

/// The records whose heads the commit `other` has and `commit` has not, as people name them.
pub fn records_beyond(repo: &Repo, commit: ObjectId, other: ObjectId) -> Result<Vec<String>, StoreError> {
    let folder = |commit: ObjectId| repo.commit_tree(commit)?.folder(FOLDER);
    let changes = changes_below(repo, folder(commit)?.as_ref(), folder(other)?.as_ref())?;
    let added = changes.iter().filter(|change| matches!(change.what, What::Added | What::Moved(_)));
    let heads = added.filter_map(|change| {
        let dir = record_of(&change.path)?;
        (name_of(&change.path) == dir.kind().head_file())
            .then(|| format!("{} {}", dir.kind().name(), dir.id()))
    });
    Ok(heads.collect())
}

/// The paths of heads and events that the changes alter or remove.
pub fn altered_records(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .filter_map(|change| match &change.what {
            What::Added => None,
            What::Modified | What::Deleted => Some(change.path.clone()),
            What::Moved(from) => Some(from.clone()),
        })
        .filter(|path| record_of(path).is_some_and(|dir| !dir.kind().is_document(name_of(path))))
        .collect()
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
