//! `perfteam knowledge show`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::teachers::Teachers;
use super::{EntryV1, library};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::{Exit, Failure};
use crate::cli::story::{line, print_heading, print_keys};
use crate::domain::diagnostic::FileFault;
use crate::domain::knowledge::{Entry, Library, Named};
use crate::domain::text::{shown_line, shown_text};

/// Show what was learnt, and what taught it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam knowledge show runbook/restart-the-pool
  perfteam knowledge show restart")]
pub struct Show {
    /// Kind and slug, the slug alone, or the beginning of one
    name: String,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ShownV1<'a> {
    #[serde(flatten)]
    entry: EntryV1,
    text: &'a str,
}

impl Show {
    /// Prints the entry.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let library = library(context)?;
        let entry = find(&library, &self.name)?;
        let teachers = Teachers::read(context, [entry])?;
        if context.is_json() {
            let shown = EntryV1::new(entry, &teachers);
            context.answer(&ShownV1 { entry: shown, text: &entry.text })?;
        } else {
            print(entry, &teachers);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The entry that `name` names, or a failure that says what comes near.
fn find<'a>(library: &'a Library, name: &str) -> Result<&'a Entry, Failure> {
    let shown = shown_line(name);
    let show = |entry: &Entry| format!("perfteam knowledge show {}", entry.name);
    match library.find(name) {
        Named::One(entry) => Ok(entry),
        Named::Several(entries) => {
            let failure = Failure::usage(format!("`{shown}` names {} entries", entries.len()))
                .why("a name must name one");
            Err(entries.into_iter().take(10).map(show).fold(failure, Failure::hint))
        }
        Named::None(near) => Err(match library.faults.iter().find(|fault| fault.path.contains(name)) {
            Some(fault) => unreadable(fault),
            None => {
                let failure = Failure::usage(format!("nothing that is written down is called `{shown}`"))
                    .why("it may be on a branch that is not merged here");
                let meant = |entry: &Entry| format!("did you mean {}?", show(entry));
                let failure = near.into_iter().map(meant).fold(failure, Failure::hint);
                failure
                    .hint("see what is here: perfteam knowledge list")
                    .hint("or search it: perfteam knowledge search \"WORDS\"")
            }
        }),
    }
}

fn unreadable(FileFault { path, fault }: &FileFault) -> Failure {
    let message = format!("{} can't be read: {}", shown_line(path), shown_line(&fault.message));
    Failure::new(Exit::Unreadable, message).hint("see what is wrong, by line: perfteam check")
}

fn print(entry: &Entry, teachers: &Teachers) {
    let front = &entry.front;
    print_heading(&entry.title);
    line("name", &format!("{} (in {})", entry.name, entry.name.path()));
    match (&front.by, front.at) {
        (Some(by), Some(at)) => line("by", &format!("{by}, {at}")),
        (Some(by), None) => line("by", &by.to_string()),
        (None, Some(at)) => line("at", &at.to_string()),
        (None, None) => {}
    }
    front.taught_by.iter().for_each(|id| line("taught by", &teachers.words(id)));
    for (label, words) in [("systems", &front.systems), ("keywords", &front.keywords)] {
        if !words.is_empty() {
            line(label, &words.join(", "));
        }
    }
    for (name, measured) in &front.metrics {
        line("gained", &format!("{name}: {measured}"));
    }
    front.cost.iter().for_each(|cost| line("cost", cost));
    print_keys("more", &front.extra);
    print_line(&format!("\n{}", shown_text(&entry.text)));
}
