//! Documents: front matter between `---` lines, then text and `## ` sections.
//!
//! Sections are told by lines, not by Markdown: an open code fence in a text can't swallow the
//! section behind it. A line of a text that would read as a section or as a conflict marker gets a
//! backslash in front.

use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::{Document, Meta, Section};
use crate::domain::text::with_plain_lines;

use super::locate::end_of;
use super::yaml;

/// Largest file that is read as a record, an agent or a policy.
pub const MAX_FILE: u64 = 1024 * 1024;

/// The fault of a file that is too large to be read.
pub fn too_large(size: u64) -> Fault {
    Fault::new(Spot::Start, format!("{size} bytes: expected at most {MAX_FILE}, so it was not read"))
}

/// Decodes a file: UTF-8 with or without BOM, line ends of any kind.
pub fn decode(bytes: &[u8]) -> Result<String, Fault> {
    if bytes.len() as u64 > MAX_FILE {
        return Err(too_large(bytes.len() as u64));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let (line, column) = end_of(&with_plain_lines(&valid));
        Fault::new(Spot::At(line, column), "not UTF-8: expected text in UTF-8")
    })?;
    Ok(with_plain_lines(text).into_owned())
}

/// Reads a document.
pub fn parse(bytes: &[u8]) -> Result<Document, Fault> {
    let (meta, body) = front_and_body(bytes)?;
    let (text, sections) = read_body(&body);
    Ok(Document { meta, text, sections })
}

/// Reads a document whose body is one text, without sections: an agent's file.
pub fn parse_plain(bytes: &[u8]) -> Result<Document, Fault> {
    let (meta, body) = front_and_body(bytes)?;
    Ok(Document { meta, text: plain_body(&body), sections: Vec::new() })
}

/// Reads a document like [`parse_plain`] that may do without front matter: a text of the team's.
pub fn parse_text(bytes: &[u8]) -> Result<Document, Fault> {
    let text = decode(bytes)?;
    if text.lines().next().is_some_and(|line| line.trim_end() == "---") {
        return parse_plain(bytes);
    }
    check_conflict_markers(&text)?;
    Ok(Document { text: plain_body(&text), ..Document::default() })
}

fn plain_body(body: &str) -> String {
    let lines: Vec<&str> = body.lines().map(|line| unescaped_if(line, is_conflict_marker)).collect();
    trimmed(&lines.join("\n"))
}

fn front_and_body(bytes: &[u8]) -> Result<(Meta, String), Fault> {
    let text = decode(bytes)?;
    if text.trim().is_empty() {
        return Err(Fault::new(
            Spot::Start,
            "the file is empty: expected front matter between two lines `---`",
        ));
    }
    check_conflict_markers(&text)?;
    let (front, body) = split(&text)?;
    // The front matter begins on the second line of the file.
    let meta = yaml::parse_mapping(front).map_err(|fault| shifted(fault, 1))?;
    Ok((meta, body.to_owned()))
}

/// Writes a document whose body is one text, as it is.
pub fn write_plain(document: &Document) -> String {
    let mut out = format!("---\n{}---\n", yaml::write_mapping(&document.meta));
    if !document.text.trim().is_empty() {
        out.push('\n');
        push_lines(&mut out, &document.text, is_conflict_marker);
    }
    out
}

/// Reads a file that is YAML alone, such as `perfteam.yaml`.
pub fn parse_yaml_file(bytes: &[u8]) -> Result<Meta, Fault> {
    let text = decode(bytes)?;
    check_conflict_markers(&text)?;
    yaml::parse_mapping(&text)
}

const SECTION: &str = "## ";
const CONFLICT_MARKERS: [&str; 2] = ["<<<<<<< ", ">>>>>>> "];

/// Names the first conflict marker that git left behind.
fn check_conflict_markers(text: &str) -> Result<(), Fault> {
    let is_marker = |line: &str| CONFLICT_MARKERS.iter().any(|marker| line.starts_with(marker));
    match text.lines().position(is_marker) {
        Some(at) => Err(Fault::new(Spot::At(at + 1, 1), "a conflict marker that a merge left behind")
            .mend("take one side of the conflict, then `git add` the file")),
        None => Ok(()),
    }
}

fn shifted(fault: Fault, lines: usize) -> Fault {
    match fault.spot {
        Spot::At(line, column) => Fault { spot: Spot::At(line + lines, column), ..fault },
        _ => fault,
    }
}

/// The front matter without its marks, and the body.
pub fn split(text: &str) -> Result<(&str, &str), Fault> {
    let rest = match text.strip_prefix("---") {
        Some(rest) if rest.trim_start_matches([' ', '\t']).starts_with('\n') => {
            &rest[rest.find('\n').unwrap_or(0) + 1..]
        }
        _ => {
            let fault = Fault::new(Spot::At(1, 1), "no front matter: expected `---` as the first line");
            return Err(fault);
        }
    };
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Ok((&rest[..at], &rest[at + line.len()..]));
        }
        at += line.len();
    }
    Err(Fault::new(Spot::At(1, 1), "the front matter has no end: expected a second line `---`"))
}

fn read_body(body: &str) -> (String, Vec<Section>) {
    let mut text = String::new();
    let mut sections: Vec<Section> = Vec::new();
    for line in body.lines() {
        if let Some(title) = line.strip_prefix(SECTION) {
            sections.push(Section { title: title.trim().to_owned(), text: String::new() });
            continue;
        }
        let current = sections.last_mut().map_or(&mut text, |section| &mut section.text);
        current.push_str(unescaped(line));
        current.push('\n');
    }
    for section in &mut sections {
        section.text = trimmed(&section.text);
    }
    (trimmed(&text), sections)
}

fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let full = |line: &&str| !line.trim().is_empty();
    let first = lines.iter().position(full).unwrap_or(lines.len());
    let last = lines.iter().rposition(full).map_or(first, |at| at + 1);
    lines[first..last].join("\n")
}

/// Writes a document.
pub fn write(document: &Document) -> String {
    let mut out = format!("---\n{}---\n", yaml::write_mapping(&document.meta));
    if !document.text.trim().is_empty() {
        out.push('\n');
        push_text(&mut out, &document.text);
    }
    for section in &document.sections {
        out.push_str(&format!("\n## {}\n\n", section.title));
        push_text(&mut out, &section.text);
    }
    out
}

fn push_text(out: &mut String, text: &str) {
    push_lines(out, text, means_more_than_text);
}

/// Writes the lines of a text; those that would be taken for more get a backslash in front.
fn push_lines(out: &mut String, text: &str, is_taken: fn(&str) -> bool) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for line in trimmed(&text).lines() {
        if is_taken(line) {
            out.push('\\');
        }
        out.push_str(line);
        out.push('\n');
    }
}

fn unescaped(line: &str) -> &str {
    unescaped_if(line, means_more_than_text)
}

fn unescaped_if(line: &str, is_taken: fn(&str) -> bool) -> &str {
    match line.strip_prefix('\\') {
        Some(rest) if is_taken(rest) => rest,
        _ => line,
    }
}

/// Whether a line, its leading backslashes aside, would be read as a section or a conflict marker.
fn means_more_than_text(line: &str) -> bool {
    line.trim_start_matches('\\').starts_with(SECTION) || is_conflict_marker(line)
}

/// Whether a line, its leading backslashes aside, would be read as a conflict marker.
fn is_conflict_marker(line: &str) -> bool {
    let bare = line.trim_start_matches('\\');
    CONFLICT_MARKERS.iter().any(|marker| bare.starts_with(marker))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn fault(bytes: &[u8]) -> (Spot, String) {
        let fault = parse(bytes).expect_err("a fault");
        (fault.spot, fault.message)
    }

    #[test]
    fn bom_and_crlf_are_read() {
        let document =
            parse(b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\n\r\nnote\r\n\r\n## Change\r\n\r\na\r\nb\r\n")
                .expect("valid");
        assert_eq!(document.meta.get("title"), Some(&json!("x")));
        assert_eq!(document.text, "note");
        assert_eq!(document.section("Change"), Some("a\nb"));
    }

    #[test]
    fn every_way_to_be_no_document_has_a_place() {
        assert!(fault(b"").1.contains("empty"));
        assert!(fault(b"# title\n").1.contains("first line"));
        assert!(fault(b"---\na: 1\n").1.contains("no end"));
        assert_eq!(fault(b"---\na: 1\nb: \xff\n---\n").0, Spot::At(3, 4));
        assert_eq!(fault(b"---\na: 1\n<<<<<<< HEAD\nb: 1\n=======\n>>>>>>> x\n---\n").0, Spot::At(3, 1));
        assert_eq!(fault(b"---\na: 1\nto: @x\n---\n").0, Spot::At(3, 5));
        assert!(fault(&vec![b'x'; 2 << 20]).1.contains("at most"));
    }

    #[test]
    fn an_open_code_fence_does_not_swallow_the_next_section() {
        let document =
            parse(b"---\na: 1\n---\n\n## Change\n\n```\nopen\n\n## Action\n\ndo\n").expect("valid");
        assert_eq!(document.section("Action"), Some("do"));
    }

    proptest! {
        #[test]
        fn texts_survive(text in "(<{7} |\\PC*)\\PC*(\n\\PC*){0,4}", change in "([\\\\]{0,2}(#{0,3}|<{7}|>{7}) ?\\PC*\n){0,5}", title in "\\PC*") {
            let tidy = |text: &str| trimmed(text);
            let document = Document {
                meta: [("title".to_owned(), json!(title))].into_iter().collect(),
                text: tidy(&text).lines().map(|line| line.strip_prefix("## ").unwrap_or(line)).collect::<Vec<_>>().join("\n"),
                sections: vec![Section { title: "Change".into(), text: tidy(&change) }],
            };
            let read = parse(write(&document).as_bytes()).expect("valid");
            prop_assert_eq!(&read.sections, &document.sections);
            prop_assert_eq!(tidy(&read.text), tidy(&document.text));
            prop_assert_eq!(&read.meta, &document.meta);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&bytes);
            let _ = parse(&[b"---\n", bytes.as_slice(), b"\n---\n"].concat());
        }
    }
}
