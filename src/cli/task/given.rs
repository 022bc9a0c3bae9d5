//! What a new task says, as it is given: by options, a file, standard input or an editor.

use clap::Args;
use serde::Deserialize;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::form::{Blank, Form, either, list_value, own_keys, text_value};
use crate::domain::diagnostic::Fault;
use crate::domain::document::{Document, Meta};
use crate::domain::handle::Handle;
use crate::domain::level::Level;
use crate::domain::quantity::Threshold;
use crate::domain::task::{SECTIONS, Tasks};
use crate::domain::text::shown_line;
use crate::domain::time::Span;
use crate::markdown::yaml::{self, scalar};

/// The form of a new task.
static FORM: Form = Form {
    kind: &Tasks,
    template: include_str!("../../../templates/task.md"),
    parts: "the sections `## Objective`, `## Context`, `## Requirements` and `## Expected output`",
    blank: Blank {
        message: "no title was written, so no task was made",
        why: "the title is what people see of a task in lists",
        place: "it after `title:`",
        options: "--title TEXT",
    },
};
/// The keys of the form.
const KEYS: [&str; 15] = [
    "type",
    "title",
    "to",
    "waiting_for",
    "priority",
    "system",
    "directory",
    "tools",
    "parameters",
    "deadline",
    "depends",
    "report_every",
    "escalate_when",
    "measured",
    "parent",
];
/// The keys that the command writes, whatever the form says.
const WRITTEN: [&str; 5] = ["id", "from", "at", "chain", "once"];

/// What is given of a new task.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default)]
pub struct Given {
    /// One line for lists
    #[arg(long, required_unless_present_any = ["recommendation", "input", "edit"])]
    pub title: Option<String>,
    /// research, implementation, review, coordination, or a type of your own
    /// [default: implementation]
    #[arg(long = "type", value_name = "TYPE")]
    #[serde(rename = "type")]
    pub class: Option<String>,
    /// How strongly it matters: critical, high, medium or low [default: medium; of a recommendation
    /// that of the task]
    #[arg(long, value_name = "LEVEL")]
    pub priority: Option<Level>,
    /// Who is to do it
    #[arg(long, value_name = "@HANDLE")]
    pub to: Option<Handle>,
    /// The specialist for whom it waits [default: whom the roster search finds]
    #[arg(long, value_name = "@HANDLE", conflicts_with = "to")]
    pub waiting_for: Option<Handle>,
    /// The system that it is about
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// What is to be reached
    #[arg(long, value_name = "TEXT")]
    #[serde(skip)]
    objective: Option<String>,
    /// What led to it
    #[arg(long, value_name = "TEXT")]
    #[serde(skip)]
    context: Option<String>,
    /// What must hold; may be given several times
    #[arg(long = "require", value_name = "TEXT")]
    #[serde(skip)]
    requirements: Vec<String>,
    /// What must come out of it; may be given several times
    #[arg(long = "expect", value_name = "TEXT")]
    #[serde(skip)]
    expected: Vec<String>,
    /// Where the work is done
    #[arg(long = "dir", value_name = "PATH")]
    pub directory: Option<String>,
    /// A tool that it needs; may be given several times
    #[arg(long = "tool", value_name = "NAME")]
    pub tools: Vec<String>,
    /// What it is done with; the value is YAML; may be given several times
    #[arg(long = "param", value_name = "KEY=VALUE")]
    #[serde(skip)]
    params: Vec<String>,
    /// When it is due: +2h, "tomorrow 18:00", friday, 2026-11-20T18:00:00Z
    #[arg(long, value_name = "WHEN")]
    pub deadline: Option<String>,
    /// What must be done before it; may be given several times
    #[arg(long, value_name = "ID")]
    pub depends: Vec<String>,
    /// How often a report is due while somebody works on it: 30m
    #[arg(long, value_name = "DURATION")]
    pub report_every: Option<Span>,
    /// When a report raises a flag to you: 'error_rate > 5%'; may be given several times
    #[arg(long, value_name = "THRESHOLD")]
    pub escalate_when: Vec<Threshold>,
    /// It is done only with a figure before and after
    #[arg(long)]
    pub measured: bool,
    /// The record that it serves
    #[arg(long, value_name = "ID")]
    pub parent: Option<String>,
    /// What it is done with, as a form has it.
    #[arg(skip)]
    parameters: Meta,
    /// The texts as a form has them, in the order of [`SECTIONS`].
    #[arg(skip)]
    #[serde(skip)]
    sections: [Option<String>; 4],
    /// Keys of the team's own.
    #[arg(skip)]
    #[serde(skip)]
    pub extra: Meta,
}

impl Given {
    /// With what stands in a file of the form of `task.md` where options say nothing; `-` is standard
    /// input.
    pub fn or_from(self, file: &str) -> Result<Given, Failure> {
        Ok(self.or(FORM.read(file, take)?))
    }

    /// As the user writes it in an editor, beginning with this; `go_on` judges it while it can still
    /// be kept.
    pub fn composed<T>(
        &self,
        context: &Context,
        go_on: impl FnOnce(Given) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let is_blank = |given: &Given| given.title.as_deref().is_none_or(|title| title.trim().is_empty());
        FORM.compose(context, &self.values(), take, is_blank, |given| {
            // What the template has no place for.
            let waiting_for = self.waiting_for.clone().filter(|_| given.to.is_none());
            let (parent, params, measured) = (self.parent.clone(), self.params.clone(), self.measured);
            go_on(Given { waiting_for, parent, params, measured, ..Given::default() }.or(given))
        })
    }

    fn or(self, form: Given) -> Given {
        Given {
            title: self.title.or(form.title),
            class: self.class.or(form.class),
            priority: self.priority.or(form.priority),
            waiting_for: self.waiting_for.or(form.waiting_for).filter(|_| self.to.is_none()),
            to: self.to.or(form.to),
            system: self.system.or(form.system),
            directory: self.directory.or(form.directory),
            tools: either(self.tools, form.tools),
            deadline: self.deadline.or(form.deadline),
            depends: either(self.depends, form.depends),
            report_every: self.report_every.or(form.report_every),
            escalate_when: either(self.escalate_when, form.escalate_when),
            measured: self.measured || form.measured,
            parent: self.parent.or(form.parent),
            parameters: form.parameters,
            sections: form.sections,
            extra: form.extra,
            ..self
        }
    }

    /// The texts, in the order in which a task has them.
    pub fn texts(&self) -> [Option<String>; 4] {
        let own = [
            self.objective.clone(),
            self.context.clone(),
            list_text(&self.requirements),
            list_text(&self.expected),
        ];
        let mut form = self.sections.clone().into_iter();
        own.map(|own| own.or(form.next().flatten()))
    }

    /// What it is done with; options add to what a form says.
    pub fn parameters(&self) -> Result<Meta, Failure> {
        let mut parameters = self.parameters.clone();
        for parameter in &self.params {
            let fail = |message: String| {
                Failure::usage(format!("--param {}: {message}", shown_line(parameter)))
                    .hint("--param 'concurrent_users=[100, 500, 1000]'")
            };
            let (key, value) =
                parameter.split_once('=').ok_or_else(|| fail("expected KEY=VALUE".to_owned()))?;
            let key = key.trim();
            if key.is_empty() || key.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err(fail("a key is one word".to_owned()));
            }
            parameters.insert(key.to_owned(), yaml::parse(value.trim()).map_err(fail)?);
        }
        Ok(parameters)
    }

    fn values(&self) -> Vec<(&'static str, String)> {
        let [objective, context, requirements, expected] = self.texts().map(Option::unwrap_or_default);
        vec![
            ("type", scalar(self.class.as_deref().unwrap_or(DEFAULT_TYPE))),
            ("title", text_value(self.title.as_deref())),
            ("to", text_value(self.to.as_ref().map(Handle::to_string).as_deref())),
            ("priority", self.priority.unwrap_or(Level::Medium).to_string()),
            ("system", text_value(self.system.as_deref())),
            ("directory", text_value(self.directory.as_deref())),
            ("tools", list_value(&self.tools)),
            ("deadline", text_value(self.deadline.as_deref())),
            ("depends", list_value(&self.depends)),
            ("report_every", self.report_every.map(|every| scalar(&every.to_string())).unwrap_or_default()),
            ("escalate_when", list_value(&self.escalate_when)),
            ("objective", objective),
            ("context", context),
            ("requirements", requirements),
            ("expected", expected),
        ]
    }
}

/// The type of a task unless told otherwise.
pub const DEFAULT_TYPE: &str = "implementation";

fn take(document: &Document) -> Result<Given, Fault> {
    let section = |title: &str| document.section(title).filter(|text| !text.trim().is_empty());
    let given: Given = document.front()?;
    Ok(Given {
        sections: SECTIONS.map(|title| section(title).map(str::to_owned)),
        extra: own_keys(document, &KEYS, &WRITTEN),
        ..given
    })
}

/// A list of texts as Markdown.
fn list_text(items: &[String]) -> Option<String> {
    let lines: Vec<String> = items.iter().map(|item| format!("- {}", item.trim())).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
