//! What a gate needs to know of other branches: the integration branch may count, the others inform.

use super::facts::Facts;
use super::{Elsewhere, Held, Part, Sight, Site};
use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::place::{Place, Scope};
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use crate::store::repo::Repo;
use crate::store::source::{Empty, Source};

/// The records of `here` together with those of the integration branch as last fetched; as they are
/// where that is checked out or is not there.
pub fn with_integration(
    repo: &Repo,
    here: &dyn Source,
    mut snapshot: Snapshot,
    named: Option<&str>,
) -> Result<Snapshot, StoreError> {
    let name = repo.integration(named).filter(|name| Some(name) != repo.branch().as_ref());
    let Some(name) = name else { return Ok(snapshot) };
    let commit = repo.resolve(&name)?;
    let mut facts = Facts::against(repo, repo.head()?, "integration");
    let mut elsewhere = Elsewhere::default();
    let place = Place::Branch { name: repo.branch_behind(&name), ahead: None };
    elsewhere.sites.push(Site { place, commit: Some(commit) });
    for (dir, tree) in facts.added(commit)?.to_vec() {
        let tree = super::facts::id(&tree)?;
        let part =
            Part { held: Held::Tree(tree), names: facts.names(dir.kind(), tree)?.to_vec(), sites: vec![0] };
        elsewhere.parts.insert(dir, vec![part]);
    }
    elsewhere.leave_out_what_is_in(here, |_| true);
    elsewhere.count_ahead(repo.head()?, &mut facts);
    for (dir, parts) in &elsewhere.parts {
        snapshot.open.retain(|brief| brief.dir != *dir);
        snapshot.broken.retain(|broken| broken != dir);
        let brief = dir.kind().brief(&elsewhere.read_with(repo, here, dir)?);
        snapshot.open.extend(brief.filter(|brief| !brief.closed));
        snapshot.elsewhere.insert(dir.clone(), elsewhere.origin(parts, here.exists(&dir.path())));
    }
    facts.remember();
    Ok(snapshot)
}

/// What waits for `agents` on branches and is neither at HEAD nor in the index.
pub fn waiting_on_branches(
    repo: &Repo,
    sight: Sight<'_>,
    agents: &[Handle],
    now: Timestamp,
) -> Result<Vec<Brief>, StoreError> {
    let head = repo.head()?;
    let mut facts = Facts::against(repo, head, "hook");
    let mut elsewhere = Elsewhere::default();
    if sight.scope == Scope::Branch {
        return Ok(Vec::new());
    }
    elsewhere.look_at_branches(repo, sight, &mut facts)?;
    let mut all = Snapshot::default();
    for (dir, parts) in &elsewhere.parts {
        let proof = elsewhere.proof(repo, dir, parts, false);
        let read = || Ok(dir.kind().brief(&elsewhere.read_with(repo, &Empty, dir)?));
        match facts.brief(proof, read) {
            Ok(Some(brief)) if brief.closed => all.closed.push(dir.clone()),
            Ok(brief) => all.open.extend(brief),
            // What can't be read is told by the commands that list.
            Err(_) => {}
        }
    }
    facts.remember();
    let waits = |brief: &&Brief| brief.is_for_any(agents) && all.standing(brief, now).is_unprocessed();
    let mut waiting: Vec<Brief> = all.open.iter().filter(waits).cloned().collect();
    if let (Some(head), false) = (head, waiting.is_empty()) {
        let tree = repo.commit_tree(head)?;
        waiting.retain(|brief| !tree.exists(&brief.dir.path()));
    }
    if !waiting.is_empty() {
        let staged = repo.staged()?;
        waiting.retain(|brief| !staged.exists(&brief.dir.path()));
    }
    Ok(waiting)
}
