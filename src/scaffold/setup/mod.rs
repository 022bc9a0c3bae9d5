//! What `perfteam setup` puts into the files of agents' tools and forges: as text from text. What others
//! wrote there stays.

mod hooks;
mod include;
mod section;

use std::borrow::Cow;

use hooks::Hooks;
pub use section::reads;
use section::{HASH, HTML, Section};

/// The text for agents that tools read with every session.
const AGENTS: &str = include_str!("../../../templates/setup/agents.md");

/// Where agents of several tools read what they must know.
pub const AGENTS_MD: &str = "AGENTS.md";
/// Where Claude Code reads it.
pub const CLAUDE_MD: &str = "CLAUDE.md";

/// Why a file can't take what is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// What is wrong, and where.
    pub what: String,
    /// How it is put right.
    pub mend: String,
}

/// How a file stands to what is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is not there.
    Absent,
    /// It is there, as this version writes it.
    Current,
    /// It is there, as another version wrote it.
    Old,
    /// It is there, and somebody changed it.
    Changed,
    /// What somebody else wrote does the same.
    ByHand,
}

/// What is left of a file without what is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest {
    /// There was nothing of ours in it.
    Same,
    /// This.
    Text(String),
    /// Nothing.
    Nothing,
}

/// A file of a tool, and what of it is ours.
#[derive(Debug)]
pub struct Part {
    /// The path from the top of the work tree.
    pub path: &'static str,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// Entries in a file of hooks.
    Hooks(Hooks),
    /// A marked section.
    Section(Section),
    /// An entry in the list of files that GitLab's CI includes.
    Include,
}

impl Part {
    /// How the file with this text stands; `None` where there is no file.
    pub fn standing(&self, text: Option<&str>) -> Result<Standing, Foreign> {
        let Some(text) = text else { return Ok(Standing::Absent) };
        match &self.form {
            Form::Hooks(hooks) => hooks.standing(text),
            Form::Section(section) => section.standing(text),
            Form::Include => include::standing(text),
        }
    }

    /// The file as it should be.
    pub fn with(&self, text: Option<&str>) -> Result<String, Foreign> {
        match &self.form {
            Form::Hooks(hooks) => hooks.with(text),
            Form::Section(section) => section.with(text),
            Form::Include => include::with(text.unwrap_or_default()),
        }
    }

    /// The file without what is ours.
    pub fn without(&self, text: &str) -> Result<Rest, Foreign> {
        match &self.form {
            Form::Hooks(hooks) => hooks.without(text),
            Form::Section(section) => section.without(text),
            Form::Include => include::without(text),
        }
    }

    fn hooks(path: &'static str, template: &'static str) -> Part {
        Part { path, form: Form::Hooks(Hooks { template }) }
    }

    fn text_for_agents(path: &'static str, preamble: &'static str) -> Part {
        Part { path, form: Form::Section(Section { marks: &HTML, preamble, body: Cow::Borrowed(AGENTS) }) }
    }

    fn script(path: &'static str, body: impl Into<Cow<'static, str>>) -> Part {
        Part { path, form: Form::Section(Section { marks: &HASH, preamble: "", body: body.into() }) }
    }
}

/// The text for agents in `AGENTS.md`.
pub fn agents_md() -> Vec<Part> {
    vec![Part::text_for_agents(AGENTS_MD, "")]
}

/// Claude Code: its hooks, and the text in the file from which it reads it.
pub fn claude(text_in: &'static str) -> Vec<Part> {
    vec![
        Part::hooks(".claude/settings.json", include_str!("../../../templates/setup/claude.json")),
        Part::text_for_agents(text_in, ""),
    ]
}

/// Codex.
pub fn codex() -> Vec<Part> {
    let hooks = Part::hooks(".codex/hooks.json", include_str!("../../../templates/setup/codex.json"));
    std::iter::once(hooks).chain(agents_md()).collect()
}

/// Cursor.
pub fn cursor() -> Vec<Part> {
    let preamble = include_str!("../../../templates/setup/cursor.mdc");
    vec![
        Part::hooks(".cursor/hooks.json", include_str!("../../../templates/setup/cursor.json")),
        Part::text_for_agents(".cursor/rules/perfteam.mdc", preamble),
    ]
}

/// GitHub: the action, and a workflow that runs it on pull requests and on what comes to `branch`.
pub fn github(branch: &str) -> Vec<Part> {
    let branch = serde_json::Value::from(branch).to_string();
    let workflow = include_str!("../../../templates/setup/github.yml").replace("BRANCH", &branch);
    vec![
        Part::script(".github/actions/perfteam/action.yml", include_str!("../../../action.yml")),
        Part::script(".github/workflows/perfteam.yml", workflow),
    ]
}

/// GitLab: the template, and the line that includes it.
pub fn gitlab() -> Vec<Part> {
    vec![
        Part::script(include::INCLUDED, include_str!("../../../ci/gitlab.yml")),
        Part { path: ".gitlab-ci.yml", form: Form::Include },
    ]
}
