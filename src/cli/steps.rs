//! Steps on records, whatever their kind: found, judged, written, said.

use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, LegalStep, Unplanned, print_line};
use super::failure::{Exit, Failure};
use super::lease::{Lease, Lessor, Wanted};
use super::lost_locks::warn_of_lost_locks;
use super::reach::ReachArgs;
use super::way_out::way_out;
use crate::domain::claim::{AWAITING, Ended, Nonce};
use crate::domain::draft::Step;
use crate::domain::event::Event;
use crate::domain::kind::{Brief, Kind};
use crate::domain::lease::Lock;
use crate::domain::record::{Cause, Record, RecordDir, Refusal};
use crate::domain::text::{meaningful, shown_line};
use crate::domain::time::Timestamp;
use crate::store::work_tree::Scan;
use crate::store::write::{NewFile, Staging};

/// Meaningful characters that a title needs.
const TITLE_LEAST: usize = 3;

/// What a step prints for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StepV1 {
    id: String,
    path: String,
    event: String,
    file: String,
    staged: bool,
    /// How far the claim reaches under which it was taken: `local` or `remote`.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'static str>,
}

/// The record of this kind that `prefix` names, read under the lock that the caller holds.
pub fn open_record(
    context: &Context,
    kind: &'static dyn Kind,
    prefix: &str,
) -> Result<(Scan, RecordDir, Record), Failure> {
    let scan = context.scan()?;
    warn_of_lost_locks(context, &scan.snapshot)?;
    let dir = find_of_kind(context, &scan, kind, prefix)?;
    let record = context.record(&dir)?;
    Ok((scan, dir, record))
}

/// The record of this kind that `prefix` names; ids of other kinds are told what they are.
pub fn find_of_kind(
    context: &Context,
    scan: &Scan,
    kind: &dyn Kind,
    prefix: &str,
) -> Result<RecordDir, Failure> {
    use crate::domain::snapshot::Named;
    if !prefix.contains('/')
        && let Named::One(dir) = scan.snapshot.find(&format!("{}/{prefix}", kind.name()))
        && prefix.len() >= crate::domain::id::MIN_PREFIX
    {
        return Ok(dir);
    }
    let dir = context.find(scan, prefix)?;
    let found = dir.kind().name();
    if found == kind.name() {
        return Ok(dir);
    }
    let short = scan.snapshot.short_ids().short(&dir.id()).to_owned();
    Err(Failure::usage(format!("{short} is a {found}, not a {}", kind.name()))
        .why("each kind of record has steps of its own")
        .hint(format!("see it: {}", dir.kind().look(&short))))
}

/// A step that is judged and ready to be written.
pub struct Planned {
    short: String,
    title: String,
    step: StepV1,
    event: Event,
    file: NewFile,
    /// The remote over whose clones it holds.
    remote: Option<String>,
}

/// Judges `step` and plans its file; a refusal says what its author can do now.
pub fn plan_step(context: &Context, scan: &Scan, record: &Record, step: &Step) -> Result<Planned, Failure> {
    plan_step_with(context, scan, record, step, context.bits())
}

/// The same with bits that need not be random.
pub fn plan_step_with(
    context: &Context,
    scan: &Scan,
    record: &Record,
    step: &Step,
    bits: u64,
) -> Result<Planned, Failure> {
    let short = scan.snapshot.short_ids().short(&record.id()).to_owned();
    let LegalStep { event, file } =
        context.plan_step_with(record, step, bits).map_err(|unplanned| match unplanned {
            Unplanned::Refused(refusal) => explained(context, refusal, record, step, &short),
            Unplanned::Failed(failure) => failure,
        })?;
    Ok(Planned {
        title: title_of(record),
        step: StepV1 {
            id: record.id().to_string(),
            path: record.dir.path(),
            event: step.what.to_owned(),
            file: file.path.clone(),
            staged: false,
            claim: None,
        },
        short,
        event,
        file,
        remote: None,
    })
}

fn title_of(record: &Record) -> String {
    let title = record.head.as_ref().and_then(|head| head.meta.get("title")).and_then(|title| title.as_str());
    title.unwrap_or("(no title)").to_owned()
}

impl Planned {
    /// The same, allowed by a claim.
    pub fn under(self, lease: &Lease) -> Self {
        let step = StepV1 { claim: Some(lease.reach()), ..self.step };
        Planned { step, remote: lease.remote.clone(), ..self }
    }

    /// How far the claim reaches under which it was taken: `local` or `remote`.
    pub fn reach(&self) -> Option<&'static str> {
        self.step.claim
    }

    /// What is written into the record.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The file of the event.
    pub fn file(&self) -> &NewFile {
        &self.file
    }

    /// What programs are told.
    pub fn json(self, staging: &Staging) -> StepV1 {
        StepV1 { staged: *staging == Staging::Done, ..self.step }
    }

    /// Tells people what was done.
    pub fn print(&self) {
        let done = self.step.event.replace('_', " ");
        print_line(&format!("{done} {}: {}", self.short, shown_line(&self.title)));
        print_line(&format!("  {}", self.file.path));
        if let Some(remote) = &self.remote {
            print_line(&format!("  held over all clones of {remote}"));
        }
    }

    /// Says that it was written, as the output's form wants it.
    pub fn say(self, context: &Context, staging: &Staging) -> Result<(), Failure> {
        if context.is_json() {
            return context.answer(&self.json(staging));
        }
        self.print();
        Ok(())
    }
}

/// Writes one step on a record and says so. A holder makes sure of its claim first; a claim whose
/// lock the step ends is given back.
pub fn take_step(context: &Context, scan: &Scan, record: &Record, step: &Step) -> Result<(), Failure> {
    take_step_after(context, scan, record, step, &[], |planned, staging| planned.say(context, staging))
}

/// The same where the files `before` become visible first; `say` says what was done.
pub fn take_step_after(
    context: &Context,
    scan: &Scan,
    record: &Record,
    step: &Step,
    before: &[NewFile],
    say: impl FnOnce(Planned, &Staging) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let planned = plan_step(context, scan, record, step)?;
    let claimed = claimed_lock(record);
    let lessor =
        claimed.as_ref().map(|_| Lessor::new(context, &step.by, &ReachArgs::default())).transpose()?;
    if let (Some(lessor), Some((lock, _))) = (&lessor, &claimed)
        && lock.by == step.by
        && !lets_go(step)
    {
        make_sure(lessor, &wanted(context, scan, record, step), lock, step)?;
    }
    let files: Vec<NewFile> = before.iter().chain([planned.file()]).cloned().collect();
    let staging = context.write(&files)?;
    say_unanswered(scan, record, step);
    let ended = ending(record, &planned.event);
    say(planned, &staging)?;
    if let (Some(lessor), Some((_, nonce)), Some(ended)) = (lessor, claimed, ended) {
        lessor.end_claim(&record.dir.kind().subject(record), &nonce, ended)?;
    }
    Ok(())
}

/// A step that extends the lease extends the claim; before any other it is looked at again.
fn make_sure(lessor: &Lessor<'_>, wanted: &Wanted<'_>, lock: &Lock, step: &Step) -> Result<(), Failure> {
    match lease_until(step) {
        Some(_) => lessor.extend(wanted, lock).map(drop),
        None => lessor.make_sure(wanted, lock),
    }
}

/// Whether `step` only lets go of a resource, which somebody else may have long since.
fn lets_go(step: &Step) -> bool {
    step.what == "released"
}

/// When the lease ends that `step` begins or extends.
fn lease_until(step: &Step) -> Option<Timestamp> {
    step.details.get("lease_until")?.as_str()?.parse().ok()
}

/// The record as something that one agent alone may hold.
pub fn wanted<'a>(context: &Context, scan: &Scan, record: &'a Record, step: &Step) -> Wanted<'a> {
    let subject = record.dir.kind().subject(record);
    let name = if subject.has_rivals() {
        title_of(record)
    } else {
        format!("{} {}", record.dir.kind().name(), scan.snapshot.short_ids().short(&record.id()))
    };
    let until = match step.details.contains_key("awaiting") {
        true => context.now.plus(AWAITING),
        false => lease_until(step).unwrap_or(context.now),
    };
    Wanted { subject, record, name, until }
}

/// Who holds the record under which claim.
fn claimed_lock(record: &Record) -> Option<(Lock, Nonce)> {
    let lock = record.dir.kind().brief(record)?.lock?;
    let nonce = lock.claim.clone()?;
    Some((lock, nonce))
}

/// How `event` ends the lock of `record`; `None` when it does not.
fn ending(record: &Record, event: &Event) -> Option<Ended> {
    let mut after = record.clone();
    after.events.push(event.clone());
    let brief = record.dir.kind().brief(&after)?;
    brief.lock.is_none().then(|| Ended {
        how: event.front.event.clone(),
        at: event.front.at,
        // That one reservation is over says nothing of what it was for.
        closed: brief.closed && !record.dir.kind().subject(record).has_rivals(),
        seq: event.front.seq,
        event: event.name.clone(),
    })
}

/// Says on standard error that the step leaves a question open whose answer nobody awaits any more.
fn say_unanswered(scan: &Scan, record: &Record, step: &Step) {
    if matches!(step.what, "renewed" | "amended") {
        return;
    }
    let lock = record.dir.kind().brief(record).and_then(|brief| brief.lock);
    let Some(request) = lock.and_then(|lock| lock.awaiting) else { return };
    let Some(request) = scan.snapshot.open.iter().find(|open| open.id == request) else { return };
    let short = scan.snapshot.short_ids().short(&request.id).to_owned();
    let acting = if request.from == step.by { String::new() } else { format!(" --as {}", request.from) };
    say!(
        "note: {} is still asked for an answer that this {} no longer awaits: {short}",
        request.to_word(),
        record.dir.kind().name()
    );
    say!("  close the request: perfteam flag withdraw {short} --reason TEXT{acting}");
}

/// Refuses an option that says nothing.
pub fn require_words(option: &str, text: &str, kind: &dyn Kind) -> Result<(), Failure> {
    if meaningful(text) > 0 {
        return Ok(());
    }
    Err(Failure::usage(format!("{option} says nothing"))
        .why(format!("whoever reads the {} later must understand what happened, and why", kind.name()))
        .hint(format!("{option} \"TEXT\"")))
}

/// Refuses an option that says too little.
pub fn require_least(option: &str, text: &str, least: usize, kind: &dyn Kind) -> Result<(), Failure> {
    let has = meaningful(text);
    if has >= least {
        return Ok(());
    }
    Err(Failure::refused(format!("{option} has {has} meaningful characters, it needs {least}"))
        .why(format!("whoever reads the {} must be able to judge it", kind.name()))
        .hint(format!("say it with names and numbers: {option} \"TEXT\"")))
}

/// Refuses a title that is none.
pub fn require_title(title: &str, kind: &dyn Kind) -> Result<(), Failure> {
    if title.trim().lines().count() > 1 {
        return Err(Failure::usage("the title has several lines")
            .why("it is one line of a list")
            .hint("--title \"ONE LINE\""));
    }
    if meaningful(title) >= TITLE_LEAST {
        return Ok(());
    }
    Err(Failure::usage("the title says nothing")
        .why(format!("it is what people see of the {} in lists", kind.name()))
        .hint("--title \"what it is about\""))
}

/// Refuses what is no word, by which people filter: a type, a component.
pub fn require_word(option: &str, class: &str, example: &str) -> Result<(), Failure> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !class.is_empty() && class.chars().all(is_word) {
        return Ok(());
    }
    Err(Failure::usage(format!("{option} `{}` is more than a word, or none", shown_line(class)))
        .why("people filter by it")
        .hint(format!("one word, with dashes where it has several: {option} {example}")))
}

/// The failure of a record whose head can't be read.
pub fn unreadable(dir: &RecordDir) -> Failure {
    Failure::new(Exit::Unreadable, format!("{} can't be read as a {}", dir.path(), dir.kind().name()))
        .why("its head is missing or malformed; nothing of it is lost")
        .hint("see what is wrong, by line: perfteam check --worktree")
        .hint("bring back what git had: perfteam restore")
}

/// Adds to a refused step what its author can do now.
fn explained(context: &Context, refusal: Refusal, record: &Record, step: &Step, short: &str) -> Failure {
    let kind = record.dir.kind();
    let cause = refusal.cause;
    let failure = Failure::from(refusal);
    let failure = match kind.brief(record) {
        Some(brief) if brief.closed => {
            let failure = by_whom(failure, record);
            let why = format!("a closed {} stays as it is, so that its story can be trusted", kind.name());
            failure.why(why)
        }
        Some(brief) => {
            let failure = match (&brief.lock, cause) {
                (Some(lock), Cause::Held) => {
                    held(seen_elsewhere(context, failure, record, lock), lock, kind, step, short)
                }
                (_, Cause::NotYours) => not_yours(context, failure, &brief, step, short),
                (_, Cause::Held | Cause::Forbidden) => failure.why(format!(
                    "each step follows on certain states alone; this {} is {}",
                    kind.name(),
                    state_words(kind, &brief)
                )),
            };
            way_out(context, &brief, step, short).into_iter().fold(failure, Failure::hint)
        }
        None => failure,
    };
    failure.hint(format!("see its story: {}", kind.look(short)))
}

/// In which state a record is, in words.
fn state_words(kind: &dyn Kind, brief: &Brief) -> String {
    match kind.name() {
        "investigation" => format!("in the phase {}", brief.status),
        _ => brief.status.clone(),
    }
}

/// The failure of a record that is closed, with who closed it and when.
fn by_whom(mut failure: Failure, record: &Record) -> Failure {
    let mut so_far = Record { events: Vec::new(), ..record.clone() };
    for event in &record.events {
        so_far.events.push(event.clone());
        if record.dir.kind().brief(&so_far).is_some_and(|brief| brief.closed) {
            failure.message.push_str(&format!(" by {}, at {}", event.front.by, event.front.at));
            break;
        }
    }
    failure
}

/// A lock that was taken elsewhere, with where that was.
pub fn seen_elsewhere(context: &Context, mut failure: Failure, record: &Record, lock: &Lock) -> Failure {
    if let Some(place) = context.lock_seen(record, &lock.by) {
        failure.message.push_str(&format!(" (locked {place})"));
    }
    failure
}

fn held(failure: Failure, lock: &Lock, kind: &dyn Kind, step: &Step, short: &str) -> Failure {
    let name = kind.name();
    let failure = failure
        .why(format!("two who work on one {name} undo each other; the lease of {} ends by itself", lock.by));
    match kind.verbs().take.filter(|_| lock.by == step.by) {
        Some(take) => {
            failure.hint(format!("if it is yours and needs longer: perfteam {name} {take} {short} --renew"))
        }
        None => failure,
    }
}

/// A step that is somebody else's to take: names who may take it, unless that is who tried.
fn not_yours(context: &Context, failure: Failure, brief: &Brief, step: &Step, short: &str) -> Failure {
    let by_sender = matches!(step.what, "withdrawn" | "amended" | "cancelled" | "rejected");
    let may = if by_sender { Some(&brief.from) } else { brief.to.as_ref() };
    let Some(may) = may.filter(|may| **may != step.by) else {
        return failure.why("whoever reads its story must be able to trust who did what");
    };
    let heir = context.team_if_any().ok().and_then(|team| team.roster.successor(may));
    if let (Some(heir), Some(pass_on), false) = (heir, brief.dir.kind().verbs().pass_on, by_sender) {
        let acting = if heir == step.by { String::new() } else { format!(" --as {heir}") };
        let take_over = format!("perfteam {} {pass_on} {short} --to {heir}{acting}", brief.kind_name());
        return failure
            .why(format!("{may} has retired, and {heir} follows; its story must say who acts now"))
            .hint(format!("take it over first: {take_over}"));
    }
    let whose = match &brief.to {
        Some(to) if *to == brief.from => format!("is {to}'s"),
        Some(to) => format!("is from {} to {to}", brief.from),
        None => format!("is from {}", brief.from),
    };
    failure
        .why(format!("the {} {whose}; its story must say who really acted", brief.kind_name()))
        .hint(format!("act as the one who may: --as {may}"))
}
