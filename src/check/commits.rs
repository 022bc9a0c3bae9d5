//! The commits of a range, each as rules look at it.

use std::collections::{BTreeSet, HashMap};

use super::gather::waiting_for;
use super::kept::altered;
use super::snapshots::Snapshots;
use super::times::Times;
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
    /// When they were made.
    pub times: &'a Times,
}

/// The commits of a range.
pub struct Commits {
    /// Those that are no merges, oldest first.
    pub plain: Vec<Commit>,
    /// Merges that change what none of their sides did, each with those changes alone.
    pub merges: Vec<Commit>,
}

/// Of so many merges that seem to do more than bring their sides together, git is asked: it follows
/// renames, and takes some hundredths of a second for each. The others are judged as they seem.
const GIT_MERGES: usize = 100;

impl Judges<'_> {
    /// All of `infos` as rules look at them.
    pub fn commits(
        &self,
        snapshots: &mut Snapshots<'_>,
        infos: &[CommitInfo],
    ) -> Result<Commits, StoreError> {
        let signatures = self.signatures(infos)?;
        let mut commits = Commits { plain: Vec::new(), merges: Vec::new() };
        let mut git_merges = GIT_MERGES;
        for info in infos {
            let signature = signatures.get(&info.id).cloned();
            if info.is_merge() {
                commits.merges.extend(self.merge(snapshots, info, signature, &mut git_merges)?);
            } else {
                commits.plain.push(self.plain(snapshots, info, signature)?);
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
        let waiting =
            self.waiting(snapshots, (info, &commit.actors), parent_tree.as_ref(), (&tree, &changes))?;
        let altered = match &parent_tree {
            Some(parent) => altered(parent, &tree, &changes, self.is_published)?,
            None => Vec::new(),
        };
        Ok(Commit { waiting, altered, changes: changes.into(), ..commit })
    }

    /// A merge that changes what none of its sides did. Else nothing: what it brings together is in the
    /// commits of its sides.
    fn merge(
        &self,
        snapshots: &mut Snapshots<'_>,
        info: &CommitInfo,
        signature: Option<Signature>,
        git_merges: &mut usize,
    ) -> Result<Option<Commit>, StoreError> {
        let repo = self.repo;
        let tree = repo.commit_tree(info.id)?;
        let parents = info.parents.iter().map(|parent| repo.commit_tree(*parent));
        let parents: Vec<CommitTree<'_>> = parents.collect::<Result<_, _>>()?;
        let changes = tree_changes(repo, parents.first(), &tree)?;
        let mut own = self.beyond_merging(info, (&tree, &changes), &parents)?;
        if let ([ours, theirs], false, 1..) = (&info.parents[..], own.is_empty(), *git_merges) {
            *git_merges -= 1;
            if let Some(unlike) = self.repo.unlike_git_merge(info.id, [*ours, *theirs]) {
                own.retain(|change| change.touched().any(|path| unlike.contains(path)));
            }
        }
        if own.is_empty() {
            return Ok(None);
        }
        let commit = self.named(info, signature);
        let waiting = self.waiting(snapshots, (info, &commit.actors), parents.first(), (&tree, &changes))?;
        Ok(Some(Commit { waiting, changes: own.into(), ..commit }))
    }

    /// What waits for `actors` both before a commit, at its first parent, and with it.
    fn waiting(
        &self,
        snapshots: &mut Snapshots<'_>,
        (info, actors): (&CommitInfo, &[Handle]),
        parent: Option<&CommitTree<'_>>,
        (tree, changes): (&CommitTree<'_>, &[Change]),
    ) -> Result<Vec<Brief>, StoreError> {
        let now = self.times.at(info);
        let of = |snapshot: &Snapshot| -> Vec<Brief> {
            waiting_for(snapshot, actors, now).into_iter().cloned().collect()
        };
        let mut waiting = of(snapshots.at(info.parents.first().copied())?);
        let with_it = of(snapshots.go_on(parent, tree, changes)?);
        waiting.retain(|brief| with_it.iter().any(|own| own.id == brief.id && own.to == brief.to));
        Ok(waiting)
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

    /// What a merge changes otherwise than by bringing its sides together. `changes` are those against
    /// the first of them. What a side did and the merge drops is such a change, too: it brings back what
    /// was there before, in nobody's name.
    fn beyond_merging(
        &self,
        info: &CommitInfo,
        (tree, changes): (&CommitTree<'_>, &[Change]),
        parents: &[CommitTree<'_>],
    ) -> Result<Vec<Change>, StoreError> {
        let bases = self.repo.merge_bases_of(&info.parents)?;
        let bases: Vec<CommitTree<'_>> =
            bases.into_iter().map(|base| self.repo.commit_tree(base)).collect::<Result<_, _>>()?;
        let mut own: Vec<Change> = Vec::new();
        let mut looked_at: BTreeSet<String> = BTreeSet::new();
        let mut look = |changes: &[Change]| -> Result<(), StoreError> {
            for change in changes {
                for path in change.touched() {
                    if looked_at.insert(path.to_owned()) && !is_merged(tree, path, parents, &bases)? {
                        own.push(change.clone());
                        break;
                    }
                }
            }
            Ok(())
        };
        look(changes)?;
        for other in parents.iter().skip(1) {
            look(&tree_changes(self.repo, Some(other), tree)?)?;
        }
        Ok(own)
    }
}

/// Whether what lies at `path` follows from what the sides of a merge have there: what one of them made of
/// it, or, where several changed it, anything that joins them. Of several bases, one that explains it is
/// enough.
fn is_merged(
    merge: &CommitTree<'_>,
    path: &str,
    sides: &[CommitTree<'_>],
    bases: &[CommitTree<'_>],
) -> Result<bool, StoreError> {
    let now = merge.entry(path)?;
    let sides = sides.iter().map(|side| side.entry(path)).collect::<Result<Vec<_>, _>>()?;
    if bases.is_empty() {
        return Ok(sides.contains(&now));
    }
    for base in bases {
        let was = base.entry(path)?;
        let mut changed = sides.iter().filter(|side| **side != was);
        let explains = match (changed.next(), changed.next()) {
            (None, _) => now == was,
            (Some(only), None) => now == *only,
            (Some(_), Some(_)) => true,
        };
        if explains {
            return Ok(true);
        }
    }
    Ok(false)
}
