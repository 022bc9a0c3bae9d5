//! What a command prints with `--format json`: its forms, and what heads each of them.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::render::json::VERSION;

/// The schema of one form of an answer.
pub type Form = fn(&mut SchemaGenerator) -> Schema;

/// The schema of the fields of `T`.
pub fn form<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    T::json_schema(generator)
}

/// What a command prints with `--format json`.
pub struct Answer {
    /// The command: `flag list`.
    pub command: &'static str,
    /// The forms that its answer can have; none where it prints a document.
    pub(super) forms: &'static [Form],
    /// What it prints instead.
    pub(super) document: Option<&'static str>,
}

impl Answer {
    /// The command answers in one of these forms.
    pub const fn new(command: &'static str, forms: &'static [Form]) -> Self {
        Answer { command, forms, document: None }
    }

    /// The command prints a document that would be of no use within an answer.
    pub const fn document(command: &'static str, what: &'static str) -> Self {
        Answer { command, forms: &[], document: Some(what) }
    }

    /// Whether the command prints a document instead of an answer.
    pub fn is_document(&self) -> bool {
        self.document.is_some()
    }

    /// The schema of all its forms.
    pub(super) fn schema(&self, generator: &mut SchemaGenerator) -> Value {
        let mut forms: Vec<Value> = self.forms.iter().map(|form| self.one(form(generator))).collect();
        match forms.len() {
            1 => forms.remove(0),
            _ => json!({ "type": "object", "anyOf": forms }),
        }
    }

    /// The fields with the head before them.
    fn one(&self, schema: Schema) -> Value {
        headed(schema, json!({ "const": self.command, "description": "The command that answers." }))
    }
}

/// A schema of fields with the head that every answer has.
pub(super) fn headed(schema: Schema, command: Value) -> Value {
    let mut schema = schema.to_value();
    let version = json!({ "const": VERSION, "description": "The version of this format." });
    let own = std::mem::take(&mut schema["properties"]);
    let mut properties = Map::from_iter([("version".to_owned(), version), ("command".to_owned(), command)]);
    properties.extend(own.as_object().cloned().unwrap_or_default());
    schema["properties"] = Value::Object(properties);
    let own = std::mem::take(&mut schema["required"]);
    let required = ["version", "command"].map(Value::from).into_iter();
    schema["required"] = required.chain(own.as_array().cloned().unwrap_or_default()).collect();
    schema
}
