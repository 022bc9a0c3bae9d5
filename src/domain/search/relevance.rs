//! The relevance ranking: BM25F over everything an agent's file says.
//!
//! A word counts by how rare it is among the agents and by how often it stands in an agent's file,
//! where a short field such as the handle counts more than the long role text. `docs/search.md`
//! has the figures by which the constants were chosen.

use std::collections::{HashMap, HashSet};

use super::words::{English, folded, same, words};
use crate::domain::agent::Agent;
use crate::domain::roster::Roster;

/// How slowly more occurrences of a word stop to matter. High, because a role text that is about
/// something names it many times, and a stray word once.
const SATURATION: f64 = 3.0;

/// How much the length of a field takes from the weight of a word in it, between 0 and 1.
const LENGTH_PENALTY: f64 = 0.75;

/// How much another reading of a word counts against the word itself.
const SAME_WORD: f64 = 0.8;
const MISSPELT: f64 = 0.7;

/// From how many letters on an unknown word is taken for a misspelt one.
const MISSPELT_FROM: usize = 7;

/// A part of an agent's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The handle.
    Handle,
    /// The title.
    Title,
    /// The routing keywords.
    Keywords,
    /// The capabilities.
    Capabilities,
    /// The description.
    Description,
    /// The text below the front matter.
    Role,
}

impl Field {
    /// All fields in the order of the file.
    pub const ALL: [Field; 6] =
        [Field::Handle, Field::Title, Field::Keywords, Field::Capabilities, Field::Description, Field::Role];

    /// Its name in a reason.
    pub fn label(self) -> &'static str {
        match self {
            Field::Handle => "handle",
            Field::Title => "title",
            Field::Keywords => "keyword",
            Field::Capabilities => "capability",
            Field::Description => "description",
            Field::Role => "role",
        }
    }

    fn weight(self) -> f64 {
        match self {
            Field::Keywords => 15.0,
            Field::Handle | Field::Title | Field::Capabilities => 5.0,
            Field::Description => 3.0,
            Field::Role => 1.0,
        }
    }

    fn texts(self, agent: &Agent) -> Vec<&str> {
        match self {
            Field::Handle => vec![agent.handle.bare()],
            Field::Title => vec![&agent.title],
            Field::Keywords => agent.keywords.iter().map(String::as_str).collect(),
            Field::Capabilities => agent.capabilities.iter().map(String::as_str).collect(),
            Field::Description => vec![&agent.description],
            Field::Role => vec![&agent.role],
        }
    }
}

/// One word of the request in one field of an agent's file.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The word as the request has it.
    pub word: String,
    /// What it was taken for, where it was not found as it stands: `kubernetes` for `k8s`.
    pub read_as: Option<String>,
    /// Where it was found.
    pub field: Field,
    /// What it adds to the relevance.
    pub points: f64,
}

impl std::fmt::Display for Match {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field.label(), self.word)?;
        self.read_as.as_ref().map_or(Ok(()), |read_as| write!(f, " ({read_as})"))
    }
}

/// How well one agent answers a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Relevance<'a> {
    /// The agent.
    pub agent: &'a Agent,
    /// 0 to 100: how much of what the request says the agent's file is about.
    pub score: f64,
    /// What the score is made of, most first.
    pub matches: Vec<Match>,
}

/// All words of all agents that have not retired.
pub struct Index<'a> {
    agents: Vec<&'a Agent>,
    lengths: Lengths,
    english: English,
    terms: HashMap<String, Term>,
    stems: HashMap<String, Term>,
    postings: Vec<Vec<Posting>>,
}

/// The number of a stem.
type Term = usize;

/// How often a term stands in one field of one agent.
struct Posting {
    agent: usize,
    field: Field,
    count: u32,
}

/// The lengths of all fields in words, and the average of those that are filled in.
#[derive(Default)]
struct Lengths {
    by_agent: Vec<[u32; Field::ALL.len()]>,
    average: [f64; Field::ALL.len()],
}

impl Lengths {
    fn new(by_agent: Vec<[u32; Field::ALL.len()]>) -> Self {
        let average = Field::ALL.map(|field| average(by_agent.iter().map(|lengths| lengths[field as usize])));
        Lengths { by_agent, average }
    }

    /// The count of a posting, weighted by its field and by how long that field is.
    fn weighted(&self, posting: &Posting) -> f64 {
        let field = posting.field as usize;
        let relative = f64::from(self.by_agent[posting.agent][field]) / self.average[field];
        posting.field.weight() * f64::from(posting.count) / (1.0 - LENGTH_PENALTY + LENGTH_PENALTY * relative)
    }
}

/// A way to take a word of the request, and how much that counts against the word itself.
struct Reading {
    read_as: Option<String>,
    term: Term,
    part: f64,
}

/// A word of the request in one reading.
struct Sought {
    word: String,
    read_as: Option<String>,
    term: Term,
    weight: f64,
}

impl<'a> Index<'a> {
    /// Reads all agents that have not retired.
    pub fn new(roster: &'a Roster) -> Self {
        let mut index = Index {
            agents: roster.active().collect(),
            lengths: Lengths::default(),
            english: English::new(),
            terms: HashMap::new(),
            stems: HashMap::new(),
            postings: Vec::new(),
        };
        let lengths = (0..index.agents.len()).map(|agent| Field::ALL.map(|field| index.add(agent, field)));
        index.lengths = Lengths::new(lengths.collect());
        index
    }

    /// Adds one field of one agent, and tells how many words it has. Fields come in order, so that
    /// an occurrence belongs to the last posting of its term or begins a new one.
    fn add(&mut self, agent: usize, field: Field) -> u32 {
        let mut length = 0;
        for text in field.texts(self.agents[agent]) {
            for word in words(text) {
                length += 1;
                let term = self.term(word);
                match self.postings[term].last_mut() {
                    Some(last) if last.agent == agent && last.field == field => last.count += 1,
                    _ => self.postings[term].push(Posting { agent, field, count: 1 }),
                }
            }
        }
        length
    }

    /// The term of a word in a file, new where nobody has used it before.
    fn term(&mut self, word: &str) -> Term {
        let word = folded(word);
        if let Some(term) = self.terms.get(word.as_ref()) {
            return *term;
        }
        let next = self.postings.len();
        let term = *self.stems.entry(self.english.stem(&word).into_owned()).or_insert(next);
        if term == next {
            self.postings.push(Vec::new());
        }
        self.terms.insert(word.into_owned(), term);
        term
    }

    /// The agents that have something in common with `request`, best first, then by handle.
    pub fn rank(&self, request: &str) -> Vec<Relevance<'a>> {
        let (sought, most) = self.sought(request);
        let mut found: Vec<Relevance<'a>> =
            self.agents.iter().map(|agent| Relevance { agent, score: 0.0, matches: Vec::new() }).collect();
        for sought in &sought {
            for postings in self.postings[sought.term].chunk_by(|a, b| a.agent == b.agent) {
                found[postings[0].agent].matches.extend(self.matches(sought, postings, most));
            }
        }
        found.retain(|relevance| !relevance.matches.is_empty());
        for relevance in &mut found {
            relevance.score = relevance.matches.iter().map(|one| one.points).sum();
            relevance.matches.sort_by(|a, b| b.points.total_cmp(&a.points));
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.agent.handle.cmp(&b.agent.handle)));
        found
    }

    /// What one sought word earns in the fields of one agent, as a part of `most`.
    fn matches(&self, sought: &Sought, postings: &[Posting], most: f64) -> Vec<Match> {
        let sum: f64 = postings.iter().map(|posting| self.lengths.weighted(posting)).sum();
        let part = 100.0 * sought.weight * self.rarity(sought.term) / (SATURATION + sum) / most;
        let matched = |posting: &Posting| Match {
            word: sought.word.clone(),
            read_as: sought.read_as.clone(),
            field: posting.field,
            points: part * self.lengths.weighted(posting),
        };
        postings.iter().map(matched).collect()
    }

    /// What to look for, and what an agent would earn whose file is about nothing else.
    fn sought(&self, request: &str) -> (Vec<Sought>, f64) {
        let mut sought = Vec::new();
        let mut most = 0.0;
        for (word, weight) in self.telling_words(request) {
            let readings = self.readings(&folded(&word));
            if readings.is_empty() {
                most += weight * rarity(self.agents.len(), 0);
            }
            sought.extend(readings.into_iter().map(|Reading { read_as, term, part }| Sought {
                word: word.clone(),
                read_as,
                term,
                weight: weight * part,
            }));
        }
        // The words themselves come before other readings, which they make needless.
        sought.sort_by_key(|one| one.read_as.is_some());
        let mut seen = HashSet::new();
        sought.retain(|one| seen.insert(one.term));
        most += sought.iter().map(|one| one.weight * self.rarity(one.term)).sum::<f64>();
        (sought, most)
    }

    /// The distinct words of the request that say something, with their weights. `front-end` is
    /// also `frontend`, where some agent writes it so.
    fn telling_words(&self, request: &str) -> Vec<(String, f64)> {
        let joined = request.replace('-', "");
        let joined = words(&joined).filter(|word| self.known(&folded(word)).is_some());
        let mut seen = HashSet::new();
        words(request)
            .chain(joined)
            .map(|word| (word.to_owned(), self.english.weight(&folded(word))))
            .filter(|(word, weight)| *weight > 0.0 && seen.insert(folded(word).into_owned()))
            .collect()
    }

    /// The word itself and its other forms, or what it may be a slip of the finger for.
    fn readings(&self, word: &str) -> Vec<Reading> {
        let itself = self.known(word).map(|term| Reading { read_as: None, term, part: 1.0 });
        let same = same(word).filter_map(|same| {
            self.known(same).map(|term| Reading { read_as: Some(same.to_owned()), term, part: SAME_WORD })
        });
        let readings: Vec<Reading> = itself.into_iter().chain(same).collect();
        if readings.is_empty() { self.misspelt(word) } else { readings }
    }

    fn known(&self, folded: &str) -> Option<Term> {
        self.stems.get(self.english.stem(folded).as_ref()).copied()
    }

    /// The known words that are one slip of the finger from an unknown one.
    fn misspelt(&self, unknown: &str) -> Vec<Reading> {
        if unknown.chars().count() < MISSPELT_FROM {
            return Vec::new();
        }
        let alike = |known: &str| {
            known.len().abs_diff(unknown.len()) <= 1
                && known.chars().next() == unknown.chars().next()
                && strsim::osa_distance(known, unknown) == 1
        };
        let mut near: Vec<Reading> = (self.terms.iter())
            .filter(|(known, _)| alike(known))
            .map(|(known, term)| Reading { read_as: Some(known.clone()), term: *term, part: MISSPELT })
            .collect();
        near.sort_by(|a, b| a.read_as.cmp(&b.read_as));
        near
    }

    /// How much a term tells the agents apart.
    fn rarity(&self, term: Term) -> f64 {
        rarity(self.agents.len(), self.postings[term].chunk_by(|a, b| a.agent == b.agent).count())
    }
}

fn average(lengths: impl Iterator<Item = u32>) -> f64 {
    let filled: Vec<u32> = lengths.filter(|length| *length > 0).collect();
    f64::from(filled.iter().sum::<u32>()) / filled.len().max(1) as f64
}

fn rarity(agents: usize, having: usize) -> f64 {
    ((agents as f64 + 1.0) / (having as f64 + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(handle: &str, description: &str, role: &str) -> Agent {
        let mut agent = Agent::new(handle.parse().expect("a handle"));
        agent.description = description.into();
        agent.role = role.into();
        agent
    }

    fn order(agents: Vec<Agent>, request: &str) -> Vec<String> {
        let roster: Roster = agents.into_iter().collect();
        Index::new(&roster).rank(request).iter().map(|found| found.agent.handle.bare().to_owned()).collect()
    }

    #[test]
    fn short_fields_count_more_than_the_role() {
        let agents =
            vec![agent("a.one", "", "cache"), agent("b.two", "cache", ""), agent("c.cache", "", "other")];
        assert_eq!(order(agents, "cache"), ["c.cache", "b.two", "a.one"]);
    }

    #[test]
    fn a_routing_keyword_counts_more_than_much_talk() {
        let mut router = agent("b.router", "", "Signs tokens.");
        router.keywords = vec!["JWT".into()];
        let talker = agent("a.talker", "", &"JWT and JWKS. ".repeat(20));
        assert_eq!(order(vec![talker, router], "JWT"), ["b.router", "a.talker"]);
    }

    #[test]
    fn a_rare_word_counts_more_than_a_common_one() {
        let agents = vec![
            agent("a.one", "Tunes queues", ""),
            agent("b.two", "Tunes brokers", ""),
            agent("c.three", "Tunes caches", ""),
        ];
        assert_eq!(order(agents, "tune brokers"), ["b.two", "a.one", "c.three"]);
    }

    #[test]
    fn a_word_said_often_counts_more_than_one_said_in_passing() {
        let about = "Latency budgets. Latency by percentile. Latency under load.";
        let passing = "Budgets for teams. Charts by percentile. Latency under load.";
        let agents = vec![agent("a.passing", "", passing), agent("b.about", "", about)];
        assert_eq!(order(agents, "latency"), ["b.about", "a.passing"]);
    }

    #[test]
    fn everyday_words_only_break_ties() {
        let agents = vec![agent("a.one", "", "Takes whole nights."), agent("b.two", "", "Replication.")];
        assert_eq!(order(agents, "replication takes the whole night"), ["b.two", "a.one"]);
    }

    #[test]
    fn a_word_and_its_short_form_are_counted_once() {
        let roster: Roster = [agent("a.one", "Database work", "")].into_iter().collect();
        let found = Index::new(&roster).rank("database db databases");
        assert_eq!(found[0].matches.len(), 1, "{:?}", found[0].matches);
    }

    #[test]
    fn only_long_unknown_words_are_taken_for_slips() {
        let agents = || vec![agent("a.reward", "", "postgres reward")];
        assert_eq!(order(agents(), "postgress"), ["a.reward"]);
        assert_eq!(order(agents(), "reword"), Vec::<String>::new());
    }
}
