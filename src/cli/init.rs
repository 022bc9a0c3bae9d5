//! `perfteam init`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::Failure;
use super::hook::{self, ChangesV1};
use super::infer::{self, InferenceV1};
use crate::domain::identity::Identity;
use crate::domain::text::{shell_word, shown_line};
use crate::scaffold::starter::{ATTRIBUTES, POLICY, ROSTER, Starter};
use crate::store::git;
use crate::store::repo::{FOLDER, Repo};
use crate::store::write::{self, NewFile, Staging};

/// Set up perfteam in this repository: policy, a starting roster and the git hooks
///
/// Run again, it repairs what is missing and changes nothing else. With --infer it also writes
/// agent files for those whom CODEOWNERS names and for those who mostly change a folder, and says
/// from what it inferred each; an agent that is there stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam init            policy, a performance team to start from, hooks
  perfteam init --infer    the same, and agents for the people of this repository
  git diff --cached        what it wrote: all of it is staged and waits for your commit")]
pub struct Init {
    /// Propose agents from CODEOWNERS and from who changed which folders
    #[arg(long)]
    infer: bool,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InitV1 {
    /// The folder that was set up.
    path: &'static str,
    /// The files that were missing.
    created: Vec<String>,
    /// Whether they are in the index.
    staged: bool,
    /// What became of the hooks; absent when they could not be installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    hooks: Option<ChangesV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inferred: Option<InferenceV1>,
    /// What is left to do, in this order.
    next: Vec<String>,
}

impl Init {
    /// Sets the repository up.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let repo = context.repo()?;
        let _lock = context.lock()?;
        write::refuse_hidden(repo, write::FORMS)?;
        let mut created = create_missing(repo)?;
        let inferred = self.infer.then(|| infer::propose(context)).transpose()?;
        if let Some(inferred) = &inferred {
            write::create_all(repo, &inferred.files)?;
            created.extend(inferred.files.iter().map(|file| file.path.clone()));
        }
        let staging = if created.is_empty() { Staging::Done } else { context.stage(&created)? };
        let hooks = hook::set_up(context)?;
        // The roster is another one now.
        let next = next_steps(&Context::new(context.global.clone()), &created)?;
        if context.is_json() {
            context.answer(&InitV1 {
                path: FOLDER,
                created,
                staged: staging == Staging::Done,
                hooks: hooks.told(),
                inferred: inferred.map(|inferred| inferred.told),
                next,
            })?;
            hooks.say(context);
        } else {
            say_files(&created, hooks.was_done());
            hooks.say(context);
            say_rest(inferred.map(|inferred| inferred.told), &next);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Creates the files that are missing. The policy comes last: where it is there, the rest was written.
fn create_missing(repo: &Repo) -> Result<Vec<String>, Failure> {
    let roster: &[Starter] = if wants_roster(repo)? { &ROSTER } else { &[] };
    let mut missing = Vec::new();
    for starter in std::iter::once(&ATTRIBUTES).chain(roster).chain(std::iter::once(&POLICY)) {
        if !write::coordination_path(repo, starter.path)?.exists() {
            missing
                .push(NewFile { path: format!("{FOLDER}/{}", starter.path), text: starter.text.to_owned() });
        }
    }
    write::create_all(repo, &missing)?;
    Ok(missing.into_iter().map(|file| file.path).collect())
}

/// The starting roster is for a repository without any agent, and for one where an `init` that was
/// killed wrote a part of it.
fn wants_roster(repo: &Repo) -> Result<bool, Failure> {
    let Ok(agents) = std::fs::read_dir(repo.folder().join("agents")) else { return Ok(true) };
    let is_starter = |name: &std::ffi::OsStr| {
        ROSTER.iter().any(|starter| std::path::Path::new(starter.path).file_name() == Some(name))
    };
    let mut names = agents.flatten().map(|agent| agent.file_name()).peekable();
    let is_empty = names.peek().is_none();
    let was_interrupted = !write::coordination_path(repo, POLICY.path)?.exists();
    Ok(is_empty || was_interrupted && names.all(|name| is_starter(&name)))
}

/// What is left to do: who acts, the commit, the first flag.
fn next_steps(context: &Context, created: &[String]) -> Result<Vec<String>, Failure> {
    let mut next = Vec::new();
    if let Some(step) = identity_step(context)? {
        next.push(step);
    }
    if is_uncommitted(context.repo()?) {
        next.push(format!("commit it: git add -- :/{FOLDER} && git commit -m \"Set up perfteam\""));
    }
    if !created.is_empty() {
        next.push("raise the first flag: perfteam flag create --help".to_owned());
        next.push("or see all of it at work in a throw-away repository: perfteam tour".to_owned());
    }
    Ok(next)
}

fn identity_step(context: &Context) -> Result<Option<String>, Failure> {
    let set = "say who you are in this work tree: perfteam whoami --set @HANDLE";
    Ok(match context.identity()? {
        Identity::Agent(..) => None,
        Identity::Shared(handles, _) => Some(set.replace("@HANDLE", &handles[0].to_string())),
        Identity::Nobody(Some(email)) => Some(format!(
            "{set}, or put {} under `emails:` in your agent's file (who is there: perfteam agent list)",
            shell_word(&shown_line(&email))
        )),
        Identity::Nobody(None) | Identity::NotInRoster(..) | Identity::Invalid(..) => {
            Some(format!("{set} (who is there: perfteam agent list)"))
        }
    })
}

fn is_uncommitted(repo: &Repo) -> bool {
    let status = git::output(repo.top(), ["status", "--porcelain", "--", FOLDER]);
    status.is_ok_and(|status| !status.is_empty())
}

fn say_files(created: &[String], hooks_were_done: bool) {
    for path in created {
        print_line(&format!("created {path}"));
    }
    if created.is_empty() && hooks_were_done {
        print_line("nothing to repair: policy, roster, .gitattributes and hooks are in place");
    }
}

fn say_rest(inferred: Option<InferenceV1>, next: &[String]) {
    if let Some(inferred) = inferred {
        print_line("");
        inferred.print();
    }
    if !next.is_empty() {
        print_line("\nnext:");
        for step in next {
            print_line(&format!("  - {step}"));
        }
    }
}
