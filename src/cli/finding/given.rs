//! What a new finding says, as it is given: by options, a file, standard input or an editor.

use std::collections::BTreeMap;

use clap::Args;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::form::{Blank, Form, either, list_value, own_keys, text_value};
use crate::domain::diagnostic::Fault;
use crate::domain::document::{Document, Meta};
use crate::domain::finding::{EVIDENCE, Findings};
use crate::domain::handle::Handle;
use crate::domain::level::Level;
use crate::domain::quantity::{Measured, Metrics, typed};
use crate::domain::time::Timestamp;
use crate::markdown::yaml::scalar;

/// The form of a new finding.
static FORM: Form = Form {
    kind: &Findings,
    template: include_str!("../../../templates/finding.md"),
    parts: "the section `## Evidence`",
    blank: Blank {
        message: "no evidence was written, so no finding was reported",
        why: "a finding is as good as what shows it",
        place: "below `## Evidence`",
        options: "--title TEXT --category WORD --component NAME --severity LEVEL --evidence TEXT",
    },
};
/// The keys of the form.
const KEYS: [&str; 13] = [
    "category",
    "type",
    "title",
    "component",
    "severity",
    "impact",
    "location",
    "metrics",
    "frequency",
    "first_detected",
    "trend",
    "distribute",
    "parent",
];
/// The keys that the command writes, whatever the form says.
const WRITTEN: [&str; 6] = ["id", "from", "at", "anchor", "chain", "once"];

/// What is given of a new finding.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default)]
pub struct Given {
    /// One line for lists
    #[arg(long, required_unless_present_any = ["input", "edit"])]
    title: Option<String>,
    /// bottleneck, benchmark, pattern, regression, or a word of your own
    #[arg(long, value_name = "WORD", required_unless_present_any = ["input", "edit"])]
    category: Option<String>,
    /// What it is about
    #[arg(long, value_name = "NAME", required_unless_present_any = ["input", "edit"])]
    component: Option<String>,
    /// How strongly it matters: critical, high, medium or low
    #[arg(long, value_name = "LEVEL", required_unless_present_any = ["input", "edit"])]
    severity: Option<Level>,
    /// What shows it
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["input", "edit"])]
    #[serde(skip)]
    evidence: Option<String>,
    /// What kind of it: resource_exhaustion
    #[arg(long = "type", value_name = "WORD")]
    #[serde(rename = "type")]
    pub class: Option<String>,
    /// What follows from it
    #[arg(long, value_name = "TEXT")]
    pub impact: Option<String>,
    /// Where in the code
    #[arg(long, value_name = "PATH:LINE")]
    pub location: Option<String>,
    /// A figure, before and after; may be given several times
    #[arg(long = "metric", value_name = "NAME=BEFORE..AFTER", value_parser = typed)]
    #[serde(skip)]
    figures: Vec<(String, Measured)>,
    /// How often it happens: daily
    #[arg(long, value_name = "TEXT")]
    pub frequency: Option<String>,
    /// When it was first seen: 2026-11-20T10:30:00Z
    #[arg(long, value_name = "TIME")]
    pub first_detected: Option<Timestamp>,
    /// Where it is going: trending_down
    #[arg(long, value_name = "WORD")]
    pub trend: Option<String>,
    /// Tell these agents, by a flag to each
    #[arg(long, value_name = "@HANDLE,...", value_delimiter = ',')]
    pub distribute: Vec<Handle>,
    /// The investigation to which it belongs
    #[arg(long, value_name = "ID")]
    #[serde(rename = "parent")]
    pub investigation: Option<String>,
    /// The figures as a form has them.
    #[arg(skip)]
    #[serde(deserialize_with = "metrics_of_form")]
    metrics: Metrics,
    /// Keys of the team's own.
    #[arg(skip)]
    #[serde(skip)]
    pub extra: Meta,
}

/// What every finding says.
pub struct Said {
    /// One line for lists.
    pub title: String,
    /// What kind of finding.
    pub category: String,
    /// What it is about.
    pub component: String,
    /// How strongly it matters.
    pub severity: Level,
    /// What shows it.
    pub evidence: String,
}

impl Given {
    /// With what stands in a file of the form of `finding.md` where options say nothing; `-` is
    /// standard input.
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
        let is_blank = |given: &Given| given.evidence.is_none();
        FORM.compose(context, &self.values(), take, is_blank, |given| {
            // What the template has no place for.
            go_on(Given { investigation: self.investigation.clone(), ..Given::default() }.or(given))
        })
    }

    fn or(self, form: Given) -> Given {
        Given {
            title: self.title.or(form.title),
            category: self.category.or(form.category),
            component: self.component.or(form.component),
            severity: self.severity.or(form.severity),
            evidence: self.evidence.or(form.evidence),
            class: self.class.or(form.class),
            impact: self.impact.or(form.impact),
            location: self.location.or(form.location),
            frequency: self.frequency.or(form.frequency),
            first_detected: self.first_detected.or(form.first_detected),
            trend: self.trend.or(form.trend),
            distribute: either(self.distribute, form.distribute),
            investigation: self.investigation.or(form.investigation),
            metrics: form.metrics,
            extra: form.extra,
            ..self
        }
    }

    /// The figures; options add to what a form says.
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone().into_iter().chain(self.figures.iter().cloned()).collect()
    }

    /// What every finding says; a failure where some of it is not given.
    pub fn said(&self) -> Result<Said, Failure> {
        Ok(Said {
            title: needed("title", &self.title)?.trim().to_owned(),
            category: needed("category", &self.category)?,
            component: needed("component", &self.component)?,
            severity: needed("severity", &self.severity)?,
            evidence: needed("evidence", &self.evidence)?.trim().to_owned(),
        })
    }

    fn values(&self) -> Vec<(&'static str, String)> {
        let figure = |(name, measured): &(String, Measured)| {
            let before = measured.before.as_ref().map(|before| format!("{before}..")).unwrap_or_default();
            format!("{}: {}", scalar(name), scalar(&format!("{before}{}", measured.after)))
        };
        let figures: Vec<String> = self.figures.iter().map(figure).collect();
        vec![
            ("category", text_value(self.category.as_deref())),
            ("type", text_value(self.class.as_deref())),
            ("title", text_value(self.title.as_deref())),
            ("component", text_value(self.component.as_deref())),
            ("severity", self.severity.unwrap_or(Level::Medium).to_string()),
            ("impact", text_value(self.impact.as_deref())),
            ("location", text_value(self.location.as_deref())),
            ("metrics", format!("{{{}}}", figures.join(", "))),
            ("frequency", text_value(self.frequency.as_deref())),
            ("first_detected", text_value(self.first_detected.map(|first| first.to_string()).as_deref())),
            ("trend", text_value(self.trend.as_deref())),
            ("distribute", list_value(&self.distribute)),
            ("evidence", self.evidence.clone().unwrap_or_default()),
        ]
    }
}

fn needed<T: Clone>(name: &str, given: &Option<T>) -> Result<T, Failure> {
    given.clone().ok_or_else(|| {
        Failure::usage(format!("the finding has no {name}"))
            .why("others filter by it, and judge the finding by it")
            .hint(format!("say it in the form, or: --{name}"))
    })
}

fn take(document: &Document) -> Result<Given, Fault> {
    let evidence = document.section(EVIDENCE).filter(|text| !text.trim().is_empty());
    let given: Given = document.front()?;
    Ok(Given { evidence: evidence.map(str::to_owned), extra: own_keys(document, &KEYS, &WRITTEN), ..given })
}

/// A figure in a form: as on the command line, or as in a file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Figure {
    Whole(Measured),
    Text(String),
    Number(f64),
}

fn metrics_of_form<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Metrics, D::Error> {
    let figures: Option<BTreeMap<String, Figure>> = Option::deserialize(deserializer)?;
    let read = |(name, figure)| {
        let measured = match figure {
            Figure::Whole(measured) => measured,
            Figure::Text(text) => text.parse().and_then(Measured::comparable).map_err(D::Error::custom)?,
            Figure::Number(number) => number.to_string().parse().map_err(D::Error::custom)?,
        };
        Ok((name, measured))
    };
    figures.into_iter().flatten().map(read).collect()
}
