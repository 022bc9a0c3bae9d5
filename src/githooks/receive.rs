//! pre-receive and update: what the repository that receives a push says to it.
//!
//! The repository judges by what it has. Policy, roster and authority are those of its integration
//! branch as it is before the push, whatever branch is pushed: who could change the roster on a
//! branch of his own could otherwise give himself authority there and use it with the next push.

use super::push::name_of;
use crate::check;
use crate::domain::policy::Policy;
use crate::domain::time::Timestamp;
use crate::domain::verdict::Verdict;
use crate::store::history::Tips;
use crate::store::repo::{FOLDER, Repo};
use crate::store::source::Source;
use crate::store::team::read_policy;
use crate::store::{ObjectId, StoreError};

/// The setting of the receiving repository that names its integration branch. What is pushed can't
/// change it.
const INTEGRATION: &str = "perfteam.integration";
/// The setting which says that only the forge writes to the integration branch, when it merges what
/// was judged as a branch.
const PROTECTED: &str = "perfteam.protected";

const BRANCHES: &str = "refs/heads/";
/// Where some forges take reviews: `refs/for/main`.
const REVIEWS: &str = "refs/for/";

/// A reference that is to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its whole name.
    pub name: String,
    /// What it names; `None` where it is new.
    pub old: Option<ObjectId>,
    /// What it is to name; `None` where it is to be deleted.
    pub new: Option<ObjectId>,
}

impl Update {
    /// Reads `OLD-ID NEW-ID REF`, as git tells it to pre-receive.
    pub fn parse(line: &str) -> Option<Update> {
        let mut fields = line.splitn(3, ' ');
        let (old, new, name) = (fields.next()?, fields.next()?, fields.next()?);
        Update::new(name, old, new)
    }

    /// The reference `name`, which is to go from `old` to `new`.
    pub fn new(name: &str, old: &str, new: &str) -> Option<Update> {
        let id = |hex: &str| ObjectId::from_hex(hex.as_bytes()).ok();
        let some = |id: ObjectId| (!id.is_null()).then_some(id);
        Some(Update { name: name.to_owned(), old: some(id(old)?), new: some(id(new)?) })
    }

    /// The name of the branch.
    fn branch(&self) -> Option<&str> {
        self.name.strip_prefix(BRANCHES)
    }
}

/// What is said to the update of one reference.
#[derive(Debug)]
pub enum Ruling {
    /// There is nothing to judge.
    Passes,
    /// It passes, and there is something to know.
    Noted(String),
    /// What the rules say.
    Judged(Box<Verdict>),
    /// The integration branch would be gone.
    Gone(String),
    /// Another branch would from then on be the integration branch instead of this one.
    TakesOver(String),
}

impl Ruling {
    /// Whether the push is refused.
    pub fn blocks(&self) -> bool {
        match self {
            Ruling::Passes | Ruling::Noted(_) => false,
            Ruling::Judged(verdict) => verdict.blocks(),
            Ruling::Gone(_) | Ruling::TakesOver(_) => true,
        }
    }
}

/// The integration branch of a repository that receives.
struct Integration {
    /// Its name.
    name: String,
    /// Its tip; `None` before it is pushed for the first time.
    tip: Option<ObjectId>,
    /// The policy there.
    policy: Policy,
    /// Branches that are not there, and that would be the integration branch if they were.
    before: Vec<String>,
}

/// What the repository says to each of the updates of one push.
pub fn judge(repo: &Repo, updates: &[Update], now: Timestamp) -> Result<Vec<Ruling>, StoreError> {
    let integration = Integration::of(repo)?;
    let is_it = |update: &Update| update.branch() == Some(integration.name.as_str());
    let protected = repo.config(PROTECTED).is_some_and(|value| is_true(&value));
    // The same push may bring the integration branch forward, and branches that begin there. Where only
    // the forge writes there, it would not be judged in full and could still be refused.
    let ahead = updates.iter().find(|update| is_it(update)).and_then(|update| update.new);
    let ahead = ahead.filter(|_| !protected);
    let one = |update: &Update| {
        let own = is_it(update);
        let ahead = if own { None } else { ahead };
        ruling(repo, update, &Place { integration: &integration, own, ahead, protected, now })
    };
    updates.iter().map(one).collect()
}

/// Where an update stands.
struct Place<'a> {
    integration: &'a Integration,
    /// Whether it is the integration branch itself.
    own: bool,
    /// Where the same push takes the integration branch.
    ahead: Option<ObjectId>,
    /// Whether only the forge writes to the integration branch.
    protected: bool,
    /// What the clock shows.
    now: Timestamp,
}

fn ruling(repo: &Repo, update: &Update, place: &Place<'_>) -> Result<Ruling, StoreError> {
    let Place { integration, own, ahead, protected, now } = *place;
    if integration.yields_to(update) {
        return Ok(Ruling::TakesOver(integration.name.clone()));
    }
    if !is_judged(&update.name, &integration.policy) {
        return Ok(Ruling::Passes);
    }
    let Some(new) = update.new else { return deleted(repo, update, integration, own) };
    let in_force = |commit: ObjectId| Ok::<bool, StoreError>(repo.commit_tree(commit)?.exists(FOLDER));
    let Some(tip) = integration.tip else {
        return Ok(if in_force(new)? { Ruling::Noted(first(integration, own)) } else { Ruling::Passes });
    };
    if !in_force(tip)? && !in_force(new)? {
        return Ok(Ruling::Passes);
    }
    let tips = Tips { authority: tip, integration: ahead.unwrap_or(tip), old: update.old, new };
    let base = name_of(repo, &tips, &format!("origin/{}", integration.name));
    let verdict = check::pushed(repo, &tips, &base, own && protected, now)?;
    Ok(Ruling::Judged(Box::new(verdict)))
}

/// Branches are judged. Tags and other references bring nothing that anybody's authority or inbox is
/// read from, and what they name is judged when it comes to a branch. Claims are no history.
fn is_judged(name: &str, policy: &Policy) -> bool {
    let is_claim = policy.claims_namespace.as_ref().is_some_and(|space| name.starts_with(space.as_str()));
    [BRANCHES, REVIEWS].iter().any(|prefix| name.starts_with(prefix)) && !is_claim
}

fn first(integration: &Integration, own: bool) -> String {
    let name = &integration.name;
    if own {
        format!(
            "{name} is new here: there is nothing yet to judge it by; from now on, pushes are judged by it"
        )
    } else {
        format!("not judged: there is no branch {name} here yet, by which pushes are judged")
    }
}

fn deleted(repo: &Repo, update: &Update, integration: &Integration, own: bool) -> Result<Ruling, StoreError> {
    let (Some(old), Some(tip)) = (update.old, integration.tip) else { return Ok(Ruling::Passes) };
    if own {
        let in_force = repo.commit_tree(old)?.exists(FOLDER);
        return Ok(if in_force { Ruling::Gone(integration.name.clone()) } else { Ruling::Passes });
    }
    let lost = check::records_beyond(repo, tip, old)?;
    let (branch, name) = (&update.name, &integration.name);
    let gone = match lost.as_slice() {
        [] => return Ok(Ruling::Passes),
        [one] => format!("{one} goes with {branch}, and {name} does not have it"),
        [one, ..] => {
            format!("{} records go with {branch}, such as {one}, and {name} does not have them", lost.len())
        }
    };
    Ok(Ruling::Noted(format!(
        "{gone}; to bring it back: git push origin {}:{branch}",
        old.to_hex_with_len(10)
    )))
}

impl Integration {
    /// The branch that the repository's own configuration names; else the one that the policy of
    /// its default branch names; else the default branch, `main` or `master`.
    fn of(repo: &Repo) -> Result<Integration, StoreError> {
        let default = repo.branch();
        let named = match repo.config(INTEGRATION) {
            Some(name) => {
                let name = name.strip_prefix(BRANCHES).unwrap_or(&name).to_owned();
                return Integration::at(repo, name, Vec::new());
            }
            None => default.as_deref().map(|name| policy_at(repo, name)).transpose()?.flatten(),
        };
        let named = named.and_then(|policy| policy.integration);
        let without_remote = named.as_deref().and_then(|name| Some(name.split_once('/')?.1));
        let candidates = [named.as_deref(), without_remote, default.as_deref(), Some("main"), Some("master")];
        let candidates: Vec<&str> = candidates.into_iter().flatten().collect();
        let there = candidates.iter().position(|name| tip(repo, name).is_some());
        let Some(there) = there else {
            return Integration::at(repo, default.unwrap_or_else(|| "main".into()), Vec::new());
        };
        let before = candidates[..there].iter().map(|name| (*name).to_owned()).collect();
        Integration::at(repo, candidates[there].to_owned(), before)
    }

    fn at(repo: &Repo, name: String, before: Vec<String>) -> Result<Integration, StoreError> {
        let policy = policy_at(repo, &name)?.unwrap_or_default();
        Ok(Integration { tip: tip(repo, &name), name, policy, before })
    }

    /// Whether another branch would be the integration branch after the update. By what is judged is not
    /// for a push to decide.
    fn yields_to(&self, update: &Update) -> bool {
        let creates = |name: &str| self.before.iter().any(|before| before == name);
        update.new.is_some() && update.branch().is_some_and(creates)
    }
}

fn tip(repo: &Repo, branch: &str) -> Option<ObjectId> {
    repo.resolve(&format!("{BRANCHES}{branch}")).ok()
}

fn policy_at(repo: &Repo, branch: &str) -> Result<Option<Policy>, StoreError> {
    let Some(tip) = tip(repo, branch) else { return Ok(None) };
    read_policy(&repo.commit_tree(tip)?, &mut Vec::new()).map(Some)
}

fn is_true(value: &str) -> bool {
    ["true", "yes", "on", "1"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_git_are_read() {
        let (zero, one) = ("0".repeat(40), "1".repeat(40));
        let read = |line: String| Update::parse(&line).expect("three fields");
        let new = read(format!("{zero} {one} refs/heads/a"));
        assert_eq!((new.old, new.new.is_some(), new.branch()), (None, true, Some("a")));
        let gone = read(format!("{one} {zero} refs/tags/v1"));
        assert_eq!((gone.old.is_some(), gone.new, gone.branch()), (true, None, None));
        assert_eq!(read(format!("{} {} refs/heads/a", "0".repeat(64), "1".repeat(64))).old, None);
        assert!(Update::parse("").is_none() && Update::parse("x y refs/heads/a").is_none());
    }

    #[test]
    fn branches_are_judged_and_claims_are_not() {
        let space = "refs/heads/claims".to_owned().try_into().expect("a namespace");
        let policy = Policy { claims_namespace: Some(space), ..Policy::default() };
        let judged = |name: &str| is_judged(name, &policy);
        assert!(judged("refs/heads/main") && judged("refs/for/main") && judged("refs/heads/claimsx"));
        assert!(!judged("refs/tags/v1") && !judged("refs/heads/claims/7k2m") && !judged("refs/notes/x"));
        assert!(!judged("refs/perfteam/claims/7k2m") && !judged("refs/replace/1234"));
    }
}
