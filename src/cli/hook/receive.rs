//! What a repository says to a push: pre-receive and update.

use std::ffi::OsString;
use std::process::ExitCode;

use super::tell::{tell_push, what_is_pushed};
use super::{exit, receiving_repo};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::domain::text::{shell_word, shown_line, shown_text};
use crate::githooks::receive::{Ruling, Update, judge};

/// All references of a push, each with what git tells of it on standard input: all or none.
pub fn pre_receive(context: &Context) -> Result<ExitCode, Failure> {
    let lines = what_is_pushed()?;
    let updates: Option<Vec<Update>> =
        lines.lines().filter(|line| !line.is_empty()).map(Update::parse).collect();
    let updates = updates.ok_or_else(|| {
        Failure::new(
            Exit::Unreadable,
            "standard input says no updates: expected OLD-ID NEW-ID REF in each line",
        )
    })?;
    rule(context, &updates)
}

/// One reference, with what git gives as arguments.
pub fn update(context: &Context, args: &[OsString]) -> Result<ExitCode, Failure> {
    let words: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let update = match words.as_slice() {
        [name, old, new] => Update::new(name, old, new),
        _ => None,
    };
    let update = update.ok_or_else(|| {
        Failure::usage("the hook update gets three arguments from git: REF OLD-ID NEW-ID")
            .hint("let git run it: perfteam hook install --server")
    })?;
    rule(context, &[update])
}

fn rule(context: &Context, updates: &[Update]) -> Result<ExitCode, Failure> {
    let repo = receiving_repo(context)?;
    let rulings = judge(&repo, updates, context.now).map_err(|error| {
        Failure::from(error).why("a push that can't be judged is not taken in: CI could not judge it, either")
    })?;
    for (update, ruling) in updates.iter().zip(&rulings) {
        tell(context, &update.name, ruling)?;
    }
    Ok(exit(!rulings.iter().any(Ruling::blocks)))
}

fn tell(context: &Context, name: &str, ruling: &Ruling) -> Result<(), Failure> {
    match ruling {
        Ruling::Passes => {}
        Ruling::Noted(note) => say!("note: {}", shown_text(note)),
        Ruling::Judged(verdict) => {
            tell_push(context, name, verdict)?;
        }
        Ruling::TakesOver(integration) => {
            let integration = shown_line(integration);
            tell!(
                "push of {} refused: it would take the place of {integration} as the integration branch",
                shown_line(name)
            );
            tell!(
                "  why: policy and roster are read from the integration branch, and no push decides which one that is"
            );
            tell!("  try: give the branch another name");
            tell!(
                "  try: if it is to take the place of {integration}, have whoever runs the server name it first: git config perfteam.integration {}",
                shell_word(name.strip_prefix("refs/heads/").unwrap_or(name))
            );
        }
        Ruling::Gone(integration) => {
            let integration = shown_line(integration);
            tell!("push of {} refused: it deletes the integration branch", shown_line(name));
            tell!(
                "  why: policy and roster are read from {integration}, and what is published is what it has"
            );
            tell!(
                "  try: if another branch takes its place, have whoever runs the server name it first: git config perfteam.integration NAME"
            );
        }
    }
    Ok(())
}
