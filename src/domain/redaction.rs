//! A file of a record whose words were taken away, because a secret stood among them. What the state
//! follows from stays, so that nothing else is as if it had not happened.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::{Document, Meta, Section};
use super::event::{Event, FRONT_KEYS};
use super::handle::Handle;
use super::kind::Kind;
use super::time::Timestamp;

/// The key of a front matter that says so.
pub const KEY: &str = "redacted";

/// What stands in the place of words.
pub const MARK: &str = "[redacted]";

/// Who took the words away, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// The git object that the file was.
    pub object: String,
    /// Who did it: one of those who approve changes of policy and roster.
    pub by: Handle,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// What a redaction makes of the files of a kind of record. Keys that neither list names go, with
/// whatever they say.
pub struct Fields {
    /// Keys of heads and events from which the state follows: they stay.
    pub state: &'static [&'static str],
    /// Keys that are words: they stay, and say nothing any more.
    pub words: &'static [&'static str],
    /// The sections that the protocol knows, whose titles stay.
    pub sections: &'static [&'static str],
}

impl Redaction {
    /// The redaction that a front matter, or what is left of it as the details of an event, tells of.
    pub fn read(meta: &Meta) -> Option<Redaction> {
        Deserialize::deserialize(meta.get(KEY)?).ok()
    }
}

/// A head as the redaction leaves it.
pub fn redacted_head(kind: &dyn Kind, head: &Document, redaction: &Redaction) -> Document {
    redacted(&kind.fields(), &[], head, redaction)
}

/// An event, as its file has it, as the redaction leaves it.
pub fn redacted_event(kind: &dyn Kind, file: &Document, redaction: &Redaction) -> Document {
    redacted(&kind.fields(), &FRONT_KEYS, file, redaction)
}

/// Whether `new` is nothing but a redaction of the head `old`.
pub fn is_of_head(kind: &dyn Kind, old: &Document, new: &Document) -> bool {
    is_redaction(kind, old, new)
}

/// Whether `new` is nothing but a redaction of the event `old`.
pub fn is_of_event(kind: &dyn Kind, old: &Event, new: &Event) -> bool {
    let rest = |event: &Event| Document { meta: event.details.clone(), ..event.body.clone() };
    old.name == new.name && old.front == new.front && is_redaction(kind, &rest(old), &rest(new))
}

fn is_redaction(kind: &dyn Kind, old: &Document, new: &Document) -> bool {
    !old.meta.contains_key(KEY)
        && Redaction::read(&new.meta).is_some_and(|redaction| redacted_head(kind, old, &redaction) == *new)
}

fn redacted(fields: &Fields, front: &[&str], document: &Document, redaction: &Redaction) -> Document {
    let left = |(key, value): (&String, &Value)| {
        let key = key.as_str();
        let value = match value {
            value if front.contains(&key) || fields.state.contains(&key) => value.clone(),
            value if fields.words.contains(&key) => without_words(value)?,
            _ => return None,
        };
        Some((key.to_owned(), value))
    };
    let mut meta: Meta = document.meta.iter().filter_map(left).collect();
    meta.insert(KEY.to_owned(), serde_json::to_value(redaction).unwrap_or_default());
    let known = document.sections.iter().filter(|section| fields.sections.contains(&&*section.title));
    let sections = known.map(|section| Section { text: hidden(&section.text), ..section.clone() });
    Document { meta, text: hidden(&document.text), sections: sections.collect() }
}

fn without_words(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(MARK.into()),
        Value::Array(all) if all.is_empty() => Some(value.clone()),
        Value::Array(_) => Some(vec![MARK].into()),
        _ => None,
    }
}

fn hidden(text: &str) -> String {
    if text.is_empty() { String::new() } else { MARK.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kind::KINDS;
    use serde_json::json;
    use std::collections::BTreeSet;

    /// Keys of words in forms that a mark can't stand for.
    const GO: [&str; 5] = ["context", "parameters", "anchor", "trends", "redacted"];

    fn redaction() -> Redaction {
        let by = "@lead".parse().expect("a handle");
        let at = "2026-11-20T15:00:00.000Z".parse().expect("a time");
        Redaction { object: "ab".repeat(20), by, at, reason: "a token".into() }
    }

    #[test]
    fn of_every_key_of_every_kind_it_is_decided_whether_it_stays() {
        for kind in KINDS {
            let fields = kind.fields();
            let mut keys = BTreeSet::new();
            for (_, schema) in kind.schemas() {
                let schema = schema.to_value();
                keys.extend(schema["properties"].as_object().expect("keys").keys().cloned());
            }
            let known: Vec<&str> = [fields.state, fields.words, &FRONT_KEYS, &GO].concat();
            for key in keys {
                assert!(known.contains(&key.as_str()), "{}: does a redaction leave `{key}`?", kind.name());
            }
            assert!(!fields.state.iter().any(|key| fields.words.contains(key)), "{}", kind.name());
        }
    }

    #[test]
    fn words_go_and_what_the_state_follows_from_stays() {
        let meta =
            json!({"id": "7k2m9qxa3d", "title": "T", "files": ["a"], "context": {"k": "v"}, "own": "x"});
        let section = |title: &str, text: &str| Section { title: title.into(), text: text.into() };
        let head = Document {
            meta: meta.as_object().expect("keys").clone(),
            text: "t".into(),
            sections: vec![section("Change", "c"), section("Mine", "m"), section("Action", "")],
        };
        let kind = KINDS[0];
        let left = redacted_head(kind, &head, &redaction());
        let keys: Vec<&str> = left.meta.keys().map(String::as_str).collect();
        assert_eq!(keys, ["id", "title", "files", "redacted"]);
        assert_eq!((&left.meta["title"], &left.meta["files"]), (&json!(MARK), &json!(["a"])));
        assert_eq!(left.text, MARK);
        assert_eq!(left.sections, [section("Change", MARK), section("Action", "")]);
        assert!(is_of_head(kind, &head, &left));
        assert_eq!(Redaction::read(&left.meta), Some(redaction()));
        let mut forged = left.clone();
        forged.sections[0].text = "other words".into();
        assert!(!is_of_head(kind, &head, &forged), "words of somebody else's");
        let mut forged = left.clone();
        forged.meta.insert("files".into(), json!(["b"]));
        assert!(!is_of_head(kind, &head, &forged), "another state");
        assert!(!is_of_head(kind, &left, &left), "twice");
    }
}
