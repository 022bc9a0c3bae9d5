//! `write-authority`: agents write where they may.

use std::collections::{BTreeMap, BTreeSet};

use super::review::SHOWN;
use super::{Commit, Finding, Mode, Needs, Review, Rule};
use crate::domain::authority::{Authority, Refusal};
use crate::domain::change::Change;
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::handle::{Handle, names};
use crate::domain::record::RecordDir;
use crate::domain::text::some_of;

/// See the module.
pub struct WriteAuthority;

impl Rule for WriteAuthority {
    fn name(&self) -> &'static str {
        "write-authority"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "agents write only where their `writes` and the exclusive paths of others let them"
    }

    fn needs(&self) -> Needs {
        Needs::Paths
    }

    fn rests_on_authority(&self) -> bool {
        true
    }

    fn rests_on_actor(&self) -> bool {
        true
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let authority = Authority::new(&review.authority.roster, &review.authority.policy);
        if authority.is_empty() {
            return Vec::new();
        }
        let changed: BTreeSet<&str> = review.changes.iter().flat_map(Change::touched).collect();
        let mut findings = Vec::new();
        for (at, commit) in review.commits.iter().enumerate() {
            let later = &review.commits[at + 1..];
            for ((actor, refusal), paths) in refused(&authority, commit, &changed) {
                let (taken, open): (Vec<&str>, Vec<&str>) =
                    paths.into_iter().partition(|path| is_taken_over(&authority, later, path));
                findings.extend(forbidden(review, &authority, commit, &actor, &refusal, &open));
                findings.extend(taken_over(commit, &actor, &taken));
            }
        }
        let hidden = closed_by_merges(review, &authority, &changed);
        for merge in review.merges {
            for ((actor, refusal), mut paths) in refused(&authority, merge, &changed) {
                paths.retain(|path| !hidden.contains_key(path));
                findings.extend(forbidden(review, &authority, merge, &actor, &refusal, &paths));
            }
        }
        findings.extend(by_merges(review, &hidden));
        findings
    }
}

type Grouped<'a> = BTreeMap<(Handle, Reason), Vec<&'a str>>;

/// Why a path is refused, without what differs from path to path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Denied,
    Closed(Handle),
    NotAllowed,
}

/// What the commit writes although none of the agents by whom it may be may write it.
fn refused<'a>(authority: &Authority, commit: &'a Commit, changed: &BTreeSet<&str>) -> Grouped<'a> {
    let mut grouped = Grouped::new();
    let paths: BTreeSet<&str> = commit.changes.iter().flat_map(Change::touched).collect();
    for path in paths.into_iter().filter(|path| changed.contains(path) && !is_in_record(path)) {
        if may_write(authority, &commit.actors, path) {
            continue;
        }
        let Some(actor) = commit.actors.first() else { continue };
        let Some(refusal) = authority.refusal(actor, path) else { continue };
        let reason = match refusal {
            Refusal::Denied(_) => Reason::Denied,
            Refusal::Closed(owner, _) => Reason::Closed(owner),
            Refusal::NotAllowed => Reason::NotAllowed,
        };
        grouped.entry((actor.clone(), reason)).or_default().push(path);
    }
    grouped
}

fn may_write(authority: &Authority, actors: &[Handle], path: &str) -> bool {
    actors.is_empty() || actors.iter().any(|actor| authority.refusal(actor, path).is_none())
}

/// Records are everybody's to write: what may happen to them is told by their own rules.
fn is_in_record(path: &str) -> bool {
    let Some(inside) = path.strip_prefix(".perfteam/") else { return false };
    let folder = inside.match_indices('/').nth(2).map(|(end, _)| &inside[..end]);
    folder.is_some_and(|folder| RecordDir::parse(folder).is_some())
}

/// Whether somebody who may write the path wrote it later in the range, and so answers for it.
fn is_taken_over(authority: &Authority, later: &[Commit], path: &str) -> bool {
    later.iter().any(|commit| {
        !commit.is_by_nobody() && commit.touches(path) && may_write(authority, &commit.actors, path)
    })
}

fn forbidden(
    review: &Review<'_>,
    authority: &Authority,
    commit: &Commit,
    actor: &Handle,
    reason: &Reason,
    paths: &[&str],
) -> Option<Finding> {
    let first = *paths.first()?;
    let listed = some_of(paths, SHOWN);
    let message = match (reason, authority.refusal(actor, first)) {
        (Reason::Closed(owner), Some(Refusal::Closed(_, glob))) => {
            format!("{listed}: only {owner} may write there (`{glob}`), not {actor}")
        }
        (Reason::Denied, Some(Refusal::Denied(glob))) => {
            format!("{listed}: {actor} may not write there (its `deny` has `{glob}`)")
        }
        _ => format!("{listed}: {actor} may write only what its `allow` lists"),
    };
    let finding = Finding::in_file(first, Spot::Start, message)
        .why("who answers for a path decides what happens to it; authority is read from before the change")
        .commit(commit.id.as_deref());
    let finding = match who_answers(review, authority, actor, reason, first) {
        Some(owner) => finding.mend(format!("ask {owner} for it: {}", review.flag_command(&owner, paths))),
        None => finding,
    };
    let finding = match review.mode {
        Mode::Edit => finding.mend(format!("see what {actor} may write: perfteam agent show {actor}")),
        _ => finding.mend(review.undo(paths)),
    };
    // What a merge in the making resolves is judged in the commits that it brings together. Once it is
    // made, only what no side did is looked at.
    let resolves = commit.merge && commit.id.is_none();
    Some(if resolves { finding.at_most(Severity::Warn) } else { finding })
}

/// Who may write the path, or else decides who may.
fn who_answers(
    review: &Review<'_>,
    authority: &Authority,
    actor: &Handle,
    reason: &Reason,
    path: &str,
) -> Option<Handle> {
    if let Reason::Closed(owner) = reason {
        return Some(owner.clone());
    }
    let owners = authority.exclusive_owners(path).into_iter().map(|(owner, _)| owner);
    let leads = review.authority.policy.leads.iter();
    owners.chain(leads).find(|handle| *handle != actor).cloned()
}

fn taken_over(commit: &Commit, actor: &Handle, paths: &[&str]) -> Option<Finding> {
    let first = *paths.first()?;
    let message =
        format!("{}: {actor} wrote where only others may; one of them took it over", some_of(paths, SHOWN));
    Some(
        Finding::in_file(first, Spot::Start, message)
            .why("whoever wrote the path last answers for what stands there now, so nothing is left to do")
            .commit(commit.id.as_deref())
            .at_most(Severity::Note),
    )
}

type Closed<'a, 'b> = BTreeMap<&'a str, Vec<&'b Handle>>;

/// Closed paths that changed though no commit that is a merge's parent side touched them, and whose
/// they are.
fn closed_by_merges<'a, 'b>(
    review: &Review<'_>,
    authority: &'b Authority,
    changed: &BTreeSet<&'a str>,
) -> Closed<'a, 'b> {
    if review.mode != Mode::Base {
        return Closed::new();
    }
    let touched: BTreeSet<&str> =
        review.commits.iter().flat_map(|commit| commit.changes.iter()).flat_map(Change::touched).collect();
    let owners = |path| authority.exclusive_owners(path).into_iter().map(|(owner, _)| owner).collect();
    let hidden = changed.iter().filter(|path| !touched.contains(*path) && !is_in_record(path));
    hidden.map(|path| (*path, owners(path))).filter(|(_, owners): &(_, Vec<_>)| !owners.is_empty()).collect()
}

fn by_merges(review: &Review<'_>, closed: &Closed<'_, '_>) -> Option<Finding> {
    let (first, owners) = closed.first_key_value()?;
    let paths: Vec<&str> = closed.keys().copied().collect();
    let message = format!(
        "{}: a merge changes what neither side did, and only {} may write there",
        some_of(&paths, SHOWN),
        some_of(&names(owners.iter().copied()), SHOWN)
    );
    Some(
        Finding::in_file(*first, Spot::Start, message)
            .why("a change inside a merge is seen by no reviewer and carries nobody's name")
            .mend(review.undo(&paths)),
    )
}
