//! Fills in a living document: rows, items and texts take the place of the placeholders of its
//! template. What people wrote stays, byte for byte.

use std::collections::HashSet;

use super::page;
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::investigation::page::{Line, Page, Passage, Row, Table};

/// What is put into a section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filling {
    /// Rows of its table, each with its cells.
    pub rows: Vec<Vec<String>>,
    /// Items of its list.
    pub items: Vec<String>,
    /// Paragraphs.
    pub texts: Vec<String>,
    /// How many cells, from the first, make two rows tell of the same thing, so that the one that is
    /// there stays as it is; 0 where only equal rows do.
    pub key: usize,
}

/// Why a section could not be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfilled {
    /// There is no such section; those that are there.
    NoSection(Vec<String>),
    /// Rows were given, and the section has no table.
    NoTable,
    /// A row has more cells than the table has columns, which are these.
    TooWide(Vec<String>),
    /// The document can't be read.
    Unreadable(Fault),
}

/// A document with what was put into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Its text.
    pub text: String,
    /// What people had written in a cell that was to be filled, and what was to stand there; it stays.
    pub kept: Vec<(String, String)>,
}

/// `text` with `filling` in the section `title`. Lines that stand in `template`, the document as it
/// was rendered, with a placeholder in them, make room. A row, or an item with a name, fills the one
/// that begins alike and has placeholders; what is there already is not written twice.
pub fn fill(text: &str, template: &str, title: &str, filling: &Filling) -> Result<Filled, Unfilled> {
    let page = page::read(text.as_bytes()).map_err(Unfilled::Unreadable)?;
    if let Some((line, what)) = page.faults.first() {
        return Err(Unfilled::Unreadable(Fault::new(Spot::At(*line, 1), what.clone())));
    }
    let Some(at) = page.passages.iter().position(|passage| is_called(passage, title)) else {
        let titles = page.passages.iter().filter(|passage| passage.level > 1);
        return Err(Unfilled::NoSection(titles.map(|passage| passage.title.clone()).collect()));
    };
    let source = crate::domain::text::with_plain_lines(text);
    let mut sheet = Sheet::new(&source, template);
    let passage = &page.passages[at];
    if !filling.rows.is_empty() {
        let table = passage.tables.first().ok_or(Unfilled::NoTable)?;
        if filling.rows.iter().any(|row| row.len() > table.header.len()) {
            return Err(Unfilled::TooWide(table.header.clone()));
        }
        sheet.rows(table, filling);
    }
    let end = end_of(&page, at, sheet.lines.len());
    sheet.items(passage, &filling.items, end);
    sheet.texts(passage, &filling.texts, end);
    let kept = std::mem::take(&mut sheet.kept);
    let filled = sheet.written();
    let text = if text.contains("\r\n") { filled.replace('\n', "\r\n") } else { filled };
    Ok(Filled { text, kept })
}

fn is_called(passage: &Passage, title: &str) -> bool {
    passage.level > 1 && passage.title.to_lowercase() == title.trim().to_lowercase()
}

/// The line after the last one of a passage, from 0.
fn end_of(page: &Page, at: usize, lines: usize) -> usize {
    page.passages.get(at + 1).map_or(lines, |next| next.line - 1)
}

/// A document as lines, of which some go and some come. Lines count from 0 here.
struct Sheet<'a> {
    lines: Vec<Option<String>>,
    /// What comes right before a line.
    added: Vec<Vec<String>>,
    template: HashSet<&'a str>,
    /// What ends the last line.
    end: &'static str,
    kept: Vec<(String, String)>,
}

impl<'a> Sheet<'a> {
    fn new(text: &str, template: &'a str) -> Self {
        let lines: Vec<Option<String>> = text.lines().map(|line| Some(line.to_owned())).collect();
        let added = vec![Vec::new(); lines.len() + 1];
        let end = if text.ends_with('\n') || text.is_empty() { "\n" } else { "" };
        Sheet { lines, added, template: template.lines().map(str::trim_end).collect(), end, kept: Vec::new() }
    }

    /// Whether a line is as the template had it.
    fn is_untouched(&self, line: usize) -> bool {
        let text = self.lines.get(line).and_then(Option::as_deref);
        text.is_some_and(|text| self.template.contains(text.trim_end()))
    }

    fn rows(&mut self, table: &Table, filling: &Filling) {
        let mut open: Vec<&Row> = table.rows.iter().filter(|row| row.is_open).collect();
        let mut known: Vec<Vec<String>> = table.rows.iter().map(|row| row.cells.clone()).collect();
        // The header is followed by the line of dashes.
        let behind = table.rows.last().map_or(table.line + 1, |row| row.line);
        let is_told = |own: &[String], cells: &[String]| {
            let key = 1..=own.len().min(cells.len());
            is_same(own, cells)
                || (key.contains(&filling.key) && is_same(&own[..filling.key], &cells[..filling.key]))
        };
        for row in &filling.rows {
            let mut cells: Vec<String> = row.iter().map(|cell| cell_text(cell)).collect();
            cells.resize(table.header.len(), String::new());
            if known.iter().any(|own| is_told(own, &cells)) {
                continue;
            }
            let first = cells.first().cloned().unwrap_or_default();
            match open.iter().position(|own| alike(own.cell(0), &first)) {
                Some(at) => {
                    let own = open.remove(at);
                    let raw = self.lines[own.line - 1].take().unwrap_or_default();
                    let row = completed(own, &raw, &cells);
                    let others =
                        row.iter().zip(&cells).filter(|(own, new)| !new.is_empty() && !alike(own, new));
                    self.kept.extend(others.map(|(own, new)| (own.clone(), new.clone())));
                    self.lines[own.line - 1] = Some(row_line(&row));
                }
                None => {
                    // Beside those that begin alike.
                    let kin = table.rows.iter().rfind(|own| alike(own.cell(0), &first));
                    self.added[kin.map_or(behind, |own| own.line)].push(row_line(&cells));
                }
            }
            known.push(cells);
        }
        for row in open.into_iter().filter(|row| !row.cells.is_empty()) {
            if self.is_untouched(row.line - 1) {
                self.lines[row.line - 1] = None;
            }
        }
    }

    fn items(&mut self, passage: &Passage, items: &[String], end: usize) {
        if items.is_empty() {
            return;
        }
        let mut open: Vec<&Line> = passage.items().filter(|item| item.is_open).collect();
        let last = passage.items().last().map(|item| item.line);
        let mut fresh = Vec::new();
        for item in items {
            let text = item.trim();
            if passage.items().any(|own| alike(&own.text, text)) {
                continue;
            }
            let name = |text: &str| text.split_once(": ").map(|(name, _)| name.to_lowercase());
            let same = |own: &&Line| name(&own.text).is_some() && name(&own.text) == name(text);
            match open.iter().position(same) {
                Some(at) => {
                    let own = open.remove(at);
                    self.lines[own.line - 1] = Some(format!("- {}", indented(text)));
                }
                None => fresh.push(format!("- {}", indented(text))),
            }
        }
        for item in open {
            if self.is_untouched(item.line - 1) {
                self.lines[item.line - 1] = None;
            }
        }
        match last {
            Some(last) => {
                let behind = self.end_of_block(last, end);
                self.added[behind].extend(fresh);
            }
            None => self.append(fresh, end),
        }
    }

    fn texts(&mut self, passage: &Passage, texts: &[String], end: usize) {
        if texts.is_empty() {
            return;
        }
        for line in passage.lines.iter().filter(|line| line.is_open && !line.is_item) {
            if self.is_untouched(line.line - 1) {
                self.lines[line.line - 1] = None;
            }
        }
        let is_said = |line: &str| passage.lines.iter().any(|own| alike(&own.text, line));
        let paragraphs = texts.iter().flat_map(|text| text.trim().split("\n\n"));
        for paragraph in paragraphs.filter(|text| !text.lines().all(is_said)) {
            self.append(vec![paragraph.trim().to_owned()], end);
        }
    }

    /// Where the item ends that begins on `line`, from 1: what is indented below it belongs to it.
    fn end_of_block(&self, line: usize, end: usize) -> usize {
        let text = |at: usize| self.lines.get(at).and_then(Option::as_deref).unwrap_or_default();
        let mut at = line;
        while at < end {
            if !text(at).trim().is_empty() {
                at += 1;
                continue;
            }
            match (at..end).find(|next| !text(*next).trim().is_empty()) {
                Some(next) if text(next).starts_with([' ', '\t']) => at = next + 1,
                _ => return at,
            }
        }
        end
    }

    /// Adds a block at the end of a section, before its blank lines.
    fn append(&mut self, block: Vec<String>, end: usize) {
        if block.is_empty() {
            return;
        }
        let is_said = |at: &usize| self.lines[*at].as_deref().is_none_or(|text| !text.trim().is_empty());
        let behind = (0..end).rev().find(is_said).map_or(end, |at| at + 1);
        self.added[behind].push(String::new());
        self.added[behind].extend(block);
    }

    fn written(self) -> String {
        let mut out: Vec<String> = Vec::new();
        let mut gap = false;
        let ends = |out: &[String]| out.last().is_none_or(|last| last.trim().is_empty());
        for (added, line) in self.added.into_iter().zip(self.lines.into_iter().map(Some).chain([None])) {
            for text in added {
                // A blank line before a block, where there is none yet.
                if !(text.is_empty() && ends(&out)) {
                    out.push(text);
                }
            }
            match line {
                Some(Some(text)) => {
                    // Of two blank lines, between which all went, one stays.
                    let is_second = gap && text.trim().is_empty() && ends(&out);
                    gap = gap && text.trim().is_empty();
                    out.extend((!is_second).then_some(text));
                }
                Some(None) => gap = true,
                None => {}
            }
        }
        out.join("\n") + self.end
    }
}

/// A row with its placeholders filled in; `raw` is its line as it was written.
fn completed(own: &Row, raw: &str, cells: &[String]) -> Vec<String> {
    let written = raw_cells(raw);
    let written = if written.len() == own.cells.len() { written } else { own.cells.clone() };
    let cell = |at: usize| {
        let old = written.get(at).cloned().unwrap_or_default();
        let new = cells.get(at).filter(|new| !new.is_empty());
        let makes_room = old.is_empty() || page::has_placeholder(&old);
        new.filter(|_| makes_room).cloned().unwrap_or(old)
    };
    (0..written.len().max(cells.len())).map(cell).collect()
}

/// The cells of a line of a table, with their marks.
pub fn raw_cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut is_escaped = false;
    for c in line.chars() {
        match c {
            '|' if !is_escaped => cells.push(String::new()),
            _ => cells.iter_mut().last().into_iter().for_each(|cell| cell.push(c)),
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    if cells.last().is_some_and(|last| last.trim().is_empty()) {
        cells.pop();
    }
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

/// `text` with other texts in some cells of the row on this line, from 1.
pub fn with_cells(text: &str, line: usize, cells: &[(usize, String)]) -> String {
    let with = |old: &str| {
        let mut all = raw_cells(old);
        for (at, new) in cells {
            all.resize(all.len().max(at + 1), String::new());
            all[*at] = cell_text(new);
        }
        row_line(&all)
    };
    let mut out = String::with_capacity(text.len() + 32);
    for (at, old) in text.split_inclusive('\n').enumerate() {
        let end = &old[old.trim_end_matches(['\r', '\n']).len()..];
        if at + 1 == line {
            out.push_str(&with(old));
            out.push_str(end);
        } else {
            out.push_str(old);
        }
    }
    out
}

fn row_line(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// A text for a cell: on one line, with its bars escaped.
fn cell_text(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("\\|", "|").replace('|', "\\|")
}

fn indented(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n  ")
}

fn is_same(own: &[String], cells: &[String]) -> bool {
    let cell = |at: usize| own.get(at).map_or("", String::as_str);
    (0..own.len().max(cells.len())).all(|at| alike(cell(at), cells.get(at).map_or("", String::as_str)))
}

/// Whether two texts say the same once Markdown is taken off.
fn alike(a: &str, b: &str) -> bool {
    let bare = |text: &str| -> String {
        without_targets(text)
            .chars()
            .filter(|c| !matches!(c, '`' | '*' | '_' | '\\' | '[' | ']'))
            .collect::<String>()
            .trim()
            .to_lowercase()
    };
    bare(a) == bare(b)
}

/// The text with each link `[text](target)` as `[text]`.
fn without_targets(text: &str) -> String {
    let mut links = text.split("](");
    let mut out = links.next().unwrap_or_default().to_owned();
    for link in links {
        let (_, behind) = link.split_once(')').unwrap_or(("", link));
        out.push(']');
        out.push_str(behind);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use proptest::prelude::*;

    const TEMPLATE: &str = "\
# T

<!-- Guidance [LIKE_THIS]. -->

## Figures

<!-- Before and after. -->

| Quantity | Before | After |
|---|---|---|
| p95 | [BEFORE] | [AFTER] |
| p99 | [BEFORE] | [AFTER] |

## Who

- Share: [PERCENTAGE]
- Users: [USERS]

## Cause

[MAIN_ISSUE]

## Last
";

    fn rows(rows: &[&[&str]]) -> Filling {
        let rows = rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        Filling { rows, ..Filling::default() }
    }

    fn items(items: &[&str]) -> Filling {
        Filling { items: items.iter().map(|item| (*item).to_owned()).collect(), ..Filling::default() }
    }

    fn texts(texts: &[&str]) -> Filling {
        Filling { texts: texts.iter().map(|text| (*text).to_owned()).collect(), ..Filling::default() }
    }

    fn filled(text: &str, title: &str, filling: &Filling) -> String {
        fill(text, TEMPLATE, title, filling).expect("filled").text
    }

    #[test]
    fn placeholders_make_room() {
        let text = filled(TEMPLATE, "figures", &rows(&[&["p95", "250ms", "890ms"], &["a|b", "1"]]));
        let text = filled(&text, "Who", &items(&["Share: 15 %"]));
        let text = filled(&text, "Who", &items(&["Regions: all", "Share: 15 %"]));
        let text = filled(&text, "Cause", &texts(&["The pool is too small.", "It was 50."]));
        let text = filled(&text, "Last", &texts(&["Done."]));
        assert_snapshot!(text, @r#"
        # T

        <!-- Guidance [LIKE_THIS]. -->

        ## Figures

        <!-- Before and after. -->

        | Quantity | Before | After |
        |---|---|---|
        | p95 | 250ms | 890ms |
        | a\|b | 1 |  |

        ## Who

        - Share: 15 %
        - Regions: all

        ## Cause

        The pool is too small.

        It was 50.

        ## Last

        Done.
        "#);
    }

    #[test]
    fn what_people_wrote_stays() {
        let text = TEMPLATE
            .replace("| p95 | [BEFORE] |", "| p95 | `240ms` on [dash](http://d) |")
            .replace("- Users: [USERS]", "- Users: those of [THE_SHOP], I think")
            .replace("[MAIN_ISSUE]", "I believe it is [MAIN_ISSUE].\n\n\nMore.");
        let first = fill(&text, TEMPLATE, "Figures", &rows(&[&["p95", "250ms", "890ms"]])).expect("a table");
        assert_eq!(first.kept, [("`240ms` on [dash](http://d)".to_owned(), "250ms".to_owned())]);
        let filled = first.text;
        assert!(filled.contains("| p95 | `240ms` on [dash](http://d) | 890ms |"), "{filled}");
        let filled = self::filled(&filled, "Who", &items(&["Share: 15 %"]));
        let filled = self::filled(&filled, "Cause", &texts(&["The pool."]));
        assert!(filled.contains("- Users: those of [THE_SHOP], I think\n"), "{filled}");
        assert!(filled.contains("I believe it is [MAIN_ISSUE].\n\n\nMore.\n\nThe pool.\n"), "{filled}");
    }

    #[test]
    fn what_can_not_be_filled_says_why() {
        let named = fill(TEMPLATE, TEMPLATE, "Figure", &Filling::default());
        assert!(matches!(named, Err(Unfilled::NoSection(names)) if names.contains(&"Figures".to_owned())));
        assert_eq!(fill(TEMPLATE, TEMPLATE, "Who", &rows(&[&["a"]])), Err(Unfilled::NoTable));
        let wide = fill(TEMPLATE, TEMPLATE, "Figures", &rows(&[&["a", "b", "c", "d"]]));
        assert!(matches!(wide, Err(Unfilled::TooWide(columns)) if columns.len() == 3));
    }

    #[test]
    fn what_was_filled_in_with_a_link_is_known_again() {
        let item = items(&["Pool (see [finding 7k2m](../../../findings/2026-11-20/pool-7k2m9qxa3d/))."]);
        let once = filled(TEMPLATE, "Last", &item);
        assert!(once.contains("- Pool (see [finding 7k2m](../../../"), "{once}");
        assert_eq!(filled(&once, "Last", &item), once);
        let text = texts(&["Since [finding 7k2m](../x/), nothing works."]);
        let once = filled(TEMPLATE, "Cause", &text);
        assert_eq!(filled(&once, "Cause", &text), once);
    }

    /// What the property found once: a paragraph that belongs to an item above.
    #[test]
    fn a_paragraph_of_an_item_stays_with_it() {
        let text = TEMPLATE.replace("## Last\n", "## Last\n\n- a\n\n  a\n");
        let once = filled(&text, "Last", &items(&["b"]));
        assert!(once.contains("- a\n\n  a\n"), "{once}");
        assert_eq!(once, filled(&once, "Last", &items(&["b"])));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn filling_twice_is_filling_once_and_people_lose_nothing(
            own in "([a-z ]{1,12}|\\| [a-z]{1,4} \\| [a-z]{1,4} \\||- [a-z]{1,6}|\n){0,8}",
            cells in proptest::collection::vec("[a-z]{1,6}", 1..4),
            item in "[a-z]{1,8}",
        ) {
            let text = TEMPLATE.replace("## Last\n", &format!("## Last\n\n{own}\n"));
            let filling = Filling { rows: vec![cells], texts: vec![item.clone()], ..Filling::default() };
            let once = filled(&text, "Figures", &filling);
            let once = filled(&once, "Last", &items(&[&item]));
            let twice = filled(&once, "Figures", &filling);
            let twice = filled(&twice, "Last", &items(&[&item]));
            prop_assert_eq!(&once, &twice);
            let kept: Vec<&str> = once.lines().collect();
            for line in own.lines() {
                prop_assert!(kept.contains(&line), "{line:?} is gone from {once}");
            }
        }
    }
}
