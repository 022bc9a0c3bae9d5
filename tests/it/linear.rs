//! What many processes did to one lock at the same time is what could have been done one after the
//! other: a recorded history is checked for linearizability, in the manner of Wing and Gong.
//!
//! `PERFTEAM_TEST_RECORDED=100 PERFTEAM_TEST_OPERATIONS=60 cargo test --release --test it linear` is
//! the full run.

use std::collections::HashSet;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::environment::{Repo, World, size};

const ANALYST: &str = "@database.postgres";
/// Minutes that a lease lasts, and how much later somebody else may follow.
const LEASE: u64 = 10;
const GRACE: u64 = 2;
const THREADS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Lock,
    Renew,
    Unlock,
}

/// Something that was asked at `now`, and whether it was granted; it happened at one moment between
/// the two instants.
#[derive(Debug, Clone, Copy)]
struct Operation {
    verb: Verb,
    now: u64,
    granted: bool,
    begin: Instant,
    end: Instant,
}

/// A lock that does one thing at a time: until when it is held.
type Lock = Option<u64>;

/// What the lock is after it has granted or refused this; `None` when it would not have done so.
fn after(lock: Lock, operation: &Operation) -> Option<Lock> {
    let now = operation.now;
    let (granted, next) = match (operation.verb, lock) {
        (Verb::Lock, Some(until)) if until + GRACE > now => (false, lock),
        (Verb::Lock, _) => (true, Some(now + LEASE)),
        (Verb::Renew, Some(until)) => (true, Some(until.max(now + LEASE))),
        (Verb::Unlock, Some(_)) => (true, None),
        (Verb::Renew | Verb::Unlock, None) => (false, None),
    };
    (granted == operation.granted).then_some(next)
}

/// Whether the operations can be put in an order that a lock that does one thing at a time would
/// produce, and in which each comes after all that had ended before it began.
fn is_linearizable(history: &[Operation]) -> bool {
    assert!(history.len() <= 64, "a set of operations is the bits of a number");
    let mut seen = HashSet::new();
    let mut open: Vec<(u64, Lock)> = vec![(0, None)];
    while let Some((done, lock)) = open.pop() {
        if done.count_ones() as usize == history.len() {
            return true;
        }
        let left = || (0..history.len()).filter(|at| done & (1 << at) == 0);
        let Some(first_end) = left().map(|at| history[at].end).min() else { return true };
        for at in left().filter(|at| history[*at].begin <= first_end) {
            if let Some(next) = after(lock, &history[at])
                && seen.insert((done | (1 << at), next))
            {
                open.push((done | (1 << at), next));
            }
        }
    }
    false
}

/// A number that follows from `state`, the same on every machine.
fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % below
}

fn command(world: &World, place: &Repo, id: &str, verb: Verb, now: u64) -> Command {
    let args: &[&str] = match verb {
        Verb::Lock => &["flag", "lock", id],
        Verb::Renew => &["flag", "lock", id, "--renew"],
        Verb::Unlock => &["flag", "unlock", id],
    };
    let mut command = world.perfteam_command(place, ANALYST, args);
    command.env("PERFTEAM_NOW", format!("2026-11-21T{:02}:{:02}:00Z", now / 60, now % 60));
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn perform(verb: Verb, now: u64, mut command: Command) -> Operation {
    let begin = Instant::now();
    let output = command.output().expect("it runs");
    let end = Instant::now();
    let said = String::from_utf8_lossy(&output.stderr);
    let granted = match output.status.code() {
        Some(0) => true,
        Some(1 | 4) => false,
        code => panic!("{verb:?} ended with {code:?}: {said}"),
    };
    Operation { verb, now, granted, begin, end }
}

/// Several threads ask for one lock in three work trees of one repository, by clocks that go on at
/// random and differ by a few minutes.
fn record(seed: u64, operations: usize) -> Vec<Operation> {
    let (world, repo) = World::with_team();
    repo.write(".perfteam/perfteam.yaml", "version: 1\nlease: 10m\n");
    let (id, _) = world.flag(&repo, "@backend.api", ANALYST, &[]);
    world.git(&repo, &["commit", "-qanm", "A flag"]).exits(0);
    let mut places = vec![Repo { path: repo.path.clone() }];
    for name in ["first", "second"] {
        world.git(&repo, &["worktree", "add", "-q", &format!("../{name}"), "-b", name]).exits(0);
        places.push(Repo { path: world.path().join(name) });
    }
    let mut state = seed;
    let plans: Vec<Vec<_>> = (0..THREADS)
        .map(|thread| {
            let mut now = 60;
            let mut plan = |_| {
                let verb = [Verb::Lock, Verb::Lock, Verb::Renew, Verb::Unlock][draw(&mut state, 4) as usize];
                now += draw(&mut state, 5);
                let place = &places[(thread + draw(&mut state, 2) as usize) % places.len()];
                (verb, now, command(&world, place, &id, verb, now))
            };
            (0..operations / THREADS).map(&mut plan).collect()
        })
        .collect();
    std::thread::scope(|scope| {
        let work = |plan: Vec<(Verb, u64, Command)>| -> Vec<Operation> {
            plan.into_iter().map(|(verb, now, command)| perform(verb, now, command)).collect()
        };
        let threads: Vec<_> = plans.into_iter().map(|plan| scope.spawn(move || work(plan))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it ends")).collect()
    })
}

#[test]
fn what_many_processes_did_could_have_been_done_one_after_the_other() {
    let mut granted = 0;
    for seed in 0..size("RECORDED", 2) {
        let history = record(seed as u64, size("OPERATIONS", 32));
        assert!(is_linearizable(&history), "seed {seed}: {history:#?}");
        granted += history.iter().filter(|operation| operation.granted).count();
    }
    assert!(granted > 0, "something was granted");
}

/// The check would find what it is for.
#[test]
fn two_who_were_granted_one_lock_are_found() {
    let start = Instant::now();
    let moment = |at: u64| start + std::time::Duration::from_millis(at);
    let operation = |verb, now, granted, begin, end| Operation {
        verb,
        now,
        granted,
        begin: moment(begin),
        end: moment(end),
    };
    let twice = [operation(Verb::Lock, 60, true, 0, 5), operation(Verb::Lock, 61, true, 1, 6)];
    assert!(!is_linearizable(&twice));
    let later = [operation(Verb::Lock, 60, true, 0, 5), operation(Verb::Lock, 72, true, 1, 6)];
    assert!(is_linearizable(&later));
    let between = [twice[0], twice[1], operation(Verb::Unlock, 60, true, 2, 3)];
    assert!(is_linearizable(&between), "whoever unlocked was in between");
    let too_late = [twice[0], twice[1], operation(Verb::Unlock, 60, true, 7, 9)];
    assert!(!is_linearizable(&too_late));
}
