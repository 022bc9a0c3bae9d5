//! Rankings and how often they put a right agent first.

use perfteam::domain::agent::Agent;
use perfteam::domain::handle::Handle;
use perfteam::domain::roster::Roster;
use perfteam::domain::search::relevance::Index;
use perfteam::domain::search::seed;

use crate::catalogue::{Catalogue, roster};
use crate::request::Request;

/// The rankings that are compared: the seed's, the relevance, and both fused by their ranks.
pub const RANKINGS: [&str; 3] = ["seed", "relevance", "fused"];

/// How many small rosters are drawn for each request.
const DRAWS: usize = 3;

/// The constant of reciprocal rank fusion.
const FUSION: f64 = 60.0;

/// For how many requests a right agent came first, or among the first three, and the sum of one
/// over its place.
#[derive(Default)]
pub struct Figures {
    pub requests: usize,
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

    /// Top-1 and top-3 in percent, and the mean reciprocal rank.
    pub fn shares(&self) -> (f64, f64, f64) {
        let all = self.requests.max(1) as f64;
        (100.0 * self.first as f64 / all, 100.0 * self.third as f64 / all, self.reciprocal / all)
    }
}

/// The figures over all agents of the catalogues. A request for which none is right is left out.
pub fn whole(catalogues: &[&Catalogue], requests: &[&Request]) -> [Figures; RANKINGS.len()] {
    let roster = roster(catalogues);
    let index = Index::new(roster.active());
    let mut figures = <[Figures; RANKINGS.len()]>::default();
    for request in requests {
        let (right, _) = candidates(catalogues, request);
        let right: Vec<&Handle> = right.into_iter().map(|(_, agent)| &agent.handle).collect();
        if !right.is_empty() {
            add(&mut figures, &ranked(&roster, &index, &request.say), &right);
        }
    }
    figures
}

/// The figures over small rosters, each of which has one right agent and is otherwise drawn from
/// those that are not right.
pub fn small(size: usize, catalogues: &[&Catalogue], requests: &[&Request]) -> [Figures; RANKINGS.len()] {
    let mut lot = Lot(1);
    let mut figures = <[Figures; RANKINGS.len()]>::default();
    for request in requests {
        let (right, wrong) = candidates(catalogues, request);
        for _ in 0..DRAWS {
            let mut team = vec![right[lot.draw(right.len())]];
            let expected = team[0].1.handle.clone();
            while team.len() < size {
                let other = wrong[lot.draw(wrong.len())];
                if team.iter().all(|(stem, _)| *stem != other.0) {
                    team.push(other);
                }
            }
            let roster: Roster = team.into_iter().map(|(_, agent)| agent.clone()).collect();
            add(&mut figures, &ranked(&roster, &Index::new(roster.active()), &request.say), &[&expected]);
        }
    }
    figures
}

/// An agent with the name of its file.
type Named<'a> = (&'a str, &'a Agent);

/// The agents that are right for the request, and those that are not.
fn candidates<'a>(catalogues: &[&'a Catalogue], request: &Request) -> (Vec<Named<'a>>, Vec<Named<'a>>) {
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for catalogue in catalogues {
        for (stem, agent) in &catalogue.agents {
            let side = if request.right(catalogue).contains(stem) { &mut right } else { &mut wrong };
            side.push((stem.as_str(), agent));
        }
    }
    (right, wrong)
}

fn add(figures: &mut [Figures], rankings: &[Vec<&Handle>], right: &[&Handle]) {
    for (figures, ranking) in figures.iter_mut().zip(rankings) {
        figures.add(ranking.iter().position(|handle| right.contains(handle)));
    }
}

/// The agents in the order of each ranking.
fn ranked<'a>(roster: &'a Roster, index: &Index<'a, Agent>, say: &str) -> [Vec<&'a Handle>; RANKINGS.len()] {
    let seed: Vec<&Handle> = seed::rank(roster, say).into_iter().map(|(agent, _)| &agent.handle).collect();
    let relevance: Vec<&Handle> = index.rank(say).into_iter().map(|one| &one.item.handle).collect();
    let share = |ranking: &[&Handle], handle: &Handle| {
        let place = ranking.iter().position(|one| *one == handle);
        place.map_or(0.0, |place| 1.0 / (FUSION + place as f64 + 1.0))
    };
    let mut fused: Vec<(f64, &Handle)> = roster
        .iter()
        .map(|agent| (share(&seed, &agent.handle) + share(&relevance, &agent.handle), &agent.handle))
        .filter(|(share, _)| *share > 0.0)
        .collect();
    fused.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let fused = fused.into_iter().map(|(_, handle)| handle).collect();
    [seed, relevance, fused]
}

/// The same draws in every run (the generator is SplitMix64).
struct Lot(u64);

impl Lot {
    fn draw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below as u64) as usize
    }
}
