//! Finding what was learnt: by words, and for work that is about to begin.

use std::collections::HashSet;

use super::{Entry, Library};
use crate::domain::search::relevance::{Index, Match, Part, Relevance, Searched};

/// How many entries are served to who starts similar work.
pub const SIMILAR: usize = 3;

/// How much the words must say that an entry and some work share: two words, or nearly so.
const LEAST_SHARED: f64 = 1.5;

/// How near an entry must come to the best one.
const LEAST_OF_BEST: f64 = 0.5;

/// The part that may name anything in passing.
const TEXT: &str = "text";

/// How many reasons are given.
const MAX_REASONS: usize = 3;

impl Searched for Entry {
    const PARTS: &'static [Part] = &[
        Part { label: "kind", weight: 3.0 },
        Part { label: "title", weight: 5.0 },
        Part { label: "system", weight: 10.0 },
        Part { label: "keyword", weight: 15.0 },
        Part { label: TEXT, weight: 1.0 },
    ];

    fn texts(&self) -> Vec<Vec<&str>> {
        let front = &self.front;
        vec![
            vec![self.name.kind()],
            vec![&self.title],
            front.systems.iter().map(String::as_str).collect(),
            front.keywords.iter().map(String::as_str).collect(),
            vec![&self.text],
        ]
    }
}

/// An entry that has something in common with a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// 0 to 100: how much of what the request says the entry is about. Decides the order.
    pub relevance: f64,
    /// The words that it has in common with the request, each where it matters most.
    pub reasons: Vec<String>,
}

impl Library {
    /// The entries that have something in common with `request`, best first.
    pub fn search(&self, request: &str) -> Vec<Hit<'_>> {
        Index::new(&self.entries).rank(request).into_iter().map(hit).collect()
    }

    /// The entries that help with work about `about`, its title and its systems, best first and at
    /// most [`SIMILAR`]. They share several words with it; one that stands in both by chance is no help.
    pub fn similar(&self, about: &str) -> Vec<Hit<'_>> {
        let mut found = Index::new(&self.entries).rank(about);
        found.retain(is_similar);
        let least = found.first().map_or(0.0, |best| best.score * LEAST_OF_BEST);
        found.into_iter().filter(|one| one.score >= least).take(SIMILAR).map(hit).collect()
    }
}

/// Whether an entry shares enough words with some work, one of them where it says what it is about.
fn is_similar(found: &Relevance<'_, Entry>) -> bool {
    let mut seen = HashSet::new();
    let shared = found.matches.iter().filter(|one| seen.insert(one.word.as_str()));
    shared.map(|one| one.weight).sum::<f64>() >= LEAST_SHARED
        && found.matches.iter().any(|one| one.part.label != TEXT)
}

fn hit(found: Relevance<'_, Entry>) -> Hit<'_> {
    Hit { entry: found.item, relevance: found.score, reasons: reasons(&found.matches) }
}

fn reasons(matches: &[Match]) -> Vec<String> {
    let mut named = HashSet::new();
    let first = matches.iter().filter(|one| named.insert(&one.word));
    first.take(MAX_REASONS).map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::knowledge::tests::entry;

    fn library() -> Library {
        let mut pool = entry(
            "pattern/pool-exhausted",
            "Connection pool is exhausted under load",
            "Callers wait for a connection while the database is idle. p95 rises in steps.",
        );
        pool.front.systems = vec!["checkout-db".into()];
        let mut cache =
            entry("optimisation/session-cache", "Sessions are cached for ten minutes", "Saves 150 ms.");
        cache.front.keywords = vec!["ttl".into()];
        let entries = vec![
            cache,
            pool,
            entry("runbook/load-test", "Run a load test", "Warm the cache, then run k6 against staging."),
            entry("error/too-many-clients", "Too many clients already", "PostgreSQL refuses a connection."),
        ];
        Library { entries, faults: Vec::new() }
    }

    fn told(hits: Vec<Hit<'_>>) -> String {
        let line =
            |hit: &Hit<'_>| format!("{} {:.0} {}", hit.entry.name, hit.relevance, hit.reasons.join("; "));
        hits.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn entries_are_found_by_the_forms_of_words_and_by_what_they_are_about() {
        insta::assert_snapshot!(told(library().search("connections are exhausted")), @r#"
        pattern/pool-exhausted 60 title: exhausted; title: connections
        error/too-many-clients 12 text: connections
        "#);
        insta::assert_snapshot!(told(library().search("postgres connection refused")), @r#"
        error/too-many-clients 33 text: postgres (postgresql); text: connection; text: refused
        pattern/pool-exhausted 23 title: connection
        "#);
        insta::assert_snapshot!(told(library().search("TTL of sessions")), @"optimisation/session-cache 71 keyword: TTL; title: sessions");
        assert_eq!(library().search("zebra"), []);
    }

    #[test]
    fn similar_work_is_served_what_shares_several_words() {
        insta::assert_snapshot!(told(library().similar("Load test of the API gateway")), @"runbook/load-test 19 title: test; title: Load");
        insta::assert_snapshot!(told(library().similar("Why does the pool have no connection left? checkout-db")), @"pattern/pool-exhausted 55 system: checkout; system: db; title: pool");
        assert_eq!(library().similar("Write the cache of the build"), [], "one word by chance");
        assert_eq!(library().similar(""), []);
        let alone = Library { entries: library().entries.split_off(2), faults: Vec::new() };
        assert_eq!(
            alone.similar("Load test of the API gateway").len(),
            1,
            "the first entry of a team helps, too"
        );
    }
}
