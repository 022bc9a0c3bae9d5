//! What names commits: HEAD, branches and other references. The library reads them, since hooks
//! must answer in milliseconds; git is asked where they are stored in a form that it can't read.

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::error::StoreError;
use super::git;
use super::repo::Repo;

/// The references below a prefix.
#[derive(Debug, Default)]
pub(super) struct References {
    /// Their whole names, each with the object that it names. Symbolic ones are left out: what they
    /// stand for has a name of its own.
    pub(super) named: Vec<(String, ObjectId)>,
    /// What is wrong with those that can't be read.
    pub(super) broken: Vec<String>,
}

impl Repo {
    /// The commit that is checked out; `None` before the first one.
    pub fn head(&self) -> Result<Option<ObjectId>, StoreError> {
        if self.has_foreign_refs() {
            let answer = git::answer(self.top(), ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?;
            return answer.map(|hex| object_id(&hex)).transpose();
        }
        let mut head = self.git.head().map_err(|error| StoreError::git("can't read HEAD")(error.into()))?;
        if head.is_unborn() {
            return Ok(None);
        }
        // A branch names a commit, so there is nothing to look up in what may be a large pack.
        if let Some(id) = head.id() {
            return Ok(Some(id.detach()));
        }
        let id = head.peel_to_commit().map_err(|error| StoreError::git("can't read HEAD")(error.into()))?;
        Ok(Some(id.id))
    }

    /// The commit that `revision` names. A name that begins it is that of a branch, of another
    /// repository or here, before anything else: git would take a tag first, and tags are pushed by
    /// anybody and come with every clone.
    pub fn resolve(&self, revision: &str) -> Result<ObjectId, StoreError> {
        let unknown = || match self.head() {
            Ok(None) if revision == "HEAD" => StoreError::Unborn,
            _ => StoreError::UnknownRevision { name: revision.to_owned(), shallow: self.is_shallow() },
        };
        let whole = self.with_branch(revision);
        let revision = whole.as_deref().unwrap_or(revision);
        if self.has_foreign_refs() {
            let commit = format!("{revision}^{{commit}}");
            let args = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
            let hex = git::answer(self.top(), args).ok().flatten().ok_or_else(unknown)?;
            return object_id(&hex);
        }
        let id = self.git.rev_parse_single(revision).map_err(|_| unknown())?;
        let object = id.object().map_err(|_| unknown())?;
        Ok(object.peel_to_commit().map_err(|_| unknown())?.id)
    }

    /// The revision with the whole name of the branch that begins it; `None` where none does.
    fn with_branch(&self, revision: &str) -> Option<String> {
        let end = revision.find(['~', '^', '@', ':']).unwrap_or(revision.len());
        let (name, rest) = revision.split_at(end);
        let is_id = [40, 64].contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if name.is_empty() || name == "HEAD" || name.starts_with("refs/") || is_id {
            return None;
        }
        let places = ["refs/remotes/", "refs/heads/"].map(|place| format!("{place}{name}"));
        let branch = places.into_iter().find(|branch| self.has_reference(branch))?;
        Some(format!("{branch}{rest}"))
    }

    /// Whether there is a reference with this whole name.
    fn has_reference(&self, name: &str) -> bool {
        if self.has_foreign_refs() {
            let args = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
            return git::answer(self.top(), args).is_ok_and(|answer| answer.is_some());
        }
        self.git
            .try_find_reference(name)
            .is_ok_and(|found| found.is_some_and(|found| found.name().as_bstr() == name))
    }

    /// The name of the checked-out branch, without `refs/heads/`.
    pub fn branch(&self) -> Option<String> {
        if self.has_foreign_refs() {
            let name = git::answer(self.top(), ["symbolic-ref", "--quiet", "HEAD"]).ok().flatten()?;
            return name.strip_prefix("refs/heads/").map(str::to_owned);
        }
        let name = self.git.head_name().ok().flatten()?;
        Some(name.shorten().to_string())
    }

    /// The references whose names begin with `prefix`, which ends with a slash, by name.
    pub(super) fn references(&self, prefix: &str) -> Result<References, StoreError> {
        if self.has_foreign_refs() {
            return self.references_by_git(prefix);
        }
        let fail = |error: gix::Error| StoreError::git("can't read the references")(error.into());
        let platform = self.git.references().map_err(fail)?;
        let mut found = References::default();
        for reference in platform.prefixed(prefix.as_bytes()).map_err(fail)? {
            match reference {
                Ok(reference) => found.named.extend(
                    reference
                        .try_id()
                        .map(|id| (reference.name().as_bstr().to_str_lossy().into_owned(), id.detach())),
                ),
                Err(error) => found.broken.push(error.to_string()),
            }
        }
        Ok(found)
    }

    fn references_by_git(&self, prefix: &str) -> Result<References, StoreError> {
        let listed =
            git::output(self.top(), ["for-each-ref", "--format=%(objectname) %(refname) %(symref)", prefix])?;
        let mut found = References::default();
        for line in String::from_utf8_lossy(&listed).lines() {
            let mut words = line.split(' ');
            if let (Some(hex), Some(name), Some("") | None) = (words.next(), words.next(), words.next()) {
                found.named.push((name.to_owned(), object_id(hex)?));
            }
        }
        Ok(found)
    }
}

fn object_id(hex: &str) -> Result<ObjectId, StoreError> {
    ObjectId::from_hex(hex.as_bytes()).map_err(|error| StoreError::git("git named no object")(error.into()))
}
