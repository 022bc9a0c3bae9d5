//! What a branch changes of roster, policy and write authority. It takes effect after the merge:
//! a branch is judged by what its base says.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Material;
use crate::domain::agent::{Agent, Writes};
use crate::domain::approval::approvers;
use crate::domain::document::Meta;
use crate::domain::handle::Handle;
use crate::domain::policy::Policy;
use crate::domain::roster::Roster;
use crate::domain::snapshot::Team;

/// What changes, and who must agree.
#[derive(Debug, Clone, PartialEq)]
pub struct TeamChange {
    /// Whether the branch brings the first roster and policy: nobody had authority before.
    pub founding: bool,
    /// Who must agree: the admins of the base's policy, or its leads.
    pub approvers: Vec<Handle>,
    /// The keys of the policy that change.
    pub policy: Vec<KeyChange>,
    /// The agents that change.
    pub agents: Vec<AgentChange>,
    /// The addresses whose keys come or go in the list of signers: `+ api@example.com`.
    pub signers: Vec<String>,
    /// The paths of the policy and of agents that can't be read with the branch.
    pub unreadable: Vec<String>,
}

/// A key of the policy whose value changes.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyChange {
    /// The key, with what it stands in: `gate.min_impact`.
    pub key: String,
    /// The value before, as JSON; `None` where the key is new.
    pub before: Option<String>,
    /// The value after; `None` where the key is gone.
    pub after: Option<String>,
}

/// An agent that changes.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentChange {
    /// Who.
    pub handle: Handle,
    /// What becomes of it.
    pub fate: Fate,
    /// What it may write, other than before: `+ exclusive: bench/`.
    pub authority: Vec<String>,
}

/// What becomes of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    Joins,
    /// Its file is gone.
    Leaves,
    /// It retires.
    Retires,
    /// These keys of its file change.
    Changes(Vec<String>),
}

/// What the branch changes of the team; `None` where it changes nothing.
pub(super) fn change(material: &Material<'_>) -> Option<TeamChange> {
    let none = Team::default();
    let before = material.team_before.unwrap_or(&none);
    let after = material.team_after;
    let founding = material.team_before.is_none() && after.present;
    // What a founding branch brings is all of it; the policy's keys say nothing beside that.
    let policy = if founding { Vec::new() } else { policy_changes(&before.policy, &after.policy) };
    let agents = agent_changes(&before.roster, &after.roster);
    let touched = |path: &str| material.changes.iter().any(|change| change.is_at(path));
    let faults = after.faults.iter().map(|fault| &fault.path).filter(|path| touched(path));
    let unreadable: Vec<String> = faults.cloned().collect();
    let signers = signer_changes(&material.signers);
    let nothing = policy.is_empty() && agents.is_empty() && signers.is_empty() && unreadable.is_empty();
    (!nothing).then(|| TeamChange {
        approvers: if founding { Vec::new() } else { approvers(material.authority) },
        founding,
        policy,
        agents,
        signers,
        unreadable,
    })
}

/// The addresses of the lines that come or go.
fn signer_changes([before, after]: &[String; 2]) -> Vec<String> {
    let lines = |text: &'_ str| -> BTreeSet<String> {
        let lines = text.lines().map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
    };
    let (before, after) = (lines(before), lines(after));
    let told =
        |sign: char, line: &String| format!("{sign} {}", line.split_whitespace().next().unwrap_or_default());
    let gone = before.difference(&after).map(|line| told('-', line));
    gone.chain(after.difference(&before).map(|line| told('+', line))).collect()
}

fn policy_changes(before: &Policy, after: &Policy) -> Vec<KeyChange> {
    let (before, after) = (flat(before), flat(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    let text = |meta: &Meta, key: &str| meta.get(key).map(Value::to_string);
    changed
        .map(|key| KeyChange { key: key.clone(), before: text(&before, key), after: text(&after, key) })
        .collect()
}

/// The policy as keys and values, those that have keys of their own as `gate.min_impact`.
fn flat(policy: &Policy) -> Meta {
    let Ok(Value::Object(whole)) = serde_json::to_value(policy) else { return Meta::new() };
    let mut flat = Meta::new();
    for (key, value) in whole {
        match value {
            Value::Object(inner) => {
                flat.extend(inner.into_iter().map(|(inner, value)| (format!("{key}.{inner}"), value)));
            }
            value => {
                flat.insert(key, value);
            }
        }
    }
    flat
}

fn agent_changes(before: &Roster, after: &Roster) -> Vec<AgentChange> {
    let handles: BTreeSet<&Handle> = before.iter().chain(after.iter()).map(|agent| &agent.handle).collect();
    let changes = handles.into_iter().filter_map(|handle| {
        let (old, new) = (before.get(handle), after.get(handle));
        let fate = fate(old, new)?;
        Some(AgentChange { handle: handle.clone(), fate, authority: authority(old, new) })
    });
    changes.collect()
}

fn fate(old: Option<&Agent>, new: Option<&Agent>) -> Option<Fate> {
    match (old, new) {
        (None, None) => None,
        (None, Some(_)) => Some(Fate::Joins),
        (Some(_), None) => Some(Fate::Leaves),
        (Some(old), Some(new)) if new.retired && !old.retired => Some(Fate::Retires),
        (Some(old), Some(new)) => {
            let (old, new) = (keys(old), keys(new));
            let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            let changed = all.into_iter().filter(|key| old.get(*key) != new.get(*key)).cloned();
            let changed: Vec<String> = changed.collect();
            (!changed.is_empty()).then_some(Fate::Changes(changed))
        }
    }
}

fn keys(agent: &Agent) -> Meta {
    match serde_json::to_value(agent) {
        Ok(Value::Object(keys)) => keys,
        _ => Meta::new(),
    }
}

/// What may be written other than before, a line for each glob that comes or goes.
fn authority(old: Option<&Agent>, new: Option<&Agent>) -> Vec<String> {
    let none = Writes::default();
    let old = old.map_or(&none, |agent| &agent.writes);
    let new = new.map_or(&none, |agent| &agent.writes);
    let lists = [
        ("exclusive", &old.exclusive, &new.exclusive),
        ("allow", &old.allow, &new.allow),
        ("deny", &old.deny, &new.deny),
    ];
    let mut lines = Vec::new();
    for (name, old, new) in lists {
        let gone = old.iter().filter(|glob| !new.contains(glob)).map(|glob| format!("- {name}: {glob}"));
        let come = new.iter().filter(|glob| !old.contains(glob)).map(|glob| format!("+ {name}: {glob}"));
        lines.extend(gone.chain(come));
    }
    lines
}
