//! The commands in a piece of shell, taken apart and never run.

/// A command: its words, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The line, from 1.
    pub line: usize,
    /// The words, without their quotes.
    pub words: Vec<String>,
}

/// The commands of a script, in their order. A line with a quote that nothing closes is prose, and is
/// left out.
pub fn segments(script: &str) -> Vec<Segment> {
    let mut lines: Vec<&str> = script.lines().collect();
    loop {
        let text = lines.join("\n");
        let mut reader = Reader::new(&text);
        match reader.read() {
            Ok(()) => return reader.done,
            // The line that opened the quote says nothing then.
            Err(open) => match lines.get_mut(open - 1) {
                Some(line) if !line.is_empty() => *line = "",
                _ => return reader.done,
            },
        }
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    line: usize,
    word: Option<String>,
    words: Vec<String>,
    begun: usize,
    heredocs: Vec<String>,
    done: Vec<Segment>,
}

impl Reader {
    fn new(text: &str) -> Reader {
        Reader {
            chars: text.chars().collect(),
            at: 0,
            line: 1,
            word: None,
            words: Vec::new(),
            begun: 1,
            heredocs: Vec::new(),
            done: Vec::new(),
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn push(&mut self, c: char) {
        if self.word.is_none() && self.words.is_empty() {
            self.begun = self.line;
        }
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.words.is_empty() {
            self.done.push(Segment { line: self.begun, words: std::mem::take(&mut self.words) });
        }
    }

    /// Reads all; fails with the line of a quote that nothing closes.
    fn read(&mut self) -> Result<(), usize> {
        while let Some(c) = self.peek(0) {
            match c {
                '\'' | '"' => self.quoted(c)?,
                '\\' if self.peek(1) == Some('\n') => {
                    self.next();
                    self.next();
                }
                '\\' => {
                    self.next();
                    if let Some(c) = self.next() {
                        self.push(c);
                    }
                }
                '#' if self.word.is_none() => self.skip_line(),
                '$' if self.peek(1) == Some('(') => self.substitution(),
                '<' if self.placeholder() => {}
                '<' | '>' => self.redirection(),
                '\n' => {
                    self.next();
                    self.end_command();
                    self.skip_heredocs();
                }
                ';' | '&' | '|' | '(' | ')' => {
                    self.next();
                    self.end_command();
                }
                c if c.is_whitespace() => {
                    self.next();
                    self.end_word();
                }
                c => {
                    self.next();
                    self.push(c);
                }
            }
        }
        self.end_command();
        Ok(())
    }

    fn quoted(&mut self, quote: char) -> Result<(), usize> {
        let begun = self.line;
        self.next();
        if self.word.is_none() && self.words.is_empty() {
            self.begun = begun;
        }
        self.word.get_or_insert_default();
        while let Some(c) = self.next() {
            match c {
                c if c == quote => return Ok(()),
                '\\' if quote == '"' => match self.next() {
                    Some('\n') | None => {}
                    Some(c @ ('"' | '\\' | '$' | '`')) => self.push(c),
                    Some(c) => {
                        self.push('\\');
                        self.push(c);
                    }
                },
                c => self.push(c),
            }
        }
        Err(begun)
    }

    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.at += 1;
        }
    }

    /// What `$(...)` puts there is not known: it stands as it is written.
    fn substitution(&mut self) {
        let mut depth = 0;
        while let Some(c) = self.next() {
            self.push(c);
            depth += i32::from(c == '(') - i32::from(c == ')');
            if depth == 0 && c == ')' {
                return;
            }
        }
    }

    /// `<id>` is what people write for something to be filled in.
    fn placeholder(&mut self) -> bool {
        let rest = &self.chars[self.at + 1..];
        let Some(end) = rest.iter().position(|c| matches!(c, '>' | '<' | '\n')) else { return false };
        let is_name = rest[..end].first().is_some_and(|c| c.is_alphabetic() || *c == '@');
        if rest[end] != '>' || !is_name {
            return false;
        }
        for _ in 0..end + 2 {
            if let Some(c) = self.next() {
                self.push(c);
            }
        }
        true
    }

    /// Leaves out `> FILE` and the like, and remembers where the text of `<<END` ends.
    fn redirection(&mut self) {
        if self.word.as_ref().is_some_and(|word| word.chars().all(|c| c.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        let mut signs = String::new();
        while let Some(c @ ('<' | '>' | '&' | '-')) = self.peek(0) {
            signs.push(c);
            self.at += 1;
        }
        while self.peek(0).is_some_and(|c| c == ' ') {
            self.at += 1;
        }
        let mut target = String::new();
        while let Some(c) = self.peek(0).filter(|c| !c.is_whitespace() && !matches!(c, ';' | '&' | '|')) {
            target.push(c);
            self.at += 1;
        }
        if signs.starts_with("<<") {
            self.heredocs.push(target.trim_matches(['\'', '"']).to_owned());
        }
    }

    fn skip_heredocs(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            while self.peek(0).is_some() {
                let start = self.at;
                self.skip_line();
                let line: String = self.chars[start..self.at].iter().collect();
                self.next();
                if line.trim() == end {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(script: &str) -> Vec<String> {
        segments(script).iter().map(|one| format!("{}: {}", one.line, one.words.join("|"))).collect()
    }

    #[test]
    fn commands_are_taken_apart_as_a_shell_would() {
        assert_eq!(told("a 'b c' \"d \\\"e\\\"\" f\\ g # no\n"), ["1: a|b c|d \"e\"|f g"]);
        assert_eq!(told("a \\\n  b\nc && d; e | f"), ["1: a|b", "3: c", "3: d", "3: e", "3: f"]);
        assert_eq!(told("a \"b\nc\" d\ne"), ["1: a|b\nc|d", "3: e"]);
        assert_eq!(told("a <id> > out 2>&1\nb"), ["1: a|<id>", "2: b"]);
        assert_eq!(told("a $(b; c) $D"), ["1: a|$(b; c)|$D"]);
        assert_eq!(told("a <<'END' b\n{\"x\": 1}\nEND\nc"), ["1: a|b", "4: c"]);
    }

    #[test]
    fn prose_does_not_swallow_what_follows() {
        assert_eq!(told("it isn't code\na b"), ["2: a|b"]);
        assert_eq!(told("don't\nwon't \"\na"), ["3: a"]);
        assert_eq!(told("\"open"), Vec::<String>::new());
    }
}
