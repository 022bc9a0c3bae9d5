//! `perfteam schema`.

use std::process::ExitCode;

use clap::Args;
use schemars::{Schema, schema_for};
use serde_json::{Map, Value};

use super::context::Context;
use super::failure::Failure;
use crate::domain::agent::Agent;
use crate::domain::kind::KINDS;
use crate::domain::knowledge::Front;
use crate::domain::policy::Policy;
use crate::domain::text::shown_line;
use crate::render::json::CheckV1;
use crate::render::review::ReviewV1;

/// Print JSON Schemas of the files in .perfteam, for editors
///
/// `policy` is perfteam.yaml; `agent`, `knowledge`, `flag` and the events are the front matters of their files;
/// `check` and `review` are what these commands print with `--format json`. Without a name: all, as one JSON object.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  perfteam schema                       all of them
  perfteam schema policy > .git/perfteam/policy.schema.json

Editors with the YAML language server (VS Code, Neovim, Helix, Zed, JetBrains) then complete and
check perfteam.yaml by this first line in it:
  # yaml-language-server: $schema=../.git/perfteam/policy.schema.json")]
pub struct PrintSchema {
    /// policy, agent, knowledge, check, review, flag, flag-event, flag-locked, ...
    name: Option<String>,
}

impl PrintSchema {
    /// Prints one schema, or all.
    pub fn run(&self, context: &Context) -> Result<ExitCode, Failure> {
        let schemas = schemas();
        match &self.name {
            None => {
                let all: Map<String, Value> =
                    schemas.into_iter().map(|(name, schema)| (name, schema.to_value())).collect();
                context.print_json(&all)?;
            }
            Some(name) => match schemas.iter().find(|(known, _)| known == name) {
                Some((_, schema)) => context.print_json(schema)?,
                None => return Err(unknown(name, &schemas)),
            },
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Every schema by its name.
fn schemas() -> Vec<(String, Schema)> {
    let mut schemas = vec![
        ("policy".to_owned(), schema_for!(Policy)),
        ("agent".to_owned(), schema_for!(Agent)),
        ("knowledge".to_owned(), schema_for!(Front)),
        ("check".to_owned(), schema_for!(CheckV1)),
        ("review".to_owned(), schema_for!(ReviewV1)),
    ];
    schemas.extend(KINDS.iter().flat_map(|kind| kind.schemas()));
    schemas
}

fn unknown(name: &str, schemas: &[(String, Schema)]) -> Failure {
    let names: Vec<&str> = schemas.iter().map(|(name, _)| name.as_str()).collect();
    Failure::usage(format!("there is no schema `{}`", shown_line(name)))
        .why("each schema is of one form of file or output")
        .hint(format!("perfteam schema NAME, one of: {}", names.join(", ")))
}
