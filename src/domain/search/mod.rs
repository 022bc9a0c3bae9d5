//! Finding the right agent for a request in a person's own words.
//!
//! The relevance ranking decides the order; the scoring of the earlier flag tool is given beside
//! it, for those who compare. `docs/search.md` tells how both come about and how good they are.

pub mod relevance;
pub mod seed;
mod words;

use std::collections::HashSet;

use self::relevance::{Index, Match, Part, Relevance, Searched};
use self::seed::{MAX_REASONS, Score};
use self::words::{folded, is_function_word};
use crate::domain::agent::Agent;
use crate::domain::handle::Handle;
use crate::domain::roster::Roster;

impl Searched for Agent {
    const PARTS: &'static [Part] = &[
        Part { label: "handle", weight: 5.0 },
        Part { label: "title", weight: 5.0 },
        Part { label: "keyword", weight: 15.0 },
        Part { label: "capability", weight: 5.0 },
        Part { label: "description", weight: 3.0 },
        Part { label: "role", weight: 1.0 },
    ];

    fn texts(&self) -> Vec<Vec<&str>> {
        vec![
            vec![self.handle.bare()],
            vec![&self.title],
            self.keywords.iter().map(String::as_str).collect(),
            self.capabilities.iter().map(String::as_str).collect(),
            vec![&self.description],
            vec![&self.role],
        ]
    }
}

/// An agent that has something in common with a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The agent.
    pub handle: Handle,
    /// Its place, from 1.
    pub rank: usize,
    /// 0 to 100: how much of what the request says the agent's file is about. Decides the order.
    pub relevance: f64,
    /// What the relevance is made of, most first.
    pub matches: Vec<Match>,
    /// The score of the earlier flag tool.
    pub seed: Score,
    /// At most three reasons in words: those of the earlier tool first, then matches.
    pub reasons: Vec<String>,
}

/// The agents that suit `request`, best first, at most `limit`. Retired ones are left out, and so
/// are those that have nothing in common with it.
pub fn search(roster: &Roster, request: &str, limit: usize) -> Vec<Hit> {
    let found = Index::new(roster.active()).rank(request).into_iter().take(limit).zip(1..);
    found.map(|(relevance, rank)| hit(relevance, rank, request)).collect()
}

fn hit(found: Relevance<'_, Agent>, rank: usize, request: &str) -> Hit {
    let seed = seed::score(found.item, request);
    Hit {
        handle: found.item.handle.clone(),
        rank,
        relevance: found.score,
        reasons: reasons(&seed, &found.matches),
        matches: found.matches,
        seed,
    }
}

/// The seed's reasons but for words such as `the`, then the strongest match of each other word.
fn reasons(seed: &Score, matches: &[Match]) -> Vec<String> {
    let telling = seed.reasons.iter().filter(|reason| !is_function_word(&folded(&reason.text)));
    let mut named: HashSet<&str> = seed.reasons.iter().map(|reason| reason.text.as_str()).collect();
    let others = matches.iter().filter(|one| named.insert(&one.word));
    telling.map(ToString::to_string).chain(others.map(ToString::to_string)).take(MAX_REASONS).collect()
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

    /// Six who work, and one who has retired.
    fn team() -> Roster {
        let mut lead = agent("@team.lead", "Coordinates everybody", "Plans, decides, reports to the board.");
        lead.title = "Performance lead".into();
        let mut auth = agent("@service.auth", "Sign-on for the shop", "Sessions and passwords.");
        auth.keywords = vec!["JWT".into(), "login flow".into()];
        auth.capabilities = vec!["token rotation".into()];
        let mut retired = agent("@old.database", "Vacuums Postgres tables", "Vacuum, vacuum, vacuum.");
        retired.retired = true;
        let team = [
            lead,
            auth,
            agent(
                "@database.postgres",
                "Tunes queries",
                "Adds indexes, vacuums bloated tables, pools connections.",
            ),
            agent("@frontend.web", "Builds the pages", "Rendering, bundles, layout shifts in browsers."),
            agent("@ops.monitoring", "Watches production", "Alerts and dashboards for Kubernetes clusters."),
            agent("@support.japan", "日本語の窓口", "接続プールの枯渇を調べる。"),
            retired,
        ];
        team.into_iter().collect()
    }

    fn found(request: &str) -> String {
        let line = |hit: &Hit| {
            let (relevance, points) = (hit.relevance, hit.seed.points);
            format!("{} {} {relevance:.0} {points} {}", hit.rank, hit.handle, hit.reasons.join("; "))
        };
        search(&team(), request, 3).iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn relevance_finds_what_the_seed_misses() {
        let request = "vacuuming a bloated table takes all night";
        assert_eq!(seed::rank(&team(), request), [], "no word of it stands in a description or a handle");
        insta::assert_snapshot!(found(request), @"1 @database.postgres 20 0 role: vacuuming; role: bloated; role: table");
    }

    #[test]
    fn words_such_as_the_do_not_mislead() {
        let request = "why is the connection pool for queries always empty";
        let team = team();
        let by_seed = seed::rank(&team, request);
        assert_eq!(by_seed[0].0.handle.to_string(), "@service.auth", "for `the` and `for`");
        insta::assert_snapshot!(found(request), @"1 @database.postgres 29 20 description: queries; role: connection; role: pool");
    }

    #[test]
    fn keywords_and_capabilities_give_the_reasons_of_the_seed() {
        insta::assert_snapshot!(
            found("JWT token for the login flow"),
            @"1 @service.auth 78 315 exact keyword: JWT; exact keyword: login flow; keyword match: JWT"
        );
    }

    #[test]
    fn short_forms_hyphens_and_slips_are_understood() {
        insta::assert_snapshot!(found("k8s"), @"1 @ops.monitoring 26 0 role: k8s (kubernetes)");
        insta::assert_snapshot!(found("front-end"), @"1 @frontend.web 20 0 handle: frontend");
        insta::assert_snapshot!(found("kuberntes"), @"1 @ops.monitoring 26 0 role: kuberntes (kubernetes)");
    }

    #[test]
    fn scripts_without_spaces_are_searched() {
        insta::assert_snapshot!(found("プールが枯渇"), @"1 @support.japan 8 0 role: プー; role: ール; role: 枯渇");
    }

    #[test]
    fn nothing_in_common_finds_nobody() {
        for request in ["", "the of and", "zebra", "... 🔥"] {
            assert_eq!(found(request), "", "{request:?}");
        }
        assert_eq!(search(&team(), "vacuum", 0), []);
        assert_eq!(search(&Roster::default(), "vacuum", 3), []);
    }

    #[test]
    fn equal_scores_are_ordered_by_handle() {
        let twins = ["@b.cache", "@a.cache", "@c.cache"].map(|handle| agent(handle, "", "Eviction."));
        let handles: Vec<String> = search(&twins.into_iter().collect(), "evict cache", 9)
            .iter()
            .map(|hit| format!("{} {}", hit.rank, hit.handle))
            .collect();
        assert_eq!(handles, ["1 @a.cache", "2 @b.cache", "3 @c.cache"]);
    }

    #[test]
    fn the_matches_add_up_to_the_relevance() {
        for hit in search(&team(), "alerts for kubernetes in production", 9) {
            let sum: f64 = hit.matches.iter().map(|one| one.points).sum();
            assert!((sum - hit.relevance).abs() < 1e-9 && sum <= 100.0, "{hit:?}");
        }
    }
}
