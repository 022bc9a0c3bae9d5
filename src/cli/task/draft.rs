//! A new task, before it is written.

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::domain::document::{Document, Meta, Section};
use crate::domain::draft::front_matter;
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Kind;
use crate::domain::level::Level;
use crate::domain::quantity::Threshold;
use crate::domain::record::RecordDir;
use crate::domain::search::{Hit, search};
use crate::domain::task::{CONTEXT, SECTIONS, TaskHead, Tasks};
use crate::domain::text::{headline, slug};
use crate::domain::time::{Span, Timestamp};
use crate::markdown::document;
use crate::store::write::NewFile;

/// How many specialists are proposed.
const PROPOSED: usize = 3;

/// What a new task says.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The type.
    pub class: String,
    /// One line for lists.
    pub title: String,
    /// Who is to do it; without it, it waits for a specialist.
    pub to: Option<Handle>,
    /// The specialist for whom it waits; without it, the one whom the roster search finds.
    pub waiting_for: Option<Handle>,
    /// How strongly it matters.
    pub priority: Level,
    /// The system that it is about.
    pub system: Option<String>,
    /// Where the work is done.
    pub directory: Option<String>,
    /// The tools that it needs.
    pub tools: Vec<String>,
    /// What it is done with.
    pub parameters: Meta,
    /// When it is due.
    pub deadline: Option<Timestamp>,
    /// What must be done before it.
    pub depends: Vec<RecordId>,
    /// How often a report is due.
    pub report_every: Option<Span>,
    /// When a report raises a flag.
    pub escalate_when: Vec<Threshold>,
    /// Whether it is done only with figures before and after.
    pub measured: bool,
    /// The texts, in the order of [`SECTIONS`].
    pub texts: [Option<String>; 4],
    /// The record with which its chain began.
    pub chain: Option<RecordId>,
    /// The record that it serves.
    pub parent: Option<RecordId>,
    /// The key under which a retry finds it again.
    pub once: Option<String>,
    /// Keys of the team's own.
    pub extra: Meta,
}

impl Draft {
    /// A draft with nothing but what every task has.
    pub fn new(class: &str, title: &str, priority: Level) -> Self {
        Draft {
            class: class.to_owned(),
            title: title.to_owned(),
            to: None,
            waiting_for: None,
            priority,
            system: None,
            directory: None,
            tools: Vec::new(),
            parameters: Meta::new(),
            deadline: None,
            depends: Vec::new(),
            report_every: None,
            escalate_when: Vec::new(),
            measured: false,
            texts: Default::default(),
            chain: None,
            parent: None,
            once: None,
            extra: Meta::new(),
        }
    }

    /// The words by which a specialist is searched.
    fn words(&self) -> String {
        // What led to it speaks of other work as well.
        let texts = SECTIONS.iter().zip(&self.texts).filter(|(title, _)| **title != CONTEXT);
        let texts = texts.filter_map(|(_, text)| text.as_deref());
        let own = [self.title.as_str(), self.system.as_deref().unwrap_or_default()];
        own.into_iter().chain(texts).collect::<Vec<_>>().join(" ")
    }
}

/// A new task that is ready to be written.
pub struct Made {
    /// Its id.
    pub id: RecordId,
    /// Where it will lie.
    pub dir: RecordDir,
    /// Its file; `None` where an earlier run has written it.
    pub file: Option<NewFile>,
    /// The specialist for whom it waits, where it is nobody's.
    pub waiting_for: Option<Handle>,
    /// Who fits best, where it is nobody's.
    pub proposed: Vec<Hit>,
}

/// Makes a task of `draft`.
pub fn make(context: &Context, from: &Handle, draft: Draft) -> Result<Made, Failure> {
    let proposed = match (&draft.to, &draft.waiting_for) {
        (None, None) => search(&context.team()?.roster, &draft.words(), PROPOSED),
        _ => Vec::new(),
    };
    let best = || proposed.first().map(|hit| hit.handle.clone());
    let waiting_for = draft.waiting_for.clone().or_else(best).filter(|_| draft.to.is_none());
    let id = RecordId::from_bits(context.bits());
    let sections = SECTIONS.iter().zip(draft.texts).filter_map(|(title, text)| {
        Some(Section { title: (*title).to_owned(), text: text?.trim().to_owned() })
    });
    let sections = sections.collect();
    let head = TaskHead {
        id: id.clone(),
        class: draft.class,
        title: draft.title,
        from: from.clone(),
        to: draft.to,
        waiting_for: waiting_for.clone(),
        priority: draft.priority,
        at: context.now,
        system: draft.system,
        directory: draft.directory,
        tools: draft.tools,
        parameters: draft.parameters,
        deadline: draft.deadline,
        depends: draft.depends,
        report_every: draft.report_every,
        escalate_when: draft.escalate_when,
        measured: draft.measured,
        chain: draft.chain,
        parent: draft.parent,
        once: draft.once,
        extra: draft.extra,
    };
    let dir = RecordDir::new(&Tasks, &head.at.day(), &slug(&headline(&head.title, 40)), &id);
    let document = Document { meta: front_matter(&head), text: String::new(), sections };
    let path = format!("{}/{}", dir.path(), Tasks.head_file());
    let file = NewFile { path, text: document::write(&document) };
    Ok(Made { id, dir, file: Some(file), waiting_for, proposed })
}
