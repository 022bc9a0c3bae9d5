//! The templates of the repository, or those that are shipped, rendered for an investigation.

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::domain::id::RecordId;
use crate::domain::investigation::criterion::Criterion;
use crate::domain::investigation::{InvestigationHead, Part};
use crate::domain::text::shell_word;
use crate::markdown::document::decode;
use crate::scaffold::investigation::{Limits, Subject, Template, known, one_line, plain, render};
use crate::store::assemble::plain_bytes;
use crate::store::source::Source;

/// Where a team's own templates lie.
const FOLDER: &str = ".perfteam/templates";

/// What templates can name of an investigation.
pub fn subject(head: &InvestigationHead, impact: &str) -> Subject {
    let criteria: Vec<Criterion> = head.success.iter().map(|text| Criterion::read(text)).collect();
    let due = |part: Part| head.due.get(&part).map_or_else(|| "not said".to_owned(), |due| due.minute());
    Subject {
        id: head.id.to_string(),
        title: one_line(&head.title),
        coordinator: head.from.to_string(),
        priority: head.priority.to_string(),
        trigger: one_line(head.trigger.as_deref().unwrap_or_default()),
        systems: head.systems.iter().map(|system| one_line(system)).collect(),
        impact: plain(impact),
        success: head.success.iter().map(|text| one_line(text)).collect(),
        criteria: criteria.iter().map(Limits::of).collect(),
        start: head.at.minute(),
        due: Part::ALL.into_iter().map(|part| (part.word(), due(part))).collect(),
        document: String::new(),
    }
}

/// Renders the team's version of a template, or the shipped one.
pub fn rendered(context: &Context, template: Template, subject: &Subject) -> Result<String, Failure> {
    let own = format!("{FOLDER}/{}", template.path);
    let (text, name) = match context.repo()?.work_tree().read(&own)? {
        Some(contents) => {
            let text = plain_bytes(Some(contents)).and_then(|bytes| decode(&bytes));
            (text.map_err(|fault| wrong(&own, 1, &fault.message))?, own)
        }
        None => (template.text.to_owned(), format!("templates/{}", template.path)),
    };
    render(&text, subject).map_err(|fault| wrong(&name, fault.line, &fault.message))
}

/// The failure of a template.
pub fn wrong(name: &str, line: usize, message: &str) -> Failure {
    Failure::new(Exit::Unreadable, format!("{name}:{line}: {message}"))
        .why("a document with a hole in it would be taken for a finished one")
        .hint(format!("what templates can name: {}", known()))
        .hint(format!("or do with the shipped template: mv {0} {0}.off", shell_word(name)))
}

/// The path of the document of a part of the investigation `id` in the folder `dir`.
pub fn document_path(dir: &str, part: Part) -> String {
    part.document().map(|file| format!("{dir}/{file}")).unwrap_or_default()
}

/// Words for a record that is not here.
pub fn not_here(id: &RecordId) -> String {
    format!("{id}, which is not here")
}
