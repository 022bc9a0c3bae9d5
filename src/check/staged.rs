//! `check --staged`: what a commit of the index would contain, against HEAD.

use super::gather::{
    Branch, Sides, duplicates, faults_of_changes, own_changes, published_paths, record_changes, upcoming,
};
use super::{Asker, verdict};
use crate::domain::change::Change;
use crate::domain::diagnostic::{Fault, FileFault, Spot};
use crate::domain::kind::Brief;
use crate::domain::record::RecordDir;
use crate::domain::snapshot::{Snapshot, Team};
use crate::domain::time::Timestamp;
use crate::domain::verdict::Verdict;
use crate::rules::{Mode, Review};
use crate::store::assemble::read_record;
use crate::store::committed::{Committed, staged_snapshot};
use crate::store::diff::staged_changes;
use crate::store::source::{CommitTree, Empty, Source, Staged};
use crate::store::team::read_team;
use crate::store::{Repo, StoreError};

/// Judges what a commit of the index would contain.
pub fn staged(repo: &Repo, asker: &Asker) -> Result<Verdict, StoreError> {
    let staged = repo.staged()?;
    let tip = repo.head()?;
    let head = tip.map(|head| repo.commit_tree(head)).transpose()?;
    let all = staged_changes(repo, head.as_ref(), &staged)?;
    let before = match &head {
        Some(tree) => Committed::new(repo).snapshot(tree)?,
        None => Snapshot::default(),
    };
    let after = staged_snapshot(&staged, &before, &all)?;
    let teams = Teams::read(head.as_ref(), &staged, &all)?;
    let changes = own_changes(repo, &staged, all)?;
    let before_source: &dyn Source = head.as_ref().map_or(&Empty, |tree| tree);
    let integration = teams.authority().policy.integration.as_deref();
    let branch = tip.map(|tip| Branch { repo, tip, integration });
    let sides = Sides { before: before_source, after: &staged, branch };
    let records = record_changes(&sides, &changes)?;
    let mut faults = faults_of_changes(&records, &changes, teams.after());
    faults.extend(unmerged_faults(&staged));
    let published = published_paths(repo, &changes, integration)?;
    let mut commit = upcoming(repo, asker, &sides, (&before, &after), &changes, &published)?;
    for brief in &commit.waiting {
        commit.unstaged.extend(unstaged_steps(repo, &staged, brief, asker.now)?);
    }
    let review = Review {
        mode: Mode::Staged,
        base: None,
        now: asker.now,
        authority: teams.authority(),
        founding: teams.before.is_none(),
        team: teams.after(),
        before: &before,
        after: &after,
        changes: &changes,
        records: &records,
        faults: &faults,
        commits: std::slice::from_ref(&commit),
        published: &published,
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

/// Files of the record that lie in the work tree and not in the index, when it is processed there.
fn unstaged_steps(
    repo: &Repo,
    staged: &Staged<'_>,
    brief: &Brief,
    now: Timestamp,
) -> Result<Vec<(RecordDir, String)>, StoreError> {
    let dir = &brief.dir;
    let there = dir.kind().brief(&read_record(&repo.work_tree(), dir)?);
    let is_held =
        |there: &Brief| there.lock.as_ref().is_some_and(|lock| lock.awaiting.is_some() || lock.until > now);
    if !there.is_some_and(|there| there.closed || there.to != brief.to || is_held(&there)) {
        return Ok(Vec::new());
    }
    let folder = dir.path();
    let known = staged.list(&folder)?;
    let there = repo.work_tree().list(&folder)?;
    let new = there.into_iter().filter(|entry| !entry.name.starts_with('.') && !known.contains(entry));
    Ok(new.map(|entry| (dir.clone(), format!("{folder}/{}", entry.name))).collect())
}
