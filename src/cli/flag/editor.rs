//! `perfteam flag create --edit`: a template in the user's editor.

use super::input::{Draft, parse};
use crate::cli::context::Context;
use crate::cli::editor::{edit, without_comments};
use crate::cli::failure::Failure;
use crate::domain::handle::Handle;
use crate::markdown::yaml::scalar;

const TEMPLATE: &str = include_str!("../../../templates/flag.md");

/// Lets the user write the flag in an editor, beginning with what is given already.
pub fn compose(context: &Context, given: &Draft) -> Result<Draft, Failure> {
    let written = edit(context, "flag", &fill(given))?;
    let text = without_comments(&written.text);
    if text.trim().is_empty() {
        return Err(nothing_written());
    }
    match parse(text.as_bytes(), "the text") {
        Ok(draft) if draft.texts.change.is_none() && draft.texts.action.is_none() => Err(nothing_written()),
        draft => draft
            .and_then(|draft| draft.with_rest_of(given).checked(context))
            .map_err(|failure| written.keep(failure, "perfteam flag create")),
    }
}

fn nothing_written() -> Failure {
    Failure::usage("neither a change nor an action was written, so no flag was raised")
        .why("a flag is nothing but what it says")
        .hint("write below `## Change` and `## Action`, save, and close the editor")
        .hint("or without an editor: perfteam flag create --change TEXT --action TEXT")
}

fn fill(given: &Draft) -> String {
    let to: Vec<String> = given.to.iter().map(Handle::to_string).map(|handle| scalar(&handle)).collect();
    let files: Vec<String> = given.files.iter().map(|file| scalar(file)).collect();
    TEMPLATE
        .replace("{{type}}", &scalar(given.class()))
        .replace("{{to}}", &to.join(", "))
        .replace("{{impact}}", given.impact().as_str())
        .replace("{{title}}", &scalar(given.title.as_deref().unwrap_or_default()))
        .replace("{{files}}", &files.join(", "))
        .replace("{{change}}", given.texts.change.as_deref().unwrap_or_default())
        .replace("{{action}}", given.texts.action.as_deref().unwrap_or_default())
}
