//! `perfteam init`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::Failure;
use crate::scaffold::starter::{BASE, ROSTER, Starter};
use crate::store::repo::{FOLDER, Repo};
use crate::store::write;

/// Set up perfteam in this repository: policy, a starting roster and the git hooks
///
/// Run again, it repairs what is missing and changes nothing else.
#[derive(Debug, Args)]
pub struct Init {}

#[derive(Debug, Serialize)]
struct InitV1 {
    version: u32,
    created: Vec<String>,
    staged: bool,
}

impl Init {
    /// Sets the repository up.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let repo = context.repo()?;
        let _lock = context.lock()?;
        let created = create_files(repo)?;
        if !created.is_empty() {
            context.stage(&created)?;
        }
        if context.is_json() {
            context.print_json(&InitV1 { version: 1, created, staged: true })?;
        } else {
            for path in &created {
                print_line(&format!("created {path}"));
            }
        }
        super::hook::set_up(context)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Creates the files that are missing. The starting roster is for a repository without any agent.
fn create_files(repo: &Repo) -> Result<Vec<String>, Failure> {
    let has_agents =
        std::fs::read_dir(repo.folder().join("agents")).is_ok_and(|mut agents| agents.next().is_some());
    let roster: &[Starter] = if has_agents { &[] } else { &ROSTER };
    let mut created = Vec::new();
    for starter in BASE.iter().chain(roster) {
        let path = write::coordination_path(repo, starter.path)?;
        if !path.exists() {
            write::replace(repo, &path, starter.text)?;
            created.push(format!("{FOLDER}/{}", starter.path));
        }
    }
    Ok(created)
}
