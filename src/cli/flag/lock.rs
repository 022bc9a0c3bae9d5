//! `perfteam flag lock`.

use std::process::ExitCode;

use clap::{ArgGroup, Args};
use serde::Serialize;

use super::create::head_file;
use super::input::{Texts, require};
use super::{Said, judge, lock_of, open_record, say_step, seen_elsewhere, take_step, wanted};
use crate::cli::context::{Context, print_line, unknown_agent};
use crate::cli::failure::{Exit, Failure};
use crate::cli::inbox::sorted;
use crate::cli::lease::{Lease, Lessor, Wanted};
use crate::cli::reach::ReachArgs;
use crate::domain::claim::{GRACE, Subject};
use crate::domain::draft::Step;
use crate::domain::flag::{
    CHANGE_LEAST, FlagHead, INFORMATION_REQUEST, LockedDetails, QUESTION_LEAST, RenewedDetails,
};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::record::{Record, RecordDir};
use crate::domain::snapshot::Waiting;
use crate::domain::text::{headline, shown_line};
use crate::domain::time::Timestamp;
use crate::store::work_tree::Scan;
use crate::store::write::{NewFile, Staging};

/// Say that you work on a flag; the lock is a lease and ends by itself
///
/// A held flag can't be locked again, not even by the same agent: several processes may share a
/// handle. --awaiting asks another agent in the same step; the lock then lasts until the answer.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").args(["id", "mine"]).required(true)))]
pub struct Lock {
    /// The id, or its beginning
    id: Option<String>,
    /// Extend the lease of a lock that you hold
    #[arg(long, conflicts_with = "awaiting")]
    renew: bool,
    /// Lock everything that waits for you
    #[arg(long, conflicts_with_all = ["id", "renew", "awaiting"])]
    mine: bool,
    /// Ask this agent first; raises the information request in the same step
    #[arg(long, value_name = "@HANDLE", requires_all = ["change", "action"])]
    awaiting: Option<Handle>,
    /// With --awaiting: what it is about (50 meaningful characters)
    #[arg(long, value_name = "TEXT", requires = "awaiting")]
    change: Option<String>,
    /// With --awaiting: what you need to know (40 meaningful characters)
    #[arg(long, value_name = "TEXT", requires = "awaiting")]
    action: Option<String>,
    /// Why, or how
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
    #[command(flatten)]
    reach: ReachArgs,
}

#[derive(Debug, Serialize)]
struct LockedMineV1 {
    version: u32,
    until: String,
    flags: Vec<LockedFlagV1>,
}

#[derive(Debug, Serialize)]
struct LockedFlagV1 {
    id: String,
    path: String,
    file: String,
}

#[derive(Debug, Serialize)]
struct AwaitingV1 {
    version: u32,
    id: String,
    path: String,
    event: &'static str,
    file: String,
    request: RequestV1,
    staged: bool,
}

#[derive(Debug, Serialize)]
struct RequestV1 {
    id: String,
    path: String,
    to: String,
}

impl Lock {
    /// Locks.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        let _lock = context.lock()?;
        let locking = Locking {
            context,
            lessor: Lessor::new(context, &actor, &self.reach)?,
            actor,
            until: context.now.plus(context.team()?.policy.lease),
            note: &self.note,
        };
        if self.mine {
            return self.lock_mine(&locking);
        }
        let (scan, dir, record) = open_record(context, self.id.as_deref().unwrap_or_default())?;
        if self.renew {
            locking.renew(&scan, &record)?;
            return Ok(ExitCode::SUCCESS);
        }
        refuse_held(context, &scan, &dir, &record)?;
        match &self.awaiting {
            Some(asked) => self.lock_awaiting(&locking, asked, &scan, &record)?,
            None => locking.lock_one(&scan, &record)?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn lock_mine(&self, locking: &Locking<'_>) -> Result<ExitCode, Failure> {
        let context = locking.context;
        let scan = context.scan()?;
        let short = scan.snapshot.short_ids();
        let waiting: Vec<&Brief> = sorted(&scan.snapshot, std::slice::from_ref(&locking.actor), context.now)
            .into_iter()
            .filter(|brief| scan.snapshot.standing(brief, context.now).is_unprocessed())
            .collect();
        let records: Vec<Record> =
            waiting.iter().map(|brief| context.record(&brief.dir)).collect::<Result<_, _>>()?;
        let (files, lost) = locking.lock_all(&scan, &records)?;
        let locked: Vec<(&Brief, &NewFile)> =
            waiting.iter().zip(&files).filter_map(|(brief, file)| Some((*brief, file.as_ref()?))).collect();
        if context.is_json() {
            let flags = locked.iter().map(|(brief, file)| LockedFlagV1 {
                id: brief.id.to_string(),
                path: brief.dir.path(),
                file: file.path.clone(),
            });
            context.print_json(&LockedMineV1 {
                version: 1,
                until: locking.until.to_string(),
                flags: flags.collect(),
            })?;
        } else if waiting.is_empty() {
            print_line(&format!("nothing waits for {}", locking.actor));
        } else {
            print_line(&format!("locked {} until {}", locked.len(), locking.until));
            for (brief, _) in locked {
                print_line(&format!("  {}  {}", short.short(&brief.id), shown_line(&brief.title)));
            }
        }
        lost.map_or(Ok(ExitCode::SUCCESS), Err)
    }

    /// Raises the request first: a lock that awaits what isn't there would never end.
    fn lock_awaiting(
        &self,
        locking: &Locking<'_>,
        asked: &Handle,
        scan: &Scan,
        record: &Record,
    ) -> Result<(), Failure> {
        let (context, actor) = (locking.context, &locking.actor);
        let roster = &context.team()?.roster;
        if !roster.contains(asked) {
            return Err(unknown_agent(asked, roster, "given by --awaiting"));
        }
        if asked == actor {
            return Err(Failure::refused(format!("{asked} is who asks"))
                .why("a lock that awaits your own answer holds nobody but you")
                .hint("ask somebody else, or lock it without --awaiting"));
        }
        let texts = Texts { change: self.change.clone(), action: self.action.clone(), example: None };
        require("change", texts.change.as_deref(), CHANGE_LEAST, "what it is about")?;
        require("action", texts.action.as_deref(), QUESTION_LEAST, "what you need to know")?;
        let brief = record
            .dir
            .kind()
            .brief(record)
            .ok_or_else(|| Failure::refused("the flag's head can't be read"))?;
        let head = self.request_head(context, actor, asked, &brief);
        let (request_dir, request) = head_file(&head, &texts);
        let awaiting = Some(head.id.clone());
        let step = locking.claimed(scan, record, awaiting)?;
        let lock = locking.or_give_back(record, &step, context.plan_step(record, &step.step))?.file;
        let staging = locking.or_give_back(record, &step, context.write(&[request, lock.clone()]))?;
        if context.is_json() {
            return context.print_json(&AwaitingV1 {
                version: 1,
                id: brief.id.to_string(),
                path: brief.dir.path(),
                event: "locked",
                file: lock.path,
                request: RequestV1 {
                    id: head.id.to_string(),
                    path: request_dir.path(),
                    to: asked.to_string(),
                },
                staged: staging == Staging::Done,
            });
        }
        let short = scan.snapshot.short_ids().short(&brief.id).to_owned();
        print_line(&format!("locked {short} until {asked} answers {}", head.id));
        print_line(&format!("  {}", lock.path));
        print_line(&format!("  {}", request_dir.path()));
        Ok(())
    }

    fn request_head(&self, context: &Context, actor: &Handle, asked: &Handle, about: &Brief) -> FlagHead {
        FlagHead {
            id: RecordId::from_bits(context.bits()),
            class: INFORMATION_REQUEST.to_owned(),
            title: headline(self.action.as_deref().unwrap_or_default(), 72),
            from: actor.clone(),
            to: asked.clone(),
            impact: about.impact,
            at: context.now,
            files: Vec::new(),
            location: None,
            chain: Some(about.origin.clone()),
            parent: Some(about.id.clone()),
            once: None,
            context: Default::default(),
            extra: Default::default(),
        }
    }
}

/// What locking works with.
struct Locking<'a> {
    context: &'a Context,
    lessor: Lessor<'a>,
    actor: Handle,
    until: Timestamp,
    note: &'a str,
}

/// A step that may be written, because its claim was won.
struct Claimed {
    step: Step,
    lease: Lease,
}

impl Locking<'_> {
    fn lock_one(&self, scan: &Scan, record: &Record) -> Result<(), Failure> {
        let claimed = self.claimed(scan, record, None)?;
        let file = self.or_give_back(record, &claimed, self.context.plan_step(record, &claimed.step))?.file;
        let written = self.context.write(std::slice::from_ref(&file));
        let staging = self.or_give_back(record, &claimed, written)?;
        say_step(
            self.context,
            scan,
            record,
            &Said { step: &claimed.step, file, staging, lease: Some(&claimed.lease) },
        )
    }

    fn renew(&self, scan: &Scan, record: &Record) -> Result<(), Failure> {
        let step = Step::new("renewed", &self.actor, self.context.now, self.note)
            .with(&RenewedDetails { lease_until: self.until });
        judge(self.context, scan, record, &step)?;
        if let Some(lock) = lock_of(record) {
            self.lessor.extend(&wanted(scan, record), &lock, self.until)?;
        }
        take_step(self.context, scan, record, &step)
    }

    /// Judges the step, then claims the flag.
    fn claimed(&self, scan: &Scan, record: &Record, awaiting: Option<RecordId>) -> Result<Claimed, Failure> {
        judge(self.context, scan, record, &self.step(record, awaiting.clone(), None))?;
        let leases = self.lessor.take(&[wanted(scan, record)], self.until)?;
        let lease =
            leases.into_iter().next().unwrap_or_else(|| Err(Failure::refused("nothing was claimed")))?;
        Ok(Claimed { step: self.step(record, awaiting, Some(&lease)), lease })
    }

    /// Locks all that can be; for each record its event, and the first failure among the others.
    fn lock_all(
        &self,
        scan: &Scan,
        records: &[Record],
    ) -> Result<(Vec<Option<NewFile>>, Option<Failure>), Failure> {
        for record in records {
            judge(self.context, scan, record, &self.step(record, None, None))?;
        }
        let all: Vec<Wanted<'_>> = records.iter().map(|record| wanted(scan, record)).collect();
        let mut files = Vec::with_capacity(records.len());
        let mut failure = None;
        for (record, lease) in records.iter().zip(self.lessor.take(&all, self.until)?) {
            files.push(match lease {
                Ok(lease) => {
                    Some(self.context.plan_step(record, &self.step(record, None, Some(&lease)))?.file)
                }
                Err(lost) => {
                    failure.get_or_insert(lost);
                    None
                }
            });
        }
        let written: Vec<NewFile> = files.iter().flatten().cloned().collect();
        if !written.is_empty() {
            self.context.write(&written)?;
        }
        Ok((files, failure))
    }

    fn step(&self, record: &Record, awaiting: Option<RecordId>, lease: Option<&Lease>) -> Step {
        let ended = lock_of(record).filter(|lock| lock.awaiting.is_none()).map(|lock| lock.by);
        let details = LockedDetails {
            lease_until: self.until,
            awaiting,
            claim: lease.map(|lease| lease.nonce.clone()),
            took_over: ended.or_else(|| lease.and_then(|lease| lease.from.clone())),
        };
        let beyond = lease.and_then(|lease| lease.after.clone());
        Step { beyond, ..Step::new("locked", &self.actor, self.context.now, self.note).with(&details) }
    }

    /// Gives the claim back when what it was for could not be done.
    fn or_give_back<T>(
        &self,
        record: &Record,
        claimed: &Claimed,
        result: Result<T, Failure>,
    ) -> Result<T, Failure> {
        if result.is_err() {
            self.lessor.drop_claim(&Subject::record(&record.dir), &claimed.lease.nonce)?;
        }
        result
    }
}

/// A held flag can't be locked, not even by the same handle.
fn refuse_held(context: &Context, scan: &Scan, dir: &RecordDir, record: &Record) -> Result<(), Failure> {
    let Some(brief) = dir.kind().brief(record) else { return Ok(()) };
    let Some(lock) = &brief.lock else { return Ok(()) };
    if scan.snapshot.standing(&brief, context.now) != Waiting::Held {
        return Ok(());
    }
    let short = scan.snapshot.short_ids().short(&brief.id).to_owned();
    let until = match &lock.awaiting {
        Some(request) => format!("until {request} is answered"),
        None if lock.until <= context.now => {
            format!(
                "and may be followed from {} on: the lease ended at {}",
                lock.until.plus(GRACE),
                lock.until
            )
        }
        None => format!("until {}", lock.until),
    };
    let failure = Failure::new(Exit::Held, format!("{} holds flag {short} {until}", lock.by));
    Err(seen_elsewhere(context, failure, record, lock)
        .why("two who work on one flag undo each other, and several processes may share a handle")
        .hint(format!("if it is yours and needs longer: perfteam flag lock {short} --renew"))
        .hint(format!("see its story: perfteam flag show {short}")))
}
