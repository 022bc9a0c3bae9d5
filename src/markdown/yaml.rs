//! YAML, in and out. The only module that knows the YAML library.
//!
//! What is written must read the same for every YAML 1.1 and 1.2 reader, which the library's own
//! emitter does not promise (`no`, `2025-01-05` come out bare), so strings are written here: plain
//! where nobody can misread them, else in double quotes.

use serde_json::Value;

use super::locate::end_of;
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Meta;

/// Largest front matter or YAML file that is parsed. Deep flow collections cost the parser the
/// square of their length; nothing that people write comes near.
pub const MAX_YAML: usize = 64 * 1024;
/// Deepest nesting of `[` and `{` that is parsed.
const MAX_DEPTH: usize = 64;
/// The same when those in quotes are counted, too, which a hostile file could feign.
const MAX_BRACKETS: usize = 4096;

/// Parses a YAML mapping. Lines and columns of faults count from the first line of `text`.
pub fn parse_mapping(text: &str) -> Result<Meta, Fault> {
    if text.len() > MAX_YAML {
        let size = text.len() / 1024;
        return Err(Fault::new(Spot::Start, format!("{size} KiB of YAML: expected at most 64 KiB")));
    }
    check_depth(text)?;
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| syntax_fault(text, &error))?;
    match value {
        serde_yaml::Value::Mapping(map) => to_meta(text, map),
        serde_yaml::Value::Null => Ok(Meta::new()),
        _ => Err(Fault::new(Spot::At(1, 1), "expected keys with values, such as `title: Pool exhausted`")),
    }
}

fn to_meta(text: &str, map: serde_yaml::Mapping) -> Result<Meta, Fault> {
    let mut meta = Meta::new();
    for (key, value) in map {
        let key = match key {
            serde_yaml::Value::String(key) => key,
            serde_yaml::Value::Number(number) => number.to_string(),
            serde_yaml::Value::Bool(word) => word.to_string(),
            _ => return Err(Fault::new(Spot::Start, "a key is a list, a mapping or empty: expected a text")),
        };
        let value = to_json(text, value)?;
        if meta.contains_key(&key) {
            return Err(second(text, &key, Spot::Start));
        }
        meta.insert(key, value);
    }
    Ok(meta)
}

/// The same as JSON, which has no word for `.inf` and `.nan` (kept as texts) and for tags (kept as
/// a key).
fn to_json(text: &str, value: serde_yaml::Value) -> Result<Value, Fault> {
    Ok(match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(word) => Value::Bool(word),
        serde_yaml::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(whole)) => whole.into(),
            (None, None) => number
                .as_f64()
                .and_then(serde_json::Number::from_f64)
                .map_or_else(|| Value::String(number.to_string()), Value::Number),
        },
        serde_yaml::Value::String(text) => Value::String(text),
        serde_yaml::Value::Sequence(items) => {
            Value::Array(items.into_iter().map(|item| to_json(text, item)).collect::<Result<_, _>>()?)
        }
        serde_yaml::Value::Mapping(map) => Value::Object(to_meta(text, map)?),
        serde_yaml::Value::Tagged(tagged) => {
            let value = to_json(text, tagged.value)?;
            Value::Object([(tagged.tag.to_string(), value)].into_iter().collect())
        }
    })
}

fn check_depth(text: &str) -> Result<(), Fault> {
    let deep = too_deep(outside_quotes(text), MAX_DEPTH);
    match deep.or_else(|| too_deep(text.bytes().enumerate(), MAX_BRACKETS)) {
        Some(at) => {
            let (line, column) = end_of(&text[..at]);
            Err(Fault::new(Spot::At(line, column), format!("nested more than {MAX_DEPTH} deep")))
        }
        None => Ok(()),
    }
}

/// Where brackets are open for the first time in more than `limit` levels.
fn too_deep(bytes: impl Iterator<Item = (usize, u8)>, limit: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in bytes {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth > limit {
            return Some(at);
        }
    }
    None
}

/// The bytes that are not in double quotes, as far as one line tells: so strings are written here.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let (mut quoted, mut escaped, mut last) = (false, false, b'\n');
    text.bytes().enumerate().filter(move |(_, byte)| {
        let was_quoted = quoted;
        match *byte {
            b'\n' => (quoted, escaped) = (false, false),
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if quoted => quoted = false,
            b'"' => quoted = matches!(last, b' ' | b'\n' | b':' | b'-' | b',' | b'[' | b'{'),
            _ => {}
        }
        last = *byte;
        !was_quoted
    })
}

fn syntax_fault(text: &str, error: &serde_yaml::Error) -> Fault {
    // The library counts more characters as line breaks than editors do, so its own lines may lie.
    let (line, column) = error.location().map_or((1, 1), |place| {
        let end = text.char_indices().nth(place.index()).map_or(text.len(), |(at, _)| at);
        end_of(&text[..end])
    });
    if let Some((line, column, mended)) = bare_handle(text, line) {
        return Fault::new(Spot::At(line, column), "a bare @ is not YAML: a handle is written in quotes")
            .mend(mended);
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message);
    let spot = Spot::At(line, column);
    if let Some((_, key)) = message.split_once("duplicate entry with key ") {
        return second(text, key.trim_matches('"'), spot);
    }
    if message.contains("control characters are not allowed") {
        return control_character(text).unwrap_or(Fault::new(spot, "a control character: expected text"));
    }
    let at_tab = text.lines().nth(line.saturating_sub(1)).is_some_and(|line| line.starts_with('\t'));
    let message = match message {
        "found character that cannot start any token" if at_tab => {
            "a tab: YAML is indented with spaces".to_owned()
        }
        "recursion limit exceeded" => format!("nested more than {MAX_DEPTH} deep"),
        "repetition limit exceeded" => "aliases unfold to too much: expected plain values".to_owned(),
        message if message.contains("as u128") || message.contains("as i128") => {
            "a number that is too large to be kept: in quotes it is a text".to_owned()
        }
        message => format!("not YAML: {message}"),
    };
    Fault::new(spot, message)
}

/// The fault of a key that stands twice, at its second line where that can be found.
fn second(text: &str, key: &str, otherwise: Spot) -> Fault {
    let spot = second_line_of(text, key).map_or(otherwise, |(line, column)| Spot::At(line, column));
    Fault::new(spot, format!("the key `{key}` stands here a second time: expected once"))
}

fn control_character(text: &str) -> Option<Fault> {
    let is_wrong = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\u{85}');
    let at = text.find(is_wrong)?;
    let (line, column) = end_of(&text[..at]);
    let code = text[at..].chars().next().map_or(0, u32::from);
    Some(Fault::new(
        Spot::At(line, column),
        format!("the control character U+{code:04X}: expected text, or in double quotes \"\\u{code:04x}\""),
    ))
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

/// Line and column at which `key` stands for the second time with the same indentation.
fn second_line_of(text: &str, key: &str) -> Option<(usize, usize)> {
    let mut seen = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let bare = line.trim_start();
        // What is indented deeper belonged to a mapping that ends here.
        seen.retain(|indent| *indent <= line.len() - bare.len());
        let rest = bare.strip_prefix(key).or_else(|| bare.strip_prefix(&quoted(key)));
        if rest.is_some_and(|rest| rest.trim_start().starts_with(':')) {
            let indent = line.len() - bare.len();
            if seen.contains(&indent) {
                return Some((at + 1, indent + 1));
            }
            seen.push(indent);
        }
    }
    None
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
        Value::Number(number) => {
            out.push(' ');
            out.push_str(&plain_number(&number.to_string()));
            out.push('\n');
        }
        Value::Null | Value::Bool(_) => {
            out.push(' ');
            out.push_str(&value.to_string());
            out.push('\n');
        }
    }
}

/// YAML 1.1 takes `1e16` for a string: it wants a point and the sign of the exponent.
fn plain_number(number: &str) -> String {
    match number.split_once('e') {
        None => number.to_owned(),
        Some((mantissa, exponent)) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
            format!("{mantissa}{point}e{sign}{exponent}")
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
        assert_snapshot!(fault("a: [1, 2\nb: 3\n"), @"At(2, 2): not YAML: did not find expected ',' or ']'");
        assert_snapshot!(fault("a:\n  k: 1\nb:\n  k: 1\n  k: 2\n"), @"At(5, 3): the key `k` stands here a second time: expected once");
        assert_snapshot!(fault("1: a\n\"1\": b\n"), @"At(2, 1): the key `1` stands here a second time: expected once");
        assert_snapshot!(fault("a: x\u{7}y\n"), @r#"At(1, 5): the control character U+0007: expected text, or in double quotes "\u0007""#);
        assert_snapshot!(fault("a: 99999999999999999999\n"), @"At(1, 4): a number that is too large to be kept: in quotes it is a text");
        assert_snapshot!(fault("- a\n- b\n"), @"At(1, 1): expected keys with values, such as `title: Pool exhausted`");
    }

    #[test]
    fn hostile_yaml_is_refused_quickly() {
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assert!(fault(bomb).contains("aliases unfold to too much"));
        assert!(fault(&"[".repeat(10_000)).contains("nested more than"));
        assert!(fault(&format!("a: \"x\n b\", {}", "[".repeat(10_000))).contains("nested more than"));
        assert!(parse_mapping(&format!("a: \"{}\"\n", "\\\"[{".repeat(500))).is_ok(), "no nesting, a text");
        assert!(fault(&format!("a:\n  {}", "- ".repeat(10_000))).contains("nested more than"));
        assert!(fault(&"x".repeat(MAX_YAML + 1)).contains("at most 64 KiB"));
    }

    #[test]
    fn what_json_has_no_word_for_is_kept() {
        let read = parse_mapping("a: .inf\nb: !size 3\n1: x\ntrue: y\n").expect("valid");
        assert_eq!(Value::Object(read), json!({"a": ".inf", "b": {"!size": 3}, "1": "x", "true": "y"}));
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
