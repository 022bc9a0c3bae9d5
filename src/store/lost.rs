//! Files of records that history has and the work tree lost: by `git revert`, by deletion, by
//! hand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gix::ObjectId;
use gix::bstr::BStr;
use gix::index::Entry;
use gix::index::entry::{Flags, Stage};

use super::assemble::{read_files, said, said_by};
use super::committed::record_of;
use super::error::StoreError;
use super::git;
use super::redaction::{Instead, instead, told_by};
use super::repo::{FOLDER, Repo};
use super::source::{Contents, Source, is_missing, read_blob};
use super::staged::whole_index;
use super::write;
use crate::domain::id::{EventName, is_archive};
use crate::domain::record::RecordDir;

/// A head or an event that is not as history has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The path from the top of the work tree.
    pub path: String,
    /// The object that holds the original bytes.
    pub original: ObjectId,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is gone.
    Missing,
    /// Its content is another.
    Altered,
    /// It is in the work tree as it was, and the next commit would leave it out.
    Unstaged,
    /// Something that git does not track lies in its place, and stays.
    InTheWay,
}

/// Whose history says what is original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// What this base and HEAD have in common.
    Base(String),
    /// What HEAD has in common with the upstream branch and the integration branch; all of HEAD's
    /// history where there is neither.
    Published {
        /// The integration branch that policy names.
        integration: Option<String>,
    },
    /// All of HEAD's history.
    Head,
}

/// The heads and events that the history in `scope` has or had and that are not in the work tree
/// and the index as it has them; heads before events, so that each prefix of writing them back is a
/// valid state.
pub fn lost(repo: &Repo, scope: &Scope) -> Result<Vec<Lost>, StoreError> {
    let mut originals = BTreeMap::new();
    for tip in tips(repo, scope)? {
        for (path, original) in suspects(repo, tip)? {
            let known = originals.entry(path.clone()).or_insert(original);
            if *known != original && is_redaction(repo, &path, *known, original)? {
                *known = original;
            }
        }
    }
    let mut lost = judge(repo, &originals)?;
    drop_redacted(repo, &mut lost)?;
    lost.sort_by_key(|lost| (!is_head(&lost.path), lost.path.clone()));
    Ok(lost)
}

fn tips(repo: &Repo, scope: &Scope) -> Result<Vec<ObjectId>, StoreError> {
    let Some(head) = repo.head()? else { return Ok(Vec::new()) };
    let published = match scope {
        Scope::Head => return Ok(vec![head]),
        Scope::Base(revision) => return Ok(repo.related_range(revision, head)?.merge_bases),
        Scope::Published { integration } => repo.published_tips(integration.as_deref()),
    };
    if published.is_empty() {
        return Ok(vec![head]);
    }
    let mut tips = Vec::new();
    for tip in published {
        tips.extend(repo.range(&tip.to_string(), head)?.merge_bases);
    }
    Ok(tips)
}

/// Files of records in which the work tree or the index differ from `tip`, each with what the tip
/// has; and those that its history deleted, each with what it had last. git lists both without
/// reading what has not changed.
fn suspects(repo: &Repo, tip: ObjectId) -> Result<Vec<(String, ObjectId)>, StoreError> {
    const RAW: [&str; 5] = ["--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff"];
    let tip_id = tip.to_string();
    let run = |command: &[&str]| {
        git::output(repo.top(), command.iter().chain(&RAW).chain(&[tip_id.as_str(), "--", FOLDER]))
    };
    let mut suspects = raw_entries(&run(&["diff"])?);
    suspects.extend(raw_entries(&run(&["diff", "--cached"])?));
    // Merges are compared with each parent, and no side of history is left out: a merge may lose
    // files, too.
    let deleted = run(&["log", "--format=", "--full-history", "-m", "--diff-filter=D"])?;
    let tree = repo.commit_tree(tip)?;
    suspects.extend(raw_entries(&deleted).into_iter().filter(|(path, _)| !tree.exists(path)));
    suspects.retain(|(path, _)| is_record_file(path));
    Ok(suspects)
}

/// The paths of `:MODE MODE OLD NEW STATUS NUL PATH NUL`, each with its old object, where it has one.
fn raw_entries(listed: &[u8]) -> Vec<(String, ObjectId)> {
    let mut fields = listed.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let mut entries = Vec::new();
    while let Some(meta) = fields.next() {
        let Some(meta) = meta.trim_start().strip_prefix(':').map(str::to_owned) else { continue };
        let Some(path) = fields.next() else { break };
        let old = meta.split(' ').nth(2).and_then(|hex| ObjectId::from_hex(hex.as_bytes()).ok());
        entries.extend(old.filter(|old| !old.is_null()).map(|old| (path.into_owned(), old)));
    }
    entries
}

fn is_record_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let in_record = record_of(path).is_some_and(|dir| format!("{}/{name}", dir.path()) == path);
    in_record && (is_head(path) || EventName::from_file(name).is_some() || is_archive(name))
}

fn judge(repo: &Repo, originals: &BTreeMap<String, ObjectId>) -> Result<Vec<Lost>, StoreError> {
    let index = whole_index(repo)?;
    let head = repo.head()?.map(|head| repo.commit_tree(head)).transpose()?;
    let mut lost = Vec::new();
    let mut archived = Archived { repo, said: HashMap::new() };
    for (path, original) in originals {
        let entry = index.entry_by_path_and_stage(BStr::new(path), Stage::Unconflicted);
        let mut original = *original;
        let mut fate = fate(repo, path, original, entry, &mut archived)?;
        if fate.is_some() {
            // What was redacted here, and is published as it was, is not brought back as it was.
            let at_head = head.as_ref().map(|head| head.object(path)).transpose()?.flatten();
            for newer in entry.map(|entry| entry.id).into_iter().chain(at_head) {
                if is_redaction(repo, path, original, newer)? {
                    original = newer;
                    fate = self::fate(repo, path, original, entry, &mut archived)?;
                }
            }
        }
        lost.extend(fate.map(|fate| Lost { path: path.clone(), original, fate }));
    }
    Ok(lost)
}

/// What became of a file; `None` where it is as it was, or redacted.
fn fate(
    repo: &Repo,
    path: &str,
    original: ObjectId,
    entry: Option<&Entry>,
    archived: &mut Archived<'_>,
) -> Result<Option<Fate>, StoreError> {
    let unseen = entry.is_some_and(|entry| entry.flags.contains(Flags::SKIP_WORKTREE));
    let is_staged = entry.is_some_and(|entry| entry.id == original);
    Ok(match on_disk(repo, path)? {
        OnDisk::Nothing if unseen && is_staged => None,
        OnDisk::Nothing if archived.says(path, original)? => None,
        OnDisk::Nothing => Some(Fate::Missing),
        OnDisk::File(object) if object == original && is_staged => None,
        OnDisk::File(object) if object == original => Some(Fate::Unstaged),
        OnDisk::File(object) if is_redaction(repo, path, original, object)? => None,
        OnDisk::File(_) if entry.is_some() => Some(Fate::Altered),
        OnDisk::File(_) | OnDisk::Other => Some(Fate::InTheWay),
    })
}

/// What the records of the work tree say, archives included.
struct Archived<'a> {
    repo: &'a Repo,
    said: HashMap<RecordDir, HashMap<String, Vec<u8>>>,
}

impl Archived<'_> {
    /// Whether all that the file at `path` said stands in an archive, or in files again.
    fn says(&mut self, path: &str, original: ObjectId) -> Result<bool, StoreError> {
        let Some(dir) = record_of(path) else { return Ok(false) };
        let here = self.repo.work_tree();
        if !self.said.contains_key(&dir) {
            let files = read_files(&here, &dir)?;
            self.said.insert(dir.clone(), said(&dir, files).into_iter().collect());
        }
        let said_now = &self.said[&dir];
        if said_now.is_empty() {
            return Ok(false);
        }
        let Contents::Bytes(bytes) = read_blob(self.repo, original)? else { return Ok(false) };
        let before = said_by(&dir, path.rsplit('/').next().unwrap_or_default(), &bytes);
        let is_said = |(name, bytes): &(String, Vec<u8>)| {
            said_now.get(name).is_some_and(|now| now == bytes || is_redacted(&dir, name, bytes, now))
        };
        Ok(!before.is_empty() && before.iter().all(is_said))
    }
}

/// Whether `new` is a redaction of `old`.
fn is_redacted(dir: &RecordDir, name: &str, old: &[u8], new: &[u8]) -> bool {
    matches!(instead(dir, name, old, new), Instead::Redacted(_))
}

/// The same of the objects of the file at `path`; one that is not here is none.
fn is_redaction(repo: &Repo, path: &str, old: ObjectId, new: ObjectId) -> Result<bool, StoreError> {
    if old == new {
        return Ok(false);
    }
    let Some(dir) = record_of(path) else { return Ok(false) };
    let name = path.rsplit('/').next().unwrap_or_default();
    let (Contents::Bytes(old), Some(new)) = (read_blob(repo, old)?, bytes_of(repo, path, new)?) else {
        return Ok(false);
    };
    Ok(is_redacted(&dir, name, &old, &new))
}

/// The bytes of an object, which may lie in the work tree alone.
fn bytes_of(repo: &Repo, path: &str, object: ObjectId) -> Result<Option<Vec<u8>>, StoreError> {
    if repo.git.has_object(object) {
        return Ok(match read_blob(repo, object)? {
            Contents::Bytes(bytes) => Some(bytes),
            _ => None,
        });
    }
    let path = repo.top().join(path);
    std::fs::read(&path).map(Some).map_err(StoreError::io("read", &path))
}

/// Leaves out files of which a redaction is known: what they said before is not brought back.
fn drop_redacted(repo: &Repo, lost: &mut Vec<Lost>) -> Result<(), StoreError> {
    let dirs: BTreeSet<RecordDir> = missing(lost).filter_map(|lost| record_of(&lost.path)).collect();
    if dirs.is_empty() {
        return Ok(());
    }
    let head = repo.head()?.map(|head| repo.commit_tree(head)).transpose()?;
    let mut dropped: Vec<String> = Vec::new();
    for dir in dirs {
        let mut known = said(&dir, read_files(&repo.work_tree(), &dir)?);
        if let Some(head) = &head {
            known.extend(said(&dir, read_files(head, &dir)?));
        }
        let mut texts = Vec::new();
        for lost in missing(lost).filter(|lost| record_of(&lost.path).as_ref() == Some(&dir)) {
            let Contents::Bytes(bytes) = read_blob(repo, lost.original)? else { continue };
            let said = said_by(&dir, lost.path.rsplit('/').next().unwrap_or_default(), &bytes);
            known.extend(said.iter().cloned());
            texts.push((lost.path.clone(), said));
        }
        known.retain(|(_, bytes)| told_by(bytes).is_some());
        let has_redaction = |(name, old): &(String, Vec<u8>)| {
            known.iter().any(|(other, new)| other == name && is_redacted(&dir, name, old, new))
        };
        dropped.extend(
            texts.into_iter().filter(|(_, said)| said.iter().any(has_redaction)).map(|(path, _)| path),
        );
    }
    lost.retain(|lost| !dropped.contains(&lost.path));
    Ok(())
}

fn missing(lost: &[Lost]) -> impl Iterator<Item = &Lost> {
    lost.iter().filter(|lost| lost.fate == Fate::Missing)
}

fn is_head(path: &str) -> bool {
    record_of(path).is_some_and(|dir| dir.head_path() == path)
}

enum OnDisk {
    Nothing,
    File(ObjectId),
    Other,
}

fn on_disk(repo: &Repo, path: &str) -> Result<OnDisk, StoreError> {
    let path = repo.top().join(path);
    match std::fs::symlink_metadata(&path) {
        Ok(about) if about.is_file() => {
            let bytes = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
            let object = gix::objs::compute_hash(repo.git.object_hash(), gix::objs::Kind::Blob, &bytes)
                .map_err(|error| StoreError::git("can't hash a file")(error.into()))?;
            Ok(OnDisk::File(object))
        }
        Ok(_) => Ok(OnDisk::Other),
        Err(error) if is_missing(&error) => Ok(OnDisk::Nothing),
        Err(error) => Err(StoreError::io("read", &path)(error)),
    }
}

/// Writes the original bytes back. What lay there altered is kept as an object of git, whose name
/// is returned.
pub fn write_back(repo: &Repo, lost: &Lost) -> Result<Option<String>, StoreError> {
    let path = repo.top().join(&lost.path);
    let fail = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::git(format!("can't read the original of {}", lost.path))(error)
    };
    let kept = match lost.fate {
        Fate::Unstaged | Fate::InTheWay => return Ok(None),
        Fate::Missing => None,
        Fate::Altered => {
            let bytes = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
            Some(repo.git.write_blob(&bytes).map_err(|error| fail(error.into()))?.to_string())
        }
    };
    let mut blob = repo.git.find_blob(lost.original).map_err(|error| fail(error.into()))?;
    write::replace(repo, &path, blob.take_data())?;
    Ok(kept)
}
