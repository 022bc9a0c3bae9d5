//! YAML, in and out. The only module that knows the YAML library.
//!
//! What is written must read the same for every YAML 1.1 and 1.2 reader, which the library's own
//! emitter does not promise (`no`, `2025-01-05` come out bare), so strings are written here: plain
//! where nobody can misread them, else in double quotes.

mod limits;
mod write;

pub use limits::{Excess, MAX_YAML, excess};
pub use write::{scalar, write_mapping};

use serde_json::Value;

use self::write::quoted;
use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Meta;
use crate::markdown::locate::end_of;

/// Parses a YAML mapping. Lines and columns of faults count from the first line of `text`.
pub fn parse_mapping(text: &str) -> Result<Meta, Fault> {
    if let Some(excess) = limits::excess(text) {
        return Err(Fault::new(Spot::At(excess.line, 1), format!("the YAML {}", excess.why)));
    }
    match parse_value(text)? {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Meta::new()),
        _ => Err(Fault::new(Spot::At(1, 1), "expected keys with values, such as `title: Pool exhausted`")),
    }
}

/// Parses any YAML value; the message says why it can't be.
pub fn parse(text: &str) -> Result<Value, String> {
    if let Some(excess) = limits::excess(text) {
        return Err(format!("it {}", excess.why));
    }
    parse_value(text).map_err(|fault| fault.message)
}

fn parse_value(text: &str) -> Result<Value, Fault> {
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| syntax_fault(text, &error))?;
    to_json(text, value)
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
        "recursion limit exceeded" => "it is nested too deeply".to_owned(),
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
        assert!(fault(bomb).contains("repeats parts of itself"));
        assert!(fault(&"[".repeat(10_000)).contains("nested deeper than"));
        assert!(fault(&format!("a: \"x\n b\", {}", "[".repeat(10_000))).contains("nested deeper than"));
        assert!(parse_mapping(&format!("a: \"{}\"\n", "\\\"[{".repeat(500))).is_ok(), "no nesting, a text");
        assert!(fault(&format!("a:\n  {}", "- ".repeat(10_000))).contains("nested deeper than"));
        assert!(fault(&"x".repeat(MAX_YAML + 1)).contains("larger than 64 KiB"));
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
