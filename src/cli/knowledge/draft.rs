//! What a new entry says, from options, a file, standard input or an editor.

use crate::cli::context::Context;
use crate::cli::editor::{Written, edit, without_comments};
use crate::cli::failure::Failure;
use crate::cli::form::{at_fault, read_input};
use crate::domain::diagnostic::Fault;
use crate::domain::knowledge::{FORMS, Form, Front, refuse_kind};
use crate::domain::text::shown_line;
use crate::markdown::document::parse_text;
use crate::markdown::knowledge;

/// The command that takes what was written and refused.
pub const AGAIN: &str = "perfteam knowledge add";

/// A new entry before it has a name.
pub struct Draft {
    pub front: Front,
    pub text: String,
}

/// A new entry that was written in an editor.
pub struct Composed {
    pub draft: Draft,
    pub written: Written,
}

impl Draft {
    /// What was read from a file, and what was given beside it, which wins; who wrote the file, and
    /// when, stays.
    pub fn under(self, given: Draft) -> Draft {
        let stays = Front { by: self.front.by.clone(), at: self.front.at, ..Front::default() };
        Draft { front: stays.or(given.front).or(self.front), text: self.text }
    }

    /// Whether it has nothing but these headings.
    fn says_no_more_than(&self, outline: &str) -> bool {
        self.text.trim().is_empty() || self.text.trim() == without_comments(outline).trim()
    }
}

/// Lets the user write the entry in an editor, beginning with what is given already.
pub fn compose(context: &Context, given: Draft) -> Result<Composed, Failure> {
    let outline = Form::of(kind_of(&given.front)?).outline();
    let written = edit(context, "entry", &with_hints(&knowledge::write(&given.front, &outline)))?;
    let text = without_comments(&written.text);
    if text.trim().is_empty() {
        return Err(nothing_written());
    }
    match parse(text.as_bytes(), "the text") {
        Ok(draft) if draft.says_no_more_than(&outline) => Err(nothing_written()),
        Ok(draft) => {
            // What somebody took out of the lists is meant to be out.
            let Front { kind, by, at, .. } = given.front;
            let front = draft.front.or(Front { kind, by, at, ..Front::default() });
            Ok(Composed { draft: Draft { front, ..draft }, written })
        }
        Err(failure) => Err(written.keep(failure, AGAIN)),
    }
}

fn nothing_written() -> Failure {
    Failure::usage("nothing was written, so there is no new entry")
        .why("an entry is nothing but what it says")
        .hint("write below the headings, save, and close the editor")
}

/// The kind of a new entry; a failure that names the kinds where it has none.
pub fn kind_of(front: &Front) -> Result<&str, Failure> {
    let failure = match front.kind.as_deref() {
        Some(kind) => match refuse_kind(kind) {
            None => return Ok(kind),
            Some(near) => Failure::usage(format!(
                "`{}` is no kind of knowledge: did you mean {near}?",
                shown_line(kind)
            )),
        },
        None => Failure::usage("--kind is missing: what kind of knowledge it is"),
    };
    let kinds: Vec<&str> = FORMS.iter().map(|form| form.kind).collect();
    Err(failure
        .why("the kind is the folder in which people look for it")
        .hint(format!("--kind KIND, one of {}, or a word of your own", kinds.join(", "))))
}

/// Keys that the options did not give, as comments in the editor.
fn with_hints(text: &str) -> String {
    let hints = [
        ("title:", "title:                        # in one line\n"),
        ("systems:", "# systems: [checkout-db]       what it is about\n"),
        ("keywords:", "# keywords: [exhausted pool]   words by which it should be found\n"),
    ];
    let hints: String =
        hints.iter().filter(|(key, _)| !text.contains(&format!("\n{key}"))).map(|(_, hint)| *hint).collect();
    text.replacen("\n---\n", &format!("\n{hints}---\n"), 1)
}

/// Reads a draft from a file; `-` is standard input.
pub fn read(file: &str) -> Result<Draft, Failure> {
    let (bytes, shown) = read_input(file)?;
    parse(&bytes, &shown)
}

/// What a document says.
fn parse(bytes: &[u8], shown: &str) -> Result<Draft, Failure> {
    let fail = |fault: Fault| {
        let failure = at_fault(shown, bytes, &fault).why("an entry that can't be read is found by nobody");
        failure.hint(fault.mend.unwrap_or_else(|| "see the form: docs/knowledge.md".to_owned()))
    };
    let document = parse_text(bytes).map_err(fail)?;
    let front = document.front().map_err(fail)?;
    Ok(Draft { front, text: document.text })
}
