//! The catalogue of agents, and those who are known by flags alone.

use std::collections::BTreeMap;

use super::Cells;
use crate::domain::agent::Agent;
use crate::domain::handle::Handle;
use crate::domain::text::slug;

/// The agents of the catalogue, and what could not be taken from it.
#[derive(Debug, Default)]
pub struct Roster {
    /// The agents.
    pub agents: BTreeMap<Handle, Agent>,
    /// Names that are no handles, each with why.
    pub left_out: Vec<String>,
}

/// The agents of the catalogue.
pub fn agents(rows: &[Cells]) -> Roster {
    let mut roster = Roster::default();
    for row in rows {
        let name = row.text("name").unwrap_or_default();
        match name.parse::<Handle>() {
            Ok(handle) if roster.agents.contains_key(&handle) => {
                roster.left_out.push(format!("{handle} is there twice"));
            }
            Ok(handle) => {
                roster.agents.insert(handle.clone(), agent(handle, row));
            }
            Err(error) => roster.left_out.push(error.to_string()),
        }
    }
    roster
}

fn agent(handle: Handle, row: &Cells) -> Agent {
    let mut agent = Agent::new(handle);
    agent.description = row.text("description").unwrap_or_default();
    agent.keywords = row.list("routing_keywords");
    agent.capabilities = row.list("capabilities");
    for column in ["type", "module", "sub_module"] {
        if let Some(text) = row.text(column) {
            agent.extra.insert(column.to_owned(), text.into());
        }
    }
    let status = row.text("status").unwrap_or_default().to_ascii_lowercase();
    agent.retired = matches!(status.as_str(), "inactive" | "retired" | "deprecated" | "disabled" | "deleted");
    agent
}

/// Who stands in the roster for an agent whom flags name and nobody knows: retired, so that nothing
/// new is addressed to it.
pub fn stand_in(handle: &Handle) -> Agent {
    Agent {
        title: "Known from the earlier flag tool".into(),
        description: "Named by flags of the earlier flag tool, whose catalogue did not know it.".into(),
        retired: true,
        ..Agent::new(handle.clone())
    }
}

/// The handle that a name of the earlier tool comes closest to.
pub fn handle_like(name: &str) -> Option<Handle> {
    let parts: Vec<String> = name.trim_start_matches('@').split('.').take(3).map(slug).collect();
    parts.join(".").parse().or_else(|_| slug(name).parse()).ok()
}
