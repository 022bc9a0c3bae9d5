//! What the repository knows of the values of arguments, by the names that `--help` gives them.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::cli::context::{Context, Global};
use crate::cli::failure::Failure;
use crate::cli::knowledge;
use crate::domain::level::Level;
use crate::domain::text::{cut, is_invisible, shown_line};

/// Longest description that stands beside a word.
const WIDEST: usize = 70;

/// A word, and what it stands for.
type Word = (String, String);

/// The command with what completes its arguments; `group` is the command of the first level.
pub fn attach(command: Command, group: &str) -> Command {
    let command = command.mut_args(|argument| with_values(argument, group));
    command.mut_subcommands(|inner| {
        let group = if group.is_empty() { inner.get_name().to_owned() } else { group.to_owned() };
        attach(inner, &group)
    })
}

fn with_values(argument: Arg, group: &str) -> Arg {
    let name = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    match (name.as_deref().unwrap_or_default(), argument.get_long()) {
        (name, _) if name.starts_with("@HANDLE") => completed(argument, handles),
        ("ID", Some("investigation")) => completed(argument, |context| open(context, Some("investigation"))),
        ("ID", None) => match group {
            "flag" => completed(argument, |context| open(context, Some("flag"))),
            "task" => completed(argument, |context| open(context, Some("task"))),
            "finding" => completed(argument, |context| open(context, Some("finding"))),
            "investigate" => completed(argument, |context| open(context, Some("investigation"))),
            _ => completed(argument, |context| open(context, None)),
        },
        ("ID", Some(_)) => completed(argument, |context| open(context, None)),
        ("NAME", None) if group == "knowledge" => completed(argument, entries),
        ("NAME", None) if group == "resource" => completed(argument, resources),
        ("LEVEL", _) => completed(argument, levels),
        _ => argument,
    }
}

fn completed(argument: Arg, values: fn(&Context) -> Result<Vec<Word>, Failure>) -> Arg {
    argument.add(ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let words = values(&Context::new(Global::default())).unwrap_or_default();
        let fits = |(word, _): &Word| word.starts_with(&*typed) && !word.contains(is_invisible);
        words.into_iter().filter(fits).map(candidate).collect::<Vec<_>>()
    }))
}

fn candidate((word, about): Word) -> CompletionCandidate {
    CompletionCandidate::new(word).help(Some(cut(&shown_line(&about), WIDEST).to_string().into()))
}

/// The open records of a kind, by their short ids.
fn open(context: &Context, kind: Option<&str>) -> Result<Vec<Word>, Failure> {
    let scan = context.scan_live()?;
    let short = scan.snapshot.short_ids();
    let briefs = scan.snapshot.open.iter().filter(|brief| kind.is_none_or(|kind| brief.kind_name() == kind));
    Ok(briefs.map(|brief| (short.short(&brief.id).to_owned(), brief.title.clone())).collect())
}

/// The agents of the roster.
fn handles(context: &Context) -> Result<Vec<Word>, Failure> {
    let agents = context.team_if_any()?.roster.active();
    Ok(agents.map(|agent| (agent.handle.to_string(), agent.title.clone())).collect())
}

/// How strongly something can matter.
fn levels(_: &Context) -> Result<Vec<Word>, Failure> {
    Ok(Level::ALL.map(|level| (level.to_string(), String::new())).to_vec())
}

/// What was learnt.
fn entries(context: &Context) -> Result<Vec<Word>, Failure> {
    let library = knowledge::library(context)?;
    Ok(library.entries.iter().map(|entry| (entry.name.to_string(), entry.title.clone())).collect())
}

/// The resources that somebody has or waits for.
fn resources(context: &Context) -> Result<Vec<Word>, Failure> {
    let names: BTreeSet<String> =
        open(context, Some("resource"))?.into_iter().map(|(_, title)| title).collect();
    Ok(names.into_iter().map(|name| (name, String::new())).collect())
}
