//! The relevance ranking: BM25F over everything a file says, an agent's or any other.
//!
//! A word counts by how rare it is among the files and by how often it stands in one of them, where
//! a short part such as a title counts more than a long text. `docs/search.md` has the figures by
//! which the constants were chosen.

use std::collections::{HashMap, HashSet};

use super::words::{English, folded, same, words};

/// How slowly more occurrences of a word stop to matter. High, because a text that is about
/// something names it many times, and a stray word once.
const SATURATION: f64 = 3.0;

/// How much the length of a part takes from the weight of a word in it, between 0 and 1.
const LENGTH_PENALTY: f64 = 0.75;

/// How much another reading of a word counts against the word itself.
const SAME_WORD: f64 = 0.8;
const MISSPELT: f64 = 0.7;

/// From how many letters on an unknown word is taken for a misspelt one.
const MISSPELT_FROM: usize = 7;

/// Something that is found by what its parts say.
pub trait Searched {
    /// Its parts, in the order of the file.
    const PARTS: &'static [Part];

    /// What each of the parts says.
    fn texts(&self) -> Vec<Vec<&str>>;
}

/// A part of the files of one kind.
#[derive(Debug, PartialEq)]
pub struct Part {
    /// Its name in a reason.
    pub label: &'static str,
    /// How much a word in it counts.
    pub weight: f64,
}

/// One word of the request in one part of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The word as the request has it.
    pub word: String,
    /// What it was taken for, where it was not found as it stands: `kubernetes` for `k8s`.
    pub read_as: Option<String>,
    /// How much the word says: 1, less for everyday words and for other readings of it.
    pub weight: f64,
    /// In which part it was found.
    pub part: &'static Part,
    /// What it adds to the relevance.
    pub points: f64,
}

impl std::fmt::Display for Match {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.part.label, self.word)?;
        self.read_as.as_ref().map_or(Ok(()), |read_as| write!(f, " ({read_as})"))
    }
}

/// How well one file answers a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Relevance<'a, T> {
    /// What was found.
    pub item: &'a T,
    /// 0 to 100: how much of what the request says the file is about.
    pub score: f64,
    /// What the score is made of, most first.
    pub matches: Vec<Match>,
}

/// All words of all files that are searched.
pub struct Index<'a, T> {
    files: Vec<&'a T>,
    lengths: Lengths,
    english: English,
    terms: HashMap<String, Term>,
    stems: HashMap<String, Term>,
    postings: Vec<Vec<Posting>>,
}

/// The number of a stem.
type Term = usize;

/// How often a term stands in one part of one file; both by their numbers.
struct Posting {
    file: usize,
    part: usize,
    count: u32,
}

/// The lengths of all parts in words, and the average of those that are filled in.
#[derive(Default)]
struct Lengths {
    by_file: Vec<Vec<u32>>,
    average: Vec<f64>,
}

impl Lengths {
    fn new(by_file: Vec<Vec<u32>>, parts: usize) -> Self {
        let average = (0..parts).map(|part| average(by_file.iter().map(|lengths| lengths[part])));
        Lengths { average: average.collect(), by_file }
    }

    /// The count of a posting, by how long the part is in which it stands.
    fn weighted(&self, posting: &Posting) -> f64 {
        let relative = f64::from(self.by_file[posting.file][posting.part]) / self.average[posting.part];
        f64::from(posting.count) / (1.0 - LENGTH_PENALTY + LENGTH_PENALTY * relative)
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

impl<'a, T: Searched> Index<'a, T> {
    /// Reads the files; those that answer a request equally well stay in their order.
    pub fn new(files: impl IntoIterator<Item = &'a T>) -> Self {
        let mut index = Index {
            files: files.into_iter().collect(),
            lengths: Lengths::default(),
            english: English::new(),
            terms: HashMap::new(),
            stems: HashMap::new(),
            postings: Vec::new(),
        };
        let lengths = (0..index.files.len()).map(|file| index.add(file)).collect();
        index.lengths = Lengths::new(lengths, T::PARTS.len());
        index
    }

    /// Adds one file, and tells how many words each of its parts has.
    fn add(&mut self, file: usize) -> Vec<u32> {
        let parts = self.files[file].texts();
        (0..T::PARTS.len()).zip(parts).map(|(part, texts)| self.add_part(file, part, &texts)).collect()
    }

    /// Adds one part of one file. Parts come in order, so that an occurrence belongs to the last
    /// posting of its term or begins a new one.
    fn add_part(&mut self, file: usize, part: usize, texts: &[&str]) -> u32 {
        let mut length = 0;
        for word in texts.iter().flat_map(|text| words(text)) {
            length += 1;
            let term = self.term(word);
            match self.postings[term].last_mut() {
                Some(last) if last.file == file && last.part == part => last.count += 1,
                _ => self.postings[term].push(Posting { file, part, count: 1 }),
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

    /// The files that have something in common with `request`, best first.
    pub fn rank(&self, request: &str) -> Vec<Relevance<'a, T>> {
        let (sought, most) = self.sought(request);
        let mut ranking: Vec<Relevance<'a, T>> =
            self.files.iter().map(|&item| Relevance { item, score: 0.0, matches: Vec::new() }).collect();
        for sought in &sought {
            for postings in self.postings[sought.term].chunk_by(|a, b| a.file == b.file) {
                ranking[postings[0].file].matches.extend(self.matches(sought, postings, most));
            }
        }
        ranking.retain(|relevance| !relevance.matches.is_empty());
        for relevance in &mut ranking {
            relevance.score = relevance.matches.iter().map(|one| one.points).sum();
            relevance.matches.sort_by(|a, b| b.points.total_cmp(&a.points));
        }
        ranking.sort_by(|a, b| b.score.total_cmp(&a.score));
        ranking
    }

    /// What one sought word earns in the parts of one file, as a part of `most`.
    fn matches(&self, sought: &Sought, postings: &[Posting], most: f64) -> Vec<Match> {
        let weighted = |posting: &Posting| T::PARTS[posting.part].weight * self.lengths.weighted(posting);
        let sum: f64 = postings.iter().map(weighted).sum();
        let share = 100.0 * sought.weight * self.rarity(sought.term) / (SATURATION + sum) / most;
        let matched = |posting: &Posting| Match {
            word: sought.word.clone(),
            read_as: sought.read_as.clone(),
            weight: sought.weight,
            part: &T::PARTS[posting.part],
            points: share * weighted(posting),
        };
        postings.iter().map(matched).collect()
    }

    /// What to look for, and what a file would earn that is about nothing else.
    fn sought(&self, request: &str) -> (Vec<Sought>, f64) {
        let mut sought = Vec::new();
        let mut most = 0.0;
        for (word, weight) in self.telling_words(request) {
            let readings = self.readings(&folded(&word));
            if readings.is_empty() {
                most += weight * rarity(self.files.len(), 0);
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
    /// also `frontend`, where some file writes it so.
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

    /// How much a term tells the files apart.
    fn rarity(&self, term: Term) -> f64 {
        rarity(self.files.len(), self.postings[term].chunk_by(|a, b| a.file == b.file).count())
    }
}

fn average(lengths: impl Iterator<Item = u32>) -> f64 {
    let filled: Vec<u32> = lengths.filter(|length| *length > 0).collect();
    f64::from(filled.iter().sum::<u32>()) / filled.len().max(1) as f64
}

fn rarity(files: usize, having: usize) -> f64 {
    ((files as f64 + 1.0) / (having as f64 + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agent::Agent;
    use crate::domain::roster::Roster;

    fn agent(handle: &str, description: &str, role: &str) -> Agent {
        let mut agent = Agent::new(handle.parse().expect("a handle"));
        agent.description = description.into();
        agent.role = role.into();
        agent
    }

    fn order(agents: Vec<Agent>, request: &str) -> Vec<String> {
        let roster: Roster = agents.into_iter().collect();
        Index::new(roster.active())
            .rank(request)
            .iter()
            .map(|one| one.item.handle.bare().to_owned())
            .collect()
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
        let found = Index::new(roster.active()).rank("database db databases");
        assert_eq!(found[0].matches.len(), 1, "{:?}", found[0].matches);
    }

    #[test]
    fn only_long_unknown_words_are_taken_for_slips() {
        let agents = || vec![agent("a.reward", "", "postgres reward")];
        assert_eq!(order(agents(), "postgress"), ["a.reward"]);
        assert_eq!(order(agents(), "reword"), Vec::<String>::new());
    }
}
