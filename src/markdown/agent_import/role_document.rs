//! Documents that describe one role in prose and lists, without front matter.

use std::collections::HashSet;

use super::Repairs;
use super::naming;
use super::outline::{Item, Outline, Paragraph};
use super::writes;
use crate::domain::agent::Agent;
use crate::domain::text::headline;

/// Longest description that is put together from a text.
const MAX_DESCRIPTION: usize = 300;

/// How sure it is that a document describes a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// Nothing says so.
    None,
    /// It has responsibilities or an address, as a role has.
    Some,
    /// Its title says so, too, or it grants write permissions.
    Sure,
}

/// Whether `outline` is that of a role.
pub(super) fn likeness(outline: &Outline<'_>) -> Likeness {
    let title = outline.title().is_some_and(|title| naming::names_a_role(&title.text));
    let duties = outline.headings.iter().any(|heading| names_duties(&heading.text));
    let address = outline.paragraphs.first().is_some_and(|first| addresses(&first.text));
    let labels = labels(outline).any(|(label, _)| naming::mentions_a_role(&label));
    let (writes, _) = writes::read(outline, &mut Repairs::default());
    let signs = [title, duties, address, labels].into_iter().filter(|sign| *sign).count();
    if !writes.is_empty() || signs >= 2 {
        Likeness::Sure
    } else if duties || address {
        Likeness::Some
    } else {
        Likeness::None
    }
}

/// The agent that `text` describes, and the permissions that stay text.
pub(super) fn read(
    path: &str,
    text: &str,
    outline: &Outline<'_>,
    repairs: &mut Repairs,
) -> Option<(Agent, Vec<String>)> {
    let mut agent = match outline.title() {
        Some(title) => {
            let agent = Agent::new(naming::derived_or_numbered(&naming::subject(&title.text), path)?);
            let line = outline.line(title);
            repairs.note(
                line,
                format!(
                    "it has no front matter; {} is derived from the heading `{}`",
                    agent.handle, title.text
                ),
            );
            Agent { title: title.text.clone(), ..agent }
        }
        None => {
            let agent = Agent::new(naming::derived_or_numbered(&naming::file_name(path), path)?);
            repairs.note(
                1,
                format!("it has no front matter; {} is taken from the name of the file", agent.handle),
            );
            agent
        }
    };
    agent.description = description(outline).unwrap_or_default();
    agent.capabilities =
        leads_under(outline, &["responsibilit", "function", "capabilit", "duties", "skills"]);
    agent.keywords =
        leads_under(outline, &["specialization", "specialisation", "specialties", "expertise", "keywords"]);
    agent.model =
        labels(outline).find(|(label, _)| label.eq_ignore_ascii_case("model")).map(|(_, value)| value);
    let (writes, kept_as_text) = writes::read(outline, repairs);
    agent.writes = writes;
    agent.role = text.trim().to_owned();
    Some((agent, kept_as_text))
}

/// What the text says first about what the role is for.
pub(super) fn description(outline: &Outline<'_>) -> Option<String> {
    let prose = |paragraph: &&Paragraph<'_>| label(paragraph.source).is_none() && paragraph.text.len() >= 30;
    let in_front = outline.headings.iter().position(|heading| names_duties(&heading.text));
    let is_in_front = |paragraph: &&Paragraph<'_>| in_front.is_none() || paragraph.heading < in_front;
    if let Some(paragraph) = outline.paragraphs.iter().filter(is_in_front).find(prose) {
        return Some(headline(&paragraph.text.replace('\n', " "), MAX_DESCRIPTION));
    }
    let is_duty = |item: &&Item| outline.path(item.heading).any(|heading| names_duties(&heading.text));
    let list = outline.items.iter().find(is_duty)?.list;
    let mut told = String::new();
    for item in outline.items.iter().filter(|item| item.list == list) {
        let duty = item.explanation().trim_start_matches([':', '-', '–', '—', ' ']);
        let duty = if duty.is_empty() { item.text.trim() } else { duty };
        if !told.is_empty() && told.len() + duty.len() > MAX_DESCRIPTION {
            break;
        }
        told.push_str(if told.is_empty() { "" } else { "; " });
        told.push_str(duty.trim_end_matches('.'));
    }
    Some(headline(&told, MAX_DESCRIPTION)).filter(|told| !told.is_empty())
}

fn names_duties(heading: &str) -> bool {
    let tokens = naming::tokens(heading);
    let last = tokens.last().is_some_and(|word| word == "responsibilities" || word == "duties");
    let of_a_role =
        |word: &String| ["core", "key", "main", "primary", "your", "role", "and", "the"].contains(&&**word);
    last && tokens[..tokens.len() - 1].iter().all(of_a_role)
}

/// `You are a reviewer`, but not `You are building a tool`.
fn addresses(text: &str) -> bool {
    let rest = ["You are ", "You're ", "Act as "].iter().find_map(|start| text.strip_prefix(start));
    let first = rest.and_then(|rest| rest.split_whitespace().next());
    first.is_some_and(|word| !word.ends_with("ing"))
}

/// The bold starts of the list items whose nearest telling heading has one of `words`.
fn leads_under(outline: &Outline<'_>, words: &[&str]) -> Vec<String> {
    let tells = |item: &&Item| {
        outline.path(item.heading).any(|heading| {
            let heading = heading.text.to_lowercase();
            words.iter().any(|word| heading.contains(word))
        })
    };
    let mut seen: HashSet<&str> = HashSet::new();
    let leads = outline.items.iter().filter(tells).filter_map(Item::lead);
    leads.filter(|lead| seen.insert(lead)).map(str::to_owned).collect()
}

/// The lines `**Label**: value` of the first paragraphs.
fn labels<'o>(outline: &'o Outline<'_>) -> impl Iterator<Item = (String, String)> + 'o {
    outline.paragraphs.iter().take(3).flat_map(|paragraph| paragraph.source.lines().filter_map(label))
}

fn label(line: &str) -> Option<(String, String)> {
    let (label, value) = line.trim().strip_prefix("**")?.split_once("**")?;
    let colon = label.ends_with(':') || value.starts_with(':');
    let label = label.trim_end_matches(':').trim();
    colon.then(|| (label.to_owned(), value.trim_start_matches(':').trim().to_owned()))
}
