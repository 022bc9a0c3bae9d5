//! Agents from the files that people already have.
//!
//! The caller reads the files and writes the agents; nothing here does I/O. A file that is as it
//! should be is read strictly and yields no repairs. Any other is read as a person would read it,
//! and each liberty taken is named: no file is skipped without a word.

use std::collections::HashMap;
use std::fmt;

use crate::domain::agent::Agent;
use crate::domain::handle::Handle;

mod bytes;
mod entries;
mod fences;
mod fields;
mod front;
mod markdown_file;
mod mojibake;
mod naming;
mod outline;
mod role_document;
mod roster;
mod team_document;
mod toml_file;
mod writes;

/// What became of one file.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It defines agents.
    Imported(Imported),
    /// It can be read, and there is no agent to take from it.
    Skipped {
        /// Why not.
        why: String,
    },
    /// It can't be read.
    Failed {
        /// What is wrong with it.
        why: String,
    },
}

/// The agents of one file, and what it took to read them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// At least one; a file about a team names several.
    pub agents: Vec<Agent>,
    /// Those of them that are only named, as members of a team: a file of their own says more.
    pub members: Vec<Handle>,
    /// What the file needed, by line; empty where it was as it should be.
    pub repairs: Vec<Repair>,
    /// Write permissions without a path: they stand in the role text, and nothing can enforce them.
    pub kept_as_text: Vec<String>,
    /// Agents of this file that are left out, because an earlier file has their name.
    pub clashes: Vec<Clash>,
}

/// Something that had to be understood rather than read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repair {
    /// The line of the file, from 1.
    pub line: usize,
    /// What was found there and how it was taken.
    pub what: String,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Two files that define the same handle. The first one wins, unless it only names the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The handle that both define.
    pub handle: Handle,
    /// The file whose agent is imported.
    pub kept: String,
    /// The file whose agent is left out.
    pub left_out: String,
    /// Whether both say exactly the same.
    pub same: bool,
}

impl Clash {
    /// How the agent that was left out can be had nevertheless.
    pub fn way_out(&self) -> String {
        if self.same {
            return "nothing is lost by leaving it out".to_owned();
        }
        format!(
            "to have both, give it another `name` and import it again; to have it instead, import {} alone with --force",
            self.left_out
        )
    }
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Clash { handle, kept, left_out, same } = self;
        let how = if *same { "the same agent" } else { "an agent of that name" };
        write!(f, "{handle} of {left_out} is not imported: {kept} has {how}")
    }
}

/// One file of a batch and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The path as the caller gave it.
    pub path: String,
    /// What became of the file.
    pub outcome: Outcome,
}

/// Reads one file. `path` is shown, and names the agent where the file doesn't.
pub fn read_file(path: &str, bytes: &[u8]) -> Outcome {
    let mut repairs = Repairs::default();
    let text = match bytes::decode(bytes, &mut repairs) {
        Ok(text) => text,
        Err(why) => return Outcome::Failed { why },
    };
    let outcome = if path.to_ascii_lowercase().ends_with(".toml") {
        toml_file::read(path, &text, &mut repairs)
    } else {
        markdown_file::read(path, &text, &mut repairs)
    };
    match outcome {
        Outcome::Imported(imported) => Outcome::Imported(Imported { repairs: repairs.sorted(), ..imported }),
        other => other,
    }
}

/// Reads all files. Where two define the same handle, one wins and the other is named.
pub fn read_batch<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<Report> {
    let mut reports: Vec<Report> = files
        .into_iter()
        .map(|(path, bytes)| Report { path: path.to_owned(), outcome: read_file(path, bytes) })
        .collect();
    let winners = winners(&reports);
    for (at, Report { path, outcome }) in reports.iter_mut().enumerate() {
        let Outcome::Imported(imported) = outcome else { continue };
        for agent in std::mem::take(&mut imported.agents) {
            match winners.get(&agent.handle) {
                Some(winner) if winner.file != at => imported.clashes.push(Clash {
                    kept: winner.path.clone(),
                    left_out: path.clone(),
                    same: winner.agent == agent,
                    handle: agent.handle,
                }),
                _ => imported.agents.push(agent),
            }
        }
        imported.members.retain(|member| imported.agents.iter().any(|agent| agent.handle == *member));
        if imported.agents.is_empty() {
            let said: Vec<String> =
                imported.clashes.iter().map(|clash| format!("{clash}; {}", clash.way_out())).collect();
            *outcome = Outcome::Skipped { why: said.join("\n") };
        }
    }
    reports
}

/// The agent that has its handle, and the file that it is from.
struct Winner {
    file: usize,
    path: String,
    agent: Agent,
}

/// For each handle the first file that defines it, else the first that names it.
fn winners(reports: &[Report]) -> HashMap<Handle, Winner> {
    let mut winners: HashMap<Handle, Winner> = HashMap::new();
    for only_named in [false, true] {
        for (file, Report { path, outcome }) in reports.iter().enumerate() {
            let Outcome::Imported(imported) = outcome else { continue };
            for agent in &imported.agents {
                if imported.members.contains(&agent.handle) == only_named {
                    let winner = || Winner { file, path: path.clone(), agent: agent.clone() };
                    winners.entry(agent.handle.clone()).or_insert_with(winner);
                }
            }
        }
    }
    winners
}

/// Collects repairs while a file is read.
#[derive(Debug, Default)]
struct Repairs(Vec<Repair>);

impl Repairs {
    fn note(&mut self, line: usize, what: impl Into<String>) {
        self.0.push(Repair { line, what: what.into() });
    }

    fn sorted(&mut self) -> Vec<Repair> {
        let mut all = std::mem::take(&mut self.0);
        all.sort();
        all.dedup();
        all
    }
}
