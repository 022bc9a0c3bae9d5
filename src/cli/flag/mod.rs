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

use super::context::{Context, Planned, print_line};
use super::failure::{Exit, Failure};
use super::lease::{Lease, Lessor, Wanted};
use super::lost_locks::warn_of_lost_locks;
use super::reach::ReachArgs;
use crate::domain::claim::{Ended, Nonce, Subject};
use crate::domain::draft::Step;
use crate::domain::event::Event;
use crate::domain::kind::{Brief, Lock};
use crate::domain::place::Scope;
use crate::domain::record::{Record, RecordDir};
use crate::domain::text::shown_line;
use crate::store::work_tree::Scan;
use crate::store::write::{NewFile, Staging};

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
    /// How far the claim reaches under which it was locked: `local` or `remote`.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'static str>,
}

/// The record that `prefix` names, read under the lock that the caller holds.
fn open_record(context: &Context, prefix: &str) -> Result<(Scan, RecordDir, Record), Failure> {
    let scan = context.scan()?;
    warn_of_lost_locks(context, &scan.snapshot)?;
    let dir = context.find(&scan, prefix)?;
    let record = context.record(&dir)?;
    Ok((scan, dir, record))
}

/// Judges a step before anything is done for it.
fn judge(context: &Context, scan: &Scan, record: &Record, step: &Step) -> Result<Planned, Failure> {
    let short = scan.snapshot.short_ids().short(&record.id()).to_owned();
    context.plan_step(record, step).map_err(|failure| explained(context, failure, record, step, &short))
}

/// Who holds the record, as its events say.
fn lock_of(record: &Record) -> Option<Lock> {
    record.dir.kind().brief(record)?.lock
}

/// The record as something that one agent alone may hold.
fn wanted<'a>(scan: &Scan, record: &'a Record) -> Wanted<'a> {
    let short = scan.snapshot.short_ids().short(&record.id()).to_owned();
    let name = format!("{} {short}", record.dir.kind().name());
    Wanted { subject: Subject::record(&record.dir), record, name }
}

/// Writes one step on a record and says so. A holder makes sure of its claim first; a claim whose
/// lock the step ends is given back.
fn take_step(context: &Context, scan: &Scan, record: &Record, step: &Step) -> Result<(), Failure> {
    let Planned { event, file } = judge(context, scan, record, step)?;
    let Some((lock, nonce)) = claimed_lock(record) else {
        let staging = context.write(std::slice::from_ref(&file))?;
        return say_step(context, scan, record, &Said { step, file, staging, lease: None });
    };
    let lessor = Lessor::new(context, &step.by, &ReachArgs::default())?;
    if lock.by == step.by {
        lessor.make_sure(&wanted(scan, record), &lock)?;
    }
    let staging = context.write(std::slice::from_ref(&file))?;
    say_unanswered(scan, record, step);
    say_step(context, scan, record, &Said { step, file, staging, lease: None })?;
    if let Some(ended) = ending(record, event) {
        lessor.end_claim(&Subject::record(&record.dir), &nonce, ended)?;
    }
    Ok(())
}

/// Who holds the record under which claim.
fn claimed_lock(record: &Record) -> Option<(Lock, Nonce)> {
    let lock = lock_of(record)?;
    let nonce = lock.claim.clone()?;
    Some((lock, nonce))
}

/// How `event` ends the lock of `record`; `None` when it does not.
fn ending(record: &Record, event: Event) -> Option<Ended> {
    let mut after = record.clone();
    let (how, at, seq) = (event.front.event.clone(), event.front.at, event.front.seq);
    let name = event.name.clone();
    after.events.push(event);
    let brief = record.dir.kind().brief(&after)?;
    brief.lock.is_none().then_some(Ended { how, at, closed: brief.closed, seq, event: name })
}

/// A step that was written.
struct Said<'a> {
    step: &'a Step,
    file: NewFile,
    staging: Staging,
    /// The claim that allowed it.
    lease: Option<&'a Lease>,
}

fn say_step(context: &Context, scan: &Scan, record: &Record, said: &Said<'_>) -> Result<(), Failure> {
    let Said { step, file, staging, lease } = said;
    if context.is_json() {
        return context.print_json(&Done {
            version: 1,
            id: record.id().to_string(),
            path: record.dir.path(),
            event: step.what.to_owned(),
            file: file.path.clone(),
            staged: *staging == Staging::Done,
            claim: lease.map(Lease::reach),
        });
    }
    let short = scan.snapshot.short_ids().short(&record.id()).to_owned();
    let title = record.head.as_ref().and_then(|head| head.meta.get("title")).and_then(|title| title.as_str());
    print_line(&format!(
        "{} {short}: {}",
        step.what.replace('_', " "),
        shown_line(title.unwrap_or("(no title)"))
    ));
    print_line(&format!("  {}", file.path));
    if let Some(remote) = lease.and_then(|lease| lease.remote.as_ref()) {
        print_line(&format!("  held over all clones of {remote}"));
    }
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
