//! What the earlier flag tool kept in its database, and what becomes of it.

mod catalogue;
mod flags;

use std::collections::BTreeMap;

pub use catalogue::{Roster, agents, stand_in};
pub use flags::{Faults, IMPORTED, Imported, Importer, key};

/// What its file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Database {
    /// The table `flags`, by its numbers.
    pub flags: Vec<Cells>,
    /// The table `agents_catalog`, by its names.
    pub agents: Vec<Cells>,
}

/// A row of a table: texts by the names of their columns, without those that are null.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cells {
    /// The texts.
    pub texts: BTreeMap<&'static str, String>,
    /// The columns whose values are too long to be read.
    pub too_long: Vec<&'static str>,
}

impl Cells {
    /// What stands in a column, without blanks around it and without control characters; `None` where
    /// that is nothing.
    pub fn text(&self, column: &str) -> Option<String> {
        let is_plain = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        let text: String = self.texts.get(column)?.replace("\r\n", "\n").chars().filter(is_plain).collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The entries of a column that holds a JSON list, or entries with commas between them.
    pub fn list(&self, column: &str) -> Vec<String> {
        let Some(text) = self.text(column) else { return Vec::new() };
        let entries = match serde_json::from_str::<Vec<serde_json::Value>>(&text) {
            Ok(entries) => entries
                .iter()
                .map(|entry| entry.as_str().map_or_else(|| entry.to_string(), str::to_owned))
                .collect::<Vec<_>>(),
            Err(_) => text.split(',').map(str::to_owned).collect(),
        };
        let entries = entries.into_iter().map(|entry| entry.trim().to_owned());
        entries.filter(|entry| !entry.is_empty()).collect()
    }
}
