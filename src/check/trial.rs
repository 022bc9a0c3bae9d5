//! What a policy would have refused of the commits that are there.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::base::{Bench, Brought};
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::policy::Policy;
use crate::domain::snapshot::Team;
use crate::domain::time::Timestamp;
use crate::rules::{Phase, Review, run};
use crate::store::history::{CommitInfo, Past, Range};
use crate::store::{ObjectId, Repo, StoreError};

/// What two policies make of the same commits.
#[derive(Debug, Default)]
pub struct Trial {
    /// How many commits were judged.
    pub judged: usize,
    /// How many merges were left out: what they bring is judged in its own commits.
    pub merges: usize,
    /// How many came before there was a policy at all.
    pub before: usize,
    /// Those that one of the two refuses, the newest first.
    pub refused: Vec<Tried>,
}

/// A commit that one of two policies refuses.
#[derive(Debug)]
pub struct Tried {
    /// The commit.
    pub commit: CommitInfo,
    /// By which agents it may be.
    pub agents: Vec<String>,
    /// Why the policy on trial refuses it; empty where it does not.
    pub tried: Vec<Diagnostic>,
    /// Why the present policy does.
    pub present: Vec<Diagnostic>,
}

/// Judges each commit that `tip` has since `since` as if it came alone to its parent, whose roster
/// counts, by two policies: the one on trial, and the present one.
pub fn trial(
    repo: &Repo,
    tip: ObjectId,
    since: Timestamp,
    (tried_policy, present_policy): (&Policy, &Policy),
    now: Timestamp,
) -> Result<Trial, StoreError> {
    let signed = tried_policy.require_signed || present_policy.require_signed;
    let mut bench = Bench::new(repo);
    let mut trial = Trial::default();
    for commit in repo.commits_since(tip, since)? {
        let [parent] = commit.parents.as_slice() else {
            *(if commit.is_merge() { &mut trial.merges } else { &mut trial.before }) += 1;
            continue;
        };
        let team = bench.team(*parent)?;
        if !team.present {
            trial.before += 1;
            continue;
        }
        trial.judged += 1;
        let range = Range {
            base: *parent,
            merge_bases: vec![*parent],
            head: commit.id,
            integration: *parent,
            past: Past::None,
        };
        let brought = Brought { base: &parent.to_string(), range: &range, landed: false, signed, now };
        let refusals =
            |review: &Review<'_>| Ok((refusal(review, tried_policy), refusal(review, present_policy)));
        let (tried, present) = bench.review(&brought, refusals)?;
        if !tried.is_empty() || !present.is_empty() {
            let agents = team.roster.by_email(&commit.email).into_iter().map(ToString::to_string);
            trial.refused.push(Tried { agents: agents.collect(), commit, tried, present });
        }
    }
    trial.refused.reverse();
    Ok(trial)
}

/// Why a policy refuses what is under review, by the roster that it has.
fn refusal(review: &Review<'_>, policy: &Policy) -> Vec<Diagnostic> {
    let authority = Team { policy: policy.clone(), ..review.authority.clone() };
    let found = run(&Review { authority: &authority, short: OnceCell::new(), ..*review }, Phase::All);
    found.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Block).collect()
}

impl Tried {
    /// The rules that speak in `diagnostics`.
    pub fn rules(diagnostics: &[Diagnostic]) -> BTreeSet<&'static str> {
        diagnostics.iter().map(|diagnostic| diagnostic.rule).collect()
    }
}
