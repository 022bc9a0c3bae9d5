//! The structure of a Markdown text: headings, list items, paragraphs and code blocks.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::bytes::line_of;

/// A Markdown text, taken apart.
#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    source: &'a str,
    first_line: usize,
    /// All headings, in order.
    pub headings: Vec<Heading>,
    /// All list items, in order; the nested ones after the one they belong to.
    pub items: Vec<Item>,
    /// All paragraphs outside lists.
    pub paragraphs: Vec<Paragraph<'a>>,
    /// All code blocks.
    pub blocks: Vec<Block>,
}

/// A heading.
#[derive(Debug)]
pub(super) struct Heading {
    /// 1 to 6.
    pub level: usize,
    /// Its words, without marks.
    pub text: String,
    /// Where its section lies in the source, up to the next heading that is not below it.
    pub range: Range<usize>,
    /// The heading above it.
    pub parent: Option<usize>,
    /// Whether it links to another file.
    pub is_link: bool,
}

/// A list item, without what is nested in it.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// The heading under which it stands.
    pub heading: Option<usize>,
    /// The number of its list.
    pub list: usize,
    /// The item in which its list is nested.
    pub parent: Option<usize>,
    /// The paragraph right before its list.
    pub intro: Option<usize>,
    /// Its words, without marks.
    pub text: String,
    /// How many bytes of the text, from its start, are bold.
    pub bold: usize,
    /// Its code spans, as ranges of the text.
    pub codes: Vec<Range<usize>>,
    /// Whether it links to another file.
    pub is_link: bool,
}

impl Item {
    /// The bold words at its start.
    pub fn lead(&self) -> Option<&str> {
        let lead = self.text[..self.bold].trim().trim_end_matches(':');
        (!lead.is_empty()).then_some(lead)
    }

    /// What stands after the bold start.
    pub fn explanation(&self) -> &str {
        self.text[self.bold..].trim()
    }
}

/// A paragraph.
#[derive(Debug)]
pub(super) struct Paragraph<'a> {
    /// The heading under which it stands.
    pub heading: Option<usize>,
    /// Its words, without marks.
    pub text: String,
    /// Its source.
    pub source: &'a str,
}

/// A code block.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// The heading under which it stands.
    pub heading: Option<usize>,
    /// What stands in it.
    pub text: String,
}

impl<'a> Outline<'a> {
    /// Takes `source` apart, which begins on `first_line` of its file.
    pub fn of(source: &'a str, first_line: usize) -> Self {
        let outline = Outline { source, first_line, ..Outline::default() };
        let mut reader = Reader { outline, ..Reader::default() };
        for (event, range) in Parser::new_ext(source, Options::ENABLE_TABLES).into_offset_iter() {
            reader.take(event, range);
        }
        reader.outline.close_sections();
        reader.outline
    }

    /// The text of a section, with its heading.
    pub fn section(&self, heading: usize) -> &'a str {
        self.headings.get(heading).map_or("", |heading| self.source[heading.range.clone()].trim())
    }

    /// A heading and those above it, nearest first.
    pub fn path(&self, heading: Option<usize>) -> impl Iterator<Item = &Heading> {
        let above = |at: &usize| self.headings.get(*at).and_then(|heading| heading.parent);
        std::iter::successors(heading, above).filter_map(|at| self.headings.get(at))
    }

    /// The first heading.
    pub fn title(&self) -> Option<&Heading> {
        self.headings.first()
    }

    /// The line of the file, from 1, on which a heading stands.
    pub fn line(&self, heading: &Heading) -> usize {
        self.first_line - 1 + line_of(self.source, heading.range.start)
    }

    /// How many headings and list items link to other files.
    pub fn links(&self) -> usize {
        let headings = self.headings.iter().filter(|heading| heading.is_link).count();
        headings + self.items.iter().filter(|item| item.is_link).count()
    }

    /// The items that are nested in `item`.
    pub fn nested(&self, item: usize) -> impl Iterator<Item = &Item> {
        let below = self.items.iter().skip(item + 1).take_while(move |other| other.parent >= Some(item));
        below.filter(move |nested| nested.parent == Some(item))
    }

    fn close_sections(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for at in 0..self.headings.len() {
            let Heading { level, ref range, .. } = self.headings[at];
            let start = range.start;
            while let Some(last) = open.pop_if(|last| self.headings[*last].level >= level) {
                self.headings[last].range.end = start;
            }
            self.headings[at].parent = open.last().copied();
            open.push(at);
        }
        for at in open {
            self.headings[at].range.end = self.source.len();
        }
    }
}

/// What the reader is in.
#[derive(Debug, Default)]
enum Place {
    #[default]
    Nowhere,
    Heading,
    Paragraph,
    Block,
}

#[derive(Debug, Default)]
struct Reader<'a> {
    outline: Outline<'a>,
    place: Place,
    /// The items that are open, outermost first.
    open: Vec<usize>,
    /// The lists that are open: number and the paragraph before it.
    lists: Vec<(usize, Option<usize>)>,
    lists_seen: usize,
    /// The paragraph that ended right before the next block.
    last_paragraph: Option<usize>,
    in_bold_start: bool,
}

impl<'a> Reader<'a> {
    fn take(&mut self, event: Event<'a>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Code(text) => self.code(&text),
            Event::Text(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.text("\n"),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'a>, range: Range<usize>) {
        let heading = self.outline.headings.len().checked_sub(1);
        match tag {
            Tag::Heading { level, .. } => {
                let level = depth(level);
                let heading = Heading { level, text: String::new(), range, parent: None, is_link: false };
                self.outline.headings.push(heading);
                self.place = Place::Heading;
            }
            Tag::Paragraph if self.open.is_empty() => {
                let source = &self.outline.source[range];
                self.outline.paragraphs.push(Paragraph { heading, text: String::new(), source });
                self.place = Place::Paragraph;
            }
            Tag::CodeBlock(_) => {
                self.outline.blocks.push(Block { heading, text: String::new() });
                self.place = Place::Block;
            }
            Tag::List(_) => {
                self.lists_seen += 1;
                self.lists.push((self.lists_seen, self.last_paragraph.take()));
            }
            Tag::Item => self.start_item(heading),
            Tag::Strong => self.in_bold_start = self.item().is_some_and(|item| item.text.is_empty()),
            Tag::Link { dest_url, .. } if dest_url.ends_with(".md") || dest_url.contains("://") => {
                self.link()
            }
            _ => {}
        }
    }

    fn start_item(&mut self, heading: Option<usize>) {
        let (list, intro) = self.lists.last().copied().unwrap_or_default();
        let parent = self.open.last().copied();
        self.open.push(self.outline.items.len());
        self.outline.items.push(Item { heading, list, parent, intro, ..Item::default() });
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Item => {
                self.open.pop();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.last_paragraph = None;
            }
            TagEnd::Strong => self.in_bold_start = false,
            TagEnd::Paragraph if self.open.is_empty() => {
                self.last_paragraph = self.outline.paragraphs.len().checked_sub(1);
                self.place = Place::Nowhere;
            }
            TagEnd::Heading(_) | TagEnd::CodeBlock => {
                self.last_paragraph = None;
                self.place = Place::Nowhere;
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let in_bold_start = self.in_bold_start;
        let in_block = matches!(self.place, Place::Block);
        if let Some(item) = self.item().filter(|_| !in_block) {
            item.text.push_str(text);
            if in_bold_start {
                item.bold = item.text.len();
            }
            return;
        }
        let outline = &mut self.outline;
        let place = match self.place {
            Place::Heading => outline.headings.last_mut().map(|heading| &mut heading.text),
            Place::Paragraph => outline.paragraphs.last_mut().map(|paragraph| &mut paragraph.text),
            Place::Block => outline.blocks.last_mut().map(|block| &mut block.text),
            Place::Nowhere => None,
        };
        if let Some(place) = place {
            place.push_str(text);
        }
    }

    fn code(&mut self, text: &str) {
        let start = self.item().map(|item| item.text.len());
        self.text(text);
        if let (Some(start), Some(item)) = (start, self.item()) {
            item.codes.push(start..start + text.len());
        }
    }

    fn link(&mut self) {
        if let Some(item) = self.item() {
            item.is_link = true;
        } else if let (Place::Heading, Some(heading)) = (&self.place, self.outline.headings.last_mut()) {
            heading.is_link = true;
        }
    }

    fn item(&mut self) -> Option<&mut Item> {
        let at = *self.open.last()?;
        self.outline.items.get_mut(at)
    }
}

fn depth(level: HeadingLevel) -> usize {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_found() {
        let outline = Outline::of(
            "# A\nintro\n\nList:\n- **Bold**: rest `x/`\n  - nested\n\n## B\n```yaml\n# no heading\n```\n### [c](c.md)\n# D\n",
            1,
        );
        let headings: Vec<_> =
            outline.headings.iter().map(|h| (h.text.as_str(), h.level, h.parent)).collect();
        assert_eq!(headings, [("A", 1, None), ("B", 2, Some(0)), ("c", 3, Some(1)), ("D", 1, None)]);
        assert_eq!(outline.section(1), "## B\n```yaml\n# no heading\n```\n### [c](c.md)");
        assert!(outline.headings[2].is_link);
        let item = &outline.items[0];
        assert_eq!((item.lead(), item.explanation()), (Some("Bold"), ": rest x/"));
        assert_eq!(&item.text[item.codes[0].clone()], "x/");
        assert_eq!(item.intro.map(|at| outline.paragraphs[at].text.as_str()), Some("List:"));
        assert_eq!(outline.nested(0).map(|item| item.text.as_str()).collect::<Vec<_>>(), ["nested"]);
        assert_eq!(outline.blocks[0].text, "# no heading\n");
        assert_eq!(outline.line(&outline.headings[1]), 8);
    }
}
