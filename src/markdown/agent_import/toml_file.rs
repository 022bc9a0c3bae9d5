//! Agents of Codex: the keys at the top of a TOML file.

use serde_json::Value;

use super::entries::Entry;
use super::fields::{self, Fields};
use super::outline::Outline;
use super::{Imported, Outcome, Repairs, role_document};
use crate::markdown::yaml;

/// Keys whose text is the role, the first one that is there.
const ROLE: [&str; 3] = ["developer_instructions", "instructions", "prompt"];

/// Reads a TOML file.
pub(super) fn read(path: &str, text: &str, repairs: &mut Repairs) -> Outcome {
    let mut entries = Reader { rest: text, line: 1 }.entries(repairs);
    let role = ROLE.iter().find_map(|key| {
        let at = entries.iter().position(|entry| entry.key == *key && entry.value.is_string())?;
        let entry = entries.remove(at);
        Some((entry.value.as_str().unwrap_or_default().to_owned(), entry.line))
    });
    if role.is_none() && !fields::declare_an_agent(&entries) {
        let why = "it defines no agent: none of `name`, `description` and `developer_instructions` is there";
        return Outcome::Skipped { why: why.to_owned() };
    }
    let (role, line) = role.unwrap_or_default();
    let describe = || role_document::description(&Outline::of(&role, line.max(1)));
    match Fields::new(entries, repairs).agent(path, &role, describe) {
        Some(agent) => Outcome::Imported(Imported { agents: vec![agent], ..Imported::default() }),
        None => Outcome::Failed { why: "no handle can be derived from its name".to_owned() },
    }
}

/// A tolerant reader of top-level keys.
struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn entries(mut self, repairs: &mut Repairs) -> Vec<Entry> {
        let mut entries = Vec::new();
        while !self.rest.is_empty() {
            let line = self.rest.lines().next().unwrap_or_default().trim();
            if line.starts_with('[') {
                let tables: Vec<&str> =
                    self.rest.lines().map(str::trim).filter(|line| line.starts_with('[')).collect();
                repairs.note(
                    self.line,
                    format!("the tables below were left out: {}", short(&tables.join(", "))),
                );
                break;
            }
            match line.split_once('=').filter(|_| !line.starts_with('#')) {
                Some((key, _)) => entries.push(self.entry(key, repairs)),
                None => {
                    if !line.is_empty() && !line.starts_with('#') {
                        repairs.note(self.line, format!("`{}` is no TOML; it was left out", short(line)));
                    }
                    self.skip_line();
                }
            }
        }
        entries
    }

    fn entry(&mut self, key: &str, repairs: &mut Repairs) -> Entry {
        let line = self.line;
        let at = self.rest.find('=').map_or(self.rest.len(), |at| at + 1);
        self.rest = self.rest[at..].trim_start_matches([' ', '\t']);
        let key = key.trim().trim_matches(['"', '\'']).to_owned();
        let value = self.value(&key, repairs);
        Entry { key, line, value, source: String::new() }
    }

    fn value(&mut self, key: &str, repairs: &mut Repairs) -> Value {
        for (mark, escapes) in [("\"\"\"", true), ("'''", false), ("\"", true), ("'", false)] {
            if let Some(inner) = self.rest.strip_prefix(mark) {
                return Value::String(self.string(inner, mark, escapes, key, repairs));
            }
        }
        if self.rest.starts_with('[') {
            return self.array();
        }
        let text = self.rest.lines().next().unwrap_or_default().split(" #").next().unwrap_or_default().trim();
        let line = self.line;
        self.skip_line();
        match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') => {
                let whole = text.parse::<i64>().ok().filter(|whole| whole.to_string() == text);
                whole.map_or_else(|| Value::String(text.to_owned()), Value::from)
            }
            _ => {
                repairs.note(line, format!("the value of `{key}` is not quoted; it was taken as it stands"));
                Value::String(text.to_owned())
            }
        }
    }

    /// A string whose opening mark is behind; the reader moves behind the line of its end.
    fn string(
        &mut self,
        inner: &'a str,
        mark: &str,
        escapes: bool,
        key: &str,
        repairs: &mut Repairs,
    ) -> String {
        let multiline = mark.len() == 3;
        let limit = if multiline { inner.len() } else { inner.find('\n').unwrap_or(inner.len()) };
        let end = closing(&inner[..limit], mark, escapes);
        if end.is_none() {
            repairs.note(self.line, format!("the text of `{key}` is not closed"));
        }
        let text = &inner[..end.unwrap_or(limit)];
        let behind = end.map_or(limit, |end| end + mark.len());
        self.line += text.matches('\n').count();
        self.rest = &inner[behind..];
        self.skip_line();
        let text = if multiline { text.strip_prefix('\n').unwrap_or(text) } else { text };
        if escapes { unescaped(text) } else { text.to_owned() }
    }

    /// A list, also over several lines; what stands between the brackets is YAML, too.
    fn array(&mut self) -> Value {
        let mut quote = None;
        let closes = |c: char| {
            match quote {
                Some(open) if open == c => quote = None,
                None if matches!(c, '"' | '\'') => quote = Some(c),
                _ => {}
            }
            quote.is_none() && c == ']'
        };
        let end = self.rest.find(closes).map_or(self.rest.len(), |at| at + 1);
        let text = &self.rest[..end];
        self.line += text.matches('\n').count();
        self.rest = &self.rest[end..];
        self.skip_line();
        yaml::parse(text).unwrap_or_else(|_| Value::String(text.to_owned()))
    }

    fn skip_line(&mut self) {
        match self.rest.split_once('\n') {
            Some((_, rest)) => {
                self.rest = rest;
                self.line += 1;
            }
            None => self.rest = "",
        }
    }
}

/// Where the closing mark of a string begins.
fn closing(text: &str, mark: &str, escapes: bool) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find(mark)?;
        let slashes = text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if !escapes || slashes.is_multiple_of(2) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') | None => {}
            Some('\n') => chars = chars.as_str().trim_start().chars(),
            Some('u') => out.push(code_point(&mut chars, 4)),
            Some('U') => out.push(code_point(&mut chars, 8)),
            Some(other) => out.push(other),
        }
    }
    out
}

fn code_point(chars: &mut std::str::Chars<'_>, digits: usize) -> char {
    let hex: String = chars.take(digits).collect();
    u32::from_str_radix(&hex, 16)
        .ok()
        .and_then(char::from_u32)
        .filter(|c| !c.is_control())
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn short(text: &str) -> String {
    let cut: String = text.chars().take(80).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> (Vec<(String, Value, usize)>, usize) {
        let mut repairs = Repairs::default();
        let entries = Reader { rest: text, line: 1 }.entries(&mut repairs);
        (entries.into_iter().map(|entry| (entry.key, entry.value, entry.line)).collect(), repairs.0.len())
    }

    #[test]
    fn top_level_keys_are_read() {
        let text = "# agent\nname = \"a\" # x\ndescription = 'b \\n'\n\ndeveloper_instructions = \"\"\"\nYou\\tare \"c\".\n\\\n  End\"\"\"\nn = 3\nlist = [\"x\",\n  'y', # z\n]\nok = true\n";
        let (read, repairs) = entries(text);
        assert_eq!(repairs, 0);
        let read: Vec<_> =
            read.iter().map(|(key, value, line)| (key.as_str(), value.to_string(), *line)).collect();
        assert_eq!(read[0], ("name", "\"a\"".into(), 2));
        assert_eq!(read[1], ("description", "\"b \\\\n\"".into(), 3));
        assert_eq!(read[2], ("developer_instructions", "\"You\\tare \\\"c\\\".\\nEnd\"".into(), 5));
        assert_eq!(read[3], ("n", "3".into(), 9));
        assert_eq!(read[5], ("ok", "true".into(), 13));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(entries("name = a b\n").1, 1);
        assert_eq!(entries("x = \"\"\"never\nclosed").1, 1);
        assert_eq!(entries("name = \"a\"\n[table]\nb = 1\n").1, 1);
        assert_eq!(entries("nonsense\n").1, 1);
    }
}
