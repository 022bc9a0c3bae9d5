//! `perfteam agent import`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::file_of;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::{Exit, Failure};
use crate::domain::agent::Agent;
use crate::domain::text::shown_line;
use crate::markdown::agent_import::{Imported, Outcome, Report, read_batch};
use crate::store::Repo;
use crate::store::foreign::agent_files;
use crate::store::write;

/// Take the agent files that you already have into the roster
///
/// Reads Markdown with front matter as Claude Code, Cursor and others use it, Codex's TOML, and role
/// documents without front matter; folders are read with all below them. What is malformed is
/// recovered where a person could, and every file that needed it is named.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam agent import .claude/agents
  perfteam agent import ~/agents/ops.performance.md --force")]
pub struct Import {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Replace agents that are in the roster already
    #[arg(long)]
    force: bool,
}

/// What it prints with `--format json`.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct ImportV1 {
    /// How many agents are in the roster now through this import, unchanged ones included.
    agents: usize,
    staged: bool,
    files: Vec<FileV1>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct FileV1 {
    file: String,
    /// `imported`, `unchanged` (the roster has all of it), `exists` (in the roster, and not replaced), `skipped` (no agent in it) or `failed`.
    outcome: &'static str,
    agents: Vec<AgentFileV1>,
    repairs: Vec<String>,
    kept_as_text: Vec<String>,
    left_out: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AgentFileV1 {
    handle: String,
    path: String,
    written: Written,
}

/// What became of one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Written {
    Created,
    Replaced,
    Unchanged,
    /// Another file of the roster has this handle, and `--force` was not given.
    Exists,
}

impl Import {
    /// Imports, and names what became of every file.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        context.team()?;
        let files = self.read(context)?;
        let reports = read_batch(files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())));
        let _lock = context.lock()?;
        let mut result = ImportV1 { ..ImportV1::default() };
        let mut written = Vec::new();
        for report in reports {
            result.files.push(self.take(context.repo()?, report, &mut written)?);
        }
        if !written.is_empty() {
            result.staged = context.stage(&written)? == write::Staging::Done;
        }
        let in_roster = |agent: &&AgentFileV1| agent.written != Written::Exists;
        result.agents = result.files.iter().map(|file| file.agents.iter().filter(in_roster).count()).sum();
        let refused = result.files.iter().any(FileV1::is_refused);
        if context.is_json() {
            context.answer(&result)?;
        } else {
            print(&result);
        }
        Ok(if refused { Exit::Refused.into() } else { ExitCode::SUCCESS })
    }

    /// The files with their paths as they are shown.
    fn read(&self, context: &Context) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        let here = context.directory()?;
        let shown = |path: PathBuf| path.strip_prefix(&here).unwrap_or(&path).display().to_string();
        Ok(agent_files(&self.paths)?.into_iter().map(|(path, bytes)| (shown(path), bytes)).collect())
    }

    fn take(&self, repo: &Repo, report: Report, written: &mut Vec<String>) -> Result<FileV1, Failure> {
        let file = report.path;
        Ok(match report.outcome {
            Outcome::Skipped { why } => {
                FileV1 { file, outcome: "skipped", why: Some(why), ..FileV1::default() }
            }
            Outcome::Failed { why } => {
                FileV1 { file, outcome: "failed", why: Some(why), ..FileV1::default() }
            }
            Outcome::Imported(imported) => FileV1 { file, ..self.write(repo, &imported, written)? },
        })
    }

    fn write(&self, repo: &Repo, imported: &Imported, written: &mut Vec<String>) -> Result<FileV1, Failure> {
        let mut agents = Vec::new();
        for agent in &imported.agents {
            let (path, outcome) = self.write_agent(repo, agent)?;
            if matches!(outcome, Written::Created | Written::Replaced) {
                written.push(path.clone());
            }
            agents.push(AgentFileV1 { handle: agent.handle.to_string(), path, written: outcome });
        }
        Ok(FileV1 {
            outcome: outcome(&agents),
            agents,
            repairs: imported.repairs.iter().map(ToString::to_string).collect(),
            kept_as_text: imported.kept_as_text.clone(),
            left_out: imported.clashes.iter().map(|clash| format!("{clash}; {}", clash.way_out())).collect(),
            ..FileV1::default()
        })
    }

    fn write_agent(&self, repo: &Repo, agent: &Agent) -> Result<(String, Written), Failure> {
        let file = file_of(agent);
        let target = write::coordination_path(repo, &agent.handle.file())?;
        let outcome = match std::fs::read(&target) {
            Ok(bytes) if bytes == file.text.as_bytes() => Written::Unchanged,
            Ok(_) if !self.force => Written::Exists,
            Ok(_) => Written::Replaced,
            Err(_) => Written::Created,
        };
        if matches!(outcome, Written::Created | Written::Replaced) {
            write::replace(repo, &target, &file.text)?;
        }
        Ok((file.path, outcome))
    }
}

/// What became of a file, by what became of its agents.
fn outcome(agents: &[AgentFileV1]) -> &'static str {
    let all = |written| !agents.is_empty() && agents.iter().all(|agent| agent.written == written);
    if all(Written::Exists) {
        "exists"
    } else if all(Written::Unchanged) {
        "unchanged"
    } else {
        "imported"
    }
}

impl FileV1 {
    fn is_refused(&self) -> bool {
        self.outcome == "failed" || self.agents.iter().any(|agent| agent.written == Written::Exists)
    }

    /// Whether there is more to say of it than that it was imported.
    fn is_notable(&self) -> bool {
        !matches!(self.outcome, "imported" | "unchanged")
            || !self.repairs.is_empty()
            || !self.kept_as_text.is_empty()
            || !self.left_out.is_empty()
            || self.is_refused()
    }
}

fn print(result: &ImportV1) {
    for file in result.files.iter().filter(|file| file.is_notable()) {
        print_file(file);
    }
    let count = |written: Written| {
        result.files.iter().flat_map(|file| &file.agents).filter(|agent| agent.written == written).count()
    };
    let files = |outcome: &str| result.files.iter().filter(|file| file.outcome == outcome).count();
    let repaired = result.files.iter().filter(|file| !file.repairs.is_empty()).count();
    print_line(&format!(
        "{} files: {} imported, {} unchanged, {} in the roster already, {} without an agent, {} that can't be read; {repaired} repaired",
        result.files.len(),
        files("imported"),
        files("unchanged"),
        files("exists"),
        files("skipped"),
        files("failed")
    ));
    print_line(&format!(
        "agents: {} new, {} replaced, {} unchanged, {} kept as they were in the roster",
        count(Written::Created),
        count(Written::Replaced),
        count(Written::Unchanged),
        count(Written::Exists)
    ));
    if count(Written::Exists) > 0 {
        print_line("replace those: the same command with --force");
    }
    print_line("look the roster over: perfteam agent lint");
}

fn print_file(file: &FileV1) {
    let handles: Vec<&str> = file.agents.iter().map(|agent| agent.handle.as_str()).collect();
    let to = if handles.is_empty() { String::new() } else { format!(" -> {}", handles.join(", ")) };
    print_line(&format!("{} {}{to}", file.outcome, shown_line(&file.file)));
    let say = |text: &str| print_line(&format!("    {}", shown_line(text)));
    file.why.iter().for_each(|why| say(why));
    file.repairs.iter().for_each(|repair| say(&format!("repaired: {repair}")));
    file.kept_as_text.iter().for_each(|text| say(&format!("kept as text, no glob to enforce: {text}")));
    file.left_out.iter().for_each(|text| say(&format!("left out: {text}")));
    for agent in file.agents.iter().filter(|agent| agent.written == Written::Exists) {
        say(&format!("{} differs and was kept; --force replaces it", agent.path));
    }
}
