//! Makes a symbolic place concrete: the line, column and length of a key, a section, a point.

use crate::domain::diagnostic::Spot;

/// A place in a text. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// The line.
    pub line: usize,
    /// The column of its first character.
    pub column: usize,
    /// How many characters it covers, at least 1.
    pub length: usize,
}

/// Finds `spot` in `text`; what can't be found is the file's first line.
pub fn locate(text: &str, spot: &Spot) -> Located {
    let lines: Vec<&str> = text.lines().collect();
    let found = match spot {
        Spot::Start => None,
        Spot::At(line, column) => Some(at_point(&lines, *line, *column)),
        Spot::Key(path) => locate_key(&lines, path),
        Spot::Section(title) => lines
            .iter()
            .position(|line| line.strip_prefix("## ").is_some_and(|own| own.trim() == title))
            .map(|at| whole_line(&lines, at)),
    };
    found.unwrap_or(Located { line: 1, column: 1, length: lines.first().map_or(1, |line| length(line)) })
}

/// Line and column of what would follow `text`.
pub fn end_of(text: &str) -> (usize, usize) {
    let line = text.matches('\n').count() + 1;
    (line, text.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
}

fn at_point(lines: &[&str], line: usize, column: usize) -> Located {
    let rest = lines
        .get(line.saturating_sub(1))
        .map_or(0, |text| text.chars().count().saturating_sub(column.saturating_sub(1)));
    Located { line, column, length: rest.max(1) }
}

fn whole_line(lines: &[&str], at: usize) -> Located {
    Located { line: at + 1, column: 1, length: length(lines[at]) }
}

fn length(text: &str) -> usize {
    text.trim_end().chars().count().max(1)
}

/// Finds `a.b[2]`: key by key, each within the lines that are indented deeper than its parent.
fn locate_key(lines: &[&str], path: &str) -> Option<Located> {
    let mut block = 0..lines.len();
    let mut found = None;
    for step in steps(path) {
        let at = match step {
            KeyStep::Name(name) => find_name(lines, block.clone(), name),
            KeyStep::Index(index) => find_item(lines, block.clone(), index),
        };
        let Some(at) = at else { break };
        found = Some(at);
        block = at + 1..end_of_block(lines, at);
    }
    let at = found?;
    let line = lines[at];
    let indent = line.chars().take_while(|c| *c == ' ').count();
    Some(Located { line: at + 1, column: indent + 1, length: length(&line[indent..]) })
}

enum KeyStep<'a> {
    Name(&'a str),
    Index(usize),
}

fn steps(path: &str) -> impl Iterator<Item = KeyStep<'_>> {
    path.split(['.', '[']).filter(|part| !part.is_empty()).map(|part| {
        match part.strip_suffix(']').and_then(|index| index.parse().ok()) {
            Some(index) => KeyStep::Index(index),
            None => KeyStep::Name(part),
        }
    })
}

fn find_name(lines: &[&str], mut block: std::ops::Range<usize>, name: &str) -> Option<usize> {
    block.find(|at| {
        let line = lines[*at].trim_start().trim_start_matches("- ");
        let key = line.split(':').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        key == name && line.contains(':')
    })
}

fn find_item(lines: &[&str], block: std::ops::Range<usize>, index: usize) -> Option<usize> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut items = block.filter(|at| lines[*at].trim_start().starts_with('-')).peekable();
    let outer = indent(lines[*items.peek()?]);
    items.filter(|at| indent(lines[*at]) == outer).nth(index)
}

fn end_of_block(lines: &[&str], at: usize) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(lines[at]);
    let is_item = |line: &str| line.trim_start().starts_with("- ");
    (at + 1..lines.len())
        .find(|next| {
            let line = lines[*next];
            !line.trim().is_empty()
                && indent(line) <= own
                && !(indent(line) == own && is_item(line) && !is_item(lines[at]))
        })
        .unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "---\nid: x\nfiles:\n  - a\n  - b\nwrites:\n  deny:\n  - m\n  - n\n---\n\n## Action\n\ndo\n";

    fn at(spot: Spot) -> (usize, usize, usize) {
        let Located { line, column, length } = locate(TEXT, &spot);
        (line, column, length)
    }

    #[test]
    fn keys_items_and_sections_are_found() {
        assert_eq!(at(Spot::Key("id".into())), (2, 1, 5));
        assert_eq!(at(Spot::Key("files[1]".into())), (5, 3, 3));
        assert_eq!(at(Spot::Key("writes.deny[1]".into())), (9, 3, 3));
        assert_eq!(at(Spot::Section("Action".into())), (12, 1, 9));
        assert_eq!(at(Spot::Key("missing".into())), (1, 1, 3));
        assert_eq!(at(Spot::At(14, 1)), (14, 1, 2));
    }
}
