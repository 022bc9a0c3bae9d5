//! Reads the files of knowledge entries: Markdown that people write, with or without front matter.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::document::{parse_text, write_plain};
use crate::domain::diagnostic::Fault;
use crate::domain::document::Document;
use crate::domain::draft::front_matter;
use crate::domain::knowledge::{Entry, EntryName, Front, Outline};

/// Reads the entry called `name`.
pub fn read(name: EntryName, bytes: &[u8]) -> Result<Entry, Fault> {
    let document = parse_text(bytes)?;
    let outline = outline(&document.text);
    Entry::from_document(name, document, &outline)
}

/// The title that a text has: its first heading of the first level.
pub fn title_of(text: &str) -> Option<String> {
    outline(text).heading
}

/// Writes an entry: its front matter, then the text as it is.
pub fn write(front: &Front, text: &str) -> String {
    write_plain(&Document { meta: front_matter(front), text: text.to_owned(), sections: Vec::new() })
}

/// So many bytes of a text show whether it says something.
const ENOUGH: usize = 1_000;

/// What a reader of the rendered text sees, as far as it matters: comments are not there.
fn outline(text: &str) -> Outline {
    let mut outline = Outline::default();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(level)) => {
                let ended = heading.take().filter(|heading| !heading.trim().is_empty());
                outline.heading = outline.heading.or(ended.filter(|_| level == HeadingLevel::H1));
            }
            Event::Text(words) | Event::Code(words) => match &mut heading {
                Some(heading) => heading.push_str(&words),
                None if outline.said.len() < ENOUGH => {
                    outline.said.push_str(&words);
                    outline.said.push(' ');
                }
                None => {}
            },
            _ => {}
        }
    }
    outline
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Entry, Fault> {
        super::read(EntryName::new("runbook", "restart").expect("a name"), text.as_bytes())
    }

    #[test]
    fn a_text_of_the_team_needs_no_front_matter() {
        let entry = read("# Restart the `pool`\n\n```sh\nsystemctl restart pgbouncer && sleep 5\n```\n")
            .expect("an entry");
        assert_eq!(entry.title, "Restart the pool");
        assert!(entry.text.starts_with("# Restart"), "the text is kept as it is: {}", entry.text);
    }

    #[test]
    fn front_matter_says_more() {
        let text = "---\ntitle: Restart\ntaught_by: [7k2m9qxa3d]\nowner: ops\n---\n## Steps\n\nRestart pgbouncer, then look at p95.\n";
        let entry = read(text).expect("an entry");
        assert_eq!((entry.title.as_str(), entry.front.extra["owner"].as_str()), ("Restart", Some("ops")));
        assert_eq!(entry.front.taught_by[0].as_str(), "7k2m9qxa3d");
    }

    #[test]
    fn headings_and_comments_say_nothing() {
        let fault = read("# Restart\n\n<!-- the steps that lead to a restart of the pool -->\n\n## Steps\n")
            .expect_err("a fault");
        assert!(fault.message.starts_with("it says too little: 0 "), "{}", fault.message);
        for text in
            ["", "\n\n", "## Steps\n\nplain words that are long enough to be of use, without any title"]
        {
            let fault = read(text).expect_err("a fault");
            assert!(fault.message.starts_with("no title"), "{text:?}: {}", fault.message);
        }
    }
}
