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
        if self.index.same.get(prefix).is_some() {
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
        let first_kept = self.index.same_below(prefix).next();
        let result = match side {
            _ if first_kept == Some(prefix) => Ok(()),
            Side::Folder(head) if first_kept.is_some() => self.folder(prefix, Some(head), 0..0),
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
fn tree_sides(repo: &Repo, id: ObjectId) -> Result<Names, StoreError> {
    Ok(differing(repo, None, Some(Side::Folder(id)))?.1)
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
            let (before, after) = differing(repo, old, new)?;
            let mut before: HashMap<BString, Side> = before.into_iter().collect();
            for (name, side) in after {
                let old = before.remove(&name);
                compare_sides(repo, joined(&path, &name), old, Some(side), raw)?;
            }
            for (name, side) in before {
                collect_deleted(repo, joined(&path, &name), side, raw)?;
            }
        }
    }
    Ok(())
}

/// The names in a tree that are on one side alone, or not the same on both.
type Names = Vec<(BString, Side)>;

/// What differs between two folders; a side that is no folder has no names. Both lists are sorted; in
/// one that is not, as only a forged tree can be, what does not pair up here is paired up by its name.
fn differing(repo: &Repo, old: Option<Side>, new: Option<Side>) -> Result<(Names, Names), StoreError> {
    let read = |side: Option<Side>| match side {
        Some(Side::Folder(id)) => {
            let fail = StoreError::git(format!("can't read the tree {}", id.to_hex_with_len(10)));
            repo.git.find_tree(id).map(Some).map_err(|error| fail(error.into()))
        }
        _ => Ok(None),
    };
    let (old, new) = (read(old)?, read(new)?);
    let (mut before, mut after) = (entries(old.as_ref()).peekable(), entries(new.as_ref()).peekable());
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return Ok((gone, come)),
            (Some(Ok(old)), Some(Ok(new))) if old == new => {
                before.next();
                after.next();
                continue;
            }
            (Some(Ok(old)), Some(Ok(new))) => old.cmp(new),
            (Some(_), _) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
        };
        if order.is_le() {
            gone.extend(before.next().transpose()?.map(side_of));
        }
        if order.is_ge() {
            come.extend(after.next().transpose()?.map(side_of));
        }
    }
}

/// The entries of a tree.
fn entries<'a>(
    tree: Option<&'a gix::Tree<'_>>,
) -> impl Iterator<Item = Result<gix::objs::tree::EntryRef<'a>, StoreError>> {
    let fail = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::git("can't read a tree")(error);
    let iter = tree.map(|tree| {
        tree.iter().map(move |entry| match entry {
            Ok(entry) => Ok(entry.inner),
            Err(error) => Err(fail(error.into())),
        })
    });
    iter.into_iter().flatten()
}

fn side_of(entry: gix::objs::tree::EntryRef<'_>) -> (BString, Side) {
    let mut name = BString::from(entry.filename);
    let id = entry.oid.to_owned();
    if entry.mode.is_tree() {
        name.push(b'/');
        return (name, Side::Folder(id));
    }
    // Old trees have other rights for a file than those that git keeps: it is the same file.
    (name, Side::File(id, entry.mode.kind() as u16))
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

/// The paths of files below `folder` that are new or changed in the work tree, staged or not.
pub fn uncommitted(repo: &Repo, folder: &str) -> Result<Vec<String>, StoreError> {
    let args = ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", folder];
    let found = git::output(repo.top(), args)?;
    let entries = found.split(|byte| *byte == 0).filter_map(|entry| entry.get(3..));
    Ok(entries.filter(|path| !path.is_empty()).map(text_of).collect())
}
