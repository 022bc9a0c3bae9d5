//! Who may write which paths.
//!
//! An agent's `writes` has three lists. `deny` wins over all; a path in another agent's
//! `exclusive` is closed; where `allow` is given, nothing else is open.

use super::glob::Globs;
use super::handle::Handle;
use super::policy::Policy;
use super::roster::Roster;

/// The write authorities of a roster, ready to answer for many paths.
#[derive(Debug, Clone, Default)]
pub struct Authority {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    handle: Handle,
    exclusive: Globs,
    allow: Globs,
    deny: Globs,
}

/// Why a path may not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The agent's own `deny` covers it, by this glob.
    Denied(String),
    /// This other agent has it exclusively, by this glob.
    Closed(Handle, String),
    /// The agent has `allow`, and nothing in it covers the path.
    NotAllowed,
}

impl Authority {
    /// The authorities of all agents; those of a retired agent pass to its successor.
    pub fn new(roster: &Roster, policy: &Policy) -> Self {
        let entries = roster
            .iter()
            .filter(|agent| !agent.writes.is_empty())
            .map(|agent| (agent, roster.heir(&agent.handle)))
            .filter(|(agent, heir)| !agent.retired || *heir != agent.handle)
            .map(|(agent, heir)| {
                let own_limits = !agent.retired;
                let compile = |globs: &[String], wanted: bool| {
                    if wanted { Globs::new(policy.expand(globs)) } else { Globs::default() }
                };
                Entry {
                    exclusive: compile(&agent.writes.exclusive, true),
                    allow: compile(&agent.writes.allow, own_limits),
                    deny: compile(&agent.writes.deny, own_limits),
                    handle: heir,
                }
            })
            .collect();
        Authority { entries }
    }

    /// Whether no agent has any authority written down: then every path is open.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether `handle` may write `path`; `None` when it may.
    pub fn refusal(&self, handle: &Handle, path: &str) -> Option<Refusal> {
        let own = || self.entries.iter().filter(|entry| entry.handle == *handle);
        if let Some(glob) = own().find_map(|entry| entry.deny.matching(path)) {
            return Some(Refusal::Denied(glob.to_owned()));
        }
        if own().any(|entry| entry.exclusive.matches(path)) {
            return None;
        }
        let closed = self.exclusive_owners(path).into_iter().find(|(owner, _)| *owner != handle);
        if let Some((owner, glob)) = closed {
            return Some(Refusal::Closed(owner.clone(), glob.to_owned()));
        }
        let limited = own().any(|entry| !entry.allow.is_empty());
        let allowed = own().any(|entry| entry.allow.matches(path));
        (limited && !allowed).then_some(Refusal::NotAllowed)
    }

    /// The agents that have `path` exclusively, each with the glob that says so. More than one is
    /// an overlap.
    pub fn exclusive_owners(&self, path: &str) -> Vec<(&Handle, &str)> {
        let mut owners: Vec<(&Handle, &str)> = Vec::new();
        for entry in &self.entries {
            let Some(glob) = entry.exclusive.matching(path) else { continue };
            if !owners.iter().any(|(owner, _)| *owner == &entry.handle) {
                owners.push((&entry.handle, glob));
            }
        }
        owners
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agent::Agent;

    fn agent(handle: &str, exclusive: &[&str], allow: &[&str], deny: &[&str]) -> Agent {
        let own = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
        let mut agent = Agent::new(handle.parse().expect("a handle"));
        agent.writes.exclusive = own(exclusive);
        agent.writes.allow = own(allow);
        agent.writes.deny = own(deny);
        agent
    }

    fn refusal(agents: Vec<Agent>, who: &str, path: &str) -> Option<Refusal> {
        let policy = Policy {
            areas: [("migrations".to_owned(), vec!["db/migrations/".to_owned()])].into(),
            ..Policy::default()
        };
        Authority::new(&Roster::from_iter(agents), &policy).refusal(&who.parse().expect("a handle"), path)
    }

    #[test]
    fn exclusive_closes_a_path_to_everybody_else() {
        let roster = || vec![agent("@a", &["bench/"], &[], &[]), agent("@b", &[], &[], &[])];
        assert_eq!(refusal(roster(), "@a", "bench/x.rs"), None);
        assert_eq!(
            refusal(roster(), "@b", "bench/x.rs"),
            Some(Refusal::Closed("@a".parse().expect("a handle"), "bench/".into()))
        );
        assert_eq!(refusal(roster(), "@b", "src/x.rs"), None);
    }

    #[test]
    fn deny_wins_and_knows_exceptions() {
        let roster = || vec![agent("@a", &["db/"], &[], &["area:migrations", "!db/migrations/*_perf_*.sql"])];
        assert_eq!(
            refusal(roster(), "@a", "db/migrations/1.sql"),
            Some(Refusal::Denied("db/migrations/".into()))
        );
        assert_eq!(refusal(roster(), "@a", "db/migrations/2_perf_index.sql"), None);
    }

    #[test]
    fn allow_opens_nothing_else() {
        let roster = || vec![agent("@a", &["bench/"], &["docs/"], &[])];
        assert_eq!(refusal(roster(), "@a", "docs/a.md"), None);
        assert_eq!(refusal(roster(), "@a", "bench/a.rs"), None);
        assert_eq!(refusal(roster(), "@a", "src/a.rs"), Some(Refusal::NotAllowed));
    }

    #[test]
    fn a_successor_inherits_what_was_exclusive() {
        let mut old = agent("@old", &["bench/"], &[], &[]);
        old.retired = true;
        old.successor = "@new".parse().ok();
        let roster = vec![old, agent("@new", &[], &[], &[]), agent("@c", &[], &[], &[])];
        assert_eq!(refusal(roster.clone(), "@new", "bench/a"), None);
        assert!(matches!(refusal(roster, "@c", "bench/a"), Some(Refusal::Closed(..))));
    }
}
