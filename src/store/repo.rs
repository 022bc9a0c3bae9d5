//! The repository: where it is, its branches and its configuration.

use std::path::{Path, PathBuf};

use gix::odb::pack::cache::lru::MemoryCappedHashmap;

use super::error::StoreError;
use super::git;
use super::receiving::{Objects, Quarantine, unreplaced};
use super::trees::LargeTrees;

/// The folder of the records, at the top of the work tree.
pub const FOLDER: &str = ".perfteam";

/// How many bytes of packed objects are kept as bases for others.
const PACK_CACHE: usize = 32 * 1024 * 1024;

/// An open repository: with a work tree, or, where it receives pushes, without one.
pub struct Repo {
    pub(super) git: gix::Repository,
    top: PathBuf,
    asks_git: bool,
    foreign_refs: bool,
    receives: Option<Objects>,
    pub(super) large_trees: LargeTrees,
}

/// How to open a repository once more, as the one at hand was: for other threads, since the
/// library's repositories stay on theirs.
pub(super) struct Opener {
    directory: PathBuf,
    objects: Option<PathBuf>,
}

impl Opener {
    /// Opens it.
    pub(super) fn open(&self) -> Result<Repo, StoreError> {
        let Some(objects) = &self.objects else { return Repo::open(&self.directory) };
        Repo::new(with_objects(discover_for_hook(&self.directory)?, objects)?, self.directory.clone())
    }
}

/// The name and e-mail address that a commit would carry now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

impl Repo {
    /// Opens the repository that `directory` is in, as git would: with `GIT_DIR` and the like.
    pub fn open(directory: &Path) -> Result<Repo, StoreError> {
        let git: gix::Repository = discover(directory)?.into();
        let top = git.workdir().ok_or_else(|| StoreError::Bare(git.git_dir().to_owned()))?;
        let top = std::fs::canonicalize(top).map_err(StoreError::io("read", top))?;
        Repo::new(git, top)
    }

    /// Opens the repository that `directory` is in as one that receives pushes, bare or not: its top
    /// is its git folder, and the objects of a push that is being judged are seen.
    pub fn receiving(directory: &Path, quarantine: &Quarantine) -> Result<Repo, StoreError> {
        let git = discover_for_hook(directory)?;
        let objects = Objects::of(git.to_thread_local().common_dir(), quarantine)?;
        let git = with_objects(git, &objects.path)?;
        let top = std::fs::canonicalize(git.git_dir()).map_err(StoreError::io("read", git.git_dir()))?;
        Ok(Repo { receives: Some(objects), ..Repo::new(git, top)? })
    }

    fn new(mut git: gix::Repository, top: PathBuf) -> Result<Repo, StoreError> {
        if git.git_dir_trust() != gix::sec::Trust::Full {
            return Err(StoreError::Untrusted(git.git_dir().to_owned()));
        }
        git.object_cache_size_if_unset(4 * 1024 * 1024);
        // Trees of neighbouring commits are stored as chains of differences with common bases.
        git.objects.set_pack_cache(|| Box::new(MemoryCappedHashmap::new(PACK_CACHE)));
        let references = git.config_snapshot().string("extensions.refStorage").map(|form| form.to_string());
        let foreign_refs = references.is_some_and(|form| form != "files");
        Ok(Repo {
            git,
            top,
            asks_git: false,
            foreign_refs,
            receives: None,
            large_trees: LargeTrees::default(),
        })
    }

    /// How to open it once more.
    pub(super) fn opener(&self) -> Opener {
        let objects = self.receives.as_ref().map(|objects| objects.path.clone());
        Opener { directory: self.top.clone(), objects }
    }

    /// The same repository, whose configuration git itself is asked for: values that `git -c` gave
    /// reach hooks in a variable that the library does not read.
    pub fn asking_git(self) -> Repo {
        Repo { asks_git: true, ..self }
    }

    /// The top folder of this work tree.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The folder of the records.
    pub fn folder(&self) -> PathBuf {
        self.top.join(FOLDER)
    }

    /// The git folder of this work tree.
    pub fn git_dir(&self) -> &Path {
        self.git.git_dir()
    }

    /// The git folder that all work trees of the repository share.
    pub fn common_dir(&self) -> &Path {
        self.git.common_dir()
    }

    /// Where this tool keeps its locks and caches: under the common git folder.
    pub fn private_dir(&self) -> PathBuf {
        self.common_dir().join("perfteam")
    }

    /// Whether references are stored in a form that the library can't read, such as a reftable.
    pub(super) fn has_foreign_refs(&self) -> bool {
        self.foreign_refs
    }

    /// A value of git's configuration, as git itself would read it.
    pub fn config(&self, key: &str) -> Option<String> {
        if self.asks_git {
            return git::answer(&self.top, ["config", "--get", key]).ok().flatten();
        }
        self.git.config_snapshot().string(key).map(|value| value.to_string())
    }

    /// Who a commit would be by.
    pub fn author(&self) -> Option<Author> {
        if self.asks_git {
            return self.author_by_git();
        }
        // The library would tell the time of the commit, too, and read the time zones for that.
        let first = |keys: &[&str]| keys.iter().find_map(|key| self.config(key));
        Some(Author {
            name: first(&["author.name", "user.name", "gitoxide.author.nameFallback"])?,
            email: first(&[
                "author.email",
                "user.email",
                "gitoxide.user.emailFallback",
                "gitoxide.author.emailFallback",
            ])?,
        })
    }

    fn author_by_git(&self) -> Option<Author> {
        let ident = git::answer(&self.top, ["var", "GIT_AUTHOR_IDENT"]).ok().flatten()?;
        let (name, rest) = ident.split_once(" <")?;
        let (email, _) = rest.split_once('>')?;
        Some(Author { name: name.to_owned(), email: email.to_owned() })
    }
}

fn with_objects(mut git: gix::ThreadSafeRepository, objects: &Path) -> Result<gix::Repository, StoreError> {
    let hash = git.to_thread_local().object_hash();
    git.objects = gix::parallel::OwnShared::new(unreplaced(objects, hash)?);
    Ok(git.into())
}

/// git runs the hooks of a receiving repository in its git folder, with `GIT_DIR=.`, in which the
/// library looks for a `.git` where the repository has a work tree.
fn discover_for_hook(directory: &Path) -> Result<gix::ThreadSafeRepository, StoreError> {
    let real = std::fs::canonicalize(directory).map_err(StoreError::io("read", directory))?;
    discover(directory).or_else(|error| {
        gix::ThreadSafeRepository::discover_opts(real, Default::default(), trust_map()).map_err(|_| error)
    })
}

fn discover(directory: &Path) -> Result<gix::ThreadSafeRepository, StoreError> {
    gix::ThreadSafeRepository::discover_with_environment_overrides_opts(
        directory,
        Default::default(),
        trust_map(),
    )
    .map_err(|error| explain_open(directory, error.into()))
}

/// As git does, we take the index as it is: adding up its checksum would cost more than reading it.
fn trust_map() -> gix::sec::trust::Mapping<gix::open::Options> {
    let mut options = gix::sec::trust::Mapping::<gix::open::Options>::default();
    options.full = options.full.config_overrides(["index.skipHash=true"]);
    options
}

fn explain_open(directory: &Path, error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    let text = StoreError::git("can't open the git repository")(error);
    match &text {
        StoreError::Git { detail, .. }
            if detail.contains("Could not find") || detail.contains("not find a git repository") =>
        {
            StoreError::NoRepository(directory.to_owned())
        }
        _ => text,
    }
}
