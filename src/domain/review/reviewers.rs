//! Who must look at a branch: whom it asks for something, who watches or owns what it touches, and
//! who must agree to a change of the team's rules.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, Material, Outcome, TeamChange};
use crate::domain::authority::Authority;
use crate::domain::change::Change;
use crate::domain::handle::Handle;
use crate::domain::kind::{Brief, KINDS};

/// Somebody who must look, with all reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// Who.
    pub handle: Handle,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
}

/// Why somebody must look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The roster, the policy or write authority changes.
    Approves,
    /// These records wait for them: kind and shortened id.
    Addressed(Vec<String>),
    /// These paths are theirs alone to write.
    Owns(Vec<String>),
    /// These paths are watched by them.
    Watches(Vec<String>),
}

/// Who must look, by handle; those who must approve first.
pub(super) fn reviewers(material: &Material<'_>, items: &[Item], team: Option<&TeamChange>) -> Vec<Reviewer> {
    let mut reasons: BTreeMap<Handle, BTreeSet<Reason>> = BTreeMap::new();
    for handle in team.map(|team| team.approvers.as_slice()).unwrap_or_default() {
        reasons.entry(heir(material, handle)).or_default().insert(Reason::Approves);
    }
    for (handle, records) in addressed(material, items) {
        reasons.entry(handle).or_default().insert(Reason::Addressed(records));
    }
    let paths = paths(material);
    for (handle, paths) in owners(material, &paths) {
        reasons.entry(handle).or_default().insert(Reason::Owns(paths));
    }
    for (handle, paths) in watchers(material, &paths) {
        reasons.entry(handle).or_default().insert(Reason::Watches(paths));
    }
    let mut reviewers: Vec<Reviewer> = reasons
        .into_iter()
        .map(|(handle, reasons)| Reviewer { handle, reasons: reasons.into_iter().collect() })
        .collect();
    reviewers.sort_by_key(|reviewer| !reviewer.reasons.contains(&Reason::Approves));
    reviewers
}

type ByHandle = BTreeMap<Handle, Vec<String>>;

/// For whom the touched records wait, unless they made the commits themselves.
fn addressed(material: &Material<'_>, items: &[Item]) -> ByHandle {
    let authors = material.authors();
    let mut addressed = ByHandle::new();
    for item in items.iter().filter(|item| matches!(item.outcome, Outcome::Opened | Outcome::Moved)) {
        for to in awaited(material, &item.brief) {
            let to = heir(material, &to);
            if !authors.contains(&to) {
                let record = format!("{} {}", item.brief.kind_name(), item.short);
                addressed.entry(to).or_default().push(record);
            }
        }
    }
    addressed
}

/// Who must do something next: the addressee, the specialist that is looked for, or, where a finding
/// is disputed, whoever may decide.
fn awaited(material: &Material<'_>, brief: &Brief) -> Vec<Handle> {
    if brief.disputed_since().is_some() {
        return material.authority.policy.leads.clone();
    }
    if !material.after.standing(brief, material.now).is_unprocessed() {
        return Vec::new();
    }
    let specialist = brief.plan.as_ref().and_then(|plan| plan.specialist.clone());
    brief.to.clone().or(specialist).into_iter().collect()
}

/// The paths that change and are no records: those speak for themselves.
fn paths<'a>(material: &Material<'a>) -> BTreeSet<&'a str> {
    material.changes.iter().flat_map(Change::touched).filter(|path| !is_in_record(path)).collect()
}

fn is_in_record(path: &str) -> bool {
    path.strip_prefix(".perfteam/").is_some_and(|inside| {
        let folder = inside.split('/').next().unwrap_or_default();
        KINDS.iter().any(|kind| kind.folder() == folder)
    })
}

fn owners(material: &Material<'_>, paths: &BTreeSet<&str>) -> ByHandle {
    let authority = Authority::new(&material.authority.roster, &material.authority.policy);
    let mut owners = ByHandle::new();
    for path in paths {
        for (owner, _) in authority.exclusive_owners(path) {
            if is_by_others(material, owner, path) {
                owners.entry(owner.clone()).or_default().push((*path).to_owned());
            }
        }
    }
    owners
}

fn watchers(material: &Material<'_>, paths: &BTreeSet<&str>) -> ByHandle {
    let watches = material.authority.roster.watches(&material.authority.policy);
    let mut watchers = ByHandle::new();
    for path in paths {
        for (watcher, _) in material.authority.roster.watchers(&watches, path) {
            if is_by_others(material, watcher, path) {
                watchers.entry(watcher.clone()).or_default().push((*path).to_owned());
            }
        }
    }
    watchers
}

/// Whether somebody else than `handle` changes the path; what no commit touches came with a merge.
fn is_by_others(material: &Material<'_>, handle: &Handle, path: &str) -> bool {
    let mut touching = material.commits.iter().filter(|(_, changes)| changes.touch(path)).peekable();
    touching.peek().is_none() || touching.any(|(actors, _)| !actors.contains(handle))
}

/// Who answers for `handle` now.
fn heir(material: &Material<'_>, handle: &Handle) -> Handle {
    material.authority.roster.heir(handle)
}
