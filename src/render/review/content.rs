//! What a review says, in which order.

use super::chart::chart;
use super::page::{Entry, Fold, Limits, Line, Page, Section, Span, code, own};
use super::records::{Teller, asked_for, hanging, item, kinds};
use crate::domain::approval::RULE;
use crate::domain::diagnostic::{Diagnostic, Severity};
use crate::domain::handle::names;
use crate::domain::review::{AgentChange, Fate, KeyChange, Outcome, Reason, Reviewer, Summary, TeamChange};
use crate::domain::text::{counted, shell_word};
use crate::render::links::Links;
use crate::render::text::{located, summary as counts};

/// The outcomes in the order in which they are told: the title, and the verb before a count.
const OUTCOMES: [(Outcome, &str, &str); 6] = [
    (Outcome::Opened, "Opens", "opens"),
    (Outcome::Answered, "Answers", "answers"),
    (Outcome::Completed, "Completes", "completes"),
    (Outcome::Dropped, "Drops", "drops"),
    (Outcome::Moved, "Moves", "moves"),
    (Outcome::Removed, "Removes", "removes"),
];

/// The page of a summary, as much of it as the limits let.
pub fn page(summary: &Summary, links: &Links, limits: Limits) -> Page {
    let mut teller = Teller::new(limits, links, &summary.extent.commit);
    let mut sections = vec![reviewers(&mut teller, summary)];
    sections.extend(summary.team.as_ref().map(|team| team_change(&mut teller, summary, team)));
    sections.push(diagnostics(&mut teller, summary, "What blocks", Fold::Open, |severity| {
        severity == Severity::Block
    }));
    sections.push(left_hanging(&mut teller, summary));
    for (outcome, title, _) in OUTCOMES {
        let items: Vec<_> = summary.of(outcome).collect();
        let entries = teller.some(&items, |teller, one| item(teller, one));
        sections.push(section(title, items.len(), Fold::Closed, entries));
    }
    sections.push(unreadable(&mut teller, summary));
    sections.push(diagnostics(&mut teller, summary, "Warnings and notes", Fold::Closed, |severity| {
        severity < Severity::Block
    }));
    sections.push(chains(summary, limits));
    sections.retain(|section| section.count > 0);
    let (base, head) = (&summary.extent.base, &summary.extent.head);
    let range = shell_word(&format!("{base}..{head}"));
    let commit: String = summary.extent.commit.chars().take(10).collect();
    Page {
        title: title(summary),
        lead: lead(summary),
        sections,
        cut: teller.cut,
        whole: format!("perfteam review {range} --format text"),
        foot: vec![own("Judged: "), code(commit), own(" against "), code(teller.short(base))],
    }
}

/// More entries than this are not open at first.
const OPEN: usize = 5;

fn section(title: &'static str, count: usize, fold: Fold, entries: Vec<Entry>) -> Section {
    let fold = if fold == Fold::Open && count > OPEN { Fold::Closed } else { fold };
    Section { title, count, fold, is_checklist: false, intro: Vec::new(), entries, chart: None }
}

fn title(summary: &Summary) -> Line {
    let verdict = &summary.verdict;
    let word = if verdict.blocks() { "blocked" } else { "nothing blocks" };
    match counts(verdict).as_str() {
        "clean" => vec![own("perfteam: nothing blocks")],
        counts => vec![own(format!("perfteam: {word} ({counts})"))],
    }
}

fn lead(summary: &Summary) -> Vec<Line> {
    if summary.verdict.commits == 0 && summary.verdict.paths == 0 {
        return vec![vec![own("There is no commit that the base has not.")]];
    }
    if !summary.set_up {
        return vec![vec![
            own("There is no "),
            code(".perfteam"),
            own(", neither here nor in the base, so nothing is judged. It is set up with "),
            code("perfteam init"),
            own("."),
        ]];
    }
    if summary.is_quiet() {
        return vec![vec![own(
            "This branch touches no flag, task, finding or investigation, and nothing that others watch or own.",
        )]];
    }
    let mut parts: Vec<String> = OUTCOMES
        .iter()
        .map(|(outcome, _, verb)| (summary.of(*outcome).collect::<Vec<_>>(), verb))
        .filter(|(items, _)| !items.is_empty())
        .map(|(items, verb)| format!("{verb} {}", kinds(&items)))
        .collect();
    if !summary.hanging.is_empty() {
        parts.push(format!("leaves {} hanging", summary.hanging.len()));
    }
    let (paths, commits) = (summary.verdict.paths, summary.verdict.commits);
    let size = format!("{} in {}", counted(paths, "path"), counted(commits, "commit"));
    match parts.as_slice() {
        [] => vec![vec![own(format!("This branch moves no record. {size}."))]],
        parts => vec![vec![own("This branch "), Span::Strong(parts.join("; ")), own(format!(". {size}."))]],
    }
}

fn reviewers(teller: &mut Teller<'_>, summary: &Summary) -> Section {
    let entries =
        teller.some_on_top(&summary.reviewers, |teller, reviewer| reviewer_entry(teller, summary, reviewer));
    let section = section("Who must look at it", summary.reviewers.len(), Fold::Never, entries);
    Section { is_checklist: true, ..section }
}

fn reviewer_entry(teller: &mut Teller<'_>, summary: &Summary, reviewer: &Reviewer) -> Entry {
    let mut line = vec![code(&reviewer.handle), own(": ")];
    for (at, reason) in reviewer.reasons.iter().enumerate() {
        if at > 0 {
            line.push(own("; "));
        }
        line.extend(reason_line(teller, summary, reason));
    }
    Entry { line, ..Entry::default() }
}

fn reason_line(teller: &mut Teller<'_>, summary: &Summary, reason: &Reason) -> Line {
    let (words, things) = match reason {
        Reason::Approves => {
            return vec![own("must approve the change of roster, policy, signers or write authority")];
        }
        Reason::Addressed(records) => ("must act on ", asked_for(teller, &summary.items, records)),
        Reason::Owns(paths) => ("owns ", teller.listed(paths)),
        Reason::Watches(paths) => ("watches ", teller.listed(paths)),
    };
    let mut line = vec![own(words)];
    line.extend(things);
    line
}

/// Whether the section on the team's change tells the finding.
fn is_told_with_team(summary: &Summary, diagnostic: &Diagnostic) -> bool {
    let names_approvers = summary.team.as_ref().is_some_and(|team| !team.approvers.is_empty());
    names_approvers && diagnostic.rule == RULE && diagnostic.severity == Severity::Note
}

fn team_change(teller: &mut Teller<'_>, summary: &Summary, team: &TeamChange) -> Section {
    let mut entries = teller.some(&team.policy, |teller, key| key_entry(teller, key));
    entries.extend(teller.some(&team.agents, |teller, agent| agent_entry(teller, agent)));
    entries.extend(teller.some(&team.signers, |teller, signer| Entry {
        line: vec![own("signers: "), code(teller.short(signer))],
        ..Entry::default()
    }));
    entries.extend(teller.some(&team.unreadable, |teller, path| Entry {
        line: vec![teller.link(path, 1, path), own(" can't be read")],
        ..Entry::default()
    }));
    let count = team.policy.len() + team.agents.len() + team.signers.len() + team.unreadable.len();
    let says = "The change of roster, policy, signers or write authority takes effect after the merge; this branch is judged by \
                what its base says.";
    let mut intro = vec![own(says)];
    if team.founding {
        intro = vec![own(
            "This branch brings the first roster and policy: nobody had authority before it. They take effect after the merge.",
        )];
    } else if team.approvers.is_empty() {
        intro.push(own(
            " The base's policy names no admins and no leads, so nobody in particular has to approve it.",
        ));
    } else {
        intro.push(own(" It must be approved by "));
        intro.extend(teller.listed(&names(&team.approvers)));
        intro.extend(notes_on_authority(teller, summary));
        intro.push(own("."));
    }
    let section = section("Takes effect after the merge", count, Fold::Open, entries);
    Section { intro: vec![intro], ..section }
}

/// The findings of the rule that says who must approve: rule and place, since the rest is said here.
fn notes_on_authority(teller: &mut Teller<'_>, summary: &Summary) -> Line {
    let told = summary.verdict.diagnostics.iter().filter(|found| is_told_with_team(summary, found));
    let mut line = Vec::new();
    for note in told {
        let path = note.path.as_deref().unwrap_or_default();
        let at = located(&summary.verdict, note).map_or(1, |place| place.line);
        line.extend([own(" ("), own(note.severity.as_str()), own(" "), code(note.rule), own(" ")]);
        line.extend([teller.link(path, at, &format!("{path}:{at}")), own(")")]);
    }
    line
}

fn key_entry(teller: &mut Teller<'_>, key: &KeyChange) -> Entry {
    let value = |teller: &mut Teller<'_>, value: &Option<String>| match value {
        Some(value) => code(teller.short(value)),
        None => own("nothing"),
    };
    let (before, after) = (value(teller, &key.before), value(teller, &key.after));
    let line = vec![own("policy "), code(teller.short(&key.key)), own(": "), before, own(" becomes "), after];
    Entry { line, ..Entry::default() }
}

fn agent_entry(teller: &mut Teller<'_>, agent: &AgentChange) -> Entry {
    let mut line = vec![code(&agent.handle)];
    match &agent.fate {
        Fate::Joins => line.push(own(" joins the roster")),
        Fate::Leaves => line.push(own(" leaves the roster")),
        Fate::Retires => line.push(own(" retires")),
        Fate::Changes(keys) => {
            line.push(own(" changes: "));
            line.extend(teller.listed(keys));
        }
    }
    let mut entry = Entry { line, ..Entry::default() };
    let authority = teller.first(&agent.authority);
    entry.below = authority.iter().map(|glob| vec![own("authority: "), code(teller.short(glob))]).collect();
    entry
}

fn diagnostics(
    teller: &mut Teller<'_>,
    summary: &Summary,
    title: &'static str,
    fold: Fold,
    is_one: fn(Severity) -> bool,
) -> Section {
    let found: Vec<&Diagnostic> =
        summary.verdict.diagnostics.iter().filter(|found| is_one(found.severity)).collect();
    let found: Vec<&Diagnostic> = found.into_iter().filter(|one| !is_told_with_team(summary, one)).collect();
    let entries = teller.some(&found, |teller, diagnostic| {
        let place = located(&summary.verdict, diagnostic);
        diagnostic_entry(teller, diagnostic, place.map_or(1, |place| place.line))
    });
    section(title, found.len(), fold, entries)
}

fn diagnostic_entry(teller: &mut Teller<'_>, diagnostic: &Diagnostic, at: usize) -> Entry {
    let mut line = vec![own(diagnostic.severity.as_str()), own(" "), code(diagnostic.rule), own(" ")];
    if let Some(path) = &diagnostic.path {
        line.push(teller.link(path, at, &format!("{path}:{at}")));
        line.push(own(" "));
    }
    line.push(teller.said(&diagnostic.message));
    let mut below = Vec::new();
    if !diagnostic.why.is_empty() {
        below.push(vec![own("why: "), teller.said(&diagnostic.why)]);
    }
    let mends = teller.first(&diagnostic.mends);
    below.extend(mends.iter().map(|mend| vec![own("try: "), code(teller.short(mend))]));
    if let Some(commit) = &diagnostic.commit {
        below.push(vec![own("commit: "), code(commit.chars().take(10).collect::<String>())]);
    }
    Entry { line, below, quotes: Vec::new() }
}

fn left_hanging(teller: &mut Teller<'_>, summary: &Summary) -> Section {
    let entries = teller.some(&summary.hanging, |teller, one| hanging(teller, one));
    section("Leaves hanging", summary.hanging.len(), Fold::Open, entries)
}

fn unreadable(teller: &mut Teller<'_>, summary: &Summary) -> Section {
    let entries = teller.some(&summary.unreadable, |teller, path| Entry {
        line: vec![code(teller.short(path))],
        ..Entry::default()
    });
    section("Records that can't be read", summary.unreadable.len(), Fold::Closed, entries)
}

fn chains(summary: &Summary, limits: Limits) -> Section {
    let chains = &summary.chains;
    let mut section = section("Chains", chains.nodes.len() + chains.left_out, Fold::Closed, Vec::new());
    section.chart = (limits.chart && !chains.is_empty()).then(|| chart(chains));
    if !limits.chart {
        section.intro = vec![vec![own("The chart is left out.")]];
    } else if chains.left_out > 0 {
        section.intro = vec![vec![own(format!("{} not drawn.", are(chains.left_out)))]];
    }
    section
}

fn are(count: usize) -> String {
    if count == 1 { "1 more record is".to_owned() } else { format!("{count} more records are") }
}
