//! Where files are read from: the work tree, the git index, or the tree of a commit.

use std::io::Read;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::object::tree::EntryMode;

use super::error::StoreError;
use super::git;
use super::repo::Repo;
use super::trees;
use crate::markdown::document::MAX_FILE;

/// One name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What a name in a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, a submodule, or anything else that is never followed.
    Other,
}

/// The bytes of a file, or why they were not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// The bytes.
    Bytes(Vec<u8>),
    /// It is larger than any file that this tool writes; its size in bytes.
    TooLarge(u64),
    /// The system refuses to give them; what it says.
    Unreadable(String),
}

/// A tree of files. Paths are from its top, with slashes. Links are never followed: a path that
/// leads through one leads nowhere.
pub trait Source {
    /// The plain file at `path`; `None` where there is none.
    fn read(&self, path: &str) -> Result<Option<Contents>, StoreError>;

    /// The names in the folder at `path`, sorted; none where there is no such folder.
    fn list(&self, path: &str) -> Result<Vec<Entry>, StoreError>;

    /// What lies at `path`; `None` where nothing does.
    fn kind(&self, path: &str) -> Result<Option<EntryKind>, StoreError>;

    /// Whether there is a file, a link or a folder at `path`.
    fn exists(&self, path: &str) -> bool {
        matches!(self.kind(path), Ok(Some(_)))
    }

    /// The paths of all files and links that git knows of or would add.
    fn paths(&self) -> Result<Vec<String>, StoreError>;
}

/// The files as they lie in the work tree.
#[derive(Debug, Clone)]
pub struct WorkTree {
    top: PathBuf,
}

impl WorkTree {
    /// The work tree below `top`.
    pub fn new(top: PathBuf) -> Self {
        WorkTree { top }
    }

    /// The top folder.
    pub fn top(&self) -> &Path {
        &self.top
    }
}

impl WorkTree {
    /// What the file system says of `path`, unless a link stands in the way.
    fn about(&self, path: &str) -> Result<Option<std::fs::Metadata>, StoreError> {
        let mut place = self.top.clone();
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            place.push(part);
            match std::fs::symlink_metadata(&place) {
                Ok(about) if parts.peek().is_none() => return Ok(Some(about)),
                Ok(about) if about.is_dir() => {}
                Ok(_) => return Ok(None),
                Err(error) if is_missing(&error) => return Ok(None),
                Err(error) => return Err(StoreError::io("read", &place)(error)),
            }
        }
        Ok(None)
    }
}

impl Source for WorkTree {
    fn read(&self, path: &str) -> Result<Option<Contents>, StoreError> {
        let Some(about) = self.about(path)?.filter(std::fs::Metadata::is_file) else { return Ok(None) };
        if about.len() > MAX_FILE {
            return Ok(Some(Contents::TooLarge(about.len())));
        }
        let mut bytes = Vec::with_capacity(about.len() as usize);
        let read = std::fs::File::open(self.top.join(path))
            .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
        match read {
            Ok(_) => Ok(Some(Contents::Bytes(bytes))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Ok(Some(Contents::Unreadable(error.to_string()))),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, StoreError> {
        if !self.about(path)?.is_some_and(|about| about.is_dir()) {
            return Ok(Vec::new());
        }
        let folder = self.top.join(path);
        let mut entries = Vec::new();
        for item in std::fs::read_dir(&folder).map_err(StoreError::io("read", &folder))? {
            let item = item.map_err(StoreError::io("read", &folder))?;
            let kind = match item.file_type() {
                Ok(kind) if kind.is_file() => EntryKind::File,
                Ok(kind) if kind.is_dir() => EntryKind::Folder,
                _ => EntryKind::Other,
            };
            entries.push(Entry { name: item.file_name().to_string_lossy().into_owned(), kind });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn kind(&self, path: &str) -> Result<Option<EntryKind>, StoreError> {
        Ok(self.about(path)?.map(|about| match about.file_type() {
            kind if kind.is_file() => EntryKind::File,
            kind if kind.is_dir() => EntryKind::Folder,
            _ => EntryKind::Other,
        }))
    }

    fn paths(&self) -> Result<Vec<String>, StoreError> {
        let known = git::output(&self.top, ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
        let paths = known.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        Ok(paths.map(|path| path.to_str_lossy().into_owned()).collect())
    }
}

/// Whether an I/O error says that there is nothing there.
pub fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

impl Repo {
    /// The work tree as a source of records.
    pub fn work_tree(&self) -> WorkTree {
        WorkTree::new(self.top().to_owned())
    }

    /// The tree of a commit as a source of records.
    pub fn commit_tree(&self, commit: ObjectId) -> Result<CommitTree<'_>, StoreError> {
        CommitTree::of_commit(self, commit)
    }
}

/// The tree of a commit.
pub struct CommitTree<'a> {
    repo: &'a Repo,
    tree: ObjectId,
}

impl<'a> CommitTree<'a> {
    pub(super) fn of_commit(repo: &'a Repo, commit: ObjectId) -> Result<Self, StoreError> {
        let fail = |error: Box<dyn std::error::Error + Send + Sync>| {
            StoreError::git(format!("can't read commit {}", commit.to_hex_with_len(10)))(error)
        };
        let commit = repo.git.find_commit(commit).map_err(|error| fail(error.into()))?;
        let tree = commit.tree_id().map_err(|error| fail(error.into()))?.detach();
        Ok(CommitTree { repo, tree })
    }

    pub(super) fn of_tree(repo: &'a Repo, tree: ObjectId) -> Self {
        CommitTree { repo, tree }
    }

    /// The id of the tree.
    pub fn id(&self) -> ObjectId {
        self.tree
    }

    /// The folder at `path` as a tree of its own.
    pub fn folder(&self, path: &str) -> Result<Option<CommitTree<'a>>, StoreError> {
        Ok(match self.lookup(path)? {
            Some((tree, EntryKind::Folder)) => Some(CommitTree { repo: self.repo, tree }),
            _ => None,
        })
    }

    /// The object at `path`, whatever it is; `None` where nothing lies there.
    pub fn object(&self, path: &str) -> Result<Option<ObjectId>, StoreError> {
        Ok(self.lookup(path)?.map(|(id, _)| id))
    }

    /// The object at `path` and whether it is a folder.
    pub(super) fn lookup(&self, path: &str) -> Result<Option<(ObjectId, EntryKind)>, StoreError> {
        Ok(self.entry(path)?.map(|(id, mode)| (id, kind_of(mode))))
    }

    /// The object at `path` and its mode: the same text can be a file, a program or a link.
    pub fn entry(&self, path: &str) -> Result<Option<(ObjectId, EntryMode)>, StoreError> {
        trees::entry_at(&self.repo.git, &self.repo.large_trees, self.tree, path)
    }
}

fn kind_of(mode: EntryMode) -> EntryKind {
    use gix::object::tree::EntryKind as Git;
    match mode.kind() {
        Git::Blob | Git::BlobExecutable => EntryKind::File,
        Git::Tree => EntryKind::Folder,
        Git::Link | Git::Commit => EntryKind::Other,
    }
}

/// The names in the tree `id`, each with its object.
pub(super) fn list_tree(repo: &Repo, id: ObjectId) -> Result<Vec<(Entry, ObjectId)>, StoreError> {
    let fail = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::git(format!("can't read the tree {}", id.to_hex_with_len(10)))(error)
    };
    let tree = repo.git.find_tree(id).map_err(|error| fail(error.into()))?;
    let mut entries = Vec::new();
    for entry in tree.iter() {
        let entry = entry.map_err(|error| fail(error.into()))?;
        let name = entry.filename().to_str_lossy().into_owned();
        entries.push((Entry { name, kind: kind_of(entry.mode()) }, entry.object_id()));
    }
    Ok(entries)
}

pub(super) fn read_blob(repo: &Repo, id: ObjectId) -> Result<Contents, StoreError> {
    let fail = |error: Box<dyn std::error::Error + Send + Sync>| {
        StoreError::git(format!("can't read the object {}", id.to_hex_with_len(10)))(error)
    };
    let size = repo.git.find_header(id).map_err(|error| fail(error.into()))?.size();
    if size > MAX_FILE {
        return Ok(Contents::TooLarge(size));
    }
    let mut blob = repo.git.find_blob(id).map_err(|error| fail(error.into()))?;
    Ok(Contents::Bytes(blob.take_data()))
}

impl Source for CommitTree<'_> {
    fn read(&self, path: &str) -> Result<Option<Contents>, StoreError> {
        match self.lookup(path)? {
            Some((id, EntryKind::File)) => read_blob(self.repo, id).map(Some),
            _ => Ok(None),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, StoreError> {
        match self.lookup(path)? {
            Some((id, EntryKind::Folder)) => {
                Ok(list_tree(self.repo, id)?.into_iter().map(|(entry, _)| entry).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn kind(&self, path: &str) -> Result<Option<EntryKind>, StoreError> {
        Ok(self.lookup(path)?.map(|(_, kind)| kind))
    }

    fn paths(&self) -> Result<Vec<String>, StoreError> {
        let mut paths = Vec::new();
        let mut folders = vec![(String::new(), self.tree)];
        while let Some((prefix, id)) = folders.pop() {
            for (entry, id) in list_tree(self.repo, id)? {
                let path = format!("{prefix}{}", entry.name);
                match entry.kind {
                    EntryKind::Folder => folders.push((format!("{path}/"), id)),
                    EntryKind::File | EntryKind::Other => paths.push(path),
                }
            }
        }
        Ok(paths)
    }
}

/// The tree of a repository without a commit.
pub struct Empty;

impl Source for Empty {
    fn read(&self, _: &str) -> Result<Option<Contents>, StoreError> {
        Ok(None)
    }

    fn list(&self, _: &str) -> Result<Vec<Entry>, StoreError> {
        Ok(Vec::new())
    }

    fn kind(&self, _: &str) -> Result<Option<EntryKind>, StoreError> {
        Ok(None)
    }

    fn paths(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}
