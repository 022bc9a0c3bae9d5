//! `perfteam knowledge search`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::kind::KindParser;
use super::teachers::Teachers;
use super::{EntryV1, library};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::cli::view::limit;
use crate::domain::knowledge::Hit;
use crate::domain::text::{cut, shown_line};

/// Find what was learnt before, in your own words
///
/// The ranking is that of `agent search`: forms of a word are one word, rare words count more than
/// common ones, and keywords, systems and titles count more than the text.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam knowledge search \"checkout waits for connections\"")]
pub struct Search {
    /// What you want to know
    words: String,
    /// Only this kind, or one of the team's own
    #[arg(long, value_name = "KIND", value_parser = KindParser)]
    kind: Option<String>,
    /// Show at most so many
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = limit)]
    limit: usize,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchV1<'a> {
    query: &'a str,
    results: Vec<ResultV1>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EntryFoundV1")]
struct ResultV1 {
    rank: usize,
    /// 0 to 100: how much of what the words say the entry is about.
    relevance: f64,
    reasons: Vec<String>,
    #[serde(flatten)]
    entry: EntryV1,
}

impl Search {
    /// Prints what fits, best first.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        if self.words.trim().is_empty() {
            return Err(Failure::usage("no words to search for")
                .hint("perfteam knowledge search \"slow queries\"")
                .hint("see all that is written down: perfteam knowledge list"));
        }
        let library = library(context)?;
        let mut hits = library.search(&self.words);
        hits.retain(|hit| self.kind.as_deref().is_none_or(|kind| kind == hit.entry.name.kind()));
        hits.truncate(self.limit);
        let teachers = Teachers::read(context, hits.iter().map(|hit| hit.entry))?;
        if context.is_json() {
            let results = hits.iter().zip(1..).map(|(hit, rank)| result(hit, rank, &teachers)).collect();
            context.answer(&SearchV1 { query: &self.words, results })?;
        } else if hits.is_empty() {
            print_line("nothing that is written down has anything in common with these words");
            print_line("see all that is written down: perfteam knowledge list");
        } else {
            hits.iter().zip(1..).for_each(|(hit, rank)| print(hit, rank, &teachers));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn result(hit: &Hit<'_>, rank: usize, teachers: &Teachers) -> ResultV1 {
    ResultV1 {
        rank,
        relevance: (hit.relevance * 10.0).round() / 10.0,
        reasons: hit.reasons.clone(),
        entry: EntryV1::new(hit.entry, teachers),
    }
}

fn print(hit: &Hit<'_>, rank: usize, teachers: &Teachers) {
    let bold = anstyle::Style::new().bold();
    let (name, title) = (&hit.entry.name, cut(&hit.entry.title, 90));
    print_line(&format!("{rank}. {bold}{name}{bold:#}  {}", shown_line(&title)));
    print_line(&format!("   {}", shown_line(&hit.reasons.join("; "))));
    for id in &hit.entry.front.taught_by {
        print_line(&format!("   taught by {}", teachers.words(id)));
    }
}
