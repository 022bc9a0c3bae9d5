//! `perfteam knowledge add`.

use std::process::ExitCode;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::draft::{AGAIN, Draft, compose, kind_of, read};
use super::kind::KindParser;
use super::known::{SimilarV1, print_known, similar};
use crate::cli::context::{Context, print_line};
use crate::cli::failure::Failure;
use crate::domain::diagnostic::Fault;
use crate::domain::id::{MIN_PREFIX, RecordId};
use crate::domain::knowledge::{EntryName, Form, Front};
use crate::domain::quantity::{Measured, named};
use crate::domain::text::{shell_word, stage_command};
use crate::markdown::knowledge;
use crate::store::write::{self, NewFile, Staging};

/// Write down what was learnt
///
/// Without --text, --edit or --input the entry has headings that say what belongs there, and is yours
/// to write with your editor. Entries are living documents: whoever knows more edits the file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam knowledge add --kind runbook --title \"Restart the connection pool\" --edit
  perfteam knowledge add --kind pattern --title \"Exhausted pool\" --taught-by 7k2m \\
    --system checkout-db --text \"p95 rises in steps while the database is idle: callers wait. ...\"
  perfteam knowledge add --kind optimisation --title \"Cache sessions\" --metric p95=890ms..240ms \\
    --cost \"a day of work\" --text \"...\"
  perfteam knowledge add --kind runbook --input docs/restart.md")]
pub struct Add {
    /// What kind of knowledge it is, or a word of the team's own
    #[arg(long, value_name = "KIND", value_parser = KindParser)]
    kind: Option<String>,
    /// One line for lists
    #[arg(long)]
    title: Option<String>,
    /// What was learnt, as Markdown
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// The finding, investigation or other record that taught it; may be given several times
    #[arg(long = "taught-by", value_name = "ID")]
    taught_by: Vec<String>,
    /// A system or component that it is about; may be given several times
    #[arg(long = "system", value_name = "NAME")]
    systems: Vec<String>,
    /// A word or phrase by which it should be found; may be given several times
    #[arg(long = "keyword", value_name = "WORDS")]
    keywords: Vec<String>,
    /// What it gained: a figure, before and after; may be given several times
    #[arg(long = "metric", value_name = "NAME=BEFORE..AFTER", value_parser = named::<Measured>)]
    metrics: Vec<(String, Measured)>,
    /// What it cost, in words
    #[arg(long, value_name = "TEXT")]
    cost: Option<String>,
    /// The file's name [default: the beginning of the title, and four characters that make it unique]
    #[arg(long, value_name = "SLUG")]
    name: Option<String>,
    /// Write the entry in $EDITOR, from its headings
    #[arg(long, conflicts_with_all = ["input", "text"])]
    edit: bool,
    /// Read the entry from a file of the form that docs/knowledge.md shows; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    input: Option<String>,
}

/// What it prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AddedV1 {
    name: String,
    path: String,
    /// Whether it says something yet, rather than having headings alone.
    written: bool,
    staged: bool,
    /// What was written down before about the like.
    similar: Vec<SimilarV1>,
}

impl Add {
    /// Writes the file.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let given = self.given(context)?;
        let given = Draft { front: given, text: self.text.clone().unwrap_or_default() };
        if self.edit {
            let composed = compose(context, given)?;
            return self
                .finish(context, composed.draft)
                .map_err(|failure| composed.written.keep(failure, AGAIN));
        }
        let draft = match &self.input {
            Some(file) => read(file)?.under(given),
            None => given,
        };
        self.finish(context, draft)
    }

    /// What the options say.
    fn given(&self, context: &Context) -> Result<Front, Failure> {
        let by = context.actor()?;
        let mut taught_by: Vec<RecordId> = Vec::new();
        if !self.taught_by.is_empty() {
            let scan = context.scan()?;
            for prefix in &self.taught_by {
                taught_by.push(context.find(&scan, prefix)?.id());
            }
        }
        Ok(Front {
            kind: self.kind.clone(),
            title: self.title.clone().map(|title| title.trim().to_owned()),
            by: Some(by),
            at: Some(context.now),
            taught_by,
            systems: self.systems.clone(),
            keywords: self.keywords.clone(),
            metrics: self.metrics.iter().cloned().collect(),
            cost: self.cost.clone(),
            extra: Default::default(),
        })
    }

    fn finish(&self, context: &Context, draft: Draft) -> Result<ExitCode, Failure> {
        let kind = kind_of(&draft.front)?.to_owned();
        let is_written = !draft.text.trim().is_empty();
        let text = if is_written { draft.text } else { Form::of(&kind).outline() };
        let name = self.new_name(context, &kind, &draft.front, &text)?;
        let file = NewFile { path: name.path(), text: knowledge::write(&draft.front, &text) };
        if is_written {
            knowledge::read(name.clone(), file.text.as_bytes()).map_err(|fault| refused(&fault))?;
        }
        let known = similar(context, &about(&draft.front))?;
        let _lock = context.lock()?;
        refuse_existing(context, &name)?;
        let staging = match is_written {
            true => context.write(std::slice::from_ref(&file))?,
            false => {
                write::create_all(context.repo()?, std::slice::from_ref(&file))?;
                Staging::Off
            }
        };
        let added = Added { name, written: is_written, staging, known };
        added.say(context)
    }

    /// The name of the new entry; a title is needed in its front matter or as its first heading.
    fn new_name(
        &self,
        context: &Context,
        kind: &str,
        front: &Front,
        text: &str,
    ) -> Result<EntryName, Failure> {
        let title = front
            .title
            .clone()
            .or_else(|| knowledge::title_of(text))
            .filter(|title| !title.trim().is_empty());
        let Some(title) = title else {
            return Err(Failure::usage("--title is missing: what it is about, in one line")
                .why("it is what people see of the entry in lists")
                .hint("--title \"what it is about\"")
                .hint("or a heading at the beginning of its text: # What it is about"));
        };
        let id = RecordId::from_bits(context.bits());
        let name = match &self.name {
            Some(slug) => EntryName::new(kind, slug.trim_end_matches(".md")),
            None => EntryName::fresh(kind, &title, &id.as_str()[..MIN_PREFIX]),
        };
        name.map_err(|message| Failure::usage(message).hint("--name restart-the-pool"))
    }
}

/// What was written.
struct Added {
    name: EntryName,
    written: bool,
    staging: Staging,
    known: Vec<SimilarV1>,
}

impl Added {
    fn say(self, context: &Context) -> Result<ExitCode, Failure> {
        let path = self.name.path();
        if context.is_json() {
            context.answer(&AddedV1 {
                name: self.name.to_string(),
                path,
                written: self.written,
                staged: self.staging == Staging::Done,
                similar: self.known,
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        let headings = if self.written { "" } else { ", with nothing but headings" };
        print_line(&format!("added {}{headings}", self.name));
        print_line(&format!("  {path}"));
        print_known(&self.known);
        if self.written {
            print_line("commit it together with what taught it: git commit");
        } else {
            print_line(&format!("write it with your editor, then: {}", stage_command(&[&path])));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What an entry is about, to look for others of the same.
fn about(front: &Front) -> String {
    let title = front.title.iter();
    title.chain(&front.systems).chain(&front.keywords).cloned().collect::<Vec<_>>().join(" ")
}

/// The options say too little, or what is no entry.
fn refused(fault: &Fault) -> Failure {
    Failure::refused(fault.message.clone())
        .why("an entry that can't be read is found by nobody")
        .hint("say it with names and numbers: --text \"TEXT\", or --edit")
}

fn refuse_existing(context: &Context, name: &EntryName) -> Result<(), Failure> {
    let path = name.path();
    if !context.repo()?.top().join(&path).exists() {
        return Ok(());
    }
    Err(Failure::refused(format!("{path} is there already"))
        .why("entries are living documents: whoever knows more edits what is there")
        .hint(format!("see it: perfteam knowledge show {name}"))
        .hint(format!("edit {}, or choose another --name", shell_word(&path))))
}
