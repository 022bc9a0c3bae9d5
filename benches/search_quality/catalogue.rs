//! The agents of a catalogue, as far as the search needs them.

use std::fs;
use std::path::Path;

use perfteam::domain::agent::Agent;
use perfteam::domain::handle::Handle;
use perfteam::domain::roster::Roster;

use crate::Result;

/// A catalogue: its name, and its agents with the names of their files.
pub struct Catalogue {
    pub name: &'static str,
    pub agents: Vec<(String, Agent)>,
}

impl Catalogue {
    pub fn read(folder: &Path, name: &'static str) -> Result<Self> {
        let mut agents = Vec::new();
        for entry in walkdir::WalkDir::new(folder.join(name)).sort_by_file_name() {
            let entry = entry?;
            let stem = entry.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if entry.path().extension().is_some_and(|end| end == "md") && stem != "README" {
                let text = fs::read_to_string(entry.path())?;
                let agent =
                    agent(name, &text).ok_or_else(|| format!("no agent: {}", entry.path().display()))?;
                agents.push((stem, agent));
            }
        }
        Ok(Catalogue { name, agents })
    }
}

/// All agents of the catalogues.
pub fn roster(catalogues: &[&Catalogue]) -> Roster {
    catalogues.iter().flat_map(|catalogue| &catalogue.agents).map(|(_, agent)| agent.clone()).collect()
}

/// Reads no more of the front matter than the search needs: `name` and `description`. The handle
/// begins with the catalogue, because both know some names.
fn agent(catalogue: &str, text: &str) -> Option<Agent> {
    let (front, role) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    let name = value(front, "name")?;
    let mut agent = Agent::new(format!("{catalogue}.{name}").parse::<Handle>().ok()?);
    agent.description = value(front, "description")?;
    agent.role = role.trim().to_owned();
    Some(agent)
}

fn value(front: &str, key: &str) -> Option<String> {
    let mut lines = front.lines().skip_while(|line| !line.starts_with(&format!("{key}:")));
    let first = lines.next()?.split_once(':')?.1.trim().trim_matches(['"', '\'', '>', '-']);
    let more = lines.take_while(|line| line.starts_with(' ')).map(str::trim);
    Some([first].into_iter().chain(more).collect::<Vec<_>>().join(" "))
}
