//! `check --staged`: what a commit of the index would contain, against HEAD.

use std::cell::OnceCell;

use super::asker::Asker;
use super::gather::{duplicates, faults_of_changes, own_changes, record_changes, upcoming, with_what_counts};
use super::kept::published_paths;
use super::sides::{Branch, Sides, Since};
use super::verdict::verdict;
use crate::domain::change::{Change, Changes};
use crate::domain::diagnostic::{Fault, FileFault, Spot};
use crate::domain::kind::Brief;
use crate::domain::record::RecordDir;
use crate::domain::snapshot::{Snapshot, Team};
use crate::domain::text::stage_command;
use crate::domain::verdict::Verdict;
use crate::rules::{Mode, Review};
use crate::store::assemble::read_record;
use crate::store::committed::{snapshot_of, staged_snapshot};
use crate::store::diff::staged_changes;
use crate::store::source::{CommitTree, Empty, Source};
use crate::store::staged::Staged;
use crate::store::team::{read_team, tree_team};
use crate::store::{Repo, StoreError};

/// Judges what a commit of the index would contain.
pub fn staged(repo: &Repo, asker: &Asker) -> Result<Verdict, StoreError> {
    let staged = repo.staged()?;
    let tip = repo.head()?;
    let head = tip.map(|head| repo.commit_tree(head)).transpose()?;
    let all = staged_changes(repo, head.as_ref(), &staged)?;
    let before = match &head {
        Some(tree) => snapshot_of(repo, tree)?,
        None => Snapshot::default(),
    };
    let after = staged_snapshot(&staged, &before, &all)?;
    let teams = Teams::read(repo, head.as_ref(), &staged, &all)?;
    let after = with_what_counts(repo, &staged, after, &teams.authority().policy)?;
    let changes = Changes::from(own_changes(repo, &staged, all)?);
    let before_source: &dyn Source = head.as_ref().map_or(&Empty, |tree| tree);
    let integration = teams.authority().policy.integration.as_deref();
    let branch = tip.map(|tip| Branch { repo, tip, since: Since::Published(integration) });
    let sides = Sides { before: before_source, after: &staged, branch, homes: OnceCell::new() };
    let records = record_changes(&sides, &changes)?;
    let mut faults = faults_of_changes(&staged, &records, &changes, teams.after())?;
    faults.extend(unmerged_faults(&staged));
    let published = published_paths(repo, &changes, integration)?;
    let mut commit = upcoming(repo, asker, &sides, (&before, &after), &changes, &published)?;
    (commit.unstaged, commit.left_out) = steps_elsewhere(repo, asker, &staged, &commit.waiting)?;
    let review = Review {
        mode: Mode::Staged,
        base: None,
        now: asker.now,
        landed: false,
        authority: teams.authority(),
        founding: teams.before.is_none(),
        team: teams.after(),
        before: &before,
        after: &after,
        changes: &changes,
        records: &records,
        faults: &faults,
        commits: std::slice::from_ref(&commit),
        merges: &[],
        published: &published,
        redacted: &[],
        dropped: &[],
        duplicates: &duplicates(&staged, &records)?,
        short: OnceCell::new(),
        files: &sides,
    };
    Ok(verdict(&review, asker.phase, asker.quoted))
}

/// Policy and roster before and after; read once where the change does not touch them.
struct Teams {
    before: Option<Team>,
    after: Option<Team>,
}

impl Teams {
    fn read(
        repo: &Repo,
        head: Option<&CommitTree<'_>>,
        staged: &Staged<'_>,
        changes: &[Change],
    ) -> Result<Teams, StoreError> {
        let before = head.map(|tree| tree_team(repo, tree)).transpose()?.filter(|team| team.present);
        let touched = changes.iter().any(|change| {
            change.path.starts_with(".perfteam/agents/") || change.path == crate::store::team::POLICY
        });
        let after = if touched || before.is_none() { Some(read_team(staged)?) } else { None };
        Ok(Teams { before, after })
    }

    fn authority(&self) -> &Team {
        static NONE: std::sync::LazyLock<Team> = std::sync::LazyLock::new(Team::default);
        self.before.as_ref().or(self.after.as_ref()).unwrap_or(&NONE)
    }

    fn after(&self) -> &Team {
        self.after.as_ref().unwrap_or_else(|| self.authority())
    }
}

fn unmerged_faults(staged: &Staged<'_>) -> Vec<FileFault> {
    let unmerged = staged.unmerged().into_iter().filter(|path| path.starts_with(".perfteam/"));
    unmerged
        .map(|path| {
            let fault = Fault::new(Spot::Start, "a merge left this file with a conflict")
                .mend(format!("take one side of the conflict, then: {}", stage_command(&[&path])));
            FileFault { path, fault }
        })
        .collect()
}

/// Files of steps: each with its record.
type Steps = Vec<(RecordDir, String)>;

/// Steps that process what waits and that the commit would not contain: those that lie in the work
/// tree and are not staged, and those that are staged and left out, as `git commit PATH` does.
fn steps_elsewhere(
    repo: &Repo,
    asker: &Asker,
    staged: &Staged<'_>,
    waiting: &[Brief],
) -> Result<(Steps, Steps), StoreError> {
    let (mut unstaged, mut left_out) = (Vec::new(), Vec::new());
    let work_tree = repo.work_tree();
    let mut own_index: Option<Staged<'_>> = None;
    for brief in waiting {
        let dir = &brief.dir;
        let here = read_record(&work_tree, dir)?;
        let is_processed = dir.kind().brief(&here).is_some_and(|now| {
            let alone = Snapshot { open: vec![now.clone()], ..Snapshot::default() };
            now.to != brief.to || !alone.standing(&now, asker.now).is_unprocessed()
        });
        if !is_processed {
            continue;
        }
        let own_index = match &mut own_index {
            Some(index) => index,
            none => none.insert(repo.own_index()?),
        };
        let known = staged.list(&dir.path())?;
        for event in here.events.iter().map(|event| event.name.file()) {
            let path = format!("{}/{event}", dir.path());
            if known.iter().any(|entry| entry.name == event) {
                continue;
            }
            let steps = if own_index.exists(&path) { &mut left_out } else { &mut unstaged };
            steps.push((dir.clone(), path));
        }
    }
    Ok((unstaged, left_out))
}
