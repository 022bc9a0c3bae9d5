//! `unknown-actor`: who changes what others rely on is known to the team.

use super::{Commit, Finding, Review, Rule};
use crate::domain::change::Change;
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::glob::Globs;
use crate::domain::handle::{Handle, names};
use crate::domain::policy::{Policy, UnknownActor as Setting};

/// See the module.
pub struct UnknownActor;

impl Rule for UnknownActor {
    fn name(&self) -> &'static str {
        "unknown-actor"
    }

    fn default_level(&self) -> Severity {
        Severity::Note
    }

    fn summary(&self) -> &'static str {
        "whoever changes watched paths or .perfteam is in the roster"
    }

    /// `unknown_actor:` is the setting that speaks of it; a level below `rules:` is more precise.
    fn level(&self, policy: &Policy) -> Severity {
        policy.rules.get(self.name()).copied().unwrap_or(match policy.unknown_actor {
            Setting::Allow => Severity::Off,
            Setting::Note => Severity::Note,
            Setting::Block => Severity::Block,
        })
    }

    fn rests_on_authority(&self) -> bool {
        true
    }

    fn rests_on_actor(&self) -> bool {
        true
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let unknown: Vec<&Commit> = review.authored().filter(|commit| is_unknown(review, commit)).collect();
        if unknown.is_empty() || review.authority.roster.is_empty() {
            return Vec::new();
        }
        let watches = review.authority.roster.watches(&review.authority.policy);
        let mut findings: Vec<Finding> = Vec::new();
        let mut told: Vec<Option<&str>> = Vec::new();
        for commit in unknown {
            let email = commit.email.as_deref();
            if told.contains(&email) {
                continue;
            }
            if let Some(finding) = touches(review, commit, &watches) {
                told.push(email);
                findings.push(finding);
            }
        }
        findings
    }
}

/// A trailer that names somebody is judged by `actor-mismatch`.
fn is_unknown(review: &Review<'_>, commit: &Commit) -> bool {
    let known = |email: &str| !review.authority.roster.by_email(email).is_empty();
    commit.is_by_nobody() && commit.trailers.agents.is_empty() && !commit.email.as_deref().is_some_and(known)
}

fn touches(review: &Review<'_>, commit: &Commit, watches: &[(Handle, Globs)]) -> Option<Finding> {
    let (path, what) = commit.changes.iter().flat_map(Change::touched).find_map(|path| {
        let watchers = review.authority.roster.watchers(watches, path);
        let watchers: Vec<&Handle> = watchers.into_iter().map(|(handle, _)| handle).collect();
        if !watchers.is_empty() {
            return Some((path, format!("{path}, which {} watches", names(watchers).join(", "))));
        }
        path.starts_with(".perfteam/").then(|| (path, path.to_owned()))
    })?;
    let who = match &commit.email {
        Some(email) => format!("{email} is in no roster"),
        None => "nobody says who makes this change".to_owned(),
    };
    Some(
        Finding::in_file(path, Spot::Start, format!("{who}, and {} touches {what}", commit.name()))
            .why("flags reach only who is in the roster, and steps carry the name of who took them")
            .mend("if you are in the roster by another address: perfteam whoami --set @handle")
            .mend("or have a change of its own add you to the roster: perfteam agent add @handle --title TITLE --description TEXT")
            .commit(commit.id.as_deref()),
    )
}
