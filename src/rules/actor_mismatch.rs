//! `actor-mismatch`: a commit is by whom it says.

use std::collections::BTreeMap;

use super::{Commit, Finding, Mode, Needs, Review, Rule};
use crate::domain::agent::Agent;
use crate::domain::change::{Change, What};
use crate::domain::diagnostic::{Severity, Spot};
use crate::domain::handle::{Handle, names};
use crate::domain::text::some_of;
use crate::domain::trailer::AGENT;

/// See the module.
///
/// A trailer that does not fit blocks: it decides whose flags hold the commit and what it may
/// write. Records in a commit of somebody else's are at most a warning: several agents share a
/// work tree and commit for each other, and a squashed pull request has one author for the steps
/// of all. They are said all the same, since a step in another's name is how a gate is fooled.
pub struct ActorMismatch;

impl Rule for ActorMismatch {
    fn name(&self) -> &'static str {
        "actor-mismatch"
    }

    fn default_level(&self) -> Severity {
        Severity::Block
    }

    fn summary(&self) -> &'static str {
        "the trailer Perfteam-Agent names an agent with the author's e-mail address, and so do the records of the commit"
    }

    fn rests_on_authority(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Message
    }

    fn rests_on_actor(&self) -> bool {
        true
    }

    fn check(&self, review: &Review<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let writers = writers(review);
        for commit in review.authored() {
            let named = commit.trailers.agents.iter();
            findings.extend(named.filter_map(|name| trailer(review, commit, name)));
        }
        for commit in review.commits {
            findings.extend(in_the_name_of_others(review, commit, &writers));
        }
        findings.extend(by_merges(review, &writers));
        findings
    }
}

fn trailer(review: &Review<'_>, commit: &Commit, name: &str) -> Option<Finding> {
    let finding = |message: String| Finding::general(message).commit(commit.id.as_deref());
    let why = "the agent whom a commit names decides whose flags hold it and what it may write";
    let handle: Handle = match name.parse() {
        Ok(handle) => handle,
        Err(error) => return Some(amend(finding(format!("`{AGENT}:` {error}")).why(why), commit)),
    };
    let email = commit.email.as_deref().unwrap_or("nobody");
    let brought = review.team.roster.get(&handle).filter(|agent| agent.has_email(email));
    match review.authority.roster.get(&handle) {
        // It says who it is, and gains nothing by it: the other rules know it as little as before.
        None if brought.is_some() => {
            let message = format!("`{AGENT}: {handle}` names an agent whom only this change brings");
            let finding = finding(message).why("nobody knew it before, so it has no authority yet");
            Some(finding.at_most(Severity::Warn).mend("it acts once its file in .perfteam/agents is merged"))
        }
        None => {
            let message = format!("`{AGENT}: {handle}` names nobody whom the roster knew before this change");
            let near = names(&review.authority.roster.nearest(&handle));
            let finding = finding(message).why(why);
            let finding = match near.as_slice() {
                [] => finding,
                near => finding.mend(format!("did you mean {}?", near.join(" or "))),
            };
            Some(amend(finding, commit).mend("a new agent acts once its file in .perfteam/agents is merged"))
        }
        Some(agent) if agent.emails.is_empty() => {
            let message = format!(
                "unverified: {email} commits as {handle}, for whom the roster lists no e-mail address"
            );
            let path = format!(".perfteam/{}", handle.file());
            let finding = finding(message).why("anybody could say so").at_most(Severity::Note);
            Some(finding.mend(format!("list the addresses under which it commits, as `emails:` in {path}")))
        }
        Some(agent) if !agent.has_email(email) => {
            Some(amend(foreign(finding, agent, email).why(why), commit))
        }
        Some(agent) if agent.retired => {
            let heir = review.authority.roster.heir(&handle);
            let finding = finding(format!("`{AGENT}: {handle}` names an agent who has retired")).why(why);
            let finding = finding.at_most(Severity::Warn);
            Some(if heir == handle { finding } else { finding.mend(format!("its successor is {heir}")) })
        }
        Some(_) => None,
    }
}

fn foreign(finding: impl Fn(String) -> Finding, agent: &Agent, email: &str) -> Finding {
    let handle = &agent.handle;
    let listed = some_of(&agent.emails, 3);
    finding(format!("`{AGENT}: {handle}`, but the author is {email}: the roster lists {listed} for {handle}"))
        .mend(format!(
            "if the address is {handle}'s: have a change of its own add it to .perfteam/{}",
            handle.file()
        ))
}

/// How the author says who it really was.
fn amend(finding: Finding, commit: &Commit) -> Finding {
    match &commit.id {
        Some(id) => {
            let short: String = id.chars().take(10).collect();
            finding
                .mend(format!("name who made it: git rebase --interactive {short}^, and reword that commit"))
        }
        None => finding.mend("name who makes it: perfteam whoami says who you are, and why"),
    }
}

/// Heads and events in the name of agents of whom the roster knows that the author is another.
fn in_the_name_of_others(review: &Review<'_>, commit: &Commit, writers: &Writers) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut told: Vec<&Handle> = Vec::new();
    let brought = commit.changes.iter().filter(|change| is_brought(change));
    let told_by = brought.filter_map(|change| writers.get_key_value(&change.path));
    for (path, (key, writer)) in told_by.flat_map(|(path, all)| all.iter().map(move |one| (path, one))) {
        let Some(agent) = review.authority.roster.get(writer) else { continue };
        let fits = commit.email.as_deref().is_some_and(|email| agent.has_email(email));
        if agent.emails.is_empty() || fits || commit.actors.contains(writer) || told.contains(&writer) {
            continue;
        }
        let email = commit.email.as_deref().unwrap_or("nobody");
        findings.push(
            Finding::in_file(path, Spot::Key((*key).into()), format!("{email} commits a step of {writer}, whose addresses are others"))
                .why("agents who share a work tree commit for each other; a step in another's name could also be false")
                .mend(format!("if it is {writer}'s, nothing is to be done; else ask: perfteam flag create --type information_request --to {writer}"))
                .commit(commit.id.as_deref())
                .at_most(Severity::Warn),
        );
        told.push(writer);
    }
    findings
}

/// Whether a change puts something new at its path: written there, or moved there.
fn is_brought(change: &Change) -> bool {
    matches!(change.what, What::Added | What::Moved(_))
}

/// Heads and events that a merge brings and none of its sides has: nobody's name stands for them.
fn by_merges(review: &Review<'_>, writers: &Writers) -> Option<Finding> {
    if review.mode != Mode::Base {
        return None;
    }
    let is_hidden = |path: &str| !review.commits.iter().any(|commit| commit.touches(path));
    let brought = review.changes.iter().filter(|change| is_brought(change) && is_hidden(&change.path));
    let (path, all) = brought.filter_map(|change| writers.get_key_value(&change.path)).next()?;
    let (key, writer) = all.first()?;
    Some(
        Finding::in_file(
            path,
            Spot::Key((*key).into()),
            format!("a merge brings a step of {writer} that none of its sides has"),
        )
        .why("a step inside a merge is seen by no reviewer, and nothing says who took it")
        .mend(format!(
            "if it is {writer}'s, have it come in a commit of its own; else take it out: {}",
            review.undo(&[path])
        ))
        .at_most(Severity::Warn),
    )
}

/// Who wrote the heads and events that the change brings, by the path at which they lie, each with the
/// key that says so. An archive holds those of several.
type Writers = BTreeMap<String, Vec<(&'static str, Handle)>>;

fn writers(review: &Review<'_>) -> Writers {
    let mut writers = Writers::new();
    for change in review.records {
        let Some(record) = &change.after else { continue };
        let archives: Vec<String> =
            record.archives.iter().map(|name| format!("{}/{name}", change.dir.path())).collect();
        let mut add = |path: String, key: &'static str, writer: Handle| {
            let places = if review.files.exists(&path) { vec![path] } else { archives.clone() };
            for place in places {
                writers.entry(place).or_default().push((key, writer.clone()));
            }
        };
        if let Some(brief) = change.new_head().and_then(|_| change.dir.kind().brief(record)) {
            add(change.dir.head_path(), "from", brief.from);
        }
        for event in change.new_events() {
            add(change.dir.event_path(&event.name), "by", event.front.by.clone());
        }
    }
    writers
}
