//! What records have that is not in this work tree: on other branches, and in other work trees.
//!
//! A record is a set of immutable files, so the union over all places is a valid state. Where two
//! places have a file of one name with other bytes, this work tree's own counts, then that of the
//! place that comes first.

mod ahead;
mod facts;
mod files;
mod gate;
mod neighbours;
mod read;
mod tips;

use std::collections::{BTreeMap, HashMap, HashSet};

use gix::ObjectId;

use facts::{Facts, is_part, names_in_archive};
pub use files::places_with;
pub use gate::{waiting_on_branches, with_integration};
pub use neighbours::has_neighbours;
use neighbours::{Neighbour, neighbours};

use super::error::StoreError;
use super::repo::Repo;
use super::source::{EntryKind, Source};
use super::work_tree::{Scan, scan_at, unchanged};
use crate::domain::id::is_archive;
use crate::domain::kind::Brief;
use crate::domain::place::{Origin, Place, Scope};
use crate::domain::policy::Policy;
use crate::domain::record::RecordDir;
use crate::domain::snapshot::Snapshot;

/// What is seen beside this work tree.
#[derive(Default)]
pub struct Elsewhere {
    sites: Vec<Site>,
    neighbours: Vec<Neighbour>,
    parts: BTreeMap<RecordDir, Vec<Part>>,
    /// What could not be looked at.
    pub unseen: Vec<Unseen>,
}

/// A place that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// What it is.
    pub place: String,
    /// Why.
    pub why: String,
}

/// A file that this work tree lacks of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its path from the top of the work tree.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Where it was seen.
    pub place: Place,
}

struct Site {
    place: Place,
    commit: Option<ObjectId>,
}

/// What some places have of a record and this work tree has not.
struct Part {
    held: Held,
    names: Vec<String>,
    /// The places, as indices of `sites`; never empty.
    sites: Vec<usize>,
}

/// Where the bytes of a part are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    /// In a tree of the object database.
    Tree(ObjectId),
    /// In the folder of another work tree, by its index.
    Folder(usize),
}

/// How far one looks, and which branch counts most.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sight<'a> {
    /// How far.
    pub scope: Scope,
    /// The integration branch, where policy names it.
    pub integration: Option<&'a str>,
    /// Whether that is seen as last fetched, too, since what it has counts at the gate.
    pub gate_integration: bool,
}

impl<'a> Sight<'a> {
    /// As far as `policy` says, but for its `scope`.
    pub fn by(policy: &'a Policy, scope: Scope) -> Self {
        let (integration, gate_integration) = (policy.integration.as_deref(), policy.gate.integration);
        Sight { scope, integration, gate_integration }
    }
}

/// The records of this work tree together with what is seen elsewhere.
pub fn unite(repo: &Repo, mut scan: Scan, sight: Sight<'_>) -> Result<(Scan, Elsewhere), StoreError> {
    let is_alone = sight.scope == Scope::Branch;
    if is_alone && !sight.gate_integration {
        return Ok((scan, Elsewhere::default()));
    }
    let head = repo.head().ok().flatten();
    let neighbours = if is_alone { Vec::new() } else { neighbours(repo) };
    let mut elsewhere = Elsewhere { neighbours, ..Elsewhere::default() };
    let mut facts = Facts::against(repo, head, "branches");
    elsewhere.look_at_branches(repo, sight, &mut facts)?;
    let known = elsewhere.parts_in(&scan.snapshot);
    elsewhere.leave_out_what_is_in(&repo.work_tree(), |dir| known.contains(dir));
    elsewhere.look_at_neighbours(repo, &scan.snapshot);
    elsewhere.count_ahead(head, &mut facts);
    scan.snapshot = elsewhere.united(repo, scan.snapshot, &mut facts);
    facts.remember();
    Ok((scan, elsewhere))
}

impl Elsewhere {
    /// The records of which there are parts elsewhere and that are here, too.
    fn parts_in(&self, here: &Snapshot) -> HashSet<RecordDir> {
        let named = here.dirs().filter(|dir| self.parts.contains_key(*dir));
        let archived = self.parts.keys().filter(|dir| here.archived.contains(&dir.id()));
        named.chain(archived).cloned().collect()
    }

    fn look_at_branches(
        &mut self,
        repo: &Repo,
        sight: Sight<'_>,
        facts: &mut Facts<'_>,
    ) -> Result<(), StoreError> {
        let mut unseen = Vec::new();
        let tips = tips::tips(repo, sight, &self.neighbours, &mut unseen)?;
        let mut by_tree: BTreeMap<Vec<u8>, (RecordDir, Vec<usize>)> = BTreeMap::new();
        for tip in tips {
            let site = self.sites.len();
            match facts.added(tip.commit) {
                Ok(added) => {
                    for (dir, tree) in added {
                        by_tree.entry(tree.clone()).or_insert_with(|| (dir.clone(), Vec::new())).1.push(site);
                    }
                }
                Err(error) => {
                    unseen.push(Unseen { place: tip.place.to_string(), why: error.to_string() });
                }
            }
            self.sites.push(Site { place: tip.place, commit: Some(tip.commit) });
        }
        for (tree, (dir, sites)) in by_tree {
            let names = facts::id(&tree).and_then(|tree| Ok((tree, facts.names(dir.kind(), tree)?)));
            match names {
                Ok((tree, names)) => {
                    let part = Part { held: Held::Tree(tree), names: names.to_vec(), sites };
                    self.parts.entry(dir).or_default().push(part);
                }
                Err(error) => {
                    let place = self.sites[sites[0]].place.to_string();
                    unseen.push(Unseen { place, why: error.to_string() });
                }
            }
        }
        for parts in self.parts.values_mut() {
            parts.sort_by_key(|part| part.sites[0]);
        }
        self.unseen = unseen;
        Ok(())
    }

    /// HEAD has less than what is here: what came since. `may_have` tells which records to look for.
    fn leave_out_what_is_in(&mut self, here: &dyn Source, may_have: impl Fn(&RecordDir) -> bool) {
        self.parts.retain(|dir, parts| {
            if may_have(dir) {
                let names = names_in(here, dir);
                parts.iter_mut().for_each(|part| part.names.retain(|name| !names.contains(name)));
                parts.retain(|part| !part.names.is_empty());
            }
            !parts.is_empty()
        });
    }

    /// What other work trees have and neither this one nor a branch.
    fn look_at_neighbours(&mut self, repo: &Repo, here: &Snapshot) {
        if self.neighbours.is_empty() {
            return;
        }
        let open: HashMap<&RecordDir, &Brief> = here.open.iter().map(|brief| (&brief.dir, brief)).collect();
        let closed: HashSet<&RecordDir> = here.closed.iter().collect();
        for at in 0..self.neighbours.len() {
            let there = match scan_at(repo, &self.neighbours[at].top) {
                Ok(scan) => scan.snapshot,
                Err(error) => {
                    let place = format!("in the work tree {}", self.neighbours[at].shown);
                    self.unseen.push(Unseen { place, why: error.to_string() });
                    continue;
                }
            };
            let differs = there.open.iter().filter(|brief| open.get(&brief.dir) != Some(brief));
            let closes = there.closed.iter().filter(|dir| !closed.contains(dir));
            for dir in differs.map(|brief| &brief.dir).chain(closes) {
                self.look_into(repo, at, dir);
            }
        }
    }

    /// Adds what the record's folder in another work tree has and no other place.
    fn look_into(&mut self, repo: &Repo, neighbour: usize, dir: &RecordDir) {
        let names = self.only_there(repo, neighbour, dir);
        if names.is_empty() {
            return;
        }
        let place = Place::WorkTree { path: self.neighbours[neighbour].shown.clone() };
        let site = self.sites.iter().position(|site| site.place == place).unwrap_or_else(|| {
            self.sites.push(Site { place, commit: None });
            self.sites.len() - 1
        });
        let part = Part { held: Held::Folder(neighbour), names, sites: vec![site] };
        self.parts.entry(dir.clone()).or_default().push(part);
    }

    fn only_there(&self, repo: &Repo, neighbour: usize, dir: &RecordDir) -> Vec<String> {
        let mut names = names_in(&self.neighbours[neighbour].source(), dir);
        if !names.is_empty() {
            let here = names_in(&repo.work_tree(), dir);
            let parts = self.parts.get(dir).map(Vec::as_slice).unwrap_or_default();
            names.retain(|name| !here.contains(name) && !parts.iter().any(|part| part.names.contains(name)));
        }
        names
    }

    fn count_ahead(&mut self, head: Option<ObjectId>, facts: &mut Facts<'_>) {
        let Some(head) = head else { return };
        let used: HashSet<usize> =
            self.parts.values().flatten().flat_map(|part| &part.sites).copied().collect();
        let mut branches: Vec<(&mut Option<usize>, ObjectId)> = Vec::new();
        for (at, site) in self.sites.iter_mut().enumerate() {
            if !used.contains(&at) {
                continue;
            }
            if let (Place::Branch { ahead, .. }, Some(commit)) = (&mut site.place, site.commit) {
                branches.push((ahead, commit));
            }
        }
        let tips: Vec<ObjectId> = branches.iter().map(|(_, commit)| *commit).collect();
        for ((ahead, _), count) in branches.into_iter().zip(facts.ahead(head, &tips)) {
            *ahead = count;
        }
    }

    fn united(&mut self, repo: &Repo, here: Snapshot, facts: &mut Facts<'_>) -> Snapshot {
        if self.parts.is_empty() {
            return here;
        }
        let known = self.parts_in(&here);
        let briefs = self.read_briefs(repo, &known, facts);
        let is_same = |dir: &RecordDir| !briefs.contains_key(dir);
        let mut all = here;
        all.open.retain(|brief| is_same(&brief.dir));
        all.closed.retain(is_same);
        all.broken.retain(is_same);
        all.dropped.retain(is_same);
        for (dir, brief) in briefs {
            let parts = self.parts.get(&dir).map(Vec::as_slice).unwrap_or_default();
            all.elsewhere.insert(dir.clone(), self.origin(parts, known.contains(&dir)));
            match brief {
                Some(brief) if brief.closed => {
                    all.dropped.extend(brief.dropped.then(|| dir.clone()));
                    all.closed.push(dir);
                }
                Some(brief) => all.open.push(brief),
                None => all.broken.push(dir),
            }
        }
        all
    }

    /// The united records in brief. Of those that can't be read nothing is seen but what is here.
    fn read_briefs(
        &mut self,
        repo: &Repo,
        known: &HashSet<RecordDir>,
        facts: &mut Facts<'_>,
    ) -> BTreeMap<RecordDir, Option<Brief>> {
        let mut briefs = BTreeMap::new();
        let mut unseen = Vec::new();
        for (dir, parts) in &self.parts {
            let proof = self.proof(repo, dir, parts, known.contains(dir));
            match facts.brief(proof, || Ok(dir.kind().brief(&self.read(repo, dir)?))) {
                Ok(brief) => drop(briefs.insert(dir.clone(), brief)),
                Err(error) => {
                    let place = self.sites[parts[0].sites[0]].place.to_string();
                    unseen.push(Unseen { place, why: error.to_string() });
                }
            }
        }
        self.parts.retain(|dir, _| briefs.contains_key(dir));
        self.unseen.extend(unseen);
        briefs
    }

    fn origin(&self, parts: &[Part], is_here: bool) -> Origin {
        let mut sites: Vec<usize> = parts.iter().flat_map(|part| part.sites.iter().copied()).collect();
        sites.sort_unstable();
        sites.dedup();
        let places = sites.into_iter().map(|at| self.sites[at].place.clone()).collect();
        Origin { whole: !is_here, places }
    }

    /// What stands for all bytes of a record: the trees that hold it, and the proof that its files in
    /// work trees are as they were; `None` where they may still change unseen.
    fn proof(&self, repo: &Repo, dir: &RecordDir, parts: &[Part], is_here: bool) -> Option<Vec<u8>> {
        let mut proof = dir.as_str().as_bytes().to_vec();
        for part in parts {
            match part.held {
                Held::Tree(tree) => proof.extend(tree.as_slice()),
                Held::Folder(at) => proof.extend(unchanged(&self.neighbours[at].top, dir)?.to_le_bytes()),
            }
        }
        if is_here {
            proof.extend(unchanged(repo.top(), dir)?.to_le_bytes());
        }
        Some(proof)
    }
}

/// The names of the head and the events in the folder of a record, those in archives included.
fn names_in(source: &dyn Source, dir: &RecordDir) -> Vec<String> {
    let folder = dir.path();
    let mut names = Vec::new();
    for entry in source.list(&folder).unwrap_or_default() {
        if entry.kind == EntryKind::File && is_archive(&entry.name) {
            names.extend(names_in_archive(source.read(&format!("{folder}/{}", entry.name)).ok().flatten()));
        } else if entry.kind == EntryKind::File && is_part(dir.kind(), &entry.name) {
            names.push(entry.name);
        }
    }
    names
}
