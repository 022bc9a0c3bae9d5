//! A section between two marks in a file that others write, too. The first mark says by which form it was
//! written, and what its text was, so that it shows when it is old or was changed.

use std::borrow::Cow;
use std::ops::Range;

use super::{Foreign, Rest, Standing};

/// The form of the marks, counted up when it changes.
const FORM: &str = "v1";

/// How the marks are written as comments of a language.
#[derive(Debug)]
pub struct Marks {
    opens: &'static str,
    closes: &'static str,
}

/// In Markdown.
pub const HTML: Marks = Marks { opens: "<!-- ", closes: " -->" };
/// In YAML.
pub const HASH: Marks = Marks { opens: "# ", closes: "" };

impl Marks {
    fn begin(&self, hash: &str) -> String {
        format!("{}>>> perfteam setup {FORM} {hash} >>>{}", self.opens, self.closes)
    }

    fn end(&self) -> String {
        format!("{}<<< perfteam setup <<<{}", self.opens, self.closes)
    }

    /// What the first mark says: the form, and the hash of the text.
    fn said<'a>(&self, line: &'a str) -> Option<(&'a str, &'a str)> {
        let said = line.trim().strip_prefix(self.opens)?.strip_prefix(">>> perfteam setup ")?;
        let mut words = said.split_whitespace();
        Some((words.next()?, words.next().unwrap_or_default()))
    }

    /// The section with this text, each line after `indent`.
    pub fn around(&self, body: &str, indent: &str) -> String {
        let (begin, end) = (self.begin(&hash(body)), self.end());
        let lines = std::iter::once(begin.as_str()).chain(body.lines()).chain([end.as_str()]);
        lines
            .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") })
            .collect()
    }

    /// The sections in a text.
    pub fn find(&self, text: &str) -> Result<Vec<Found>, Foreign> {
        let mut found = Vec::new();
        let mut at = 0;
        let mut lines = text.split_inclusive('\n').enumerate();
        while let Some((number, line)) = lines.next() {
            let start = at;
            at += line.len();
            let Some((form, told)) = self.said(line) else { continue };
            let indent = line.len() - line.trim_start().len();
            let mut body = String::new();
            loop {
                let Some((_, line)) = lines.next() else { return Err(self.no_end(number + 1)) };
                at += line.len();
                if line.trim() == self.end() {
                    break;
                }
                let line = line.trim_end_matches(['\n', '\r']);
                body.push_str(line.get(indent..).unwrap_or_else(|| line.trim_start()));
                body.push('\n');
            }
            let intact = form == FORM && told == hash(&body);
            found.push(Found { range: start..at, body, intact });
        }
        Ok(found)
    }

    fn no_end(&self, line: usize) -> Foreign {
        let end = self.end();
        Foreign {
            what: format!(
                "line {line} begins perfteam's section, and the line `{end}`, which ends it, is missing"
            ),
            mend: format!("add that line where the section ends, or take line {line} out"),
        }
    }
}

/// A section that is there.
#[derive(Debug)]
pub struct Found {
    /// Where it stands, its marks included.
    pub range: Range<usize>,
    /// Its text, with plain line ends.
    pub body: String,
    /// Whether it is as its first mark says.
    pub intact: bool,
}

/// Tells one text from another.
fn hash(body: &str) -> String {
    format!("{:08x}", crc32fast::hash(body.as_bytes()))
}

/// A text as the file has it: with its line ends.
pub fn with_ends_of(text: &str, section: &str) -> String {
    if text.contains("\r\n") { section.replace('\n', "\r\n") } else { section.to_owned() }
}

/// The text without these sections, and without the empty lines that set them apart.
pub fn taken_out(text: &str, found: &[Found]) -> String {
    let mut rest = text.to_owned();
    for section in found.iter().rev() {
        let (before, after) = (&text[..section.range.start], &rest[section.range.end..]);
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let set_apart = before.ends_with(&end.repeat(2)) && (after.is_empty() || after.starts_with(end));
        let before = if set_apart { &before[..before.len() - end.len()] } else { before };
        rest = format!("{before}{after}");
    }
    rest
}

/// The text with a section at its end, an empty line before it.
pub fn appended(text: &str, section: &str) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = match text {
        "" => "",
        text if text.ends_with(&end.repeat(2)) => "",
        text if text.ends_with('\n') => end,
        _ => &end.repeat(2),
    };
    format!("{text}{gap}{section}")
}

/// A section and the file for it.
#[derive(Debug)]
pub struct Section {
    /// Its marks.
    pub marks: &'static Marks,
    /// What a new file begins with.
    pub preamble: &'static str,
    /// Its text.
    pub body: Cow<'static, str>,
}

impl Section {
    /// How a text stands to it.
    pub fn standing(&self, text: &str) -> Result<Standing, Foreign> {
        let found = self.marks.find(text)?;
        Ok(match found.as_slice() {
            [] => Standing::Absent,
            [one] if one.intact && one.body == self.body => Standing::Current,
            [one] if one.intact => Standing::Old,
            _ => Standing::Changed,
        })
    }

    /// The text with it: in its place, or at the end.
    pub fn with(&self, text: Option<&str>) -> Result<String, Foreign> {
        let section = self.marks.around(&self.body, "");
        let Some(text) = text else { return Ok(format!("{}{section}", self.preamble)) };
        let section = with_ends_of(text, &section);
        let found = self.marks.find(text)?;
        let Some((first, others)) = found.split_first() else { return Ok(appended(text, &section)) };
        let rest = taken_out(text, others);
        Ok(format!("{}{section}{}", &text[..first.range.start], &rest[first.range.end..]))
    }

    /// The text without it.
    pub fn without(&self, text: &str) -> Result<Rest, Foreign> {
        let found = self.marks.find(text)?;
        if found.is_empty() {
            return Ok(Rest::Same);
        }
        let rest = taken_out(text, &found);
        let is_nothing = rest.trim().is_empty() || rest.trim() == self.preamble.trim();
        Ok(if is_nothing { Rest::Nothing } else { Rest::Text(rest) })
    }
}

/// Whether a line of `text`, outside of our section, has the tool read the file `name`, too.
pub fn reads(text: &str, name: &str) -> bool {
    let bare =
        |line: &str| line.trim().strip_prefix('@').map(|path| path.trim_start_matches("./")) == Some(name);
    text.lines().any(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> Section {
        Section { marks: &HTML, preamble: "", body: "One\n\nTwo\n".into() }
    }

    #[test]
    fn it_comes_and_goes_without_a_trace() {
        for text in ["", "# Title\n", "# Title", "# Title\n\ntext\n\n", "a\r\nb\r\n", "é\n\n\n"] {
            let with = section().with(Some(text)).expect("it takes it");
            assert!(with.starts_with(text), "{text:?}");
            assert_eq!(section().standing(&with), Ok(Standing::Current), "{with:?}");
            assert_eq!(
                section().with(Some(&with)).expect("it takes it"),
                with,
                "a second time changes nothing"
            );
            match section().without(&with).expect("it gives it back") {
                Rest::Text(rest) => assert_eq!(rest.trim_end(), text.trim_end()),
                Rest::Nothing => assert_eq!(text, ""),
                Rest::Same => panic!("{with:?}"),
            }
        }
    }

    #[test]
    fn what_stands_around_it_stays() {
        let with = section().with(Some("# Title\n")).expect("it takes it") + "\n## More\n";
        let old = with.replace("Two", "2");
        assert_eq!(section().standing(&old), Ok(Standing::Changed));
        assert_eq!(section().with(Some(&old)).expect("it takes it"), with);
        assert_eq!(section().without(&with), Ok(Rest::Text("# Title\n\n## More\n".into())));
        let other = Section { body: "Other\n".into(), ..section() };
        assert_eq!(other.standing(&with), Ok(Standing::Old));
        let twice = format!("{with}\n{}", HTML.around("x\n", ""));
        assert_eq!(section().standing(&twice), Ok(Standing::Changed));
        assert_eq!(section().with(Some(&twice)).expect("it takes it").matches(">>>").count(), 2);
    }

    #[test]
    fn a_section_without_an_end_is_not_guessed() {
        let text = "# Title\n\n<!-- >>> perfteam setup v1 00000000 >>> -->\nmine\n";
        let foreign = section().with(Some(text)).expect_err("no end");
        assert!(foreign.what.starts_with("line 3 begins perfteam's section"), "{}", foreign.what);
        assert_eq!(section().without(text), Err(foreign));
    }

    #[test]
    fn a_bare_line_reads_another_file() {
        assert!(reads("# A\n\n  @AGENTS.md \n", "AGENTS.md") && reads("@./AGENTS.md", "AGENTS.md"));
        assert!(!reads("see @AGENTS.md\nAGENTS.md\n", "AGENTS.md"));
    }
}
