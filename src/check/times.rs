//! When commits were made, as far as their dates can be believed: anybody can write any date into one.

use std::collections::HashMap;

use crate::domain::time::Timestamp;
use crate::store::history::CommitInfo;
use crate::store::{ObjectId, Repo};

/// When the commits of a range were made: not later than now, and not before those on which they rest.
#[derive(Debug)]
pub struct Times {
    at: HashMap<ObjectId, Timestamp>,
    now: Timestamp,
}

impl Times {
    /// The times of `commits`. Of those on which the first ones rest, the dates are believed.
    pub fn of(repo: &Repo, commits: &[CommitInfo], now: Timestamp) -> Times {
        let range: HashMap<ObjectId, &CommitInfo> =
            commits.iter().map(|commit| (commit.id, commit)).collect();
        let mut times = Times { at: HashMap::new(), now };
        let mut open: Vec<&CommitInfo> = commits.iter().collect();
        // Parents first, whatever the dates say.
        while let Some(commit) = open.last().copied() {
            let unknown = |parent: &&ObjectId| !times.at.contains_key(*parent);
            let parents =
                commit.parents.iter().filter(unknown).filter_map(|parent| range.get(parent).copied());
            let parents: Vec<&CommitInfo> = parents.collect();
            if !parents.is_empty() {
                open.extend(parents);
                continue;
            }
            open.pop();
            let mut at = commit.committed;
            for parent in &commit.parents {
                // In a shallow clone it may be missing, and then says nothing.
                let outside = || repo.commit_info(*parent).ok().map(|parent| parent.committed);
                at = times.at.get(parent).copied().or_else(outside).map_or(at, |parent| at.max(parent));
            }
            times.at.insert(commit.id, at.min(now));
        }
        times
    }

    /// When the commit was made.
    pub fn at(&self, commit: &CommitInfo) -> Timestamp {
        self.at.get(&commit.id).copied().unwrap_or_else(|| commit.committed.min(self.now))
    }
}
