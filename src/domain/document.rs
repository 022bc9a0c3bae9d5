//! What a Markdown file of `.perfteam` says: front matter and sections.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::diagnostic::{Fault, Spot};

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
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            let spot = if path == "." { Spot::Start } else { Spot::Key(path) };
            Fault::new(spot, error.into_inner().to_string())
        })
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
