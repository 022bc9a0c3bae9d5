//! Where the output goes, and in which form.

use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::Context;
use super::failure::{Exit, Failure};
use super::pager::{self, Paged};
use crate::render::json::{Answer, escaped};

/// The forms of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs; versioned.
    Json,
    /// SARIF 2.1.0, for code scanning (`check` alone).
    Sarif,
    /// Annotations of GitHub's workflows (`check` alone).
    Github,
    /// GitLab's code quality report (`check` alone).
    Gitlab,
    /// JUnit XML (`check` alone).
    Junit,
    /// The comment of a pull request (`review` alone, its default).
    Markdown,
    /// A page (`review` alone).
    Html,
}

impl Context {
    /// Prints what the command answers to programs: its fields behind the head that all answers have.
    pub fn answer(&self, fields: &(impl Serialize + JsonSchema)) -> Result<(), Failure> {
        self.print_document(&Answer::new(&self.global.command, fields))
    }

    /// Prints JSON whose form is not ours: another tool asked for it.
    pub fn print_document(&self, value: &impl Serialize) -> Result<(), Failure> {
        let fail = |error| Failure::new(Exit::Unreadable, format!("can't write JSON: {error}"));
        // Another command runs this one, and asked for its answer.
        if let Some(kept) = &self.kept {
            kept.replace(serde_json::to_value(value).map_err(fail)?);
            return Ok(());
        }
        let text = serde_json::to_string_pretty(value).map_err(fail)?;
        print_line(&escaped(&text));
        Ok(())
    }
}

/// Prints a line to standard output; a reader that went away ends the process quietly.
pub fn print_line(text: &str) {
    use std::io::Write;
    let is_read = match pager::write(text) {
        Paged::Taken => true,
        Paged::NotTaken => writeln!(anstream::stdout(), "{text}").is_ok(),
        Paged::Gone => false,
    };
    if !is_read {
        pager::finish();
        std::process::exit(0);
    }
}

/// Whether talk on standard error is unwanted, for the whole process.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on, nothing but errors is said on standard error.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether nothing but errors is said on standard error.
pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}
