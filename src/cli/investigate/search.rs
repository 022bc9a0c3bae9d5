//! `perfteam investigate search`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::view::{BriefV1, SightArgs, brief_line, limit, warn_of_faults};
use crate::domain::investigation::page::Page;
use crate::domain::investigation::{Investigation, Investigations};
use crate::domain::kind::{Brief, Kind};
use crate::domain::record::RecordDir;
use crate::domain::search::relevance::{Index, Part, Relevance, Searched};
use crate::store::living;
use crate::store::work_tree::Scan;

/// How many are shown unless told otherwise.
const SHOWN: usize = 10;

/// Find investigations by words, open and closed, in all that was written down
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam investigate search \"connection pool exhausted at checkout\"")]
pub struct Search {
    /// What to look for
    words: String,
    /// Show at most so many
    #[arg(long, value_name = "N", value_parser = limit)]
    limit: Option<usize>,
    #[command(flatten)]
    pub(super) sight: SightArgs,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchV1 {
    investigations: Vec<FoundV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FoundV1 {
    #[serde(flatten)]
    brief: BriefV1,
    /// 0 to 100: how much of what was looked for it is about.
    relevance: f64,
    /// What was found where.
    reasons: Vec<String>,
}

/// An investigation with all its words.
struct Told {
    brief: Brief,
    about: Vec<String>,
    documents: Vec<String>,
}

impl Searched for Told {
    const PARTS: &'static [Part] = &[
        Part { label: "title", weight: 5.0 },
        Part { label: "system", weight: 5.0 },
        Part { label: "impact", weight: 3.0 },
        Part { label: "document", weight: 1.0 },
    ];

    fn texts(&self) -> Vec<Vec<&str>> {
        vec![
            vec![&self.brief.title],
            vec![&self.brief.class],
            self.about.iter().map(String::as_str).collect(),
            self.documents.iter().map(String::as_str).collect(),
        ]
    }
}

impl Search {
    /// Prints what was found.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let scan = context.scan()?;
        let told = all(context, &scan)?;
        let index = Index::new(&told);
        let found = index.rank(&self.words);
        let found: Vec<&Relevance<'_, Told>> = found.iter().take(self.limit.unwrap_or(SHOWN)).collect();
        let short = scan.snapshot.short_ids();
        if context.is_json() {
            let found = found.iter().map(|one| FoundV1 {
                brief: BriefV1::new(&one.item.brief, &scan.snapshot, &short, context.now),
                relevance: (one.score * 10.0).round() / 10.0,
                reasons: reasons(one),
            });
            context.answer(&SearchV1 { investigations: found.collect() })?;
        } else if found.is_empty() {
            print_line("no investigation has these words");
        } else {
            for one in found {
                print_line(&brief_line(&one.item.brief, &scan.snapshot, &short, context.now));
                print_line(&format!("       {}", reasons(one).join(", ")));
            }
        }
        warn_of_faults(&scan.faults);
        Ok(ExitCode::SUCCESS)
    }
}

fn reasons(found: &Relevance<'_, Told>) -> Vec<String> {
    found.matches.iter().take(3).map(ToString::to_string).collect()
}

/// The investigations that have most in common with `words`.
pub fn similar(context: &Context, scan: &Scan, words: &str, limit: usize) -> Result<Vec<Brief>, Failure> {
    let told = all(context, scan)?;
    let index = Index::new(&told);
    Ok(index.rank(words).into_iter().take(limit).map(|found| found.item.brief.clone()).collect())
}

/// All investigations with their words, the newest first.
fn all(context: &Context, scan: &Scan) -> Result<Vec<Told>, Failure> {
    let mut dirs: Vec<&RecordDir> =
        scan.snapshot.dirs().filter(|dir| dir.kind().name() == Investigations.name()).collect();
    dirs.sort_by(|a, b| b.cmp(a));
    let mut told = Vec::new();
    for dir in dirs {
        let record = context.record(dir)?;
        let (Some(brief), Ok(folded)) = (Investigations.brief(&record), Investigation::fold(&record)) else {
            continue;
        };
        let state = folded.state;
        let about = [state.impact, state.head.trigger.unwrap_or_default()].into();
        let pages = living::pages(&context.repo()?.work_tree(), dir)?;
        told.push(Told { brief, about, documents: pages.values().flat_map(words_of).collect() });
    }
    Ok(told)
}

/// What a document says; what waits to be filled in says nothing.
fn words_of(page: &Page) -> Vec<String> {
    let mut words = Vec::new();
    for passage in page.passages.iter().skip(2) {
        words.extend(passage.lines.iter().filter(|line| !line.is_open).map(|line| line.text.clone()));
        let rows = passage.tables.iter().flat_map(|table| &table.rows).filter(|row| !row.is_open);
        words.extend(rows.flat_map(|row| row.cells.clone()));
    }
    words
}
