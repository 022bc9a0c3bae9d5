//! `authority-change`: who may do what is changed by those whom the team named for it.

use super::{Commit, Finding, Mode, Review, Rule};
use crate::domain::approval::{RULE, approvers, authority_changes};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::handle::{Handle, names};
use crate::domain::text::some_of;

/// See the module.
pub struct AuthorityChange;

impl Rule for AuthorityChange {
    fn name(&self) -> &'static str {
        RULE
    }

    fn default_level(&self) -> Severity {
        Severity::Note
    }

    fn summary(&self) -> &'static str {
        "a change of policy, roster or signers is by one of the `admins`, or approved by one"
    }

    fn rests_on_authority(&self) -> bool {
        true
    }

    fn rests_on_actor(&self) -> bool {
        true
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let approvers = approvers(review.authority);
        // Who commits is told only what would be refused; who must approve is a matter of the review.
        let is_told = review.mode == Mode::Base || self.level(&review.authority.policy) == Severity::Block;
        if review.founding || approvers.is_empty() || !is_told {
            return Vec::new();
        }
        let changed = authority_changes(review.authority, review.team, review.changes);
        let paths: Vec<&str> =
            changed.into_iter().filter(|path| !is_by_one_of(&approvers, review.commits, path)).collect();
        told(review, &approvers, &paths).into_iter().collect()
    }
}

/// Whether all commits that touch the path are by those who would have to approve them.
fn is_by_one_of(approvers: &[Handle], commits: &[Commit], path: &str) -> bool {
    let mut touching = commits.iter().filter(|commit| commit.touches(path)).peekable();
    touching.peek().is_some()
        && touching.all(|commit| commit.actors.iter().any(|actor| approvers.contains(actor)))
}

fn told(review: &Review<'_>, approvers: &[Handle], paths: &[&str]) -> Option<Finding> {
    let first = *paths.first()?;
    let message =
        format!("{}: this changes who may do what; it takes effect once it is merged", some_of(paths, 3));
    Some(
        Finding::in_file(first, Spot::Start, message)
            .why("until then all is judged by what was there before, so that nobody gives himself authority")
            .mend(format!("{} must approve it", names(approvers).join(" or ")))
            .commit(review.last_commit(first)),
    )
}
