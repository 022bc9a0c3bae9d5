//! Puts closed records into one file each, in the folders where they lie.
//!
//! In their folders, and not in one of their own: a folder that goes away while a like one comes is a
//! renamed one for git, and a branch that added an event to it would meet a conflict.

use std::collections::BTreeMap;

use super::assemble::{File, archive_name, assemble, is_hidden, read_files, said};
use super::error::StoreError;
use super::repo::Repo;
use super::source::CommitTree;
use super::write::{self, NewFile, Staging};
use crate::domain::id::is_archive;
use crate::domain::record::{Record, RecordDir};
use crate::domain::time::Timestamp;
use crate::markdown::archive::{self, Part};
use crate::markdown::document::MAX_FILE;

/// How a closed record stands to being archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It can be archived.
    Ready(Plan),
    /// It is archived, or something about it is not as it should be: `check` says what.
    Not,
    /// It was closed too lately.
    Young,
    /// Nobody else has it as it lies here.
    Unpublished,
}

/// What archiving a record writes and takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The record.
    pub dir: RecordDir,
    /// The archive.
    pub file: NewFile,
    /// The paths of the files that stand in it.
    pub replaces: Vec<String>,
}

/// How the record at `dir` of the work tree stands to being archived, when it was closed before
/// `before` and is in one of the `published` trees as it lies here.
pub fn plan(
    repo: &Repo,
    dir: &RecordDir,
    before: Timestamp,
    published: &[CommitTree<'_>],
) -> Result<Standing, StoreError> {
    let mut files = read_files(&repo.work_tree(), dir)?;
    files.retain(|file| !is_hidden(&file.name));
    if let [only] = files.as_slice()
        && is_archive(&only.name)
    {
        return Ok(Standing::Not);
    }
    let record = assemble(dir.clone(), files.clone());
    if !record.faults.is_empty() || !dir.kind().brief(&record).is_some_and(|brief| brief.closed) {
        return Ok(Standing::Not);
    }
    if last_step(&record).is_none_or(|last| last >= before) {
        return Ok(Standing::Young);
    }
    // What it says counts, not in which files: of a killed run, the archive may lie here beside files
    // that stand in it.
    let here = texts(dir, files.clone());
    for tree in published {
        if texts(dir, read_files(tree, dir)?) == here {
            return Ok(planned(dir, files).map_or(Standing::Not, Standing::Ready));
        }
    }
    Ok(Standing::Unpublished)
}

/// What files of a record say, by name.
fn texts(dir: &RecordDir, files: Vec<File>) -> BTreeMap<String, Vec<u8>> {
    said(dir, files).into_iter().collect()
}

fn last_step(record: &Record) -> Option<Timestamp> {
    record.events.iter().map(|event| event.front.at).max()
}

fn planned(dir: &RecordDir, files: Vec<File>) -> Option<Plan> {
    let mut replaces: Vec<String> =
        files.iter().map(|file| format!("{}/{}", dir.path(), file.name)).collect();
    let parts: Option<Vec<Part>> = said(dir, files)
        .into_iter()
        .map(|(name, bytes)| Some(Part { name, text: String::from_utf8(bytes).ok()? }))
        .collect();
    let mut parts = parts?;
    let head = dir.kind().head_file();
    parts.sort_by(|a, b| (a.name != head, &a.name).cmp(&(b.name != head, &b.name)));
    let text = archive::write(dir, &parts);
    if text.len() as u64 > MAX_FILE {
        return None;
    }
    let path = format!("{}/{}", dir.path(), archive_name(text.as_bytes()));
    replaces.retain(|replaced| *replaced != path);
    Some(Plan { dir: dir.clone(), file: NewFile { path, text }, replaces })
}

/// Writes the archives, then takes away what stands in them: whenever this ends, every record says
/// what it said.
pub fn carry_out(repo: &Repo, plans: &[Plan]) -> Result<(), StoreError> {
    let files = plans.iter().map(|plan| &plan.file);
    write::create_copies(repo, files)?;
    for path in plans.iter().flat_map(|plan| &plan.replaces) {
        let path = repo.top().join(path);
        std::fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
    }
    Ok(())
}

/// Stages what [`carry_out`] did.
pub fn stage(repo: &Repo, plans: &[Plan]) -> Staging {
    let written = plans.iter().map(|plan| plan.file.path.as_str());
    let removed = plans.iter().flat_map(|plan| &plan.replaces).map(String::as_str);
    write::stage_many(repo, written.chain(removed))
}
