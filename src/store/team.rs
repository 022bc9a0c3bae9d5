//! Reads policy and roster.

use super::assemble::plain_bytes;
use super::cache;
use super::error::StoreError;
use super::repo::{FOLDER, Repo};
use super::source::{CommitTree, EntryKind, Source};
use super::write::TEMPORARY;
use crate::domain::agent::Agent;
use crate::domain::diagnostic::{Fault, FileFault, Spot};
use crate::domain::document::Document;
use crate::domain::handle::Handle;
use crate::domain::policy::Policy;
use crate::domain::roster::Roster;
use crate::domain::snapshot::Team;
use crate::markdown::document;

/// The path of the policy from the top of the work tree.
pub const POLICY: &str = ".perfteam/perfteam.yaml";
/// The folder of the roster from the top of the work tree.
pub const AGENTS: &str = ".perfteam/agents";

/// Reads policy and roster at `source`. A file that can't be read is a fault of the team; the
/// others are read all the same.
pub fn read_team(source: &dyn Source) -> Result<Team, StoreError> {
    let mut faults = Vec::new();
    let present = is_folder(source, FOLDER, &mut faults)? && is_set_up(source)?;
    let policy = read_policy(source, &mut faults)?;
    let roster = read_roster(source, &mut faults)?;
    Ok(Team { policy, roster, faults, present })
}

/// Whether the folder of the records holds anything. What commands leave in it for themselves
/// stays where git switches to a branch without records, and is nothing.
pub fn is_set_up(source: &dyn Source) -> Result<bool, StoreError> {
    if source.kind(POLICY)?.is_some() || source.kind(AGENTS)?.is_some() {
        return Ok(true);
    }
    Ok(source.list(FOLDER)?.iter().any(|entry| entry.name != TEMPORARY))
}

/// Whether `path` is a folder; anything else that lies there is a fault.
pub(super) fn is_folder(
    source: &dyn Source,
    path: &str,
    faults: &mut Vec<FileFault>,
) -> Result<bool, StoreError> {
    let kind = source.kind(path)?;
    if let Some(EntryKind::File | EntryKind::Other) = kind {
        let message = "no folder, and links are not followed: what should lie in it is not read";
        faults.push(FileFault { path: path.to_owned(), fault: Fault::new(Spot::Start, message) });
    }
    Ok(kind == Some(EntryKind::Folder))
}

/// Policy and roster as HEAD has them; those of the index where HEAD has none. What lies in the work
/// tree plays no part: a sparse checkout may lack it.
pub fn committed_team(repo: &Repo) -> Result<Team, StoreError> {
    if let Some(head) = repo.head()? {
        let team = tree_team(repo, &repo.commit_tree(head)?)?;
        if team.present {
            return Ok(team);
        }
    }
    read_team(&repo.staged()?)
}

/// How many rosters are remembered.
const REMEMBERED: usize = 8;
/// How the names of their cache files begin.
const ROSTERS: &str = "roster-";

/// Policy and roster in the tree of a commit; the roster from memory where its folder is known by
/// its object id. Role texts are left out: hundreds of them would cost a hook more than all else,
/// and no rule reads them.
pub fn tree_team(repo: &Repo, tree: &CommitTree<'_>) -> Result<Team, StoreError> {
    let mut faults = Vec::new();
    let present = is_folder(tree, FOLDER, &mut faults)?;
    let policy = read_policy(tree, &mut faults)?;
    let Some((folder, EntryKind::Folder)) = tree.lookup(AGENTS)? else {
        let roster = read_roster(tree, &mut faults)?;
        return Ok(Team { policy, roster, faults, present });
    };
    let file = cache::file(repo, &format!("{ROSTERS}{folder}"));
    if let Some(roster) = cache::load(&file).and_then(|bytes| remembered_roster(&bytes)) {
        return Ok(Team { policy, roster, faults, present });
    }
    let before = faults.len();
    let roster = read_roster(tree, &mut faults)?;
    // A roster with faults is not remembered, so that they are told every time.
    if faults.len() == before {
        let agents: Vec<String> =
            roster.iter().filter_map(|agent| serde_json::to_string(agent).ok()).collect();
        cache::store(&file, &agents);
        cache::forget_old(repo, ROSTERS, REMEMBERED);
    }
    Ok(Team { policy, roster, faults, present })
}

fn remembered_roster(bytes: &[u8]) -> Option<Roster> {
    let agents: Vec<&str> = cache::decode(bytes)?;
    agents.into_iter().map(|agent| serde_json::from_str::<Agent>(agent).ok()).collect()
}

/// Reads the policy alone; the default one where there is none.
pub fn read_policy(source: &dyn Source, faults: &mut Vec<FileFault>) -> Result<Policy, StoreError> {
    if source.kind(POLICY)?.is_none() {
        return Ok(Policy::default());
    }
    let mut doubts = Vec::new();
    let policy = plain_bytes(source.read(POLICY)?).and_then(|bytes| parse_policy(&bytes, &mut doubts));
    let policy = policy.unwrap_or_else(|fault| {
        doubts.insert(0, fault);
        Policy::default()
    });
    faults.extend(doubts.into_iter().map(|fault| FileFault { path: POLICY.into(), fault }));
    Ok(policy)
}

/// The policy that `bytes` say, with faults that leave the rest of it as it is; or why they say none.
pub fn read_policy_text(bytes: &[u8]) -> Result<(Policy, Vec<Fault>), Fault> {
    let mut doubts = Vec::new();
    let policy = parse_policy(bytes, &mut doubts)?;
    Ok((policy, doubts))
}

/// Reads the policy; `doubts` are about keys that make no sense and leave the rest as it is.
fn parse_policy(bytes: &[u8], doubts: &mut Vec<Fault>) -> Result<Policy, Fault> {
    if bytes.is_empty() {
        return Err(Fault::new(Spot::Start, "the file is empty: expected at least `version: 1`"));
    }
    let meta = document::parse_yaml_file(bytes)?;
    doubts.extend(Policy::misspelt(&meta));
    let policy: Policy = Document { meta, ..Document::default() }.front()?;
    doubts.extend(policy.senseless());
    if policy.version != 1 {
        let message = format!("version {} of the format: this perfteam reads version 1", policy.version);
        return Err(Fault::new(Spot::Key("version".into()), message).mend("install a newer perfteam"));
    }
    Ok(policy)
}

fn read_roster(source: &dyn Source, faults: &mut Vec<FileFault>) -> Result<Roster, StoreError> {
    let mut agents: Vec<Agent> = Vec::new();
    is_folder(source, AGENTS, faults)?;
    for entry in source.list(AGENTS)? {
        if entry.name.starts_with('.') || entry.name.eq_ignore_ascii_case("README.md") {
            continue;
        }
        let path = format!("{AGENTS}/{}", entry.name);
        let contents = if entry.kind == EntryKind::File { source.read(&path)? } else { None };
        match plain_bytes(contents).and_then(|bytes| parse_agent(&entry.name, &bytes)) {
            Ok(agent) => agents.push(agent),
            Err(fault) => faults.push(FileFault { path, fault }),
        }
    }
    Ok(agents.into_iter().collect())
}

/// Reads one agent from the file called `name`.
pub fn parse_agent(name: &str, bytes: &[u8]) -> Result<Agent, Fault> {
    let stem = name.strip_suffix(".md").ok_or_else(|| {
        Fault::new(Spot::Start, "no agent: expected a name such as ops.performance.md in this folder")
    })?;
    let handle: Handle = stem
        .parse()
        .map_err(|error: crate::domain::handle::InvalidHandle| Fault::new(Spot::Start, error.to_string()))?;
    if handle.bare() != stem {
        return Err(Fault::new(Spot::Start, "the names of agent files are lower-case"));
    }
    Agent::from_document(&document::parse_plain(bytes)?, stem)
}
