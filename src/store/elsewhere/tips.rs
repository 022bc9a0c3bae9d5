//! The commits at which other branches stand.

use gix::ObjectId;

use super::Unseen;
use super::neighbours::{Head, Neighbour};
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

/// The tips in `scope`, the most telling first: the integration branch, local branches, work trees
/// without a branch, branches as last fetched.
pub(super) fn tips(
    repo: &Repo,
    scope: Scope,
    integration: Option<&str>,
    neighbours: &[Neighbour],
    unseen: &mut Vec<Unseen>,
) -> Result<Vec<Tip>, StoreError> {
    let mut tips = branches(repo, LOCAL, unseen)?;
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
    if scope == Scope::Remote {
        tips.extend(branches(repo, REMOTE, unseen)?);
    }
    let first = integration.map_or(&["origin/main", "main", "master"][..], |_| &[]);
    let is_first = |tip: &Tip| match &tip.place {
        Place::Branch { name, .. } => Some(name.as_str()) == integration || first.contains(&name.as_str()),
        _ => false,
    };
    tips.sort_by_key(|tip| !is_first(tip));
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
