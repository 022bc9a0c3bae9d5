//! What is ready, what waits for what, and in which order to work: derived from records in brief.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::id::RecordId;
use super::kind::Brief;
use super::reach::reach;
use super::time::Timestamp;

/// Records as work to be done, by their dependencies.
pub struct Agenda<'a> {
    by_id: BTreeMap<&'a RecordId, &'a Brief>,
    /// For each record the open ones that wait for it.
    dependents: BTreeMap<&'a RecordId, Vec<&'a RecordId>>,
    /// Records that are done, of which no more is known.
    done: BTreeSet<RecordId>,
    /// How many wait for each record for which one does; counted when it is first asked for.
    waiting: OnceCell<BTreeMap<&'a RecordId, usize>>,
}

/// Something that must be done first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Obstacle<'a> {
    /// It is still open.
    Open(&'a Brief),
    /// It was cancelled, declined or taken back: waiting for it has no end.
    Dropped(&'a Brief),
    /// It is not here.
    Missing(&'a RecordId),
}

impl<'a> Agenda<'a> {
    /// The agenda of all open records, and the closed ones on which some of them depend.
    pub fn new(briefs: impl IntoIterator<Item = &'a Brief>) -> Self {
        let by_id: BTreeMap<_, _> = briefs.into_iter().map(|brief| (&brief.id, brief)).collect();
        let mut dependents: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for brief in by_id.values().filter(|brief| !brief.closed) {
            for id in depends(brief) {
                dependents.entry(id).or_default().push(&brief.id);
            }
        }
        Agenda { by_id, dependents, done: BTreeSet::new(), waiting: OnceCell::new() }
    }

    /// The same, with what is known of other records than that they are done.
    pub fn knowing_done(self, done: BTreeSet<RecordId>) -> Self {
        Agenda { done, ..self }
    }

    /// The record `id`, when it is here.
    pub fn get(&self, id: &RecordId) -> Option<&'a Brief> {
        self.by_id.get(id).copied()
    }

    /// What must be done before `brief`.
    pub fn obstacles(&self, brief: &'a Brief) -> Vec<Obstacle<'a>> {
        waits_for(brief).filter_map(|id| self.obstacle(id)).collect()
    }

    fn obstacle(&self, id: &'a RecordId) -> Option<Obstacle<'a>> {
        match self.get(id) {
            None => (!self.done.contains(id)).then_some(Obstacle::Missing(id)),
            Some(brief) if brief.dropped => Some(Obstacle::Dropped(brief)),
            Some(brief) => (!brief.closed).then_some(Obstacle::Open(brief)),
        }
    }

    /// Whether somebody could begin now.
    pub fn is_ready(&self, brief: &'a Brief) -> bool {
        let is_idle = brief.plan.as_ref().is_some_and(|plan| plan.blocked.is_none()) && brief.lock.is_none();
        !brief.closed && is_idle && self.obstacles(brief).is_empty()
    }

    /// Whether something keeps it from going on.
    pub fn is_stuck(&self, brief: &'a Brief) -> bool {
        let is_blocked = brief.plan.as_ref().is_some_and(|plan| plan.blocked.is_some());
        !brief.closed && (is_blocked || !self.obstacles(brief).is_empty())
    }

    /// How many open records wait for it, directly or through others.
    pub fn unblocks(&self, id: &RecordId) -> usize {
        self.waiting.get_or_init(|| self.count_waiting()).get(id).copied().unwrap_or(0)
    }

    fn count_waiting(&self) -> BTreeMap<&'a RecordId, usize> {
        let ids: BTreeSet<&RecordId> = self
            .dependents
            .iter()
            .flat_map(|(id, dependents)| dependents.iter().chain([id]))
            .copied()
            .collect();
        let numbers: BTreeMap<&RecordId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let dependents = |id: &&RecordId| self.dependents.get(*id).into_iter().flatten();
        let next: Vec<Vec<usize>> =
            ids.iter().map(|id| dependents(id).map(|dependent| numbers[dependent]).collect()).collect();
        ids.into_iter().zip(reach(&next)).collect()
    }

    /// The order in which ready work is to be done: by priority, deadline, and what it unblocks.
    pub fn urgency(&self, brief: &Brief) -> impl Ord + use<> {
        let deadline = brief.plan.as_ref().and_then(|plan| plan.deadline);
        (
            brief.impact,
            deadline.unwrap_or(Timestamp::from_millis(i64::MAX)),
            std::cmp::Reverse(self.unblocks(&brief.id)),
            brief.at,
            brief.id.clone(),
        )
    }

    /// The way from `id` back to itself, if it waited for `depends`; its first and last are `id`.
    pub fn cycle(&self, id: &'a RecordId, depends_on: &'a [RecordId]) -> Option<Vec<&'a RecordId>> {
        // Each with the one from which it was come upon: the nearest first, so that the way is short.
        let mut from: BTreeMap<&RecordId, &RecordId> = BTreeMap::new();
        let mut open: VecDeque<(&RecordId, &RecordId)> = depends_on.iter().map(|next| (id, next)).collect();
        while let Some((before, next)) = open.pop_front() {
            if from.contains_key(next) {
                continue;
            }
            from.insert(next, before);
            if next == id {
                break;
            }
            open.extend(self.get(next).into_iter().flat_map(waits_for).map(|further| (next, further)));
        }
        let mut way = vec![id, from.get(id)?];
        while let Some(before) = way.last().filter(|last| **last != id).and_then(|last| from.get(*last)) {
            way.push(before);
        }
        way.reverse();
        Some(way)
    }

    /// The records of `briefs` and all that hang together with them by dependencies.
    pub fn connected(&self, ids: impl IntoIterator<Item = &'a RecordId>) -> Vec<&'a Brief> {
        let mut seen: BTreeSet<&RecordId> = BTreeSet::new();
        let mut open: Vec<&RecordId> = ids.into_iter().collect();
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.dependents.get(id).into_iter().flatten());
                open.extend(self.get(id).into_iter().flat_map(depends));
            }
        }
        let mut found: Vec<&Brief> = seen.into_iter().filter_map(|id| self.get(id)).collect();
        found.sort_by_key(|brief| (brief.at, brief.id.clone()));
        found
    }
}

/// What must be done before `brief` can go on: what it depends on, and what blocks it.
pub fn waits_for(brief: &Brief) -> impl Iterator<Item = &RecordId> {
    let blocked = brief.plan.as_ref().and_then(|plan| plan.blocked.as_ref()?.on.as_ref());
    depends(brief).chain(blocked)
}

/// What `brief` depends on.
pub fn depends(brief: &Brief) -> impl Iterator<Item = &RecordId> {
    brief.plan.iter().flat_map(|plan| &plan.depends)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::level::Level;
    use crate::domain::plan::Plan;
    use crate::domain::record::RecordDir;

    fn id(number: u64) -> RecordId {
        RecordId::from_bits(number)
    }

    fn task(number: u64, depends: &[u64]) -> Brief {
        let at: Timestamp = "2026-11-20T11:00:00Z".parse().expect("a time");
        let handle = |text: &str| text.parse().expect("a handle");
        Brief {
            dir: RecordDir::parse(&format!("flags/2026-11-20/x-{}", id(number))).expect("a folder"),
            id: id(number),
            title: format!("task {number}"),
            class: "research".into(),
            impact: Level::Medium,
            from: handle("@a"),
            to: Some(handle("@b")),
            status: "pending".into(),
            closed: false,
            dropped: false,
            lock: None,
            at,
            origin: id(number),
            parent: None,
            once: None,
            plan: Some(Box::new(Plan {
                system: None,
                deadline: None,
                depends: depends.iter().map(|number| id(*number)).collect(),
                specialist: None,
                report_every: None,
                heard: None,
                percent: 0,
                blocked: None,
            })),
            discovery: None,
        }
    }

    #[test]
    fn what_is_ready_and_what_waits_follows_from_dependencies() {
        let mut briefs = [task(1, &[]), task(2, &[1]), task(3, &[2, 9]), task(4, &[5]), task(5, &[])];
        (briefs[4].closed, briefs[4].dropped) = (true, true);
        let agenda = Agenda::new(&briefs);
        let ready: Vec<bool> = briefs.iter().map(|brief| agenda.is_ready(brief)).collect();
        assert_eq!(ready, [true, false, false, false, false]);
        assert_eq!(agenda.obstacles(&briefs[1]), [Obstacle::Open(&briefs[0])]);
        assert_eq!(agenda.obstacles(&briefs[2]), [Obstacle::Open(&briefs[1]), Obstacle::Missing(&id(9))]);
        assert_eq!(agenda.obstacles(&briefs[3]), [Obstacle::Dropped(&briefs[4])]);
        assert_eq!((agenda.unblocks(&id(1)), agenda.unblocks(&id(3))), (2, 0));
        briefs[0].closed = true;
        assert!(Agenda::new(&briefs).is_ready(&briefs[1]), "its dependency is done");
    }

    #[test]
    fn what_unblocks_more_comes_first_and_what_is_due_before_that() {
        let mut briefs = [task(1, &[]), task(2, &[]), task(3, &[2]), task(4, &[])];
        let order = |briefs: &[Brief]| -> Vec<u64> {
            let agenda = Agenda::new(briefs);
            let mut sorted: Vec<&Brief> = briefs.iter().filter(|brief| agenda.is_ready(brief)).collect();
            sorted.sort_by_key(|brief| agenda.urgency(brief));
            let number = |brief: &Brief| brief.title.trim_start_matches("task ").parse().expect("a number");
            sorted.into_iter().map(number).collect()
        };
        assert_eq!(order(&briefs)[0], 2);
        briefs[3].plan.as_mut().expect("a plan").deadline = Some(Timestamp::from_millis(0));
        assert_eq!(order(&briefs)[..2], [4, 2]);
        briefs[0].impact = Level::Critical;
        assert_eq!(order(&briefs), [1, 4, 2]);
    }

    #[test]
    fn cycles_are_found_and_end_nothing() {
        let briefs = [task(1, &[2]), task(2, &[3]), task(3, &[1]), task(4, &[1])];
        let agenda = Agenda::new(&briefs);
        let (one, four) = (id(1), id(4));
        let two = [id(2)];
        let found = agenda.cycle(&one, &two).expect("a cycle");
        assert_eq!(found, [&id(1), &id(2), &id(3), &id(1)]);
        assert_eq!(agenda.cycle(&four, &two), None, "a way into a cycle is none");
        assert_eq!(agenda.unblocks(&id(1)), 3);
        assert_eq!(agenda.connected([&four]).len(), 4);
    }
}
