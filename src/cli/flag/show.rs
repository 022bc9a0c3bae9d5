//! `perfteam flag show`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::open_record;
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::steps::unreadable;
use crate::cli::view::{BriefV1, SightArgs, level_style, state_words};
use crate::domain::document::Meta;
use crate::domain::event::Event;
use crate::domain::flag::Flag;
use crate::domain::handle::Handle;
use crate::domain::record::{Folded, Record};
use crate::domain::text::{shown_line, shown_text};
use crate::store::work_tree::Scan;

/// Show a flag with everything that happened to it
#[derive(Debug, Args)]
pub struct Show {
    /// The id, or its beginning
    id: String,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

#[derive(Debug, Serialize)]
struct FlagV1 {
    version: u32,
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

#[derive(Debug, Serialize)]
struct EventV1 {
    file: String,
    event: String,
    by: String,
    at: String,
    seq: u32,
    after: Vec<String>,
    details: Meta,
    note: String,
    superseded: bool,
}

impl Show {
    /// Prints the flag.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let (scan, dir, record) = open_record(context, &self.id)?;
        let folded = Flag::fold(&record).map_err(|_| unreadable(&dir))?;
        if context.is_json() {
            context.print_json(&json(context, &scan, &record, folded).ok_or_else(|| unreadable(&dir))?)?;
        } else {
            print(context, &scan, &record, &folded);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn json(context: &Context, scan: &Scan, record: &Record, folded: Folded<Flag>) -> Option<FlagV1> {
    let brief = record.dir.kind().brief(record)?;
    let flag = folded.state;
    let events = record.events.iter().map(|event| EventV1 {
        file: record.dir.event_path(&event.name),
        event: event.front.event.clone(),
        by: event.front.by.to_string(),
        at: event.front.at.to_string(),
        seq: event.front.seq,
        after: event.front.after.iter().map(ToString::to_string).collect(),
        details: event.details.clone(),
        note: event.note().to_owned(),
        superseded: folded.superseded.contains(&event.name),
    });
    Some(FlagV1 {
        version: 1,
        brief: BriefV1::new(&brief, &scan.snapshot, &scan.snapshot.short_ids(), context.now),
        events: events.collect(),
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
    let line = |label: &str, text: &str| print_line(&format!("{label:<10}{}", shown_line(text)));
    let bold = anstyle::Style::new().bold();
    let style = level_style(head.impact);
    print_line(&format!("{bold}{}{bold:#}", shown_line(&head.title)));
    print_line(&format!("{:<10}{} (in {})", "id", head.id, record.dir.path()));
    line("type", &head.class);
    print_line(&format!("{:<10}{style}{}{style:#}", "impact", head.impact));
    line("from", &head.from.to_string());
    line("to", &addressee(context, &flag.addressee));
    line("raised", &head.at.to_string());
    if let Some(brief) = record.dir.kind().brief(record) {
        line("state", &state_line(context, scan, &brief));
    }
    if let Some(origin) = scan.snapshot.elsewhere.get(&record.dir) {
        line("seen", &origin.to_string());
        origin.get().iter().for_each(|get| line("get it", get));
    }
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
    if !record.events.is_empty() {
        print_line(&format!("\n{bold}Events{bold:#}"));
        record.events.iter().for_each(|event| print_event(event, folded.superseded.contains(&event.name)));
    }
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

fn print_keys(label: &str, keys: &Meta) {
    for (key, value) in keys {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        print_line(&format!("{label:<10}{}: {}", shown_line(key), shown_line(&value)));
    }
}

fn print_text(title: &str, text: &str) {
    if !text.is_empty() {
        let bold = anstyle::Style::new().bold();
        print_line(&format!("\n{bold}{title}{bold:#}\n{}", shown_text(text)));
    }
}

fn print_event(event: &Event, superseded: bool) {
    let without_effect = if superseded { "  (without effect: an earlier event had decided)" } else { "" };
    print_line(&format!(
        "{}  {} by {}{without_effect}",
        event.front.at,
        shown_line(&event.front.event),
        event.front.by
    ));
    for (key, value) in &event.details {
        print_line(&format!(
            "    {}: {}",
            shown_line(key),
            shown_line(value.as_str().unwrap_or(&value.to_string()))
        ));
    }
    for text in
        [event.note()].into_iter().chain(event.body.sections.iter().map(|section| section.text.as_str()))
    {
        shown_text(text).lines().for_each(|line| print_line(&format!("    {line}")));
    }
}
