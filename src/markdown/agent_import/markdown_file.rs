//! What kind of document a Markdown file is, and who reads it.

use super::entries::{self, Entry};
use super::fences;
use super::fields::{self, Fields};
use super::front::{self, Front};
use super::outline::Outline;
use super::role_document::{self, Likeness};
use super::{Imported, Outcome, Repairs};
use super::{team_document, writes};
use crate::domain::agent::Agent;
use crate::domain::handle::Handle;
use crate::markdown::yaml;

/// Reads a Markdown file.
pub(super) fn read(path: &str, text: &str, repairs: &mut Repairs) -> Outcome {
    let Some(front) = front::split(text, repairs) else {
        return prose(path, text, 1, repairs);
    };
    if front.yaml.len() > yaml::MAX_YAML {
        let limit = yaml::MAX_YAML / 1024;
        return Outcome::Failed { why: format!("its front matter is larger than {limit} KiB") };
    }
    let entries = entries::read(&front.yaml, front.line, repairs);
    if fields::declare_an_agent(&entries) {
        declared(path, &front, entries, repairs)
    } else {
        undeclared(path, &front, entries, repairs)
    }
}

/// An agent with front matter, and the team that its text defines, if it does.
fn declared(path: &str, front: &Front, entries: Vec<Entry>, repairs: &mut Repairs) -> Outcome {
    let source = fences::balance(&front.body);
    let outline = Outline::of(&source, front.body_line);
    let describe = || role_document::description(&outline);
    let Some(mut agent) = Fields::new(entries, repairs).agent(path, &front.body, describe) else {
        return Outcome::Failed { why: "no handle can be derived from its name".to_owned() };
    };
    let mut kept_as_text = Vec::new();
    if agent.writes.is_empty() {
        (agent.writes, kept_as_text) = writes::read(&outline, repairs);
    }
    let mut beside = team_document::read_beside(&outline, repairs);
    beside.retain(|member| member.handle != agent.handle);
    let members = handles(&beside);
    let agents = std::iter::once(agent).chain(beside).collect();
    Outcome::Imported(Imported { agents, members, kept_as_text, ..Imported::default() })
}

/// Front matter that says nothing of an agent: the text may.
fn undeclared(path: &str, front: &Front, entries: Vec<Entry>, repairs: &mut Repairs) -> Outcome {
    match prose(path, &front.body, front.body_line, repairs) {
        Outcome::Imported(mut imported) => {
            if let [agent] = imported.agents.as_mut_slice() {
                Fields::new(entries, repairs).into_extra(agent);
            }
            Outcome::Imported(imported)
        }
        _ => Outcome::Skipped {
            why: "it defines no agent: its front matter has no `name`, and its text describes no role"
                .to_owned(),
        },
    }
}

/// A document without front matter: a role, a team, or nothing of the kind.
fn prose(path: &str, text: &str, first_line: usize, repairs: &mut Repairs) -> Outcome {
    let source = fences::balance(text);
    let outline = Outline::of(&source, first_line);
    let likeness = role_document::likeness(&outline);
    let team = || team_document::read(&outline, repairs);
    if let Some(agents) = (likeness < Likeness::Sure).then(team).flatten() {
        return Outcome::Imported(Imported { members: handles(&agents), agents, ..Imported::default() });
    }
    let role = || role_document::read(path, text, &outline, repairs);
    match (likeness > Likeness::None).then(role).flatten() {
        Some((agent, kept_as_text)) => {
            Outcome::Imported(Imported { agents: vec![agent], kept_as_text, ..Imported::default() })
        }
        None => Outcome::Skipped { why: no_agent(&outline) },
    }
}

fn handles(agents: &[Agent]) -> Vec<Handle> {
    agents.iter().map(|agent| agent.handle.clone()).collect()
}

fn no_agent(outline: &Outline<'_>) -> String {
    let why = "it defines no agent: it has no front matter, and its text describes no role and names no team";
    match outline.links() {
        0 => why.to_owned(),
        1 => format!("{why}; it links to 1 other file"),
        links => format!("{why}; it links to {links} other files"),
    }
}
