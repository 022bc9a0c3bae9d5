//! `perfteam flag lock`.

use std::process::ExitCode;

use clap::{ArgGroup, Args};
use schemars::JsonSchema;
use serde::Serialize;

use super::create::head_file;
use super::input::{Texts, require};
use super::{open_record, take_step};
use crate::cli::context::{Context, print_line, unknown_agent};
use crate::cli::failure::Failure;
use crate::cli::inbox::sorted;
use crate::cli::reach::ReachArgs;
use crate::cli::taking::{Taking, lease_end};
use crate::domain::draft::Step;
use crate::domain::flag::{CHANGE_LEAST, FlagHead, Flags, INFORMATION_REQUEST, QUESTION_LEAST};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::lease::{LockedDetails, RenewedDetails};
use crate::domain::record::Record;
use crate::domain::text::{headline, shown_line};
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

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LockedMineV1 {
    until: String,
    flags: Vec<LockedFlagV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LockedFlagV1 {
    id: String,
    path: String,
    file: String,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AwaitingV1 {
    id: String,
    path: String,
    event: &'static str,
    file: String,
    request: RequestV1,
    staged: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
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
        if self.mine {
            return self.lock_mine(context, &actor);
        }
        let (scan, _, record) = open_record(context, self.id.as_deref().unwrap_or_default())?;
        if self.renew {
            let details = RenewedDetails { lease_until: lease_end(context)? };
            let step = Step::new("renewed", &actor, context.now, &self.note).with(&details);
            take_step(context, &scan, &record, &step)?;
            return Ok(ExitCode::SUCCESS);
        }
        match &self.awaiting {
            Some(asked) => self.lock_awaiting(context, &actor, asked, &scan, &record)?,
            None => {
                let step = self.step(context, &actor, None)?;
                Taking::new(context, &scan, &actor, &self.reach)?.one(&record, step)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn step(&self, context: &Context, actor: &Handle, awaiting: Option<RecordId>) -> Result<Step, Failure> {
        let details = LockedDetails { awaiting, ..LockedDetails::until(lease_end(context)?) };
        Ok(Step::new("locked", actor, context.now, &self.note).with(&details))
    }

    fn lock_mine(&self, context: &Context, actor: &Handle) -> Result<ExitCode, Failure> {
        let scan = context.scan()?;
        let waiting: Vec<&Brief> = sorted(&scan.snapshot, &Flags, std::slice::from_ref(actor), context.now)
            .into_iter()
            .filter(|brief| scan.snapshot.standing(brief, context.now).is_unprocessed())
            .collect();
        let records: Vec<Record> =
            waiting.iter().map(|brief| context.record(&brief.dir)).collect::<Result<_, _>>()?;
        let step = self.step(context, actor, None)?;
        let taking: Vec<(&Record, Step)> = records.iter().map(|record| (record, step.clone())).collect();
        let taken = Taking::new(context, &scan, actor, &self.reach)?.all(&taking, &[])?;
        let locked: Vec<(&Brief, &NewFile)> = waiting
            .iter()
            .zip(&taken.planned)
            .filter_map(|(brief, planned)| Some((*brief, planned.as_ref()?.file())))
            .collect();
        let until = lease_end(context)?;
        if context.is_json() {
            let flags = locked.iter().map(|(brief, file)| LockedFlagV1 {
                id: brief.id.to_string(),
                path: brief.dir.path(),
                file: file.path.clone(),
            });
            context.answer(&LockedMineV1 { until: until.to_string(), flags: flags.collect() })?;
        } else if waiting.is_empty() {
            print_line(&format!("nothing waits for {actor}"));
        } else {
            let short = scan.snapshot.short_ids();
            print_line(&format!("locked {} until {until}", locked.len()));
            for (brief, _) in locked {
                print_line(&format!("  {}  {}", short.short(&brief.id), shown_line(&brief.title)));
            }
        }
        taken.lost.map_or(Ok(ExitCode::SUCCESS), Err)
    }

    /// Raises the request first: a lock that awaits what isn't there would never end.
    fn lock_awaiting(
        &self,
        context: &Context,
        actor: &Handle,
        asked: &Handle,
        scan: &Scan,
        record: &Record,
    ) -> Result<(), Failure> {
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
        let step = self.step(context, actor, Some(head.id.clone()))?;
        let taking = Taking::new(context, scan, actor, &self.reach)?;
        let (locked, staging) = taking.after(record, step, &[request])?;
        let file = locked.file().path.clone();
        if context.is_json() {
            return context.answer(&AwaitingV1 {
                id: brief.id.to_string(),
                path: brief.dir.path(),
                event: "locked",
                file,
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
        print_line(&format!("  {file}"));
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
