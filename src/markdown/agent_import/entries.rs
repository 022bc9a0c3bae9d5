//! The keys of a front matter with their values: strictly where that works, else key by key.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Repairs;
use crate::markdown::yaml;

/// One key of a front matter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// The key as it stands there.
    pub key: String,
    /// The line, from 1, on which it stands.
    pub line: usize,
    /// What it says.
    pub value: Value,
    /// The lines of the file that say it, to find nested keys again.
    pub source: String,
}

/// Keys that agents' tools use, in lower case. Where a front matter is no YAML, only these are
/// sure to be keys; `Examples:` may be part of a description.
const KNOWN: [&str; 50] = [
    "name",
    "handle",
    "title",
    "description",
    "tools",
    "disallowedtools",
    "disallowed-tools",
    "allowed-tools",
    "model",
    "color",
    "colour",
    "permissionmode",
    "skills",
    "hooks",
    "mcpservers",
    "mcp-servers",
    "memory",
    "background",
    "effort",
    "isolation",
    "maxturns",
    "initialprompt",
    "readonly",
    "is_background",
    "mode",
    "temperature",
    "type",
    "version",
    "author",
    "created",
    "updated",
    "category",
    "tags",
    "keywords",
    "routing_keywords",
    "capabilities",
    "triggers",
    "priority",
    "metadata",
    "agents",
    "target",
    "handoffs",
    "globs",
    "alwaysapply",
    "license",
    "writes",
    "watches",
    "emails",
    "retired",
    "successor",
];

/// Words before a colon that belong to an example in a text.
const SPEAKERS: [&str; 10] =
    ["user", "assistant", "human", "context", "example", "examples", "note", "commentary", "usage", "http"];

/// The known key with which `line` begins, in lower case.
pub(super) fn known_key(line: &str) -> Option<String> {
    let (key, _) = lenient_key(line)?;
    let key = key.to_lowercase();
    KNOWN.contains(&key.as_str()).then_some(key)
}

/// Reads the text of a front matter that begins on `first_line`.
pub(super) fn read(text: &str, first_line: usize, repairs: &mut Repairs) -> Vec<Entry> {
    match strict(text, first_line) {
        Ok(entries) => entries,
        Err(why) => recovered(text, first_line, &why, repairs),
    }
}

fn strict(text: &str, first_line: usize) -> Result<Vec<Entry>, String> {
    let Value::Object(map) = yaml::parse(text)? else { return Err("it is no list of keys".to_owned()) };
    let chunks = chunks(text, first_line, |line, _, _| strict_key(line));
    let by_key: HashMap<&str, &Chunk> = chunks.iter().map(|chunk| (chunk.key.as_str(), chunk)).collect();
    let entry = |(key, value): (String, Value)| match by_key.get(key.as_str()) {
        Some(Chunk { line, source, .. }) => {
            Entry { key, line: *line, value: faithful(value, source), source: source.clone() }
        }
        None => Entry { key, line: first_line, value, source: String::new() },
    };
    Ok(map.into_iter().map(entry).collect())
}

/// Numbers that would be written differently (`1.10`, `1e3`, `007`) stay as they stand there.
fn faithful(value: Value, source: &str) -> Value {
    let Value::Number(number) = &value else { return value };
    let written = strict_key(source.lines().next().unwrap_or_default()).map(|(_, rest)| rest);
    let written = written.unwrap_or_default().split(" #").next().unwrap_or_default().trim();
    if written.is_empty() || written == number.to_string() {
        value
    } else {
        Value::String(written.to_owned())
    }
}

/// A key and the lines up to the next one.
struct Chunk {
    key: String,
    line: usize,
    source: String,
}

type KeyOf = for<'l> fn(&'l str, &Chunk, bool) -> Option<(&'l str, &'l str)>;

/// Divides `text` at the lines of which `key_of` says that they begin a key. It also gets what the
/// chunk so far is, and whether that has run into prose.
fn chunks(text: &str, first_line: usize, key_of: KeyOf) -> Vec<Chunk> {
    let mut chunks = vec![Chunk { key: String::new(), line: first_line, source: String::new() }];
    let mut in_prose = false;
    for (at, line) in text.lines().enumerate() {
        let Some(current) = chunks.last_mut() else { break };
        if let Some((key, _)) = key_of(line, current, in_prose) {
            chunks.push(Chunk { key: key.to_owned(), line: first_line + at, source: line.to_owned() });
            in_prose = false;
        } else {
            in_prose |= is_prose(line) || line.trim().is_empty();
            current.source.push('\n');
            current.source.push_str(line);
        }
    }
    chunks.retain(|chunk| !chunk.key.is_empty() || !chunk.source.trim().is_empty());
    chunks
}

fn is_prose(line: &str) -> bool {
    !line.starts_with([' ', '\t', '-', '#', ']', '}', '"', '\''])
}

/// `key: rest` as YAML has it.
fn strict_key(line: &str) -> Option<(&str, &str)> {
    if line.starts_with([' ', '\t', '-', '#', '{']) {
        return None;
    }
    let (key, rest) = match line.chars().next()? {
        quote @ ('"' | '\'') => line[1..]
            .split_once(quote)
            .and_then(|(key, rest)| Some((key, rest.trim_start().strip_prefix(':')?)))?,
        _ => line.split_once(':')?,
    };
    let key = key.trim_end();
    let fits = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    (fits && (rest.is_empty() || rest.starts_with([' ', '\t']))).then_some((key, rest.trim()))
}

/// `key: rest` as people have it: in bold, in a list, without the space, with another colon.
fn lenient_key(line: &str) -> Option<(&str, &str)> {
    if let Some(found) = strict_key(line) {
        return Some(found);
    }
    let line = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).unwrap_or(line);
    let line = line.strip_prefix("**").unwrap_or(line);
    let end = line.find([':', '：', '='])?;
    let key = line[..end].trim_end_matches(['*', ' ', '"']).trim_start_matches('"');
    let rest = line[end..].trim_start_matches([':', '：', '=']).trim_start_matches("**");
    let known = KNOWN.contains(&key.to_lowercase().as_str());
    (known && !rest.starts_with("//")).then_some((key, rest.trim()))
}

/// What begins a key where the whole is no YAML.
fn likely_key<'l>(line: &'l str, current: &Chunk, in_prose: bool) -> Option<(&'l str, &'l str)> {
    let (key, rest) = lenient_key(line)?;
    let lower = key.to_lowercase();
    if SPEAKERS.contains(&lower.as_str()) {
        return None;
    }
    let known = KNOWN.contains(&lower.as_str());
    let again = current.key.eq_ignore_ascii_case(key);
    (if in_prose { known && !again } else { true }).then_some((key, rest))
}

fn recovered(text: &str, first_line: usize, why: &str, repairs: &mut Repairs) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let before = repairs.0.len();
    for chunk in chunks(text, first_line, likely_key) {
        if chunk.key.is_empty() {
            if chunk.source.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')) {
                repairs.note(chunk.line, "the text above the first key was left out");
            }
            continue;
        }
        if !seen.insert(chunk.key.to_lowercase()) {
            repairs
                .note(chunk.line, format!("`{}` is there more than once; the first one counts", chunk.key));
            continue;
        }
        entries.push(recovered_entry(chunk, repairs));
    }
    if repairs.0.len() == before {
        let why = why.split(" at line ").next().unwrap_or(why);
        repairs.note(
            first_line,
            format!("the front matter is no YAML as a whole ({why}); it was read key by key"),
        );
    }
    entries
}

fn recovered_entry(chunk: Chunk, repairs: &mut Repairs) -> Entry {
    let Chunk { key, line, source } = chunk;
    let value = if let Some(value) = alone(&source, &key) {
        faithful(value, &source)
    } else if let Some(value) = without_tabs(&source).and_then(|source| alone(&source, &key)) {
        repairs.note(
            line,
            format!("`{key}` is indented with tabs, which YAML forbids; they were read as spaces"),
        );
        value
    } else {
        repairs.note(line, format!("`{key}` {}; its text was taken as it stands", ailment(&source, line)));
        plain_value(&source)
    };
    Entry { key, line, value, source }
}

/// The value of `key` where `source` is YAML that says this and nothing else.
fn alone(source: &str, key: &str) -> Option<Value> {
    let Value::Object(map) = yaml::parse(source).ok()? else { return None };
    let mut pairs = map.into_iter();
    let (found, value) = pairs.next()?;
    (pairs.next().is_none() && found == key).then_some(value)
}

/// The same with spaces for the tabs that indent it.
fn without_tabs(source: &str) -> Option<String> {
    let line = |line: &str| {
        let inner = line.trim_start_matches([' ', '\t']);
        format!("{}{inner}", line[..line.len() - inner.len()].replace('\t', "  "))
    };
    source.contains('\t').then(|| source.lines().map(line).collect::<Vec<_>>().join("\n"))
}

/// What is wrong with a value that is no YAML, in a person's words.
fn ailment(source: &str, line: usize) -> String {
    let first = source.lines().next().unwrap_or_default();
    let Some((_, value)) = strict_key(first) else {
        return "is not followed by a colon and a space".to_owned();
    };
    let stray = source.lines().skip(1).position(|below| !below.trim().is_empty() && is_prose(below));
    if let Some(at) = stray {
        return format!("goes on in the first column of line {}", line + at + 1);
    }
    if let Some(excess) = yaml::excess(source) {
        return excess.why;
    }
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) if !value[1..].ends_with(quote) => {
            "has a quotation mark that is not closed".into()
        }
        Some('"' | '\'') => "has quotation marks within quotation marks".into(),
        Some(sign @ ('@' | '`' | '%' | '&' | '*' | '!' | '[' | '{' | '|' | '>')) => {
            format!("begins with `{sign}`, which means something else in YAML unless it is quoted")
        }
        _ if value.contains(": ") || value.ends_with(':') => "has a colon that is not quoted".into(),
        _ => "is no YAML".into(),
    }
}

/// The value as a person reads it: a list, or the text without its quotation marks.
fn plain_value(source: &str) -> Value {
    let (first, below) = source.split_once('\n').unwrap_or((source, ""));
    let first = lenient_key(first).map_or(first, |(_, rest)| rest);
    let dashed = |line: &str| line.trim_start().strip_prefix("- ").map(|item| unquoted(item.trim()));
    let filled = || below.lines().filter(|line| !line.trim().is_empty());
    if first.is_empty() && filled().next().is_some() && filled().all(|line| dashed(line).is_some()) {
        return filled().filter_map(dashed).map(Value::String).collect();
    }
    if let Some(inner) =
        first.strip_prefix('[').filter(|inner| !inner.contains('[') && below.trim().is_empty())
    {
        let inner = inner.trim_end_matches(']');
        return inner.split(',').map(|item| Value::String(unquoted(item.trim()))).collect();
    }
    let is_block = first.len() <= 3 && first.starts_with(['|', '>']);
    let first = if is_block { "" } else { first };
    Value::String(unquoted(format!("{first}\n{}", dedented(below)).trim()))
}

fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let common = text.lines().filter(|line| line.starts_with(' ')).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = text.lines().map(|line| line[indent(line).min(common)..].trim_end()).collect();
    lines.join("\n")
}

fn unquoted(text: &str) -> String {
    let Some(quote @ ('"' | '\'')) = text.chars().next() else { return text.to_owned() };
    let inner = &text[1..];
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    if quote == '"' { inner.replace("\\\"", "\"") } else { inner.replace("''", "'") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn values(text: &str) -> (Value, Vec<String>) {
        let mut repairs = Repairs::default();
        let entries = read(text, 2, &mut repairs);
        let map = entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
        (Value::Object(map), repairs.sorted().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn yaml_is_read_strictly() {
        let (read, said) = values("name: a\ntools: [x, y]\nversion: 1.10\nn: 3\nmeta:\n  d: e # f\n");
        assert_eq!(
            read,
            json!({"name": "a", "tools": ["x", "y"], "version": "1.10", "n": 3, "meta": {"d": "e"}})
        );
        assert_eq!(said, [""; 0]);
    }

    #[test]
    fn each_ailment_is_named_and_its_text_kept() {
        for (text, description, said) in [
            ("description: Use for: 'a'", "Use for: 'a'", "has a colon that is not quoted"),
            ("description: \"never closed", "never closed", "has a quotation mark that is not closed"),
            ("description: 'it's here'", "it's here", "has quotation marks within quotation marks"),
            ("description: @a.b knows", "@a.b knows", "begins with `@`"),
            (
                "description: >\n  a: b\nand c\ntools: x",
                "a: b\nand c",
                "goes on in the first column of line 4",
            ),
            ("description:no space", "no space", "is not followed by a colon and a space"),
            ("description：全角", "全角", "is not followed by a colon and a space"),
            ("description: [a, b", "", "begins with `[`"),
        ] {
            let (read, notes) = values(text);
            assert!(notes.iter().any(|note| note.contains(said)), "{text}: {notes:?}");
            if !description.is_empty() {
                assert_eq!(read["description"], description, "{text}");
            }
        }
    }

    #[test]
    fn examples_in_a_description_are_no_keys() {
        let text = "name: a\ndescription: Use this.\n\nExamples:\n- <example>\nuser: \"hi\" there\nassistant: x\nfoo: y\ntools: T\ncustom: z";
        let (read, _) = values(text);
        assert_eq!(read["tools"], "T");
        assert_eq!(read["custom"], "z");
        assert!(read["description"].as_str().is_some_and(|text| text.ends_with("assistant: x\nfoo: y")));
    }

    #[test]
    fn tabs_and_doubles_are_understood() {
        let (read, said) = values("tools:\n\t- a\n\t- b\nname: x\nname: y");
        assert_eq!(read, json!({"tools": ["a", "b"], "name": "x"}));
        assert_eq!(
            said,
            [
                "line 2: `tools` is indented with tabs, which YAML forbids; they were read as spaces",
                "line 6: `name` is there more than once; the first one counts"
            ]
        );
    }
}
