//! The health of a team's flags: who is flooded, what waits too long, who waits for whom in a ring.

use std::collections::{BTreeMap, BTreeSet};

use super::flag::{Flag, Flags, Step};
use super::handle::Handle;
use super::id::RecordId;
use super::kind::{Brief, Kind};
use super::level::Level;
use super::policy::Health;
use super::record::Record;
use super::roster::Roster;
use super::snapshot::{Snapshot, Waiting};
use super::time::{Span, Timestamp};

/// A flag with what its events tell about who dealt with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// The flag in brief.
    pub brief: Brief,
    /// To whom it is addressed now.
    pub to: Handle,
    /// Everybody to whom it was addressed, in turn.
    pub addressees: Vec<Handle>,
    /// Those who took a step as its addressee.
    pub processed_by: BTreeSet<Handle>,
    /// Since when its addressee could have begun.
    pub free_since: Timestamp,
}

impl Story {
    /// The story of a flag; `None` when its head can't be read, or it is no flag.
    pub fn of(record: &Record) -> Option<Story> {
        if record.dir.kind().name() != Flags.name() {
            return None;
        }
        let flag = Flag::fold(record).ok()?;
        let brief = Flags.brief(record)?;
        let mut story = Story {
            to: flag.state.addressee.clone(),
            addressees: vec![flag.state.head.to.clone()],
            processed_by: BTreeSet::new(),
            free_since: brief.at,
            brief,
        };
        let applied = record.events.iter().filter(|event| !flag.superseded.contains(&event.name));
        for event in applied {
            let by = &event.front.by;
            match Step::read(event) {
                Ok(Step::HandedOn(details)) => {
                    story.processed_by.insert(by.clone());
                    story.addressees.push(details.to);
                    story.free_since = event.front.at;
                }
                Ok(Step::Unlocked(_)) => story.free_since = event.front.at,
                Ok(Step::Locked(_) | Step::Completed | Step::Declined | Step::Replied) => {
                    story.processed_by.insert(by.clone());
                }
                _ => {}
            }
        }
        Some(story)
    }
}

/// Something about the team's flags that deserves a look.
#[derive(Debug, Clone, PartialEq)]
pub enum Symptom {
    /// So many open critical flags for one agent that the word says nothing any more.
    Inflated {
        /// The addressee.
        agent: Handle,
        /// How many.
        criticals: usize,
    },
    /// So many open flags for one agent that it can't keep up.
    Flooded {
        /// The addressee.
        agent: Handle,
        /// How many.
        open: usize,
        /// Who raised most of them, and how many.
        most_from: (Handle, usize),
    },
    /// So many open flags by one agent that others can't keep up.
    Flooding {
        /// The sender.
        agent: Handle,
        /// How many.
        open: usize,
        /// To how many agents.
        addressees: usize,
    },
    /// It waits longer than policy allows.
    Waiting {
        /// The flag.
        flag: Box<Brief>,
        /// For how long.
        waited: Span,
    },
    /// A lock whose lease ended.
    Expired {
        /// The flag.
        flag: Box<Brief>,
        /// Who held it.
        holder: Handle,
        /// When it ended.
        until: Timestamp,
    },
    /// It was handed on until it came back to somebody who had handed it on.
    Circle {
        /// The flag.
        flag: Box<Brief>,
        /// Its addressees in turn.
        addressees: Vec<Handle>,
    },
    /// Agents each of whom holds a flag until another of them answers.
    Ring {
        /// The agents, each waiting for the next, the last for the first.
        agents: Vec<Handle>,
        /// The requests they wait for, in the same order.
        requests: Vec<RecordId>,
    },
    /// It was asked for something several times and never took a step.
    Silent {
        /// The agent.
        agent: Handle,
        /// How many flags were for it.
        flags: usize,
    },
    /// An open flag for somebody who has left, or was never there.
    Unreachable {
        /// The flag.
        flag: Box<Brief>,
        /// Who answers for the addressee now.
        heir: Option<Handle>,
    },
}

/// So many flags without any step say that an agent does not answer.
const SILENT_FROM: usize = 3;

/// What is unhealthy about the flags in `stories`, open and closed ones.
pub fn examine(
    stories: &[Story],
    snapshot: &Snapshot,
    roster: &Roster,
    limits: &Health,
    now: Timestamp,
) -> Vec<Symptom> {
    let mut open: Vec<&Story> = stories.iter().filter(|story| !story.brief.closed).collect();
    open.sort_by_key(|story| (story.brief.impact, story.brief.at, story.brief.id.clone()));
    let mut symptoms = Vec::new();
    symptoms.extend(inflated(&open, limits));
    symptoms.extend(flooded(&open, limits));
    symptoms.extend(flooding(&open, limits));
    symptoms.extend(silent(stories, roster));
    symptoms.extend(rings(&open));
    symptoms.extend(open.iter().filter_map(|story| circle(story)));
    symptoms.extend(open.iter().filter_map(|story| unreachable(story, roster)));
    symptoms.extend(open.iter().filter_map(|story| expired(story, snapshot, now)));
    symptoms.extend(open.iter().filter_map(|story| waiting(story, snapshot, limits, now)));
    symptoms
}

fn inflated(open: &[&Story], limits: &Health) -> Vec<Symptom> {
    let criticals = open.iter().filter(|story| story.brief.impact == Level::Critical);
    count(criticals.map(|story| &story.to))
        .into_iter()
        .filter(|(_, criticals)| *criticals >= limits.max_critical.max(1))
        .map(|(agent, criticals)| Symptom::Inflated { agent: agent.clone(), criticals })
        .collect()
}

fn flooded(open: &[&Story], limits: &Health) -> Vec<Symptom> {
    let too_many = count(open.iter().map(|story| &story.to))
        .into_iter()
        .filter(|(_, open)| *open >= limits.max_open.max(1));
    too_many
        .map(|(agent, count_open)| {
            let senders = open.iter().filter(|story| story.to == *agent).map(|story| &story.brief.from);
            let most = count(senders).into_iter().max_by_key(|(_, count)| *count);
            let most_from = most.map_or((agent.clone(), 0), |(from, count)| (from.clone(), count));
            Symptom::Flooded { agent: agent.clone(), open: count_open, most_from }
        })
        .collect()
}

fn flooding(open: &[&Story], limits: &Health) -> Vec<Symptom> {
    count(open.iter().map(|story| &story.brief.from))
        .into_iter()
        .filter(|(_, open)| *open >= limits.max_open.max(1))
        .map(|(agent, count)| {
            let to: BTreeSet<&Handle> =
                open.iter().filter(|story| story.brief.from == *agent).map(|story| &story.to).collect();
            Symptom::Flooding { agent: agent.clone(), open: count, addressees: to.len() }
        })
        .collect()
}

fn count<'a>(handles: impl Iterator<Item = &'a Handle>) -> BTreeMap<&'a Handle, usize> {
    let mut counts = BTreeMap::new();
    for handle in handles {
        *counts.entry(handle).or_insert(0) += 1;
    }
    counts
}

fn silent(stories: &[Story], roster: &Roster) -> Vec<Symptom> {
    let answered: BTreeSet<&Handle> = stories.iter().flat_map(|story| &story.processed_by).collect();
    let addressed = stories
        .iter()
        .filter(|story| story.brief.status != "withdrawn")
        .flat_map(|story| story.addressees.iter().collect::<BTreeSet<_>>());
    count(addressed)
        .into_iter()
        .filter(|(agent, flags)| *flags >= SILENT_FROM && !answered.contains(agent))
        .filter(|(agent, _)| roster.get(agent).is_some_and(|agent| !agent.retired))
        .map(|(agent, flags)| Symptom::Silent { agent: agent.clone(), flags })
        .collect()
}

fn circle(story: &Story) -> Option<Symptom> {
    let mut seen = BTreeSet::new();
    let came_back = story.addressees.iter().any(|handle| !seen.insert(handle));
    came_back.then(|| Symptom::Circle {
        flag: Box::new(story.brief.clone()),
        addressees: story.addressees.clone(),
    })
}

fn unreachable(story: &Story, roster: &Roster) -> Option<Symptom> {
    let to = &story.to;
    let gone = roster.get(to).is_none_or(|agent| agent.retired);
    gone.then(|| {
        let heir = roster.heir(to);
        let heir = roster.get(&heir).is_some_and(|agent| !agent.retired).then_some(heir);
        Symptom::Unreachable { flag: Box::new(story.brief.clone()), heir }
    })
}

fn expired(story: &Story, snapshot: &Snapshot, now: Timestamp) -> Option<Symptom> {
    let lock = story.brief.lock.as_ref()?;
    (snapshot.standing(&story.brief, now) == Waiting::Expired).then(|| Symptom::Expired {
        flag: Box::new(story.brief.clone()),
        holder: lock.by.clone(),
        until: lock.until,
    })
}

/// Whether nobody has begun for too long. A lock that ended is a symptom of its own.
fn waiting(story: &Story, snapshot: &Snapshot, limits: &Health, now: Timestamp) -> Option<Symptom> {
    let standing = snapshot.standing(&story.brief, now);
    let idle = standing.is_unprocessed() && standing != Waiting::Expired;
    let waited = now.since(story.free_since);
    (idle && waited > limits.max_wait)
        .then(|| Symptom::Waiting { flag: Box::new(story.brief.clone()), waited })
}

/// Who waits for whom: the holder of a flag for the addressee of the open request that it awaits.
fn rings(open: &[&Story]) -> Vec<Symptom> {
    let mut awaits: BTreeMap<&Handle, Vec<(&Handle, &RecordId)>> = BTreeMap::new();
    for story in open {
        let Some(lock) = &story.brief.lock else { continue };
        let Some(request) = &lock.awaiting else { continue };
        let Some(asked) = open.iter().find(|other| other.brief.id == *request) else { continue };
        awaits.entry(&lock.by).or_default().push((&asked.to, request));
    }
    let mut told: BTreeSet<&Handle> = BTreeSet::new();
    let mut rings = Vec::new();
    for start in awaits.keys().copied() {
        if told.contains(start) {
            continue;
        }
        if let Some(ring) = ring_through(start, &awaits) {
            told.extend(ring.iter().map(|(agent, _)| *agent));
            rings.push(Symptom::Ring {
                agents: ring.iter().map(|(agent, _)| (*agent).clone()).collect(),
                requests: ring.iter().map(|(_, request)| (*request).clone()).collect(),
            });
        }
    }
    rings
}

/// The shortest way from `start` over those it waits for back to `start`: each agent with the
/// request that it waits for.
fn ring_through<'a>(
    start: &'a Handle,
    awaits: &BTreeMap<&'a Handle, Vec<(&'a Handle, &'a RecordId)>>,
) -> Option<Vec<(&'a Handle, &'a RecordId)>> {
    let mut seen: BTreeSet<&Handle> = BTreeSet::from([start]);
    let mut ways: Vec<(&Handle, Vec<(&Handle, &RecordId)>)> = vec![(start, Vec::new())];
    while !ways.is_empty() {
        let mut next = Vec::new();
        for (agent, way) in ways {
            for (asked, request) in awaits.get(agent).into_iter().flatten() {
                let mut way = way.clone();
                way.push((agent, *request));
                if *asked == start {
                    return Some(way);
                }
                if seen.insert(asked) {
                    next.push((*asked, way));
                }
            }
        }
        ways = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agent::Agent;
    use crate::domain::lease::Lock;
    use crate::domain::record::RecordDir;

    const NOW: &str = "2026-11-20T12:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn handle(text: &str) -> Handle {
        text.parse().expect("a handle")
    }

    fn story(number: u64, from: &str, to: &str) -> Story {
        let id = RecordId::from_bits(number);
        let brief = Brief {
            dir: RecordDir::parse(&format!("flags/2026-11-20/x-{id}")).expect("a folder"),
            id: id.clone(),
            title: format!("flag {number}"),
            class: "change".into(),
            impact: Level::Medium,
            from: handle(from),
            to: Some(handle(to)),
            status: "pending".into(),
            closed: false,
            dropped: false,
            lock: None,
            at: at("2026-11-20T11:00:00Z"),
            origin: id,
            parent: None,
            once: None,
            plan: None,
            discovery: None,
        };
        Story {
            to: handle(to),
            addressees: vec![handle(to)],
            processed_by: BTreeSet::new(),
            free_since: brief.at,
            brief,
        }
    }

    fn locked(mut story: Story, awaiting: Option<u64>, until: &str) -> Story {
        let by = story.to.clone();
        story.processed_by.insert(by.clone());
        story.brief.status = "locked".into();
        story.brief.lock =
            Some(Lock { by, until: at(until), awaiting: awaiting.map(RecordId::from_bits), claim: None });
        story
    }

    fn symptoms(stories: &[Story]) -> Vec<Symptom> {
        let mut retired = Agent::new(handle("@old"));
        retired.retired = true;
        retired.successor = Some(handle("@a"));
        let agents = ["@a", "@b", "@c"].map(|name| Agent::new(handle(name)));
        let roster: Roster = agents.into_iter().chain([retired]).collect();
        let open = stories.iter().map(|story| story.brief.clone()).collect();
        let snapshot = Snapshot { open, ..Snapshot::default() };
        examine(stories, &snapshot, &roster, &Health::default(), at(NOW))
    }

    #[test]
    fn a_quiet_team_is_healthy() {
        assert_eq!(
            symptoms(&[story(1, "@a", "@b"), locked(story(2, "@b", "@a"), None, "2026-11-20T13:00:00Z")]),
            []
        );
    }

    #[test]
    fn criticals_and_floods_are_counted_per_agent() {
        let mut stories: Vec<Story> = (0..10).map(|n| story(n, "@a", "@b")).collect();
        for story in stories.iter_mut().take(5) {
            story.brief.impact = Level::Critical;
            story.processed_by.insert(handle("@b"));
        }
        assert_eq!(
            symptoms(&stories),
            [
                Symptom::Inflated { agent: handle("@b"), criticals: 5 },
                Symptom::Flooded { agent: handle("@b"), open: 10, most_from: (handle("@a"), 10) },
                Symptom::Flooding { agent: handle("@a"), open: 10, addressees: 1 },
            ]
        );
        assert_eq!(symptoms(&stories[..9])[1..], [], "nine are no flood");
        assert_eq!(symptoms(&stories[1..9]), [], "four criticals are no inflation");
    }

    #[test]
    fn waiting_too_long_is_told_from_a_lock_that_ended() {
        let mut old = story(1, "@a", "@b");
        old.free_since = at("2026-11-17T11:59:59Z");
        let mut fine = story(2, "@a", "@b");
        fine.free_since = at("2026-11-17T12:00:00Z");
        let mut ended = locked(story(3, "@a", "@b"), None, "2026-11-20T11:57:59Z");
        ended.free_since = at("2026-11-01T12:00:00Z");
        let found = symptoms(&[old, fine, ended]);
        assert!(matches!(&found[0], Symptom::Expired { flag, .. } if flag.title == "flag 3"));
        assert!(matches!(&found[1], Symptom::Waiting { flag, .. } if flag.title == "flag 1"));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn three_flags_without_a_step_are_silence() {
        let stories: Vec<Story> = (0..3).map(|n| story(n, "@a", "@b")).collect();
        assert_eq!(symptoms(&stories), [Symptom::Silent { agent: handle("@b"), flags: 3 }]);
        let mut answered = stories.clone();
        answered[0].processed_by.insert(handle("@b"));
        assert_eq!(symptoms(&answered), []);
        let mut withdrawn = stories;
        withdrawn[0].brief.status = "withdrawn".into();
        withdrawn[0].brief.closed = true;
        assert_eq!(symptoms(&withdrawn), []);
    }

    #[test]
    fn those_who_wait_for_each_other_are_a_ring() {
        let until = "2026-11-20T13:00:00Z";
        // @a holds 1 until @b answers 2; @b holds 3 until @c answers 4; @c holds 5 until @a answers 6.
        let ring = [
            locked(story(1, "@c", "@a"), Some(2), until),
            story(2, "@a", "@b"),
            locked(story(3, "@c", "@b"), Some(4), until),
            story(4, "@b", "@c"),
            locked(story(5, "@b", "@c"), Some(6), until),
            story(6, "@c", "@a"),
        ];
        assert_eq!(
            symptoms(&ring),
            [Symptom::Ring {
                agents: vec![handle("@a"), handle("@b"), handle("@c")],
                requests: [2, 4, 6].map(RecordId::from_bits).to_vec(),
            }]
        );
        assert_eq!(symptoms(&ring[..5]), [], "an open chain is no ring");
    }

    #[test]
    fn flags_that_come_back_and_flags_to_nobody_are_named() {
        let mut back = story(1, "@c", "@a");
        back.addressees = ["@a", "@b", "@a"].map(handle).to_vec();
        back.processed_by = ["@a", "@b"].map(handle).into_iter().collect();
        let found = symptoms(&[back, story(2, "@a", "@old"), story(3, "@a", "@ghost")]);
        assert!(matches!(&found[0], Symptom::Circle { addressees, .. } if addressees.len() == 3));
        assert!(matches!(&found[1], Symptom::Unreachable { heir: Some(heir), .. } if *heir == handle("@a")));
        assert!(matches!(&found[2], Symptom::Unreachable { heir: None, .. }));
    }
}
