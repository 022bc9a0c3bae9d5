//! Reads a living document as Markdown: what stands in comments or in code is not part of it.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::document::decode;
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::investigation::page::{Line, Page, Passage, Row, Table};

/// Words that say that something is still to be written.
const LATER: [&str; 3] = ["TODO", "TBD", "FIXME"];

/// Bytes that a placeholder has at most between its brackets.
const LONGEST: usize = 80;

/// Reads a document.
pub fn read(bytes: &[u8]) -> Result<Page, Fault> {
    let source = decode(bytes)?;
    let mut reader = Reader::new(&source);
    reader.find_conflict();
    if reader.page.faults.is_empty() {
        let options = Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
        for (event, range) in Parser::new_ext(&source, options).into_offset_iter() {
            reader.take(event, range);
        }
    }
    Ok(reader.page)
}

/// What a fault of a document is, as a page can tell it.
pub fn as_page(fault: &Fault) -> Page {
    let line = match fault.spot {
        Spot::At(line, _) => line,
        _ => 1,
    };
    Page { faults: vec![(line, fault.message.clone())], ..Page::default() }
}

/// Text that is being put together, with where its pieces stand in the source.
#[derive(Default)]
struct Text {
    start: usize,
    text: String,
    /// Where in `text` a piece begins that may hold placeholders, and where that stands in the source.
    pieces: Vec<(Range<usize>, usize)>,
    is_item: bool,
}

impl Text {
    fn begin(start: usize, is_item: bool) -> Self {
        Text { start, is_item, ..Text::default() }
    }

    fn push(&mut self, text: &str, at: usize) {
        let from = self.text.len();
        self.text.push_str(text);
        self.pieces.push((from..self.text.len(), at));
    }

    /// Where in the source the byte `at` of the text stands; `None` where it is code.
    fn source_of(&self, at: usize) -> Option<usize> {
        let behind = self.pieces.partition_point(|(range, _)| range.start <= at);
        let (range, source) = self.pieces.get(behind.checked_sub(1)?)?;
        range.contains(&at).then(|| source + at - range.start)
    }
}

struct Reader<'a> {
    source: &'a str,
    lines: Vec<usize>,
    page: Page,
    /// What is being read; an item in an item lies above it.
    open: Vec<Text>,
    table: Option<Table>,
    row: Row,
    heading: Option<u8>,
    code: bool,
    metadata: bool,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str) -> Self {
        let lines = std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let page = Page { passages: vec![Passage { line: 1, ..Passage::default() }], faults: Vec::new() };
        Reader {
            source,
            lines,
            page,
            open: Vec::new(),
            table: None,
            row: Row::default(),
            heading: None,
            code: false,
            metadata: false,
        }
    }

    fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    fn find_conflict(&mut self) {
        let is_marker = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
        if let Some(at) = self.source.lines().position(is_marker) {
            let what = "a conflict marker that a merge left behind: take what is true of both sides";
            self.page.faults.push((at + 1, what.to_owned()));
        }
    }

    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if !self.code && !self.metadata => {
                if let Some(open) = self.open.last_mut() {
                    open.push(&text, range.start);
                }
            }
            Event::Code(text) => {
                if let Some(open) = self.open.last_mut() {
                    open.text.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => self.line_break(range.end),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.heading = Some(number(*level));
                self.open.push(Text::begin(range.start, false));
            }
            Tag::Item => self.open.push(Text::begin(range.start, true)),
            Tag::List(_) => self.flush(),
            Tag::Paragraph => match self.open.last_mut() {
                Some(item) => item.text.push(' '),
                None => self.open.push(Text::begin(range.start, false)),
            },
            Tag::Table(_) => {
                self.table = Some(Table { line: self.line(range.start), ..Table::default() });
            }
            Tag::TableHead | Tag::TableRow => {
                self.row = Row { line: self.line(range.start), ..Row::default() };
            }
            Tag::TableCell => self.open.push(Text::begin(range.start, false)),
            Tag::CodeBlock(kind) => self.code_block(kind, &range),
            Tag::HtmlBlock => self.html_block(&range),
            Tag::MetadataBlock(_) => self.metadata = true,
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => self.end_heading(),
            TagEnd::Item => {
                self.flush();
                self.open.pop();
            }
            TagEnd::Paragraph if self.open.last().is_some_and(|open| !open.is_item) => {
                self.flush();
                self.open.pop();
            }
            TagEnd::TableCell => self.end_cell(),
            TagEnd::TableHead => {
                let row = std::mem::take(&mut self.row);
                self.table.iter_mut().for_each(|table| table.header.clone_from(&row.cells));
            }
            TagEnd::TableRow => {
                let row = std::mem::take(&mut self.row);
                let says = row.cells.iter().any(|cell| !cell.is_empty());
                self.table.iter_mut().filter(|_| says).for_each(|table| table.rows.push(row.clone()));
            }
            TagEnd::Table => {
                let table = self.table.take();
                self.passage().tables.extend(table);
            }
            TagEnd::CodeBlock => self.code = false,
            TagEnd::MetadataBlock(_) => self.metadata = false,
            _ => {}
        }
    }

    fn passage(&mut self) -> &mut Passage {
        if self.page.passages.is_empty() {
            self.page.passages.push(Passage::default());
        }
        let last = self.page.passages.len() - 1;
        &mut self.page.passages[last]
    }

    /// A paragraph says something on each of its lines; an item goes on.
    fn line_break(&mut self, next: usize) {
        let Some(open) = self.open.last_mut() else { return };
        if open.is_item || self.heading.is_some() || self.table.is_some() {
            open.text.push(' ');
        } else {
            self.flush();
            self.open.iter_mut().last().into_iter().for_each(|open| open.start = next);
        }
    }

    /// Puts down what was read of the text that is open; it stays open, and empty.
    fn flush(&mut self) {
        let Some(open) = self.open.last_mut() else { return };
        let (start, is_item) = (open.start, open.is_item);
        let read = std::mem::replace(open, Text::begin(start, is_item));
        let text = read.text.trim().to_owned();
        if text.is_empty() {
            return;
        }
        let holes = self.holes(&read);
        let line = Line { line: self.line(start), text, is_item, is_open: !holes.is_empty() };
        let passage = self.passage();
        passage.lines.push(line);
        passage.placeholders.extend(holes);
    }

    fn end_heading(&mut self) {
        let (Some(read), Some(level)) = (self.open.pop(), self.heading.take()) else { return };
        let (line, placeholders) = (self.line(read.start), self.holes(&read));
        let title = read.text.trim().to_owned();
        self.page.passages.push(Passage { title, level, line, placeholders, ..Passage::default() });
    }

    fn end_cell(&mut self) {
        let Some(read) = self.open.pop() else { return };
        let holes = self.holes(&read);
        self.row.is_open |= !holes.is_empty();
        self.row.cells.push(read.text.trim().to_owned());
        self.passage().placeholders.extend(holes);
    }

    /// An open fence makes code of all that follows.
    fn code_block(&mut self, kind: &CodeBlockKind<'_>, range: &Range<usize>) {
        self.code = true;
        let block = self.source[range.clone()].trim_end();
        let is_last = range.start + block.len() >= self.source.trim_end().len();
        let end = block.lines().skip(1).last().unwrap_or_default().trim_start_matches(['>', ' ', '\t']);
        let is_closed = end.starts_with("```") || end.starts_with("~~~");
        if matches!(kind, CodeBlockKind::Fenced(_)) && is_last && !is_closed {
            let what = "a code fence that is never closed makes code of all that follows".to_owned();
            self.page.faults.push((self.line(range.start), what));
        }
    }

    /// So does an open comment.
    fn html_block(&mut self, range: &Range<usize>) {
        let block = &self.source[range.clone()];
        if let Some(at) = block.rfind("<!--")
            && !block[at..].contains("-->")
        {
            let what = "a comment that is never closed hides all that follows".to_owned();
            self.page.faults.push((self.line(range.start + at), what));
        }
    }

    /// What is left to be filled in: words in capitals between brackets, and what says so.
    fn holes(&self, read: &Text) -> Vec<Line> {
        let found = brackets(&read.text).chain(words(&read.text));
        let mut holes: Vec<Line> = found
            .filter_map(|range| {
                let at = read.source_of(range.start)?;
                let is_escaped = self.source[..at].ends_with('\\');
                let text = read.text[range].to_owned();
                (!is_escaped).then(|| Line { line: self.line(at), text, is_open: true, ..Line::default() })
            })
            .collect();
        holes.sort_by_key(|hole| hole.line);
        holes
    }
}

fn number(level: HeadingLevel) -> u8 {
    level as u8
}

/// The placeholders of the form `[KEY_FINDING_1]`.
fn brackets(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices('[').filter_map(|(from, _)| {
        let inside = from + 1;
        let length = text.as_bytes()[inside..].iter().take(LONGEST + 1).position(|byte| *byte == b']')?;
        is_placeholder(&text[inside..inside + length]).then(|| from..inside + length + 1)
    })
}

/// Whether a placeholder is left in a piece of Markdown.
pub fn has_placeholder(text: &str) -> bool {
    brackets(text).chain(words(text)).any(|range| !text[..range.start].ends_with('\\'))
}

fn is_placeholder(inside: &str) -> bool {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "_-|/%+.,: ".contains(c);
    inside.chars().all(is_part) && inside.chars().filter(char::is_ascii_uppercase).count() >= 3
}

/// Where a word says that something is to be written later.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '[';
    LATER.iter().flat_map(move |word| {
        text.match_indices(word).filter_map(move |(from, _)| {
            let (before, after) = (&text[..from], &text[from + word.len()..]);
            let alone = !before.ends_with(is_word) && !after.starts_with(is_word);
            alone.then(|| from..from + word.len())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use proptest::prelude::*;

    fn page(text: &str) -> Page {
        read(text.as_bytes()).expect("a text")
    }

    /// What was read, line by line.
    fn told(text: &str) -> String {
        let page = page(text);
        let mut out = String::new();
        for passage in &page.passages {
            out.push_str(&format!("{} h{} {:?}\n", passage.line, passage.level, passage.title));
            for line in &passage.lines {
                let mark = if line.is_item { "-" } else { "p" };
                out.push_str(&format!("  {} {mark} {:?}\n", line.line, line.text));
            }
            for table in &passage.tables {
                out.push_str(&format!("  {} t {:?}\n", table.line, table.header));
                for row in &table.rows {
                    out.push_str(&format!("    {} {:?}\n", row.line, row.cells));
                }
            }
            for hole in &passage.placeholders {
                out.push_str(&format!("  {} ? {:?}\n", hole.line, hole.text));
            }
        }
        for (line, what) in &page.faults {
            out.push_str(&format!("{line} ! {what}\n"));
        }
        out
    }

    #[test]
    fn sections_tables_items_and_placeholders_are_read_with_their_lines() {
        let text = "\
# Data: \\[NOT_A_PLACEHOLDER\\] **bold**

## Figures

| Quantity | Before | After |
|---|---|---|
| p95 | 250 ms | [AFTER] |
|  |  |  |

Two lines
of a paragraph: TODO

- p99: `300ms` -> 900ms
  and more
  - nested [X] [ABC](http://a.b) [ ] [done]

### Deeper

1. one
";
        assert_snapshot!(told(text), @r#"
        1 h0 ""
        1 h1 "Data: [NOT_A_PLACEHOLDER] bold"
        3 h2 "Figures"
          10 p "Two lines"
          11 p "of a paragraph: TODO"
          13 - "p99: 300ms -> 900ms and more"
          15 - "nested [X] ABC [ ] [done]"
          5 t ["Quantity", "Before", "After"]
            7 ["p95", "250 ms", "[AFTER]"]
          7 ? "[AFTER]"
          11 ? "TODO"
        17 h3 "Deeper"
          19 - "one"
        "#);
    }

    #[test]
    fn comments_and_code_say_nothing() {
        let text = "\
## Figures
<!-- [BEFORE] TODO -->

```text
## Not a section
[BEFORE]
```

    [INDENTED_CODE]

A `[CODE_SPAN]` in a text, and <b>[SHOWN]</b>.
<!--
## Nor this
-->
";
        assert_snapshot!(told(text), @r#"
        1 h0 ""
        1 h2 "Figures"
          11 p "A [CODE_SPAN] in a text, and [SHOWN]."
          11 ? "[SHOWN]"
        "#);
    }

    #[test]
    fn what_hides_the_rest_is_a_fault() {
        assert!(told("## A\n\n```\ncode\n").contains("3 ! a code fence that is never closed"));
        assert!(told("## A\n\n<!-- open\n\n## B\n").contains("3 ! a comment that is never closed"));
        assert!(told("a\n<<<<<<< HEAD\nb\n").contains("2 ! a conflict marker"));
        assert!(!told("```\ncode\n```\n").contains('!'));
        assert!(!told("<!-- closed -->\n").contains('!'));
        assert!(read(b"\xff\xfe").is_err());
    }

    #[test]
    fn hostile_texts_end_in_time() {
        for text in [
            "[".repeat(200_000),
            "[A".repeat(100_000),
            "<!--".repeat(50_000),
            "> ".repeat(50_000),
            "- ".repeat(5_000),
            "|".repeat(100_000) + "\n" + &"|-".repeat(50_000),
            "| a |\n|---|\n".to_owned() + &"| [ABC] |\n".repeat(20_000),
            "*_".repeat(50_000),
            "TODO ".repeat(50_000),
        ] {
            let _ = page(&text);
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_lines_are_in_the_text(text in "([#>|\\-\\[\\]`~<!A-Z0-9 \n]|<!--|-->|```|TODO|\\[ABC\\]|é){0,60}") {
            let page = page(&text);
            let last = text.lines().count().max(1);
            for passage in &page.passages {
                let rows = passage.tables.iter().flat_map(|table| table.rows.iter().map(|row| row.line));
                let lines = passage.lines.iter().chain(&passage.placeholders).map(|line| line.line);
                for line in lines.chain(rows).chain([passage.line]) {
                    prop_assert!((1..=last).contains(&line), "{line} of {last}");
                }
            }
        }

        #[test]
        fn a_row_that_is_written_is_read(cells in proptest::collection::vec("[a-z0-9]{1,6}( [a-z]{1,4})?", 1..5)) {
            let header = vec!["H"; cells.len()];
            let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
            let header: Vec<String> = header.iter().map(|cell| (*cell).to_owned()).collect();
            let text = format!("## T\n\n{}|{}\n{}", line(&header), "---|".repeat(cells.len()), line(&cells));
            let page = page(&text);
            let row = &page.passage("t").expect("the section").tables[0].rows[0];
            prop_assert_eq!(&row.cells, &cells);
            prop_assert_eq!(row.line, 5);
        }
    }
}
