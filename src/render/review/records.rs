//! What a review says of one record, and how much of it.

use super::page::{Entry, Limits, Line, Quote, Span, code, joined, own};
use crate::domain::kind::{Brief, KINDS};
use crate::domain::review::{Hanging, Item, Outcome, Taken};
use crate::domain::snapshot::Waiting;
use crate::domain::text::{counted, cut};
use crate::render::links::Links;

/// Tells things as far as the limits let, and counts what it leaves out.
pub struct Teller<'a> {
    limits: Limits,
    links: &'a Links,
    commit: &'a str,
    /// How many things were left out or shortened.
    pub cut: usize,
}

impl<'a> Teller<'a> {
    /// One that links to files as they are in `commit`.
    pub fn new(limits: Limits, links: &'a Links, commit: &'a str) -> Self {
        Teller { limits, links, commit, cut: 0 }
    }

    /// Entries for the first of `all`, and one that says how many more there are.
    pub fn some<T>(&mut self, all: &[T], tell: impl Fn(&mut Self, &T) -> Entry) -> Vec<Entry> {
        self.at_most(self.limits.entries, all, tell)
    }

    /// The same of what is never folded.
    pub fn some_on_top<T>(&mut self, all: &[T], tell: impl Fn(&mut Self, &T) -> Entry) -> Vec<Entry> {
        self.at_most(self.limits.top, all, tell)
    }

    fn at_most<T>(&mut self, most: usize, all: &[T], tell: impl Fn(&mut Self, &T) -> Entry) -> Vec<Entry> {
        let mut entries: Vec<Entry> = all.iter().take(most).map(|one| tell(self, one)).collect();
        let more = all.len() - entries.len();
        if more > 0 {
            self.cut += more;
            entries.push(Entry { line: vec![own(format!("... and {more} more"))], ..Entry::default() });
        }
        entries
    }

    /// The first of the parts of an entry.
    pub fn first<'b, T>(&mut self, all: &'b [T]) -> &'b [T] {
        let shown = all.len().min(self.limits.parts);
        self.cut += all.len() - shown;
        &all[..shown]
    }

    /// The first of `all` as code, and how many more there are.
    pub fn listed(&mut self, all: &[String]) -> Line {
        let shown: Vec<String> = self.first(all).to_vec();
        let mut line = joined(shown.iter().map(|text| code(self.short(text))), ", ");
        let more = all.len() - shown.len();
        if more > 0 {
            line.push(own(format!(" and {more} more")));
        }
        line
    }

    /// A text that fits into a line.
    pub fn short(&mut self, text: &str) -> String {
        let short = cut(text, self.limits.line);
        self.cut += usize::from(short.len() != text.len());
        short.into_owned()
    }

    /// The same, of what people wrote.
    pub fn said(&mut self, text: &str) -> Span {
        Span::Said(self.short(text))
    }

    /// A link to a line of a file.
    pub fn link(&mut self, path: &str, line: usize, words: &str) -> Span {
        let words = self.short(words);
        // An address that is cut leads nowhere.
        match self.links.to(self.commit, path, line).filter(|target| target.len() <= LONGEST_LINK) {
            Some(target) => Span::Link(words, target),
            None => Span::Code(words),
        }
    }

    fn quote(&mut self, title: &'static str, text: &str) -> Option<Quote> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let short = cut(text, self.limits.text);
        self.cut += usize::from(short.len() != text.len());
        (self.limits.text > 0).then(|| Quote { title, text: short.into_owned() })
    }
}

/// Longer addresses are no links.
const LONGEST_LINK: usize = 600;

/// The titles of more records than this make no short line.
const TITLED: usize = 3;
/// Characters of such a title, which stands in full where the record is told.
const TITLE: usize = 60;

/// The records that somebody must act on, each with a link, and with its title where they are few.
pub fn asked_for(teller: &mut Teller<'_>, items: &[Item], records: &[String]) -> Line {
    let shown = teller.first(records);
    let mut line = Line::new();
    for name in shown {
        if !line.is_empty() {
            line.push(own(", "));
        }
        let of_name = |item: &&Item| *name == format!("{} {}", item.brief.kind_name(), item.short);
        let Some(item) = items.iter().find(of_name) else {
            line.push(code(name));
            continue;
        };
        line.push(teller.link(&item.brief.dir.head_path(), 1, name));
        if records.len() <= TITLED {
            let title = cut(&item.brief.title, TITLE.min(teller.limits.line)).into_owned();
            line.extend([own(" ("), Span::Said(title), own(")")]);
        }
    }
    let more = records.len() - shown.len();
    if more > 0 {
        line.push(own(format!(" and {more} more")));
    }
    line
}

/// What a review says of a record that the branch touches.
pub fn item(teller: &mut Teller<'_>, item: &Item) -> Entry {
    let mut entry = Entry { line: record(teller, &item.brief, &item.short), ..Entry::default() };
    if let Some(was) = item.was.as_ref().filter(|was| **was != item.brief.status) {
        entry.line.push(own(format!(", {} before", was.replace('_', " "))));
    }
    entry.below.extend(asked(teller, item));
    let steps = teller.first(&item.steps);
    entry.below.extend(steps.iter().map(|taken| step(teller, taken)));
    if !item.documents.is_empty() {
        let words = if item.outcome == Outcome::Opened { "documents: " } else { "edited: " };
        let mut line = vec![own(words)];
        line.extend(teller.listed(&item.documents));
        entry.below.push(line);
    }
    // What is over needs no words about what was asked for.
    if matches!(item.outcome, Outcome::Opened | Outcome::Moved) {
        let texts = item.texts.iter().filter_map(|(title, text)| teller.quote(title, text));
        entry.quotes = texts.collect();
    }
    entry
}

/// What is expected of whom, until when, and about which files.
fn asked(teller: &mut Teller<'_>, item: &Item) -> Vec<Line> {
    let mut lines = Vec::new();
    let deadline = item.brief.plan.as_ref().and_then(|plan| plan.deadline);
    if let Some(deadline) = deadline.filter(|_| !item.brief.closed) {
        lines.push(vec![own(format!("due {} UTC", deadline.minute()))]);
    }
    if !item.files.is_empty() && item.outcome == Outcome::Opened {
        let mut line = vec![own("about ")];
        line.extend(teller.listed(&item.files));
        lines.push(line);
    }
    lines
}

fn step(teller: &mut Teller<'_>, taken: &Taken) -> Line {
    let what = teller.link(&taken.path, 1, &taken.what);
    let mut line = vec![what, own(" by "), code(&taken.by), own(format!(" at {} UTC", taken.at.minute()))];
    if !taken.counts {
        line.push(own(", without effect: another step had decided"));
    }
    if !taken.note.trim().is_empty() {
        line.push(own(": "));
        line.push(teller.said(taken.note.trim()));
    }
    line
}

/// What a review says of a record that is left undone.
pub fn hanging(teller: &mut Teller<'_>, hanging: &Hanging) -> Entry {
    let mut entry = Entry { line: record(teller, &hanging.brief, &hanging.short), ..Entry::default() };
    let lock = hanging.brief.lock.as_ref();
    entry.below.push(match (hanging.waiting, lock) {
        (Waiting::Held, Some(lock)) if lock.awaiting.is_some() => {
            vec![own("held by "), code(&lock.by), own(" until an answer comes")]
        }
        (Waiting::Held, Some(lock)) => {
            vec![own("held by "), code(&lock.by), own(format!(" until {} UTC", lock.until.minute()))]
        }
        (Waiting::Expired, _) => vec![own("its lock has ended, nobody works on it")],
        (Waiting::Released, _) => vec![own("the answer that it awaited is here")],
        _ => vec![own("nobody works on it")],
    });
    let kind = hanging.brief.dir.kind();
    entry
        .below
        .push(vec![own("see it: "), code(format!("perfteam {} show {}", kind.command(), hanging.short))]);
    entry
}

/// The line of a record: id, level, from whom to whom, title.
fn record(teller: &mut Teller<'_>, brief: &Brief, short: &str) -> Line {
    let name = format!("{} {short}", brief.kind_name());
    let mut line = vec![teller.link(&brief.dir.head_path(), 1, &name)];
    line.push(own(format!(" {} from ", brief.impact)));
    line.push(code(&brief.from));
    if let Some(to) = brief.to.as_ref().filter(|to| **to != brief.from) {
        line.push(own(" to "));
        line.push(code(to));
    }
    line.push(own(": "));
    line.push(teller.said(&brief.title));
    line.push(own(", "));
    line.push(code(teller.short(&brief.class)));
    line.push(own(format!(", {}", state(brief))));
    line
}

/// The state in words.
fn state(brief: &Brief) -> String {
    let words = brief.status.replace('_', " ");
    match brief.plan.as_ref().filter(|plan| plan.percent > 0 && !brief.closed) {
        Some(plan) => format!("{words} ({} %)", plan.percent),
        None => words,
    }
}

/// How many of what, for a title: `2 flags`.
pub fn kinds(items: &[&Item]) -> String {
    let mut words: Vec<String> = Vec::new();
    for kind in KINDS {
        let count = items.iter().filter(|item| item.brief.kind_name() == kind.name()).count();
        if count > 0 {
            words.push(counted(count, kind.name()));
        }
    }
    words.join(", ")
}
