//! What was learnt: an entry is a file in `.perfteam/knowledge/<kind>/`, a living document that
//! people edit.

mod form;
mod name;
mod search;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diagnostic::{Fault, FileFault, Spot};
use super::document::{Document, Meta};
use super::handle::Handle;
use super::id::RecordId;
use super::quantity::Metrics;
use super::text::{meaningful, nearest, stage_command};
use super::time::Timestamp;

pub use form::{FORMS, Form};
pub use name::{EntryName, FOLDER, Place, place, refuse_kind};
pub use search::{Hit, SIMILAR};

/// Meaningful characters that an entry needs beside its headings.
pub const TEXT_LEAST: usize = 20;

/// The front matter of an entry. All of it may be left out, when the text begins with a heading.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Front {
    /// What kind of knowledge it is; the folder says it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// One line for lists; without it, the first heading of the text, `# Title`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who wrote it first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Handle>,
    /// When it was first written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The ids of the findings, investigations and other records that taught it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taught_by: Vec<RecordId>,
    /// The systems and components that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub systems: Vec<String>,
    /// Words and phrases by which it should be found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// What it gained: figures by name, before and after.
    #[serde(default, skip_serializing_if = "Metrics::is_empty")]
    pub metrics: Metrics,
    /// What it cost, in words: `two days of work, 40 EUR a month`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// Keys of the team's own.
    #[serde(flatten)]
    #[schemars(skip)]
    pub extra: Meta,
}

impl Front {
    /// What is said here, and the rest from `other`.
    pub fn or(self, other: Front) -> Front {
        fn longer<T>(own: Vec<T>, other: Vec<T>) -> Vec<T> {
            if own.is_empty() { other } else { own }
        }
        Front {
            kind: self.kind.or(other.kind),
            title: self.title.or(other.title),
            by: self.by.or(other.by),
            at: self.at.or(other.at),
            taught_by: longer(self.taught_by, other.taught_by),
            systems: longer(self.systems, other.systems),
            keywords: longer(self.keywords, other.keywords),
            metrics: if self.metrics.is_empty() { other.metrics } else { self.metrics },
            cost: self.cost.or(other.cost),
            extra: if self.extra.is_empty() { other.extra } else { self.extra },
        }
    }
}

/// An entry as its file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its kind and slug.
    pub name: EntryName,
    /// One line for lists.
    pub title: String,
    /// Its front matter.
    pub front: Front,
    /// The text below the front matter.
    pub text: String,
}

/// What the text of an entry has, as a reader of Markdown sees it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outline {
    /// The first heading of the first level.
    pub heading: Option<String>,
    /// What is said beside headings and comments.
    pub said: String,
}

impl Entry {
    /// The entry that `document` is at its place, or what keeps it from being one.
    pub fn from_document(name: EntryName, document: Document, outline: &Outline) -> Result<Self, Fault> {
        let front: Front = document.front()?;
        if let Some(kind) = front.kind.as_deref().filter(|kind| *kind != name.kind()) {
            let message = format!("the kind is {kind}, but the file lies in {}", name.kind());
            let fault = Fault::new(Spot::Key("kind".into()), message);
            return Err(fault.mend(format!("move the file, or write `kind: {}`", name.kind())));
        }
        let title = title(&front, outline)?;
        let has = meaningful(&outline.said);
        if has < TEXT_LEAST {
            let message = format!(
                "it says too little: {has} meaningful characters beside headings and comments, it needs {TEXT_LEAST}"
            );
            let mend = format!("write below its headings, then: {}", stage_command(&[name.path()]));
            return Err(Fault::new(Spot::Start, message).mend(mend));
        }
        Ok(Entry { name, title, front, text: document.text })
    }

    /// Whether the record `id` taught it.
    pub fn is_taught_by(&self, id: &RecordId) -> bool {
        self.front.taught_by.contains(id)
    }
}

fn title(front: &Front, outline: &Outline) -> Result<String, Fault> {
    let at = || front.title.as_ref().map_or(Spot::Start, |_| Spot::Key("title".into()));
    let title = front.title.as_ref().or(outline.heading.as_ref()).map(|title| title.trim());
    match title.filter(|title| !title.is_empty()) {
        Some(title) if title.lines().count() > 1 => {
            Err(Fault::new(at(), "the title has several lines: it is one line of a list"))
        }
        Some(title) => Ok(title.to_owned()),
        None => Err(Fault::new(at(), "no title: expected the key `title`, or a heading `# Title` first")),
    }
}

/// All entries of one source, by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Library {
    /// Those that can be read.
    pub entries: Vec<Entry>,
    /// What is wrong with the others.
    pub faults: Vec<FileFault>,
}

/// What a word on the command line names.
#[derive(Debug, PartialEq)]
pub enum Named<'a> {
    /// Exactly this entry.
    One(&'a Entry),
    /// Nothing; the names that are spelt most like it.
    None(Vec<&'a Entry>),
    /// Several entries.
    Several(Vec<&'a Entry>),
}

impl Library {
    /// The entry that `word` names: its path, its kind and slug, its slug, or the beginning of one.
    pub fn find(&self, word: &str) -> Named<'_> {
        let word = word.trim().trim_start_matches("./");
        let word = word.strip_prefix(FOLDER).map_or(word, |rest| rest.trim_start_matches('/'));
        let word = word.strip_suffix(".md").unwrap_or(word).to_lowercase();
        let forms = |entry: &Entry| [entry.name.to_string(), entry.name.slug().to_owned()];
        let exact = self.entries.iter().filter(|entry| forms(entry).contains(&word)).collect::<Vec<_>>();
        let begins =
            |entry: &&Entry| !word.is_empty() && forms(entry).iter().any(|form| form.starts_with(&word));
        let found = if exact.is_empty() { self.entries.iter().filter(begins).collect() } else { exact };
        match found.as_slice() {
            [one] => Named::One(one),
            [] => Named::None(self.nearest(&word)),
            _ => Named::Several(found),
        }
    }

    fn nearest(&self, word: &str) -> Vec<&Entry> {
        let slugs = self.entries.iter().map(|entry| entry.name.slug());
        let near = nearest(word.rsplit('/').next().unwrap_or(word), slugs);
        self.entries.iter().filter(|entry| Some(entry.name.slug()) == near).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    pub(super) fn entry(name: &str, title: &str, text: &str) -> Entry {
        let (kind, slug) = name.split_once('/').expect("a name");
        let name = EntryName::new(kind, slug).expect("a name");
        Entry { name, title: title.into(), front: Front::default(), text: text.into() }
    }

    fn read(meta: serde_json::Value, heading: Option<&str>, said: &str) -> Result<Entry, Fault> {
        let document = Document { meta: meta.as_object().cloned().expect("keys"), ..Document::default() };
        let outline = Outline { heading: heading.map(str::to_owned), said: said.to_owned() };
        Entry::from_document(EntryName::new("pattern", "pools").expect("a name"), document, &outline)
    }

    const SAID: &str = "A pool that is too small queues its callers.";

    #[test]
    fn the_title_is_a_key_or_the_first_heading() {
        let title =
            |meta, heading| read(meta, heading, SAID).map(|entry| entry.title).map_err(|fault| fault.message);
        assert_eq!(title(json!({"title": "Pools"}), Some("Other")), Ok("Pools".into()));
        assert_eq!(title(json!({}), Some("Pools")), Ok("Pools".into()));
        assert!(title(json!({}), None).is_err_and(|message| message.starts_with("no title")));
        assert!(
            title(json!({"title": "  "}), Some("Pools"))
                .is_err_and(|message| message.starts_with("no title"))
        );
        assert!(
            title(json!({"title": "a\nb"}), None).is_err_and(|message| message.contains("several lines"))
        );
    }

    #[test]
    fn an_entry_lies_in_the_folder_of_its_kind_and_says_something() {
        let fault = read(json!({"kind": "runbook"}), Some("Pools"), SAID).expect_err("a fault");
        assert_eq!(
            (fault.spot, fault.mend.as_deref()),
            (Spot::Key("kind".into()), Some("move the file, or write `kind: pattern`"))
        );
        let fault = read(json!({}), Some("Pools"), "To do.").expect_err("a fault");
        assert!(fault.message.starts_with("it says too little: 4 "), "{}", fault.message);
    }

    #[test]
    fn a_name_is_found_by_any_unique_part_of_it() {
        let entries = vec![
            entry("pattern/pool-exhausted-7k2m", "", ""),
            entry("runbook/pool-exhausted-9xqa", "", ""),
            entry("runbook/restart", "", ""),
            entry("runbook/restart-all", "", ""),
        ];
        let library = Library { entries, faults: Vec::new() };
        let found = |word: &str| match library.find(word) {
            Named::One(entry) => entry.name.to_string(),
            Named::None(near) => format!("none, near {}", near.len()),
            Named::Several(several) => several.len().to_string(),
        };
        assert_eq!(found("pool-exhausted-7k2m"), "pattern/pool-exhausted-7k2m");
        assert_eq!(found("runbook/pool"), "runbook/pool-exhausted-9xqa");
        assert_eq!(found(".perfteam/knowledge/runbook/restart-all.md"), "runbook/restart-all");
        assert_eq!(found("restart"), "runbook/restart", "a whole name wins over the beginning of another");
        assert_eq!(found("Pool"), "2");
        assert_eq!(found("restrt"), "none, near 1");
        assert_eq!(found(""), "none, near 0");
    }
}
