//! Texts that are written in the user's editor.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use super::context::Context;
use super::failure::{Exit, Failure};
use crate::domain::text::shell_word;

/// What somebody wrote, and the temporary file in which it lies.
pub struct Written {
    /// The text.
    pub text: String,
    file: tempfile::NamedTempFile,
}

/// Lets the user edit `text`; `what` is a word for it.
pub fn edit(context: &Context, what: &str, text: &str) -> Result<Written, Failure> {
    let fail = |error: std::io::Error| {
        Failure::new(Exit::Unreadable, format!("can't write a temporary file: {error}"))
    };
    let prefix = format!("{what}-");
    let mut file = tempfile::Builder::new().prefix(&prefix).suffix(".md").tempfile().map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    open_editor(context, file.path())?;
    let text = std::fs::read_to_string(file.path()).map_err(fail)?;
    Ok(Written { text, file })
}

impl Written {
    /// What somebody wrote is not lost when it is refused: `command` takes it with `--input`.
    pub fn keep(self, failure: Failure, command: &str) -> Failure {
        match self.file.into_temp_path().keep() {
            Ok(kept) => failure.hint(format!(
                "what you wrote is in {0}; mend it and run: {command} --input {0}",
                shell_word(&kept.display().to_string())
            )),
            Err(_) => failure,
        }
    }
}

/// The text without guidance, which stands in HTML comments of whole lines, and without the gaps that
/// it leaves.
pub fn without_comments(text: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut is_gap = false;
    for line in text.lines() {
        if line.starts_with("<!-- ") && line.ends_with(" -->") {
            is_gap = kept.last().is_some_and(|last| last.trim().is_empty());
        } else {
            kept.extend(Some(line).filter(|line| !(is_gap && line.trim().is_empty())));
            is_gap = false;
        }
    }
    kept.push("");
    kept.join("\n")
}

fn open_editor(context: &Context, path: &Path) -> Result<(), Failure> {
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
        Err(Failure::refused(format!("`{editor}` ended with an error; nothing was written")))
    }
}
