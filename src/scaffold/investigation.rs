//! The documents of an investigation and the tasks of its parts, rendered from templates.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::domain::investigation::Part;
use crate::domain::investigation::criterion::Criterion;

/// A shipped template: path relative to `templates` (or to `.perfteam/templates`), and text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// The path.
    pub path: &'static str,
    /// The text.
    pub text: &'static str,
}

macro_rules! template {
    ($path:literal) => {
        Template { path: $path, text: include_str!(concat!("../../templates/", $path)) }
    };
}

/// The sections of the head.
pub const HEAD: Template = template!("investigation/investigation.md");

/// The template of the document of a part.
pub fn document(part: Part) -> Option<Template> {
    Some(match part {
        Part::Data => template!("investigation/data.md"),
        Part::Code => template!("investigation/code.md"),
        Part::Infrastructure => template!("investigation/infrastructure.md"),
        Part::Synthesis => template!("investigation/synthesis.md"),
        Part::Validation => template!("investigation/validation.md"),
        Part::Retrospective => template!("investigation/retrospective.md"),
        Part::Implementation => return None,
    })
}

/// The template of the task of a part.
pub fn delegation(part: Part) -> Template {
    match part {
        Part::Data => template!("delegation/data.md"),
        Part::Code => template!("delegation/code.md"),
        Part::Infrastructure => template!("delegation/infrastructure.md"),
        Part::Synthesis => template!("delegation/synthesis.md"),
        Part::Implementation => template!("delegation/implementation.md"),
        Part::Validation => template!("delegation/validation.md"),
        Part::Retrospective => template!("delegation/retrospective.md"),
    }
}

/// What templates can name. What people wrote in it is made safe for Markdown.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Subject {
    /// The id of the investigation.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who coordinates it.
    pub coordinator: String,
    /// How strongly it matters.
    pub priority: String,
    /// What set it off.
    pub trigger: String,
    /// What is affected.
    pub systems: Vec<String>,
    /// What users feel.
    pub impact: String,
    /// What must hold in the end.
    pub success: Vec<String>,
    /// The same, taken apart.
    pub criteria: Vec<Limits>,
    /// When it began.
    pub start: String,
    /// When each part is due.
    pub due: BTreeMap<&'static str, String>,
    /// The path of the document that a delegated task is to fill.
    pub document: String,
}

/// A success criterion, taken apart.
#[derive(Debug, Clone, Serialize)]
pub struct Limits {
    /// What is measured.
    pub name: String,
    /// What is required.
    pub required: String,
    /// What is aimed at.
    pub target: String,
}

impl Limits {
    /// The parts of a criterion.
    pub fn of(criterion: &Criterion) -> Self {
        let (required, target) = criterion.limits();
        Limits { name: one_line(criterion.name()), required, target }
    }
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// The line; 1 where it is not known.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// How many steps a template may take: the shipped ones take a few hundred. One that a branch brings
/// could go on for ever.
const STEPS: u64 = 100_000;

/// Renders the template with this text.
pub fn render(text: &str, subject: &Subject) -> Result<String, TemplateFault> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(STEPS));
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    let syntax = syntax.build().map_err(|error| fault(text, &error))?;
    environment.set_syntax(syntax);
    environment.render_str(text, Serde(subject)).map_err(|error| fault(text, &error))
}

fn fault(text: &str, error: &minijinja::Error) -> TemplateFault {
    let line = error.line().unwrap_or(1);
    let stands = text.lines().nth(line - 1).unwrap_or_default().trim();
    let message = match error.kind() {
        minijinja::ErrorKind::UndefinedError => {
            format!("`{stands}` names something that templates don't know")
        }
        kind => format!("{}: `{stands}`", error.detail().map_or_else(|| kind.to_string(), str::to_owned)),
    };
    TemplateFault { line, message }
}

/// What templates can name, in words.
pub fn known() -> String {
    let known = serde_json::to_value(Subject::default());
    let keys = known.ok().and_then(|known| known.as_object().map(|map| map.keys().cloned().collect()));
    keys.unwrap_or_else(Vec::new).join(", ")
}

/// A text for one line of Markdown, a heading or a cell of a table, that is nothing but text.
pub fn one_line(text: &str) -> String {
    plain(&text.split_whitespace().collect::<Vec<_>>().join(" ")).replace('|', "\\|")
}

/// A text of several lines that opens no section, comment or placeholder.
pub fn plain(text: &str) -> String {
    let line = |line: &str| {
        let line = line.replace("<!--", "&lt;!--").replace('[', "\\[");
        if line.trim_start().starts_with(['#', '`', '~']) { format!("\\{}", line.trim_start()) } else { line }
    };
    text.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// What was made safe for one line of Markdown, as it was written.
pub fn as_written(text: &str) -> String {
    let text = text.replace("&lt;!--", "<!--").replace("\\[", "[").replace("\\|", "|");
    text.strip_prefix('\\').map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        let due = Part::ALL.into_iter().map(|part| (part.word(), "2026-11-20".to_owned())).collect();
        Subject { title: "Slow".into(), systems: vec!["checkout".into()], due, ..Subject::default() }
    }

    #[test]
    fn all_shipped_templates_render() {
        let documents = Part::ALL.into_iter().filter_map(document);
        for template in documents.chain(Part::ALL.into_iter().map(delegation)).chain([HEAD]) {
            let rendered = render(template.text, &subject());
            assert!(rendered.is_ok_and(|text| !text.contains("{{")), "{}", template.path);
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_line() {
        let wrong = |text: &str| render(text, &subject()).expect_err("a fault");
        let fault = wrong("# {{ title }}\n\nBy {{ team }}.\n");
        assert_eq!(
            (fault.line, fault.message.as_str()),
            (3, "`By {{ team }}.` names something that templates don't know")
        );
        assert_eq!(wrong("a\n{{ due.lunch }}").line, 2);
        assert_eq!(wrong("a\n{% if %}").line, 2);
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(wrong(endless).message.contains("ran out of fuel"), "{:?}", wrong(endless));
        assert!(known().contains("coordinator"));
    }

    #[test]
    fn what_people_wrote_stays_text() {
        assert_eq!(
            plain("## Not a section\n[ALL_OF_IT] <!-- x"),
            "\\## Not a section\n\\[ALL_OF_IT] &lt;!-- x"
        );
        assert_eq!(one_line("a | b\nc"), "a \\| b c");
    }
}
