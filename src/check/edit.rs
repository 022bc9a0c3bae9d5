//! Before a file is edited: may this agent write there? Judged by the rule that the commit will meet.

use std::cell::OnceCell;

use super::sides::Sides;
use crate::domain::change::{Change, Changes, What};
use crate::domain::diagnostic::Diagnostic;
use crate::domain::handle::Handle;
use crate::domain::snapshot::{Snapshot, Team};
use crate::domain::time::Timestamp;
use crate::rules::{Commit, Mode, Phase, Review, run};
use crate::store::source::Empty;

/// What the rules say of an edit of `paths`, from the top of the work tree, by one of `actors`. `team` is
/// the one that is committed.
pub fn edit(team: &Team, actors: &[Handle], paths: &[String], now: Timestamp) -> Vec<Diagnostic> {
    let change = |path: &String| Change { path: path.clone(), what: What::Modified };
    let changes = Changes::from(paths.iter().map(change).collect::<Vec<_>>());
    let commit = Commit { actors: actors.to_vec(), changes: changes.clone(), ..Commit::default() };
    let nothing = Snapshot::default();
    let review = Review {
        mode: Mode::Edit,
        base: None,
        now,
        landed: false,
        authority: team,
        founding: !team.present,
        team,
        before: &nothing,
        after: &nothing,
        changes: &changes,
        records: &[],
        faults: &[],
        commits: std::slice::from_ref(&commit),
        merges: &[],
        published: &[],
        redacted: &[],
        dropped: &[],
        duplicates: &[],
        short: OnceCell::new(),
        files: &Sides { before: &Empty, after: &Empty, branch: None, homes: OnceCell::new() },
    };
    run(&review, Phase::BeforeEdit)
}
