//! `check --staged`: what a commit of the index would contain, against HEAD.

use super::gather::{Sides, duplicates, faults_of_changes, published_paths, record_changes, waiting_for};
use super::{Asker, verdict};
use crate::domain::change::Change;
use crate::domain::diagnostic::{Fault, FileFault, Spot};
use crate::domain::kind::Brief;
use crate::domain::record::RecordDir;
use crate::domain::snapshot::{Snapshot, Team};
use crate::domain::verdict::Verdict;
use crate::rules::{Commit, Mode, Review};
use crate::store::assemble::read_record;
use crate::store::committed::{Committed, staged_snapshot};
use crate::store::diff::staged_changes;
use crate::store::source::{CommitTree, Empty, Source, Staged};
use crate::store::team::read_team;
use crate::store::{Repo, StoreError};

/// Judges what a commit of the index would contain.
pub fn staged(repo: &Repo, asker: &Asker) -> Result<Verdict, StoreError> {
    let staged = repo.staged()?;
    let head = repo.head()?.map(|head| repo.commit_tree(head)).transpose()?;
    let changes = staged_changes(repo, head.as_ref(), &staged)?;
    let before = match &head {
        Some(tree) => Committed::new(repo).snapshot(tree)?,
        None => Snapshot::default(),
    };
    let after = staged_snapshot(&staged, &before, &changes)?;
    let teams = Teams::read(head.as_ref(), &staged, &changes)?;
    let before_source: &dyn Source = head.as_ref().map_or(&Empty, |tree| tree);
    let sides = Sides { before: before_source, after: &staged };
    let records = record_changes(&sides, &changes)?;
    let mut faults = faults_of_changes(&records, &changes, teams.after());
    faults.extend(unmerged_faults(&staged));
    let commit = upcoming(repo, asker, &staged, &before, &after, &changes)?;
    let review = Review {
        mode: Mode::Staged,
        now: asker.now,
        authority: teams.authority(),
        roster: &teams.after().roster,
        before: &before,
        after: &after,
        changes: &changes,
        records: &records,
        faults: &faults,
        commits: std::slice::from_ref(&commit),
        published: &published_paths(repo, &changes, teams.authority().policy.integration.as_deref())?,
        duplicates: &duplicates(&staged, &records)?,
        short: &after.short_ids(),
        files: &sides,
    };
    Ok(verdict(&review, asker.phase))
}

/// Policy and roster before and after; read once where the change does not touch them.
struct Teams {
    before: Option<Team>,
    after: Option<Team>,
}

impl Teams {
    fn read(
        head: Option<&CommitTree<'_>>,
        staged: &Staged<'_>,
        changes: &[Change],
    ) -> Result<Teams, StoreError> {
        let before = head.map(|tree| read_team(tree)).transpose()?.filter(|team| team.present);
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
                .mend(format!("take one side of the conflict, then: git add -- {path}"));
            FileFault { path, fault }
        })
        .collect()
}

fn upcoming(
    repo: &Repo,
    asker: &Asker,
    staged: &Staged<'_>,
    before: &Snapshot,
    after: &Snapshot,
    changes: &[Change],
) -> Result<Commit, StoreError> {
    // What a merge brings in was not there when its author began; it never blocks the merge.
    let merging = !repo.merging().is_empty();
    let known_before = |brief: &Brief| before.open.iter().any(|old| old.id == brief.id && old.to == brief.to);
    let waiting: Vec<Brief> = waiting_for(after, &asker.actors, asker.now)
        .into_iter()
        .filter(|brief| !merging || known_before(brief))
        .cloned()
        .collect();
    let (unstaged, left_out) = steps_elsewhere(repo, asker, staged, &waiting)?;
    Ok(Commit {
        id: None,
        subject: String::new(),
        email: asker.email.clone(),
        actors: asker.actors.clone(),
        trailers: asker.trailers.clone(),
        changes: changes.to_vec(),
        waiting,
        unstaged,
        left_out,
    })
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
    for brief in waiting {
        let dir = &brief.dir;
        let known = staged.list(&dir.path())?;
        let work_tree = repo.work_tree();
        let here = read_record(&work_tree, dir)?;
        let is_processed = dir.kind().brief(&here).is_some_and(|now| {
            let alone = Snapshot { open: vec![now.clone()], ..Snapshot::default() };
            now.to != brief.to || !alone.standing(&now, asker.now).is_unprocessed()
        });
        if !is_processed {
            continue;
        }
        let own_index = repo.own_index()?;
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
