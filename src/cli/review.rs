//! `perfteam review`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::check::asker;
use super::context::{Context, Format, print_line};
use super::environment;
use super::failure::{Exit, FETCH_ALL, Failure};
use crate::check;
use crate::domain::text::shown_line;
use crate::render::links::Links;
use crate::render::review::{MARKER, comment, html, json, text};
use crate::rules::Phase;

/// Writes the review where a forge shows it, by the forge's API.
const SCRIPT: &str = include_str!("../../ci/review.sh");

/// Sum up a branch for those who review it: what it opens, completes and leaves hanging
///
/// Markdown that is made to be the comment of a pull request: at most 60,000 characters, and nothing
/// that anybody wrote in a record is markup in it. The exit code says nothing of the rules: that is
/// what `perfteam check` is for.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam review                                the commits of this branch
  perfteam review origin/main..feature/pool      those of another one
  perfteam review --format text                  all of it, for a terminal
  perfteam review --links 'https://forge.example/team/repo/blob/{commit}/{path}#L{line}'")]
pub struct Review {
    /// The commits: those of HEAD (or of what follows the dots) since the merge base with BASE.
    /// Without it, the integration branch
    #[arg(value_name = "BASE..HEAD", value_parser = super::check::revision)]
    range: Option<String>,
    /// The commits are merged already, as for `perfteam check --merged`
    #[arg(long)]
    merged: bool,
    /// Where lines of files can be read, with {commit}, {path} and {line} to be filled in. Without it:
    /// the forge on which the CI runs, by its variables; else paths from the top of the work tree
    #[arg(long, value_name = "URL", value_parser = Links::from_template)]
    links: Option<Links>,
    /// Print the ids of reviews among the comments in this file, a list as the API of GitHub or GitLab
    /// gives it
    #[arg(long, value_name = "FILE", requires = "author", conflicts_with_all = ["range", "merged", "links", "as_body"])]
    find_comment: Option<PathBuf>,
    /// Who writes the review's comments there: what anybody else wrote is not taken for one
    #[arg(long, value_name = "LOGIN", requires = "find_comment")]
    author: Option<String>,
    /// Print the comment as the body of a request to the API of GitHub or GitLab
    #[arg(long)]
    as_body: bool,
    /// Print the shell script that keeps one comment of a pull request up to date; docs/review.md says
    /// what it needs
    #[arg(long, exclusive = true)]
    script: bool,
}

impl Review {
    /// Sums up and prints.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        if self.script {
            print_line(SCRIPT.trim_end());
            return Ok(ExitCode::SUCCESS);
        }
        if let (Some(file), Some(author)) = (&self.find_comment, &self.author) {
            return find_comment(file, author);
        }
        let repo = context.repo()?;
        let (base, head) = self.range(context)?;
        let summary = check::review(repo, &base, &head, self.merged, &asker(context, Phase::All)?)?;
        let links = self.links.clone().unwrap_or_else(forge_links);
        match context.global.format {
            _ if self.as_body => {
                context.print_document(&serde_json::json!({ "body": comment(&summary, &links) }))?
            }
            Format::Json => context.answer(&json(&summary))?,
            Format::Text => print_line(&text(&summary)),
            Format::Html => print_line(&html(&summary, &links)),
            _ => print_line(&comment(&summary, &links)),
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Base and head, as they are named or found.
    fn range(&self, context: &Context) -> Result<(String, String), Failure> {
        let (base, head) = match &self.range {
            // With three dots the same is meant: what was done since the merge base.
            Some(range) => match range.split_once("...").or_else(|| range.split_once("..")) {
                Some((base, head)) => (base, head),
                None => (range.as_str(), ""),
            },
            None => ("", ""),
        };
        let head = if head.is_empty() { "HEAD" } else { head };
        if !base.is_empty() {
            return Ok((base.to_owned(), head.to_owned()));
        }
        let repo = context.repo()?;
        repo.resolve(head)?;
        let base = check::integration(repo)?.ok_or_else(|| no_integration(repo.is_shallow()))?;
        Ok((base, head.to_owned()))
    }
}

fn no_integration(shallow: bool) -> Failure {
    let failure = Failure::new(Exit::Unreadable, "it can't be told into which branch this one is merged")
        .why("a review is of the commits since that branch");
    let failure = if shallow { failure.hint(FETCH_ALL) } else { failure };
    failure.hint("name it: perfteam review origin/main..HEAD")
}

/// Links to the forge on which this CI runs; paths where it is none that is known.
fn forge_links() -> Links {
    environment::forge_lines().and_then(|template| Links::from_template(&template).ok()).unwrap_or_default()
}

/// Prints the ids of the comments that `author` wrote and that begin as a review does.
fn find_comment(file: &std::path::Path, author: &str) -> Result<ExitCode, Failure> {
    let unreadable = |what: String| {
        Failure::new(
            Exit::Unreadable,
            format!("{}: {}", shown_line(&file.to_string_lossy()), shown_line(&what)),
        )
        .why("without the comments it can't be told which one is the review")
    };
    let bytes = std::fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    // Several pages of answers stand one behind the other.
    for page in serde_json::Deserializer::from_slice(&bytes).into_iter::<Vec<Value>>() {
        let page = page.map_err(|error| unreadable(error.to_string()))?;
        let own = page.iter().filter(|comment| is_review(comment, author));
        own.filter_map(|comment| comment["id"].as_u64()).for_each(|id| print_line(&id.to_string()));
    }
    Ok(ExitCode::SUCCESS)
}

fn is_review(comment: &Value, author: &str) -> bool {
    let names = [&comment["user"]["login"], &comment["author"]["username"]];
    names.iter().any(|name| name.as_str() == Some(author))
        && comment["body"].as_str().is_some_and(|body| body.starts_with(MARKER))
}
