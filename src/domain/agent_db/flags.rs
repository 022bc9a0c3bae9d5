//! Rows of the table `flags`, as records.
//!
//! What is over is history: it is taken as it is, whatever today's rules say of it. What is open must
//! be something that its addressee can act on. A row makes the same record wherever it is imported.

use serde_json::{Value, json};

use super::Cells;
use super::catalogue::handle_like;
use crate::domain::document::{Document, Meta, Section};
use crate::domain::draft::{Step, front_matter};
use crate::domain::flag::{ACTION, CHANGE, EXAMPLE, FlagHead, Flags};
use crate::domain::handle::Handle;
use crate::domain::id::RecordId;
use crate::domain::kind::Kind;
use crate::domain::lease::LockedDetails;
use crate::domain::level::Level;
use crate::domain::path::{fault_of, of_location};
use crate::domain::record::RecordDir;
use crate::domain::text::{cut, headline, meaningful, shown_line, slug};
use crate::domain::time::zone::Zone;
use crate::domain::time::{Span, Timestamp};

/// The key of a head that says where the flag was imported from.
pub const IMPORTED: &str = "imported";
/// Longer contexts stand in the body.
const LONGEST_CONTEXT: usize = 4_000;

/// The key under which the flag with this number is kept: a second import finds it by that.
pub fn key(number: i64) -> String {
    format!("agent-db-{number}")
}

/// What is needed to understand a row.
pub struct Importer<'a> {
    /// Where its times are from.
    pub zone: Zone,
    /// How long a lock lasts.
    pub lease: Span,
    /// Now, for rows that don't say when they were raised.
    pub now: Timestamp,
    /// Whether flags can be addressed to an agent.
    pub is_active: &'a dyn Fn(&Handle) -> bool,
}

/// A row as a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Its number.
    pub number: i64,
    /// The folder.
    pub dir: RecordDir,
    /// The head.
    pub head: FlagHead,
    /// The head with its texts.
    pub document: Document,
    /// What happened to it.
    pub steps: Vec<Step>,
    /// Random bits that are the same for the same row.
    pub bits: u64,
    /// The number of the flag with which its chain began.
    pub origin: Option<i64>,
}

impl Imported {
    /// Whether it is over.
    pub fn end(&self) -> Option<&Step> {
        self.steps.last().filter(|step| End::ALL.iter().any(|end| end.what() == step.what))
    }
}

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It was done.
    Completed,
    /// It was not done.
    Declined,
}

impl End {
    const ALL: [End; 2] = [End::Completed, End::Declined];

    fn of(status: &str) -> Option<End> {
        match status {
            "completed" => Some(End::Completed),
            "skipped" => Some(End::Declined),
            _ => None,
        }
    }

    fn what(self) -> &'static str {
        match self {
            End::Completed => "completed",
            End::Declined => "declined",
        }
    }
}

/// Why a row is not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// Its number, where it has one.
    pub number: Option<i64>,
    /// What is wrong with it.
    pub why: Vec<String>,
    /// Its addressee, where that is nobody here.
    pub stranger: Option<Handle>,
}

impl Faults {
    /// One thing that is wrong with a row.
    pub fn new(number: Option<i64>, why: impl Into<String>) -> Self {
        Faults { number, why: vec![why.into()], stranger: None }
    }
}

/// Reads one row; what it can't say as a record it keeps as it stood.
struct Reading<'a> {
    row: &'a Cells,
    faults: Vec<String>,
    kept: Meta,
}

impl Importer<'_> {
    /// The record that a row becomes, or why it becomes none.
    pub fn import(&self, row: &Cells) -> Result<Imported, Faults> {
        let Some(number) = row.text("id").and_then(|id| id.parse::<i64>().ok()) else {
            return Err(Faults::new(None, "its id is no number"));
        };
        let mut reading = Reading { row, faults: Vec::new(), kept: Meta::new() };
        let status = row.text("status").unwrap_or_default().to_ascii_lowercase();
        let end = End::of(&status);
        let Some(imported) = self.read(&mut reading, number, end, &status) else {
            return Err(Faults::new(Some(number), "it names nobody"));
        };
        if end.is_none() {
            let texts = Flags.head_texts(&imported.document);
            let thin = texts.iter().filter(|text| meaningful(text.text) < text.least);
            let faults = thin.map(|text| {
                let has = meaningful(text.text);
                format!("the {} has {has} meaningful characters, it needs {}", text.name, text.least)
            });
            let why: Vec<String> = reading.faults.into_iter().chain(faults).collect();
            if !why.is_empty() {
                let to = &imported.head.to;
                let stranger =
                    (row.text("target_agent").is_some() && !(self.is_active)(to)).then(|| to.clone());
                return Err(Faults { number: Some(number), why, stranger });
            }
        }
        Ok(imported)
    }

    fn read(
        &self,
        reading: &mut Reading<'_>,
        number: i64,
        end: Option<End>,
        status: &str,
    ) -> Option<Imported> {
        let row = reading.row;
        let from = reading.handle("source_agent");
        let to = reading.handle("target_agent");
        let to_or_from = to.clone().or_else(|| from.clone())?;
        let from = from.unwrap_or_else(|| to_or_from.clone());
        if to.is_none() {
            reading.faults.push("it has no target".into());
        } else if !(self.is_active)(&to_or_from) {
            reading.faults.push(format!("its target {to_or_from} is in no roster, or has retired"));
        }
        let class = reading.class();
        let impact = reading.impact();
        let at = self.time(reading, "created_at").unwrap_or(self.now);
        let texts = reading.texts(end.is_none());
        let (context, more) = reading.context();
        let (files, location) = (reading.files(), reading.location());
        let origin = reading.origin(number);
        let steps = self.steps(reading, end, status, &to_or_from, at);
        for (column, text) in
            [("session_id", row.text("session_id")), ("acknowledged_at", row.text("acknowledged_at"))]
        {
            text.into_iter().for_each(|text| reading.keep(column, &text));
        }
        reading.keep_too_long();
        let title = headline(texts.first().map(|section| section.text.as_str()).unwrap_or_default(), 72);
        let title = if title.is_empty() { format!("Flag {number} of the earlier tool") } else { title };
        let bits = bits_of(&format!("{number}\n{from}\n{}", row.text("created_at").unwrap_or_default()));
        let mut imported = Meta::new();
        imported.insert("from".into(), "agent-db".into());
        imported.insert("number".into(), number.into());
        imported.append(&mut reading.kept);
        let head = FlagHead {
            id: RecordId::from_bits(bits),
            class,
            title: shown_line(&title).into_owned(),
            from,
            to: to_or_from,
            impact,
            at,
            files,
            location,
            chain: None,
            parent: None,
            once: Some(key(number)),
            context,
            extra: [(IMPORTED.to_owned(), Value::Object(imported))].into_iter().collect(),
        };
        let sections = texts.into_iter().chain(more).collect();
        let document = Document { meta: front_matter(&head), text: String::new(), sections };
        let dir = RecordDir::new(&Flags, &at.day(), &slug(&headline(&head.title, 40)), &head.id);
        Some(Imported { number, dir, head, document, steps, bits, origin })
    }

    fn time(&self, reading: &mut Reading<'_>, column: &'static str) -> Option<Timestamp> {
        let text = reading.row.text(column)?;
        let time = self.zone.read(&text);
        if time.is_none() {
            reading.keep(column, &text);
        }
        time
    }

    fn steps(
        &self,
        reading: &mut Reading<'_>,
        end: Option<End>,
        status: &str,
        to: &Handle,
        at: Timestamp,
    ) -> Vec<Step> {
        let notes = reading.row.text("notes").unwrap_or_default();
        let Some(end) = end else {
            if status != "pending" && !status.is_empty() {
                reading.keep("status", status);
            }
            let locked = reading.row.text("locked").unwrap_or_default().to_ascii_lowercase();
            if matches!(locked.as_str(), "" | "0" | "false" | "no" | "0.0") {
                return Vec::new();
            }
            // The earlier tool did not know who locked it, nor until when: its addressee, for a lease.
            let since = self.time(reading, "acknowledged_at").unwrap_or(at).max(at);
            let details = LockedDetails::until(since.plus(self.lease));
            return vec![Step::new("locked", to, since, "Locked in the earlier flag tool.").with(&details)];
        };
        let when = self.time(reading, "completed_at").unwrap_or(at).max(at);
        let by = reading.row.text("completed_by");
        let stranger = by.filter(|by| by.parse::<Handle>().ok().as_ref() != Some(to));
        let mut note = notes;
        if note.is_empty() && end == End::Declined {
            note = "Skipped in the earlier flag tool, which kept no reason.".to_owned();
        }
        let mut step = Step::new(end.what(), to, when, String::new());
        if let Some(by) = stranger {
            let said = format!(
                "The earlier flag tool, which let anybody do so, says that {} closed it.",
                shown_line(&cut(&by, 100))
            );
            note = if note.is_empty() { said } else { format!("{note}\n\n{said}") };
            step.details.insert("closed_by".into(), by.into());
        }
        vec![Step { note, ..step }]
    }
}

impl Reading<'_> {
    fn keep(&mut self, column: &str, text: &str) {
        self.kept.insert(column.to_owned(), cut(text, 500).into_owned().into());
    }

    /// Says of values that were not read that they are there.
    fn keep_too_long(&mut self) {
        for column in &self.row.too_long {
            self.keep(column, "longer than 64 KiB, and left in the database");
        }
    }

    fn handle(&mut self, column: &'static str) -> Option<Handle> {
        let text = self.row.text(column)?;
        match text.parse() {
            Ok(handle) => Some(handle),
            Err(error) => {
                self.faults.push(format!("{column}: {error}"));
                self.keep(column, &text);
                handle_like(&text)
            }
        }
    }

    fn class(&mut self) -> String {
        let text = self.row.text("flag_type").unwrap_or_else(|| "change".into());
        if text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
            return text;
        }
        self.keep("flag_type", &text);
        slug(&text).replace('-', "_")
    }

    fn impact(&mut self) -> Level {
        let Some(text) = self.row.text("impact_level") else { return Level::Medium };
        text.parse().unwrap_or_else(|error| {
            self.faults.push(error);
            self.keep("impact_level", &text);
            Level::Medium
        })
    }

    fn texts(&mut self, is_open: bool) -> Vec<Section> {
        let columns =
            [("change_description", CHANGE), ("action_required", ACTION), ("example_usage", EXAMPLE)];
        let mut sections = Vec::new();
        for (column, title) in columns {
            if self.row.too_long.contains(&column) {
                self.faults.push(format!("{column} is longer than 64 KiB"));
            }
            let text = self.row.text(column).unwrap_or_default();
            if !text.is_empty() || title != EXAMPLE {
                sections.push(Section { title: title.into(), text });
            }
        }
        if let Some(notes) = self.row.text("notes").filter(|_| is_open) {
            sections.push(Section { title: "Notes".into(), text: notes });
        }
        sections
    }

    /// The context as keys, or, where it has none or many, as a section.
    fn context(&self) -> (Meta, Option<Section>) {
        let Some(text) = self.row.text("context") else { return (Meta::new(), None) };
        match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(keys)) if text.len() <= LONGEST_CONTEXT && depth(&json!(keys)) < 16 => {
                (keys, None)
            }
            _ => (Meta::new(), Some(Section { title: "Context".into(), text })),
        }
    }

    fn files(&mut self) -> Vec<String> {
        let (good, bad): (Vec<String>, Vec<String>) =
            self.row.list("related_files").into_iter().partition(|file| fault_of(file).is_none());
        if !bad.is_empty() {
            self.keep("related_files", &bad.join(","));
        }
        good
    }

    fn location(&mut self) -> Option<String> {
        let text = self.row.text("code_location")?;
        let path = of_location(&text);
        let has_line = text.len() > path.len() && !text[path.len()..].starts_with(":0");
        if has_line && fault_of(path).is_none() {
            return Some(text);
        }
        self.keep("code_location", &text);
        None
    }

    fn origin(&mut self, own: i64) -> Option<i64> {
        let text = self.row.text("chain_origin_id")?;
        match text.parse::<i64>() {
            Ok(origin) if origin == own => None,
            Ok(origin) => {
                self.keep("chain_origin_id", &text);
                Some(origin)
            }
            Err(_) => {
                self.keep("chain_origin_id", &text);
                None
            }
        }
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(keys) => 1 + keys.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Bits that look random and follow from the text: FNV-1a, stirred by SplitMix64.
fn bits_of(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
