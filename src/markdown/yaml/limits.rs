//! What is never handed to the YAML parser, because it would cost it seconds or hours.

/// Longest text that is parsed: deep flow collections cost the square of their length.
pub const MAX_YAML: usize = 64 * 1024;

/// Deepest nesting that is parsed.
const MAX_DEPTH: usize = 64;

/// Most aliases that are parsed: the parser's own limit lets long lists grow for hours.
const MAX_ALIASES: usize = 8;

/// Why a text is not parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// What is too much about it, as the end of a sentence.
    pub why: String,
    /// The line at which it became too much, from 1.
    pub line: usize,
}

/// What about `text` is too much for the YAML parser, if anything is.
pub fn excess(text: &str) -> Option<Excess> {
    if text.len() > MAX_YAML {
        return Some(Excess { why: format!("is larger than {} KiB", MAX_YAML / 1024), line: 1 });
    }
    let mut nesting = Nesting::default();
    let (mut anchors, mut aliases) = (0, 0);
    for (at, line) in text.lines().enumerate() {
        if nesting.brackets == 0 && is_quoted_value(line) {
            continue;
        }
        if nesting.enter(line) > MAX_DEPTH {
            return Some(Excess { why: format!("is nested deeper than {MAX_DEPTH} levels"), line: at + 1 });
        }
        anchors += starts(line, '&');
        aliases += starts(line, '*');
        if anchors > 0 && aliases > MAX_ALIASES {
            let why = format!("repeats parts of itself more than {MAX_ALIASES} times");
            return Some(Excess { why, line: at + 1 });
        }
    }
    None
}

/// Whether the value on this line is one string in double quotes, as this tool writes them:
/// nothing in it means anything. Only outside of brackets is a quote there sure to begin one.
fn is_quoted_value(line: &str) -> bool {
    let start = line.trim_start_matches([' ', '-']);
    let value = match start.split_once(": ") {
        Some((key, value)) if !key.contains(['"', '[', '{', '&', '*']) => value,
        _ => start,
    };
    let Some(inner) = value.trim_end().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return false;
    };
    let mut escaped = false;
    for c in inner.chars() {
        match c {
            '"' if !escaped => return false,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    !escaped
}

/// How many words begin with `sign`, as anchors and aliases do.
fn starts(line: &str, sign: char) -> usize {
    let begins = |at: usize| line[..at].ends_with([' ', '\t', '[', '{', ',', '-', ':']) || at == 0;
    let names = |at: usize| line[at + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    line.match_indices(sign).filter(|(at, _)| begins(*at) && names(*at)).count()
}

/// An upper bound of the nesting, by brackets and indentation alone.
#[derive(Default)]
struct Nesting {
    brackets: usize,
    indents: Vec<usize>,
}

impl Nesting {
    /// The deepest level that this line may reach.
    fn enter(&mut self, line: &str) -> usize {
        let inner = line.trim_start_matches([' ', '\t']);
        if inner.is_empty() {
            return 0;
        }
        let indent = line.len() - inner.len();
        while self.indents.last().is_some_and(|last| *last >= indent) {
            self.indents.pop();
        }
        self.indents.push(indent);
        let mut deepest = self.indents.len() + markers(inner) + self.brackets;
        for byte in inner.bytes() {
            match byte {
                b'[' | b'{' => self.brackets += 1,
                b']' | b'}' => self.brackets = self.brackets.saturating_sub(1),
                _ => continue,
            }
            deepest = deepest.max(self.indents.len() + self.brackets);
        }
        deepest
    }
}

/// How many `- `, `? ` and `: ` open a level each at the start of a line.
fn markers(line: &str) -> usize {
    let mut rest = line;
    let mut count = 0;
    while let Some(inner) = rest.strip_prefix(['-', '?', ':']).filter(|inner| inner.starts_with([' ', '\t']))
    {
        rest = inner.trim_start_matches([' ', '\t']);
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use crate::markdown::yaml::{parse, scalar};

    #[test]
    fn deep_nesting_never_reaches_the_parser() {
        let deep = 10_000;
        let stairs: String = (0..300).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
        for text in [
            "[".repeat(deep),
            "{a: ".repeat(deep),
            "- ".repeat(deep),
            "? ".repeat(deep),
            stairs,
            "a: [{".repeat(deep),
        ] {
            assert!(parse(&text).is_err_and(|why| why.contains("nested")), "{}", &text[..20]);
        }
        assert!(parse("a:\n  b:\n    - [1, {c: 2}]").is_ok());
    }

    #[test]
    fn alias_bombs_are_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..30 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        let long_list = bomb.replacen("[x,", &format!("[{}", "x,".repeat(15_000)), 1);
        for bomb in [bomb, long_list] {
            assert!(parse(&bomb).is_err_and(|why| why.contains("repeats")));
        }
        assert_eq!(parse("a: &x [1]\nb: *x"), Ok(serde_json::json!({"a": [1], "b": [1]})));
        assert!(
            parse(&format!("a: |\n  R &D\n{}", "  *b*\n".repeat(9))).is_err(),
            "and is recovered as text"
        );
    }

    #[test]
    fn strings_that_this_tool_writes_are_never_too_much() {
        let text = format!("{} &anchor {}", "[".repeat(200), "*alias ".repeat(20));
        let yaml = format!("title: {0}\nlist:\n  - {0}\n", scalar(&text));
        assert_eq!(parse(&yaml), Ok(serde_json::json!({"title": text, "list": [text]})));
        let hidden = format!("a: &a [x]\nb: [foo\n  \"[{}\"\n]\n", "*a, ".repeat(20));
        assert!(
            parse(&hidden).is_err_and(|why| why.contains("repeats")),
            "brackets are open: the quote may be text"
        );
    }
}
