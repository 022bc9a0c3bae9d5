//! `perfteam restore`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::{Exit, Failure};
use crate::domain::record::RecordDir;
use crate::domain::text::shown_line;
use crate::store::Repo;
use crate::store::committed::{all_dirs, record_of};
use crate::store::lost::{Fate, Lost, Scope, lost, write_back};
use crate::store::write::Staging;

/// Write record files back that history has and the work tree lost
///
/// Heads and events never change once they are published: a `git revert` of the commit that carried
/// them, a deletion or an edit takes away what others rely on. This writes the original bytes back
/// from history and stages them. A file that git does not track is never overwritten; an altered
/// text is kept as a git object, which is named.
///
/// Published is what the upstream branch or the integration branch has, as far as HEAD has it, too;
/// in a repository without either, all of HEAD's history. Your own records that were never published
/// may be dropped, and stay dropped without --all.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam restore --dry-run             what would be written back
  perfteam restore                       what was published
  perfteam restore --base origin/main    what this branch has in common with origin/main

Exit code: 1 when something lies in the way of a file and was left, else 0.")]
pub struct Restore {
    /// Take the history that this revision and HEAD have in common for the original
    #[arg(long, value_name = "REV", conflicts_with = "all", value_parser = super::check::revision)]
    base: Option<String>,
    /// Also bring back your own records that were never published
    #[arg(long)]
    all: bool,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RestoreV1 {
    dry_run: bool,
    /// Whether what was restored is in the index.
    staged: bool,
    restored: Vec<RestoredV1>,
    /// Files that were left alone, and why.
    left: Vec<LeftV1>,
    /// Records that now lie in two folders.
    doubled: Vec<DoubledV1>,
    /// How many files were dropped before they were published; `--all` brings them back.
    unpublished: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RestoredV1 {
    path: String,
    /// The id of the record.
    record: Option<String>,
    /// `missing`, `altered`, or `unstaged`.
    was: &'static str,
    /// The git object that keeps the altered text.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LeftV1 {
    path: String,
    why: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DoubledV1 {
    record: String,
    paths: Vec<String>,
}

impl Restore {
    /// Finds what was lost, and writes it back.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let repo = context.repo()?;
        let _lock = context.lock()?;
        let scope = self.scope(context)?;
        if repo.is_shallow() {
            say!("note: history is cut off (a shallow clone): what was lost before is not seen");
            say!("  try: git fetch --unshallow");
        }
        let found = lost(repo, &scope)?;
        let unpublished = if scope == Scope::Head { 0 } else { unpublished(repo, &found)? };
        let (left, found): (Vec<Lost>, Vec<Lost>) =
            found.into_iter().partition(|lost| lost.fate == Fate::InTheWay);
        let restored = self.write_back(repo, &found)?;
        let paths: Vec<String> = found.iter().map(|lost| lost.path.clone()).collect();
        let staging = if self.dry_run || paths.is_empty() { Staging::Off } else { context.stage(&paths)? };
        let told = RestoreV1 {
            dry_run: self.dry_run,
            staged: staging == Staging::Done,
            doubled: if self.dry_run { Vec::new() } else { doubled(repo, &restored)? },
            restored,
            left: left.into_iter().map(left_alone).collect(),
            unpublished,
        };
        if context.is_json() {
            context.answer(&told)?;
        } else {
            print(&told);
        }
        Ok(if told.left.is_empty() { ExitCode::SUCCESS } else { Exit::Refused.into() })
    }

    fn scope(&self, context: &Context) -> Result<Scope, Failure> {
        Ok(match &self.base {
            Some(revision) => Scope::Base(revision.clone()),
            None if self.all => Scope::Head,
            None => Scope::Published { integration: context.team_if_any()?.policy.integration.clone() },
        })
    }

    fn write_back(&self, repo: &Repo, found: &[Lost]) -> Result<Vec<RestoredV1>, Failure> {
        let mut restored = Vec::new();
        for lost in found {
            let kept = if self.dry_run { None } else { write_back(repo, lost)? };
            restored.push(RestoredV1 {
                path: lost.path.clone(),
                record: record_of(&lost.path).map(|dir| dir.id().to_string()),
                was: word(lost.fate),
                kept,
            });
        }
        Ok(restored)
    }
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Missing => "missing",
        Fate::Altered => "altered",
        Fate::Unstaged => "unstaged",
        Fate::InTheWay => "in the way",
    }
}

fn left_alone(lost: Lost) -> LeftV1 {
    LeftV1 { path: lost.path, why: "something that git does not track lies there" }
}

/// How many files of HEAD's history are gone that were never published.
fn unpublished(repo: &Repo, published: &[Lost]) -> Result<usize, Failure> {
    let published: BTreeSet<&str> = published.iter().map(|lost| lost.path.as_str()).collect();
    let all = lost(repo, &Scope::Head)?;
    let own = |lost: &&Lost| lost.fate == Fate::Missing && !published.contains(lost.path.as_str());
    Ok(all.iter().filter(own).count())
}

/// Restored records that also lie in another folder, as after a renaming.
fn doubled(repo: &Repo, restored: &[RestoredV1]) -> Result<Vec<DoubledV1>, Failure> {
    let ids: BTreeSet<&str> = restored.iter().filter_map(|file| file.record.as_deref()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let dirs = all_dirs(&repo.work_tree())?;
    let folders = |id: &str| -> Vec<String> {
        dirs.iter().filter(|dir| dir.id().as_str() == id).map(RecordDir::path).collect()
    };
    let doubled = ids.into_iter().map(|id| DoubledV1 { record: id.to_owned(), paths: folders(id) });
    Ok(doubled.filter(|doubled| doubled.paths.len() > 1).collect())
}

fn print(told: &RestoreV1) {
    let verb = if told.dry_run { "would restore" } else { "restored" };
    for file in &told.restored {
        let kept = file.kept.as_ref().map(|object| format!("; what stood there: git show {object}"));
        print_line(&format!(
            "{verb} {} (was {}{})",
            shown_line(&file.path),
            file.was,
            kept.as_deref().unwrap_or_default()
        ));
    }
    for file in &told.left {
        print_line(&format!("left {}: {}", shown_line(&file.path), file.why));
    }
    if !told.left.is_empty() {
        print_line("move away what lies there, then run the command again");
    }
    for doubled in &told.doubled {
        let paths: Vec<_> = doubled.paths.iter().map(|path| shown_line(path)).collect();
        print_line(&format!(
            "record {} now lies in two folders, keep one: {}",
            doubled.record,
            paths.join(", ")
        ));
    }
    if told.restored.is_empty() && told.left.is_empty() {
        print_line("nothing to restore: every published record file is as it was");
    } else if !told.restored.is_empty() && !told.dry_run {
        let staged = if told.staged { "they are staged; commit them" } else { "stage and commit them" };
        print_line(&format!("{staged}: git commit"));
    }
    if told.unpublished > 0 {
        let (files, were) = if told.unpublished == 1 { ("file", "was") } else { ("files", "were") };
        print_line(&format!(
            "{} {files} of records that {were} never published stay dropped; to have them back: perfteam restore --all",
            told.unpublished
        ));
    }
}
