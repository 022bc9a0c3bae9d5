//! Where else a file is that people edit, such as a document.

use super::Sight;
use super::neighbours::neighbours;
use super::tips::tips;
use crate::domain::place::{Place, Scope};
use crate::store::error::StoreError;
use crate::store::repo::Repo;
use crate::store::source::Source;

/// The places beside this work tree that have a file at `path`, whatever is looked for otherwise: branches,
/// also as last fetched, then other work trees. None where HEAD has it: who deleted it here meant it.
pub fn places_with(repo: &Repo, path: &str) -> Result<Vec<Place>, StoreError> {
    let has = |commit| repo.commit_tree(commit).is_ok_and(|tree| tree.exists(path));
    if repo.head()?.is_some_and(has) {
        return Ok(Vec::new());
    }
    let neighbours = neighbours(repo);
    let sight = Sight { scope: Scope::Remote, ..Sight::default() };
    let tips = tips(repo, sight, &neighbours, &mut Vec::new())?;
    let branches = tips.into_iter().filter(|tip| has(tip.commit)).map(|tip| tip.place);
    let trees = neighbours.iter().filter(|neighbour| neighbour.source().exists(path));
    let trees = trees.map(|neighbour| Place::WorkTree { path: neighbour.shown.clone() });
    Ok(branches.chain(trees).collect())
}
