//! What a new flag says, from options, a file, standard input or an editor.

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::form::{Blank, Form, own_keys};
use crate::cli::paths::from_top;
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::{Document, Meta};
use crate::domain::flag::{
    ACTION, ACTION_LEAST, CHANGE, CHANGE_LEAST, EXAMPLE, Flags, INFORMATION_REQUEST, QUESTION_LEAST,
};
use crate::domain::handle::Handle;
use crate::domain::level::Level;
use crate::domain::path::of_location;
use crate::domain::text::{headline, meaningful, shown_line};
use crate::markdown::yaml;
use crate::markdown::yaml::scalar;

/// A flag that is being written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// The type.
    pub class: Option<String>,
    /// The addressees.
    pub to: Vec<Handle>,
    /// How strongly it matters.
    pub impact: Option<Level>,
    /// One line for lists.
    pub title: Option<String>,
    /// The files that it is about.
    pub files: Vec<String>,
    /// Where in the code.
    pub location: Option<String>,
    /// More that the addressee should know.
    pub context: Meta,
    /// The texts.
    pub texts: Texts,
    /// Keys of the team's own.
    pub extra: Meta,
}

/// The form of a new flag.
static FORM: Form = Form {
    kind: &Flags,
    template: include_str!("../../../templates/flag.md"),
    parts: "the sections `## Change` and `## Action`",
    blank: Blank {
        message: "neither a change nor an action was written, so no flag was raised",
        why: "a flag is nothing but what it says",
        place: "below `## Change` and `## Action`",
        options: "--change TEXT --action TEXT",
    },
};
/// The keys of the form.
const KEYS: [&str; 7] = ["type", "to", "impact", "title", "files", "location", "context"];
/// The keys that the command writes, whatever the form says.
const WRITTEN: [&str; 6] = ["id", "from", "at", "chain", "parent", "once"];

/// The texts of a flag.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Texts {
    /// What changed.
    pub change: Option<String>,
    /// What the addressee must do.
    pub action: Option<String>,
    /// How to use what changed.
    pub example: Option<String>,
}

impl Draft {
    /// The type; `change` unless told otherwise.
    pub fn class(&self) -> &str {
        self.class.as_deref().unwrap_or("change")
    }

    /// How strongly it matters; medium unless told otherwise.
    pub fn impact(&self) -> Level {
        self.impact.unwrap_or(Level::Medium)
    }

    /// One line for lists; the beginning of the change unless told otherwise.
    pub fn title(&self) -> String {
        match &self.title {
            Some(title) => title.trim().to_owned(),
            None => headline(self.texts.change.as_deref().unwrap_or_default(), 72),
        }
    }

    /// The words by which an addressee is searched.
    pub fn words(&self) -> String {
        let texts = [&self.title, &self.texts.change, &self.texts.action];
        texts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ")
    }

    /// What is given here, and the rest from `other`.
    pub fn or(self, other: Draft) -> Draft {
        let longer = |own: Vec<String>, other: Vec<String>| if own.is_empty() { other } else { own };
        Draft {
            class: self.class.or(other.class),
            to: if self.to.is_empty() { other.to } else { self.to },
            impact: self.impact.or(other.impact),
            title: self.title.or(other.title),
            files: longer(self.files, other.files),
            location: self.location.or(other.location),
            context: if self.context.is_empty() { other.context } else { self.context },
            texts: Texts {
                change: self.texts.change.or(other.texts.change),
                action: self.texts.action.or(other.texts.action),
                example: self.texts.example.or(other.texts.example),
            },
            extra: if self.extra.is_empty() { other.extra } else { self.extra },
        }
    }

    /// The same with what the template of the editor has no place for.
    pub fn with_rest_of(self, given: &Draft) -> Draft {
        Draft {
            location: self.location.or_else(|| given.location.clone()),
            context: if self.context.is_empty() { given.context.clone() } else { self.context },
            texts: Texts {
                example: self.texts.example.or_else(|| given.texts.example.clone()),
                ..self.texts
            },
            ..self
        }
    }

    /// The draft with paths from the top of the work tree, when its texts say enough.
    pub fn checked(mut self, context: &Context) -> Result<Draft, Failure> {
        let is_request = self.class() == INFORMATION_REQUEST;
        let action_least = if is_request { QUESTION_LEAST } else { ACTION_LEAST };
        require(
            "change",
            self.texts.change.as_deref(),
            CHANGE_LEAST,
            "what changed, with names and numbers",
        )?;
        require(
            "action",
            self.texts.action.as_deref(),
            action_least,
            "the exact steps the addressee must take",
        )?;
        check_forms(&self)?;
        self.files = self.files.iter().map(|file| from_top(context, file)).collect::<Result<_, _>>()?;
        self.location = match self.location.take() {
            Some(location) => {
                let path = of_location(&location);
                let rest = location[path.len()..].to_owned();
                Some(from_top(context, path)? + &rest)
            }
            None => None,
        };
        let mut unique = Vec::new();
        for handle in self.to.drain(..) {
            if !unique.contains(&handle) {
                unique.push(handle);
            }
        }
        self.to = unique;
        Ok(self)
    }
}

/// Refuses what would read as something else than was meant.
fn check_forms(draft: &Draft) -> Result<(), Failure> {
    let class = draft.class();
    if class.is_empty() || !class.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        return Err(Failure::usage(format!("`{}` is no type", shown_line(class)))
            .why("a type is one word, by which people filter")
            .hint("--type breaking_change, or a word of your own"));
    }
    if draft.title.as_deref().is_some_and(|title| title.trim().lines().count() > 1) {
        return Err(Failure::usage("the title has several lines").why("it is one line of a list"));
    }
    let location = draft.location.as_deref().unwrap_or("path:1");
    let line =
        location[of_location(location).len()..].trim_start_matches(':').split(':').next().unwrap_or_default();
    if line.parse::<usize>().is_ok_and(|line| line > 0) {
        return Ok(());
    }
    Err(Failure::usage(format!("`{}` is no location", shown_line(location)))
        .why("whoever reads the flag looks there")
        .hint("--location src/pool.rs:42"))
}

/// Refuses a text that says too little.
pub fn require(name: &str, text: Option<&str>, least: usize, what: &str) -> Result<(), Failure> {
    let Some(text) = text else {
        return Err(Failure::usage(format!("--{name} is missing: {what}"))
            .hint(format!("--{name} \"TEXT\", or --edit")));
    };
    let has = meaningful(text);
    if has >= least {
        return Ok(());
    }
    Err(Failure::refused(format!("the {name} has {has} meaningful characters, it needs {least}"))
        .why("letters and digits count, a repeated character once, a word three times at most: the addressee must be able to act on the flag alone")
        .hint(format!("say {what}: --{name} \"TEXT\"")))
}

/// Reads `--context`.
pub fn context_keys(text: Option<&str>) -> Result<Meta, Failure> {
    let Some(text) = text else { return Ok(Meta::new()) };
    yaml::parse_mapping(text).map_err(|fault| {
        Failure::usage(format!("--context: {}", fault.message)).hint("--context 'p95_before: 180 ms'")
    })
}

/// Reads a draft from a file of the form of `flag.md`; `-` is standard input.
pub fn read(file: &str) -> Result<Draft, Failure> {
    FORM.read(file, draft_of)
}

/// Lets the user write the flag in an editor, beginning with what is given already.
pub fn compose(context: &Context, given: &Draft) -> Result<Draft, Failure> {
    let is_blank = |draft: &Draft| draft.texts.change.is_none() && draft.texts.action.is_none();
    FORM.compose(context, &values(given), draft_of, is_blank, |draft| {
        draft.with_rest_of(given).checked(context)
    })
}

fn values(given: &Draft) -> Vec<(&'static str, String)> {
    let to: Vec<String> = given.to.iter().map(|handle| scalar(&handle.to_string())).collect();
    let files: Vec<String> = given.files.iter().map(|file| scalar(file)).collect();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        ("type", scalar(given.class())),
        ("to", to.join(", ")),
        ("impact", given.impact().as_str().to_owned()),
        ("title", scalar(&text(&given.title))),
        ("files", files.join(", ")),
        ("change", text(&given.texts.change)),
        ("action", text(&given.texts.action)),
    ]
}

fn draft_of(document: &Document) -> Result<Draft, Fault> {
    let fault = |key: &str, message: String| Fault::new(Spot::Key(key.to_owned()), message);
    let text = |key: &str| -> Result<Option<String>, Fault> {
        match document.meta.get(key) {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(serde_json::Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(serde_json::Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(fault(key, format!("`{key}`: expected a text"))),
        }
    };
    let list = |key: &str| -> Result<Vec<String>, Fault> {
        match document.meta.get(key) {
            None | Some(serde_json::Value::Null) => Ok(Vec::new()),
            Some(serde_json::Value::String(text)) => Ok(text
                .split(',')
                .map(|item| item.trim().to_owned())
                .filter(|item| !item.is_empty())
                .collect()),
            Some(serde_json::Value::Array(items)) => items
                .iter()
                .map(|item| {
                    let text = item.as_str().map(str::to_owned);
                    text.ok_or_else(|| fault(key, format!("`{key}`: expected texts")))
                })
                .collect(),
            Some(_) => Err(fault(key, format!("`{key}`: expected a list"))),
        }
    };
    let handle = |text: String| text.parse::<Handle>().map_err(|error| fault("to", format!("`to`: {error}")));
    let level = |word: String| word.parse::<Level>().map_err(|error| fault("impact", error));
    let section =
        |title: &str| document.section(title).map(str::to_owned).filter(|text| !text.trim().is_empty());
    Ok(Draft {
        class: text("type")?,
        to: list("to")?.into_iter().map(handle).collect::<Result<_, Fault>>()?,
        impact: text("impact")?.map(level).transpose()?,
        title: text("title")?,
        files: list("files")?,
        location: text("location")?,
        context: document
            .meta
            .get("context")
            .and_then(|value| value.as_object())
            .cloned()
            .unwrap_or_default(),
        texts: Texts { change: section(CHANGE), action: section(ACTION), example: section(EXAMPLE) },
        extra: own_keys(document, &KEYS, &WRITTEN),
    })
}
