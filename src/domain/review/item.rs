//! What becomes of each record that a branch touches.

use super::{Material, order};
use crate::domain::change::RecordChange;
use crate::domain::flag::INFORMATION_REQUEST;
use crate::domain::handle::Handle;
use crate::domain::kind::Brief;
use crate::domain::record::Record;
use crate::domain::snapshot::ShortIds;
use crate::domain::time::Timestamp;

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is new, and open.
    Opened,
    /// It is a question, and answered.
    Answered,
    /// It is done.
    Completed,
    /// It is closed without being done: declined, cancelled, rejected, taken back.
    Dropped,
    /// Something else happened to it.
    Moved,
    /// Its files are gone.
    Removed,
}

/// A record that the branch touches.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What becomes of it.
    pub outcome: Outcome,
    /// How it stands after; as it stood, where it is gone.
    pub brief: Brief,
    /// Its id, shortened.
    pub short: String,
    /// The word for the state in which it was; `None` where it is new.
    pub was: Option<String>,
    /// The texts that say what it is about, each with its title.
    pub texts: Vec<(&'static str, String)>,
    /// The files that it is about.
    pub files: Vec<String>,
    /// What happened to it, in order.
    pub steps: Vec<Taken>,
    /// The documents of it that people edited.
    pub documents: Vec<String>,
}

/// A step that the branch brings.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// What happened: `completed`.
    pub what: String,
    /// Who did it.
    pub by: Handle,
    /// When.
    pub at: Timestamp,
    /// What was said.
    pub note: String,
    /// The path of its file.
    pub path: String,
    /// Whether it has an effect, or an earlier one had already decided.
    pub counts: bool,
}

/// The records that the branch touches, and the paths of those that can't be read.
pub(super) fn items(material: &Material<'_>, short: &ShortIds) -> (Vec<Item>, Vec<String>) {
    let (mut items, mut unreadable) = (Vec::new(), Vec::new());
    for change in material.records {
        match item(material, change, short) {
            Ok(item) => items.extend(item),
            Err(path) => unreadable.push(path),
        }
    }
    items.sort_by(|a, b| (a.outcome, order(&a.brief)).cmp(&(b.outcome, order(&b.brief))));
    (items, unreadable)
}

/// The record of a change, `None` where nothing happened to it, as when it is archived; its path
/// where it can't be read.
fn item(material: &Material<'_>, change: &RecordChange, short: &ShortIds) -> Result<Option<Item>, String> {
    let kind = change.dir.kind();
    let brief = |record: &Option<Record>| record.as_ref().and_then(|record| kind.brief(record));
    let (before, after) = (brief(&change.before), brief(&change.after));
    if change.after.is_some() && after.is_none() || before.is_none() && after.is_none() {
        return Err(change.dir.path());
    }
    let documents = documents(material, change);
    let steps = change.after.as_ref().map(|after| steps(change, after)).unwrap_or_default();
    let Some(outcome) = outcome(change, before.as_ref(), after.as_ref(), &steps, &documents) else {
        return Ok(None);
    };
    let shown = change.after.as_ref().or(change.before.as_ref());
    let files = shown.and_then(|record| record.head.as_ref()).map(|head| kind.related_files(head));
    Ok(after.or(before.clone()).map(|brief| Item {
        outcome,
        short: short.short(&brief.id).to_owned(),
        was: before.map(|before| before.status),
        texts: shown.map(|record| kind.texts(record)).unwrap_or_default(),
        files: files.unwrap_or_default().into_iter().map(|(_, file)| file).collect(),
        steps,
        documents,
        brief,
    }))
}

fn outcome(
    change: &RecordChange,
    before: Option<&Brief>,
    after: Option<&Brief>,
    steps: &[Taken],
    documents: &[String],
) -> Option<Outcome> {
    let Some(after) = after else { return Some(Outcome::Removed) };
    let was_open = before.is_none_or(|before| !before.closed);
    let is_answered = || {
        after.class == INFORMATION_REQUEST && steps.iter().any(|step| step.counts && step.what == "replied")
    };
    match (before, after.closed) {
        (None, false) => Some(Outcome::Opened),
        (_, true) if was_open && after.dropped => Some(Outcome::Dropped),
        (_, true) if was_open && is_answered() => Some(Outcome::Answered),
        (_, true) if was_open => Some(Outcome::Completed),
        _ => {
            let has_moved = !steps.is_empty() || !documents.is_empty() || change.new_head().is_some();
            has_moved.then_some(Outcome::Moved)
        }
    }
}

fn steps(change: &RecordChange, after: &Record) -> Vec<Taken> {
    let superseded = change.dir.kind().superseded(after);
    let taken = change.new_events().map(|event| Taken {
        what: event.front.event.clone(),
        by: event.front.by.clone(),
        at: event.front.at,
        note: event.note().to_owned(),
        path: change.dir.event_path(&event.name),
        counts: !superseded.contains(&event.name),
    });
    taken.collect()
}

/// The names of the documents of the record that change.
fn documents(material: &Material<'_>, change: &RecordChange) -> Vec<String> {
    let (kind, folder) = (change.dir.kind(), format!("{}/", change.dir.path()));
    if !kind.keeps_documents() {
        return Vec::new();
    }
    let touched = material.changes.iter().filter_map(|change| change.path.strip_prefix(&folder));
    touched.filter(|name| kind.is_document(name)).map(str::to_owned).collect()
}
