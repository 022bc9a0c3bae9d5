//! `perfteam resource reserve`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::desk::{Desk, ReservationV1, names};
use super::name::{title, word};
use super::news::{expectations, tell_lead, tell_waiting};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::{Exit, Failure};
use crate::cli::reach::ReachArgs;
use crate::cli::steps::take_step_after;
use crate::cli::taking::Taking;
use crate::domain::claim::GRACE;
use crate::domain::document::Document;
use crate::domain::draft::{Step, front_matter};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Kind;
use crate::domain::lease::{LockedDetails, RenewedDetails};
use crate::domain::level::Level;
use crate::domain::record::{Record, RecordDir};
use crate::domain::resource::queue::{Queue, Verdict};
use crate::domain::resource::{GrantedDetails, Mode, Reservation, ReservationHead, Resources};
use crate::domain::text::{counted, shown_line, slug};
use crate::domain::time::Span;
use crate::markdown::document;
use crate::store::write::NewFile;

/// Reserve what the team shares; take it when it is free, wait for it when it is not
///
/// Run it again while you wait: it takes the resource as soon as it is your turn. With another
/// impact, promise, number of customers or length, you ask anew: your place follows from that. The
/// queue is ordered by impact on the business, then by how soon a promise to customers is broken,
/// then by how many customers it is for. Exit code 4 says that you have to wait.
#[derive(Debug, Args)]
pub struct Reserve {
    /// The name of the resource, in any writing: "Load-test environment"
    #[arg(value_name = "NAME")]
    name: String,
    /// Others who share it may use it at the same time
    #[arg(long)]
    shared: bool,
    /// How strongly the work matters to the business [default: medium]
    #[arg(long, value_name = "LEVEL")]
    impact: Option<Level>,
    /// How soon a promise to customers is broken without it: 30m, 4h
    #[arg(long, value_name = "SPAN")]
    sla: Option<Span>,
    /// How many customers the work is for
    #[arg(long, value_name = "N")]
    customers: Option<u64>,
    /// For how long you need it [default: `lease` of the policy]
    #[arg(long = "for", value_name = "SPAN", value_parser = some_time)]
    length: Option<Span>,
    /// What for
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    /// You hold it, and need it longer
    #[arg(long)]
    renew: bool,
    #[command(flatten)]
    reach: ReachArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReserveV1 {
    id: String,
    path: String,
    resource: String,
    /// The reservation as it now stands.
    reservation: ReservationV1,
    /// The place in the queue, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<usize>,
    /// How far the claim reaches, once it is held: `local` or `remote`.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'static str>,
    /// How many were told by a flag.
    told: usize,
}

/// A length of time that is not over as it begins.
fn some_time(text: &str) -> Result<Span, String> {
    let span: Span = text.parse()?;
    if span > Span::NONE {
        Ok(span)
    } else {
        Err("it would be over at once: expected such as 30m, 4h".into())
    }
}

impl Reserve {
    /// Reserves.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let mut desk = Desk::open(context, &self.name)?;
        if self.renew {
            return self.extend(context, &desk, &actor);
        }
        let title = title(&self.name)?;
        self.let_go_of_what_is_over(context, &mut desk, &actor)?;
        let before = expectations(&desk.queue(context.now));
        let mut files: Vec<NewFile> = Vec::new();
        let own = desk.of(&actor).map(|(record, reservation)| (record.clone(), reservation.clone()));
        let (record, reservation, is_new) = match own {
            Some((_, reservation)) if reservation.lock().is_some() => {
                return Err(held_by_oneself(&reservation));
            }
            Some((record, reservation)) if !self.asks_otherwise(&reservation.head) => {
                (record, reservation, false)
            }
            earlier => {
                let (record, reservation) = self.draft(context, &desk, &actor, &title, earlier.as_ref())?;
                if let Some((earlier, _)) = &earlier {
                    files.push(context.plan_step(earlier, &asked_anew(context, &actor, &reservation))?.file);
                    desk.remove(&earlier.id());
                }
                files.push(head_of(&record));
                desk.add(record.clone(), reservation.clone());
                (record, reservation, true)
            }
        };
        let queue = desk.queue(context.now);
        match queue.verdict(&reservation.head.id) {
            Some(Verdict::Granted(decision)) => {
                let details = self.granted(context, &reservation, decision);
                let step = Step::new("granted", &actor, context.now, "").with(&details);
                let mut held = reservation.clone();
                held.grant(details, context.now);
                let after = desk.with(held);
                let told = tell_waiting(context, &actor, &Queue::new(&after, context.now), &before);
                let taking = Taking::new(context, &desk.scan, &actor, &self.reach)?;
                match taking.after(&record, step, &[files.as_slice(), &told].concat()) {
                    Ok((planned, _)) => {
                        self.say_taken(context, &actor, &reservation, planned.reach(), told.len())
                    }
                    Err(failure) => Err(wait_for_unseen(context, failure, &files, &self.name)),
                }
            }
            _ => {
                let told = if is_new { tell_waiting(context, &actor, &queue, &before) } else { Vec::new() };
                let lead = if is_new { tell_lead(context, &actor, &queue, &reservation)? } else { None };
                let count = told.len() + usize::from(lead.is_some());
                files.extend(told.into_iter().chain(lead));
                if !files.is_empty() {
                    context.write(&files)?;
                }
                self.say_waiting(context, &queue, &record, &reservation, count)
            }
        }
    }

    fn extend(&self, context: &Context, desk: &Desk, actor: &Handle) -> Result<ExitCode, Failure> {
        let Some((record, reservation)) = desk.of(actor).filter(|(_, own)| own.lock().is_some()) else {
            return Err(Failure::refused(format!("{actor} does not hold {}", shown_line(&self.name)))
                .why("only what is held can last longer")
                .hint(format!("perfteam resource queue {}", word(&self.name))));
        };
        let queue = desk.queue(context.now);
        let is_lapsed = !queue.holders.iter().any(|holder| holder.head.id == reservation.head.id);
        if is_lapsed && !queue.holders.is_empty() {
            return Err(Failure::new(
                Exit::Held,
                format!(
                    "your lease of {} has ended, and {} has it now",
                    reservation.head.title,
                    names(&queue.holders)
                ),
            )
            .why("what somebody else uses can't be taken back")
            .hint(format!("let go, and wait for it again: perfteam resource release {}", word(&self.name))));
        }
        let length = self.length.unwrap_or(reservation.head.length);
        let details = RenewedDetails { lease_until: context.now.plus(length) };
        let step = Step::new("renewed", actor, context.now, &self.reason).with(&details);
        let mut renewed = reservation.clone();
        renewed.renew(&details);
        let after = desk.with(renewed);
        let told = tell_waiting(context, actor, &Queue::new(&after, context.now), &expectations(&queue));
        take_step_after(context, &desk.scan, record, &step, &told, |planned, staging| {
            planned.say(context, staging)?;
            say_told(context, told.len());
            Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// Lets go of a reservation whose lease is over, which counts as let go anyway.
    fn let_go_of_what_is_over(
        &self,
        context: &Context,
        desk: &mut Desk,
        actor: &Handle,
    ) -> Result<(), Failure> {
        let is_over =
            |own: &Reservation| own.lock().is_some_and(|lock| lock.until.plus(GRACE) <= context.now);
        let Some((record, own)) = desk.of(actor).filter(|(_, own)| is_over(own)) else { return Ok(()) };
        let step = Step::new("released", actor, context.now, "The lease was over.");
        take_step_after(context, &desk.scan, record, &step, &[], |_, _| Ok(()))?;
        let id = own.head.id.clone();
        desk.remove(&id);
        Ok(())
    }

    /// Whether something is asked for that the waiting reservation `head` does not say.
    fn asks_otherwise(&self, head: &ReservationHead) -> bool {
        self.impact.is_some_and(|impact| impact != head.impact)
            || self.sla.is_some_and(|sla| Some(sla) != head.sla)
            || self.customers.is_some_and(|customers| Some(customers) != head.customers)
            || self.length.is_some_and(|length| length != head.length)
            || (self.shared && head.mode == Mode::Exclusive)
    }

    /// The reservation that is asked for; what is not said is as in the `earlier` one.
    fn draft(
        &self,
        context: &Context,
        desk: &Desk,
        actor: &Handle,
        title: &str,
        earlier: Option<&(Record, Reservation)>,
    ) -> Result<(Record, Reservation), Failure> {
        let earlier = earlier.map(|(_, reservation)| &reservation.head);
        let mode = if self.shared { Mode::Shared } else { Mode::Exclusive };
        let head = ReservationHead {
            id: RecordId::from_bits(context.bits()),
            resource: desk.name.clone(),
            from: actor.clone(),
            at: context.now,
            mode: earlier.map_or(mode, |earlier| if self.shared { mode } else { earlier.mode }),
            impact: self.impact.or(earlier.map(|earlier| earlier.impact)).unwrap_or(Level::Medium),
            sla: self.sla.or(earlier.and_then(|earlier| earlier.sla)),
            customers: self.customers.or(earlier.and_then(|earlier| earlier.customers)),
            length: match self.length.or(earlier.map(|earlier| earlier.length)) {
                Some(length) => length,
                None => context.team()?.policy.lease,
            },
            extra: Default::default(),
            title: title.to_owned(),
        };
        let dir = RecordDir::new(&Resources, &head.at.day(), &slug(&head.title), &head.id);
        let document =
            Document { meta: front_matter(&head), text: self.reason.trim().to_owned(), sections: Vec::new() };
        let record = Record::new(dir, Some(document), [], Vec::new());
        let reservation = Reservation::fold(&record)
            .map_err(|_| Failure::usage("the reservation can't be written as it is"))?
            .state;
        Ok((record, reservation))
    }

    fn granted(&self, context: &Context, own: &Reservation, decision: String) -> GrantedDetails {
        let until = context.now.plus(self.length.unwrap_or(own.head.length));
        GrantedDetails { lease: LockedDetails::until(until), decision }
    }

    fn say_taken(
        &self,
        context: &Context,
        actor: &Handle,
        reservation: &Reservation,
        claim: Option<&'static str>,
        told: usize,
    ) -> Result<ExitCode, Failure> {
        let desk = Desk::open(context, &self.name)?;
        let queue = desk.queue(context.now);
        let (record, held) = desk
            .of(actor)
            .ok_or_else(|| Failure::new(Exit::Unreadable, "the reservation was written and can't be read"))?;
        if context.is_json() {
            context.answer(&ReserveV1 {
                id: reservation.head.id.to_string(),
                path: record.dir.path(),
                resource: desk.name.clone(),
                reservation: ReservationV1::new(held, &queue),
                place: None,
                claim,
                told,
            })?;
        } else {
            let until = held.lock().map(|lock| lock.until.to_string()).unwrap_or_default();
            let decision = held.decision.as_deref().unwrap_or_default();
            print_line(&format!(
                "{} is yours until {until}: {}",
                shown_line(&held.head.title),
                shown_line(decision)
            ));
            print_line(&format!("  {}", record.dir.path()));
            say_told(context, told);
            print_line(&format!("let it go: perfteam resource release {}", word(&self.name)));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn say_waiting(
        &self,
        context: &Context,
        queue: &Queue<'_>,
        record: &Record,
        reservation: &Reservation,
        told: usize,
    ) -> Result<ExitCode, Failure> {
        let id = &reservation.head.id;
        if context.is_json() {
            context.answer(&ReserveV1 {
                id: id.to_string(),
                path: record.dir.path(),
                resource: reservation.head.resource.clone(),
                reservation: ReservationV1::new(reservation, queue),
                place: queue.place(id),
                claim: None,
                told,
            })?;
            return Ok(Exit::Held.into());
        }
        let title = shown_line(&reservation.head.title);
        let why = match queue.verdict(id) {
            Some(Verdict::Held(holders)) => format!("{} has it", names(&holders)),
            Some(Verdict::Behind(ahead, until)) => {
                format!("{} goes first until {}", ahead.head.from, until.minute())
            }
            _ => "it is taken".to_owned(),
        };
        let expected = queue.expected(id).map(|at| at.minute()).unwrap_or_default();
        let place = queue.place(id).unwrap_or(1);
        print_line(&format!("you wait for {title}, place {place}, expected {expected}: {why}"));
        print_line(&format!("  {}", record.dir.path()));
        say_told(context, told);
        print_line(&format!("take it when it is your turn: perfteam resource reserve {}", word(&self.name)));
        Ok(Exit::Held.into())
    }
}

/// Somebody has it whose reservation is not in sight: one's own is written, and waits.
fn wait_for_unseen(context: &Context, failure: Failure, files: &[NewFile], name: &str) -> Failure {
    if failure.exit != Exit::Held {
        return failure;
    }
    match if files.is_empty() { Ok(()) } else { context.write(files).map(drop) } {
        Ok(()) => {
            failure.hint(format!("you wait for it; try again: perfteam resource reserve {}", word(name)))
        }
        Err(unwritten) => unwritten,
    }
}

/// The step that ends a reservation which its own agent replaces by another.
fn asked_anew(context: &Context, actor: &Handle, new: &Reservation) -> Step {
    let note = format!("Asked for anew, with impact {}: {}.", new.head.impact, new.head.id);
    Step::new("withdrawn", actor, context.now, &note)
}

/// The file of a new head.
fn head_of(record: &Record) -> NewFile {
    let text = record.head.as_ref().map(document::write).unwrap_or_default();
    NewFile { path: format!("{}/{}", record.dir.path(), Resources.head_file()), text }
}

fn held_by_oneself(reservation: &Reservation) -> Failure {
    let until = reservation.lock().map(|lock| lock.until.to_string()).unwrap_or_default();
    let head = &reservation.head;
    Failure::new(Exit::Held, format!("{} holds {} until {until}", head.from, head.title))
        .why("several processes may share a handle; one of them has it")
        .hint(format!(
            "if it is yours and needs longer: perfteam resource reserve {} --renew",
            word(&head.title)
        ))
        .hint(format!("let it go: perfteam resource release {}", word(&head.title)))
}

fn say_told(context: &Context, told: usize) {
    if told > 0 && !context.is_json() {
        print_line(&format!("told by a flag: {}", counted(told, "agent")));
    }
}
