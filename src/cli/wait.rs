//! `perfteam wait`: waits in the foreground until something happens to records.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::{Exit, Failure};
use crate::domain::event::Event;
use crate::domain::id::RecordId;
use crate::domain::kind::Brief;
use crate::domain::record::{Record, RecordDir};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::shown_line;
use crate::domain::time::Span;

/// How long it pauses between two looks, at least and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// Wait until something happens to records, and print it
///
/// Looks at this work tree, all local branches and the other work trees, as far as `scope` says.
/// Exit code 4 when the time is over first.
#[derive(Debug, Args)]
pub struct Wait {
    /// The ids, or their beginnings; all of them are waited for
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// What to wait for
    #[arg(long = "for", value_enum, default_value_t)]
    event: Awaited,
    /// How long at most
    #[arg(long, value_name = "SPAN", default_value = "10m")]
    timeout: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Awaited {
    /// Its answer; of a flag that is locked until an answer comes, that answer
    Reply,
    /// Its end
    #[default]
    Closed,
    /// That nobody holds it
    Claim,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WaitV1 {
    happened: Vec<HappenedV1>,
    /// The ids of those to which it did not happen in time.
    missing: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct HappenedV1 {
    id: String,
    path: String,
    /// The event that did it; absent where it was so from the beginning.
    event: Option<String>,
    by: Option<String>,
    at: Option<String>,
    note: Option<String>,
}

impl Wait {
    /// Waits.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let end = Instant::now() + Duration::from_millis(self.timeout.millis().unsigned_abs());
        let mut open = self.targets(context)?;
        let mut happened = Vec::new();
        let mut pause = PAUSES.0;
        loop {
            // Each look is a command of its own: with its own time and its own view.
            let now = Context::new(context.global.clone());
            let found = self.look(&now, &mut open)?;
            if !context.is_json() {
                found.iter().for_each(print);
            }
            happened.extend(found);
            if open.is_empty() || Instant::now() >= end {
                break;
            }
            std::thread::sleep(pause.min(end.saturating_duration_since(Instant::now())));
            pause = (pause * 2).min(PAUSES.1);
        }
        self.finish(context, happened, &open)
    }

    fn finish(
        &self,
        context: &Context,
        happened: Vec<HappenedV1>,
        open: &[RecordDir],
    ) -> Result<ExitCode, Failure> {
        let missing: Vec<String> = open.iter().map(|dir| dir.id().to_string()).collect();
        if !context.is_json()
            && let Some(first) = open.first()
        {
            tell!("still waiting after {} for: {}", self.timeout, missing.join(", "));
            tell!("  try: {}", first.kind().look(&missing[0]));
        }
        if context.is_json() {
            context.answer(&WaitV1 { happened, missing })?;
        }
        Ok(if open.is_empty() { ExitCode::SUCCESS } else { Exit::Held.into() })
    }

    /// The records to look at: where an answer is awaited, the request instead of who asked.
    fn targets(&self, context: &Context) -> Result<Vec<RecordDir>, Failure> {
        let scan = context.scan()?;
        let mut targets = Vec::new();
        for id in &self.ids {
            let dir = context.find(&scan, id)?;
            let brief = scan.snapshot.open.iter().find(|brief| brief.dir == dir);
            let request = brief.and_then(|brief| brief.lock.as_ref()?.awaiting.clone());
            let target = match request.filter(|_| self.event == Awaited::Reply) {
                Some(request) => dir_of(&scan.snapshot, &request).unwrap_or(dir),
                None => dir,
            };
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        Ok(targets)
    }

    /// What has happened; leaves in `open` to what it has not.
    fn look(&self, context: &Context, open: &mut Vec<RecordDir>) -> Result<Vec<HappenedV1>, Failure> {
        let scan = context.scan()?;
        let mut happened = Vec::new();
        let mut still = Vec::new();
        for dir in open.drain(..) {
            let brief = scan.snapshot.open.iter().find(|brief| brief.dir == dir);
            if self.is_so(&scan.snapshot, &dir, brief, context) {
                happened.push(HappenedV1::new(&context.record(&dir)?));
            } else {
                still.push(dir);
            }
        }
        *open = still;
        Ok(happened)
    }

    fn is_so(&self, snapshot: &Snapshot, dir: &RecordDir, brief: Option<&Brief>, context: &Context) -> bool {
        match (self.event, brief) {
            // Of one that a branch took along with it nothing is known, nor of one that can't be read.
            (_, None) => is_known_closed(snapshot, dir),
            // An answer closes the request.
            (Awaited::Reply | Awaited::Closed, Some(brief)) => brief.closed,
            (Awaited::Claim, Some(brief)) => snapshot.standing(brief, context.now).is_unprocessed(),
        }
    }
}

fn is_known_closed(snapshot: &Snapshot, dir: &RecordDir) -> bool {
    snapshot.archived.contains(&dir.id()) || snapshot.closed.contains(dir)
}

fn dir_of(snapshot: &Snapshot, id: &RecordId) -> Option<RecordDir> {
    snapshot.dirs().find(|dir| dir.id() == *id).cloned()
}

impl HappenedV1 {
    fn new(record: &Record) -> Self {
        let last: Option<&Event> = record.events.last();
        HappenedV1 {
            id: record.id().to_string(),
            path: record.dir.path(),
            event: last.map(|event| event.front.event.clone()),
            by: last.map(|event| event.front.by.to_string()),
            at: last.map(|event| event.front.at.to_string()),
            note: last.map(|event| event.note().to_owned()).filter(|note| !note.is_empty()),
        }
    }
}

fn print(happened: &HappenedV1) {
    let words = match (&happened.event, &happened.by, &happened.at) {
        (Some(event), Some(by), Some(at)) => format!("{} by {by} at {at}", event.replace('_', " ")),
        _ => "free from the beginning".to_owned(),
    };
    print_line(&format!("{}  {words}", happened.id));
    if let Some(note) = &happened.note {
        print_line(&format!("  {}", shown_line(note)));
    }
}
