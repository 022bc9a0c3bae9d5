//! Where the output goes, and in which form.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// What has become of standard output.
enum Fate {
    /// All that was printed is there.
    Whole,
    /// Who read it went away: the rest is for nobody.
    Unread,
    /// It can't be written, as on a full disk.
    Failed(io::Error),
}

/// Standard output is one for the whole process.
static FATE: Mutex<Fate> = Mutex::new(Fate::Whole);

fn fate() -> MutexGuard<'static, Fate> {
    FATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints a line to standard output. The command goes on where that fails: what it does, and the exit code with
/// which it ends, don't depend on who reads it.
pub fn print_line(text: &str) {
    if !matches!(*fate(), Fate::Whole) {
        return;
    }
    was_written(match pager::write(text) {
        Paged::Taken => Ok(()),
        Paged::NotTaken => writeln!(anstream::stdout(), "{text}"),
        Paged::Gone => Err(io::ErrorKind::BrokenPipe.into()),
    });
}

/// Takes down what became of something that was printed.
pub fn was_written(result: io::Result<()>) {
    match result {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => *fate() = Fate::Unread,
        Err(error) => *fate() = Fate::Failed(error),
    }
}

/// The exit code of the process: that of the command, unless its answer could not be written.
pub fn end(code: ExitCode) -> ExitCode {
    let Fate::Failed(error) = &*fate() else { return code };
    let failure = Failure::new(Exit::Unreadable, format!("can't write to standard output: {error}"))
        .why("the answer is not whole; what the command was to do is done")
        .hint("make room there, or have it written elsewhere");
    super::say(&failure);
    failure.exit.into()
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
