//! The page that text, Markdown and HTML write down: what is said, in which order, and how much.
//!
//! What people wrote is told apart by type from our own words, so that no format can forget to make
//! it harmless.

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Our own words; never anything that was read from a file.
    Own(String),
    /// The same, in bold.
    Strong(String),
    /// What people wrote.
    Said(String),
    /// A handle, an id, a path, a command: shown as it is, letter by letter.
    Code(String),
    /// A place that can be followed: its words, shown like code, and its address.
    Link(String, String),
}

/// A line.
pub type Line = Vec<Span>;

/// A text of several lines that people wrote, with our title for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What it is: `Action`.
    pub title: &'static str,
    /// The text.
    pub text: String,
}

/// One thing of a section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub line: Line,
    /// More about it.
    pub below: Vec<Line>,
    /// Texts of it.
    pub quotes: Vec<Quote>,
}

/// How a section is shown where parts of a page can be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// It is no part that can be folded.
    Never,
    /// It can be folded, and is open at first.
    Open,
    /// It is folded at first.
    Closed,
}

/// A part of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its title.
    pub title: &'static str,
    /// How many things it is about, those that are left out included.
    pub count: usize,
    /// Whether it can be folded.
    pub fold: Fold,
    /// Whether each of its entries can be ticked off.
    pub is_checklist: bool,
    /// What is said first.
    pub intro: Vec<Line>,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// A chart.
    pub chart: Option<Chart>,
}

/// What hangs on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// In Mermaid's language.
    pub mermaid: String,
    /// In words, a line for each arrow.
    pub lines: Vec<Line>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What it comes down to.
    pub title: Line,
    /// What stands below that.
    pub lead: Vec<Line>,
    /// The parts.
    pub sections: Vec<Section>,
    /// How many things are left out or shortened.
    pub cut: usize,
    /// The command that shows all of it.
    pub whole: String,
    /// What was judged.
    pub foot: Line,
}

/// How much of everything is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries of what is never folded.
    pub top: usize,
    /// Entries of a section.
    pub entries: usize,
    /// Characters of a text.
    pub text: usize,
    /// Characters of what stands in a line.
    pub line: usize,
    /// Steps, files and the like of an entry.
    pub parts: usize,
    /// Whether the chart is drawn.
    pub chart: bool,
}

impl Limits {
    /// Everything is said.
    pub const NONE: Limits = Limits {
        top: usize::MAX,
        entries: usize::MAX,
        text: usize::MAX,
        line: usize::MAX,
        parts: usize::MAX,
        chart: true,
    };

    /// From the richest to the shortest. The last one fits into a comment whatever is said.
    pub const LEVELS: [Limits; 7] = [
        Limits { top: 20, entries: 400, text: 4_000, line: 400, parts: 40, chart: true },
        Limits { top: 20, entries: 200, text: 1_500, line: 300, parts: 20, chart: true },
        Limits { top: 20, entries: 100, text: 500, line: 240, parts: 10, chart: true },
        Limits { top: 20, entries: 50, text: 200, line: 160, parts: 5, chart: true },
        Limits { top: 20, entries: 25, text: 0, line: 120, parts: 3, chart: true },
        Limits { top: 8, entries: 8, text: 0, line: 80, parts: 2, chart: false },
        Limits { top: 1, entries: 1, text: 0, line: 40, parts: 1, chart: false },
    ];
}

/// Our own words.
pub fn own(text: impl Into<String>) -> Span {
    Span::Own(text.into())
}

/// Something that is shown letter by letter.
pub fn code(text: impl ToString) -> Span {
    Span::Code(text.to_string())
}

/// The spans with our words between them.
pub fn joined(spans: impl IntoIterator<Item = Span>, between: &str) -> Line {
    let mut line = Line::new();
    for span in spans {
        if !line.is_empty() {
            line.push(own(between));
        }
        line.push(span);
    }
    line
}
