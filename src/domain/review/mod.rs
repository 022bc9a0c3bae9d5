//! What a branch does to the coordination of the team: what it opens, answers, completes and leaves
//! hanging, who must look at it, and what of it takes effect only after the merge. Computed once,
//! from what was read; formats only write it down.

mod chains;
mod item;
mod reviewers;
mod team;

use std::collections::BTreeSet;

pub use chains::{Chains, Node, unseen};
pub use item::{Item, Outcome, Taken};
pub use reviewers::{Reason, Reviewer};
pub use team::{AgentChange, Fate, KeyChange, TeamChange};

use super::change::{Changes, RecordChange};
use super::handle::Handle;
use super::id::RecordId;
use super::kind::{Brief, KINDS};
use super::level::Level;
use super::snapshot::{ShortIds, Snapshot, Team, Waiting};
use super::time::Timestamp;
use super::verdict::Verdict;

/// What a summary is made of.
pub struct Material<'a> {
    /// The records after.
    pub after: &'a Snapshot,
    /// The records in whose folders something changes.
    pub records: &'a [RecordChange],
    /// What changes.
    pub changes: &'a Changes,
    /// The commits, each with the agents by whom it may be, and what it changes.
    pub commits: &'a [(&'a [Handle], &'a Changes)],
    /// Policy and roster where the branch began; `None` where there were none.
    pub team_before: Option<&'a Team>,
    /// Policy and roster by which the branch is judged: those of the base.
    pub authority: &'a Team,
    /// Policy and roster with the branch.
    pub team_after: &'a Team,
    /// Records that are neither open nor changed, and to which chains lead.
    pub related: &'a [Brief],
    /// The list of signers before and after; nothing where it does not change.
    pub signers: [String; 2],
    /// The committer date of the last commit.
    pub now: Timestamp,
}

/// The commits that are reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// The base as it was named, or as it was found.
    pub base: String,
    /// The last commit as it was named.
    pub head: String,
    /// The id of the last commit.
    pub commit: String,
}

/// What a branch does to the coordination of the team.
#[derive(Debug)]
pub struct Summary {
    /// The commits.
    pub extent: Extent,
    /// Whether roster and policy are there at all, in the base or with the branch.
    pub set_up: bool,
    /// What the rules say.
    pub verdict: Verdict,
    /// The records that it touches, by what becomes of them.
    pub items: Vec<Item>,
    /// The paths of records that it touches and that can't be read.
    pub unreadable: Vec<String>,
    /// What waits for those who made the commits, or is held by them, when all is merged.
    pub hanging: Vec<Hanging>,
    /// What it changes of roster and policy.
    pub team: Option<TeamChange>,
    /// Who must look at it, and why.
    pub reviewers: Vec<Reviewer>,
    /// The chains to which the records belong.
    pub chains: Chains,
}

/// A record that the branch leaves undone.
#[derive(Debug, Clone, PartialEq)]
pub struct Hanging {
    /// The record.
    pub brief: Brief,
    /// Its id, shortened.
    pub short: String,
    /// How it waits.
    pub waiting: Waiting,
}

impl Summary {
    /// Puts a summary together.
    pub fn new(extent: Extent, verdict: Verdict, material: &Material<'_>) -> Summary {
        let short = material.after.short_ids();
        let (items, unreadable) = item::items(material, &short);
        let team = team::change(material);
        Summary {
            hanging: hanging(material, &short),
            reviewers: reviewers::reviewers(material, &items, team.as_ref()),
            chains: chains::chains(material, &items, &short),
            set_up: material.authority.present || material.team_after.present,
            extent,
            verdict,
            items,
            unreadable,
            team,
        }
    }

    /// The records of which this became.
    pub fn of(&self, outcome: Outcome) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.outcome == outcome)
    }

    /// Whether the branch does nothing to the coordination, and nobody has to know of it.
    pub fn is_quiet(&self) -> bool {
        self.items.is_empty()
            && self.unreadable.is_empty()
            && self.hanging.is_empty()
            && self.team.is_none()
            && self.reviewers.is_empty()
            && self.verdict.diagnostics.is_empty()
    }
}

impl Material<'_> {
    /// Who made the commits.
    fn authors(&self) -> BTreeSet<&Handle> {
        self.commits.iter().flat_map(|(actors, _)| actors.iter()).collect()
    }
}

/// What waits for the authors or is held by them.
fn hanging(material: &Material<'_>, short: &ShortIds) -> Vec<Hanging> {
    let authors = material.authors();
    let is_authors = |handle: Option<&Handle>| handle.is_some_and(|handle| authors.contains(handle));
    let mut hanging: Vec<Hanging> = Vec::new();
    for brief in &material.after.open {
        let waiting = material.after.standing(brief, material.now);
        let waits = brief.dir.kind().holds_back() && is_authors(brief.to.as_ref());
        let is_held = waiting == Waiting::Held && is_authors(brief.lock.as_ref().map(|lock| &lock.by));
        if is_held || (waits && waiting.is_unprocessed()) {
            let short = short.short(&brief.id).to_owned();
            hanging.push(Hanging { brief: brief.clone(), short, waiting });
        }
    }
    hanging.sort_by(|a, b| order(&a.brief).cmp(&order(&b.brief)));
    hanging
}

/// The order in which records are told: by kind, what matters most first, then the oldest.
fn order(brief: &Brief) -> (usize, Level, Timestamp, &RecordId) {
    let kind = KINDS.iter().position(|kind| kind.name() == brief.kind_name());
    (kind.unwrap_or(usize::MAX), brief.impact, brief.at, &brief.id)
}
