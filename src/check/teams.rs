//! Policy and roster of commit after commit: most commits change neither.

use std::rc::Rc;

use crate::domain::snapshot::Team;
use crate::store::repo::FOLDER;
use crate::store::source::{CommitTree, Source};
use crate::store::team::{AGENTS, POLICY, tree_team};
use crate::store::{ObjectId, Repo, StoreError};

/// How many are kept: those of branches that alternate.
const KEPT: usize = 8;

/// By what a team is known: its policy, its roster, and whether there is any folder.
type Key = (Option<ObjectId>, Option<ObjectId>, bool);

/// Reads teams, and keeps the latest.
pub struct Teams<'a> {
    repo: &'a Repo,
    latest: Vec<(Key, Rc<Team>)>,
}

impl<'a> Teams<'a> {
    /// None is read yet.
    pub fn new(repo: &'a Repo) -> Self {
        Teams { repo, latest: Vec::new() }
    }

    /// Policy and roster in `tree`.
    pub fn at(&mut self, tree: &CommitTree<'_>) -> Result<Rc<Team>, StoreError> {
        let key = (tree.object(POLICY)?, tree.object(AGENTS)?, tree.exists(FOLDER));
        if let Some((_, known)) = self.latest.iter().find(|(known, _)| *known == key) {
            return Ok(Rc::clone(known));
        }
        let team = Rc::new(tree_team(self.repo, tree)?);
        self.latest.insert(0, (key, Rc::clone(&team)));
        self.latest.truncate(KEPT);
        Ok(team)
    }
}
