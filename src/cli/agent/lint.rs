//! `perfteam agent lint`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::examples;
use crate::cli::check::print_verdict;
use crate::cli::context::{Context, Format, print_line};
use crate::cli::failure::{Exit, Failure};
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::roster_lint::{CHECKS, lint, path_of};
use crate::domain::text::shown_line;
use crate::domain::verdict::Verdict;
use crate::render;
use crate::store::foreign::agent_files;
use crate::store::repo::Repo;
use crate::store::source::{Contents, Source};
use crate::store::survey::tracked_paths;
use crate::store::team::AGENTS;

/// Check the roster: faults, overlaps, globs that match nothing, who can't be found
///
/// Exit code 1 when something is an error; warnings and notes leave it at 0. The JSON is that of
/// `perfteam check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam agent lint
  perfteam agent lint --examples ~/.claude/agents
  perfteam agent lint --format github      annotations for a workflow")]
pub struct Lint {
    /// Check the commands in the code of agent files instead: what would be refused, and what it should be
    ///
    /// Reads fenced code, and runs nothing. Calls of the earlier flag tool are answered with the command
    /// of today. Without a path, the files of the roster.
    #[arg(long)]
    examples: bool,
    /// With --examples: files and folders
    #[arg(value_name = "PATH", requires = "examples")]
    paths: Vec<PathBuf>,
}

impl Lint {
    /// Judges the roster of the work tree.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let repo = context.repo()?;
        let team = context.team()?;
        if self.examples {
            return self.lint_examples(context);
        }
        let diagnostics = lint(team, &tracked_paths(repo)?);
        let unread = team.faults.iter().filter(|fault| fault.path.starts_with(AGENTS)).count();
        let paths = team.roster.len() + unread;
        let verdict = Verdict { sources: sources(repo, &diagnostics)?, diagnostics, paths, commits: 0 };
        match context.global.format {
            Format::Text => print(&verdict),
            _ => print_verdict(context, &verdict, &CHECKS)?,
        }
        Ok(if verdict.blocks() { Exit::Refused.into() } else { ExitCode::SUCCESS })
    }
}

impl Lint {
    /// Judges the commands that agent files show.
    fn lint_examples(&self, context: &Context) -> Result<ExitCode, Failure> {
        let team = context.team()?;
        let files: Vec<(String, String)> = if self.paths.is_empty() {
            let paths = team.roster.iter().map(|agent| path_of(&agent.handle));
            let top = context.repo()?.work_tree();
            let read = |path: String| Some((path.clone(), text_of(top.read(&path).ok().flatten()?)?));
            paths.filter_map(read).collect()
        } else {
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            let files = agent_files(&self.paths)?.into_iter();
            files.map(|(path, bytes)| (path.display().to_string(), text(bytes))).collect()
        };
        let diagnostics: Vec<Diagnostic> =
            files.iter().flat_map(|(path, text)| examples::lint(path, text, &team.roster)).collect();
        let verdict =
            Verdict { paths: files.len(), sources: files.into_iter().collect(), diagnostics, commits: 0 };
        match context.global.format {
            Format::Text => print(&verdict),
            _ => print_verdict(context, &verdict, &[examples::EXAMPLES])?,
        }
        Ok(if verdict.blocks() { Exit::Refused.into() } else { ExitCode::SUCCESS })
    }
}

fn text_of(contents: Contents) -> Option<String> {
    match contents {
        Contents::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        _ => None,
    }
}

fn sources(repo: &Repo, diagnostics: &[Diagnostic]) -> Result<BTreeMap<String, String>, Failure> {
    let tree = repo.work_tree();
    let mut sources = BTreeMap::new();
    for path in diagnostics.iter().filter_map(|found| found.path.as_deref()) {
        if let Some(Contents::Bytes(bytes)) = tree.read(path)? {
            sources.insert(path.to_owned(), String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(sources)
}

fn print(verdict: &Verdict) {
    if !verdict.diagnostics.is_empty() {
        print_line(&render::text::remarks(verdict));
    }
    let count = |severity, one: &str, many: &str| match verdict.count(severity) {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let counts = [
        count(Severity::Block, "error", "errors"),
        count(Severity::Warn, "warning", "warnings"),
        count(Severity::Note, "note", "notes"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    let agents = if verdict.paths == 1 { "agent" } else { "agents" };
    let told = if counts.is_empty() { "nothing wrong".to_owned() } else { counts.join(", ") };
    print_line(&format!("{told} in {} {agents}", verdict.paths));
}

/// One remark about an agent that was just written, in one line on standard error.
pub fn print_short(remark: &Diagnostic) {
    let word = match remark.severity {
        Severity::Block => "error",
        Severity::Warn => "warning",
        Severity::Note | Severity::Off => "note",
    };
    say!("{word}: {}", shown_line(&remark.message));
}
