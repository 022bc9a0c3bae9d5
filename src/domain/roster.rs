//! All agents of a snapshot, and the questions asked of them together.

use std::collections::BTreeMap;

use super::agent::Agent;
use super::glob::Globs;
use super::handle::Handle;
use super::policy::Policy;

/// The agents of `.perfteam/agents/`, by handle.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roster {
    agents: BTreeMap<Handle, Agent>,
}

impl FromIterator<Agent> for Roster {
    fn from_iter<I: IntoIterator<Item = Agent>>(agents: I) -> Self {
        Roster { agents: agents.into_iter().map(|agent| (agent.handle.clone(), agent)).collect() }
    }
}

impl Roster {
    /// The agent with this handle.
    pub fn get(&self, handle: &Handle) -> Option<&Agent> {
        self.agents.get(handle)
    }

    /// Whether there is an agent with this handle, retired or not.
    pub fn contains(&self, handle: &Handle) -> bool {
        self.agents.contains_key(handle)
    }

    /// All agents by handle.
    pub fn iter(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values()
    }

    /// All agents that have not retired, by handle.
    pub fn active(&self) -> impl Iterator<Item = &Agent> {
        self.iter().filter(|agent| !agent.retired)
    }

    /// How many agents there are.
    pub fn len(&self) -> usize {
        self.agents.len()
    }

    /// Whether there is no agent.
    pub fn is_empty(&self) -> bool {
        self.agents.is_empty()
    }

    /// The agents that commit under this e-mail address.
    pub fn by_email(&self, email: &str) -> Vec<&Handle> {
        self.active().filter(|agent| agent.has_email(email)).map(|agent| &agent.handle).collect()
    }

    /// Who answers for `handle` now: the successor, and its successor, when it has retired.
    pub fn heir(&self, handle: &Handle) -> Handle {
        let mut current = handle;
        for _ in 0..self.agents.len() {
            match self.get(current) {
                Some(Agent { retired: true, successor: Some(next), .. }) => current = next,
                _ => break,
            }
        }
        current.clone()
    }

    /// Who answers for `handle` in its place; `None` while it is there itself, or nobody does.
    pub fn successor(&self, handle: &Handle) -> Option<Handle> {
        let heir = self.heir(handle);
        (heir != *handle && self.get(&heir).is_some_and(|agent| !agent.retired)).then_some(heir)
    }

    /// The agents whose `watches` cover `path`, each with the glob that does.
    pub fn watchers<'a>(
        &'a self,
        watches: &'a [(Handle, Globs)],
        path: &'a str,
    ) -> Vec<(&'a Handle, &'a str)> {
        watches.iter().filter_map(|(handle, globs)| globs.matching(path).map(|glob| (handle, glob))).collect()
    }

    /// The compiled `watches` of all active agents that have some.
    pub fn watches(&self, policy: &Policy) -> Vec<(Handle, Globs)> {
        self.active()
            .filter(|agent| !agent.watches.is_empty())
            .map(|agent| (agent.handle.clone(), Globs::new(policy.expand(&agent.watches))))
            .collect()
    }

    /// Up to three known handles that are spelt most like `handle`.
    pub fn nearest(&self, handle: &Handle) -> Vec<Handle> {
        let mut scored: Vec<(usize, &Handle)> = self
            .active()
            .map(|agent| (distance(handle.bare(), agent.handle.bare()), &agent.handle))
            .filter(|(distance, known)| {
                let shares_part =
                    handle.bare().split('.').any(|part| known.bare().split('.').any(|own| own == part));
                *distance <= 2 + known.bare().len() / 3 || shares_part
            })
            .collect();
        scored.sort();
        scored.into_iter().take(3).map(|(_, handle)| handle.clone()).collect()
    }
}

fn distance(a: &str, b: &str) -> usize {
    strsim::damerau_levenshtein(a, b)
}
