//! `perfteam schema`.

use std::process::ExitCode;

use clap::Args;
use schemars::schema_for;
use serde_json::{Map, Value};

use super::answers::{self, schema_of};
use super::context::Context;
use super::failure::Failure;
use crate::domain::agent::Agent;
use crate::domain::kind::KINDS;
use crate::domain::knowledge::Front;
use crate::domain::policy::Policy;
use crate::domain::redaction::{KEY, Redaction};
use crate::domain::text::shown_line;

/// Print JSON Schemas of the files in .perfteam, for editors
///
/// `policy` is perfteam.yaml; `agent`, `knowledge`, `flag` and the events are the front matters of their files;
/// `answers` is what all commands print with `--format json`; `check` and `review` are these two alone. Without a name: all, as
/// one JSON object.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam schema                       all of them
  perfteam schema policy > .git/perfteam/policy.schema.json

Editors with the YAML language server (VS Code, Neovim, Helix, Zed, JetBrains) then complete and
check perfteam.yaml by this first line in it:
  # yaml-language-server: $schema=../.git/perfteam/policy.schema.json")]
pub struct PrintSchema {
    /// policy, agent, knowledge, answers, check, review, flag, flag-event, flag-locked, ...
    name: Option<String>,
}

impl PrintSchema {
    /// Prints one schema, or all.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let schemas = schemas();
        match &self.name {
            None => context.print_document(&schemas)?,
            Some(name) => match schemas.get(name) {
                Some(schema) => context.print_document(schema)?,
                None => return Err(unknown(name, &schemas)),
            },
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Every schema by its name.
fn schemas() -> Map<String, Value> {
    let files =
        [("policy", schema_for!(Policy)), ("agent", schema_for!(Agent)), ("knowledge", schema_for!(Front))];
    let files = files.map(|(name, schema)| (name.to_owned(), schema.to_value()));
    let answers =
        ["check", "review"].into_iter().filter_map(|name| Some((name.to_owned(), schema_of(name)?)));
    let records = KINDS.iter().flat_map(|kind| kind.schemas());
    let records = records.map(|(name, schema)| (name, with_redaction(schema.to_value())));
    let all = ("answers".to_owned(), answers::schema());
    files.into_iter().chain([all]).chain(answers).chain(records).collect()
}

/// A schema of a file of a record, which may have been redacted.
fn with_redaction(mut schema: Value) -> Value {
    let mut redaction = schema_for!(Redaction).to_value();
    let types = redaction["$defs"].take();
    if let (Some(redaction), Some(types)) = (redaction.as_object_mut(), types.as_object()) {
        redaction.retain(|key, _| key != "$schema" && key != "$defs" && key != "title");
        types.iter().for_each(|(name, known)| schema["$defs"][name] = known.clone());
    }
    schema["properties"][KEY] = redaction;
    schema
}

fn unknown(name: &str, schemas: &Map<String, Value>) -> Failure {
    let names: Vec<&str> = schemas.keys().map(String::as_str).collect();
    Failure::usage(format!("there is no schema `{}`", shown_line(name)))
        .why("each schema is of one form of file or output")
        .hint(format!("perfteam schema NAME, one of: {}", names.join(", ")))
}
