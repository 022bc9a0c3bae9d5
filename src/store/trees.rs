//! The entries of git's trees, found by name.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use gix::ObjectId;
use gix::bstr::BString;
use gix::objs::tree::EntryMode;

use super::by_name::ByName;
use super::error::StoreError;

/// To find a name in a tree, git's form of it must be read from its beginning. What is larger than this in
/// bytes, some 200 entries, is kept by name instead.
const LARGE: usize = 16 * 1024;
/// How many of the large trees are kept.
const KEPT: usize = 8;

/// What a name in a tree stands for.
pub(super) type Found = (ObjectId, EntryMode);

/// The large trees that were looked at last.
#[derive(Default)]
pub(super) struct LargeTrees(RefCell<VecDeque<(ObjectId, Rc<Names>)>>);

type Names = ByName<Found>;

impl LargeTrees {
    fn get(&self, id: ObjectId) -> Option<Rc<Names>> {
        let kept = self.0.borrow();
        kept.iter().find(|(tree, _)| *tree == id).map(|(_, names)| Rc::clone(names))
    }

    fn keep(&self, id: ObjectId, names: Names) {
        let mut kept = self.0.borrow_mut();
        kept.truncate(KEPT - 1);
        kept.push_front((id, Rc::new(names)));
    }
}

/// What lies at `path` below the tree `id`; `None` where nothing does.
pub(super) fn entry_at(
    git: &gix::Repository,
    kept: &LargeTrees,
    id: ObjectId,
    path: &str,
) -> Result<Option<Found>, StoreError> {
    let mut parts = path.split('/').peekable();
    let mut tree = id;
    while let Some(name) = parts.next() {
        match entry(git, kept, tree, name)? {
            Some(found) if parts.peek().is_none() => return Ok(Some(found)),
            Some((below, mode)) if mode.is_tree() => tree = below,
            _ => return Ok(None),
        }
    }
    Ok(None)
}

fn entry(
    git: &gix::Repository,
    kept: &LargeTrees,
    id: ObjectId,
    name: &str,
) -> Result<Option<Found>, StoreError> {
    if let Some(names) = kept.get(id) {
        return Ok(names.get(name.as_bytes()).copied());
    }
    let fail = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::git(format!("can't read the tree {}", id.to_hex_with_len(10)))(error)
    };
    let tree = git.find_tree(id).map_err(|error| fail(error.into()))?;
    let mut names: Vec<(BString, Found)> = Vec::new();
    for entry in tree.iter() {
        let entry = entry.map_err(|error| fail(error.into()))?;
        let found = (entry.object_id(), entry.mode());
        if tree.data.len() > LARGE {
            names.push((entry.filename().to_owned(), found));
        } else if entry.filename() == name.as_bytes() {
            return Ok(Some(found));
        }
    }
    let names: Names = names.into_iter().collect();
    let found = names.get(name.as_bytes()).copied();
    if !names.is_empty() {
        kept.keep(id, names);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_tree_has_the_same_entries_as_a_small_one() {
        let folder = tempfile::tempdir().expect("a folder");
        gix::init(folder.path()).expect("a repository");
        let git = gix::open(folder.path()).expect("a repository");
        let kept = LargeTrees::default();
        let blob = git.write_blob(b"text").expect("a blob").detach();
        let empty = git.empty_tree().id;
        let tree = |count: usize| {
            let mut editor = git.edit_tree(empty).expect("an editor");
            for number in 0..count {
                let path = [format!("file{number}"), format!("file{number}.d/in/it")][number % 2].clone();
                editor.upsert(path, gix::object::tree::EntryKind::Blob, blob).expect("an entry");
            }
            editor.write().expect("a tree").detach()
        };
        let trees: Vec<ObjectId> =
            (0..KEPT + 2).map(|more| tree(1_000 + 2 * more)).chain([tree(8)]).collect();
        for _ in 0..2 {
            for tree in &trees {
                let at = |path: &str| {
                    let found = entry_at(&git, &kept, *tree, path).expect("it can be read");
                    found.map(|(id, mode)| (id == blob, mode.is_tree()))
                };
                assert_eq!(at("file4"), Some((true, false)));
                assert_eq!(at("file7.d"), Some((false, true)));
                assert_eq!(at("file7.d/in/it"), Some((true, false)));
                for nothing in ["", "file", "file4/in", "file7.d/", "file7.d/it", "/file4", "file5000"] {
                    assert_eq!(at(nothing), None, "{nothing}");
                }
            }
        }
        assert!(kept.0.borrow().len() == KEPT, "no more than that are kept");
    }
}
