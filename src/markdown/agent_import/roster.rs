//! Who is named as a member of a team, by the structure of a document.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::naming;
use super::outline::{Block, Heading, Item, Outline};
use crate::markdown::yaml;

/// A member of a team, as a document names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name as it stands there.
    pub name: String,
    /// What the document says right beside the name.
    pub about: String,
    /// What is listed below the name.
    pub duties: Vec<String>,
}

/// A longer list is something else than a team.
const MAX_MEMBERS: usize = 100;

/// Words of which one stands near every roster.
const TEAM_WORDS: [&str; 16] = [
    "team",
    "teams",
    "agent",
    "agents",
    "subagents",
    "role",
    "roles",
    "member",
    "members",
    "crew",
    "squad",
    "roster",
    "specialist",
    "specialists",
    "expert",
    "experts",
];

/// The members that a document names: in a tree, a list, data, or headings of their own.
pub(super) fn find(outline: &Outline<'_>) -> Option<Vec<Member>> {
    let introduced =
        |(first, members): (&Item, Vec<Member>)| is_introduced(outline, first).then_some(members);
    let tree = |block: &Block| tree(outline, block);
    None.or_else(|| outline.blocks.iter().find_map(tree))
        .or_else(|| lists(outline).into_iter().find_map(introduced))
        .or_else(|| outline.blocks.iter().find_map(data))
        .or_else(|| headings(outline))
}

/// The members of a list, where each one also acts under its handle in the document's code.
/// That is strong enough for a document that declares an agent of its own.
pub(super) fn find_confirmed(outline: &Outline<'_>) -> Option<Vec<Member>> {
    let acting: HashSet<&str> = outline.blocks.iter().flat_map(|block| quoted(&block.text)).collect();
    if acting.is_empty() {
        return None;
    }
    let acts =
        |member: &Member| naming::derived(&member.name).is_some_and(|handle| acting.contains(handle.bare()));
    lists(outline).into_iter().map(|(_, members)| members).find(|members| members.iter().all(acts))
}

/// The words in quotation marks that could be handles.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\''])
        .filter(|word| !word.is_empty() && word.len() <= 80 && !word.contains(char::is_whitespace))
}

fn has_team_word(text: &str) -> bool {
    naming::tokens(text).iter().any(|word| TEAM_WORDS.contains(&word.as_str()))
}

/// A tree or list in a code block: `Name (what it is)`, with what it does below.
fn tree(outline: &Outline<'_>, block: &Block) -> Option<Vec<Member>> {
    let lines: Vec<(bool, &str)> =
        block.text.lines().map(branch).filter(|(_, text)| !text.is_empty()).collect();
    let roots = lines.iter().filter(|(below, text)| !below && member(text, true).is_some()).count();
    let mut members: Vec<Member> = Vec::new();
    let mut near = String::new();
    for (below, text) in lines {
        let found = member(text, !below).filter(|_| !below || roots < 2);
        match (found, members.last_mut()) {
            (Some(found), _) => members.push(found),
            (None, Some(last)) if below => last.duties.push(text.to_owned()),
            (None, _) if !below && text.ends_with(':') => near.push_str(text),
            _ => return None,
        }
    }
    near.extend(outline.path(block.heading).map(|heading| format!(" {}", heading.text)));
    near.extend(members.iter().map(|member| format!(" {}", member.name)));
    ((2..=MAX_MEMBERS).contains(&members.len()) && has_team_word(&near)).then_some(members)
}

/// Whether a line hangs on one above, and its text without branches and bullets.
fn branch(line: &str) -> (bool, &str) {
    let is_branch = |c: char| c.is_whitespace() || "│├└─┬┼┌┐┘┤╰╭|`+-*•◦▪".contains(c);
    let text = line.trim_start_matches(is_branch);
    (text.len() < line.len(), text.trim_end())
}

/// `Backend Team (what it is)`; where `bare` is allowed, also `DATA_EXPERT`.
fn member(text: &str, bare: bool) -> Option<Member> {
    let (name, about) = match text.strip_suffix(')').and_then(|text| text.split_once(" (")) {
        Some(pair) => pair,
        None if bare && text.len() >= 3 && text.chars().all(|c| c.is_uppercase() || c == '_') => (text, ""),
        None => return None,
    };
    let is_name = |word: &str| {
        word.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric() || c == '&')
            || ["and", "of", "for"].contains(&word)
    };
    let words = name.split_whitespace();
    let fits = (1..=6).contains(&words.clone().count())
        && words.clone().all(is_name)
        && !name.contains(['.', ':', ';', '=', '<', '>', '{', '}', '[', ']']);
    fits.then(|| Member { name: name.trim().to_owned(), about: about.trim().to_owned(), duties: Vec::new() })
}

/// The lists of which every item names somebody in bold, each with its first item.
fn lists<'o>(outline: &'o Outline<'_>) -> Vec<(&'o Item, Vec<Member>)> {
    let mut lists: BTreeMap<usize, Vec<(usize, &Item)>> = BTreeMap::new();
    for (at, item) in outline.items.iter().enumerate().filter(|(_, item)| item.parent.is_none()) {
        lists.entry(item.list).or_default().push((at, item));
    }
    let fits = |items: &Vec<(usize, &Item)>| (2..=MAX_MEMBERS).contains(&items.len());
    let read = |items: Vec<(usize, &'o Item)>| {
        let members =
            items.iter().map(|(at, item)| listed(outline, *at, item)).collect::<Option<Vec<_>>>()?;
        Some((items.first()?.1, members))
    };
    lists.into_values().filter(fits).filter_map(read).collect()
}

fn listed(outline: &Outline<'_>, at: usize, item: &Item) -> Option<Member> {
    let lead = item.lead().filter(|lead| !item.is_link && lead.split_whitespace().count() <= 6)?;
    let said = item.explanation();
    let is_label = item.text[..item.bold].ends_with(':');
    if !(is_label || said.is_empty() || said.starts_with(['(', ':', '-', '–', '—'])) {
        return None;
    }
    let about = said.trim_start_matches([':', '-', '–', '—', ' ']);
    let about = about.strip_prefix('(').and_then(|about| about.strip_suffix(')')).unwrap_or(about);
    let duties = outline.nested(at).map(|nested| nested.text.trim().to_owned()).collect();
    Some(Member { name: lead.to_owned(), about: about.trim().to_owned(), duties })
}

/// Whether the sentence or the heading right above a list says that it lists a team.
fn is_introduced(outline: &Outline<'_>, first: &Item) -> bool {
    if let Some(intro) = first.intro.and_then(|at| outline.paragraphs.get(at)) {
        let last = intro.text.trim_end().rsplit(". ").next().unwrap_or_default();
        let words = naming::tokens(last);
        let counts =
            ["of", "are", "is", "members", "agents", "roles", "team", "specialists", "includes", "following"];
        let ends = words.last().is_some_and(|word| counts.contains(&word.as_str()));
        return ends && last.ends_with(':') && has_team_word(last);
    }
    let heading = first.heading.and_then(|at| outline.headings.get(at));
    heading.is_some_and(|heading| is_roster_title(&naming::tokens(&heading.text)))
}

/// `Team Members`, `Our Agents`, but not `For Teams` or `Testing your agent`.
fn is_roster_title(words: &[String]) -> bool {
    let collective =
        ["members", "agents", "subagents", "roles", "team", "roster", "specialists", "crew", "squad"];
    let ends = words.last().is_some_and(|last| collective.contains(&last.as_str()));
    ends && words.len() <= 4 && !words.iter().any(|word| NOT_NAMES.contains(&word.as_str()))
}

/// YAML or JSON with a key such as `agents:` over descriptions.
fn data(block: &Block) -> Option<Vec<Member>> {
    has_team_word(&block.text)
        .then(|| yaml::parse(&block.text).ok())
        .flatten()
        .and_then(|value| described(&value, 2))
}

fn described(value: &Value, depth: usize) -> Option<Vec<Member>> {
    let map = value.as_object()?;
    map.iter().find_map(|(key, value)| {
        if has_team_word(key) {
            let members: Option<Vec<Member>> = match value {
                Value::Array(items) => {
                    items.iter().map(|item| described_member(text(item, NAMES)?, item)).collect()
                }
                Value::Object(map) => map.iter().map(|(name, item)| described_member(name, item)).collect(),
                _ => None,
            };
            if let Some(members) = members.filter(|members| (2..=MAX_MEMBERS).contains(&members.len())) {
                return Some(members);
            }
        }
        (depth > 0).then(|| described(value, depth - 1)).flatten()
    })
}

const NAMES: &[&str] = &["name", "handle", "id", "slug"];
const ABOUT: &[&str] = &["description", "role", "title", "focus", "specialty", "goal"];
const DUTIES: &[&str] = &["capabilities", "responsibilities", "skills", "duties", "tasks"];

fn described_member(name: &str, value: &Value) -> Option<Member> {
    let about = text(value, ABOUT).unwrap_or_default().trim().to_owned();
    let duties = DUTIES.iter().find_map(|key| value.get(key)?.as_array());
    let duties: Vec<String> =
        duties.into_iter().flatten().filter_map(|duty| duty.as_str().map(str::to_owned)).collect();
    (!about.is_empty() || !duties.is_empty()).then(|| Member { name: name.to_owned(), about, duties })
}

fn text<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v str> {
    keys.iter().find_map(|key| value.get(key)?.as_str())
}

/// Headings side by side that are about one agent each: `Agent: X`, `X Agent`, `@x`.
fn headings(outline: &Outline<'_>) -> Option<Vec<Member>> {
    let mut groups: BTreeMap<(usize, Option<usize>), Vec<Member>> = BTreeMap::new();
    for heading in outline.headings.iter().filter(|heading| !heading.is_link) {
        if let Some(member) = headed(heading) {
            groups.entry((heading.level, heading.parent)).or_default().push(member);
        }
    }
    groups.into_values().find(|members| (2..=MAX_MEMBERS).contains(&members.len()))
}

fn headed(heading: &Heading) -> Option<Member> {
    let text = heading.text.trim_start_matches(|c: char| c.is_numeric() || matches!(c, '.' | ')' | ' '));
    let cut = [": ", " - ", " – ", " — ", " ("]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()
        .unwrap_or(text.len());
    let (head, about) = (text[..cut].trim(), text[cut..].trim_matches([':', '-', '–', '—', '(', ')', ' ']));
    let member = |name: &str, about: &str| {
        Some(Member { name: name.to_owned(), about: about.to_owned(), duties: Vec::new() })
    };
    if head.starts_with('@') && naming::derived(head).is_some() && !head.contains(' ') {
        return member(head, about);
    }
    let words = naming::tokens(head);
    let is_kind = |word: &String| ["agent", "subagent", "role"].contains(&word.as_str());
    let (last, before) = words.split_last()?;
    if is_kind(last) && before.is_empty() && !about.is_empty() {
        return member(about, "");
    }
    let names_somebody =
        is_kind(last) && (1..=5).contains(&before.len()) && !NOT_NAMES.contains(&before[0].as_str());
    if names_somebody { member(&naming::subject(head), about) } else { None }
}

/// Words of headings about agents that don't name one.
const NOT_NAMES: [&str; 48] = [
    "with",
    "for",
    "to",
    "from",
    "about",
    "how",
    "when",
    "using",
    "what",
    "why",
    "each",
    "every",
    "a",
    "an",
    "new",
    "per",
    "your",
    "my",
    "add",
    "create",
    "adding",
    "creating",
    "define",
    "choose",
    "choosing",
    "edit",
    "editing",
    "use",
    "run",
    "running",
    "test",
    "testing",
    "deploy",
    "deploying",
    "delete",
    "remove",
    "install",
    "update",
    "list",
    "configure",
    "enable",
    "start",
    "stop",
    "build",
    "write",
    "writing",
    "import",
    "launch",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, String, usize)> {
        let members = find(&Outline::of(text, 1)).unwrap_or_default();
        members.into_iter().map(|member| (member.name, member.about, member.duties.len())).collect()
    }

    fn expect(text: &str, expected: &[(&str, &str, usize)]) {
        let expected: Vec<_> =
            expected.iter().map(|(a, b, n)| ((*a).to_owned(), (*b).to_owned(), *n)).collect();
        assert_eq!(found(text), expected, "{text}");
    }

    #[test]
    fn trees_name_members_and_duties() {
        expect(
            "# Plan\n## Team structure\n```\nRoles:\n\nLEAD (Developer)\n├── Leads the work\n└── Reports (weekly)\n\nDATA_EXPERT\n└── Reads metrics\n```\n",
            &[("LEAD", "Developer", 2), ("DATA_EXPERT", "", 1)],
        );
        expect(
            "# Map\n```\nCore Team (us)\n├── Backend/API Team (critical)\n└── QA Team (high)\n```\n",
            &[("Core Team", "us", 0), ("Backend/API Team", "critical", 0), ("QA Team", "high", 0)],
        );
    }

    #[test]
    fn lists_need_an_introduction() {
        let list = "- **Load Tester** (k6)\n  - writes scripts\n- **Watcher**: dashboards\n";
        let expected = [("Load Tester", "k6", 1), ("Watcher", "dashboards", 0)];
        expect(&format!("# X\nThe crew consists of:\n\n{list}"), &expected);
        expect(&format!("# X\n## Team members\n{list}"), &expected);
        expect(&format!("# X\nUse these agents when you need to:\n\n{list}"), &[]);
        for heading in ["Benefits", "For Teams", "Testing your agents"] {
            expect(&format!("# X\n## {heading}\n{list}"), &[]);
        }
        expect("# X\n## Agents\n- [**a**](a.md) - one\n- [**b**](b.md) - two\n", &[]);
    }

    #[test]
    fn data_and_headings_name_members() {
        let expected = [("load-tester", "runs k6", 0), ("watcher", "", 1)];
        let yaml =
            "agents:\n  - name: load-tester\n    role: runs k6\n  - name: watcher\n    skills: [alerts]\n";
        expect(&format!("# X\n```yaml\n{yaml}```\n"), &expected);
        let json = r#"{"team": {"agents": {"load-tester": {"role": "runs k6"}, "watcher": {"skills": ["alerts"]}}}}"#;
        expect(&format!("# X\n```json\n{json}\n```\n"), &expected);
        expect(
            "# X\n## 1. Load Test Agent: k6\n## Agent: Watcher\n",
            &[("Load Test", "k6", 0), ("Watcher", "", 0)],
        );
        expect("# X\n### With QA Agent\n### With Ops Agent\n", &[]);
        expect("# X\n## 1. Edit Agent\n## 2. Use Agent\n", &[]);
    }

    #[test]
    fn other_trees_are_no_teams() {
        expect("# Layout\n## Team folder\n```\nsrc/\n├── Main (entry)\n└── lib.rs (library)\n```\n", &[]);
        expect("# Priorities\n```\nHIGH: production\nLOW: the rest\n```\n", &[]);
    }
}
