//! The lines of a batch, and their answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::failure::Failure;
use crate::domain::text::shown_line;
use crate::render::json::VERSION;

/// What a line says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The words of a command.
    pub command: Vec<String>,
    /// What the answer repeats.
    #[serde(default, rename = "id")]
    _id: Value,
}

impl Line {
    /// Reads a line.
    pub fn parse(text: &str) -> Result<Line, Failure> {
        let fault = |what: String| {
            Failure::usage(format!("not as a line of a batch must be: {what}"))
                .hint(r#"{"command": ["flag", "lock", "7k2m"], "id": "mine"}"#)
        };
        let line = serde_json::from_str(text).map_err(|error| fault(error.to_string()))?;
        // A list of the values would pass for an object, too.
        if text.trim_start().starts_with('[') {
            return Err(fault("it is a list".to_owned()));
        }
        Ok(line)
    }
}

/// What a line wants repeated, whatever else is wrong with it.
pub fn id_of(text: &str) -> Value {
    let line: Value = serde_json::from_str(text).unwrap_or_default();
    line.get("id").cloned().unwrap_or_default()
}

/// The answer to a line. Version 1.
#[derive(Debug, Serialize)]
pub struct LineV1 {
    version: u32,
    command: &'static str,
    line: usize,
    id: Value,
    status: Status,
    /// The exit code of the command; null where it was not run.
    exit: Option<u8>,
    /// What the command says with `--format json`.
    answer: Value,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is done, and written.
    Done,
    /// It was refused.
    Refused,
    /// It could have been done, and another line was refused.
    Undone,
    /// A line before it was refused.
    NotRun,
}

impl LineV1 {
    /// A line without an answer.
    pub fn new(line: usize, id: Value, status: Status) -> LineV1 {
        LineV1 { version: VERSION, command: "batch", line, id, status, exit: None, answer: Value::Null }
    }

    /// The same with its answer.
    pub fn answered(self, answer: Value, exit: u8) -> LineV1 {
        LineV1 { answer, exit: Some(exit), ..self }
    }

    fn made(&self) -> Option<&str> {
        self.answer["id"].as_str()
    }
}

/// The answers so far.
#[derive(Debug, Default)]
pub struct Answers(Vec<LineV1>);

impl Answers {
    /// Adds one.
    pub fn push(&mut self, line: LineV1) {
        self.0.push(line);
    }

    /// All of them.
    pub fn lines(&self) -> &[LineV1] {
        &self.0
    }

    /// Nothing was written of those that were done.
    pub fn undo(&mut self) {
        for line in self.0.iter_mut().filter(|line| line.status == Status::Done) {
            line.status = Status::Undone;
        }
    }

    /// The words of a command with the ids of earlier lines in place of `$1` and `$NAME`.
    pub fn filled_in(&self, words: &[String]) -> Result<Vec<String>, Failure> {
        words.iter().map(|word| self.word(word)).collect()
    }

    fn word(&self, word: &str) -> Result<String, Failure> {
        let Some(name) = word.strip_prefix('$') else { return Ok(word.to_owned()) };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if name.starts_with('$') {
            return Ok(name.to_owned());
        }
        if name.is_empty() || !name.chars().all(is_name) {
            return Ok(word.to_owned());
        }
        let is_meant = |line: &&LineV1| line.id.as_str() == Some(name) || name.parse() == Ok(line.line);
        let line = self.0.iter().find(is_meant);
        line.and_then(LineV1::made).map(str::to_owned).ok_or_else(|| {
            Failure::usage(format!("`{}` is the id of no line before this one", shown_line(word)))
                .why("`$3` stands for the id that line 3 answers with, `$NAME` for that of the line with the id NAME")
                .hint(format!("a word that begins with a dollar is written with two: ${word}"))
        })
    }
}
