//! Kinds of knowledge on the command line.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command};

use crate::domain::knowledge::{EntryName, FORMS, refuse_kind};

/// Takes a known kind, which shells complete, or a word of the team's own.
#[derive(Debug, Clone)]
pub struct KindParser;

impl TypedValueParser for KindParser {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Self::Value, clap::Error> {
        TypedValueParser::parse_ref(&parse, command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(FORMS.iter().map(|form| PossibleValue::new(form.kind).help(form.about))))
    }
}

fn parse(text: &str) -> Result<String, String> {
    let kind = text.trim();
    match (refuse_kind(kind), EntryName::new(kind, "entry")) {
        (Some(near), _) => Err(format!("did you mean {near}?")),
        (None, Err(message)) => Err(message),
        (None, Ok(_)) => Ok(kind.to_owned()),
    }
}
