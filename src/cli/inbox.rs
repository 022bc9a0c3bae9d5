//! `perfteam inbox`: what waits for me, in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::Failure;
use super::lost_locks::warn_of_lost_locks;
use super::view::{BriefV1, SightArgs, brief_line, limit, warn_of_faults};
use crate::domain::flag::Flags;
use crate::domain::handle::Handle;
use crate::domain::identity::Identity;
use crate::domain::kind::{Brief, KINDS, Kind};
use crate::domain::snapshot::{ShortIds, Snapshot, Team};
use crate::domain::text::shown_line;
use crate::domain::time::Timestamp;

/// How many records of a kind are shown as text unless told otherwise.
const SHOWN: usize = 20;

/// Show what waits for you: unlocked before locked, critical to low, oldest first
///
/// Flags come first, then, for a lead, the disputes to decide, then the tasks that are yours, then
/// those that you asked for and nothing is heard of. Last comes what is open for agents who have
/// retired and whom you follow: it holds nobody back until you hand it on to yourself, or to whom it
/// suits.
///
/// Run it before any other work. Without a handle it is your own inbox; who you are is told by
/// --as, PERFTEAM_AGENT, `git config perfteam.agent`, or your e-mail address in the roster.
#[derive(Debug, Args)]
pub struct Inbox {
    /// The agent whose inbox it is
    #[arg(value_name = "@HANDLE")]
    agent: Option<Handle>,
    /// Show at most so many
    #[arg(long, value_name = "N", value_parser = limit)]
    limit: Option<usize>,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InboxV1 {
    agents: Vec<String>,
    /// How many flags wait unprocessed.
    waiting: usize,
    /// How many flags are open, held ones included.
    total: usize,
    /// What is open, by the name of its kind's folder: `flags`, `tasks`.
    #[serde(flatten)]
    kinds: BTreeMap<&'static str, Vec<BriefV1>>,
    /// The disputed findings that these agents decide, as leads.
    disputes: Vec<BriefV1>,
    /// What these agents asked for and nothing is heard of.
    silent: Vec<BriefV1>,
    /// What is open for agents who have retired and whom these follow.
    inherited: Vec<BriefV1>,
}

impl Inbox {
    /// Prints the inbox.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let agents = agents(context, self.agent.as_ref())?;
        let scan = context.scan_live()?;
        let mail = Mail::of(&scan.snapshot, context.team()?, &agents, context.now);
        if context.is_json() {
            context.answer(&self.json(&mail, &agents))?;
        } else {
            self.print(&mail, &agents);
        }
        warn_of_lost_locks(context, &scan.snapshot)?;
        warn_of_faults(&scan.faults);
        Ok(ExitCode::SUCCESS)
    }

    fn json(&self, mail: &Mail<'_>, agents: &[Handle]) -> InboxV1 {
        let limit = self.limit.unwrap_or(usize::MAX);
        let views = |briefs: &[&Brief]| -> Vec<BriefV1> {
            let shown = briefs.iter().take(limit);
            shown.map(|brief| BriefV1::new(brief, mail.snapshot, &mail.short, mail.now)).collect()
        };
        let work = mail.work.iter().map(|(kind, briefs)| (kind.folder(), views(briefs)));
        InboxV1 {
            agents: agents.iter().map(Handle::to_string).collect(),
            waiting: mail.waiting,
            total: mail.flags.len(),
            kinds: [(Flags.folder(), views(&mail.flags))].into_iter().chain(work).collect(),
            disputes: views(&mail.disputes),
            silent: views(&mail.silent),
            inherited: views(&mail.inherited),
        }
    }

    fn print(&self, mail: &Mail<'_>, agents: &[Handle]) {
        let names: Vec<String> = agents.iter().map(Handle::to_string).collect();
        let names = names.join(", ");
        if mail.is_empty() {
            print_line(&format!("nothing waits for {names}"));
            return;
        }
        if !mail.flags.is_empty() {
            let held = mail.flags.len() - mail.waiting;
            let held_words = if held > 0 { format!(", {held} locked") } else { String::new() };
            let verb = if mail.waiting == 1 { "waits" } else { "wait" };
            self.print_part(
                mail,
                agents,
                &format!("{} {verb} for {names}{held_words}", mail.waiting),
                &mail.flags,
            );
        }
        if !mail.disputes.is_empty() {
            let plural = if mail.disputes.len() == 1 { "" } else { "s" };
            let heading = format!("{} dispute{plural} for {names} to decide", mail.disputes.len());
            self.print_part(mail, agents, &heading, &mail.disputes);
        }
        for (kind, briefs) in mail.work.iter().filter(|(_, briefs)| !briefs.is_empty()) {
            let plural = if briefs.len() == 1 { "" } else { "s" };
            let heading = format!("{} {}{plural} for {names}", briefs.len(), kind.name());
            self.print_part(mail, agents, &heading, briefs);
        }
        if !mail.silent.is_empty() {
            let heading = format!("silent, though {names} asked for reports");
            self.print_part(mail, agents, &heading, &mail.silent);
        }
        self.print_inherited(mail, agents);
        if let Some(first) = mail.first() {
            let id = shown_line(mail.short.short(&first.id));
            print_line(&format!("next: {}", first.dir.kind().look(&id)));
        }
    }

    /// What holds nobody back until it is handed on, and would be forgotten if nobody did.
    fn print_inherited(&self, mail: &Mail<'_>, agents: &[Handle]) {
        let Some(first) = mail.inherited.first() else { return };
        let former: BTreeSet<String> = mail.inherited.iter().map(|brief| brief.to_word()).collect();
        let former: Vec<String> = former.into_iter().collect();
        self.print_part(mail, agents, &format!("inherited from {}", former.join(", ")), &mail.inherited);
        let heir = first.to.as_ref().and_then(|to| mail.team.roster.successor(to));
        if let (Some(heir), Some(pass_on)) = (heir, first.dir.kind().verbs().pass_on) {
            let id = mail.short.short(&first.id);
            print_line(&format!("take it over: perfteam {} {pass_on} {id} --to {heir}", first.kind_name()));
        }
    }

    fn print_part(&self, mail: &Mail<'_>, agents: &[Handle], heading: &str, briefs: &[&Brief]) {
        print_line(heading);
        print_line("");
        let limit = self.limit.unwrap_or(SHOWN);
        for brief in briefs.iter().take(limit) {
            print_line(&brief_line(brief, mail.snapshot, &mail.short, mail.now));
        }
        print_line("");
        if briefs.len() > limit {
            let more = briefs.len() - limit;
            print_line(&format!("and {more} more: perfteam inbox {} --limit {}", agents[0], briefs.len()));
        }
    }
}

/// What concerns some agents.
pub(super) struct Mail<'a> {
    snapshot: &'a Snapshot,
    pub(super) short: ShortIds,
    now: Timestamp,
    /// The flags for them.
    flags: Vec<&'a Brief>,
    /// How many of those wait.
    waiting: usize,
    /// The disputes that wait for their decision.
    disputes: Vec<&'a Brief>,
    /// The other records for them, by kind.
    work: Vec<(&'static dyn Kind, Vec<&'a Brief>)>,
    /// What they asked for and nothing is heard of.
    silent: Vec<&'a Brief>,
    /// What is for agents who have retired and whom they follow.
    inherited: Vec<&'a Brief>,
    team: &'a Team,
}

impl<'a> Mail<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, team: &'a Team, agents: &[Handle], now: Timestamp) -> Mail<'a> {
        let flags = sorted(snapshot, &Flags, agents, now);
        let others = KINDS.iter().filter(|kind| kind.name() != Flags.name() && kind.verbs().take.is_some());
        let silent = snapshot.open.iter().filter(|brief| {
            agents.contains(&brief.from)
                && !brief.is_for_any(agents)
                && brief.plan.as_ref().is_some_and(|plan| plan.silence(now).is_some())
        });
        let follows =
            |handle: &Handle| team.roster.successor(handle).is_some_and(|heir| agents.contains(&heir));
        let is_inherited =
            |brief: &&Brief| !brief.is_for_any(agents) && brief.to.as_ref().is_some_and(follows);
        let mut inherited: Vec<&Brief> = snapshot.open.iter().filter(is_inherited).collect();
        inherited.sort_by_key(|brief| (brief.impact, brief.at, brief.id.clone()));
        Mail {
            snapshot,
            inherited,
            team,
            disputes: disputes(snapshot, team, agents),
            short: snapshot.short_ids(),
            now,
            waiting: flags.iter().filter(|brief| is_waiting(snapshot, brief, now)).count(),
            work: others.map(|kind| (*kind, sorted(snapshot, *kind, agents, now))).collect(),
            silent: silent.collect(),
            flags,
        }
    }

    fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// What waits and is not begun, in its order.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &'a Brief> {
        let work = self.work.iter().flat_map(|(_, briefs)| briefs);
        let (snapshot, now) = (self.snapshot, self.now);
        let mine = self
            .flags
            .iter()
            .chain(&self.disputes)
            .chain(work)
            .filter(move |brief| is_waiting(snapshot, brief, now));
        mine.chain(&self.silent).chain(&self.inherited).copied()
    }

    /// What comes first.
    fn first(&self) -> Option<&'a Brief> {
        let work = self.work.iter().flat_map(|(_, briefs)| briefs);
        self.flags
            .iter()
            .chain(&self.disputes)
            .chain(work)
            .chain(&self.silent)
            .chain(&self.inherited)
            .next()
            .copied()
    }
}

/// The agent who is asked for, else all by whom the command may be run.
pub fn agents(context: &Context, given: Option<&Handle>) -> Result<Vec<Handle>, Failure> {
    if let Some(agent) = given {
        let roster = &context.team()?.roster;
        if !roster.contains(agent) {
            return Err(context.unknown_agent(agent, "given as argument")?);
        }
        return Ok(vec![agent.clone()]);
    }
    match context.identity()? {
        Identity::Shared(handles, _) => Ok(handles),
        _ => Ok(vec![context.actor()?]),
    }
}

fn is_waiting(snapshot: &Snapshot, brief: &Brief, now: Timestamp) -> bool {
    snapshot.standing(brief, now).is_unprocessed()
}

/// What of a kind is open for `agents`, in the order in which it should be worked off.
pub fn sorted<'a>(
    snapshot: &'a Snapshot,
    kind: &dyn Kind,
    agents: &[Handle],
    now: Timestamp,
) -> Vec<&'a Brief> {
    let is_mine = |brief: &&Brief| brief.is_for_any(agents) && brief.kind_name() == kind.name();
    let mut mine: Vec<&Brief> = snapshot.open.iter().filter(is_mine).collect();
    let deadline = |brief: &Brief| brief.plan.as_ref().and_then(|plan| plan.deadline);
    mine.sort_by_cached_key(|brief| {
        let (is_begun, due) = (!is_waiting(snapshot, brief, now), deadline(brief));
        (is_begun, brief.impact, brief.at, due.is_none(), due, brief.id.clone())
    });
    mine
}

/// The disputes that one of `agents` decides as a lead, the worst first.
pub(super) fn disputes<'a>(snapshot: &'a Snapshot, team: &Team, agents: &[Handle]) -> Vec<&'a Brief> {
    if !agents.iter().any(|agent| team.policy.is_lead(agent)) {
        return Vec::new();
    }
    let mut disputes: Vec<&Brief> =
        snapshot.open.iter().filter(|brief| brief.disputed_since().is_some()).collect();
    disputes.sort_by_key(|brief| (brief.impact, brief.disputed_since(), brief.id.clone()));
    disputes
}
