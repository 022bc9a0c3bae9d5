//! The git index: what a commit would contain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::index::entry::Mode;

use super::cache;
use super::error::StoreError;
use super::index::{self, Folders, Head, Index, IndexEntry};
use super::repo::Repo;
use super::source::{CommitTree, Contents, Entry, EntryKind, Source, list_tree, read_blob};

/// The git index: what a commit would contain.
pub struct Staged<'a> {
    repo: &'a Repo,
    path: PathBuf,
    index: Index,
}

impl Repo {
    /// The git index as a source of records: what a commit would contain.
    pub fn staged(&self) -> Result<Staged<'_>, StoreError> {
        Staged::open(self)
    }

    /// The index of this work tree, whatever index git uses for the commit in progress.
    pub fn own_index(&self) -> Result<Staged<'_>, StoreError> {
        Staged::at(self, &self.git_dir().join("index"))
    }
}

impl<'a> Staged<'a> {
    /// Opens the index that git uses now, which `GIT_INDEX_FILE` may name. Where there is none yet,
    /// it is as HEAD.
    pub(super) fn open(repo: &'a Repo) -> Result<Self, StoreError> {
        let head = head_tree(repo)?;
        let path = index_path(repo);
        let index = if path.exists() {
            read(repo, &path, head)?
        } else {
            head.map(Index::of_tree).unwrap_or_default()
        };
        Ok(Staged { repo, path, index })
    }

    /// Opens the index in the file at `path`; an empty one where there is none.
    pub(super) fn at(repo: &'a Repo, path: &Path) -> Result<Self, StoreError> {
        let index = if path.exists() { read(repo, path, head_tree(repo)?)? } else { Index::default() };
        Ok(Staged { repo, path: path.to_owned(), index })
    }

    /// The index itself.
    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// The paths with unmerged entries.
    pub fn unmerged(&self) -> Vec<String> {
        let sides = self.index.entries.iter().filter(|entry| entry.is_unmerged());
        let mut paths: Vec<String> = sides.map(|entry| entry.path.to_str_lossy().into_owned()).collect();
        paths.dedup();
        paths
    }

    /// The entry at `path` outside of the folders that are as in HEAD, when a commit would contain it.
    fn entry(&self, path: &str) -> Option<&IndexEntry> {
        self.index.entry(path.as_bytes()).filter(|entry| entry.would_be_committed())
    }

    fn tree(&self, id: ObjectId) -> CommitTree<'a> {
        CommitTree::of_tree(self.repo, id)
    }
}

/// The index that git uses now. A relative `GIT_INDEX_FILE` is one from the top of the work tree, wherever the
/// command runs.
fn index_path(repo: &Repo) -> PathBuf {
    match repo.git.config_snapshot().string("gitoxide.core.indexFile") {
        Some(named) => repo.top().join(named.to_path_lossy()),
        None => repo.git.index_path(),
    }
}

fn head_tree(repo: &Repo) -> Result<Option<ObjectId>, StoreError> {
    let head = repo.head()?.map(|head| repo.commit_tree(head)).transpose()?;
    Ok(head.map(|tree| tree.id()))
}

fn read(repo: &Repo, path: &Path, head: Option<ObjectId>) -> Result<Index, StoreError> {
    let head = Head { tree: head, list: &|id| folders(repo, id) };
    let spans = cache::file(repo, "index-folders");
    if let Some(index) = index::read(path, repo.git.object_hash(), head, &spans) {
        return Ok(index);
    }
    let state = library_index(repo, path)?;
    if state.is_sparse() {
        return Err(StoreError::Git {
            what: "can't read the git index".into(),
            detail: "it is a sparse index; `git sparse-checkout reapply --no-sparse-index` makes it whole"
                .into(),
        });
    }
    Ok(Index::of_library(&state))
}

/// All of the index at `path`, as the library reads it.
fn library_index(repo: &Repo, path: &Path) -> Result<gix::index::File, StoreError> {
    gix::index::File::at(path, repo.git.object_hash(), true, Default::default())
        .map_err(|error| StoreError::git("can't read the git index")(error.into()))
}

/// All of the index that git uses now; as HEAD where there is none yet.
pub(super) fn whole_index(repo: &Repo) -> Result<gix::index::File, StoreError> {
    let path = index_path(repo);
    if path.exists() {
        return library_index(repo, &path);
    }
    match head_tree(repo)? {
        Some(tree) => repo
            .git
            .index_from_tree(&tree)
            .map_err(|error| StoreError::git("can't read the tree of HEAD")(error.into())),
        None => Ok(gix::index::File::from_state(gix::index::State::new(repo.git.object_hash()), path)),
    }
}

/// The folders in the tree `id`; none where it can't be read, and then all of it counts as changed.
fn folders(repo: &Repo, id: ObjectId) -> Folders {
    let Ok(tree) = repo.git.find_tree(id) else { return Folders::default() };
    let folder = |(place, entry): (usize, Result<gix::object::tree::EntryRef<'_, '_>, _>)| match entry {
        Ok(entry) if !entry.mode().is_tree() => None,
        entry => Some(entry.map(|entry| (entry.filename().to_owned(), (entry.object_id(), place)))),
    };
    tree.iter().enumerate().filter_map(folder).collect::<Result<_, _>>().unwrap_or_default()
}

fn kind_in_index(mode: Mode) -> EntryKind {
    if mode == Mode::FILE || mode == Mode::FILE_EXECUTABLE { EntryKind::File } else { EntryKind::Other }
}

impl Source for Staged<'_> {
    fn read(&self, path: &str) -> Result<Option<Contents>, StoreError> {
        if let Some((tree, rest)) = self.index.same_around(path) {
            return self.tree(tree).read(rest);
        }
        match self.entry(path) {
            Some(entry) if kind_in_index(entry.mode) == EntryKind::File => {
                read_blob(self.repo, entry.id).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, StoreError> {
        let prefix = format!("{path}/");
        if let Some((tree, rest)) = self.index.same_around(&prefix) {
            return match rest.trim_end_matches('/') {
                "" => Ok(list_tree(self.repo, tree)?.into_iter().map(|(entry, _)| entry).collect()),
                rest => self.tree(tree).list(rest),
            };
        }
        let mut entries: BTreeMap<String, EntryKind> = BTreeMap::new();
        for folder in self.index.same_below(prefix.as_bytes()) {
            let rest = folder[prefix.len()..].to_str_lossy();
            let name = rest.split_once('/').map_or(&*rest, |(name, _)| name);
            entries.insert(name.to_owned(), EntryKind::Folder);
        }
        for entry in self.index.below(prefix.as_bytes()).iter().filter(|entry| entry.would_be_committed()) {
            let rest = entry.path[prefix.len()..].to_str_lossy();
            match rest.split_once('/') {
                Some((folder, _)) => entries.insert(folder.to_owned(), EntryKind::Folder),
                None => entries.insert(rest.into_owned(), kind_in_index(entry.mode)),
            };
        }
        Ok(entries.into_iter().map(|(name, kind)| Entry { name, kind }).collect())
    }

    fn kind(&self, path: &str) -> Result<Option<EntryKind>, StoreError> {
        if let Some((tree, rest)) = self.index.same_around(path) {
            return self.tree(tree).kind(rest);
        }
        if let Some(entry) = self.entry(path) {
            return Ok(Some(kind_in_index(entry.mode)));
        }
        let prefix = format!("{path}/");
        let is_folder = self.index.same_below(prefix.as_bytes()).next().is_some()
            || self.index.below(prefix.as_bytes()).iter().any(IndexEntry::would_be_committed);
        Ok(is_folder.then_some(EntryKind::Folder))
    }

    fn paths(&self) -> Result<Vec<String>, StoreError> {
        // All names are in the index; in trees each folder is an object of its own.
        if !self.index.same.is_empty() && self.path.exists() {
            let whole = Index::of_library(&*library_index(self.repo, &self.path)?);
            return Staged { repo: self.repo, path: self.path.clone(), index: whole }.paths();
        }
        if let Some(tree) = self.index.same.get(b"") {
            return self.tree(*tree).paths();
        }
        let committed = self.index.entries.iter().filter(|entry| entry.would_be_committed());
        Ok(committed.map(|entry| entry.path.to_str_lossy().into_owned()).collect())
    }
}
