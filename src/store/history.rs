//! Commits: the range under review, and what each of them says.

use gix::ObjectId;

use super::error::StoreError;
use super::git;
use super::repo::Repo;
use crate::domain::time::Timestamp;

/// One commit.
#[derive(Debug, Clone)]
pub struct CommitInfo {
    /// Its id.
    pub id: ObjectId,
    /// Its parents.
    pub parents: Vec<ObjectId>,
    /// The whole message.
    pub message: String,
    /// The e-mail address of its author.
    pub email: String,
    /// When it was committed.
    pub committed: Timestamp,
}

impl CommitInfo {
    /// Whether it has several parents.
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }

    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// Where a range begins and ends.
#[derive(Debug, Clone)]
pub struct Range {
    /// The tip of the base: policy, roster and authority are read there.
    pub base: ObjectId,
    /// The merge bases of base and HEAD; none where the histories are unrelated.
    pub merge_bases: Vec<ObjectId>,
    /// The commit that is judged.
    pub head: ObjectId,
    /// The integration branch, where it may be ahead of `base`; its commits are judged as its own.
    pub integration: ObjectId,
    /// What the branch had before.
    pub past: Past,
}

/// What a branch had before a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Nothing that counts: it is new, or it is judged as a whole.
    None,
    /// The push continues from this tip, whose commits were judged when they came.
    Continued(ObjectId),
    /// The push puts something else in the place of this tip.
    Rewritten(ObjectId),
}

impl Range {
    /// Tips whose commits are judged elsewhere, or were when they came.
    pub fn judged(&self) -> Vec<ObjectId> {
        match self.past {
            Past::Continued(old) => vec![self.integration, old],
            Past::None | Past::Rewritten(_) => vec![self.integration],
        }
    }
}

/// The tips by which a push to a branch is judged.
#[derive(Debug, Clone, Copy)]
pub struct Tips {
    /// The integration branch as it is: policy, roster and authority are read there.
    pub authority: ObjectId,
    /// The integration branch as it will be: the same push may bring it forward.
    pub integration: ObjectId,
    /// The branch as it is; `None` where there is none yet.
    pub old: Option<ObjectId>,
    /// The branch as it will be.
    pub new: ObjectId,
}

impl Repo {
    /// The range from the merge base of `base` and `head` to `head`.
    pub fn range(&self, base: &str, head: ObjectId) -> Result<Range, StoreError> {
        let base_id = self.resolve(base)?;
        let merge_bases = self.merge_bases(base_id, head)?;
        if merge_bases.is_empty() && self.is_shallow() {
            return Err(StoreError::Shallow(format!("the merge base with {base} is missing")));
        }
        Ok(Range { base: base_id, merge_bases, head, integration: base_id, past: Past::None })
    }

    fn merge_bases(&self, one: ObjectId, other: ObjectId) -> Result<Vec<ObjectId>, StoreError> {
        let found = self
            .git
            .merge_bases_many(one, &[other])
            .map_err(|error| StoreError::git("can't find the merge base")(error.into()))?;
        Ok(found.into_iter().map(|id| id.detach()).collect())
    }

    /// The commits from which all of `commits` went on: of two, each that both have and that is in no
    /// other such; of more, one.
    pub fn merge_bases_of(&self, commits: &[ObjectId]) -> Result<Vec<ObjectId>, StoreError> {
        let [first, others @ ..] = commits else { return Ok(Vec::new()) };
        let mut bases = vec![*first];
        for other in others {
            let Some(base) = bases.first() else { break };
            bases = self.merge_bases(*base, *other)?;
        }
        Ok(bases)
    }

    /// Whether `commit` is `other` or one of those that came before it.
    pub fn is_in(&self, commit: ObjectId, other: ObjectId) -> bool {
        commit == other
            || self
                .git
                .merge_base(commit, other)
                .is_ok_and(|shared| shared.is_some_and(|shared| shared == commit))
    }

    /// What a push brings: to a branch that it continues, what is beyond its tip; else what is beyond
    /// the integration branch. What that branch itself gained never counts as brought.
    pub fn pushed_range(&self, tips: &Tips) -> Result<Range, StoreError> {
        let Tips { authority, integration, old, new } = *tips;
        let past = match old {
            None => Past::None,
            Some(old) if self.is_in(old, new) => Past::Continued(old),
            Some(old) => Past::Rewritten(old),
        };
        let beyond = self.merge_bases(integration, new)?;
        let merge_bases = match past {
            Past::Continued(old) => {
                let further = beyond.into_iter().filter(|base| !self.is_in(*base, old));
                std::iter::once(old).chain(further).collect()
            }
            Past::None | Past::Rewritten(_) => beyond,
        };
        Ok(Range { base: authority, merge_bases, head: new, integration, past })
    }

    /// The same; a failure where the two have no commit in common.
    pub fn related_range(&self, base: &str, head: ObjectId) -> Result<Range, StoreError> {
        let range = self.range(base, head)?;
        if range.merge_bases.is_empty() { Err(StoreError::Unrelated(base.to_owned())) } else { Ok(range) }
    }

    /// The commits of the range, oldest first.
    pub fn commits(&self, range: &Range) -> Result<Vec<CommitInfo>, StoreError> {
        let mut hidden = range.merge_bases.clone();
        hidden.push(range.base);
        hidden.extend(range.judged());
        let walk = self
            .git
            .rev_walk([range.head])
            .with_hidden(hidden)
            .sorting(gix::revision::walk::Sorting::ByCommitTime(Default::default()))
            .all()
            .map_err(|error| StoreError::git("can't walk the history")(error.into()))?;
        let mut commits = Vec::new();
        for info in walk {
            let info = info.map_err(|error| self.explain_walk(error.into()))?;
            commits.push(self.commit_info(info.id)?);
        }
        commits.reverse();
        Ok(commits)
    }

    /// The commits that `tip` has and that were committed since `since`, oldest first.
    pub fn commits_since(&self, tip: ObjectId, since: Timestamp) -> Result<Vec<CommitInfo>, StoreError> {
        let sorting = gix::revision::walk::Sorting::ByCommitTimeCutoff {
            order: Default::default(),
            seconds: since.millis().div_euclid(1_000),
        };
        let walk = self.git.rev_walk([tip]).sorting(sorting).all();
        let walk = walk.map_err(|error| StoreError::git("can't walk the history")(error.into()))?;
        let mut commits = Vec::new();
        for info in walk {
            let info = info.map_err(|error| self.explain_walk(error.into()))?;
            commits.push(self.commit_info(info.id)?);
        }
        commits.reverse();
        Ok(commits)
    }

    /// The branch that a name stands for: `origin/main` for `origin/HEAD`.
    pub fn branch_behind(&self, name: &str) -> String {
        let behind = git::answer(self.top(), ["rev-parse", "--abbrev-ref", name]).ok().flatten();
        behind.filter(|behind| !behind.is_empty()).unwrap_or_else(|| name.to_owned())
    }

    /// Whether history is cut off: a shallow clone.
    pub fn is_shallow(&self) -> bool {
        self.git.is_shallow().unwrap_or(false)
    }

    fn explain_walk(&self, error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
        if self.is_shallow() {
            return StoreError::Shallow("part of the range is missing".into());
        }
        StoreError::git("can't walk the history")(error)
    }

    /// What the commit `id` says.
    pub fn commit_info(&self, id: ObjectId) -> Result<CommitInfo, StoreError> {
        let fail = |error: Box<dyn std::error::Error + Send + Sync>| {
            StoreError::git(format!("can't read commit {}", id.to_hex_with_len(10)))(error)
        };
        let commit = self.git.find_commit(id).map_err(|error| fail(error.into()))?;
        let author = commit.author().map_err(|error| fail(error.into()))?;
        let time = commit.time().map_err(|error| fail(error.into()))?;
        let message = commit.message_raw().map_err(|error| fail(error.into()))?;
        Ok(CommitInfo {
            id,
            parents: commit.parent_ids().map(|id| id.detach()).collect(),
            message: String::from_utf8_lossy(message).into_owned(),
            email: author.email.to_string(),
            committed: Timestamp::from_millis(time.seconds.saturating_mul(1_000)),
        })
    }

    /// The upstream of the checked-out branch, when it has one that was fetched.
    pub fn upstream(&self) -> Option<String> {
        let name =
            git::answer(self.top(), ["rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}"]);
        name.ok().flatten().filter(|name| !name.is_empty())
    }

    /// The integration branch: the one that policy names, else `origin/HEAD`, `main`, `master`.
    pub fn integration(&self, named: Option<&str>) -> Option<String> {
        let candidates = named.into_iter().chain(["origin/HEAD", "main", "master"]);
        candidates.map(str::to_owned).find(|name| self.resolve(name).is_ok())
    }

    /// The commits that count as published: the tips of the upstream branch and of the
    /// integration branch, the latter where it is not the one checked out.
    pub fn published_tips(&self, integration: Option<&str>) -> Vec<ObjectId> {
        let branch = self.branch();
        let integration = self.integration(integration).filter(|name| Some(name) != branch.as_ref());
        let mut tips: Vec<ObjectId> = self
            .upstream()
            .into_iter()
            .chain(integration)
            .filter_map(|name| self.resolve(&name).ok())
            .collect();
        tips.dedup();
        tips
    }

    /// Whether HEAD is being merged with another commit; the other commits.
    pub fn merging(&self) -> Vec<ObjectId> {
        let text = std::fs::read_to_string(self.git_dir().join("MERGE_HEAD")).unwrap_or_default();
        text.lines().filter_map(|line| ObjectId::from_hex(line.trim().as_bytes()).ok()).collect()
    }
}
