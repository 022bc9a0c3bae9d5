//! YAML, in and out. The only module that knows the YAML library.
//!
//! What is written must read the same for every YAML 1.1 and 1.2 reader, which the library's own
//! emitter does not promise (`no`, `2025-01-05` come out bare), so strings are written here: plain
//! where nobody can misread them, else in double quotes.

use serde_json::Value;

use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Meta;

/// Largest front matter or YAML file that is parsed. Deep flow collections cost the parser the
/// square of their length; nothing that people write comes near.
pub const MAX_YAML: usize = 64 * 1024;
/// Deepest nesting of `[` and `{` that is parsed.
const MAX_DEPTH: usize = 64;

/// Parses a YAML mapping. Lines and columns of faults count from the first line of `text`.
pub fn parse_mapping(text: &str) -> Result<Meta, Fault> {
    if text.len() > MAX_YAML {
        let size = text.len() / 1024;
        return Err(Fault::new(Spot::Start, format!("{size} KiB of YAML: expected at most 64 KiB")));
    }
    check_depth(text)?;
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| syntax_fault(text, &error))?;
    let value = serde_json::to_value(value)
        .map_err(|error| Fault::new(Spot::Start, format!("a key is no text: {error}")))?;
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Meta::new()),
        _ => Err(Fault::new(Spot::At(1, 1), "expected keys with values, such as `title: Pool exhausted`")),
    }
}

fn check_depth(text: &str) -> Result<(), Fault> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth > MAX_DEPTH {
            let line = text[..at].matches('\n').count() + 1;
            return Err(Fault::new(Spot::At(line, 1), format!("nested more than {MAX_DEPTH} deep")));
        }
    }
    Ok(())
}

fn syntax_fault(text: &str, error: &serde_yaml::Error) -> Fault {
    let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
    if let Some((line, column, mended)) = bare_handle(text, line) {
        return Fault::new(Spot::At(line, column), "a bare @ is not YAML: a handle is written in quotes")
            .mend(mended);
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message);
    if let Some((_, key)) = message.split_once("duplicate entry with key ") {
        let key = key.trim_matches('"');
        let spot = second_line_of(text, key).map_or(Spot::At(line, column), |line| Spot::At(line, 1));
        return Fault::new(spot, format!("the key `{key}` stands here a second time: expected once"));
    }
    Fault::new(Spot::At(line.max(1), column.max(1)), format!("not YAML: {message}"))
}

/// The place and the mended line when a value near `line` begins with a bare `@`.
fn bare_handle(text: &str, line: usize) -> Option<(usize, usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    (line.saturating_sub(1)..=line).rev().filter(|n| *n >= 1).find_map(|number| {
        let line = lines.get(number - 1)?;
        let at = line.find('@')?;
        let (before, handle) = line.split_at(at);
        let starts_value = matches!(before.trim_end().chars().last(), Some(':' | '-' | '[' | ','));
        let handle_end = handle.find([',', ']', ' ']).unwrap_or(handle.len());
        let (handle, rest) = handle.split_at(handle_end);
        let column = before.chars().count() + 1;
        starts_value.then(|| (number, column, format!("{before}\"{handle}\"{rest}")))
    })
}

fn second_line_of(text: &str, key: &str) -> Option<usize> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| {
            line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
        })
        .map(|(at, _)| at + 1)
        .nth(1)
}

/// Writes a mapping, one key a line, in its order.
pub fn write_mapping(map: &Meta) -> String {
    let mut out = String::new();
    write_map(&mut out, map, 0);
    out
}

fn write_map(out: &mut String, map: &Meta, indent: usize) {
    for (key, value) in map {
        out.push_str(&" ".repeat(indent));
        out.push_str(&scalar(key));
        out.push(':');
        write_value(out, value, indent);
    }
}

/// Writes what follows a `key:` or a `-`, the line break included.
fn write_value(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Array(items) if items.is_empty() => out.push_str(" []\n"),
        Value::Object(map) if map.is_empty() => out.push_str(" {}\n"),
        Value::Array(items) => {
            out.push('\n');
            for item in items {
                out.push_str(&" ".repeat(indent + 2));
                out.push('-');
                write_value(out, item, indent + 2);
            }
        }
        Value::Object(map) => {
            out.push('\n');
            write_map(out, map, indent + 2);
        }
        Value::String(text) => {
            out.push(' ');
            out.push_str(&scalar(text));
            out.push('\n');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            out.push(' ');
            out.push_str(&value.to_string());
            out.push('\n');
        }
    }
}

/// A string as a YAML scalar that every reader takes for this string.
pub fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// Words that some reader takes for something else than a string.
const RESERVED: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan"];

fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b' '))
        && !text.ends_with(' ')
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                push_escape(&mut out, c)
            }
            c if c.is_control() => push_escape(&mut out, c),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn push_escape(out: &mut String, c: char) {
    out.push_str(&format!("\\u{:04X}", u32::from(c)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use serde_json::json;

    fn fault(text: &str) -> String {
        let fault = parse_mapping(text).expect_err("a fault");
        let mend = fault.mend.map(|mend| format!("\nmend: {mend}")).unwrap_or_default();
        format!("{:?}: {}{mend}", fault.spot, fault.message)
    }

    #[test]
    fn faults_have_a_place_and_say_what_was_expected() {
        assert_snapshot!(fault("to: @backend.api\n"), @r#"
        At(1, 5): a bare @ is not YAML: a handle is written in quotes
        mend: to: "@backend.api"
        "#);
        assert_snapshot!(fault("a: 1\nto:\n  - x\n  - @b.c\n"), @r#"
        At(4, 5): a bare @ is not YAML: a handle is written in quotes
        mend:   - "@b.c"
        "#);
        assert_snapshot!(fault("a: 1\nb: 2\na: 3\n"), @"At(3, 1): the key `a` stands here a second time: expected once");
        assert_snapshot!(fault("w:\n  a: 1\n  a: 3\n"), @"At(3, 1): the key `a` stands here a second time: expected once");
        assert_snapshot!(fault("a: [1, 2\nb: 3\n"), @"At(2, 2): not YAML: did not find expected ',' or ']'");
        assert_snapshot!(fault("- a\n- b\n"), @"At(1, 1): expected keys with values, such as `title: Pool exhausted`");
    }

    #[test]
    fn hostile_yaml_is_refused_quickly() {
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assert!(fault(bomb).contains("repetition limit"));
        assert!(fault(&"[".repeat(10_000)).contains("nested more than"));
        assert!(fault(&format!("a: {}", "- ".repeat(10_000))).contains("not YAML"));
        assert!(fault(&"x".repeat(MAX_YAML + 1)).contains("at most 64 KiB"));
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let awkward = json!({
            "yes": "no", "date": "2025-01-05", "number": "1e3", "octal": "0o7", "handle": "@x.y",
            "colon": "a: b", "comment": "a # b", "empty": "", "space": " x ", "lines": "a\nb\n",
            "unicode": "接続 é \u{2028}\u{85}", "esc": "\u{1b}[31m", "quote": "it's \"so\" \\ n",
            "list": ["~", "null", "on", {"k": ["v", []]}], "map": {"a": {}, "b": 1.5, "c": true, "d": null},
            "sexagesimal": "12:30:00", "merge": "<<", "equals": "=", "tilde": "~", "bang": "!x", "star": "*a"
        });
        let Value::Object(map) = awkward else { unreachable!() };
        assert_eq!(parse_mapping(&write_mapping(&map)).expect("valid"), map);
    }
}
