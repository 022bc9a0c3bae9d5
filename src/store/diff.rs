//! What changes between two states of the tree.

use std::collections::HashMap;

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice, ByteVec};

use super::error::StoreError;
use super::git;
use super::index::Index;
use super::repo::Repo;
use super::source::CommitTree;
use super::staged::Staged;
use crate::domain::change::{Change, What};

/// Raw differences, before moves are told from additions and deletions.
#[derive(Default)]
struct Raw {
    added: Vec<(BString, ObjectId)>,
    deleted: Vec<(BString, ObjectId)>,
    modified: Vec<BString>,
}

impl Raw {
    fn into_changes(self) -> Vec<Change> {
        let mut gone: HashMap<ObjectId, Vec<BString>> = HashMap::new();
        for (path, id) in self.deleted.into_iter().rev() {
            gone.entry(id).or_default().push(path);
        }
        let mut changes = Vec::new();
        let text = |path: &BString| path.to_str_lossy().into_owned();
        for (path, id) in &self.added {
            let what = match gone.get_mut(id).and_then(Vec::pop) {
                Some(from) => What::Moved(text(&from)),
                None => What::Added,
            };
            changes.push(Change { path: text(path), what });
        }
        let deleted = gone.into_values().flatten();
        changes.extend(deleted.map(|path| Change { path: text(&path), what: What::Deleted }));
        changes.extend(self.modified.iter().map(|path| Change { path: text(path), what: What::Modified }));
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        changes
    }
}

/// What a commit of the index would change against `head`. Folders that the index knows by the
/// same object id as HEAD are not looked into.
pub fn staged_changes(
    repo: &Repo,
    head: Option<&CommitTree<'_>>,
    staged: &Staged<'_>,
) -> Result<Vec<Change>, StoreError> {
    let mut walk = IndexWalk { repo, index: staged.index(), raw: Raw::default() };
    let all = 0..walk.index.entries.len();
    walk.folder(&mut BString::default(), head.map(CommitTree::id), all)?;
    Ok(walk.raw.into_changes())
}

struct IndexWalk<'a> {
    repo: &'a Repo,
    index: &'a Index,
    raw: Raw,
}

/// One side of a name: a folder, or a file with its object.
#[derive(Clone)]
enum Side {
    Folder(ObjectId),
    File(ObjectId, u16),
}

impl IndexWalk<'_> {
    /// Compares the folder `prefix` (with its slash) of HEAD with the index entries in `range`.
    fn folder(
        &mut self,
        prefix: &mut BString,
        head: Option<ObjectId>,
        range: std::ops::Range<usize>,
    ) -> Result<(), StoreError> {
        if self.index.same.contains_key(prefix.as_bstr()) {
            return Ok(());
        }
        let before = match head {
            Some(id) => tree_sides(self.repo, id)?,
            None => Vec::new(),
        };
        let mut before = before.into_iter().peekable();
        let mut at = range.start;
        while at < range.end || before.peek().is_some() {
            let name = (at < range.end).then(|| self.child(prefix, at, range.end));
            let order = match (&name, before.peek()) {
                (Some((name, _)), Some((old, _))) => name.as_slice().cmp(old.as_slice()),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, _) => std::cmp::Ordering::Greater,
            };
            let old = if order.is_ge() { before.next() } else { None };
            match name.filter(|_| order.is_le()) {
                Some((name, end)) => {
                    self.compare(prefix, &name, old.map(|(_, side)| side), at..end)?;
                    at = end;
                }
                None => {
                    if let Some((name, side)) = old {
                        self.beyond_entries(prefix, &name, side)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The name of the child to which entry `at` belongs (a folder's with its slash), and where
    /// its entries end.
    fn child(&self, prefix: &BString, at: usize, end: usize) -> (BString, usize) {
        let entries = &self.index.entries;
        let path = entries[at].path.as_bstr();
        let rest = &path[prefix.len()..];
        let Some(slash) = rest.find_byte(b'/') else { return (rest.to_owned(), at + 1) };
        let name = rest[..=slash].to_owned();
        let whole: BString = path[..prefix.len() + slash + 1].to_owned();
        let count = entries[at..end].partition_point(|entry| entry.path.starts_with(&whole));
        (name, at + count)
    }

    fn compare(
        &mut self,
        prefix: &mut BString,
        name: &BString,
        old: Option<Side>,
        range: std::ops::Range<usize>,
    ) -> Result<(), StoreError> {
        let length = prefix.len();
        prefix.push_str(name);
        let result = if name.ends_with(b"/") {
            let head = match &old {
                Some(Side::Folder(id)) => Some(*id),
                _ => None,
            };
            self.folder(prefix, head, range)
        } else {
            self.file(prefix, old, range.start);
            Ok(())
        };
        prefix.truncate(length);
        result
    }

    fn file(&mut self, path: &BString, old: Option<Side>, at: usize) {
        let entry = &self.index.entries[at];
        let old = match old {
            Some(Side::File(id, mode)) => Some((id, mode)),
            _ => None,
        };
        if !entry.would_be_committed() {
            if let Some((id, _)) = old {
                self.raw.deleted.push((path.clone(), id));
            }
            return;
        }
        let mode = u16::try_from(entry.mode.bits()).unwrap_or_default();
        match old {
            None => self.raw.added.push((path.clone(), entry.id)),
            Some((id, old_mode)) if id != entry.id || old_mode != mode => {
                self.raw.modified.push(path.clone())
            }
            Some(_) => {}
        }
    }

    /// No entry lies at the name in HEAD: it is gone, or it is, in whole or in part, as in HEAD.
    fn beyond_entries(&mut self, prefix: &mut BString, name: &BString, side: Side) -> Result<(), StoreError> {
        let length = prefix.len();
        prefix.push_str(name);
        let is_kept = self.index.same_below(prefix).next().is_some();
        let result = match side {
            Side::Folder(head) if is_kept => self.folder(prefix, Some(head), 0..0),
            side => collect_deleted(self.repo, prefix.clone(), side, &mut self.raw),
        };
        prefix.truncate(length);
        result
    }
}

fn collect_deleted(repo: &Repo, path: BString, side: Side, raw: &mut Raw) -> Result<(), StoreError> {
    match side {
        Side::File(id, _) => raw.deleted.push((path, id)),
        Side::Folder(id) => {
            for (name, side) in tree_sides(repo, id)? {
                let mut inner = path.clone();
                inner.push_str(&name);
                collect_deleted(repo, inner, side, raw)?;
            }
        }
    }
    Ok(())
}

/// The names in a tree in the order of the index: folders carry their slash.
fn tree_sides(repo: &Repo, id: ObjectId) -> Result<Vec<(BString, Side)>, StoreError> {
    let fail = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::git(format!("can't read the tree {}", id.to_hex_with_len(10)))(error)
    };
    let tree = repo.git.find_tree(id).map_err(|error| fail(error.into()))?;
    let mut sides = Vec::new();
    for entry in tree.iter() {
        let entry = entry.map_err(|error| fail(error.into()))?;
        let mut name = BString::from(entry.filename());
        let side = if entry.mode().is_tree() {
            name.push(b'/');
            Side::Folder(entry.object_id())
        } else {
            Side::File(entry.object_id(), entry.mode().value())
        };
        sides.push((name, side));
    }
    Ok(sides)
}

/// What changes from one tree to another; `None` is the empty tree.
pub fn tree_changes(
    repo: &Repo,
    from: Option<&CommitTree<'_>>,
    to: &CommitTree<'_>,
) -> Result<Vec<Change>, StoreError> {
    let mut raw = Raw::default();
    let side = |tree: &CommitTree<'_>| Side::Folder(tree.id());
    compare_sides(repo, BString::default(), from.map(side), Some(side(to)), &mut raw)?;
    Ok(raw.into_changes())
}

fn compare_sides(
    repo: &Repo,
    path: BString,
    old: Option<Side>,
    new: Option<Side>,
    raw: &mut Raw,
) -> Result<(), StoreError> {
    match (old, new) {
        (Some(Side::Folder(old)), Some(Side::Folder(new))) if old == new => {}
        (Some(Side::File(old, old_mode)), Some(Side::File(new, mode))) => {
            if old != new || old_mode != mode {
                raw.modified.push(path);
            }
        }
        (None, Some(Side::File(id, _))) => raw.added.push((path, id)),
        (Some(old @ Side::File(..)), None) => collect_deleted(repo, path, old, raw)?,
        (old, new) => {
            let list = |side: Option<Side>| match side {
                Some(Side::Folder(id)) => tree_sides(repo, id),
                _ => Ok(Vec::new()),
            };
            let (mut before, after) = (list(old)?, list(new)?);
            for (name, side) in after {
                let old = before.iter().position(|(old, _)| *old == name).map(|at| before.remove(at).1);
                compare_sides(repo, joined(&path, &name), old, Some(side), raw)?;
            }
            for (name, side) in before {
                collect_deleted(repo, joined(&path, &name), side, raw)?;
            }
        }
    }
    Ok(())
}

fn joined(path: &BString, name: &BString) -> BString {
    let mut joined = path.clone();
    joined.push_str(name);
    joined
}

/// What the work tree, untracked files included, changes against HEAD.
pub fn work_tree_changes(repo: &Repo) -> Result<Vec<Change>, StoreError> {
    let mut changes = Vec::new();
    let tracked = match repo.head()? {
        Some(_) => {
            git::output(repo.top(), ["diff", "--no-ext-diff", "--name-status", "-z", "-M100%", "HEAD"])?
        }
        None => Vec::new(),
    };
    let mut fields = tracked.split(|byte| *byte == 0).filter(|field| !field.is_empty()).map(text_of);
    while let Some(status) = fields.next() {
        let Some(path) = fields.next() else { break };
        changes.push(match status.as_bytes().first() {
            Some(b'A') => Change { path, what: What::Added },
            Some(b'D') => Change { path, what: What::Deleted },
            Some(b'R') => Change { path: fields.next().unwrap_or_default(), what: What::Moved(path) },
            _ => Change { path, what: What::Modified },
        });
    }
    let mut args = vec!["ls-files", "-z", "--others", "--exclude-standard"];
    if repo.head()?.is_none() {
        args.push("--cached");
    }
    let untracked = git::output(repo.top(), args)?;
    let paths = untracked.split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(text_of);
    changes.extend(paths.map(|path| Change { path, what: What::Added }));
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes.dedup();
    Ok(changes)
}

fn text_of(bytes: &[u8]) -> String {
    BStr::new(bytes).to_str_lossy().into_owned()
}
