//! `perfteam knowledge list`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::kind::KindParser;
use super::teachers::Teachers;
use super::{EntryV1, library};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::knowledge::Entry;
use crate::domain::text::{cut, shown_line};

/// Longest name that is aligned with the others.
const WIDEST: usize = 60;

/// List what was learnt, by kind
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam knowledge list
  perfteam knowledge list --kind runbook
  perfteam knowledge list --taught-by 7k2m     what came of a finding or an investigation")]
pub struct List {
    /// Only this kind, or one of the team's own
    #[arg(long, value_name = "KIND", value_parser = KindParser)]
    kind: Option<String>,
    /// Only what this finding, investigation or other record taught
    #[arg(long, value_name = "ID")]
    taught_by: Option<String>,
    /// Only what is about this system
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// Print nothing but their names, a line each, as the completions of shells do
    #[arg(long)]
    names: bool,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListV1 {
    entries: Vec<EntryV1>,
}

impl List {
    /// Prints the list.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let library = library(context)?;
        let teacher = match &self.taught_by {
            Some(prefix) => Some(context.find(&context.scan()?, prefix)?.id()),
            None => None,
        };
        let entries: Vec<&Entry> =
            library.entries.iter().filter(|entry| self.takes(entry, teacher.as_ref())).collect();
        if self.names && !context.is_json() {
            entries.iter().for_each(|entry| print_line(&entry.name.to_string()));
            return Ok(ExitCode::SUCCESS);
        }
        let teachers = Teachers::read(context, entries.iter().copied())?;
        if context.is_json() {
            let entries = entries.iter().map(|entry| EntryV1::new(entry, &teachers)).collect();
            context.answer(&ListV1 { entries })?;
        } else {
            print(&entries, &teachers, library.entries.len());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn takes(&self, entry: &Entry, teacher: Option<&RecordId>) -> bool {
        let same = |system: &String| {
            entry.front.systems.iter().any(|own| own.to_lowercase() == system.to_lowercase())
        };
        self.kind.as_deref().is_none_or(|kind| kind == entry.name.kind())
            && teacher.is_none_or(|id| entry.is_taught_by(id))
            && self.system.as_ref().is_none_or(same)
    }
}

fn print(entries: &[&Entry], teachers: &Teachers, all: usize) {
    let width = |entry: &&Entry| entry.name.to_string().len().min(WIDEST);
    let width = entries.iter().map(width).max().unwrap_or(0);
    for entry in entries {
        let taught: Vec<String> = entry.front.taught_by.iter().map(|id| teachers.name(id)).collect();
        let taught =
            if taught.is_empty() { String::new() } else { format!("  (from {})", taught.join(", ")) };
        print_line(&format!("{:<width$}  {}{taught}", entry.name, cut(&shown_line(&entry.title), 100)));
    }
    match (entries.is_empty(), all) {
        (true, 0) => {
            print_line("nothing is written down yet");
            print_line("write down what was learnt: perfteam knowledge add --kind pattern --title TITLE");
        }
        (true, _) => print_line("nothing of that; see all: perfteam knowledge list"),
        (false, _) => print_line("\nread one: perfteam knowledge show NAME"),
    }
}
