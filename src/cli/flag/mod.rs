//! `perfteam flag`: raise, list and process flags.

mod amend;
mod chain;
mod close;
mod create;
mod editor;
mod handoff;
mod input;
mod list;
mod lock;
mod show;
mod unlock;

use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::{Exit, Failure};
use crate::domain::draft::Step;
use crate::domain::kind::{Brief, Lock};
use crate::domain::place::Scope;
use crate::domain::record::{Record, RecordDir};
use crate::domain::text::shown_line;
use crate::store::work_tree::Scan;
use crate::store::write::Staging;

/// The verbs of `perfteam flag`.
#[derive(Debug, Subcommand)]
pub enum FlagCommand {
    Create(Box<create::Create>),
    List(list::List),
    Show(show::Show),
    Chain(chain::Chain),
    Lock(Box<lock::Lock>),
    Unlock(unlock::Unlock),
    Complete(close::Complete),
    Decline(close::Decline),
    Handoff(handoff::Handoff),
    Reply(close::Reply),
    Withdraw(close::Withdraw),
    Amend(amend::Amend),
}

impl FlagCommand {
    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            FlagCommand::Create(command) => command.run(context),
            FlagCommand::List(command) => command.run(context),
            FlagCommand::Show(command) => command.run(context),
            FlagCommand::Chain(command) => command.run(context),
            FlagCommand::Lock(command) => command.run(context),
            FlagCommand::Unlock(command) => command.run(context),
            FlagCommand::Complete(command) => command.run(context),
            FlagCommand::Decline(command) => command.run(context),
            FlagCommand::Handoff(command) => command.run(context),
            FlagCommand::Reply(command) => command.run(context),
            FlagCommand::Withdraw(command) => command.run(context),
            FlagCommand::Amend(command) => command.run(context),
        }
    }
}

impl FlagCommand {
    /// How far a verb that reads was told to look.
    pub fn scope(&self) -> Option<Scope> {
        match self {
            FlagCommand::List(command) => command.sight.scope,
            FlagCommand::Show(command) => command.sight.scope,
            FlagCommand::Chain(command) => command.sight.scope,
            _ => None,
        }
    }
}

/// What a step on a flag prints.
#[derive(Debug, Serialize)]
struct Done {
    version: u32,
    id: String,
    path: String,
    event: String,
    file: String,
    staged: bool,
}

/// The record that `prefix` names, read under the lock that the caller holds.
fn open_record(context: &Context, prefix: &str) -> Result<(Scan, RecordDir, Record), Failure> {
    let scan = context.scan()?;
    let dir = context.find(&scan, prefix)?;
    let record = context.record(&dir)?;
    Ok((scan, dir, record))
}

/// Writes one step on a record and says so.
fn take_step(context: &Context, scan: &Scan, record: &Record, step: &Step) -> Result<(), Failure> {
    let short = scan.snapshot.short_ids().short(&record.id()).to_owned();
    let file = context
        .plan_step(record, step)
        .map_err(|failure| explained(context, failure, record, step, &short))?;
    let staging = context.write(std::slice::from_ref(&file))?;
    say_unanswered(scan, record, step);
    if context.is_json() {
        return context.print_json(&Done {
            version: 1,
            id: record.id().to_string(),
            path: record.dir.path(),
            event: step.what.to_owned(),
            file: file.path,
            staged: staging == Staging::Done,
        });
    }
    let title = record.head.as_ref().and_then(|head| head.meta.get("title")).and_then(|title| title.as_str());
    print_line(&format!(
        "{} {short}: {}",
        step.what.replace('_', " "),
        shown_line(title.unwrap_or("(no title)"))
    ));
    print_line(&format!("  {}", file.path));
    Ok(())
}

/// Says on standard error that the step leaves a question open whose answer nobody awaits any more.
fn say_unanswered(scan: &Scan, record: &Record, step: &Step) {
    if matches!(step.what, "locked" | "renewed" | "amended") {
        return;
    }
    let lock = record.dir.kind().brief(record).and_then(|brief| brief.lock);
    let Some(request) = lock.and_then(|lock| lock.awaiting) else { return };
    let Some(request) = scan.snapshot.open.iter().find(|open| open.id == request) else { return };
    let short = scan.snapshot.short_ids().short(&request.id).to_owned();
    let acting = if request.from == step.by { String::new() } else { format!(" --as {}", request.from) };
    eprintln!("note: {} is still asked for an answer that this flag no longer awaits: {short}", request.to);
    eprintln!("  close the request: perfteam flag withdraw {short} --reason TEXT{acting}");
}

/// Adds to a refused step what its author can do now.
fn explained(context: &Context, failure: Failure, record: &Record, step: &Step, short: &str) -> Failure {
    let failure = match record.dir.kind().brief(record) {
        Some(brief) if brief.closed => {
            failure.why("a closed flag stays as it is, so that its story can be trusted")
        }
        Some(brief) => match &brief.lock {
            Some(lock) if failure.exit == Exit::Held => {
                held(seen_elsewhere(context, failure, record, lock), lock, step, short)
            }
            _ => not_yours(failure, &brief, step),
        },
        None => failure,
    };
    failure.hint(format!("see its story: perfteam flag show {short}"))
}

/// A lock that was taken elsewhere, with where that was.
fn seen_elsewhere(context: &Context, mut failure: Failure, record: &Record, lock: &Lock) -> Failure {
    if let Some(place) = context.lock_seen(record, &lock.by) {
        failure.message.push_str(&format!(" (locked {place})"));
    }
    failure
}

fn held(failure: Failure, lock: &Lock, step: &Step, short: &str) -> Failure {
    let why = format!("two who work on one flag undo each other; the lease of {} ends by itself", lock.by);
    let failure = failure.why(why);
    if lock.by == step.by {
        failure.hint(format!("if it is yours and needs longer: perfteam flag lock {short} --renew"))
    } else {
        failure
    }
}

/// A step that is somebody else's to take: names who may take it, unless that is who tried.
fn not_yours(failure: Failure, brief: &Brief, step: &Step) -> Failure {
    let may = if matches!(step.what, "withdrawn" | "amended") { &brief.from } else { &brief.to };
    if *may == step.by {
        return failure;
    }
    failure
        .why(format!("the flag is from {} to {}; its story must say who really acted", brief.from, brief.to))
        .hint(format!("act as the one who may: --as {may}"))
}
