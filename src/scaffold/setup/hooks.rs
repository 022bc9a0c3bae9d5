//! Our entries in a tool's file of hooks, which is JSON. Claude Code and Codex group hooks by what they
//! match; Cursor does not.

use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Serializer, Value};

use super::{Foreign, Rest, Standing};

/// Commands that earlier versions wrote, or were advised.
const OLDER: [&str; 4] =
    ["perfteam prime", "perfteam prime --hook-json", "perfteam hook pre-tool-use", "perfteam hook stop"];

/// What is ours in a file of hooks, as the file that has nothing else.
#[derive(Debug)]
pub struct Hooks {
    /// That file.
    pub template: &'static str,
}

impl Hooks {
    /// How a text stands to it.
    pub fn standing(&self, text: &str) -> Result<Standing, Foreign> {
        let doc = self.parse(text)?;
        let (mut ours, mut by_hand) = (false, true);
        for (event, _) in self.wanted() {
            let entries = entries(&doc, &event);
            ours |= entries.iter().any(|entry| self.has_ours(entry));
            by_hand &= self.is_by_hand(&event, entries);
        }
        let is_whole = self.with(Some(text))? == text;
        Ok(match (is_whole, ours) {
            (true, _) if by_hand => Standing::ByHand,
            (true, _) => Standing::Current,
            (false, true) => Standing::Old,
            (false, false) => Standing::Absent,
        })
    }

    /// The text with our entries, after those of others.
    pub fn with(&self, text: Option<&str>) -> Result<String, Foreign> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            return Ok(self.template.to_owned());
        };
        let old = self.parse(text)?;
        let mut new = old.clone();
        for (key, value) in self.template_map() {
            if key != "hooks" && !new.contains_key(&key) {
                new.insert(key, value);
            }
        }
        for (event, wanted) in self.wanted() {
            let there = entries(&new, &event);
            if !self.is_current(there, &wanted) && !self.is_by_hand(&event, there) {
                let entries = event_of(&mut new, &event)?;
                self.strip(entries);
                entries.extend(wanted);
            }
        }
        Ok(if new == old { text.to_owned() } else { written(new, text) })
    }

    /// The text without our entries, and without what is empty then.
    pub fn without(&self, text: &str) -> Result<Rest, Foreign> {
        let mut doc = self.parse(text)?;
        let mut found = false;
        for (event, _) in self.wanted() {
            if !entries(&doc, &event).iter().any(|entry| self.has_ours(entry)) {
                continue;
            }
            found = true;
            let entries = event_of(&mut doc, &event)?;
            self.strip(entries);
            if entries.is_empty()
                && let Some(hooks) = doc.get_mut("hooks").and_then(Value::as_object_mut)
            {
                hooks.shift_remove(&event);
            }
        }
        if !found {
            return Ok(Rest::Same);
        }
        if doc.get("hooks").and_then(Value::as_object).is_some_and(Map::is_empty) {
            doc.shift_remove("hooks");
        }
        let mut frame = self.template_map();
        frame.shift_remove("hooks");
        let is_nothing = doc.is_empty() || doc == frame;
        Ok(if is_nothing { Rest::Nothing } else { Rest::Text(written(doc, text)) })
    }

    fn template_map(&self) -> Map<String, Value> {
        serde_json::from_str(self.template).unwrap_or_default()
    }

    /// Our entries by event.
    fn wanted(&self) -> Vec<(String, Vec<Value>)> {
        let template = self.template_map();
        let events = template.get("hooks").and_then(Value::as_object).into_iter().flatten();
        let entries = |value: &Value| value.as_array().cloned().unwrap_or_default();
        events.map(|(event, value)| (event.clone(), entries(value))).collect()
    }

    /// Reads the file; events that are there are lists.
    fn parse(&self, text: &str) -> Result<Map<String, Value>, Foreign> {
        let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
        let doc: Value = serde_json::from_str(plain).map_err(|error| Foreign {
            what: format!("no JSON: {error}"),
            mend: "put that place right; comments and commas at the end of lists are no JSON".to_owned(),
        })?;
        let Value::Object(doc) = doc else { return Err(shape("the whole", "an object, `{ ... }`")) };
        match doc.get("hooks") {
            None | Some(Value::Object(_)) => {}
            Some(_) => return Err(shape("`hooks`", "an object, `{ ... }`")),
        }
        for (event, _) in self.wanted() {
            match doc.get("hooks").and_then(|hooks| hooks.get(&event)) {
                None | Some(Value::Array(_)) => {}
                Some(_) => return Err(shape(&format!("`hooks.{event}`"), "a list, `[ ... ]`")),
            }
        }
        Ok(doc)
    }

    fn is_current(&self, there: &[Value], wanted: &[Value]) -> bool {
        let ours: Vec<&Value> = there.iter().filter(|entry| self.has_ours(entry)).collect();
        ours.len() == wanted.len() && ours.iter().zip(wanted).all(|(own, wanted)| *own == wanted)
    }

    /// Whether somebody else wrote an entry that calls us.
    fn is_by_hand(&self, event: &str, there: &[Value]) -> bool {
        let wanted = self.wanted().into_iter().filter(|(name, _)| name == event);
        let calls: Vec<String> =
            wanted.flat_map(|(_, entries)| entries).flat_map(|entry| commands(&entry)).map(verb).collect();
        let is_call = |command: &String| {
            calls.iter().any(|call| command.contains("perfteam") && command.contains(call))
        };
        let all: Vec<String> = there.iter().flat_map(commands).collect();
        !all.iter().any(|command| self.is_ours(command)) && all.iter().any(is_call)
    }

    fn has_ours(&self, entry: &Value) -> bool {
        commands(entry).iter().any(|command| self.is_ours(command))
    }

    fn is_ours(&self, command: &str) -> bool {
        let own =
            || self.wanted().into_iter().flat_map(|(_, entries)| entries).flat_map(|entry| commands(&entry));
        OLDER.contains(&command.trim()) || own().any(|own| own == command.trim())
    }

    /// Takes our hooks out, and groups that had none but ours.
    fn strip(&self, entries: &mut Vec<Value>) {
        let is_ours = |hook: &Value| hook["command"].as_str().is_some_and(|command| self.is_ours(command));
        entries.retain_mut(|entry| match entry.get_mut("hooks").and_then(Value::as_array_mut) {
            Some(group) => {
                let before = group.len();
                group.retain(|hook| !is_ours(hook));
                before == group.len() || !group.is_empty()
            }
            None => !is_ours(entry),
        });
    }
}

fn shape(place: &str, expected: &str) -> Foreign {
    Foreign { what: format!("{place} is not {expected}"), mend: format!("make {place} {expected}") }
}

/// The entries of an event.
fn entries<'a>(doc: &'a Map<String, Value>, event: &str) -> &'a [Value] {
    let entries = doc.get("hooks").and_then(|hooks| hooks.get(event)).and_then(Value::as_array);
    entries.map_or(&[], Vec::as_slice)
}

/// The same to be changed, made where there are none.
fn event_of<'a>(doc: &'a mut Map<String, Value>, event: &str) -> Result<&'a mut Vec<Value>, Foreign> {
    let hooks = doc.entry("hooks").or_insert_with(|| Value::Object(Map::new()));
    let hooks = hooks.as_object_mut().ok_or_else(|| shape("`hooks`", "an object, `{ ... }`"))?;
    let entries = hooks.entry(event).or_insert_with(|| Value::Array(Vec::new()));
    entries.as_array_mut().ok_or_else(|| shape(&format!("`hooks.{event}`"), "a list, `[ ... ]`"))
}

/// The commands of an entry, or of its group.
fn commands(entry: &Value) -> Vec<String> {
    let group = entry["hooks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let all = std::iter::once(entry).chain(group);
    all.filter_map(|hook| hook["command"].as_str()).map(str::to_owned).collect()
}

/// What a command of ours calls: `hook run stop`.
fn verb(command: String) -> String {
    let words: Vec<&str> = command.split(' ').skip(1).take_while(|word| !word.starts_with('-')).collect();
    words.join(" ")
}

/// The document as text, indented as `like` is, with its line ends.
fn written(doc: Map<String, Value>, like: &str) -> String {
    let indented = like.lines().find(|line| line.starts_with([' ', '\t']));
    let indent = indented.map_or("  ", |line| &line[..line.len() - line.trim_start().len()]);
    let mut bytes = Vec::new();
    let mut writer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(indent.as_bytes()));
    // Writing JSON into memory does not fail.
    let _ = serde::Serialize::serialize(&Value::Object(doc), &mut writer);
    let mut text = String::from_utf8(bytes).unwrap_or_default();
    if like.ends_with('\n') {
        text.push('\n');
    }
    let text = if like.contains("\r\n") { text.replace('\n', "\r\n") } else { text };
    if like.starts_with('\u{feff}') { format!("\u{feff}{text}") } else { text }
}
