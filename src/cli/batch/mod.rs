//! `perfteam batch`: several commands, all of them or none.

mod line;
pub mod overlay;

use std::io::{BufRead, Read};
use std::process::ExitCode;
use std::rc::Rc;

use clap::Args;
use serde_json::Value;

use self::line::{Answers, Line, LineV1, Status};
use self::overlay::Overlay;
use super::context::{Context, print_line};
use super::failure::{Exit, Failure};
use super::lease::{settle_claims, write_claims};
use super::nested::Nested;
use crate::render::json::{Refusal, escaped};
use crate::store::journal;

/// More than this is read of no line.
const LONGEST_LINE: u64 = 1024 * 1024;
/// So many lines at most.
const MOST_LINES: usize = 10_000;

/// Run several commands from standard input, all of them or none
///
/// Each line is a JSON object: `command`, the words of a command without the name of the program,
/// and, if you like, `id`, which the answer repeats. A word `$3` stands for the id that line 3
/// answers with, `$NAME` for that of the line with the id NAME. Each command sees what those before
/// it are going to write. When one is refused, nothing of the batch is written. docs/batch.md tells more.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  perfteam batch <<'END'
  {\"command\": [\"flag\", \"lock\", \"7k2m\"]}
  {\"command\": [\"flag\", \"complete\", \"7k2m\", \"--note\", \"Set to 20.\"]}
  END")]
pub struct Batch {}

impl Batch {
    /// Runs the commands, then writes what they are to write.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let lines = read_lines()?;
        let _lock = if context.is_in_project()? { context.lock()? } else { None };
        let overlay = Rc::new(Overlay::default());
        let batching = context.batching(Rc::clone(&overlay));
        let mut answers = Answers::default();
        let mut refused = None;
        for (number, text) in lines {
            let line = match refused {
                None => run_line(&batching, number, &text, &answers),
                Some(_) => Ok(LineV1::new(number, line::id_of(&text), Status::NotRun)),
            };
            match line {
                Ok(line) => answers.push(line),
                Err(failed) => {
                    let (line, failure) = *failed;
                    answers.push(line);
                    refused = Some(failure);
                }
            }
        }
        if let Some(failure) = refused {
            answers.undo();
            answers.print()?;
            super::say(&failure);
            tell!("  nothing of the batch was written");
            return Ok(failure.exit.into());
        }
        commit(context, &overlay)?;
        answers.print()?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The lines of standard input that are not blank, each with its number.
fn read_lines() -> Result<Vec<(usize, String)>, Failure> {
    let mut input = std::io::stdin().lock();
    let mut lines = Vec::new();
    for number in 1.. {
        let mut text = Vec::new();
        let read = (&mut input).take(LONGEST_LINE + 1).read_until(b'\n', &mut text);
        let read = read
            .map_err(|error| Failure::new(Exit::Unreadable, format!("can't read standard input: {error}")))?;
        if read == 0 {
            return Ok(lines);
        }
        if read as u64 > LONGEST_LINE || number > MOST_LINES {
            let what = format!("line {number}: a batch has at most {MOST_LINES} lines of at most 1 MiB");
            return Err(Failure::usage(what).hint("make two batches of it"));
        }
        let text =
            String::from_utf8(text).map_err(|_| Failure::usage(format!("line {number} is not UTF-8")))?;
        if !text.trim().is_empty() {
            lines.push((number, text));
        }
    }
    Ok(lines)
}

/// Runs one line. A failure comes with the answer that tells it.
fn run_line(
    context: &Context,
    number: usize,
    text: &str,
    so_far: &Answers,
) -> Result<LineV1, Box<(LineV1, Failure)>> {
    let id = line::id_of(text);
    let fail = |command: Option<String>, failure: Failure| {
        let answer = serde_json::to_value(Refusal::new(command, failure.for_programs())).unwrap_or_default();
        let line = LineV1::new(number, id.clone(), Status::Refused).answered(answer, failure.exit as u8);
        Box::new((line, failure))
    };
    let line = Line::parse(text).map_err(|failure| fail(None, at_line(number, failure)))?;
    let words = so_far.filled_in(&line.command).map_err(|failure| fail(None, at_line(number, failure)))?;
    let nested = Nested::parse(&words).map_err(|failure| fail(None, at_line(number, failure)))?;
    let name = nested.name().to_owned();
    let answer = nested.for_batch().and_then(|nested| nested.run(context));
    let answer: Value = answer.map_err(|failure| fail(Some(name), at_line(number, failure)))?;
    Ok(LineV1::new(number, id.clone(), Status::Done).answered(answer, 0))
}

fn at_line(number: usize, failure: Failure) -> Failure {
    Failure { message: format!("line {number}: {}", failure.message), ..failure }
}

/// Writes what the batch is to write: the claims first, which somebody else may win, then all files.
fn commit(context: &Context, overlay: &Overlay) -> Result<(), Failure> {
    let files = overlay.files();
    if files.is_empty() {
        return Ok(());
    }
    let claims = overlay.claims();
    write_claims(context, &claims)?;
    journal::write_together(context.repo()?, &files)?;
    let paths: Vec<String> = files.into_iter().map(|file| file.path).collect();
    context.stage(&paths)?;
    settle_claims(context, claims)
}

impl Answers {
    fn print(&self) -> Result<(), Failure> {
        for line in self.lines() {
            let text = serde_json::to_string(line)
                .map_err(|error| Failure::new(Exit::Unreadable, format!("can't write JSON: {error}")))?;
            print_line(&escaped(&text));
        }
        Ok(())
    }
}
