//! The file that holds a closed record with everything that happened to it.
//!
//! Every line of every file stands in it behind four blanks: Markdown shows it as it was, and git,
//! which compares lines, takes it for the new name of none of them.

use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::record::RecordDir;

/// A file of a record, as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What stands before the name of each file.
const FILE: &str = "## ";
const INDENT: &str = "    ";
/// Says that the last line above it had no line end.
const NO_END: &str = "\\ no line end";

/// The text of the archive of the record at `dir`: the same for the same files.
pub fn write(dir: &RecordDir, parts: &[Part]) -> String {
    let mut text = format!("# {dir}\n\nClosed, and archived: each file as it was, behind four blanks.\n");
    for part in parts {
        text.push_str(&format!("\n{FILE}{}\n\n", part.name));
        for line in part.text.split_inclusive('\n') {
            text.push_str(INDENT);
            text.push_str(line);
        }
        if !part.text.ends_with('\n') {
            text.push('\n');
            text.push_str(NO_END);
            text.push('\n');
        }
    }
    text
}

/// The names of the files in an archive, whether or not the rest of it is as it should be.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix(FILE))
}

/// The files in an archive of the record at `dir`; a fault where it is not written as
/// [`write`] does, byte by byte.
pub fn read(dir: &RecordDir, text: &str) -> Result<Vec<Part>, Fault> {
    let mut parts: Vec<Part> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix(FILE) {
            parts.push(Part { name: name.trim_end_matches('\n').to_owned(), text: String::new() });
        } else if let Some(part) = parts.last_mut() {
            if let Some(own) = line.strip_prefix(INDENT) {
                part.text.push_str(own);
            } else if line.trim_end_matches('\n') == NO_END {
                part.text.pop();
            }
        }
    }
    if parts.is_empty() || write(dir, &parts) != text {
        return Err(Fault::new(Spot::Start, "this is no archive as `perfteam archive` writes it")
            .mend("bring back what was published: perfteam restore"));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dir() -> RecordDir {
        RecordDir::parse("flags/2026-11-20/pool-7k2m9qxa3d").expect("a folder")
    }

    proptest! {
        #[test]
        fn every_text_comes_back(texts in prop::collection::vec("(\\PC|\n|\r|## |    |\\\\ no line end){0,12}", 1..4)) {
            let parts: Vec<Part> = texts
                .into_iter()
                .enumerate()
                .map(|(at, text)| Part { name: format!("{at}.md"), text })
                .collect();
            let text = write(&dir(), &parts);
            prop_assert_eq!(read(&dir(), &text), Ok(parts));
        }
    }

    #[test]
    fn what_was_changed_is_no_archive() {
        let text = write(&dir(), &[Part { name: "flag.md".into(), text: "---\n".into() }]);
        let other = RecordDir::parse("flags/2026-11-20/pond-7k2m9qxa3d").expect("a folder");
        assert!(read(&other, &text).is_err(), "of another record");
        for changed in [text.replace("    ---", "---"), format!("{text}more\n"), text.replace("each", "any")]
        {
            assert!(read(&dir(), &changed).is_err(), "{changed}");
        }
    }
}
