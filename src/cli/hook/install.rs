//! `perfteam hook install` and `uninstall`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::{SideOption, exit, mend, shown_path};
use crate::cli::context::{Context, print_line};
use crate::cli::environment;
use crate::cli::failure::Failure;
use crate::domain::text::shown_line;
use crate::githooks::install::{self, Change, Changes};
use crate::githooks::{Hook, HookError, Side};

/// Put the hooks in place, beside what is there
///
/// A few lines between two marks, directly after the first line of each hook file; all else in the
/// file stays. Run again, it repairs those lines and changes nothing else. core.hooksPath is never
/// set; one of this repository, such as husky's, is honoured.
///
/// With --server: the pre-receive hook of a repository that receives pushes, bare or not. It judges
/// every push by the policy and the roster that the repository has; docs/server.md.
#[derive(Debug, Args)]
pub struct Install {
    #[command(flatten)]
    side: SideOption,
}

/// Take the hooks' lines out again
///
/// What others wrote into the hook files stays.
#[derive(Debug, Args)]
pub struct Uninstall {
    #[command(flatten)]
    side: SideOption,
}

/// What became of the hooks, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangesV1 {
    folder: String,
    hooks: Vec<ChangeV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ChangeV1 {
    hook: &'static str,
    path: String,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Install {
    /// Installs.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        self.side.with_repo(context, |repo, side| {
            let _lock = context.lock_of(repo)?;
            report(context, &install::install(repo, side, environment::program().as_deref())?)
        })
    }
}

impl Uninstall {
    /// Uninstalls.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        self.side.with_repo(context, |repo, side| {
            let _lock = context.lock_of(repo)?;
            report(context, &install::uninstall(repo, side)?)
        })
    }
}

/// What `perfteam init` did about the hooks: it goes on when they can't be installed.
pub struct SetUp(Result<Changes, Box<Failure>>);

/// Installs the hooks for `perfteam init`.
pub fn set_up(context: &Context) -> Result<SetUp, Failure> {
    match install::install(context.repo()?, Side::Work, environment::program().as_deref()) {
        Ok(changes) => Ok(SetUp(Ok(changes))),
        Err(HookError::Store(error)) => Err(error.into()),
        Err(error) => Ok(SetUp(Err(Box::new(error.into())))),
    }
}

impl SetUp {
    /// Whether every hook was in place before.
    pub fn was_done(&self) -> bool {
        let in_place = |change: &Change| matches!(change, Change::None | Change::ByHand);
        self.0.as_ref().is_ok_and(|changes| changes.hooks.iter().all(|(_, _, change)| in_place(change)))
    }

    /// What was done, for programs.
    pub fn told(&self) -> Option<ChangesV1> {
        self.0.as_ref().ok().map(told)
    }

    /// What was done, and what could not be done.
    pub fn say(&self, context: &Context) {
        match &self.0 {
            Ok(_) if self.was_done() => {}
            Ok(changes) if context.is_json() => refusals(context, changes),
            Ok(changes) => say(context, changes),
            Err(failure) => {
                say!("warning: the hooks are not installed: {}", failure.message);
                failure.why.iter().for_each(|why| say!("  why: {why}"));
                failure.hints.iter().for_each(|hint| say!("  try: {hint}"));
            }
        }
    }
}

fn told(changes: &Changes) -> ChangesV1 {
    let hooks = changes.hooks.iter().map(|(hook, path, change)| {
        let path = path.display().to_string();
        let (refused, mend) = match change {
            Change::Refused(foreign) => (Some(foreign.to_string()), Some(mend(*hook, &path, foreign))),
            _ => (None, None),
        };
        ChangeV1 { hook: hook.name(), path, change: word(change), refused, mend }
    });
    ChangesV1 { folder: changes.folder.path.display().to_string(), hooks: hooks.collect() }
}

fn report(context: &Context, changes: &Changes) -> Result<ExitCode, Failure> {
    if context.is_json() {
        context.answer(&told(changes))?;
    } else {
        say(context, changes);
    }
    Ok(exit(changes.refused().next().is_none()))
}

/// The word for programs.
fn word(change: &Change) -> &'static str {
    match change {
        Change::Created => "created",
        Change::Added => "added",
        Change::Repaired => "repaired",
        Change::None => "unchanged",
        Change::ByHand => "by-hand",
        Change::Refused(_) => "refused",
        Change::TakenOut => "taken-out",
        Change::Removed => "removed",
    }
}

/// The words for people, before the path.
const WORDS: [(&str, &str); 5] = [
    ("created", "created"),
    ("added", "added the hook to"),
    ("repaired", "repaired the hook in"),
    ("taken-out", "took the hook out of"),
    ("removed", "removed"),
];

fn say(context: &Context, changes: &Changes) {
    let mut said = false;
    for (_, path, change) in &changes.hooks {
        if let Some((_, words)) = WORDS.iter().find(|(name, _)| *name == word(change)) {
            print_line(&format!("{words} {}", shown_path(context, path)));
            said = true;
        }
    }
    refusals(context, changes);
    if !said && changes.refused().next().is_none() {
        print_line(&format!("nothing to do for the hooks in {}", shown_path(context, &changes.folder.path)));
    }
    if said && changes.folder.shared {
        print_line(&format!(
            "the team shares that folder: git add {}",
            shown_path(context, &changes.folder.path)
        ));
    }
}

fn refusals(context: &Context, changes: &Changes) {
    for (hook, path, foreign) in changes.refused() {
        let path = shown_path(context, path);
        say!("error: {path} is left as it is: it is {}", shown_line(&foreign.to_string()));
        say!("  why: without perfteam in it, {}", loss(hook));
        say!("  try: {}", shown_line(&mend(hook, &path, foreign)));
    }
}

/// What a team goes without where this hook does not run.
fn loss(hook: Hook) -> &'static str {
    match hook {
        Hook::PreCommit => "nothing is said of waiting flags and broken rules before CI says it",
        Hook::PrepareCommitMsg => "commits do not name the agent who made them",
        Hook::CommitMsg => "nothing is said of a commit's trailers before CI says it",
        Hook::PrePush => "nothing is said of a branch before CI says it",
        Hook::PostMerge | Hook::PostCheckout => "nobody tells what is new for you",
        Hook::PreReceive | Hook::Update => {
            "what passed by the hooks of its author is taken in, and CI alone says so"
        }
    }
}
