//! What somebody is told who does not get a claim.

use crate::cli::failure::{Exit, Failure};
use crate::domain::claim::{Claim, Claimant};
use crate::domain::text::shown_line;
use crate::store::claims::remote::Remote;

/// Who has it.
pub(super) fn held(name: &str, claim: &Claim, claimant: &Claimant) -> Failure {
    if let Some(ended) = &claim.ended {
        let how = ended.how.replace('_', " ");
        return Failure::new(
            Exit::Held,
            format!("{} {how} {name} in another clone at {}", claim.by, ended.at),
        )
        .why("what it did has not arrived here; the work would be done twice")
        .hint("git fetch, then merge the branch that has it")
        .hint("see all claims: perfteam claims");
    }
    let place = if claim.clone == claimant.clone { "in this repository" } else { "in another clone" };
    Failure::new(
        Exit::Held,
        format!("{} claimed {name} {place}, since {} until {}", claim.by, claim.since, claim.until),
    )
    .why("two who work on one thing undo each other, and several processes may share a handle")
    .hint("see all claims: perfteam claims")
}

/// How a claim is given back whose step is nowhere any more.
pub(super) fn given_back(failure: Failure, command: &str) -> Failure {
    failure.hint(format!(
        "if its step was thrown away, as by git reset or git merge --abort, give it back: {command}"
    ))
}

/// Somebody was faster.
pub(super) fn lost(name: &str) -> Failure {
    Failure::new(Exit::Held, format!("somebody else claimed {name} at the same moment"))
        .why("of any number of racers one wins")
        .hint("see all claims: perfteam claims")
}

/// The remote has no place for claims.
pub(super) fn refused_by_remote(remote: &Remote, reason: &str) -> Failure {
    let failure = Failure::new(
        Exit::Unreadable,
        format!("{} takes no claims below {}: {}", remote.name, remote.space, shown_line(reason)),
    )
    .why("without them two clones could both hold it");
    if remote.space.starts_with("refs/heads/") {
        failure
    } else {
        failure.hint("keep them as branches there; in .perfteam/perfteam.yaml: claims_namespace: refs/heads/perfteam/claims/")
    }
}
