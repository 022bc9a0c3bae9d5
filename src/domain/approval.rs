//! Changes of who may do what, and who must approve them. They take effect once they are merged, since
//! authority is read from before a change.

use super::agent::Agent;
use super::change::Change;
use super::document::Meta;
use super::handle::Handle;
use super::policy::Policy;
use super::snapshot::Team;

/// The rule that says so.
pub const RULE: &str = "authority-change";

const POLICY: &str = ".perfteam/perfteam.yaml";
/// The keys by which commits are verified.
pub const SIGNERS: &str = ".perfteam/allowed_signers";
const AGENTS: &str = ".perfteam/agents/";

/// Who must approve a change of roster, policy or signers, by what the team said before it: one of the
/// `admins`, else of the leads. Whoever took over answers for who has retired.
pub fn approvers(before: &Team) -> Vec<Handle> {
    let policy = &before.policy;
    let named = if policy.admins.is_empty() { &policy.leads } else { &policy.admins };
    let mut approvers: Vec<Handle> = Vec::new();
    for handle in named.iter().map(|handle| before.roster.heir(handle)) {
        if !approvers.contains(&handle) {
            approvers.push(handle);
        }
    }
    approvers
}

/// The paths of the changes that alter who may do what: policy, signers, and of the roster all but what
/// people say of themselves in words.
pub fn authority_changes<'a>(before: &Team, after: &Team, changes: &'a [Change]) -> Vec<&'a str> {
    let alters = |path: &&str| match *path {
        POLICY => settings(&before.policy) != settings(&after.policy),
        SIGNERS => true,
        path => path.strip_prefix(AGENTS).is_some_and(|file| alters_agent(before, after, file)),
    };
    let mut paths: Vec<&str> = changes.iter().flat_map(Change::touched).filter(alters).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// A policy without the team's own keys, which do nothing.
fn settings(policy: &Policy) -> Policy {
    Policy { extra: Meta::new(), ..policy.clone() }
}

fn alters_agent(before: &Team, after: &Team, file: &str) -> bool {
    let Some(handle) = file.strip_suffix(".md").and_then(|stem| stem.parse::<Handle>().ok()) else {
        return false;
    };
    let standing = |team: &Team| team.roster.get(&handle).map(standing);
    standing(before) != standing(after)
}

/// What of an agent decides what it may do, what it is told, and whose steps are its own.
fn standing(agent: &Agent) -> Agent {
    Agent {
        title: String::new(),
        description: String::new(),
        keywords: Vec::new(),
        capabilities: Vec::new(),
        model: None,
        role: String::new(),
        extra: Meta::new(),
        ..agent.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::What;

    fn agent(handle: &str, more: impl FnOnce(&mut Agent)) -> Agent {
        let json = serde_json::json!({ "handle": handle });
        let mut agent: Agent = serde_json::from_value(json).expect("an agent");
        more(&mut agent);
        agent
    }

    fn team(agents: Vec<Agent>, policy: Policy) -> Team {
        Team { roster: agents.into_iter().collect(), policy, ..Team::default() }
    }

    fn handle(text: &str) -> Handle {
        text.parse().expect("a handle")
    }

    #[test]
    fn admins_approve_else_leads_and_who_took_over_from_them() {
        let old = agent("@old", |old| {
            old.retired = true;
            old.successor = Some(handle("@new"));
        });
        let leads = vec![handle("@old"), handle("@new"), handle("@lead")];
        let policy = Policy { leads, ..Policy::default() };
        let by_leads = team(vec![old, agent("@new", |_| {})], policy.clone());
        assert_eq!(approvers(&by_leads), [handle("@new"), handle("@lead")]);
        let by_admins = team(Vec::new(), Policy { admins: vec![handle("@admin")], ..policy });
        assert_eq!(approvers(&by_admins), [handle("@admin")]);
        assert!(approvers(&Team::default()).is_empty());
    }

    #[test]
    fn words_change_nothing_and_all_else_does() {
        let change = |path: &str| Change { path: path.into(), what: What::Modified };
        let all = [change(POLICY), change(SIGNERS), change(".perfteam/agents/a.md"), change("src/a.rs")];
        let before = team(vec![agent("@a", |_| {})], Policy::default());
        let worded = team(vec![agent("@a", |agent| agent.title = "A".into())], Policy::default());
        assert_eq!(authority_changes(&before, &worded, &all), [SIGNERS]);
        let emails = team(vec![agent("@a", |agent| agent.emails.push("a@b.c".into()))], Policy::default());
        assert_eq!(authority_changes(&before, &emails, &all), [".perfteam/agents/a.md", SIGNERS]);
        let gone = team(Vec::new(), Policy { stage: false, ..Policy::default() });
        assert_eq!(authority_changes(&before, &gone, &all), [".perfteam/agents/a.md", SIGNERS, POLICY]);
    }
}
