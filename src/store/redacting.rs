//! Redacts files of a record in the work tree, those in archives, too.

use std::collections::BTreeMap;

use super::assemble::{File, archive_name, read_files, said, said_by};
use super::error::StoreError;
use super::redaction::{Instead, instead, object_of, redacted, told_by};
use super::repo::Repo;
use super::source::Contents;
use super::write::{self, NewFile, Staging};
use crate::domain::handle::Handle;
use crate::domain::id::{EventName, is_archive};
use crate::domain::record::RecordDir;
use crate::domain::redaction::Redaction;
use crate::domain::time::Timestamp;
use crate::markdown::archive::{self, Part};

/// Who redacts, when and why.
pub struct Order<'a> {
    /// Who.
    pub by: &'a Handle,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: &'a str,
}

/// What redacting does, and what it leaves.
#[derive(Debug, Default)]
pub struct Plan {
    /// The names of the files that lose their words, each with its redaction.
    pub redacted: Vec<(String, Redaction)>,
    /// The names of those that were redacted before.
    pub already: Vec<(String, Redaction)>,
    /// The names of those that stay, and why.
    pub left: Vec<(String, Stays)>,
    /// What is written, in place of what is there.
    writes: Vec<NewFile>,
    /// The paths of archives in whose place others are written.
    removes: Vec<String>,
    /// The paths of what an earlier run did, and HEAD does not have: it may have been killed before it staged.
    done_before: Vec<String>,
}

/// Why a file stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// HEAD does not have it.
    Uncommitted,
    /// It is not as HEAD has it.
    Altered,
    /// Nothing tells its words from the rest.
    Unreadable,
}

impl Plan {
    /// The paths that it touches.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let writes = self.writes.iter().map(|file| &file.path);
        writes.chain(&self.removes).chain(&self.done_before).map(String::as_str)
    }

    /// Whether there is nothing to write and nothing to stage.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.done_before.is_empty()
    }

    /// Writes it: whenever this ends, every file is as it was, or redacted.
    pub fn carry_out(&self, repo: &Repo) -> Result<(), StoreError> {
        write::refuse_hidden(repo, self.writes.iter().map(|file| file.path.as_str()))?;
        for file in &self.writes {
            write::replace(repo, &repo.top().join(&file.path), &file.text)?;
        }
        for path in &self.removes {
            let path = repo.top().join(path);
            std::fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        }
        Ok(())
    }

    /// Stages what [`Plan::carry_out`] did.
    pub fn stage(&self, repo: &Repo) -> Staging {
        write::stage_many(repo, self.paths())
    }
}

/// The names of the files of the record at `dir` in the work tree, those in archives, too.
pub fn names(repo: &Repo, dir: &RecordDir) -> Result<Vec<String>, StoreError> {
    let texts = said(dir, files(repo, dir)?);
    Ok(texts.into_iter().map(|(name, _)| name).collect())
}

fn files(repo: &Repo, dir: &RecordDir) -> Result<Vec<File>, StoreError> {
    let mut files = read_files(&repo.work_tree(), dir)?;
    files.retain(|file| is_archive(&file.name) || is_part(dir, &file.name));
    files.sort_by_key(|file| file.name != dir.kind().head_file());
    Ok(files)
}

/// Whether a file of this name is the head or an event.
fn is_part(dir: &RecordDir, name: &str) -> bool {
    name == dir.kind().head_file() || EventName::from_file(name).is_some()
}

/// Plans to redact the files of `names` of the record at `dir`.
pub fn plan(repo: &Repo, dir: &RecordDir, names: &[String], order: &Order<'_>) -> Result<Plan, StoreError> {
    let files = files(repo, dir)?;
    let committed = match repo.head()? {
        Some(head) => read_files(&repo.commit_tree(head)?, dir)?,
        None => Vec::new(),
    };
    let mut plan = Plan { done_before: done_before(dir, &files, &committed), ..Plan::default() };
    let at_head: BTreeMap<String, Vec<u8>> = said(dir, committed).into_iter().collect();
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (name, bytes) in said(dir, files.clone()) {
        if let Some(redaction) = told_by(&bytes) {
            if names.contains(&name) {
                plan.already.push((name.clone(), redaction));
            }
            texts.extend(String::from_utf8(bytes).ok().map(|text| (name, text)));
            continue;
        }
        if !names.contains(&name) {
            continue;
        }
        if let Err(why) = is_as_committed(&bytes, at_head.get(&name)) {
            plan.left.push((name, why));
            continue;
        }
        let object = object_of(&bytes, repo.git.object_hash())?.to_string();
        let redaction =
            Redaction { object, by: order.by.clone(), at: order.at, reason: order.reason.to_owned() };
        match redacted(dir, &name, &bytes, &redaction) {
            Ok(text) => {
                texts.insert(name.clone(), text);
                plan.redacted.push((name, redaction));
            }
            Err(_) => plan.left.push((name, Stays::Unreadable)),
        }
    }
    for file in &files {
        plan.rewrite(dir, file, &texts);
    }
    Ok(plan)
}

/// The paths of redacted files that are not as in HEAD, and of HEAD's archives that are there no more.
fn done_before(dir: &RecordDir, files: &[File], committed: &[File]) -> Vec<String> {
    let is_redacted = |file: &&File| match &file.contents {
        _ if is_archive(&file.name) => true,
        Some(Contents::Bytes(bytes)) => told_by(bytes).is_some(),
        _ => false,
    };
    let is_new = |file: &&File| {
        !committed.iter().any(|known| known.name == file.name && known.contents == file.contents)
    };
    let is_gone = |file: &&File| is_archive(&file.name) && !files.iter().any(|there| there.name == file.name);
    let new = files.iter().filter(is_new).filter(is_redacted);
    let names = new.chain(committed.iter().filter(is_gone)).map(|file| &file.name);
    names.map(|name| format!("{}/{name}", dir.path())).collect()
}

fn is_as_committed(bytes: &[u8], at_head: Option<&Vec<u8>>) -> Result<(), Stays> {
    match at_head {
        Some(committed) if committed == bytes => Ok(()),
        Some(_) => Err(Stays::Altered),
        None => Err(Stays::Uncommitted),
    }
}

impl Plan {
    /// Plans what becomes of a file as it lies there, `texts` being the redacted ones by name.
    fn rewrite(&mut self, dir: &RecordDir, file: &File, texts: &BTreeMap<String, String>) {
        let Some(Contents::Bytes(bytes)) = &file.contents else { return };
        let path = |name: &str| format!("{}/{name}", dir.path());
        if !is_archive(&file.name) {
            let new = texts.get(&file.name).filter(|text| text.as_bytes() != bytes);
            self.writes.extend(new.map(|text| NewFile { path: path(&file.name), text: text.clone() }));
            return;
        }
        let parts = said_by(dir, &file.name, bytes).into_iter().filter_map(|(name, old)| {
            let new = texts.get(&name).filter(|new| is_redaction(dir, &name, &old, new)).cloned();
            Some(Part { text: new.or_else(|| String::from_utf8(old).ok())?, name })
        });
        let parts: Vec<Part> = parts.collect();
        let text = archive::write(dir, &parts);
        if !parts.is_empty() && text.as_bytes() != bytes {
            self.writes.push(NewFile { path: path(&archive_name(text.as_bytes())), text });
            self.removes.push(path(&file.name));
        }
    }
}

fn is_redaction(dir: &RecordDir, name: &str, old: &[u8], new: &str) -> bool {
    matches!(instead(dir, name, old, new.as_bytes()), Instead::Redacted(_))
}
