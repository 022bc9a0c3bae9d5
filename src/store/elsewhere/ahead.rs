//! How many commits each of several branches is ahead of HEAD, in one walk.

use std::collections::{BinaryHeap, HashMap, HashSet};

use gix::ObjectId;

use crate::store::repo::Repo;

/// So many commits are looked at for each branch, and at least for all; what lies further apart is
/// not counted.
const LOOKED_AT: usize = 8;
const AT_LEAST: usize = 2_000;

/// From which starting points a commit is reached.
#[derive(Clone)]
enum Reached {
    /// From HEAD: it is here, whatever else reaches it.
    Here,
    /// From these tips, one bit each.
    By(Vec<u64>),
}

/// How many commits of each tip are not in the history of `head`; `None` where that is too far to
/// count, or history is cut off.
pub(super) fn ahead(repo: &Repo, head: ObjectId, tips: &[ObjectId]) -> Vec<Option<usize>> {
    let mut walk = Walk::default();
    walk.reach(repo, head, &Reached::Here);
    for (at, tip) in tips.iter().enumerate() {
        let mut bits = vec![0; tips.len().div_ceil(64)];
        bits[at / 64] |= 1 << (at % 64);
        walk.reach(repo, *tip, &Reached::By(bits));
    }
    let mut counts = vec![Some(0_usize); tips.len()];
    let mut left = AT_LEAST.max(LOOKED_AT * tips.len());
    while walk.elsewhere > 0 {
        let Some((id, parents, reached)) = walk.next() else { break };
        if let Reached::By(bits) = &reached {
            set_bits(bits).for_each(|at| counts[at] = counts[at].map(|count| count + 1));
        }
        for parent in parents {
            walk.reach(repo, parent, &reached);
        }
        walk.done.insert(id);
        left -= 1;
        if walk.broken {
            return vec![None; tips.len()];
        }
        if left == 0 {
            walk.unsettled(&mut counts);
            break;
        }
    }
    counts
}

fn set_bits(bits: &[u64]) -> impl Iterator<Item = usize> + '_ {
    bits.iter().enumerate().flat_map(|(word, bits)| {
        (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit)
    })
}

struct Waiting {
    parents: Vec<ObjectId>,
    reached: Reached,
}

/// Commits by date, the newest first, each with what reaches it.
#[derive(Default)]
struct Walk {
    queue: BinaryHeap<(i64, ObjectId)>,
    waiting: HashMap<ObjectId, Waiting>,
    done: HashSet<ObjectId>,
    /// How many in the queue are not known to be here.
    elsewhere: usize,
    /// Whether a commit could not be read.
    broken: bool,
}

impl Walk {
    fn reach(&mut self, repo: &Repo, id: ObjectId, by: &Reached) {
        if let Some(waiting) = self.waiting.get_mut(&id) {
            let was_here = matches!(waiting.reached, Reached::Here);
            waiting.reached = both(&waiting.reached, by);
            let is_here = matches!(waiting.reached, Reached::Here);
            self.elsewhere -= usize::from(is_here && !was_here);
            return;
        }
        // A commit that is older than its child by its date alone was counted already.
        if self.done.contains(&id) {
            return;
        }
        match commit(repo, id) {
            Some((time, parents)) => {
                self.elsewhere += usize::from(matches!(by, Reached::By(_)));
                self.queue.push((time, id));
                self.waiting.insert(id, Waiting { parents, reached: by.clone() });
            }
            None => self.broken = true,
        }
    }

    fn next(&mut self) -> Option<(ObjectId, Vec<ObjectId>, Reached)> {
        let (_, id) = self.queue.pop()?;
        let Waiting { parents, reached } = self.waiting.remove(&id)?;
        self.elsewhere -= usize::from(matches!(reached, Reached::By(_)));
        Some((id, parents, reached))
    }

    /// Tips with commits that were not looked at are not counted.
    fn unsettled(&self, counts: &mut [Option<usize>]) {
        for waiting in self.waiting.values() {
            if let Reached::By(bits) = &waiting.reached {
                set_bits(bits).for_each(|at| counts[at] = None);
            }
        }
    }
}

fn both(a: &Reached, b: &Reached) -> Reached {
    match (a, b) {
        (Reached::By(a), Reached::By(b)) => Reached::By(a.iter().zip(b).map(|(a, b)| a | b).collect()),
        _ => Reached::Here,
    }
}

fn commit(repo: &Repo, id: ObjectId) -> Option<(i64, Vec<ObjectId>)> {
    let commit = repo.git.find_commit(id).ok()?;
    let time = commit.time().ok()?.seconds;
    Some((time, commit.parent_ids().map(|id| id.detach()).collect()))
}
