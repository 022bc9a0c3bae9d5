//! The commits of a range, each as rules look at it.

use std::collections::HashMap;

use super::gather::{altered, waiting_for};
use super::snapshots::Snapshots;
use crate::domain::change::Change;
use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::roster::Roster;
use crate::domain::signature::Signature;
use crate::domain::snapshot::Snapshot;
use crate::domain::trailer::Trailers;
use crate::rules::Commit;
use crate::store::diff::tree_changes;
use crate::store::history::CommitInfo;
use crate::store::source::CommitTree;
use crate::store::{ObjectId, Repo, StoreError, signatures};

/// What commits are judged by.
pub struct Judges<'a> {
    /// Where they are.
    pub repo: &'a Repo,
    /// The roster of the base.
    pub roster: &'a Roster,
    /// The tree with the signers that the base lists, where signatures count.
    pub signers: Option<&'a CommitTree<'a>>,
    /// Whether a path is published.
    pub is_published: &'a dyn Fn(&str) -> bool,
}

/// The commits of a range.
pub struct Commits {
    /// Those that are no merges, oldest first.
    pub plain: Vec<Commit>,
    /// Merges that change what none of their sides did; known where signatures count.
    pub merges: Vec<Commit>,
}

impl Judges<'_> {
    /// All of `infos` as rules look at them.
    pub fn commits(
        &self,
        snapshots: &mut Snapshots<'_>,
        infos: &[CommitInfo],
    ) -> Result<Commits, StoreError> {
        let signatures = self.signatures(infos)?;
        let mut commits = Commits { plain: Vec::new(), merges: Vec::new() };
        for info in infos {
            let signature = signatures.get(&info.id).cloned();
            if !info.is_merge() {
                commits.plain.push(self.plain(snapshots, info, signature)?);
            } else if signature.is_some() && self.does_more_than_merge(info)? {
                commits.merges.push(self.named(info, signature));
            }
        }
        Ok(commits)
    }

    fn signatures(&self, infos: &[CommitInfo]) -> Result<HashMap<ObjectId, Signature>, StoreError> {
        let Some(signers) = self.signers else { return Ok(HashMap::new()) };
        let commits: Vec<ObjectId> = infos.iter().map(|info| info.id).collect();
        signatures::verify(self.repo, signers, &commits)
    }

    /// What a commit says of itself.
    fn named(&self, info: &CommitInfo, signature: Option<Signature>) -> Commit {
        let trailers = Trailers::read(&info.message);
        Commit {
            id: Some(info.id.to_string()),
            subject: info.subject().to_owned(),
            email: Some(info.email.clone()),
            actors: self.actors(info, &trailers, signature.as_ref()),
            signature,
            trailers,
            merge: info.is_merge(),
            ..Commit::default()
        }
    }

    fn plain(
        &self,
        snapshots: &mut Snapshots<'_>,
        info: &CommitInfo,
        signature: Option<Signature>,
    ) -> Result<Commit, StoreError> {
        let repo = self.repo;
        let parent = info.parents.first().copied();
        let tree = repo.commit_tree(info.id)?;
        let parent_tree = parent.map(|parent| repo.commit_tree(parent)).transpose()?;
        let changes = tree_changes(repo, parent_tree.as_ref(), &tree)?;
        let commit = self.named(info, signature);
        let waiting = |snapshot: &Snapshot| -> Vec<Brief> {
            waiting_for(snapshot, &commit.actors, info.committed).into_iter().cloned().collect()
        };
        let mut unprocessed = waiting(snapshots.at(parent)?);
        let with_it = waiting(snapshots.go_on(parent_tree.as_ref(), &tree, &changes)?);
        unprocessed.retain(|brief| with_it.iter().any(|own| own.id == brief.id && own.to == brief.to));
        let altered = match &parent_tree {
            Some(parent) => altered(parent, &tree, &changes, self.is_published)?,
            None => Vec::new(),
        };
        Ok(Commit { waiting: unprocessed, altered, changes: changes.into(), ..commit })
    }

    /// By whom the commit may be: the agents whom its trailers name, where the base's roster lists the
    /// author's e-mail address under that handle, or lists none for it; without such a trailer, all
    /// agents with that address, so that a trailer that does not fit sets nobody free. Of several, a
    /// signature tells which.
    fn actors(&self, info: &CommitInfo, trailers: &Trailers, signature: Option<&Signature>) -> Vec<Handle> {
        let roster = self.roster;
        let fits = |handle: &Handle| {
            let agent = roster.get(handle);
            agent.is_some_and(|agent| agent.emails.is_empty() || agent.has_email(&info.email))
        };
        let named: Vec<Handle> =
            trailers.agents.iter().filter_map(|name| name.parse().ok()).filter(fits).collect();
        let may_be = if named.is_empty() {
            roster.by_email(&info.email).into_iter().cloned().collect()
        } else {
            named
        };
        let Some(Signature::Good(signer)) = signature else { return may_be };
        let signers = roster.by_email(signer);
        let are: Vec<Handle> = may_be.iter().filter(|handle| signers.contains(handle)).cloned().collect();
        if are.is_empty() { may_be } else { are }
    }

    /// Whether a merge changes a path otherwise than by taking it from one side, or by joining what
    /// several sides did to it.
    fn does_more_than_merge(&self, info: &CommitInfo) -> Result<bool, StoreError> {
        let repo = self.repo;
        let tree = repo.commit_tree(info.id)?;
        let parents = info.parents.iter().map(|parent| repo.commit_tree(*parent));
        let parents: Vec<CommitTree<'_>> = parents.collect::<Result<_, _>>()?;
        let base = repo.merge_base(&info.parents)?.map(|base| repo.commit_tree(base)).transpose()?;
        for change in tree_changes(repo, parents.first(), &tree)?.iter().flat_map(Change::touched) {
            let now = tree.object(change)?;
            let mut sides = Vec::new();
            for parent in &parents {
                sides.push(parent.object(change)?);
            }
            let was = base.as_ref().map(|base| base.object(change)).transpose()?.flatten();
            let joined = sides.iter().filter(|side| **side != was).count() > 1;
            if !sides.contains(&now) && !joined {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
