//! How long a whole search takes, its index included, as in a command.

use std::time::{Duration, Instant};

use perfteam::domain::agent::Agent;
use perfteam::domain::roster::Roster;
use perfteam::domain::search::search;

use crate::Result;

const RUNS: usize = 15;
const AGENTS: usize = 367;
const ROLE_CHARS: usize = 10_240;
const LIMIT: Duration = Duration::from_millis(100);

/// Prints the times; fails where the median is above the limit.
pub fn report(real: &Roster) -> Result<()> {
    let long: Roster = (0..AGENTS).map(|number| long_agent(number, real)).collect::<Result<_>>()?;
    println!();
    for (name, roster) in [("both catalogues", real), ("367 agents with 10 KB of role text each", &long)] {
        let mut times = [Duration::ZERO; RUNS].map(|_| time(roster));
        times.sort();
        let (median, slowest) = (times[RUNS / 2], times[RUNS - 1]);
        println!("one search in {name}: median {median:.1?}, slowest {slowest:.1?}");
        if median > LIMIT {
            return Err(format!("a search takes longer than {LIMIT:?}").into());
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

/// An agent with the role texts of several real ones.
fn long_agent(number: usize, real: &Roster) -> Result<Agent> {
    let mut agent = Agent::new(format!("long.agent-{number}").parse()?);
    let others: Vec<&Agent> = real.iter().collect();
    for other in others.iter().cycle().skip(number) {
        agent.role.push_str(&other.role);
        if agent.role.len() >= ROLE_CHARS * 2 {
            break;
        }
    }
    agent.role = agent.role.chars().take(ROLE_CHARS).collect();
    Ok(agent)
}
