//! `perfteam check`.

use std::process::ExitCode;

use clap::Args;

use super::context::{Context, Format, print_line};
use super::failure::{Exit, Failure};
use crate::check::{self, Asker};
use crate::domain::trailer::Trailers;
use crate::domain::verdict::{RuleInfo, Verdict};
use crate::render;
use crate::rules::{self, Phase};

/// Check the protocol's rules on a change
///
/// Exit code 0: nothing blocks; 1: a rule blocks. Each rule has a page in docs/rules/, and its
/// level in .perfteam/perfteam.yaml.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam check                       the work tree against HEAD
  perfteam check --staged              what a commit would contain, as the pre-commit hook sees it
  perfteam check --base origin/main    the commits of this branch, as CI sees them
  perfteam check --base HEAD^ --merged what a forge has just merged into this branch")]
pub struct Check {
    /// What a commit of the index would contain, against HEAD
    #[arg(long, group = "what")]
    staged: bool,
    /// The commits since the merge base with this revision; authority is read from its tip
    #[arg(long, value_name = "REV", group = "what", value_parser = revision)]
    base: Option<String>,
    /// The commits are merged already, as on a push to the integration branch: what rests on who made
    /// them was judged before, and is a note
    #[arg(long, requires = "base")]
    merged: bool,
    /// The files as they lie in the work tree, against HEAD [default]
    #[arg(long, group = "what")]
    worktree: bool,
}

impl Check {
    /// Judges and prints the verdict.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let repo = context.repo()?;
        let asker = asker(context, Phase::All)?;
        let verdict = match &self.base {
            Some(revision) => check::base(repo, revision, self.merged, &asker)?,
            None if self.staged => check::staged(repo, &asker)?,
            None => {
                context.refuse_what_is_left_out()?;
                check::work_tree(repo, &asker)?
            }
        };
        print_verdict(context, &verdict, &rules::infos())?;
        Ok(if verdict.blocks() { Exit::Refused.into() } else { ExitCode::SUCCESS })
    }
}

/// A revision as an argument: not empty, as a variable that is not set leaves it.
pub fn revision(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("it is empty, as a variable that is not set; name a branch or a commit, \
                   such as origin/main"
            .to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// Who asks, as the command line knows it.
pub fn asker(context: &Context, phase: Phase) -> Result<Asker, Failure> {
    Ok(Asker {
        actors: context.identity()?.handles(),
        email: context.repo()?.author().map(|author| author.email),
        now: context.now,
        trailers: Trailers::default(),
        phase,
        quoted: usize::MAX,
    })
}

/// Prints a verdict of these rules in the format that was asked for.
pub fn print_verdict(context: &Context, verdict: &Verdict, rules: &[RuleInfo]) -> Result<(), Failure> {
    match context.global.format {
        Format::Json => context.answer(&render::json::check(verdict))?,
        Format::Sarif => context.print_document(&render::sarif::log(verdict, rules))?,
        Format::Gitlab => context.print_document(&render::gitlab::report(verdict))?,
        Format::Junit => print_line(&render::junit::report(verdict, rules)),
        Format::Github => {
            if !verdict.diagnostics.is_empty() {
                print_line(&render::github::annotations(verdict));
            }
        }
        Format::Text | Format::Markdown | Format::Html => {
            if !verdict.diagnostics.is_empty() {
                print_line(&render::text::diagnostics(verdict));
            }
            print_line(&render::text::summary(verdict));
        }
    }
    Ok(())
}
