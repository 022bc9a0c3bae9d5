//! Documents about a team: each member that they name becomes an agent.

use std::collections::{HashMap, HashSet};

use super::Repairs;
use super::naming;
use super::outline::{Block, Outline};
use super::roster::{self, Member};
use crate::domain::agent::Agent;
use crate::domain::handle::Handle;

/// A heading that names more members than this is about the team.
const MAX_SHARED: usize = 3;

/// The agents of a document that is about a team; `None` where it names none.
pub(super) fn read(outline: &Outline<'_>, repairs: &mut Repairs) -> Option<Vec<Agent>> {
    Some(agents(outline, &roster::find(outline)?, repairs)).filter(|agents| agents.len() >= 2)
}

/// The team that a document defines beside the agent that it declares; empty where there is none.
pub(super) fn read_beside(outline: &Outline<'_>, repairs: &mut Repairs) -> Vec<Agent> {
    roster::find_confirmed(outline).map(|members| agents(outline, &members, repairs)).unwrap_or_default()
}

fn agents(outline: &Outline<'_>, members: &[Member], repairs: &mut Repairs) -> Vec<Agent> {
    let mut named: Vec<(Handle, &Member)> = Vec::new();
    for member in members {
        let handle = naming::exact(&member.name).or_else(|| naming::derived(&member.name));
        if let Some(handle) = handle.filter(|handle| named.iter().all(|(known, _)| known != handle)) {
            named.push((handle, member));
        }
    }
    let sections = sections(outline, &named);
    let steps = steps(&outline.blocks);
    let agents: Vec<Agent> = named
        .iter()
        .zip(sections)
        .map(|((handle, member), sections)| agent(handle, member, &steps, &sections))
        .collect();
    let line = outline.title().map_or(1, |title| outline.line(title));
    let handles: Vec<String> = agents.iter().map(|agent| agent.handle.to_string()).collect();
    repairs.note(
        line,
        format!(
            "its text names a team: {}; what it says of no single one stays in the document",
            handles.join(", ")
        ),
    );
    agents
}

fn agent(handle: &Handle, member: &Member, steps: &HashMap<&str, Vec<String>>, sections: &[&str]) -> Agent {
    let mut agent = Agent::new(handle.clone());
    if naming::exact(&member.name).is_none() {
        agent.title = member.name.clone();
    }
    agent.description = member.about.clone();
    agent.capabilities = member.duties.clone();
    agent.capabilities.extend(steps.get(handle.bare()).into_iter().flatten().cloned());
    let mut seen = HashSet::new();
    agent.capabilities.retain(|capability| seen.insert(capability.clone()));
    let about = if member.about.is_empty() { String::new() } else { format!(" ({})", member.about) };
    let mut parts = vec![format!("**{}**{about}", member.name)];
    if !agent.capabilities.is_empty() {
        let list: Vec<String> = agent.capabilities.iter().map(|item| format!("- {item}")).collect();
        parts.push(list.join("\n"));
    }
    parts.extend(sections.iter().map(|section| (*section).to_owned()));
    agent.role = parts.join("\n\n");
    agent
}

/// For each member the sections whose headings name it; of nested ones the outermost.
fn sections<'a>(outline: &Outline<'a>, named: &[(Handle, &Member)]) -> Vec<Vec<&'a str>> {
    let names: Vec<Vec<String>> =
        named.iter().map(|(_, member)| naming::tokens(&naming::subject(&member.name))).collect();
    let mut sections = vec![Vec::new(); names.len()];
    let mut ends = vec![0; names.len()];
    for (at, heading) in outline.headings.iter().enumerate().filter(|(_, heading)| heading.level > 1) {
        let words = naming::tokens(&heading.text);
        let about: Vec<usize> = (0..names.len()).filter(|member| contains(&words, &names[*member])).collect();
        if about.len() > MAX_SHARED {
            continue;
        }
        for member in about {
            if heading.range.start >= ends[member] {
                sections[member].push(outline.section(at));
                ends[member] = heading.range.end;
            }
        }
    }
    sections
}

fn contains(words: &[String], name: &[String]) -> bool {
    !name.is_empty() && words.windows(name.len()).any(|window| window == name)
}

/// What workflows in code blocks give each agent to do: `agent: "x"` beside `action: "run_tests"`.
fn steps(blocks: &[Block]) -> HashMap<&str, Vec<String>> {
    let mut steps: HashMap<&str, Vec<String>> = HashMap::new();
    for block in blocks {
        let mut actor: Option<(usize, &str)> = None;
        for line in block.text.lines().filter(|line| !line.trim().is_empty()) {
            let inner = line.trim_start_matches([' ', '\t', '-']);
            let indent = line.len() - inner.len();
            actor = actor.filter(|(own, _)| indent >= *own);
            let Some((key, value)) = pair(inner) else { continue };
            match key {
                "agent" | "assigned_to" | "assignee" => actor = Some((indent, value)),
                "action" | "task" | "task_type" => {
                    if let Some((_, name)) = actor.filter(|(own, _)| *own == indent) {
                        steps.entry(name).or_default().push(value.replace('_', " "));
                    }
                }
                _ => {}
            }
        }
    }
    steps
}

/// `key: "value"` of YAML, JSON or JavaScript.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let quotes = ['"', '\'', ',', ' '];
    let value = value.trim().trim_end_matches(',');
    let is_text = value.starts_with(['"', '\'']) || !value.starts_with(['{', '[']);
    let value = value.trim_matches(quotes);
    (is_text && !value.is_empty()).then(|| (key.trim_matches(quotes), value))
}
