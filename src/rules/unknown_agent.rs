//! `unknown-agent`: whoever a record names is in the roster.

use super::{Finding, Review, Rule};
use crate::domain::change::{Change, What};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::handle::{Handle, names};
use crate::domain::text::some_of;

/// See the module.
pub struct UnknownAgent;

const WHY: &str = "what is addressed to nobody is read by nobody";

impl Rule for UnknownAgent {
    fn name(&self) -> &'static str {
        "unknown-agent"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "every agent that a new head or event names is in the roster, and nobody leaves it while records wait for them"
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for change in review.records {
            let kind = change.dir.kind();
            if let Some(head) = change.new_head() {
                let path = change.dir.head_path();
                let named = kind.head_handles(head).into_iter();
                findings.extend(named.filter_map(|(spot, handle)| named_in(review, &path, spot, &handle)));
            }
            for event in change.new_events() {
                let path = change.dir.event_path(&event.name);
                let named = kind.event_handles(event).into_iter();
                findings.extend(named.filter_map(|(spot, handle)| named_in(review, &path, spot, &handle)));
            }
        }
        findings.extend(review.changes.iter().filter_map(|change| left(review, change)));
        findings.extend(rights(review));
        findings
    }
}

fn named_in(review: &Review<'_>, path: &str, spot: Spot, handle: &Handle) -> Option<Finding> {
    let is_addressee = spot == Spot::Key("to".into());
    let finding = |message: String| {
        Finding::in_file(path, spot.clone(), message).why(WHY).commit(review.last_commit(path))
    };
    match review.team.roster.get(handle) {
        None => Some(with_nearest(review, finding(format!("{handle} is in no roster")), handle)),
        Some(agent) if agent.retired && is_addressee => Some(retired(review, finding, handle)),
        Some(_) => None,
    }
}

fn with_nearest(review: &Review<'_>, finding: Finding, handle: &Handle) -> Finding {
    let finding = finding
        .mend("see who is there: perfteam agent list")
        .mend(format!("add it: perfteam agent add {handle} --title TITLE --description TEXT"));
    match names(&review.team.roster.nearest(handle)).as_slice() {
        [] => finding,
        near => finding.mend(format!("did you mean {}?", near.join(" or "))),
    }
}

fn retired(review: &Review<'_>, finding: impl Fn(String) -> Finding, handle: &Handle) -> Finding {
    let heir = review.team.roster.heir(handle);
    let finding = finding(format!("{handle} has retired")).at_most(Severity::Warn);
    if heir == *handle { finding } else { finding.mend(format!("its successor is {heir}")) }
}

/// An agent whose file the change removes while open records wait for it.
fn left(review: &Review<'_>, change: &Change) -> Option<Finding> {
    let path = match &change.what {
        What::Deleted => &change.path,
        What::Moved(from) => from,
        What::Added | What::Modified => return None,
    };
    let handle: Handle = path.strip_prefix(".perfteam/agents/")?.strip_suffix(".md")?.parse().ok()?;
    if review.team.roster.contains(&handle) {
        return None;
    }
    let waiting: Vec<String> = review
        .after
        .open
        .iter()
        .filter(|brief| brief.is_for(&handle))
        .map(|brief| format!("{} {}", brief.dir.kind().name(), review.short_id(&brief.id)))
        .collect();
    let wait = if waiting.len() == 1 { "waits" } else { "wait" };
    let message = format!("{handle} leaves the roster while {} {wait} for it", some_of(&waiting, 3));
    (!waiting.is_empty()).then(|| {
        Finding::in_file(path, Spot::Start, message)
            .why("nobody would ever see them; an agent who leaves retires and names who takes over")
            .mend(format!("write it back: {}", write_back(review, path)))
            .mend("then set `retired: true` and `successor: \"@handle\"` in it")
            .commit(review.last_commit(path))
    })
}

fn write_back(review: &Review<'_>, path: &str) -> String {
    let path = crate::domain::text::shell_word(path);
    match review.base {
        Some(base) => format!("git restore --source={} -- {path}", crate::domain::text::shell_word(base)),
        None => format!("git restore --source=HEAD --staged --worktree -- {path}"),
    }
}

/// Whoever is given rights must exist: a handle that is free could be taken by anybody.
fn rights(review: &Review<'_>) -> Vec<Finding> {
    if !review.touches_team() {
        return Vec::new();
    }
    let policy = &review.team.policy;
    let of = |key: &'static str, handles: &[Handle]| -> Vec<(String, Handle)> {
        handles.iter().enumerate().map(|(at, handle)| (format!("{key}[{at}]"), handle.clone())).collect()
    };
    let policy_path = ".perfteam/perfteam.yaml";
    let leads = [of("leads", &policy.leads), of("admins", &policy.admins)].concat();
    let leads = leads.into_iter().map(|(key, handle)| (policy_path.to_owned(), key, handle));
    let heirs = review.team.roster.iter().filter_map(|agent| {
        let path = format!(".perfteam/{}", agent.handle.file());
        Some((path, "successor".to_owned(), agent.successor.clone()?))
    });
    let unknown = leads.chain(heirs).filter(|(.., handle)| !review.team.roster.contains(handle));
    unknown
        .map(|(path, key, handle)| {
            let message = format!("{handle} is given rights and is in no roster");
            let finding = Finding::in_file(&path, Spot::Key(key), message)
                .why("whoever takes that name has its rights")
                .commit(review.last_commit(&path))
                .at_most(Severity::Warn);
            with_nearest(review, finding, &handle)
        })
        .collect()
}
