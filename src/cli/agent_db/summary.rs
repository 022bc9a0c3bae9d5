//! How much waits for each agent.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::flag::Flags;
use crate::domain::handle::Handle;
use crate::domain::kind::Kind;
use crate::domain::level::Level;
use crate::domain::time::Timestamp;
use crate::store::work_tree::Scan;

/// The answer to `get-workable-flags`. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SummaryV1 {
    /// Who has most to do at the highest level comes first.
    agents: Vec<AgentV1>,
}

/// What waits for one agent.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OldSummaryV1")]
struct AgentV1 {
    target_agent: String,
    /// What nobody holds, and each of it by its level.
    workable: usize,
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    locked: usize,
    /// The highest level of what nobody holds.
    max_impact: Option<Level>,
}

#[derive(Default)]
struct Count {
    by_level: BTreeMap<Level, usize>,
    locked: usize,
}

impl Count {
    fn of(&self, level: Level) -> usize {
        self.by_level.get(&level).copied().unwrap_or_default()
    }
}

/// What waits in `scan` at `now`.
pub fn of(scan: &Scan, now: Timestamp) -> SummaryV1 {
    let mut counts: BTreeMap<Handle, Count> = BTreeMap::new();
    for brief in scan.snapshot.open.iter().filter(|brief| brief.kind_name() == Flags.name()) {
        let Some(to) = &brief.to else { continue };
        let count = counts.entry(to.clone()).or_default();
        if scan.snapshot.standing(brief, now).is_unprocessed() {
            *count.by_level.entry(brief.impact).or_default() += 1;
        } else {
            count.locked += 1;
        }
    }
    let mut counts: Vec<(Handle, Count)> = counts.into_iter().collect();
    // Stable: agents with the same counts stay in the order of their names.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(Level::ALL.map(|level| count.of(level))));
    let agents = counts.into_iter().map(|(handle, count)| AgentV1 {
        target_agent: handle.to_string(),
        workable: count.by_level.values().sum(),
        critical: count.of(Level::Critical),
        high: count.of(Level::High),
        medium: count.of(Level::Medium),
        low: count.of(Level::Low),
        locked: count.locked,
        max_impact: count.by_level.keys().next().copied(),
    });
    SummaryV1 { agents: agents.collect() }
}
