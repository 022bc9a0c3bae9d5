//! How good the search is on real catalogues of agents, and how long it takes.
//!
//! `cargo bench --bench search_quality`. The catalogues are not in this repository; see
//! docs/search.md for where they are looked for. Without them it says so and passes.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use perfteam::domain::agent::Agent;
use perfteam::domain::handle::Handle;
use perfteam::domain::roster::Roster;
use perfteam::domain::search::relevance::Index;
use perfteam::domain::search::{search, seed};
use serde::Deserialize;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the relevance ranking reaches in both catalogues together: set, top-1, top-3, MRR. These
/// are the figures of docs/search.md; less is a regression.
const REACHED: [(Set, f64, f64, f64); 4] = [
    (Set::Tune, 0.0, 0.0, 0.0),
    (Set::HeldOut, 0.0, 0.0, 0.0),
    (Set::Drawn, 0.0, 0.0, 0.0),
    (Set::Last, 0.0, 0.0, 0.0),
];

/// One search among as many agents as both catalogues have, with long role texts.
const TIME_LIMIT: Duration = Duration::from_millis(100);

fn main() -> Result<()> {
    let Some(folder) = catalogues() else {
        println!("skipped: no agent catalogues; set PERFTEAM_SHARED to the folder that has data/agents");
        return Ok(());
    };
    let requests: Vec<Request> =
        serde_yaml::from_str(&fs::read_to_string(manifest().join("tests/fixtures/search/requests.yaml"))?)?;
    let wshobson = Catalogue::read(&folder, "wshobson")?;
    let voltagent = Catalogue::read(&folder, "voltagent")?;
    requests.iter().try_for_each(|request| request.check(&[&wshobson, &voltagent]))?;

    let both = quality("both", &[&wshobson, &voltagent], &requests);
    quality("wshobson", &[&wshobson], &requests);
    quality("voltagent", &[&voltagent], &requests);
    by_kind(&[&wshobson, &voltagent], &requests);
    speed(&[&wshobson, &voltagent])?;
    held(&both)
}

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn catalogues() -> Option<PathBuf> {
    let named = std::env::var_os("PERFTEAM_SHARED").map(PathBuf::from);
    let beside = ["../shared", "../../shared"].map(|path| manifest().join(path));
    named.into_iter().chain(beside).map(|shared| shared.join("data/agents")).find(|folder| folder.is_dir())
}

/// A catalogue: its name, and its agents with the names of their files.
struct Catalogue {
    name: &'static str,
    agents: Vec<(String, Agent)>,
}

impl Catalogue {
    fn read(folder: &Path, name: &'static str) -> Result<Self> {
        let mut agents = Vec::new();
        for entry in walkdir::WalkDir::new(folder.join(name)).sort_by_file_name() {
            let entry = entry?;
            let stem = entry.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let is_agent = entry.path().extension().is_some_and(|end| end == "md") && stem != "README";
            if is_agent {
                let text = fs::read_to_string(entry.path())?;
                let agent =
                    agent(name, &text).ok_or_else(|| format!("no agent: {}", entry.path().display()))?;
                agents.push((stem, agent));
            }
        }
        Ok(Catalogue { name, agents })
    }
}

/// Reads no more of the front matter than the search needs: `name` and `description`. The handle
/// begins with the catalogue, because both know some names.
fn agent(catalogue: &str, text: &str) -> Option<Agent> {
    let (front, role) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    let name = value(front, "name")?;
    let mut agent = Agent::new(format!("{catalogue}.{name}").parse::<Handle>().ok()?);
    agent.description = value(front, "description")?;
    agent.role = role.trim().to_owned();
    Some(agent)
}

fn value(front: &str, key: &str) -> Option<String> {
    let mut lines = front.lines().skip_while(|line| !line.starts_with(&format!("{key}:")));
    let first = lines.next()?.split_once(':')?.1.trim();
    let more = lines.take_while(|line| line.starts_with(' ')).map(str::trim);
    let lines: Vec<&str> = [first.trim_matches(['"', '\'', '>', '-'])].into_iter().chain(more).collect();
    Some(lines.join(" "))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Set {
    Tune,
    HeldOut,
    Drawn,
    Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Named,
    Need,
}

#[derive(Deserialize)]
struct Request {
    say: String,
    set: Set,
    kind: Kind,
    #[serde(default)]
    wshobson: Vec<String>,
    #[serde(default)]
    voltagent: Vec<String>,
}

impl Request {
    fn right(&self, catalogue: &Catalogue) -> &[String] {
        if catalogue.name == "wshobson" { &self.wshobson } else { &self.voltagent }
    }

    /// Whether the right agents exist.
    fn check(&self, catalogues: &[&Catalogue]) -> Result<()> {
        for catalogue in catalogues {
            for name in self.right(catalogue) {
                if !catalogue.agents.iter().any(|(stem, _)| stem == name) {
                    return Err(format!("{:?}: {} has no {name}.md", self.say, catalogue.name).into());
                }
            }
        }
        Ok(())
    }
}

/// The share of requests whose best right agent is first or among the first three, in percent, and
/// the mean of one over its rank.
#[derive(Default)]
struct Figures {
    requests: usize,
    first: usize,
    third: usize,
    reciprocal: f64,
}

impl Figures {
    fn add(&mut self, place: Option<usize>) {
        self.requests += 1;
        self.first += usize::from(place == Some(0));
        self.third += usize::from(place.is_some_and(|place| place < 3));
        self.reciprocal += place.map_or(0.0, |place| 1.0 / (place as f64 + 1.0));
    }

    fn shares(&self) -> (f64, f64, f64) {
        let all = self.requests.max(1) as f64;
        (100.0 * self.first as f64 / all, 100.0 * self.third as f64 / all, self.reciprocal / all)
    }
}

/// A way to order the agents for a request.
type Ranking<'a> = (&'static str, Box<dyn Fn(&str) -> Vec<&'a Handle> + 'a>);

fn rankings<'a>(roster: &'a Roster, index: &'a Index<'a>) -> Vec<Ranking<'a>> {
    let seed = move |say: &str| -> Vec<&'a Handle> {
        seed::rank(roster, say).into_iter().map(|(agent, _)| &agent.handle).collect()
    };
    let relevance = move |say: &str| -> Vec<&'a Handle> {
        index.rank(say).into_iter().map(|found| &found.agent.handle).collect()
    };
    let fused = move |say: &str| -> Vec<&'a Handle> {
        let lists = [relevance(say), seed(say)];
        let share = |list: &[&Handle], handle: &Handle| {
            list.iter().position(|one| *one == handle).map_or(0.0, |place| 1.0 / (60.0 + place as f64))
        };
        let mut all: Vec<(f64, &'a Handle)> = roster
            .active()
            .map(|agent| (lists.iter().map(|list| share(list, &agent.handle)).sum(), &agent.handle))
            .collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        all.into_iter().filter(|(share, _)| *share > 0.0).map(|(_, handle)| handle).collect()
    };
    vec![("seed", Box::new(seed)), ("relevance", Box::new(relevance)), ("both, fused", Box::new(fused))]
}

fn roster(catalogues: &[&Catalogue]) -> Roster {
    catalogues.iter().flat_map(|catalogue| &catalogue.agents).map(|(_, agent)| agent.clone()).collect()
}

/// Where the first right agent stands, or `None` in the outer option where there is none to find.
fn place(request: &Request, catalogues: &[&Catalogue], ranked: &[&Handle]) -> Option<Option<usize>> {
    let right: Vec<&Handle> = catalogues
        .iter()
        .flat_map(|catalogue| catalogue.agents.iter().map(move |(stem, agent)| (catalogue, stem, agent)))
        .filter(|(catalogue, stem, _)| request.right(catalogue).contains(stem))
        .map(|(_, _, agent)| &agent.handle)
        .collect();
    (!right.is_empty()).then(|| ranked.iter().position(|handle| right.contains(handle)))
}

fn figures<'a>(
    catalogues: &[&Catalogue],
    requests: impl Iterator<Item = &'a Request>,
    ranking: &Ranking<'_>,
) -> Figures {
    let mut figures = Figures::default();
    for request in requests {
        if let Some(place) = place(request, catalogues, &ranking.1(&request.say)) {
            figures.add(place);
        }
    }
    figures
}

/// Prints the figures of every ranking and set; answers those of the relevance ranking.
fn quality(name: &str, catalogues: &[&Catalogue], requests: &[Request]) -> Vec<(Set, Figures)> {
    let roster = roster(catalogues);
    let index = Index::new(&roster);
    println!("\n{name}: {} agents", roster.len());
    let mut reached = Vec::new();
    for ranking in rankings(&roster, &index) {
        for set in REACHED.map(|(set, ..)| set) {
            let found = figures(catalogues, requests.iter().filter(|request| request.set == set), &ranking);
            print_row(ranking.0, &format!("{set:?}"), &found);
            if ranking.0 == "relevance" {
                reached.push((set, found));
            }
        }
    }
    reached
}

fn by_kind(catalogues: &[&Catalogue], requests: &[Request]) {
    let roster = roster(catalogues);
    let index = Index::new(&roster);
    println!("\nboth, all sets, by kind of request");
    for ranking in rankings(&roster, &index) {
        for kind in [Kind::Named, Kind::Need] {
            let found = figures(catalogues, requests.iter().filter(|request| request.kind == kind), &ranking);
            print_row(ranking.0, &format!("{kind:?}"), &found);
        }
    }
}

fn print_row(ranking: &str, set: &str, figures: &Figures) {
    let (first, third, reciprocal) = figures.shares();
    let requests = figures.requests;
    println!(
        "{ranking:12} {set:8} {requests:4} requests  top-1 {first:5.1} %  top-3 {third:5.1} %  MRR {reciprocal:.3}"
    );
}

/// Times whole searches, each with an index of its own, as a command does.
fn speed(catalogues: &[&Catalogue]) -> Result<()> {
    let real = roster(catalogues);
    let long: Roster = (0..367).map(|number| long_agent(number, &real)).collect::<Result<_>>()?;
    for (name, roster) in [("both catalogues", &real), ("367 agents with 10 KB each", &long)] {
        let mut times: Vec<Duration> = (0..15).map(|_| time(roster)).collect();
        times.sort();
        let median = times[times.len() / 2];
        println!("\none search in {name}: median {median:.1?}, slowest {:.1?}", times[times.len() - 1]);
        if median > TIME_LIMIT {
            return Err(format!("slower than {TIME_LIMIT:?}").into());
        }
    }
    Ok(())
}

fn time(roster: &Roster) -> Duration {
    let start = Instant::now();
    let hits = search(roster, "which of our kuberntes servces leaks memory after a deploy", 10);
    assert!(!hits.is_empty());
    start.elapsed()
}

/// An agent with the role texts of several others, 10 KB of them.
fn long_agent(number: usize, real: &Roster) -> Result<Agent> {
    let mut agent = Agent::new(format!("load.agent-{number}").parse()?);
    let others: Vec<&Agent> = real.iter().collect();
    for other in others.iter().cycle().skip(number) {
        agent.role.push_str(&other.role);
        if agent.role.len() >= 10_240 {
            break;
        }
    }
    agent.role = agent.role.chars().take(10_240).collect();
    Ok(agent)
}

fn held(reached: &[(Set, Figures)]) -> Result<()> {
    for ((set, figures), (_, first, third, reciprocal)) in reached.iter().zip(REACHED) {
        let now = figures.shares();
        if now.0 < first || now.1 < third || now.2 < reciprocal {
            return Err(format!("{set:?}: {now:.1?} is worse than docs/search.md says").into());
        }
    }
    Ok(())
}
