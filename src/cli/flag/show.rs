//! `perfteam flag show`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::open_record;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::unreadable;
use crate::cli::story::{
    EventV1, events, line, print_events, print_heading, print_keys, print_place, print_text,
};
use crate::cli::view::{BriefV1, SightArgs, level_style, state_words};
use crate::domain::document::Meta;
use crate::domain::flag::Flag;
use crate::domain::handle::Handle;
use crate::domain::record::{Folded, Record};
use crate::store::work_tree::Scan;

/// Show a flag with everything that happened to it
#[derive(Debug, Args)]
pub struct Show {
    /// The id, or its beginning
    id: String,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FlagV1 {
    #[serde(flatten)]
    brief: BriefV1,
    files: Vec<String>,
    location: Option<String>,
    change: String,
    action: String,
    example: Option<String>,
    context: Meta,
    extra: Meta,
    events: Vec<EventV1>,
}

impl Show {
    /// Prints the flag.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let (scan, dir, record) = open_record(context, &self.id)?;
        let folded = Flag::fold(&record).map_err(|_| unreadable(&dir))?;
        if context.is_json() {
            context.answer(&json(context, &scan, &record, folded).ok_or_else(|| unreadable(&dir))?)?;
        } else {
            print(context, &scan, &record, &folded);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn json(context: &Context, scan: &Scan, record: &Record, folded: Folded<Flag>) -> Option<FlagV1> {
    let brief = record.dir.kind().brief(record)?;
    let flag = folded.state;
    let events = events(record, &folded.superseded);
    Some(FlagV1 {
        brief: BriefV1::new(&brief, &scan.snapshot, &scan.snapshot.short_ids(), context.now),
        events,
        files: flag.head.files,
        location: flag.head.location,
        change: flag.change,
        action: flag.action,
        example: flag.example,
        context: flag.head.context,
        extra: flag.head.extra,
    })
}

fn print(context: &Context, scan: &Scan, record: &Record, folded: &Folded<Flag>) {
    let flag = &folded.state;
    let head = &flag.head;
    let style = level_style(head.impact);
    print_heading(&head.title);
    print_line(&format!("{:<10}{} (in {})", "id", head.id, record.dir.path()));
    line("type", &head.class);
    print_line(&format!("{:<10}{style}{}{style:#}", "impact", head.impact));
    line("from", &head.from.to_string());
    line("to", &addressee(context, &flag.addressee));
    line("raised", &head.at.to_string());
    if let Some(brief) = record.dir.kind().brief(record) {
        line("state", &state_line(context, scan, &brief));
    }
    print_place(&scan.snapshot, &record.dir);
    head.files.iter().for_each(|file| line("file", file));
    head.location.iter().for_each(|location| line("location", location));
    if let Some(chain) = &head.chain {
        line("chain", &format!("{chain} (perfteam flag chain {chain})"));
    }
    print_keys("context", &head.context);
    print_keys("more", &head.extra);
    print_text("What changed", &flag.change);
    print_text("What to do", &flag.action);
    print_text("Example", flag.example.as_deref().unwrap_or_default());
    print_events(record, &folded.superseded);
}

/// The addressee, and who follows one that has retired.
fn addressee(context: &Context, handle: &Handle) -> String {
    let heir = context.team_if_any().ok().and_then(|team| team.roster.successor(handle));
    heir.map_or_else(|| handle.to_string(), |heir| format!("{handle} (has retired; {heir} follows)"))
}

fn state_line(context: &Context, scan: &Scan, brief: &crate::domain::kind::Brief) -> String {
    let word = state_words(brief, &scan.snapshot, context.now);
    match &brief.lock {
        Some(lock) => match &lock.awaiting {
            Some(request) => format!("{word} by {}, awaiting the answer to {request}", lock.by),
            None => format!("{word} by {} until {}", lock.by, lock.until),
        },
        None => word.to_owned(),
    }
}
