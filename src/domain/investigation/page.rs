//! A living document as it was read: its sections with their tables, list items, placeholders and
//! figures, each with its line. What stands in comments or code is not part of it.

use crate::domain::quantity::Measured;
use crate::domain::text::meaningful;

/// A living document, taken apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// What stands under each heading, in file order; what stands before the first has level 0.
    pub passages: Vec<Passage>,
    /// What keeps it from being read in full: line, and what is wrong.
    pub faults: Vec<(usize, String)>,
}

/// What stands under one heading, without what stands under the headings below it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Passage {
    /// The heading, without marks.
    pub title: String,
    /// 1 to 6; 0 before the first heading.
    pub level: u8,
    /// The line of the heading.
    pub line: usize,
    /// Its paragraphs and list items, in file order.
    pub lines: Vec<Line>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// What still waits to be filled in.
    pub placeholders: Vec<Line>,
}

/// A text on a line: of a paragraph, an item of a list, or a placeholder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Where it begins.
    pub line: usize,
    /// The text, without marks.
    pub text: String,
    /// Whether it is an item of a list.
    pub is_item: bool,
    /// Whether a placeholder is left in it.
    pub is_open: bool,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Where its header stands.
    pub line: usize,
    /// The cells of its header.
    pub header: Vec<String>,
    /// Its rows that say something.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Where it stands.
    pub line: usize,
    /// Its cells.
    pub cells: Vec<String>,
    /// Whether a placeholder is left in it.
    pub is_open: bool,
}

/// A line of a template that waits to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// The heading above it.
    pub section: String,
    /// The line, as what it is.
    pub inside: Inside,
}

/// What a line is, without its marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inside {
    /// A row of a table: its cells between bars.
    Row(String),
    /// An item of a list.
    Item(String),
    /// A paragraph.
    Text(String),
}

impl Page {
    /// What waits to be filled in on this line.
    pub fn hole(&self, line: usize) -> Option<Hole> {
        let passage =
            self.passages.iter().find(|passage| passage.placeholders.iter().any(|hole| hole.line == line))?;
        let row = passage.tables.iter().flat_map(|table| &table.rows).find(|row| row.line == line);
        let inside = match (row, passage.lines.iter().find(|text| text.line == line)) {
            (Some(row), _) => Inside::Row(row.cells.join(" | ")),
            (None, Some(text)) if text.is_item => Inside::Item(text.text.clone()),
            (None, Some(text)) => Inside::Text(text.text.clone()),
            (None, None) => return None,
        };
        Some(Hole { section: passage.title.clone(), inside })
    }

    /// The line of a paragraph or an item that says just this.
    pub fn line_of(&self, text: &str) -> Option<usize> {
        let mut lines = self.passages.iter().flat_map(|passage| &passage.lines);
        lines.find(|line| line.text == text).map(|line| line.line)
    }

    /// The passage with this heading, in whatever case.
    pub fn passage(&self, title: &str) -> Option<&Passage> {
        self.whole(title).first()
    }

    /// The passage with this heading, and those under the headings below it.
    pub fn whole(&self, title: &str) -> &[Passage] {
        let is_it = |passage: &Passage| passage.level > 0 && same(&passage.title, title);
        let Some(at) = self.passages.iter().position(is_it) else { return &[] };
        let level = self.passages[at].level;
        let more = self.passages[at + 1..].iter().take_while(|passage| passage.level > level).count();
        &self.passages[at..=at + more]
    }

    /// Everything that waits to be filled in.
    pub fn placeholders(&self) -> impl Iterator<Item = &Line> {
        self.passages.iter().flat_map(|passage| &passage.placeholders)
    }
}

impl Passage {
    /// How much it says, in meaningful characters.
    pub fn says(&self) -> usize {
        let rows = self.tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells);
        let texts = self.lines.iter().map(|line| line.text.as_str()).chain(rows.map(String::as_str));
        meaningful(&texts.collect::<Vec<_>>().join("\n"))
    }

    /// Its list items.
    pub fn items(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.is_item)
    }
}

impl Table {
    /// The column with one of these headings, in whatever case.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        self.header.iter().position(|cell| names.iter().any(|name| same(cell, name)))
    }
}

impl Row {
    /// The text of a cell; empty where there is none.
    pub fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", String::as_str)
    }
}

impl Line {
    /// What stands before and after the first colon: `P95: 250ms` has a name.
    pub fn named(&self) -> Option<(&str, &str)> {
        let (name, rest) = self.text.split_once(": ")?;
        Some((name.trim(), rest.trim()))
    }

    /// The change that it tells: `P95: 250 ms -> 890 ms (+256 %)`.
    pub fn change(&self) -> Option<(String, Measured)> {
        let (name, rest) = self.named().unwrap_or(("", &self.text));
        change(rest).map(|measured| (name.to_owned(), measured))
    }
}

/// Reads `BEFORE -> AFTER`, with whatever follows it in brackets or after a comma.
pub fn change(text: &str) -> Option<Measured> {
    let (before, after) = ["->", "→", ".."].iter().find_map(|arrow| text.split_once(arrow))?;
    let after = after.split(['(', ',', ';']).next().unwrap_or_default();
    Some(Measured { before: Some(quantity(before)?), after: quantity(after)? })
}

/// Reads a quantity as people write it at the end of a sentence.
pub fn quantity(text: &str) -> Option<crate::domain::quantity::Quantity> {
    text.trim().trim_end_matches('.').trim_start_matches('~').replace('\u{a0}', " ").parse().ok()
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.to_lowercase()
}
