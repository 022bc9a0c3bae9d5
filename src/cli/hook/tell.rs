//! What hooks read of git, and what they tell of a verdict.

use std::io::{Read, Write};
use std::process::ExitCode;

use super::exit;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::is_quiet;
use crate::domain::diagnostic::Severity;
use crate::domain::text::shown_line;
use crate::domain::verdict::Verdict;
use crate::render;

/// At most so many refusals are shown in full.
pub(super) const SHOWN: usize = 10;

/// Tells the verdict on a commit, on standard error; nothing where there is nothing to tell.
pub(super) fn tell_commit(context: &Context, verdict: &Verdict) -> Result<ExitCode, Failure> {
    let text = if verdict.blocks() {
        let more = verdict.count(Severity::Block).saturating_sub(SHOWN);
        let more = match more {
            0 => String::new(),
            more => format!("\nand {more} more that block: perfteam check --staged\n"),
        };
        let summary = render::text::summary(verdict);
        format!("commit refused: {summary}\n{}{more}", render::text::refusal(verdict, SHOWN))
    } else {
        render::text::brief(verdict)
    };
    tell(context, verdict, &text)
}

/// What git says of a push on standard input.
pub(super) fn what_is_pushed() -> Result<String, Failure> {
    let mut lines = String::new();
    std::io::stdin().read_to_string(&mut lines).map_err(|error| {
        Failure::new(Exit::Unreadable, format!("can't read what is pushed from standard input: {error}"))
    })?;
    Ok(lines)
}

/// Tells the verdict on what is pushed, as CI will.
pub(super) fn tell_push(context: &Context, name: &str, verdict: &Verdict) -> Result<ExitCode, Failure> {
    let text = if verdict.diagnostics.is_empty() {
        String::new()
    } else {
        let word = if verdict.blocks() { " refused" } else { "" };
        let summary = render::text::summary(verdict);
        format!("push of {}{word}: {summary}\n{}", shown_line(name), render::text::diagnostics(verdict))
    };
    tell(context, verdict, &text)
}

fn tell(context: &Context, verdict: &Verdict, text: &str) -> Result<ExitCode, Failure> {
    if context.is_json() {
        context.answer(&render::json::check(verdict))?;
    } else if verdict.blocks() || !is_quiet() {
        let _ = anstream::stderr().write_all(text.as_bytes());
    }
    Ok(exit(!verdict.blocks()))
}
