//! One member of the team, human or AI: one file in `.perfteam/agents/`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diagnostic::{Fault, Spot};
use super::document::{Document, Meta};
use super::handle::Handle;

/// An agent: the front matter of its file and its role text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Agent {
    /// The name by which flags reach it; the file is called after it.
    pub handle: Handle,
    /// A few words for people: `Performance lead`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What it is good for, in a sentence or two; the search reads it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Words and phrases that route a request to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// What it can do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// Which paths it may write.
    #[serde(default, skip_serializing_if = "Writes::is_empty")]
    pub writes: Writes,
    /// Globs whose change affects it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watches: Vec<String>,
    /// The e-mail addresses under which it commits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// The model that plays it, where it is an AI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether it left the team. Its old records stay valid.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
    /// Who took over when it retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Handle>,
    /// Keys of the team's own.
    #[serde(flatten)]
    #[schemars(skip)]
    pub extra: Meta,
    /// The text below the front matter.
    #[serde(skip)]
    pub role: String,
}

/// Which paths an agent may write. Entries are gitignore-style globs or `area:NAME`, a named set
/// of globs from `areas:` in `perfteam.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Writes {
    /// Closed to every other agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusive: Vec<String>,
    /// Where given, nothing else may be written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Never written; wins over both. `!glob` makes an exception.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<String>,
}

impl Writes {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.exclusive.is_empty() && self.allow.is_empty() && self.deny.is_empty()
    }
}

impl Agent {
    /// An agent of which only the handle is known.
    pub fn new(handle: Handle) -> Self {
        Agent {
            handle,
            title: String::new(),
            description: String::new(),
            keywords: Vec::new(),
            capabilities: Vec::new(),
            writes: Writes::default(),
            watches: Vec::new(),
            emails: Vec::new(),
            model: None,
            retired: false,
            successor: None,
            extra: Meta::new(),
            role: String::new(),
        }
    }

    /// Reads the agent from its file, named `file_stem` (the handle without `@`).
    pub fn from_document(document: &Document, file_stem: &str) -> Result<Self, Fault> {
        // serde would take the items of a list for the values of the keys, in their order.
        if document.meta.get("writes").is_some_and(serde_json::Value::is_array) {
            let message = "expected the keys `exclusive`, `allow` or `deny`, found a list";
            let fault = Fault::new(Spot::Key("writes".into()), message);
            return Err(fault.mend("nobody else may write there: writes: { exclusive: [db/] }"));
        }
        let mut agent: Agent = document.front()?;
        if agent.handle.bare() != file_stem {
            let fault = Fault::new(
                Spot::Key("handle".into()),
                format!("the handle is {}, but the file is called {file_stem}.md", agent.handle),
            );
            return Err(
                fault.mend(format!("rename the file to {}.md, or change the handle", agent.handle.bare()))
            );
        }
        agent.role = document.text.clone();
        Ok(agent)
    }

    /// Whether it commits under this e-mail address; upper and lower case are the same.
    pub fn has_email(&self, email: &str) -> bool {
        self.emails.iter().any(|own| own.eq_ignore_ascii_case(email))
    }
}
