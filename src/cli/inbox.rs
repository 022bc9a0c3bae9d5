//! `perfteam inbox`: what waits for me, in which order.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::Failure;
use super::view::{BriefV1, SightArgs, brief_line, limit, warn_of_faults};
use crate::domain::handle::Handle;
use crate::domain::identity::Identity;
use crate::domain::kind::Brief;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::shown_line;
use crate::domain::time::Timestamp;

/// How many flags are shown as text unless told otherwise.
const SHOWN: usize = 20;

/// Show what waits for you: unlocked before locked, critical to low, oldest first
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

#[derive(Debug, Serialize)]
struct InboxV1 {
    version: u32,
    agents: Vec<String>,
    /// How many wait unprocessed.
    waiting: usize,
    /// How many are open, held ones included.
    total: usize,
    flags: Vec<BriefV1>,
}

impl Inbox {
    /// Prints the inbox.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let agents = self.agents(context)?;
        let scan = context.scan()?;
        let snapshot = &scan.snapshot;
        let mine = sorted(snapshot, &agents, context.now);
        let waiting = mine.iter().filter(|brief| is_waiting(snapshot, brief, context.now)).count();
        if context.is_json() {
            let short = snapshot.short_ids();
            let shown = mine.iter().take(self.limit.unwrap_or(usize::MAX));
            context.print_json(&InboxV1 {
                version: 1,
                agents: agents.iter().map(Handle::to_string).collect(),
                waiting,
                total: mine.len(),
                flags: shown.map(|brief| BriefV1::new(brief, snapshot, &short, context.now)).collect(),
            })?;
        } else {
            self.print(snapshot, &agents, &mine, waiting, context.now);
        }
        warn_of_faults(&scan.faults);
        Ok(ExitCode::SUCCESS)
    }

    fn agents(&self, context: &Context) -> Result<Vec<Handle>, Failure> {
        if let Some(agent) = &self.agent {
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

    fn print(&self, snapshot: &Snapshot, agents: &[Handle], mine: &[&Brief], waiting: usize, now: Timestamp) {
        let names: Vec<String> = agents.iter().map(Handle::to_string).collect();
        let names = names.join(", ");
        let held = mine.len() - waiting;
        if mine.is_empty() {
            print_line(&format!("nothing waits for {names}"));
            return;
        }
        let held_words = if held > 0 { format!(", {held} locked") } else { String::new() };
        print_line(&format!(
            "{waiting} {} for {names}{held_words}",
            if waiting == 1 { "waits" } else { "wait" }
        ));
        print_line("");
        let short = snapshot.short_ids();
        let limit = self.limit.unwrap_or(SHOWN);
        for brief in mine.iter().take(limit) {
            print_line(&brief_line(brief, snapshot, &short, now));
        }
        print_line("");
        if mine.len() > limit {
            let more = mine.len() - limit;
            print_line(&format!("and {more} more: perfteam inbox {} --limit {}", agents[0], mine.len()));
        }
        if let Some(first) = mine.first() {
            print_line(&format!("next: perfteam flag show {}", shown_line(short.short(&first.id))));
        }
    }
}

fn is_waiting(snapshot: &Snapshot, brief: &Brief, now: Timestamp) -> bool {
    snapshot.standing(brief, now).is_unprocessed()
}

/// What is open for `agents`, in the order in which it should be worked off.
pub fn sorted<'a>(snapshot: &'a Snapshot, agents: &[Handle], now: Timestamp) -> Vec<&'a Brief> {
    let mut mine: Vec<&Brief> = snapshot.open.iter().filter(|brief| agents.contains(&brief.to)).collect();
    mine.sort_by_key(|brief| (!is_waiting(snapshot, brief, now), brief.impact, brief.at, brief.id.clone()));
    mine
}
