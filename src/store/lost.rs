//! Files of records that history has and the work tree lost: by `git revert`, by deletion, by
//! hand.

use std::collections::{BTreeMap, HashSet};

use gix::ObjectId;
use gix::bstr::BStr;
use gix::index::entry::{Flags, Stage};
use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;

use super::error::StoreError;
use super::repo::{FOLDER, Repo};
use super::source::{EntryKind, is_missing, list_tree};
use super::write;
use crate::domain::id::EventName;
use crate::domain::kind::{KINDS, Kind};
use crate::domain::record::{RecordDir, is_day};

/// The heads and events that some history has: paths from the top of the work tree, each with the
/// newest object that lay there.
pub type Originals = BTreeMap<String, ObjectId>;

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

/// The heads and events that the history in `scope` has or had. Every tree is looked into once, so
/// that the cost follows the changes of `.perfteam`, not the number of commits.
pub fn originals(repo: &Repo, scope: &Scope) -> Result<Originals, StoreError> {
    let mut originals = Originals::new();
    let tips = tips(repo, scope)?;
    if tips.is_empty() {
        return Ok(originals);
    }
    let fail =
        |error: Box<dyn std::error::Error + Send + Sync>| StoreError::git("can't walk the history")(error);
    let walk = repo
        .git
        .rev_walk(tips)
        .sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst))
        .all()
        .map_err(|error| fail(error.into()))?;
    let mut seen = HashSet::new();
    for info in walk {
        let commit = info.map_err(|error| fail(error.into()))?.id;
        let tree = repo.commit_tree(commit)?;
        if let Some((folder, EntryKind::Folder)) = tree.lookup(FOLDER)?
            && seen.insert((String::new(), folder))
        {
            collect_kinds(repo, folder, &mut seen, &mut originals)?;
        }
    }
    Ok(originals)
}

fn tips(repo: &Repo, scope: &Scope) -> Result<Vec<ObjectId>, StoreError> {
    let Some(head) = repo.head()? else { return Ok(Vec::new()) };
    let published = match scope {
        Scope::Head => return Ok(vec![head]),
        Scope::Base(revision) => return Ok(repo.range(revision, head)?.merge_bases),
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

type Seen = HashSet<(String, ObjectId)>;

fn collect_kinds(
    repo: &Repo,
    folder: ObjectId,
    seen: &mut Seen,
    out: &mut Originals,
) -> Result<(), StoreError> {
    for (entry, id) in list_tree(repo, folder)? {
        let Some(kind) = KINDS.iter().find(|kind| kind.folder() == entry.name) else { continue };
        if entry.kind != EntryKind::Folder || !seen.insert((entry.name.clone(), id)) {
            continue;
        }
        for (day, id) in list_tree(repo, id)? {
            let path = format!("{}/{}", kind.folder(), day.name);
            if day.kind == EntryKind::Folder && is_day(&day.name) && seen.insert((path.clone(), id)) {
                collect_day(repo, *kind, &path, id, seen, out)?;
            }
        }
    }
    Ok(())
}

fn collect_day(
    repo: &Repo,
    kind: &dyn Kind,
    day: &str,
    id: ObjectId,
    seen: &mut Seen,
    out: &mut Originals,
) -> Result<(), StoreError> {
    for (record, id) in list_tree(repo, id)? {
        let Some(dir) = RecordDir::parse(&format!("{day}/{}", record.name)) else { continue };
        if record.kind != EntryKind::Folder || !seen.insert((dir.as_str().to_owned(), id)) {
            continue;
        }
        for (file, blob) in list_tree(repo, id)? {
            let is_record = file.name == kind.head_file() || EventName::from_file(&file.name).is_some();
            if file.kind == EntryKind::File && is_record {
                out.entry(format!("{}/{}", dir.path(), file.name)).or_insert(blob);
            }
        }
    }
    Ok(())
}

/// Those of `originals` that are not in the work tree and the index as history has them, heads
/// before events: so that each prefix of writing them back is a valid state.
pub fn lost(repo: &Repo, originals: &Originals) -> Result<Vec<Lost>, StoreError> {
    let staged = repo.staged()?;
    let index = staged.state();
    let mut lost = Vec::new();
    for (path, original) in originals {
        let entry = index.entry_by_path_and_stage(BStr::new(path), Stage::Unconflicted);
        let unseen = entry.is_some_and(|entry| entry.flags.contains(Flags::SKIP_WORKTREE));
        let is_staged = entry.is_some_and(|entry| entry.id == *original);
        let fate = match on_disk(repo, path)? {
            OnDisk::Nothing if unseen && is_staged => continue,
            OnDisk::Nothing => Fate::Missing,
            OnDisk::File(object) if object == *original && is_staged => continue,
            OnDisk::File(object) if object == *original => Fate::Unstaged,
            OnDisk::File(_) if entry.is_some() => Fate::Altered,
            OnDisk::File(_) | OnDisk::Other => Fate::InTheWay,
        };
        lost.push(Lost { path: path.clone(), original: *original, fate });
    }
    lost.sort_by_key(|lost| (!is_head(&lost.path), lost.path.clone()));
    Ok(lost)
}

fn is_head(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    KINDS.iter().any(|kind| kind.head_file() == name)
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
