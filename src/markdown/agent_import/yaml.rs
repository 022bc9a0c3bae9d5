//! Strict YAML into JSON values, behind guards: hostile text is refused before it costs anything.

use serde_json::{Map, Value};

/// Longest text that is handed to the YAML parser.
pub(super) const MAX_YAML: usize = 64 * 1024;

/// Deepest nesting that is handed to the YAML parser.
const MAX_DEPTH: usize = 64;

/// Most aliases that are handed to the YAML parser: its own limit lets long lists grow for hours.
const MAX_ALIASES: usize = 8;

/// Reads `text` as strict YAML.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    if let Some(why) = excess(text) {
        return Err(format!("it {why}"));
    }
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    Ok(json(value))
}

/// What about `text` is too much for the YAML parser, if anything is.
pub(super) fn excess(text: &str) -> Option<String> {
    if text.len() > MAX_YAML {
        Some(format!("is larger than {} KiB", MAX_YAML / 1024))
    } else if depth_of(text) > MAX_DEPTH {
        Some(format!("is nested deeper than {MAX_DEPTH} levels"))
    } else if starts(text, '&') > 0 && starts(text, '*') > MAX_ALIASES {
        Some(format!("repeats parts of itself more than {MAX_ALIASES} times"))
    } else {
        None
    }
}

/// How many words begin with `sign`, as anchors and aliases do.
fn starts(text: &str, sign: char) -> usize {
    let begins = |at: usize| text[..at].ends_with([' ', '\t', '\n', '[', '{', ',', '-', ':']) || at == 0;
    let names = |at: usize| text[at + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    text.match_indices(sign).filter(|(at, _)| begins(*at) && names(*at)).count()
}

/// An upper bound of the nesting, by brackets and indentation alone.
fn depth_of(text: &str) -> usize {
    let (mut brackets, mut deepest) = (0usize, 0);
    let mut indents: Vec<usize> = Vec::new();
    for line in text.lines() {
        let inner = line.trim_start_matches([' ', '\t']);
        if inner.is_empty() {
            continue;
        }
        let indent = line.len() - inner.len();
        while indents.last().is_some_and(|last| *last >= indent) {
            indents.pop();
        }
        indents.push(indent);
        deepest = deepest.max(indents.len() + markers(inner) + brackets);
        for byte in inner.bytes() {
            match byte {
                b'[' | b'{' => brackets += 1,
                b']' | b'}' => brackets = brackets.saturating_sub(1),
                _ => continue,
            }
            deepest = deepest.max(indents.len() + brackets);
        }
    }
    deepest
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
}
