//! What a Markdown file of `.perfteam` says: front matter and sections.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::diagnostic::{Fault, Spot};
use super::text::cut;

/// The keys of a front matter, in the order in which they stand in the file.
pub type Meta = Map<String, Value>;

/// A Markdown file with front matter, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The front matter.
    pub meta: Meta,
    /// The text before the first section.
    pub text: String,
    /// The parts that begin with a `## ` heading, in file order.
    pub sections: Vec<Section>,
}

/// One `## ` part of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The heading without its marks.
    pub title: String,
    /// The text below it, trimmed of blank lines at both ends.
    pub text: String,
}

impl Document {
    /// The text of the section with this title.
    pub fn section(&self, title: &str) -> Option<&str> {
        self.sections.iter().find(|section| section.title == title).map(|section| section.text.as_str())
    }

    /// The front matter as `T`, or what is wrong with it and at which key.
    pub fn front<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let value = Value::Object(self.meta.clone());
        serde_path_to_error::deserialize(value).map_err(|error| fault_at_key(&error))
    }

    /// The keys of the front matter that `known` does not name, in file order.
    pub fn unknown_keys(&self, known: &[&str]) -> Meta {
        self.meta
            .iter()
            .filter(|(key, _)| !known.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

/// What keeps keys from being read as a type, in plain words and at its key.
pub(super) fn fault_at_key(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let path = error.path().to_string();
    let spot = if path == "." { Spot::Start } else { Spot::Key(path) };
    Fault::new(spot, cut(&plain_words(&error.inner().to_string()), 300))
}

/// serde speaks of fields, variants and sequences; people who write YAML don't.
fn plain_words(message: &str) -> String {
    if let Some(key) = message.strip_prefix("missing field ") {
        return format!("the key {key} is missing");
    }
    for (prefix, what) in [("unknown field ", "the key "), ("unknown variant ", "")] {
        if let Some((name, expected)) = message.strip_prefix(prefix).and_then(|m| m.split_once(", expected "))
        {
            return format!("{what}{} is not known here: expected {expected}", cut(name, 60));
        }
    }
    let wrong = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    match wrong.and_then(|wrong| wrong.rsplit_once(", expected ")) {
        Some((found, expected)) => {
            let quoted = expected == "a string" && (found.contains('`'));
            let how = if quoted { "; in quotes it is a text" } else { "" };
            format!("expected {}, found {}{how}", expected_words(expected), found_words(found))
        }
        None => message.to_owned(),
    }
}

fn expected_words(expected: &str) -> &str {
    match expected {
        "a string" => "a text",
        "string or map" => "a word",
        "a sequence" => "a list",
        "a map" => "keys with values",
        "a boolean" => "true or false",
        "u32" | "u64" | "usize" => "a whole number",
        other => other,
    }
}

fn found_words(found: &str) -> String {
    let value = || found.split('`').nth(1).unwrap_or(found);
    match found.split_whitespace().next().unwrap_or_default() {
        "null" => "nothing".to_owned(),
        "sequence" => "a list".to_owned(),
        "map" => "keys with values".to_owned(),
        "boolean" => value().to_owned(),
        "integer" | "floating" => format!("the number {}", value()),
        "string" => {
            let text = found.trim_start_matches("string ");
            format!("the text {}", cut(text, 60))
        }
        _ => found.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use serde_json::json;

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Front {
        title: String,
        impact: super::super::level::Level,
        #[serde(default)]
        seq: u32,
        #[serde(default)]
        files: Vec<String>,
    }

    fn fault(meta: Value) -> String {
        let Value::Object(meta) = meta else { return String::new() };
        let document = Document { meta, ..Document::default() };
        match document.front::<Front>() {
            Ok(_) => "fine".to_owned(),
            Err(fault) => format!("{:?}: {}", fault.spot, fault.message),
        }
    }

    #[test]
    fn faults_speak_of_keys_and_texts() {
        assert_snapshot!(fault(json!({"impact": "low"})), @"Start: the key `title` is missing");
        assert_snapshot!(fault(json!({"title": 2025})), @r#"Key("title"): expected a text, found the number 2025; in quotes it is a text"#);
        assert_snapshot!(fault(json!({"title": null})), @r#"Key("title"): expected a text, found nothing"#);
        assert_snapshot!(fault(json!({"title": ["a"]})), @r#"Key("title"): expected a text, found a list"#);
        assert_snapshot!(fault(json!({"title": "x", "impact": "huge"})), @r#"Key("impact"): `huge` is not known here: expected one of `critical`, `high`, `medium`, `low`"#);
        assert_snapshot!(fault(json!({"title": "x", "impact": 1})), @r#"Key("impact"): expected a word, found the number 1"#);
        assert_snapshot!(fault(json!({"title": "x", "files": "a".repeat(90)})), @r#"Key("files"): expected a list, found the text "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"#);
        assert_snapshot!(fault(json!({"title": "x", "files": [{}]})), @r#"Key("files[0]"): expected a text, found keys with values"#);
        assert_snapshot!(fault(json!({"title": "x", "seq": -1})), @r#"Key("seq"): expected a whole number, found the number -1"#);
        assert_snapshot!(fault(json!({"title": "x", "size": 1})), @r#"Key("size"): the key `size` is not known here: expected one of `title`, `impact`, `seq`, `files`"#);
    }
}
