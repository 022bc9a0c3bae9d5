//! What the hooks do with the message of a commit: name its agent, and read its trailers.

use std::path::Path;

use crate::domain::agent::Agent;
use crate::domain::trailer::{AGENT, Trailers};
use crate::store::progress::Underway;
use crate::store::{Repo, StoreError, message};

/// The line below which git puts the diff that it shows in the editor.
const SCISSORS: &str = " ------------------------ >8 ------------------------";

/// Where git has the message from, as it tells prepare-commit-msg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The editor, or an option: `-m`, `-F`.
    New,
    /// The template of the user, which is to be filled in.
    Template,
    /// Another commit: `--amend`, `-c`, `-C`.
    Commit,
    /// A merge or a squash.
    Merge,
}

impl Origin {
    /// Reads git's word.
    pub fn from_word(word: Option<&str>) -> Origin {
        match word {
            Some("template") => Origin::Template,
            Some("commit") => Origin::Commit,
            Some("merge" | "squash") => Origin::Merge,
            _ => Origin::New,
        }
    }
}

/// prepare-commit-msg: adds the trailer that names `agent`, unless the message has one. An empty
/// message stays empty, so that leaving the editor still aborts the commit.
pub fn prepare(
    repo: &Repo,
    file: &Path,
    origin: Origin,
    agent: &Agent,
    email: Option<&str>,
) -> Result<(), StoreError> {
    match origin {
        Origin::Merge => Ok(()),
        Origin::Template => message::remember_template(repo, file),
        Origin::Commit if !fits(agent, email) => Ok(()),
        Origin::Commit | Origin::New => name_agent(repo, file, agent),
    }
}

/// commit-msg: adds the trailer to a message that was written in an editor.
pub fn complete(repo: &Repo, file: &Path, agent: &Agent, email: Option<&str>) -> Result<(), StoreError> {
    let untouched = |text: &str| {
        message::remembered_template(repo)
            .is_some_and(|template| written(repo, &template).trim() == written(repo, text).trim())
    };
    if !fits(agent, email) || untouched(&message::read(file)?) {
        return Ok(());
    }
    name_agent(repo, file, agent)
}

/// The trailers of the message in `file`.
pub fn trailers(repo: &Repo, file: &Path) -> Result<Trailers, StoreError> {
    Ok(Trailers::read(&written(repo, &message::read(file)?)))
}

/// Whether a trailer that names `agent` would be believed of this author.
fn fits(agent: &Agent, email: Option<&str>) -> bool {
    agent.emails.is_empty() || email.is_some_and(|email| agent.has_email(email))
}

fn name_agent(repo: &Repo, file: &Path, agent: &Agent) -> Result<(), StoreError> {
    if is_replayed(repo) {
        return Ok(());
    }
    let text = written(repo, &message::read(file)?);
    if is_blank(&text) || !Trailers::read(&text).agents.is_empty() {
        return Ok(());
    }
    message::add_trailer(repo, file, AGENT, &agent.handle.to_string())
}

/// Whether the commit repeats or joins commits of others, whose author is not who acts now.
fn is_replayed(repo: &Repo) -> bool {
    match repo.underway() {
        Some(
            Underway::Rebase | Underway::Merge | Underway::Squash | Underway::CherryPick | Underway::Revert,
        ) => true,
        Some(Underway::Bisect) | None => false,
    }
}

/// What will be committed of the text in the message file.
fn written(repo: &Repo, text: &str) -> String {
    without_comments(text, &message::comment_mark(repo, text))
}

/// Whether git takes the message for empty: `-s` alone says nothing.
fn is_blank(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || line.starts_with("Signed-off-by: "))
}

fn without_comments(text: &str, mark: &str) -> String {
    let scissors = format!("{mark}{SCISSORS}");
    let lines = text.lines().take_while(|line| *line != scissors).filter(|line| !line.starts_with(mark));
    lines.map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_the_diff_are_left_out() {
        let text = "Subject\n\nA: b\n# Please enter\n# ------------------------ >8 ------------------------\ndiff\n\n+x: y\n";
        assert_eq!(without_comments(text, "#"), "Subject\n\nA: b\n");
        assert_eq!(without_comments("#1 is fixed\n; comment\n", ";"), "#1 is fixed\n");
    }
}
