//! The answers of all commands, as one JSON Schema: `docs/schema/answers.json`.
//!
//! Each group of commands lists its answers beside its verbs; a test finds the command that has none.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::answer::{Answer, form, headed};
#[cfg(feature = "agent-db-import")]
use super::import;
use super::{
    agent, agent_db, archive, claims, doctor, finding, flag, hook, inbox, init, investigate, knowledge, next,
    policy, prime, redact, resource, restore, setup, sync, task, tour, wait, whoami,
};
use crate::render::json::{CheckV1, ErrorV1};
use crate::render::review::ReviewV1;

/// The commands of the first level.
const COMMANDS: &[Answer] = &[
    Answer::new("init", &[form::<init::InitV1>]),
    Answer::new("whoami", &[form::<whoami::WhoamiV1>]),
    Answer::new("inbox", &[form::<inbox::InboxV1>]),
    Answer::new("next", &[form::<next::NextV1>]),
    Answer::new(
        "show",
        &[
            form::<flag::FlagV1>,
            form::<task::TaskV1>,
            form::<finding::FindingV1>,
            form::<investigate::InvestigationV1>,
            form::<resource::ResourcesV1>,
        ],
    ),
    Answer::new("prime", &[form::<prime::PrimeV1>]),
    Answer::new("setup", &[form::<setup::SetupV1>]),
    Answer::new("claims", &[form::<claims::ClaimsV1>]),
    Answer::new("sync", &[form::<sync::SyncV1>]),
    Answer::new("wait", &[form::<wait::WaitV1>]),
    Answer::new("check", &[form::<CheckV1>]),
    Answer::new("review", &[form::<ReviewV1>]),
    Answer::new("tour", &[form::<tour::TourV1>]),
    Answer::new("doctor", &[form::<doctor::DoctorV1>]),
    Answer::new("restore", &[form::<restore::RestoreV1>]),
    Answer::new("archive", &[form::<archive::ArchiveV1>]),
    Answer::new("redact", &[form::<redact::RedactV1>]),
    Answer::document("batch", "an answer for each line"),
    Answer::document("schema", "a JSON Schema"),
    Answer::document("completions", "a script for a shell"),
    Answer::document("man", "a manual page"),
    #[cfg(feature = "mcp")]
    Answer::document("mcp", "the messages of the Model Context Protocol"),
];

/// The answers of all commands, in the order of `--help`.
pub fn all() -> impl Iterator<Item = &'static Answer> {
    [
        COMMANDS,
        flag::ANSWERS,
        task::ANSWERS,
        finding::ANSWERS,
        investigate::ANSWERS,
        knowledge::ANSWERS,
        resource::ANSWERS,
        hook::ANSWERS,
        agent::ANSWERS,
        policy::ANSWERS,
        agent_db::ANSWERS,
        #[cfg(feature = "agent-db-import")]
        import::ANSWERS,
    ]
    .into_iter()
    .flatten()
}

/// The schema of every answer, and of every failure.
pub fn schema() -> Value {
    let mut generator = generator();
    let mut answers = Map::new();
    for answer in all().filter(|answer| !answer.is_document()) {
        answers.insert(answer.command.replace(' ', "-"), answer.schema(&mut generator));
    }
    answers.insert("error".into(), failure(&mut generator));
    let one_of: Vec<Value> =
        answers.keys().map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect();
    answers.extend(generator.take_definitions(true));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Answers of perfteam with --format json",
        "description": "Each begins with `version` and `command`; `error` stands in place of the rest where \
             the command failed. Within a version, keys are added and none is changed or taken away.",
        "oneOf": one_of,
        "$defs": answers,
    })
}

/// The schema of the answer of one command, or of every `error`, complete in itself.
pub fn schema_of(command: &str) -> Option<Value> {
    let mut generator = generator();
    let mut schema = match command {
        "error" => failure(&mut generator),
        _ => all().find(|answer| answer.command == command && !answer.is_document())?.schema(&mut generator),
    };
    let types = generator.take_definitions(true);
    if !types.is_empty() {
        schema["$defs"] = Value::Object(types);
    }
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    Some(schema)
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into_generator()
}

fn failure(generator: &mut SchemaGenerator) -> Value {
    let error = generator.subschema_for::<ErrorV1>();
    let command = json!({
        "type": ["string", "null"],
        "description": "The command that failed, as far as the arguments told.",
    });
    let fields = json!({ "type": "object", "properties": { "error": error }, "required": ["error"] });
    let mut schema = headed(fields.try_into().unwrap_or_default(), command);
    schema["description"] = "A failure, whatever the command.".into();
    schema
}

/// The page `docs/json.md`.
pub fn page() -> String {
    let mut page = include_str!("answers.md").to_owned();
    page.push_str("\n| command | keys beside `version` and `command` |\n|---|---|\n");
    let mut generator = generator();
    for answer in all() {
        let keys = match answer.document {
            Some(document) => format!("none: it prints {document}"),
            None => {
                let forms: Vec<String> = answer.forms.iter().map(|form| keys(form(&mut generator))).collect();
                forms.join("; or ")
            }
        };
        page.push_str(&format!("| `{}` | {keys} |\n", answer.command));
    }
    page
}

/// The names of the fields, for people.
fn keys(schema: Schema) -> String {
    let schema = schema.to_value();
    let names = schema["properties"].as_object().into_iter().flat_map(Map::keys);
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;

    /// The commands that can be run, by their whole names.
    fn commands(parent: &clap::Command, name: &str, found: &mut BTreeSet<String>) {
        let shown = |command: &&clap::Command| command.get_name() != "help" && !command.is_hide_set();
        for command in parent.get_subcommands().filter(shown) {
            let name = format!("{name} {}", command.get_name()).trim_start().to_owned();
            if command.has_subcommands() {
                commands(command, &name, found);
            } else {
                found.insert(name);
            }
        }
    }

    #[test]
    fn every_command_has_an_answer() {
        let mut existing = BTreeSet::new();
        commands(&super::super::Cli::command(), "", &mut existing);
        let answers: Vec<String> = all().map(|answer| answer.command.to_owned()).collect();
        let listed: BTreeSet<String> = answers.iter().cloned().collect();
        assert_eq!(listed.len(), answers.len(), "listed twice");
        let missing: Vec<_> = existing.difference(&listed).collect();
        let gone: Vec<_> = listed.difference(&existing).collect();
        assert!(
            missing.is_empty() && gone.is_empty(),
            "without an answer: {missing:?}; no command: {gone:?}"
        );
    }

    #[test]
    fn no_field_hides_the_head() {
        for answer in all() {
            for form in answer.forms {
                let keys = keys(form(&mut generator()));
                assert!(
                    !keys.contains("`version`") && !keys.contains("`command`"),
                    "{}: {keys}",
                    answer.command
                );
            }
        }
    }

    #[test]
    fn no_two_types_share_a_name() {
        let schema = schema();
        let names = schema["$defs"].as_object().expect("definitions").keys();
        // The generator tells types of one name apart by a number.
        let numbered: Vec<_> = names.filter(|name| name.contains("V1") && !name.ends_with("V1")).collect();
        assert!(numbered.is_empty(), "give these another name, #[schemars(rename = ...)]: {numbered:?}");
    }
}
