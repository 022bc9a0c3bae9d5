//! What records have that is not in this work tree: on other branches, and in other work trees.
//!
//! A record is a set of immutable files, so the union over all places is a valid state. Where two
//! places have a file of one name with other bytes, this work tree's own counts, then that of the
//! place that comes first.

mod ahead;
mod facts;
mod neighbours;
mod tips;

use std::collections::{BTreeMap, HashMap, HashSet};

use gix::ObjectId;

use facts::{Facts, is_part, names_in_archive};
use neighbours::{Neighbour, neighbours};

use super::assemble::{File, assemble};
use super::error::StoreError;
use super::repo::Repo;
use super::source::{Contents, EntryKind, Source, list_tree, read_blob};
use super::work_tree::{Scan, read_briefs, scan_at};
use crate::domain::id::is_archive;
use crate::domain::kind::Brief;
use crate::domain::place::{Origin, Place, Scope};
use crate::domain::record::{Record, RecordDir};
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
}

/// The records of this work tree together with what is seen elsewhere.
pub fn unite(repo: &Repo, mut scan: Scan, sight: Sight<'_>) -> Result<(Scan, Elsewhere), StoreError> {
    if sight.scope == Scope::Branch {
        return Ok((scan, Elsewhere::default()));
    }
    let head = repo.head()?;
    let mut elsewhere = Elsewhere { neighbours: neighbours(repo), ..Elsewhere::default() };
    let mut facts = Facts::against(repo, head)?;
    elsewhere.look_at_branches(repo, sight, &mut facts)?;
    elsewhere.leave_out_what_is_here(repo, &scan.snapshot);
    elsewhere.look_at_neighbours(repo, &scan.snapshot);
    elsewhere.count_ahead(repo, head);
    scan.snapshot = elsewhere.united(repo, scan.snapshot);
    Ok((scan, elsewhere))
}

impl Elsewhere {
    fn look_at_branches(
        &mut self,
        repo: &Repo,
        sight: Sight<'_>,
        facts: &mut Facts<'_>,
    ) -> Result<(), StoreError> {
        let mut unseen = Vec::new();
        let tips = tips::tips(repo, sight.scope, sight.integration, &self.neighbours, &mut unseen)?;
        let mut by_tree: HashMap<ObjectId, (RecordDir, Vec<usize>)> = HashMap::new();
        for tip in tips {
            let added = match facts.added(tip.commit) {
                Ok(added) if added.is_empty() => continue,
                Ok(added) => added,
                Err(error) => {
                    unseen.push(Unseen { place: tip.place.to_string(), why: error.to_string() });
                    continue;
                }
            };
            let site = self.sites.len();
            self.sites.push(Site { place: tip.place, commit: Some(tip.commit) });
            for (dir, tree) in added.iter() {
                by_tree.entry(*tree).or_insert_with(|| (dir.clone(), Vec::new())).1.push(site);
            }
        }
        for (tree, (dir, sites)) in by_tree {
            match facts.names(dir.kind(), tree) {
                Ok(names) => {
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

    /// HEAD has less than the work tree: what was added since.
    fn leave_out_what_is_here(&mut self, repo: &Repo, here: &Snapshot) {
        let known: HashSet<&RecordDir> = here.dirs().collect();
        self.parts.retain(|dir, parts| {
            if known.contains(dir) {
                let names = names_in(&repo.work_tree(), dir);
                parts.iter_mut().for_each(|part| part.names.retain(|name| !names.contains(name)));
                parts.retain(|part| !part.names.is_empty());
            }
            !parts.is_empty()
        });
    }

    /// What other work trees have and neither this one nor a branch.
    fn look_at_neighbours(&mut self, repo: &Repo, here: &Snapshot) {
        let open: HashMap<&RecordDir, &Brief> = here.open.iter().map(|brief| (&brief.dir, brief)).collect();
        let closed: HashSet<&RecordDir> = here.closed.iter().collect();
        for at in 0..self.neighbours.len() {
            let there = match scan_at(repo, &self.neighbours[at].top) {
                Ok(scan) => scan.snapshot,
                Err(error) => {
                    let place = format!("the work tree {}", self.neighbours[at].shown);
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

    fn count_ahead(&mut self, repo: &Repo, head: Option<ObjectId>) {
        let Some(head) = head else { return };
        let used: HashSet<usize> =
            self.parts.values().flatten().flat_map(|part| &part.sites).copied().collect();
        let mut branches: Vec<(&mut Option<usize>, ObjectId)> = Vec::new();
        for (at, site) in self.sites.iter_mut().enumerate().filter(|(at, _)| used.contains(at)) {
            let _ = at;
            if let (Place::Branch { ahead, .. }, Some(commit)) = (&mut site.place, site.commit) {
                branches.push((ahead, commit));
            }
        }
        let tips: Vec<ObjectId> = branches.iter().map(|(_, commit)| *commit).collect();
        for ((ahead, _), count) in branches.into_iter().zip(ahead::ahead(repo, head, &tips)) {
            *ahead = count;
        }
    }

    fn united(&mut self, repo: &Repo, here: Snapshot) -> Snapshot {
        let known: HashSet<RecordDir> =
            here.dirs().filter(|dir| self.parts.contains_key(*dir)).cloned().collect();
        let is_same = |dir: &RecordDir| !known.contains(dir);
        let mut all = here;
        all.open.retain(|brief| is_same(&brief.dir));
        all.closed.retain(is_same);
        all.broken.retain(is_same);
        for (dir, parts) in &self.parts {
            let brief = self.read(repo, dir).ok().and_then(|record| dir.kind().brief(&record));
            match brief {
                Some(brief) if brief.closed => all.closed.push(dir.clone()),
                Some(brief) => all.open.push(brief),
                None => all.broken.push(dir.clone()),
            }
            let mut sites: Vec<usize> = parts.iter().flat_map(|part| part.sites.iter().copied()).collect();
            sites.sort_unstable();
            sites.dedup();
            let places = sites.into_iter().map(|at| self.sites[at].place.clone()).collect();
            all.elsewhere.insert(dir.clone(), Origin { whole: !known.contains(dir), places });
        }
        all
    }

    /// Looks whether other work trees have more of one record than lists need to know.
    fn look_closely(&mut self, repo: &Repo, dir: &RecordDir) {
        for at in 0..self.neighbours.len() {
            self.look_into(repo, at, dir);
        }
    }

    /// A record with all that is seen of it.
    pub fn read(&self, repo: &Repo, dir: &RecordDir) -> Result<Record, StoreError> {
        let here = repo.work_tree();
        let folder = dir.path();
        let mut files = Vec::new();
        for entry in here.list(&folder)? {
            let contents = match entry.kind {
                EntryKind::File => here.read(&format!("{folder}/{}", entry.name))?,
                EntryKind::Folder | EntryKind::Other => None,
            };
            files.push(File { name: entry.name, contents });
        }
        for (name, contents, _) in self.files(repo, dir)? {
            if !files.iter().any(|file| file.name == name) {
                files.push(File { name, contents: Some(contents) });
            }
        }
        Ok(assemble(dir.clone(), files))
    }

    /// A record with all that is seen of it, other work trees looked at closely.
    pub fn open(&mut self, repo: &Repo, dir: &RecordDir) -> Result<Record, StoreError> {
        self.look_closely(repo, dir);
        self.read(repo, dir)
    }

    /// Records in brief with all that is seen of them; those that can't be read are left out.
    pub fn briefs(&self, repo: &Repo, dirs: &[RecordDir]) -> Result<Vec<Brief>, StoreError> {
        let (more, here): (Vec<RecordDir>, Vec<RecordDir>) =
            dirs.iter().cloned().partition(|dir| self.parts.contains_key(dir));
        let mut briefs = read_briefs(repo, &here)?;
        for dir in more {
            briefs.extend(dir.kind().brief(&self.read(repo, &dir)?));
        }
        Ok(briefs)
    }

    /// The files of a record that are not here, each with a place that has it.
    fn files(&self, repo: &Repo, dir: &RecordDir) -> Result<Vec<(String, Contents, usize)>, StoreError> {
        let mut files = Vec::new();
        for part in self.parts.get(dir).map(Vec::as_slice).unwrap_or_default() {
            let tree = match part.held {
                Held::Tree(tree) => list_tree(repo, tree)?,
                Held::Folder(_) => Vec::new(),
            };
            for name in &part.names {
                if files.iter().any(|(known, _, _)| known == name) {
                    continue;
                }
                let contents = match part.held {
                    Held::Tree(_) => {
                        // One that lies in an archive there comes with the branch.
                        let blob = tree.iter().find(|(entry, _)| entry.name == *name).map(|(_, blob)| *blob);
                        blob.map(|blob| read_blob(repo, blob)).transpose()?
                    }
                    Held::Folder(at) => {
                        self.neighbours[at].source().read(&format!("{}/{name}", dir.path()))?
                    }
                };
                files.extend(contents.map(|contents| (name.clone(), contents, part.sites[0])));
            }
        }
        Ok(files)
    }

    /// What this work tree lacks of a record, the head first: what a step on it brings along.
    pub fn missing(&self, repo: &Repo, dir: &RecordDir) -> Result<Vec<Missing>, StoreError> {
        let head = dir.kind().head_file();
        let mut files = self.files(repo, dir)?;
        files.sort_by(|(a, ..), (b, ..)| (a != head, a).cmp(&(b != head, b)));
        let missing = files.into_iter().filter_map(|(name, contents, site)| {
            let Contents::Bytes(bytes) = contents else { return None };
            let text = String::from_utf8(bytes).ok()?;
            let place = self.sites[site].place.clone();
            Some(Missing { path: format!("{}/{name}", dir.path()), text, place })
        });
        Ok(missing.collect())
    }

    /// Where the file `name` of a record is seen; `None` where it is here.
    pub fn place_of(&self, dir: &RecordDir, name: &str) -> Option<&Place> {
        let part = self.parts.get(dir)?.iter().find(|part| part.names.iter().any(|own| own == name))?;
        Some(&self.sites[part.sites[0]].place)
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
