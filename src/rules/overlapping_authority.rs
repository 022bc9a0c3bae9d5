//! `overlapping-authority`: a path that is exclusive belongs to one agent.

use std::collections::BTreeMap;

use super::{Finding, Mode, Review, Rule};
use crate::domain::authority::Authority;
use crate::domain::change::What;
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::handle::Handle;

/// See the module.
pub struct OverlappingAuthority;

impl Rule for OverlappingAuthority {
    fn name(&self) -> &'static str {
        "overlapping-authority"
    }

    fn default_level(&self) -> Severity {
        Severity::Warn
    }

    fn summary(&self) -> &'static str {
        "no two agents have the same path exclusively"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut overlaps = BTreeMap::new();
        if review.mode == Mode::WorkTree || review.touches_team() {
            same_globs(review, &mut overlaps);
            same_paths(review, review.files.paths().iter().map(String::as_str), &mut overlaps);
        } else {
            let added = review.changes.iter().filter(|change| change.what != What::Deleted);
            same_paths(review, added.map(|change| change.path.as_str()), &mut overlaps);
        }
        overlaps.into_iter().map(|((a, b), overlap)| finding(review, &a, &b, &overlap)).collect()
    }
}

/// Where two agents meet: the first path found, and what each of them says of it.
struct Overlap {
    path: Option<String>,
    globs: (String, String),
}

type Overlaps = BTreeMap<(Handle, Handle), Overlap>;

/// The same glob in two lists overlaps, whether or not a file is there yet.
fn same_globs(review: &Review<'_>, overlaps: &mut Overlaps) {
    let policy = &review.team.policy;
    let agents: Vec<(&Handle, Vec<String>)> = review
        .team
        .roster
        .active()
        .filter(|agent| !agent.writes.exclusive.is_empty())
        .map(|agent| (&agent.handle, policy.expand(&agent.writes.exclusive)))
        .collect();
    for (at, (a, own)) in agents.iter().enumerate() {
        for (b, others) in &agents[at + 1..] {
            let shared = own.iter().find(|glob| !glob.starts_with('!') && others.contains(glob));
            if let Some(glob) = shared {
                let overlap = Overlap { path: None, globs: (glob.clone(), glob.clone()) };
                overlaps.insert(((*a).clone(), (*b).clone()), overlap);
            }
        }
    }
}

fn same_paths<'a>(review: &Review<'_>, paths: impl Iterator<Item = &'a str>, overlaps: &mut Overlaps) {
    let authority = Authority::new(&review.team.roster, &review.team.policy);
    if authority.is_empty() {
        return;
    }
    for path in paths {
        let owners = authority.exclusive_owners(path);
        for (at, (a, own)) in owners.iter().enumerate() {
            for (b, other) in &owners[at + 1..] {
                overlaps.entry(((*a).clone(), (*b).clone())).or_insert_with(|| Overlap {
                    path: Some(path.to_owned()),
                    globs: ((*own).to_owned(), (*other).to_owned()),
                });
            }
        }
    }
}

fn finding(review: &Review<'_>, a: &Handle, b: &Handle, overlap: &Overlap) -> Finding {
    let (own, other) = &overlap.globs;
    let message = match &overlap.path {
        Some(path) => format!("{a} and {b} both have {path} exclusively, by `{own}` and `{other}`"),
        None => format!("{a} and {b} both have `{own}` exclusively"),
    };
    let file = format!(".perfteam/{}", b.file());
    Finding::in_file(&file, Spot::Key("writes.exclusive".into()), message)
        .why("each of the two may write there while both believe that nobody else does")
        .mend(format!(
            "decide whose it is, and make an exception in the other's list, such as: - \"!{}\"",
            overlap.path.as_ref().unwrap_or(own)
        ))
        .commit(review.last_commit(&file))
}
