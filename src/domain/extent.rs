//! What one agent may write, spelt out for people: areas expanded, inheritances and the closed
//! parts of others included. [`super::authority`] decides; this explains.

use super::agent::Agent;
use super::handle::Handle;
use super::policy::Policy;
use super::roster::Roster;

/// The effective write authority of one agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extent {
    /// What is closed to all others.
    pub exclusive: Vec<String>,
    /// What was exclusive to agents who retired and whose heir it is.
    pub inherited: Vec<(Handle, Vec<String>)>,
    /// Where given, nothing else may be written.
    pub allow: Vec<String>,
    /// Never written.
    pub deny: Vec<String>,
    /// What others have exclusively.
    pub closed: Vec<(Handle, Vec<String>)>,
}

impl Extent {
    /// The authority of `handle`; a retired agent has none left.
    pub fn of(handle: &Handle, roster: &Roster, policy: &Policy) -> Extent {
        let mut extent = Extent::default();
        if let Some(own) = roster.get(handle).filter(|own| !own.retired) {
            extent.exclusive = policy.expand(&own.writes.exclusive);
            extent.allow = policy.expand(&own.writes.allow);
            extent.deny = policy.expand(&own.writes.deny);
        }
        for other in roster.iter().filter(|other| other.handle != *handle) {
            let globs = policy.expand(&other.writes.exclusive);
            let heir = heir_of(other, roster);
            match heir {
                _ if globs.is_empty() => {}
                Some(heir) if heir == *handle => extent.inherited.push((other.handle.clone(), globs)),
                Some(heir) => extent.closed.push((heir, globs)),
                None => {}
            }
        }
        extent
    }

    /// The rule in one sentence.
    pub fn sentence(&self) -> &'static str {
        let owns = !self.exclusive.is_empty() || !self.inherited.is_empty();
        match (self.allow.is_empty(), owns, self.deny.is_empty() && self.closed.is_empty()) {
            (true, _, true) => "may write every path",
            (true, _, false) => "may write every path but those denied or closed",
            (false, true, _) => "may write what is exclusive to it or allowed, and nothing else",
            (false, false, _) => "may write what is allowed, and nothing else",
        }
    }
}

/// Who has the authority of `agent` now; nobody when it retired without an heir.
fn heir_of(agent: &Agent, roster: &Roster) -> Option<Handle> {
    let heir = roster.heir(&agent.handle);
    (!agent.retired || heir != agent.handle).then_some(heir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(text: &str) -> Handle {
        text.parse().expect("a handle")
    }

    fn agent(name: &str, exclusive: &[&str]) -> Agent {
        let mut agent = Agent::new(handle(name));
        agent.writes.exclusive = exclusive.iter().map(|glob| (*glob).to_owned()).collect();
        agent
    }

    #[test]
    fn areas_are_expanded_and_heirs_inherit() {
        let mut old = agent("@old", &["bench/"]);
        old.retired = true;
        old.successor = Some(handle("@new"));
        let roster: Roster =
            [old, agent("@new", &["area:db"]), agent("@c", &["docs/"])].into_iter().collect();
        let policy =
            Policy { areas: [("db".to_owned(), vec!["db/".to_owned()])].into(), ..Policy::default() };
        let extent = Extent::of(&handle("@new"), &roster, &policy);
        assert_eq!(extent.exclusive, ["db/"]);
        assert_eq!(extent.inherited, [(handle("@old"), vec!["bench/".to_owned()])]);
        assert_eq!(extent.closed, [(handle("@c"), vec!["docs/".to_owned()])]);
        assert_eq!(extent.sentence(), "may write every path but those denied or closed");
        let others = Extent::of(&handle("@c"), &roster, &policy).closed;
        let owners: Vec<&str> = others.iter().map(|(owner, _)| owner.bare()).collect();
        assert_eq!(owners, ["new", "new"], "what @old had is closed by its heir");
    }
}
