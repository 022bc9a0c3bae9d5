//! The commits at which other branches stand.

use gix::ObjectId;

use super::neighbours::{Head, Neighbour};
use super::{Sight, Unseen};
use crate::domain::place::{Place, Scope};
use crate::store::error::StoreError;
use crate::store::repo::Repo;

/// A commit whose records are looked at, and where it is.
pub(super) struct Tip {
    pub(super) place: Place,
    pub(super) commit: ObjectId,
}

const LOCAL: &str = "refs/heads/";
const REMOTE: &str = "refs/remotes/";

/// The tips in sight, the most telling first: the integration branch, local branches, work trees
/// without a branch, branches as last fetched.
pub(super) fn tips(
    repo: &Repo,
    sight: Sight<'_>,
    neighbours: &[Neighbour],
    unseen: &mut Vec<Unseen>,
) -> Result<Vec<Tip>, StoreError> {
    let mut tips = if sight.scope == Scope::Branch { Vec::new() } else { branches(repo, LOCAL, unseen)? };
    tips.extend(neighbours.iter().filter_map(|neighbour| match neighbour.head {
        Some(Head::Detached(commit)) => Some(Tip {
            place: Place::Detached {
                path: neighbour.shown.clone(),
                commit: commit.to_hex_with_len(10).to_string(),
            },
            commit,
        }),
        _ => None,
    }));
    if sight.scope == Scope::Remote {
        tips.extend(branches(repo, REMOTE, unseen)?);
    }
    let first = sight.integration.map_or(&["origin/main", "main", "master"][..], |_| &[]);
    let is_first = |tip: &Tip| match &tip.place {
        Place::Branch { name, .. } => {
            Some(name.as_str()) == sight.integration || first.contains(&name.as_str())
        }
        _ => false,
    };
    tips.sort_by_key(|tip| !is_first(tip));
    let integration = sight.gate_integration.then(|| repo.integration(sight.integration)).flatten();
    if let Some(name) = integration {
        let commit = repo.resolve(&name)?;
        let is_seen = repo.head()? == Some(commit) || tips.iter().any(|tip| tip.commit == commit);
        if !is_seen {
            // Called as the gate calls it, and what `git merge` is to be given.
            let place = Place::Branch { name: repo.branch_behind(&name), ahead: None };
            tips.insert(0, Tip { place, commit });
        }
    }
    Ok(tips)
}

/// The branches below `prefix`, by name. What can't be read is told and left out.
fn branches(repo: &Repo, prefix: &'static str, unseen: &mut Vec<Unseen>) -> Result<Vec<Tip>, StoreError> {
    let found = repo.references(prefix)?;
    unseen.extend(found.broken.into_iter().map(|why| Unseen { place: "on a branch".into(), why }));
    let tip = |(name, commit): (String, ObjectId)| Tip { place: branch(&name, prefix), commit };
    Ok(found.named.into_iter().map(tip).collect())
}

fn branch(whole: &str, prefix: &str) -> Place {
    let name = whole.strip_prefix(prefix).unwrap_or(whole).to_owned();
    Place::Branch { name, ahead: None }
}
