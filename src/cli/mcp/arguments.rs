//! The arguments of a tool: the options of its commands as a JSON Schema, and what a client gives as words
//! of a command line.

use std::any::TypeId;

use clap::{Arg, ArgAction, Command};
use serde_json::{Map, Value, json};

use super::tool::Tool;
use crate::cli::failure::Failure;
use crate::domain::text::{counted, shown_line};

/// Options that are for people at a terminal, or for scripts around a forge.
const FOR_OTHERS: [&str; 11] = [
    "help",
    "edit",
    "input",
    "hook_json",
    "links",
    "find_comment",
    "author",
    "as_body",
    "script",
    "remote",
    "mine",
];

/// Longest text that a client can give: systems let no argument of a program be much longer.
const LONGEST: usize = 100_000;

/// The arguments of a command that a tool offers.
fn offered(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| {
        !argument.is_hide_set()
            && !argument.is_global_set()
            && !FOR_OTHERS.contains(&name_of(argument).as_str())
    })
}

/// An argument's name for clients: that of its option.
pub fn name_of(argument: &Arg) -> String {
    argument.get_long().map_or_else(|| argument.get_id().to_string(), |long| long.replace('-', "_"))
}

/// The JSON Schema of the arguments.
pub fn schema(tool: &Tool, root: &Command) -> Map<String, Value> {
    let commands = tool.commands(root);
    let mut properties = Map::new();
    for (route, command) in tool.routes.iter().zip(&commands) {
        for argument in offered(command) {
            let name = name_of(argument);
            let of_all = commands.iter().all(|command| has(command, &name));
            let only = if of_all { String::new() } else { format!("Of a {}: ", route.kind) };
            properties.entry(name).or_insert_with(|| property(argument, &only));
        }
    }
    let demanded = |name: &String| {
        let is_demanded = |command: &&Command| {
            offered(command).any(|argument| name_of(argument) == *name && argument.is_required_set())
        };
        tool.required.contains(&name.as_str()) || commands.iter().all(is_demanded)
    };
    let required: Vec<String> = properties.keys().filter(|name| demanded(name)).cloned().collect();
    let schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    schema.as_object().cloned().unwrap_or_default()
}

fn has(command: &Command, name: &str) -> bool {
    offered(command).any(|argument| name_of(argument) == name)
}

fn property(argument: &Arg, only: &str) -> Value {
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut property = match argument.get_action() {
        ArgAction::SetTrue => json!({ "type": "boolean" }),
        ArgAction::Append => json!({ "type": "array", "items": one(argument) }),
        _ => one(argument),
    };
    property["description"] = format!("{only}{help}").into();
    property
}

fn one(argument: &Arg) -> Value {
    let values = argument.get_possible_values();
    let words: Vec<&str> =
        values.iter().filter(|value| !value.is_hide_set()).map(|value| value.get_name()).collect();
    let parser = argument.get_value_parser().type_id();
    if !words.is_empty() {
        json!({ "type": "string", "enum": words })
    } else if parser == TypeId::of::<usize>() || parser == TypeId::of::<u32>() || parser == TypeId::of::<u8>()
    {
        json!({ "type": "integer", "minimum": 0 })
    } else {
        json!({ "type": "string" })
    }
}

/// The words of a command line that say what a client gave: options, then what stands behind `--`.
pub fn words(command: &Command, given: &Map<String, Value>) -> Result<Vec<String>, Failure> {
    let (mut options, mut plain) = (Vec::new(), Vec::new());
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let argument = offered(command)
            .find(|argument| name_of(argument) == *name)
            .ok_or_else(|| unknown(command, name))?;
        match (argument.get_long(), argument.get_action()) {
            (Some(long), ArgAction::SetTrue) => match value {
                Value::Bool(true) => options.push(format!("--{long}")),
                Value::Bool(false) => {}
                _ => return Err(mistyped(name, "true or false")),
            },
            (Some(long), ArgAction::Append) => {
                // One text does for a list of one.
                for value in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
                    options.push(format!("--{long}={}", text(name, value)?));
                }
            }
            (Some(long), _) => options.push(format!("--{long}={}", text(name, value)?)),
            (None, _) => plain.push(text(name, value)?),
        }
    }
    options.push("--".to_owned());
    options.extend(plain);
    Ok(options)
}

fn text(name: &str, value: &Value) -> Result<String, Failure> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(mistyped(name, "a text")),
    };
    if text.len() > LONGEST {
        return Err(Failure::usage(format!("`{}` has {}", shown_line(name), counted(text.len(), "byte")))
            .why(format!("records are for people to read; {LONGEST} are the most that a tool takes"))
            .hint("say it in short, and name the file that has the rest"));
    }
    if text.contains('\0') {
        return Err(mistyped(name, "a text without NUL characters"));
    }
    Ok(text)
}

fn mistyped(name: &str, wanted: &str) -> Failure {
    Failure::usage(format!("`{}` must be {wanted}", shown_line(name)))
        .why("what is not understood is not done")
        .hint("the tool's input schema says what it takes")
}

fn unknown(command: &Command, name: &str) -> Failure {
    let known: Vec<String> = offered(command).map(name_of).collect();
    Failure::usage(format!("`{}` is no argument here", shown_line(name)))
        .why("what is not understood is not done")
        .hint(format!("its arguments: {}", known.join(", ")))
}
