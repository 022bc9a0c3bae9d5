//! `perfteam investigate list`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::state_filter::StateFilter;
use crate::cli::view::{BriefV1, SightArgs, brief_line, limit, warn_of_faults};
use crate::domain::investigation::{Investigations, Phase};
use crate::domain::kind::{Brief, Kind};
use crate::domain::level::Level;
use crate::domain::record::RecordDir;

/// List investigations, the most urgent first; the open ones unless a state is given
#[derive(Debug, Args)]
pub struct List {
    /// Only those about this system
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// Only those that matter at least so much
    #[arg(long, value_name = "LEVEL")]
    priority: Option<Level>,
    /// evidence, synthesis, implementation, validation, learning, closed, withdrawn, open or all
    /// [default: open]
    #[arg(long, value_name = "STATE", value_parser = parse_state)]
    status: Option<StateFilter>,
    /// Show at most so many
    #[arg(long, value_name = "N", value_parser = limit)]
    limit: Option<usize>,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

fn parse_state(text: &str) -> Result<StateFilter, String> {
    StateFilter::parse(text, &Phase::WORDS, &["closed", "withdrawn"])
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListV1 {
    /// How many there are, whatever `--limit` says.
    total: usize,
    investigations: Vec<BriefV1>,
}

impl List {
    /// Prints the list.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let scan = context.scan()?;
        let filter = self.status.unwrap_or_default();
        let is_one = |dir: &RecordDir| dir.kind().name() == Investigations.name();
        let closed: Vec<RecordDir> = match filter.wants_closed() {
            true => scan.snapshot.closed.iter().filter(|dir| is_one(dir)).cloned().collect(),
            false => Vec::new(),
        };
        let mut found = context.briefs(&closed)?;
        found.extend(scan.snapshot.open.iter().filter(|brief| is_one(&brief.dir)).cloned());
        found.retain(|brief| filter.takes(brief) && self.takes(brief));
        found.sort_by_cached_key(|brief| (brief.closed, brief.impact, brief.at, brief.id.clone()));
        let total = found.len();
        found.truncate(self.limit.unwrap_or(usize::MAX));
        let short = scan.snapshot.short_ids();
        if context.is_json() {
            let view = |brief: &Brief| BriefV1::new(brief, &scan.snapshot, &short, context.now);
            let investigations = found.iter().map(view).collect();
            context.answer(&ListV1 { total, investigations })?;
        } else if found.is_empty() {
            print_line("no such investigations");
        } else {
            for brief in &found {
                print_line(&brief_line(brief, &scan.snapshot, &short, context.now));
            }
            if total > found.len() {
                print_line(&format!("and {} more: --limit {total}", total - found.len()));
            }
        }
        warn_of_faults(&scan.faults);
        Ok(ExitCode::SUCCESS)
    }

    fn takes(&self, brief: &Brief) -> bool {
        let is_about = |system: &String| brief.class.split(", ").any(|own| own == system);
        self.system.as_ref().is_none_or(is_about) && self.priority.is_none_or(|least| brief.impact <= least)
    }
}
