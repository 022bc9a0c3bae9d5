//! `perfteam redact`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Context, print_line};
use super::failure::{Exit, Failure};
use super::steps::require_words;
use super::story::redaction_words;
use crate::domain::approval::approvers;
use crate::domain::handle::{Handle, names};
use crate::domain::record::RecordDir;
use crate::domain::redaction::Redaction;
use crate::domain::text::{counted, shown_line, stage_command};
use crate::store::Repo;
use crate::store::redacting::{self, Order, Plan, Stays};
use crate::store::write::Staging;

/// Take the words of a record away, as an admin: a secret stands in it
///
/// Titles, texts and keys that are words become `[redacted]`; what the state follows from stays: ids,
/// handles, times, events, references. The files say who did it, when, why, and which git object they
/// were. Those alone may whom the policy names: `admins`, else `leads`; `check` holds others to it.
///
/// The old text stays in git's history, in other clones and on the forge. Revoke the secret first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam redact 7k2m --reason \"a token of the staging database\"
  perfteam redact 7k2m flag.md --reason \"a token\"      this file of it alone

Exit code: 1 when a file was left as it is, else 0.")]
pub struct Redact {
    /// The id, or its beginning
    id: String,
    /// Files of the record, by name or path [default: all]
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// Why, without the secret itself: it is shown with the record
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RedactV1 {
    id: String,
    path: String,
    /// Whether it is in the index.
    staged: bool,
    /// The files that lost their words.
    redacted: Vec<RedactedV1>,
    /// Those that were redacted before.
    already: Vec<RedactedV1>,
    /// Those that stay as they are, and why.
    left: Vec<StaysV1>,
    /// Where the old text still is, and what to do about it.
    remains: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RedactedFileV1")]
struct RedactedV1 {
    file: String,
    /// The git object that the file was.
    object: String,
    by: String,
    at: String,
    reason: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StaysV1")]
struct StaysV1 {
    file: String,
    why: &'static str,
}

impl Redact {
    /// Redacts the files and stages them.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let actor = context.actor()?;
        may(&actor, &approvers(context.team()?))?;
        let repo = context.repo()?;
        let _lock = context.lock()?;
        let dir = context.find(&context.scan_here()?, &self.id)?;
        require_words("--reason", &self.reason, dir.kind())?;
        let files = self.chosen(repo, &dir)?;
        let reason = self.reason.split_whitespace().collect::<Vec<_>>().join(" ");
        let order = Order { by: &actor, at: context.now, reason: &reason };
        let plan = redacting::plan(repo, &dir, &files, &order)?;
        let mut staged = false;
        if !plan.is_empty() {
            plan.carry_out(repo)?;
            staged = context.team()?.policy.stage && is_staged(repo, &plan);
        }
        let told = told(&dir, &plan, staged);
        if context.is_json() {
            context.answer(&told)?;
        } else {
            print(&told, &plan);
        }
        Ok(if told.left.is_empty() { ExitCode::SUCCESS } else { Exit::Refused.into() })
    }

    /// The names of the files that are meant.
    fn chosen(&self, repo: &Repo, dir: &RecordDir) -> Result<Vec<String>, Failure> {
        let known = redacting::names(repo, dir)?;
        let mut chosen = Vec::new();
        for file in &self.files {
            let name = file.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(file);
            if !known.iter().any(|known| known == name) {
                return Err(not_of_it(dir, name, &known));
            }
            chosen.push(name.to_owned());
        }
        Ok(if chosen.is_empty() { known } else { chosen })
    }
}

fn may(actor: &Handle, approvers: &[Handle]) -> Result<(), Failure> {
    if approvers.contains(actor) {
        return Ok(());
    }
    let why = "what others said is taken away by those alone whom the team named for it";
    Err(match approvers {
        [] => Failure::refused("the policy names nobody who may redact")
            .why(why)
            .hint("name them in .perfteam/perfteam.yaml, and have it merged: admins, else leads"),
        approvers => Failure::refused(format!("{actor} may not redact"))
            .why(why)
            .hint(format!("ask {}", names(approvers).join(" or ")))
            .hint("what nobody else has yet, its author may still edit or drop: git commit --amend"),
    })
}

fn not_of_it(dir: &RecordDir, name: &str, known: &[String]) -> Failure {
    let failure =
        Failure::usage(format!("{} is no file of {} {}", shown_line(name), dir.kind().name(), dir.id()));
    if dir.kind().is_document(name) {
        return failure
            .why("the documents of an investigation are edited by people, and no rule keeps them as they are")
            .hint(format!("take it out with an editor: {}/{}", dir.path(), shown_line(name)));
    }
    let known: Vec<_> = known.iter().map(|name| shown_line(name)).collect();
    failure.hint(format!("its files: {}", known.join(", ")))
}

fn is_staged(repo: &Repo, plan: &Plan) -> bool {
    let Staging::Failed(reason) = plan.stage(repo) else { return true };
    let paths: Vec<&str> = plan.paths().collect();
    say!("warning: redacted, but not staged: {}", shown_line(&reason));
    say!("  git commit would leave it out; stage it with: {}", stage_command(&paths));
    false
}

fn told(dir: &RecordDir, plan: &Plan, staged: bool) -> RedactV1 {
    let files = |files: &[(String, Redaction)]| -> Vec<RedactedV1> {
        let file = |(name, redaction): &(String, Redaction)| RedactedV1 {
            file: name.clone(),
            object: redaction.object.clone(),
            by: redaction.by.to_string(),
            at: redaction.at.to_string(),
            reason: redaction.reason.clone(),
        };
        files.iter().map(file).collect()
    };
    let left = plan.left.iter().map(|(name, why)| StaysV1 { file: name.clone(), why: words(*why) });
    RedactV1 {
        id: dir.id().to_string(),
        path: dir.path(),
        staged,
        redacted: files(&plan.redacted),
        already: files(&plan.already),
        left: left.collect(),
        remains: remains(dir),
    }
}

fn words(why: Stays) -> &'static str {
    match why {
        Stays::Uncommitted => "it is not committed: nobody else has it, so its author may delete or edit it",
        Stays::Altered => {
            "it is not as it was committed: bring it back first (perfteam restore), then redact it"
        }
        Stays::Unreadable => {
            "it can't be read, so nothing tells its words from the rest: take them out with an editor"
        }
    }
}

/// Where the old text still is.
fn remains(dir: &RecordDir) -> Vec<String> {
    vec![
        "revoke the secret: history, other clones and the forge still have it".to_owned(),
        format!("the name of the folder stays, with words of the title: {}", dir.path()),
        "see where else it stands: git grep -n -F -f FILE (the secret in FILE)".to_owned(),
        "to purge history, once all agree to clone anew: git filter-repo --replace-text FILE, then git push --force"
            .to_owned(),
    ]
}

fn print(told: &RedactV1, plan: &Plan) {
    for (name, redaction) in &plan.redacted {
        print_line(&format!("redacted {} (was git object {})", shown_line(name), redaction.object));
    }
    for (name, redaction) in &plan.already {
        print_line(&format!("{} was redacted {}", shown_line(name), shown_line(&redaction_words(redaction))));
    }
    for file in &told.left {
        print_line(&format!("left {}: {}", shown_line(&file.file), file.why));
    }
    if !plan.is_empty() {
        let first = if told.staged { "they are staged; commit them" } else { "stage and commit them" };
        print_line(&format!("{first}: git commit"));
    } else if plan.left.is_empty() {
        print_line(&format!("nothing to do: {} done already", counted(plan.already.len(), "file")));
    }
    say!("note: this does not unsay it");
    told.remains.iter().for_each(|line| say!("  {}", shown_line(line)));
}
