//! The scoring of the earlier flag tool, kept for compatibility: it compares whole words only.

use std::collections::HashSet;

use super::words::{folded, words};
use crate::domain::agent::Agent;
use crate::domain::roster::Roster;
use crate::domain::text::is_cjk;

/// More when a request meets an agent in two or more categories.
const SEVERAL_CATEGORIES: u32 = 25;

/// How many reasons are given.
pub const MAX_REASONS: usize = 3;

/// What of a request stands where in an agent's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// A whole routing keyword stands in the request. This one is no category of its own where
    /// several categories earn more points.
    ExactKeyword,
    /// A word of the request is one of the words of the keywords.
    KeywordWord,
    /// A word of the request is one of the words of the capabilities.
    Capability,
    /// A word of the request is one of the words of the description.
    Description,
    /// A word of the request is part of the handle or of the free key `module`.
    Module,
}

impl Category {
    /// What each hit is worth.
    pub fn points(self) -> u32 {
        match self {
            Category::ExactKeyword => 50,
            Category::KeywordWord => 40,
            Category::Capability => 30,
            Category::Description => 20,
            Category::Module => 15,
        }
    }

    /// Its name in a reason.
    pub fn label(self) -> &'static str {
        match self {
            Category::ExactKeyword => "exact keyword",
            Category::KeywordWord => "keyword match",
            Category::Capability => "capability",
            Category::Description => "description",
            Category::Module => "module",
        }
    }
}

/// One hit: the category, and the keyword or the word as the request has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Where it was found.
    pub category: Category,
    /// What was found.
    pub text: String,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.category.label(), self.text)
    }
}

/// The score of one agent for one request, and what it is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Score {
    /// The sum.
    pub points: u32,
    /// What earned it, by category, then in the order of the request.
    pub reasons: Vec<Reason>,
}

impl Score {
    /// The first reasons, as the earlier tool gave them.
    pub fn first_reasons(&self) -> Vec<String> {
        self.reasons.iter().take(MAX_REASONS).map(Reason::to_string).collect()
    }
}

/// Scores one agent for `request`.
pub fn score(agent: &Agent, request: &str) -> Score {
    let mut reasons = exact_keywords(agent, request);
    let asked = distinct_words(request);
    for (category, known) in vocabulary(agent) {
        let found = asked.iter().filter(|word| known.contains(folded(word).as_ref()));
        reasons.extend(found.map(|word| Reason { category, text: (*word).to_owned() }));
    }
    let single: u32 = reasons.iter().map(|reason| reason.category.points()).sum();
    let categories: HashSet<Category> = reasons
        .iter()
        .map(|reason| reason.category)
        .filter(|category| *category != Category::ExactKeyword)
        .collect();
    let several = if categories.len() >= 2 { SEVERAL_CATEGORIES } else { 0 };
    Score { points: single + several, reasons }
}

/// All agents with points that have not retired, best first, then by handle.
pub fn rank<'a>(roster: &'a Roster, request: &str) -> Vec<(&'a Agent, Score)> {
    let mut scored: Vec<_> = roster.active().map(|agent| (agent, score(agent, request))).collect();
    scored.retain(|(_, score)| score.points > 0);
    scored.sort_by_key(|(agent, score)| (std::cmp::Reverse(score.points), &agent.handle));
    scored
}

fn exact_keywords(agent: &Agent, request: &str) -> Vec<Reason> {
    let request = one_line(request);
    let keywords = agent.keywords.iter().filter(|keyword| stands_in(&request, &one_line(keyword)));
    keywords
        .map(|keyword| Reason { category: Category::ExactKeyword, text: keyword.trim().to_owned() })
        .collect()
}

/// The words of each category.
fn vocabulary(agent: &Agent) -> [(Category, HashSet<String>); 4] {
    let module = agent.extra.get("module").and_then(|module| module.as_str()).unwrap_or_default();
    [
        (Category::KeywordWord, all_words(agent.keywords.iter().map(String::as_str))),
        (Category::Capability, all_words(agent.capabilities.iter().map(String::as_str))),
        (Category::Description, all_words([agent.description.as_str()])),
        (Category::Module, all_words([agent.handle.bare(), module])),
    ]
}

fn all_words<'a>(texts: impl IntoIterator<Item = &'a str>) -> HashSet<String> {
    texts.into_iter().flat_map(words).map(|word| folded(word).into_owned()).collect()
}

fn distinct_words(text: &str) -> Vec<&str> {
    let mut seen = HashSet::new();
    words(text).filter(|word| seen.insert(folded(word).into_owned())).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().map(folded).collect::<Vec<_>>().join(" ")
}

/// Whether `keyword` stands in `request` as a whole, not inside a longer word.
fn stands_in(request: &str, keyword: &str) -> bool {
    !keyword.is_empty()
        && request.match_indices(keyword).any(|(start, _)| {
            let (before, after) = (&request[..start], &request[start + keyword.len()..]);
            !joined(before.chars().next_back(), keyword.chars().next())
                && !joined(keyword.chars().next_back(), after.chars().next())
        })
}

/// Whether two neighbours belong to one word; scripts without spaces don't tell.
fn joined(left: Option<char>, right: Option<char>) -> bool {
    let inner = |c: char| c.is_alphanumeric() && !is_cjk(c);
    match (left, right) {
        (Some(left), Some(right)) => inner(left) && (inner(right) || matches!(right, '+' | '#')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(handle: &str) -> Agent {
        Agent::new(handle.parse().expect("a handle"))
    }

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn the_example_of_the_earlier_documents() {
        let mut auth = agent("@service.auth");
        auth.keywords = list(&["JWT", "authentication flow"]);
        auth.capabilities = list(&["JWT"]);
        let score = score(&auth, "JWT authentication implementation");
        // exact JWT 50, words JWT and authentication 2 * 40, capability JWT 30, two categories 25
        assert_eq!(score.points, 50 + 80 + 30 + 25);
        assert_eq!(
            score.first_reasons(),
            ["exact keyword: JWT", "keyword match: JWT", "keyword match: authentication"]
        );
        assert_eq!(score.reasons.len(), 4, "the capability is a hit, though no reason");
    }

    #[test]
    fn each_category_earns_its_points() {
        let mut one = agent("@ops.performance");
        assert_eq!(score(&one, "performance").points, 15);
        one.description = "Plans the capacity; reads p99 charts".into();
        assert_eq!(score(&one, "capacity charts").points, 2 * 20);
        assert_eq!(score(&one, "performance of p99").points, 15 + 20 + 25);
        one.capabilities = list(&["load testing", "capacity planning"]);
        assert_eq!(score(&one, "capacity capacity CAPACITY").points, 30 + 20 + 25, "a word counts once");
        one.keywords = list(&["load test"]);
        assert_eq!(score(&one, "a Load  Test tomorrow").points, 50 + 2 * 40 + 30 + 25);
        one.extra.insert("module".into(), "checkout".into());
        assert_eq!(score(&one, "checkout").points, 15);
    }

    #[test]
    fn a_whole_keyword_is_no_category_of_its_own() {
        let mut one = agent("@a.b");
        one.keywords = list(&["slow query"]);
        assert_eq!(score(&one, "slow query").points, 50 + 2 * 40);
    }

    #[test]
    fn a_keyword_inside_a_longer_word_does_not_stand_there() {
        let cases = [
            ("google", "go", false),
            ("go-live", "go", true),
            ("c++ templates", "c++", true),
            ("c++ templates", "c", false),
            ("数据库性能问题", "性能", true),
            ("anything", "", false),
        ];
        for (request, keyword, stands) in cases {
            assert_eq!(stands_in(request, keyword), stands, "{keyword} in {request}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_keyword_between_spaces_always_stands(before: String, keyword in "\\S{1,9}", after: String) {
            let request = one_line(&format!("{before} {keyword} {after}"));
            proptest::prop_assert!(stands_in(&request, &one_line(&keyword)));
        }
    }

    #[test]
    fn it_neither_stems_nor_knows_stop_words() {
        let mut one = agent("@x.y");
        one.description = "Optimizes the queries".into();
        assert_eq!(score(&one, "optimize a query").points, 0);
        assert_eq!(score(&one, "the bus").points, 20);
    }

    #[test]
    fn the_ranking_leaves_out_retired_and_unmatched_agents() {
        let mut gone = agent("@c.cache");
        gone.retired = true;
        let roster: Roster =
            [agent("@b.cache"), agent("@a.cache"), gone, agent("@d.queue")].into_iter().collect();
        let found: Vec<String> =
            rank(&roster, "cache").iter().map(|(agent, _)| agent.handle.to_string()).collect();
        assert_eq!(found, ["@a.cache", "@b.cache"]);
    }
}
