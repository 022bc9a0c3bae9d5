//! `perfteam task list`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::Dependencies;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::state_filter::StateFilter;
use crate::cli::view::{BriefV1, ObstacleV1, SightArgs, brief_line, limit, obstacle_words, warn_of_faults};
use crate::domain::agenda::Agenda;
use crate::domain::handle::Handle;
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::RecordDir;
use crate::domain::task::{Status, Tasks};
use crate::domain::text::shown_line;
use crate::store::work_tree::Scan;

/// List tasks, the most urgent first; the open ones unless a state is given
///
/// Silent tasks, of which no report came in time, and overdue ones say so.
#[derive(Debug, Args)]
pub struct List {
    /// Only those that can be started now
    #[arg(long, conflicts_with_all = ["blocked", "status"])]
    ready: bool,
    /// Only those that something keeps from going on, with what it is
    #[arg(long, conflicts_with = "status")]
    blocked: bool,
    /// Only those that are nobody's and wait for this specialist
    #[arg(long, value_name = "@HANDLE")]
    waiting_for: Option<Handle>,
    /// Only those of which no report came in time
    #[arg(long)]
    silent: bool,
    /// Only those of this agent
    #[arg(long, value_name = "@HANDLE")]
    to: Option<Handle>,
    /// Only those that this agent asked for
    #[arg(long, value_name = "@HANDLE")]
    from: Option<Handle>,
    /// Only those about this system
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// pending, in_progress, blocked, completed, cancelled, open, closed or all [default: open]
    #[arg(long, value_name = "STATE", value_parser = parse_state)]
    status: Option<StateFilter>,
    /// Show at most so many
    #[arg(long, value_name = "N", value_parser = limit)]
    limit: Option<usize>,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

fn parse_state(text: &str) -> Result<StateFilter, String> {
    StateFilter::parse(text, &Status::WORDS, &["completed", "cancelled"])
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListV1 {
    /// How many there are, whatever `--limit` says.
    total: usize,
    tasks: Vec<TaskV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListedTaskV1")]
struct TaskV1 {
    #[serde(flatten)]
    brief: BriefV1,
    /// Whether it can be started now.
    ready: bool,
    /// What must be done first.
    waits_for: Vec<ObstacleV1>,
}

impl List {
    /// Prints the list.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let scan = context.scan()?;
        let filter = self.status.unwrap_or_default();
        let dependencies = Dependencies::of(context, &scan)?;
        let closed = if filter.wants_closed() { closed_tasks(context, &scan)? } else { Vec::new() };
        let agenda = dependencies.agenda(&closed);
        let mut found: Vec<&Brief> = scan
            .snapshot
            .open
            .iter()
            .chain(&closed)
            .filter(|brief| brief.kind_name() == Tasks.name() && filter.takes(brief))
            .filter(|brief| self.takes(context, &agenda, brief))
            .collect();
        if found.is_empty() {
            context.refuse_nobody(&[
                (&self.to, "given by --to"),
                (&self.from, "given by --from"),
                (&self.waiting_for, "given by --waiting-for"),
            ])?;
        }
        found.sort_by_cached_key(|brief| (brief.closed, agenda.urgency(brief)));
        let total = found.len();
        found.truncate(self.limit.unwrap_or(usize::MAX));
        let short = scan.snapshot.short_ids();
        if context.is_json() {
            let tasks = found.iter().map(|brief| TaskV1 {
                brief: BriefV1::new(brief, &scan.snapshot, &short, context.now),
                ready: agenda.is_ready(brief),
                waits_for: agenda.obstacles(brief).iter().map(ObstacleV1::new).collect(),
            });
            context.answer(&ListV1 { total, tasks: tasks.collect() })?;
        } else if found.is_empty() {
            print_line("no such tasks");
        } else {
            for brief in &found {
                print_line(&brief_line(brief, &scan.snapshot, &short, context.now));
                if self.blocked {
                    print_obstacles(brief, &agenda, &short);
                }
            }
            if total > found.len() {
                print_line(&format!("and {} more: --limit {total}", total - found.len()));
            }
        }
        warn_of_faults(&scan.faults);
        Ok(ExitCode::SUCCESS)
    }

    fn takes<'a>(&self, context: &Context, agenda: &Agenda<'a>, brief: &'a Brief) -> bool {
        let Some(plan) = &brief.plan else { return false };
        let is_none_or = |wanted: &Option<Handle>, has: Option<&Handle>| {
            wanted.as_ref().is_none_or(|wanted| has == Some(wanted))
        };
        is_none_or(&self.to, brief.to.as_ref())
            && is_none_or(&self.from, Some(&brief.from))
            && is_none_or(&self.waiting_for, plan.specialist.as_ref())
            && self.system.as_ref().is_none_or(|system| plan.system.as_ref() == Some(system))
            && (!self.silent || plan.silence(context.now).is_some())
            && (!self.ready || agenda.is_ready(brief))
            && (!self.blocked || agenda.is_stuck(brief))
    }
}

fn closed_tasks(context: &Context, scan: &Scan) -> Result<Vec<Brief>, Failure> {
    let closed = scan.snapshot.closed.iter().filter(|dir| dir.kind().name() == Tasks.name());
    context.briefs(&closed.cloned().collect::<Vec<RecordDir>>())
}

fn print_obstacles(brief: &Brief, agenda: &Agenda<'_>, short: &crate::domain::snapshot::ShortIds) {
    if let Some(blocked) = brief.plan.as_ref().and_then(|plan| plan.blocked.as_ref()) {
        print_line(&format!("       blocked by {}: {}", blocked.by, shown_line(&blocked.reason)));
    }
    let Some(own) = agenda.get(&brief.id) else { return };
    for obstacle in agenda.obstacles(own) {
        print_line(&format!("       waits for {}", obstacle_words(&obstacle, short)));
    }
}
