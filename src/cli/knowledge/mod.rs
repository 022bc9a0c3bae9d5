//! `perfteam knowledge`: what was learnt, written down and found again.

mod add;
mod draft;
mod kind;
mod known;
mod list;
mod search;
mod show;
mod teachers;

use std::process::ExitCode;

use clap::Subcommand;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, form};
use super::context::Context;
use super::failure::Failure;
use super::view::warn_of_faults;
use crate::domain::document::Meta;
use crate::domain::knowledge::{Entry, Library};
use crate::domain::quantity::Measured;
use crate::store::knowledge::read_library;
use teachers::{TeacherV1, Teachers};

pub use known::{SimilarV1, print_known, similar};

/// The verbs of `perfteam knowledge`.
#[derive(Debug, Subcommand)]
pub enum KnowledgeCommand {
    Search(search::Search),
    List(list::List),
    Show(show::Show),
    Add(Box<add::Add>),
}

/// What the verbs print with `--format json`.
pub const ANSWERS: &[Answer] = &[
    Answer::new("knowledge search", &[form::<search::SearchV1>]),
    Answer::new("knowledge list", &[form::<list::ListV1>]),
    Answer::new("knowledge show", &[form::<show::ShownV1>]),
    Answer::new("knowledge add", &[form::<add::AddedV1>]),
];

impl KnowledgeCommand {
    /// Runs the verb.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        match self {
            KnowledgeCommand::Search(command) => command.run(context),
            KnowledgeCommand::List(command) => command.run(context),
            KnowledgeCommand::Show(command) => command.run(context),
            KnowledgeCommand::Add(command) => command.run(context),
        }
    }
}

/// The entries of the work tree; those that can't be read are said.
pub fn library(context: &Context) -> Result<Library, Failure> {
    context.team()?;
    let library = read_library(&context.repo()?.work_tree())?;
    warn_of_faults(&library.faults);
    Ok(library)
}

/// An entry, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
struct EntryV1 {
    /// Kind and slug.
    name: String,
    kind: String,
    title: String,
    path: String,
    by: Option<String>,
    at: Option<String>,
    taught_by: Vec<TeacherV1>,
    systems: Vec<String>,
    keywords: Vec<String>,
    /// What it gained.
    metrics: Vec<MetricV1>,
    /// What it cost.
    cost: Option<String>,
    extra: Meta,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "GainV1")]
struct MetricV1 {
    name: String,
    before: Option<String>,
    after: String,
    /// In percent of what it was before.
    change: Option<f64>,
}

impl EntryV1 {
    fn new(entry: &Entry, teachers: &Teachers) -> Self {
        let front = &entry.front;
        let metric = |(name, measured): (&String, &Measured)| MetricV1 {
            name: name.clone(),
            before: measured.before.as_ref().map(ToString::to_string),
            after: measured.after.to_string(),
            change: measured.change().map(|change| (change * 100.0).round() / 100.0),
        };
        EntryV1 {
            name: entry.name.to_string(),
            kind: entry.name.kind().to_owned(),
            title: entry.title.clone(),
            path: entry.name.path(),
            by: front.by.as_ref().map(ToString::to_string),
            at: front.at.map(|at| at.to_string()),
            taught_by: front.taught_by.iter().map(|id| teachers.json(id)).collect(),
            systems: front.systems.clone(),
            keywords: front.keywords.clone(),
            metrics: front.metrics.iter().map(metric).collect(),
            cost: front.cost.clone(),
            extra: front.extra.clone(),
        }
    }
}
