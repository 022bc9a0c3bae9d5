//! The chains to which the records of a branch belong: what was raised because of what.

use std::collections::{BTreeMap, BTreeSet};

use super::{Item, Material};
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::snapshot::ShortIds;

/// More records than this are no chart that anybody reads.
const MOST: usize = 40;

/// The records of the chains, and which was raised because of which.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chains {
    /// The records, the oldest of each chain first.
    pub nodes: Vec<Node>,
    /// Whence and whither, as numbers of nodes.
    pub edges: Vec<(usize, usize)>,
    /// How many records of the chains are not among the nodes.
    pub left_out: usize,
}

/// A record of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The record.
    pub brief: Brief,
    /// Its id, shortened.
    pub short: String,
    /// Whether the branch touches it.
    pub touched: bool,
}

impl Chains {
    /// Whether no record hangs on another.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// The records to which those of `known` lead and that are not among them.
pub fn unseen<'a>(known: impl Iterator<Item = &'a Brief> + Clone) -> BTreeSet<RecordId> {
    let ids: BTreeSet<&RecordId> = known.clone().map(|brief| &brief.id).collect();
    let above = known.flat_map(|brief| brief.parent.iter().chain([&brief.origin]));
    above.filter(|id| !ids.contains(id)).cloned().collect()
}

/// The chains of which at least two records are known.
pub(super) fn chains(material: &Material<'_>, items: &[Item], short: &ShortIds) -> Chains {
    let touched: BTreeSet<&RecordId> = items.iter().map(|item| &item.brief.id).collect();
    let origins: BTreeSet<&RecordId> = items.iter().map(|item| &item.brief.origin).collect();
    let known = items.iter().map(|item| &item.brief).chain(&material.after.open).chain(material.related);
    let mut by_id: BTreeMap<&RecordId, &Brief> = BTreeMap::new();
    let parents: BTreeSet<&RecordId> = items.iter().filter_map(|item| item.brief.parent.as_ref()).collect();
    for brief in known.filter(|brief| origins.contains(&brief.origin) || parents.contains(&brief.id)) {
        by_id.entry(&brief.id).or_insert(brief);
    }
    let links: Vec<(&RecordId, &RecordId)> =
        by_id.values().filter_map(|brief| Some((above(brief, &by_id)?, &brief.id))).collect();
    let linked: BTreeSet<&RecordId> = links.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let mut briefs: Vec<&Brief> = linked.iter().map(|id| by_id[id]).collect();
    briefs.sort_by_key(|brief| (!touched.contains(&brief.id), brief.at, &brief.id));
    let left_out = briefs.len().saturating_sub(MOST);
    briefs.truncate(MOST);
    briefs.sort_by_key(|brief| (&brief.origin, brief.at, &brief.id));
    let place = |id: &RecordId| briefs.iter().position(|brief| brief.id == *id);
    let edges = links.iter().filter_map(|(from, to)| Some((place(from)?, place(to)?))).collect();
    let nodes = briefs.iter().map(|brief| Node {
        brief: (*brief).clone(),
        short: short.short(&brief.id).to_owned(),
        touched: touched.contains(&brief.id),
    });
    Chains { nodes: nodes.collect(), edges, left_out }
}

/// What `brief` was raised because of, as far as that is known.
fn above<'a>(brief: &'a Brief, by_id: &BTreeMap<&'a RecordId, &'a Brief>) -> Option<&'a RecordId> {
    let is_there = |id: &&RecordId| by_id.contains_key(*id) && **id != brief.id;
    brief.parent.as_ref().filter(is_there).or_else(|| Some(&brief.origin).filter(is_there))
}
