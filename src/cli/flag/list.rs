//! `perfteam flag list`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::lost_locks::warn_of_lost_locks;
use crate::cli::state_filter::StateFilter;
use crate::cli::view::{BriefV1, SightArgs, brief_line, warn_of_faults};
use crate::domain::flag::{Flags, Status};
use crate::domain::handle::Handle;
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::RecordDir;

/// List flags; the open ones unless a state is given
#[derive(Debug, Args)]
pub struct List {
    /// Only those for this agent
    #[arg(long, value_name = "@HANDLE")]
    to: Option<Handle>,
    /// Only those that this agent raised
    #[arg(long, value_name = "@HANDLE")]
    from: Option<Handle>,
    /// pending, locked, completed, declined, withdrawn, open, closed or all [default: open]
    #[arg(long, value_name = "STATE", value_parser = parse_state)]
    status: Option<StateFilter>,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

fn parse_state(text: &str) -> Result<StateFilter, String> {
    StateFilter::parse(text, &Status::WORDS, &["completed", "declined", "withdrawn"])
}

fn is_flag(dir: &RecordDir) -> bool {
    dir.kind().name() == Flags.name()
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListV1 {
    flags: Vec<BriefV1>,
}

impl List {
    /// Prints the list, the most urgent first.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let scan = context.scan()?;
        let filter = self.status.unwrap_or_default();
        let closed = if filter.wants_closed() {
            let closed = scan.snapshot.closed.iter().filter(|dir| is_flag(dir));
            context.briefs(&closed.cloned().collect::<Vec<_>>())?
        } else {
            Vec::new()
        };
        let mut found: Vec<&Brief> = scan
            .snapshot
            .open
            .iter()
            .chain(&closed)
            .filter(|brief| is_flag(&brief.dir) && filter.takes(brief))
            .filter(|brief| self.to.as_ref().is_none_or(|to| brief.is_for(to)))
            .filter(|brief| self.from.as_ref().is_none_or(|from| brief.from == *from))
            .collect();
        if found.is_empty() {
            context.refuse_nobody(&[(&self.to, "given by --to"), (&self.from, "given by --from")])?;
        }
        found.sort_by_key(|brief| (brief.closed, brief.impact, brief.at, brief.id.clone()));
        if context.is_json() {
            let short = scan.snapshot.short_ids();
            let flags = found.iter().map(|brief| BriefV1::new(brief, &scan.snapshot, &short, context.now));
            context.answer(&ListV1 { flags: flags.collect() })?;
        } else if found.is_empty() {
            print_line("no such flags");
        } else {
            let short = scan.snapshot.short_ids();
            let line = |brief: &&Brief| brief_line(brief, &scan.snapshot, &short, context.now);
            found.iter().for_each(|brief| print_line(&line(brief)));
        }
        warn_of_lost_locks(context, &scan.snapshot)?;
        warn_of_faults(&scan.faults);
        Ok(ExitCode::SUCCESS)
    }
}
