//! Reads records with all that is seen of them, and tells what of them is not here.

use std::collections::HashSet;

use gix::ObjectId;

use super::{Elsewhere, Held, Missing};
use crate::domain::kind::Brief;
use crate::domain::place::Place;
use crate::domain::record::{Record, RecordDir};
use crate::store::assemble::{File, assemble};
use crate::store::error::StoreError;
use crate::store::redaction::{Instead, instead};
use crate::store::repo::Repo;
use crate::store::source::{Contents, EntryKind, Source, list_tree, read_blob};
use crate::store::work_tree;

impl Elsewhere {
    /// Looks whether other work trees have more of one record than lists need to know.
    fn look_closely(&mut self, repo: &Repo, dir: &RecordDir) {
        for at in 0..self.neighbours.len() {
            self.look_into(repo, at, dir);
        }
    }

    /// A record with all that is seen of it.
    pub fn read(&self, repo: &Repo, dir: &RecordDir) -> Result<Record, StoreError> {
        self.read_with(repo, &repo.work_tree(), dir)
    }

    /// The same with `here` instead of the work tree.
    pub(super) fn read_with(
        &self,
        repo: &Repo,
        here: &dyn Source,
        dir: &RecordDir,
    ) -> Result<Record, StoreError> {
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
        let mut briefs = work_tree::read_briefs(repo, &here)?;
        for dir in more {
            briefs.extend(dir.kind().brief(&self.read(repo, &dir)?));
        }
        Ok(briefs)
    }

    /// The files of a record that are not here, each with a place that has it.
    fn files(&self, repo: &Repo, dir: &RecordDir) -> Result<Vec<(String, Contents, usize)>, StoreError> {
        let mut files: Vec<(String, Contents, usize)> = Vec::new();
        let mut seen: HashSet<(&str, ObjectId)> = HashSet::new();
        for part in self.parts.get(dir).map(Vec::as_slice).unwrap_or_default() {
            let tree = match part.held {
                Held::Tree(tree) => list_tree(repo, tree)?,
                Held::Folder(_) => Vec::new(),
            };
            for name in &part.names {
                let contents = match part.held {
                    Held::Tree(_) => {
                        // One that lies in an archive there comes with the branch.
                        let blob = tree.iter().find(|(entry, _)| entry.name == *name).map(|(_, blob)| *blob);
                        let new = blob.filter(|blob| seen.insert((name, *blob)));
                        new.map(|blob| read_blob(repo, blob)).transpose()?
                    }
                    Held::Folder(at) => {
                        self.neighbours[at].source().read(&format!("{}/{name}", dir.path()))?
                    }
                };
                let Some(contents) = contents else { continue };
                match files.iter_mut().find(|file| file.0 == *name) {
                    None => files.push((name.clone(), contents, part.sites[0])),
                    // What was redacted in one place may still be as it was in another.
                    Some(known) if is_redacted(dir, name, &known.1, &contents) => known.1 = contents,
                    Some(_) => {}
                }
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

fn is_redacted(dir: &RecordDir, name: &str, old: &Contents, new: &Contents) -> bool {
    match (old, new) {
        (Contents::Bytes(old), Contents::Bytes(new)) if old != new => {
            matches!(instead(dir, name, old, new), Instead::Redacted(_))
        }
        _ => false,
    }
}
