//! From the keys of a front matter to an agent.

use serde_json::{Map, Value};

use super::Repairs;
use super::entries::Entry;
use super::naming;
use crate::domain::agent::Agent;
use crate::domain::document::Meta;
use crate::domain::handle::Handle;

/// Keys under which other tools nest what describes the agent.
const WRAPPERS: [&str; 11] = [
    "metadata", "meta", "agent", "subagent", "profile", "info", "about", "details", "config", "triggers",
    "routing",
];

/// Keys of an agent that is read here, in lower case.
const OWN: [&str; 12] = [
    "handle",
    "name",
    "title",
    "description",
    "keywords",
    "capabilities",
    "writes",
    "watches",
    "emails",
    "model",
    "retired",
    "successor",
];

/// Whether this is the front matter of an agent, not of some other document.
pub(super) fn declare_an_agent(entries: &[Entry]) -> bool {
    let has = |key: &str| {
        entries.iter().any(|entry| entry.key.eq_ignore_ascii_case(key)) || nested(entries, key).is_some()
    };
    let is_rule = has("globs") || has("alwaysApply");
    has("name") || has("handle") || (!is_rule && (has("description") || has("tools")))
}

/// Where `key` stands below a wrapper, on which line, and what it says.
fn nested(entries: &[Entry], key: &str) -> Option<(String, usize, Value)> {
    let wraps = |entry: &&Entry| WRAPPERS.contains(&entry.key.to_lowercase().as_str());
    entries.iter().filter(wraps).find_map(|entry| {
        let value = entry.value.get(key)?;
        let begins = |line: &str| line.trim_start().trim_start_matches('"').starts_with(key);
        let below = entry.source.lines().position(begins).unwrap_or(0);
        Some((entry.key.clone(), entry.line + below, value.clone()))
    })
}

/// The entries of a front matter; what is not taken stays the team's own.
pub(super) struct Fields<'r> {
    entries: Vec<Entry>,
    repairs: &'r mut Repairs,
}

/// A text and the line on which it stands.
struct Said {
    text: String,
    line: usize,
}

impl<'r> Fields<'r> {
    /// Takes the entries; own keys in other spelling are recognised.
    pub fn new(mut entries: Vec<Entry>, repairs: &'r mut Repairs) -> Self {
        for at in 0..entries.len() {
            let lower = entries[at].key.to_lowercase();
            if lower == entries[at].key || !OWN.contains(&lower.as_str()) {
                continue;
            }
            if entries.iter().all(|entry| entry.key != lower) {
                repairs
                    .note(entries[at].line, format!("the key `{}` was read as `{lower}`", entries[at].key));
                entries[at].key = lower;
            }
        }
        Fields { entries, repairs }
    }

    /// Keeps the entries with an agent that the text has named already.
    pub fn into_extra(mut self, agent: &mut Agent) {
        agent.model = self.text("model").map(|said| said.text).or(agent.model.take());
        agent.extra = self.rest();
    }

    /// The agent; `describe` finds a description in the text where the front matter has none.
    pub fn agent(mut self, path: &str, role: &str, describe: impl Fn() -> Option<String>) -> Option<Agent> {
        let (handle, name) = self.identity(path)?;
        let mut agent = Agent::new(handle);
        agent.title = self.text("title").map(|said| said.text).unwrap_or_default();
        if let Some(name) = name {
            self.keep_name(name, &mut agent);
        }
        if agent.title.is_empty() {
            agent.title = title_in(role, &agent.handle).unwrap_or_default();
        }
        agent.description = self.description(describe);
        agent.keywords = self.words("keywords", &["routing_keywords"]);
        agent.capabilities = self.words("capabilities", &[]);
        agent.watches = self.list("watches");
        agent.emails = self.list("emails");
        agent.model = self.text("model").map(|said| said.text);
        agent.writes = self.typed("writes").unwrap_or_default();
        agent.retired = self.typed("retired").unwrap_or_default();
        agent.successor = self.typed("successor");
        agent.extra = self.rest();
        agent.role = role.trim().to_owned();
        Some(agent)
    }

    /// The handle, and the name it was derived from where that is none.
    fn identity(&mut self, path: &str) -> Option<(Handle, Option<Said>)> {
        let given = self.text("handle").or_else(|| self.text("name")).or_else(|| self.nested_text("name"));
        let Some(given) = given else {
            let file = naming::file_name(path);
            let handle = naming::derived_or_numbered(&file, path)?;
            self.repairs.note(1, format!("it has no `name`; {handle} is taken from the name of the file"));
            return Some((handle, None));
        };
        if let Some(handle) = naming::exact(&given.text) {
            return Some((handle, None));
        }
        let handle = naming::derived_or_numbered(&given.text, path)?;
        self.repairs.note(
            given.line,
            format!("the name `{}` is no handle; {handle} is derived from it", short(&given.text)),
        );
        Some((handle, Some(given)))
    }

    /// Keeps a name that is no handle: as title, or beside one.
    fn keep_name(&mut self, name: Said, agent: &mut Agent) {
        if agent.title.is_empty() {
            agent.title = name.text;
        } else {
            let value = Value::String(name.text);
            self.entries.push(Entry { key: "name".into(), line: name.line, value, source: String::new() });
        }
    }

    fn description(&mut self, describe: impl Fn() -> Option<String>) -> String {
        let given = self.text("description").or_else(|| self.nested_text("description"));
        if let Some(said) = given {
            return self.with_line_breaks(said);
        }
        match describe() {
            Some(text) => {
                self.repairs.note(1, "it has no `description`; the first sentences of its text were taken");
                text
            }
            None => {
                self.repairs.note(1, "it has no `description`, and no text to take one from");
                String::new()
            }
        }
    }

    /// Line breaks that somebody typed as `\n` become line breaks.
    fn with_line_breaks(&mut self, said: Said) -> String {
        if !has_typed_breaks(&said.text) {
            return said.text;
        }
        self.repairs.note(said.line, "`description` has line breaks typed as `\\n`; they were read as such");
        let text = said.text.replace("\\\\n", "\\n").replace("\\n", "\n").replace("\\\"", "\"");
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        lines.join("\n").trim().to_owned()
    }

    /// A list that may stand under other names, or nested.
    fn words(&mut self, key: &str, others: &[&str]) -> Vec<String> {
        let mut found = self.list(key);
        for other in others {
            if found.is_empty() {
                found = self.list(other);
            }
        }
        if found.is_empty()
            && let Some((place, line, value)) = nested(&self.entries, key)
        {
            found = scalars(&value).unwrap_or_default();
            if !found.is_empty() {
                self.repairs.note(line, format!("`{key}` was found under `{place}`"));
            }
        }
        found
    }

    fn list(&mut self, key: &str) -> Vec<String> {
        let Some(entry) = self.take(key) else { return Vec::new() };
        scalars(&entry.value).unwrap_or_else(|| {
            self.set_aside(entry, "a list");
            Vec::new()
        })
    }

    fn text(&mut self, key: &str) -> Option<Said> {
        let entry = self.take(key)?;
        match text_of(&entry.value) {
            Some(text) => Some(Said { text, line: entry.line }).filter(|said| !said.text.is_empty()),
            None => {
                self.set_aside(entry, "a text");
                None
            }
        }
    }

    fn typed<T: serde::de::DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        let entry = self.take(key).filter(|entry| !entry.value.is_null())?;
        serde_json::from_value(entry.value.clone())
            .map_err(|_| self.set_aside(entry, "what it should be"))
            .ok()
    }

    fn nested_text(&mut self, key: &str) -> Option<Said> {
        let (place, line, value) = nested(&self.entries, key)?;
        let text = text_of(&value).filter(|text| !text.is_empty())?;
        self.repairs.note(line, format!("`{key}` was found under `{place}`"));
        Some(Said { text, line })
    }

    fn take(&mut self, key: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at))
    }

    /// A value of the wrong kind is kept under another key, so that the agent can be written.
    fn set_aside(&mut self, entry: Entry, expected: &str) {
        let aside = format!("original-{}", entry.key);
        self.repairs.note(entry.line, format!("`{}` is not {expected}; it is kept as `{aside}`", entry.key));
        self.entries.push(Entry { key: aside, ..entry });
    }

    fn rest(&mut self) -> Meta {
        let mut rest: Map<String, Value> = Map::new();
        for entry in std::mem::take(&mut self.entries) {
            let taken = OWN.contains(&entry.key.as_str()) && entry.key != "name";
            let key = if taken { format!("original-{}", entry.key) } else { entry.key };
            rest.insert(key, entry.value);
        }
        rest
    }
}

/// Whether `\n` stands for a line break: before a tag, a list item, another one, or after a
/// sentence. A path such as `C:\new` has none.
fn has_typed_breaks(text: &str) -> bool {
    text.match_indices("\\n").any(|(at, mark)| {
        let after = &text[at + mark.len()..];
        let ends_sentence = text[..at].ends_with(['.', '!', '?', '>', '"', ')']);
        let begins_block = ["\\n", "<", "- ", "* "].iter().any(|start| after.starts_with(start));
        begins_block || (ends_sentence && after.starts_with(|c: char| !c.is_lowercase()))
    })
}

/// The title in a first heading that repeats the name: `# ops.performance - Strategy Consultant`.
fn title_in(role: &str, handle: &Handle) -> Option<String> {
    let heading = role.lines().find(|line| !line.trim().is_empty())?.strip_prefix("# ")?.trim();
    if naming::derived(heading).is_some_and(|derived| derived == *handle) {
        return Some(heading.to_owned());
    }
    let bare = heading.trim_start_matches('@');
    let rest = bare.get(..handle.bare().len()).filter(|start| start.eq_ignore_ascii_case(handle.bare()));
    let rest = rest.map(|start| &bare[start.len()..])?;
    let title = rest.trim_start_matches([' ', '-', '–', '—', ':']);
    (title.len() < rest.len() && !title.is_empty()).then(|| title.to_owned())
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) => scalars(value).map(|items| items.join(", ")),
        Value::Object(_) => None,
    }
}

/// The items of a list, or of a text with commas or lines.
fn scalars(value: &Value) -> Option<Vec<String>> {
    let items: Vec<String> = match value {
        Value::Array(items) => items
            .iter()
            .map(|item| if item.is_array() { None } else { text_of(item) })
            .collect::<Option<_>>()?,
        Value::Object(_) => return None,
        scalar => text_of(scalar)?.split([',', '\n']).map(|item| item.trim().to_owned()).collect(),
    };
    Some(items.into_iter().filter(|item| !item.is_empty()).collect())
}

fn short(name: &str) -> String {
    let cut: String = name.chars().take(60).collect();
    if cut.len() < name.len() { format!("{cut}…") } else { cut }
}
