//! `unverified-signer`: with `require_signed`, a commit is signed by whom it says it is by.

use std::collections::BTreeMap;

use super::{Commit, Finding, Needs, Review, Rule};
use crate::domain::diagnostic::Severity;
use crate::domain::handle::{Handle, names};
use crate::domain::signature::Signature;
use crate::domain::text::shell_word;

/// See the module.
pub struct UnverifiedSigner;

const WHY: &str = "anybody can write any e-mail address into a commit; only a signature shows who made it";

impl Rule for UnverifiedSigner {
    fn name(&self) -> &'static str {
        "unverified-signer"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "with `require_signed`, every commit is signed by a key that the base lists for the agent by whom it is"
    }

    fn rests_on_authority(&self) -> bool {
        true
    }

    fn rests_on_actor(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Message
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        if !review.authority.policy.require_signed {
            return Vec::new();
        }
        // One finding for all commits of an author of which the same is to be said.
        let mut grouped: BTreeMap<(Doubt, Option<&str>), Vec<&Commit>> = BTreeMap::new();
        for commit in review.authored() {
            if let Some(doubt) = doubt(review, commit) {
                grouped.entry((doubt, commit.email.as_deref())).or_default().push(commit);
            }
        }
        grouped.into_iter().filter_map(|((doubt, _), commits)| told(review, &doubt, &commits)).collect()
    }
}

/// Why a signature does not show that the commit is by whom it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    Unsigned,
    NotBySsh,
    Unlisted(String),
    Bad,
    Another(String),
}

fn doubt(review: &Review<'_>, commit: &Commit) -> Option<Doubt> {
    match commit.signature.as_ref()? {
        Signature::None => Some(Doubt::Unsigned),
        Signature::Foreign => Some(Doubt::NotBySsh),
        Signature::Unlisted(key) => Some(Doubt::Unlisted(key.clone())),
        Signature::Bad => Some(Doubt::Bad),
        Signature::Good(signer) if is_by(review, commit, signer) => None,
        Signature::Good(signer) => Some(Doubt::Another(signer.clone())),
    }
}

/// Whether the commit is by the one who signed it: all agents whom it names have that address, and
/// so has one of those by whom it may be.
fn is_by(review: &Review<'_>, commit: &Commit, signer: &str) -> bool {
    let signers = review.authority.roster.by_email(signer);
    let named = commit.trailers.agents.iter().filter_map(|name| name.parse::<Handle>().ok());
    let known = named.filter(|handle| review.authority.roster.contains(handle));
    if known.into_iter().any(|handle| !signers.contains(&&handle)) {
        return false;
    }
    if commit.actors.is_empty() {
        // Somebody whom no roster knows signs as themselves; nobody hides behind another address.
        return signers.is_empty()
            && commit.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(signer));
    }
    commit.actors.iter().any(|actor| signers.contains(&actor))
}

fn told(review: &Review<'_>, doubt: &Doubt, commits: &[&Commit]) -> Option<Finding> {
    let first = commits.first()?;
    let more = match commits.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more by {}", first.email.as_deref().unwrap_or("nobody")),
    };
    let subject = format!("{}{more}", first.name());
    let finding = |message: String| Finding::general(message).why(WHY).commit(first.id.as_deref());
    let base = shell_word(review.base.unwrap_or("HEAD"));
    let sign = format!("sign what is yours: git rebase --exec 'git commit --amend --no-edit -S' {base}");
    Some(match doubt {
        Doubt::Unsigned => finding(format!("{subject}: not signed, which policy asks for (`require_signed`)"))
            .mend("sign with your SSH key from now on: git config gpg.format ssh; git config user.signingKey ~/.ssh/id_ed25519.pub; git config commit.gpgSign true")
            .mend(sign),
        Doubt::NotBySsh => finding(format!("{subject}: signed, but not by an SSH key"))
            .mend("what other keys say depends on the key ring of each machine; sign with an SSH key: git config gpg.format ssh; git config user.signingKey ~/.ssh/id_ed25519.pub")
            .mend(sign),
        Doubt::Unlisted(key) => {
            finding(format!("{subject}: signed by the key {key}, which the base does not list, or not for that time"))
                .mend("have a change of its own add a line with address and key to .perfteam/allowed_signers")
        }
        Doubt::Bad => finding(format!("{subject}: its signature does not hold, or could not be verified"))
            .mend(format!("see what git says: git verify-commit {}", first.id.as_deref().unwrap_or("HEAD")))
            .mend(sign),
        Doubt::Another(signer) => another(review, finding, &subject, first, signer),
    })
}

fn another(
    review: &Review<'_>,
    finding: impl Fn(String) -> Finding,
    subject: &str,
    commit: &Commit,
    signer: &str,
) -> Finding {
    let signers = names(review.authority.roster.by_email(signer));
    let who = if signers.is_empty() {
        "whom no roster knows".to_owned()
    } else {
        format!("who is {}", signers.join(", "))
    };
    let named: Vec<&str> = commit.trailers.agents.iter().map(String::as_str).collect();
    let says = match (named.as_slice(), commit.actors.as_slice()) {
        ([], []) => commit.email.clone().unwrap_or_else(|| "nobody".into()),
        ([], actors) => names(actors).join(", "),
        (named, _) => named.join(", "),
    };
    finding(format!("{subject}: signed by {signer}, {who}, but it says that it is by {says}"))
        .mend("whoever made it signs it: a branch of somebody else's is merged, not rebased")
        .mend(format!("if {signer} is an address of {says}: have a change of its own add it to the roster"))
}
