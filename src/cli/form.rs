//! What a new record says where options do not: a file, standard input, or a template in the user's
//! editor. The same for all kinds.

use std::io::Read;

use super::context::Context;
use super::editor::{edit, without_comments};
use super::failure::{Exit, Failure};
use crate::domain::diagnostic::Fault;
use crate::domain::document::{Document, Meta};
use crate::domain::kind::Kind;
use crate::domain::text::{nearest, shown_line};
use crate::markdown::yaml::scalar;
use crate::markdown::{document, locate};

/// The form of the new records of a kind.
pub struct Form {
    /// The kind.
    pub kind: &'static dyn Kind,
    /// What an editor begins with; `{{name}}` stands for what is given already.
    pub template: &'static str,
    /// What is read, in words: front matter and which sections.
    pub parts: &'static str,
    /// What is said where nothing was written.
    pub blank: Blank,
}

/// What is said where nothing was written.
pub struct Blank {
    /// What is missing, and that nothing was made.
    pub message: &'static str,
    /// Why it is needed.
    pub why: &'static str,
    /// Where to write it.
    pub place: &'static str,
    /// The options that say the same.
    pub options: &'static str,
}

impl Form {
    /// Reads a form from a file, as `take` takes it; `-` is standard input.
    pub fn read<T>(
        &self,
        file: &str,
        take: impl FnOnce(&Document) -> Result<T, Fault>,
    ) -> Result<T, Failure> {
        let (bytes, shown) = read_input(file)?;
        self.parse(&bytes, &shown, take)
    }

    /// Lets the user write in an editor, beginning with `values`, and goes on with what was written,
    /// unless it is blank. What is refused is kept.
    pub fn compose<T, U>(
        &self,
        context: &Context,
        values: &[(&str, String)],
        take: impl FnOnce(&Document) -> Result<T, Fault>,
        is_blank: impl FnOnce(&T) -> bool,
        go_on: impl FnOnce(T) -> Result<U, Failure>,
    ) -> Result<U, Failure> {
        let written = edit(context, self.kind.name(), &fill(self.template, values))?;
        let text = without_comments(&written.text);
        if text.trim().is_empty() {
            return Err(self.nothing_written());
        }
        match self.parse(text.as_bytes(), "the text", take) {
            Ok(taken) if is_blank(&taken) => Err(self.nothing_written()),
            taken => taken.and_then(go_on).map_err(|failure| written.keep(failure, &self.command())),
        }
    }

    fn parse<T>(
        &self,
        bytes: &[u8],
        shown: &str,
        take: impl FnOnce(&Document) -> Result<T, Fault>,
    ) -> Result<T, Failure> {
        document::parse(bytes).and_then(|document| take(&document)).map_err(|fault| {
            let why = format!("a {} is read from front matter and {}", self.kind.name(), self.parts);
            let failure = at_fault(shown, bytes, &fault).why(why);
            let failure = fault.mend.into_iter().fold(failure, Failure::hint);
            failure.hint(format!("see the form: {} --edit, or docs/format.md", self.command()))
        })
    }

    /// The command that makes one: `perfteam flag create`.
    fn command(&self) -> String {
        format!("perfteam {} {}", self.kind.command(), self.kind.verbs().create)
    }

    fn nothing_written(&self) -> Failure {
        let Blank { message, why, place, options } = self.blank;
        Failure::usage(message)
            .why(why)
            .hint(format!("write {place}, save, and close the editor"))
            .hint(format!("or without an editor: {} {options}", self.command()))
    }
}

/// What stands in a file, and how the file is called; `-` is standard input. No more is read than a
/// record may hold.
pub fn read_input(file: &str) -> Result<(Vec<u8>, String), Failure> {
    let mut bytes = Vec::new();
    let limit = document::MAX_FILE + 1;
    let result = if file == "-" {
        std::io::stdin().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(limit).read_to_end(&mut bytes))
    };
    let shown = if file == "-" { "standard input".into() } else { shown_line(file).into_owned() };
    result.map_err(|error| Failure::new(Exit::Unreadable, format!("can't read {shown}: {error}")))?;
    Ok((bytes, shown))
}

/// What is wrong with an input, by its line: `path: line 3, column 1: what`.
pub fn at_fault(shown: &str, bytes: &[u8], fault: &Fault) -> Failure {
    let place = locate::locate(&String::from_utf8_lossy(bytes), &fault.spot);
    Failure::refused(format!("{shown}: line {}, column {}: {}", place.line, place.column, fault.message))
}

fn fill(template: &str, values: &[(&str, String)]) -> String {
    values
        .iter()
        .fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}

/// What an option says, or else the form.
pub fn either<T>(own: Vec<T>, form: Vec<T>) -> Vec<T> {
    if own.is_empty() { form } else { own }
}

/// A text as the front matter of a form has it.
pub fn text_value(text: Option<&str>) -> String {
    text.map(scalar).unwrap_or_default()
}

/// Texts as the front matter of a form has them, between its brackets.
pub fn list_value<T: ToString>(items: &[T]) -> String {
    items.iter().map(|item| scalar(&item.to_string())).collect::<Vec<_>>().join(", ")
}

/// The keys of a form that are the team's own: those that neither `known` nor `written` names, which
/// are the keys that the command writes itself. One that looks like a slip is said.
pub fn own_keys(document: &Document, known: &[&str], written: &[&str]) -> Meta {
    let mut own = document.unknown_keys(known);
    own.retain(|key, _| !written.contains(&key.as_str()));
    for key in own.keys() {
        if let Some(near) = nearest(key, known.iter().copied()) {
            say!("note: `{}` is kept as a key of your own; did you mean `{near}`?", shown_line(key));
        }
    }
    own
}
