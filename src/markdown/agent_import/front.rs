//! Where the front matter of a file begins and ends, also where its marks are missing or wrong.

use super::Repairs;
use super::entries::known_key;

/// A file, divided.
#[derive(Debug, PartialEq)]
pub(super) struct Front {
    /// The text between the marks.
    pub yaml: String,
    /// The line, from 1, on which it begins.
    pub line: usize,
    /// The text below the end mark.
    pub body: String,
    /// The line, from 1, on which that begins.
    pub body_line: usize,
}

/// Divides `text`; `None` where there is no front matter.
pub(super) fn split(text: &str, repairs: &mut Repairs) -> Option<Front> {
    let lines: Vec<&str> = text.lines().collect();
    let opening = Opening::find(&lines)?;
    let inner: Vec<&str> = lines[opening.first..].iter().map(|line| opening.dedent(line)).collect();
    let end = End::find(&inner)?;
    if !inner[..end.at].iter().any(|line| known_key(line).is_some() || line.starts_with('{')) {
        return None;
    }
    opening.note(repairs);
    end.note(opening.first, repairs);
    let mut body = inner.get(end.at + end.marks..).unwrap_or_default();
    if opening.fenced {
        body = without_fence(body);
    }
    Some(Front {
        yaml: inner[..end.at].join("\n"),
        line: opening.first + 1,
        body: body.join("\n"),
        body_line: opening.first + 1 + end.at + end.marks,
    })
}

/// Whether `line` is a mark: dashes, also those that word processors make of them.
fn is_mark(line: &str) -> bool {
    let line = line.trim_end();
    let dashes = line.bytes().filter(|byte| *byte == b'-').count();
    line.chars().all(|c| matches!(c, '-' | '–' | '—')) && (dashes >= 3 || line.contains(['–', '—']))
}

/// Where the front matter begins.
struct Opening<'a> {
    /// The first line of the front matter, from 0.
    first: usize,
    /// The line that opens it, unless there is none.
    mark: Option<&'a str>,
    /// Whether the whole file stands in a code fence.
    fenced: bool,
}

impl<'a> Opening<'a> {
    fn find(lines: &[&'a str]) -> Option<Self> {
        let mut fenced = false;
        for (at, line) in lines.iter().enumerate() {
            let inner = line.trim();
            if is_mark(inner) {
                return Some(Opening { first: at + 1, mark: Some(line), fenced });
            }
            if inner.is_empty() || (inner.starts_with("<!--") && inner.ends_with("-->")) {
                continue;
            }
            if inner.starts_with("```") && !fenced {
                fenced = true;
                continue;
            }
            let starts =
                known_key(line).is_some_and(|key| matches!(key.as_str(), "name" | "handle" | "description"));
            return (starts && !line.starts_with(['-', '*'])).then_some(Opening {
                first: at,
                mark: None,
                fenced,
            });
        }
        None
    }

    /// A front matter that is indented as a whole is read as if it weren't.
    fn dedent<'l>(&self, line: &'l str) -> &'l str {
        let indent = self.mark.map_or(0, |mark| mark.len() - mark.trim_start_matches(' ').len());
        let spaces = line.bytes().take_while(|byte| *byte == b' ').count();
        &line[spaces.min(indent)..]
    }

    fn note(&self, repairs: &mut Repairs) {
        match self.mark {
            None => {
                repairs.note(self.first + 1, "the opening `---` is missing; the front matter begins here")
            }
            Some(mark) if mark.trim_end() != "---" => {
                repairs.note(
                    self.first,
                    format!("the front matter opens with `{}` instead of `---`", cut(mark)),
                );
            }
            Some(_) if self.first > 1 => {
                repairs.note(self.first, "the front matter does not begin on the first line");
            }
            Some(_) => {}
        }
    }
}

/// Where the front matter ends.
struct End<'a> {
    /// The first line that is not part of it, from 0.
    at: usize,
    /// How many lines the end mark has: one or none.
    marks: usize,
    /// The mark.
    mark: Option<&'a str>,
}

impl<'a> End<'a> {
    fn find(lines: &[&'a str]) -> Option<Self> {
        let mark = lines.iter().position(|line| is_mark(line) || line.trim_end() == "...");
        let before = &lines[..mark.unwrap_or(lines.len())];
        match (mark, text_begins(before)) {
            (_, Some(at)) => Some(End { at, marks: 0, mark: None }),
            (Some(at), None) => Some(End { at, marks: 1, mark: Some(lines[at]) }),
            (None, None) => Some(End { at: keys_end(before).unwrap_or(lines.len()), marks: 0, mark: None }),
        }
    }

    fn note(&self, first: usize, repairs: &mut Repairs) {
        let line = first + self.at + 1;
        match self.mark.map(str::trim_end) {
            None => {
                repairs.note(line, "the front matter has no end mark; it is taken to end above this line")
            }
            Some("---" | "...") => {}
            Some(mark) => {
                repairs.note(line, format!("the front matter ends with `{}` instead of `---`", cut(mark)))
            }
        }
    }
}

/// The line, from 0, on which the text of the file begins although no mark came before it: a
/// heading or an address after a blank line, with no key of the front matter below.
fn text_begins(lines: &[&str]) -> Option<usize> {
    let blank = keys_end(lines)?;
    (blank..lines.len()).find(|at| {
        let line = lines[*at];
        let after_blank = lines[at.saturating_sub(1)].trim().is_empty() || *at == blank;
        after_blank && (is_heading(line) || line.starts_with("You are ") || line.starts_with("You're "))
    })
}

/// The first blank line, from 0, below the last key.
fn keys_end(lines: &[&str]) -> Option<usize> {
    let below = 1 + lines.iter().rposition(|line| known_key(line).is_some())?;
    Some(below + lines[below..].iter().position(|line| line.trim().is_empty())?)
}

fn is_heading(line: &str) -> bool {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    (1..=6).contains(&level) && line[level..].starts_with(' ')
}

fn without_fence<'l, 'a>(body: &'l [&'a str]) -> &'l [&'a str] {
    let is_fence = |line: &&str| line.trim() == "```";
    if let Some((first, rest)) = body.split_first()
        && is_fence(first)
    {
        return rest;
    }
    let end = body.iter().rposition(|line| !line.trim().is_empty());
    match end {
        Some(at) if is_fence(&body[at]) => &body[..at],
        _ => body,
    }
}

fn cut(mark: &str) -> String {
    mark.trim().chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, String, Vec<String>)> {
        let mut repairs = Repairs::default();
        let front = split(text, &mut repairs)?;
        let said = repairs.sorted().iter().map(ToString::to_string).collect();
        Some((front.yaml, front.body, said))
    }

    #[test]
    fn marks_as_they_should_be_need_no_repair() {
        assert_eq!(
            parts("---\nname: a\n---\nb\n---\nc"),
            Some(("name: a".into(), "b\n---\nc".into(), vec![]))
        );
        assert_eq!(parts("--- \nname: a\n...\nb"), Some(("name: a".into(), "b".into(), vec![])));
    }

    #[test]
    fn marks_that_are_wrong_or_missing_are_understood() {
        for text in [
            "---\nname: a\n-----\nYou are b",
            "-----\nname: a\n----\nYou are b",
            "---\nname: a\n—\nYou are b",
            "---\nname: a\n\nYou are b",
            "---\n\n\nname: a\n\n\nYou are b",
            "name: a\n---\nYou are b",
            "name: a\n\nYou are b",
            "\n<!-- licence -->\n---\nname: a\n---\nYou are b",
            "```markdown\n---\nname: a\n---\nYou are b\n```\n",
            "  ---\n  name: a\n  ---\nYou are b",
        ] {
            let (yaml, body, said) = parts(text).expect(text);
            assert_eq!((yaml.trim(), body.trim()), ("name: a", "You are b"), "{text}");
            assert!(!said.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_thematic_break_is_no_front_matter() {
        assert_eq!(parts("---\n# Title\n---\ntext"), None);
        assert_eq!(parts("# Title\n---\nname: a\n---\n"), None);
        assert_eq!(parts("```yaml\nagents:\n```\n"), None);
    }

    #[test]
    fn without_an_end_mark_the_text_begins_at_its_heading() {
        let (yaml, body, said) = parts("---\nname: a\ntools: b\n\n# Role\nx\n---\ny").expect("front matter");
        assert_eq!((yaml.as_str(), body.as_str()), ("name: a\ntools: b\n", "# Role\nx\n---\ny"));
        assert_eq!(said, ["line 5: the front matter has no end mark; it is taken to end above this line"]);
        let (yaml, body, _) = parts("---\nname: a\ntools: b\n\nKnows x: y.\n").expect("front matter");
        assert_eq!((yaml.as_str(), body.trim()), ("name: a\ntools: b", "Knows x: y."));
    }
}
