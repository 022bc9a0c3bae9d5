//! `perfteam init --infer`: agents from what the repository already tells.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::agent::file_of;
use super::context::{Context, print_line};
use super::failure::Failure;
use crate::domain::codeowners;
use crate::domain::infer::{Evidence, Inference, Proposal, infer};
use crate::domain::roster_lint::path_of;
use crate::domain::text::shown_line;
use crate::store::repo::Repo;
use crate::store::source::{Contents, Source};
use crate::store::survey;
use crate::store::write::NewFile;

/// How many of the latest commits are looked at.
const COMMITS: usize = 2_000;

/// What was inferred, and the files that would say so.
pub struct Inferred {
    /// The files of agents that are not there yet.
    pub files: Vec<NewFile>,
    /// The same, for people and programs.
    pub told: InferenceV1,
}

/// What was inferred, for programs. Version 1.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InferenceV1 {
    agents: Vec<ProposalV1>,
    /// Agents of the roster whom the evidence names, too; nothing changed there.
    known: Vec<String>,
    /// What was seen and left out, and why.
    left_out: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ProposalV1 {
    handle: String,
    path: String,
    watches: Vec<String>,
    emails: Vec<String>,
    /// From what it was inferred.
    from: Vec<String>,
}

/// Reads the evidence and plans the files.
pub fn propose(context: &Context) -> Result<Inferred, Failure> {
    let repo = context.repo()?;
    let inference = infer(&evidence(repo)?, &context.team_if_any()?.roster);
    let files = inference.proposals.iter().map(|proposal| file_of(&proposal.agent)).collect();
    Ok(Inferred { files, told: InferenceV1::new(inference) })
}

fn evidence(repo: &Repo) -> Result<Evidence, Failure> {
    let tree = repo.work_tree();
    let mut owners = None;
    for place in codeowners::PLACES {
        if let Some(Contents::Bytes(bytes)) = tree.read(place)? {
            owners = Some((place.to_owned(), codeowners::parse(&String::from_utf8_lossy(&bytes))));
            break;
        }
    }
    let mut folders = BTreeSet::new();
    for path in survey::tracked_paths(repo)? {
        folders.extend(path.match_indices('/').map(|(at, _)| path[..at].to_owned()));
    }
    Ok(Evidence { owners, commits: survey::contributions(repo, COMMITS)?, folders })
}

impl InferenceV1 {
    fn new(inference: Inference) -> Self {
        let told = |Proposal { agent, sources }: Proposal| ProposalV1 {
            path: path_of(&agent.handle),
            handle: agent.handle.to_string(),
            watches: agent.watches,
            emails: agent.emails,
            from: sources,
        };
        InferenceV1 {
            agents: inference.proposals.into_iter().map(told).collect(),
            known: inference.known.iter().map(ToString::to_string).collect(),
            left_out: inference.left_out,
        }
    }

    /// Says for each agent from what it was inferred.
    pub fn print(&self) {
        if self.agents.is_empty() {
            print_line("inferred no agent that is not in the roster already");
        }
        for agent in &self.agents {
            print_line(&format!("inferred {}", agent.handle));
            for glob in &agent.watches {
                print_line(&format!("  watches {}", shown_line(glob)));
            }
            for source in &agent.from {
                print_line(&format!("  from    {}", shown_line(source)));
            }
        }
        for handle in &self.known {
            print_line(&format!("kept {handle}: it is in the roster already"));
        }
        for reason in &self.left_out {
            print_line(&format!("left out: {}", shown_line(reason)));
        }
        if !self.agents.is_empty() {
            print_line("these are proposals: read and correct the files before you commit them");
        }
    }
}
