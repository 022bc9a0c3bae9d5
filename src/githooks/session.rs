//! The hooks of agents' tools: what a tool says on standard input before a session edits a file, and
//! before it ends. They stand beside git's hooks and have their own names.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde_json::Value;

use super::UnknownHook;
use crate::render::session::Dialect;

/// The hooks of a session that may refuse something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionHook {
    /// Before a file is edited.
    PreToolUse,
    /// Before the session ends.
    Stop,
}

impl SessionHook {
    /// All of them.
    pub const ALL: [SessionHook; 2] = [SessionHook::PreToolUse, SessionHook::Stop];

    /// The name under which it is called.
    pub fn name(self) -> &'static str {
        match self {
            SessionHook::PreToolUse => "pre-tool-use",
            SessionHook::Stop => "stop",
        }
    }
}

impl fmt::Display for SessionHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for SessionHook {
    type Err = UnknownHook;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        SessionHook::ALL.into_iter().find(|hook| hook.name() == text).ok_or(UnknownHook)
    }
}

/// The tools that write files, in lower case. What others name is not written by them.
const WRITERS: [&str; 12] = [
    "apply_patch",
    "create_file",
    "delete",
    "delete_file",
    "edit",
    "edit_file",
    "multiedit",
    "notebookedit",
    "search_replace",
    "str_replace",
    "strreplace",
    "write",
];
/// Where their input names the file.
const NAMES: [&str; 5] = ["file_path", "notebook_path", "filePath", "target_file", "path"];
/// How a patch names files.
const PATCHED: [&str; 4] = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "];

/// What a tool says.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    said: Value,
}

impl Request {
    /// Reads what stands on standard input; why it can't be read.
    pub fn parse(text: &str) -> Result<Request, String> {
        let said: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| format!("no JSON: {error}"))?;
        if said.is_object() { Ok(Request { said }) } else { Err("no JSON object".to_owned()) }
    }

    /// The form in which the tool wants its answer. Cursor writes the names of events small.
    pub fn dialect(&self) -> Dialect {
        let small = self.text("hook_event_name").is_some_and(|name| name.starts_with(char::is_lowercase));
        if small { Dialect::Cursor } else { Dialect::Claude }
    }

    /// By what the tool knows the session.
    pub fn session(&self) -> Option<&str> {
        self.text("session_id").or_else(|| self.text("conversation_id"))
    }

    /// Whether the session goes on only because it was held back, or ends in a way that can't be helped.
    pub fn may_end(&self) -> bool {
        let said = &self.said;
        said["stop_hook_active"] == true
            || said["loop_count"].as_u64().is_some_and(|count| count > 0)
            || self.text("status").is_some_and(|status| status != "completed")
    }

    /// The files that the tool is about to write; relative ones are meant from the session's folder.
    pub fn written(&self) -> Vec<PathBuf> {
        let name = self.text("tool_name").unwrap_or_default().to_ascii_lowercase();
        if !WRITERS.contains(&name.as_str()) {
            return Vec::new();
        }
        let here = self.text("cwd").map(Path::new);
        let absolute = |path: String| here.map_or_else(|| PathBuf::from(&path), |here| here.join(&path));
        let mut paths: Vec<PathBuf> = self.named().into_iter().map(absolute).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    fn named(&self) -> Vec<String> {
        let given = &self.said["tool_input"];
        // Some tools give the input as a text of its own.
        let unpacked = given.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        let input = unpacked.as_ref().unwrap_or(given);
        let single = NAMES.iter().filter_map(|name| input[*name].as_str()).map(str::to_owned);
        let patches = texts(input).into_iter().filter(|text| text.contains("*** Begin Patch"));
        single.chain(patches.flat_map(patched)).filter(|path| !path.is_empty()).collect()
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.said[key].as_str()
    }
}

/// The texts of an input: itself, its values, and their items.
fn texts(input: &Value) -> Vec<&str> {
    match input {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(entries) => entries.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn patched(patch: &str) -> Vec<String> {
    let name = |line: &str| {
        PATCHED.iter().find_map(|begin| line.strip_prefix(begin)).map(|path| path.trim().to_owned())
    };
    patch.lines().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(said: Value) -> Vec<String> {
        let request = Request::parse(&said.to_string()).expect("an object");
        request.written().iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn every_tool_names_its_files() {
        let edit =
            |tool: &str, input: Value| written(json!({"cwd": "/w", "tool_name": tool, "tool_input": input}));
        assert_eq!(edit("Edit", json!({"file_path": "/w/a.rs"})), ["/w/a.rs"]);
        assert_eq!(edit("Write", json!({"file_path": "a.rs"})), ["/w/a.rs"]);
        assert_eq!(edit("NotebookEdit", json!({"notebook_path": "n.ipynb"})), ["/w/n.ipynb"]);
        assert_eq!(edit("Delete", json!("{\"path\": \"a.rs\"}")), ["/w/a.rs"]);
        let patch = "*** Begin Patch\n*** Update File: a.rs\n*** Move to: b.rs\n@@\n-*** Add File: x\n*** Add File: c d.rs\n*** End Patch\n";
        assert_eq!(edit("apply_patch", json!({"command": patch})), ["/w/a.rs", "/w/b.rs", "/w/c d.rs"]);
        assert_eq!(edit("apply_patch", json!({"command": ["apply_patch", patch]})).len(), 3);
    }

    #[test]
    fn what_writes_nothing_names_nothing() {
        for said in [
            json!({"tool_name": "Read", "tool_input": {"file_path": "/w/a.rs"}}),
            json!({"tool_name": "Edit", "tool_input": {"file_path": 5}}),
            json!({"tool_name": "Edit"}),
            json!({"tool_name": 1, "tool_input": []}),
            json!({}),
        ] {
            assert_eq!(written(said.clone()), Vec::<String>::new(), "{said}");
        }
        for text in ["", "[]", "5", "{\"cwd\":", "null"] {
            assert!(Request::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_second_end_is_let_pass() {
        let ends = |said: Value| Request::parse(&said.to_string()).expect("an object").may_end();
        assert!(!ends(json!({"stop_hook_active": false})) && ends(json!({"stop_hook_active": true})));
        assert!(!ends(json!({"loop_count": 0, "status": "completed"})) && ends(json!({"loop_count": 1})));
        assert!(ends(json!({"loop_count": 0, "status": "aborted"})));
    }
}
