//! `perfteam flag create --edit`: a template in the user's editor.

use std::io::Write;
use std::process::Command;

use super::input::{Draft, parse};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::domain::handle::Handle;
use crate::domain::text::shell_word;
use crate::markdown::yaml::scalar;

const TEMPLATE: &str = include_str!("../../../templates/flag.md");

/// Lets the user write the flag in an editor, beginning with what is given already.
pub fn compose(context: &Context, given: &Draft) -> Result<Draft, Failure> {
    let fail = |error: std::io::Error| {
        Failure::new(Exit::Unreadable, format!("can't write a temporary file: {error}"))
    };
    let mut file = tempfile::Builder::new().prefix("flag-").suffix(".md").tempfile().map_err(fail)?;
    file.write_all(fill(given).as_bytes()).map_err(fail)?;
    open_editor(context, file.path())?;
    let text = std::fs::read_to_string(file.path()).map_err(fail)?;
    let text = without_comments(&text);
    if text.trim().is_empty() {
        return Err(nothing_written());
    }
    match parse(text.as_bytes(), "the text") {
        Ok(draft) if draft.texts.change.is_none() && draft.texts.action.is_none() => Err(nothing_written()),
        draft => draft
            .and_then(|draft| draft.with_rest_of(given).checked(context))
            .map_err(|failure| keep(file, failure)),
    }
}

fn nothing_written() -> Failure {
    Failure::usage("neither a change nor an action was written, so no flag was raised")
        .why("a flag is nothing but what it says")
        .hint("write below `## Change` and `## Action`, save, and close the editor")
        .hint("or without an editor: perfteam flag create --change TEXT --action TEXT")
}

/// What somebody wrote is not lost when it is refused.
fn keep(file: tempfile::NamedTempFile, failure: Failure) -> Failure {
    match file.into_temp_path().keep() {
        Ok(kept) => failure.hint(format!(
            "what you wrote is in {0}; mend it and run: perfteam flag create --input {0}",
            shell_word(&kept.display().to_string())
        )),
        Err(_) => failure,
    }
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

/// Guidance stands in HTML comments of whole lines.
fn without_comments(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().filter(|line| !(line.starts_with("<!-- ") && line.ends_with(" -->"))) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn open_editor(context: &Context, path: &std::path::Path) -> Result<(), Failure> {
    let editor = crate::store::git::answer(context.repo()?.top(), ["var", "GIT_EDITOR"])?;
    let editor = editor.ok_or_else(|| Failure::usage("git names no editor").hint("export EDITOR=vi"))?;
    // git runs its editor by a shell, so that it may carry arguments; the path is one word.
    let status = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "editor"])
        .arg(path)
        .status()
        .map_err(|error| Failure::new(Exit::Unreadable, format!("can't run `{editor}`: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::refused(format!("`{editor}` ended with an error; no flag was raised")))
    }
}
