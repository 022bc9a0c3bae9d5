//! YAML, in and out. The only module that knows the YAML library.
//!
//! What is written must read the same for every YAML 1.1 and 1.2 reader, which the library's own
//! emitter does not promise (`no`, `2025-01-05` come out bare), so strings are written here: plain
//! where nobody can misread them, else in double quotes.

mod limits;
mod write;

pub use limits::{Excess, MAX_YAML, excess};
pub use write::{scalar, write_mapping};

use serde_json::{Map, Value};

use crate::domain::diagnostic::{Fault, Spot};
use crate::domain::document::Meta;

/// Parses a YAML mapping. Lines and columns of faults count from the first line of `text`.
pub fn parse_mapping(text: &str) -> Result<Meta, Fault> {
    if let Some(excess) = limits::excess(text) {
        return Err(Fault::new(Spot::At(excess.line, 1), format!("the YAML {}", excess.why)));
    }
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| syntax_fault(text, &error))?;
    match json(value) {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Meta::new()),
        _ => Err(Fault::new(Spot::At(1, 1), "expected keys with values, such as `title: Pool exhausted`")),
    }
}

fn syntax_fault(text: &str, error: &serde_yaml::Error) -> Fault {
    let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
    if let Some((line, column, mended)) = bare_handle(text, line) {
        return Fault::new(Spot::At(line, column), "a bare @ is not YAML: a handle is written in quotes")
            .mend(mended);
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message);
    if let Some(key) = message.strip_prefix("duplicate entry with key ") {
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

/// Parses any YAML value; the message says why it can't be.
pub fn parse(text: &str) -> Result<Value, String> {
    if let Some(excess) = limits::excess(text) {
        return Err(format!("it {}", excess.why));
    }
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    Ok(json(value))
}

fn json(value: serde_yaml::Value) -> Value {
    match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(yes) => Value::Bool(yes),
        serde_yaml::Value::Number(number) => number_json(&number),
        serde_yaml::Value::String(text) => Value::String(text),
        serde_yaml::Value::Sequence(items) => Value::Array(items.into_iter().map(json).collect()),
        serde_yaml::Value::Mapping(map) => Value::Object(
            map.into_iter().map(|(key, value)| (key_text(key), json(value))).collect::<Map<_, _>>(),
        ),
        serde_yaml::Value::Tagged(tagged) => json(tagged.value),
    }
}

fn number_json(number: &serde_yaml::Number) -> Value {
    if let Some(whole) = number.as_i64() {
        return whole.into();
    }
    if let Some(whole) = number.as_u64() {
        return whole.into();
    }
    let exact = number.as_f64().and_then(serde_json::Number::from_f64);
    exact.map_or_else(|| Value::String(number.to_string()), Value::Number)
}

fn key_text(key: serde_yaml::Value) -> String {
    match json(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
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
        assert_snapshot!(fault("- a\n- b\n"), @"At(1, 1): expected keys with values, such as `title: Pool exhausted`");
    }

    #[test]
    fn hostile_yaml_is_refused_quickly() {
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        assert!(fault(bomb).contains("repeats parts of itself"));
        assert!(fault(&"[".repeat(10_000)).contains("nested deeper"));
        assert!(fault(&format!("a: {}", "- ".repeat(10_000))).contains("not YAML"));
        assert!(fault(&"x".repeat(MAX_YAML + 1)).contains("larger than 64 KiB"));
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
