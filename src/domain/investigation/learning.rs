//! What an investigation leaves: what its retrospective says, as knowledge entries and tasks.

use super::page::{Page, Passage};
use super::{ClosedDetails, Part};
use crate::domain::handle::Handle;
use crate::domain::investigation::needs::Pages;
use crate::domain::knowledge::FOLDER;
use crate::domain::text::counted;

/// The kind of knowledge that tells of investigations in short.
pub const LOG: &str = "investigation-log";
/// The kind of knowledge that tells how to find and mend it.
pub const PLAYBOOK: &str = "playbook";
/// The kind of knowledge that tells how to know it.
pub const PATTERN: &str = "pattern";

/// The sections of the retrospective.
pub const WORKED: &str = "What worked well";
/// See [`WORKED`].
pub const BETTER: &str = "What could be better";
/// See [`WORKED`].
pub const LEARNINGS: &str = "Key learnings";
/// See [`WORKED`].
pub const MEASURES: &str = "Preventive measures";
/// See [`WORKED`].
pub const STEPS: &str = "Playbook";
/// See [`WORKED`].
pub const PATTERNS: &str = "Patterns";
/// See [`WORKED`].
pub const WORKFLOW: &str = "Incident response";

/// What a retrospective says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learnt {
    /// What the team knows now.
    pub learnings: Vec<String>,
    /// What keeps it from coming back.
    pub measures: Vec<Measure>,
    /// The first steps for whoever meets it again.
    pub playbook: Vec<String>,
    /// What comes back: a name and how to know it.
    pub patterns: Vec<(String, String)>,
    /// What of the way to respond to incidents was changed, or why nothing was.
    pub workflow: String,
}

/// What keeps it from coming back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// What is done.
    pub text: String,
    /// Who does it, where the text names somebody.
    pub by: Option<Handle>,
}

/// What the retrospective says; nothing of what waits to be filled in.
pub fn learnt(page: &Page) -> Learnt {
    let pattern = |text: String| match text.split_once(": ") {
        Some((name, how)) => (name.trim().to_owned(), how.trim().to_owned()),
        None => (text.clone(), text),
    };
    Learnt {
        learnings: told(page, LEARNINGS),
        measures: told(page, MEASURES).into_iter().map(measure).collect(),
        playbook: told(page, STEPS),
        patterns: told(page, PATTERNS).into_iter().map(pattern).collect(),
        workflow: texts(page, WORKFLOW),
    }
}

/// Each item of a list and each row of a table in a section.
pub fn told(page: &Page, title: &str) -> Vec<String> {
    let of = |passage: &Passage| -> Vec<String> {
        let items = passage.items().filter(|item| !item.is_open).map(|item| (item.line, item.text.clone()));
        let rows = passage.tables.iter().flat_map(|table| &table.rows).filter(|row| !row.is_open);
        let rows = rows.map(|row| (row.line, said(&row.cells)));
        let mut all: Vec<(usize, String)> = items.chain(rows).collect();
        all.sort();
        all.into_iter().map(|(_, text)| text).filter(|text| !text.trim().is_empty()).collect()
    };
    page.whole(title).iter().flat_map(of).collect()
}

fn said(cells: &[String]) -> String {
    let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    match cells.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [name, rest @ ..] => format!("{name}: {}", rest.join("; ")),
    }
}

/// All that a section says, as paragraphs.
pub fn texts(page: &Page, title: &str) -> String {
    let lines = page.whole(title).iter().flat_map(|passage| &passage.lines).filter(|line| !line.is_open);
    lines.map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n\n")
}

fn measure(text: String) -> Measure {
    let trim =
        |word: &str| word.trim_matches(|c: char| matches!(c, '(' | ')' | ',' | '.' | ';' | ':')).to_owned();
    let named = text.split_whitespace().map(trim).find(|word| word.starts_with('@'));
    Measure { by: named.and_then(|word| word.parse().ok()), text }
}

/// Something that the retrospective says, and that the event which closed the investigation does not
/// name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlearnt {
    /// The kind of knowledge of which an entry is missing; `None` where tasks are.
    pub kind: Option<&'static str>,
    /// What it closes with, in words: `no entry of .perfteam/knowledge/playbook`.
    pub what: String,
}

/// What the event that closed an investigation does not name.
pub fn unlearnt(pages: &Pages, left: &ClosedDetails) -> Vec<Unlearnt> {
    let learnt = pages.get(&Part::Retrospective).map(learnt).unwrap_or_default();
    let needed =
        [(LOG, 1), (PLAYBOOK, usize::from(!learnt.playbook.is_empty())), (PATTERN, learnt.patterns.len())];
    let entries = needed.into_iter().filter_map(|(kind, needed)| {
        let folder = format!("{FOLDER}/{kind}/");
        let has = left.knowledge.iter().filter(|path| path.starts_with(&folder)).count();
        let what = match has {
            0 => format!("no entry of {folder}"),
            has => format!("{has} of {needed} entries of {folder}"),
        };
        (has < needed).then_some(Unlearnt { kind: Some(kind), what })
    });
    let (measures, tasks) = (learnt.measures.len(), left.tasks.len());
    let what = match tasks {
        0 => format!("no task for {}", counted(measures, "preventive measure")),
        tasks => format!("{} for {}", counted(tasks, "task"), counted(measures, "preventive measure")),
    };
    entries.chain((tasks < measures).then_some(Unlearnt { kind: None, what })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::investigation::page::{Line, Row, Table};

    fn section(title: &str, items: &[&str], rows: &[&[&str]]) -> Passage {
        let line = |text: &&str| Line { line: 2, text: (*text).to_owned(), is_item: true, is_open: false };
        let row = |cells: &&[&str]| Row {
            line: 9,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            is_open: false,
        };
        let table = Table { rows: rows.iter().map(row).collect(), ..Table::default() };
        Passage {
            title: title.to_owned(),
            level: 2,
            lines: items.iter().map(line).collect(),
            tables: vec![table],
            ..Passage::default()
        }
    }

    fn page() -> Page {
        let passages = vec![
            section(
                MEASURES,
                &["Alert on pool use (@ops.performance)"],
                &[&["Review of configuration", "before each deployment"]],
            ),
            section(STEPS, &["Look at the pool first"], &[]),
            section(PATTERNS, &["Exhausted pool: the database idles"], &[]),
        ];
        Page { passages, faults: Vec::new() }
    }

    #[test]
    fn lists_and_tables_tell_the_same() {
        let learnt = learnt(&page());
        let measures: Vec<String> =
            learnt.measures.iter().map(|one| format!("{}|{:?}", one.text, one.by)).collect();
        assert_eq!(
            measures,
            [
                "Alert on pool use (@ops.performance)|Some(@ops.performance)",
                "Review of configuration: before each deployment|None"
            ]
        );
        assert_eq!(learnt.patterns, [("Exhausted pool".to_owned(), "the database idles".to_owned())]);
    }

    #[test]
    fn what_is_not_named_was_not_learnt() {
        let pages = Pages::from([(Part::Retrospective, page())]);
        let told = |left: &ClosedDetails| -> Vec<String> {
            unlearnt(&pages, left).into_iter().map(|one| one.what).collect()
        };
        assert_eq!(
            told(&ClosedDetails::default()),
            [
                "no entry of .perfteam/knowledge/investigation-log/",
                "no entry of .perfteam/knowledge/playbook/",
                "no entry of .perfteam/knowledge/pattern/",
                "no task for 2 preventive measures",
            ]
        );
        let path = |kind: &str| format!("{FOLDER}/{kind}/pool.md");
        let ids = ["7k2m9qxa3d", "4h9xw2mqp7"].map(|id| id.parse().expect("an id"));
        let left = ClosedDetails { knowledge: [LOG, PLAYBOOK, PATTERN].map(path).into(), tasks: ids.into() };
        assert_eq!(told(&left), [""; 0]);
        assert_eq!(
            unlearnt(&Pages::new(), &ClosedDetails::default()).len(),
            1,
            "the log is always asked for"
        );
    }
}
