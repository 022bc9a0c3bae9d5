//! One lock, many who want it: over work trees of one repository, and over clones of one remote.
//!
//! `PERFTEAM_TEST_RACERS=64 PERFTEAM_TEST_ROUNDS=200 cargo test --release --test it contest race::` is
//! the full run.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use crate::environment::{Repo, World, size};
use crate::race::{assert_codes, race};

const ANALYST: &str = "@database.postgres";
const PLACES: usize = 8;

fn racers() -> usize {
    size("RACERS", 16)
}

fn rounds() -> usize {
    size("ROUNDS", 2)
}

/// All racers at once, each in the next place, all by the same clock.
fn contest(world: &World, places: &[Repo], args: &[&str]) -> Vec<Output> {
    let clock = world.clock();
    let racer = |at: usize| -> Command {
        let mut command = world.perfteam_command(&places[at % places.len()], ANALYST, args);
        command.env("PERFTEAM_NOW", &clock);
        command
    };
    race((0..racers()).map(racer).collect())
}

/// One has won; all others are told that somebody has it, and who.
#[track_caller]
fn assert_one_winner(outputs: &[Output]) {
    let expected: Vec<i32> = std::iter::once(0).chain(std::iter::repeat_n(4, racers() - 1)).collect();
    assert_codes(outputs, &expected);
    for output in outputs.iter().filter(|output| !output.status.success()) {
        let said = String::from_utf8_lossy(&output.stderr);
        let told =
            said.contains("@database.postgres holds flag") || said.contains("@database.postgres claimed");
        assert!(told, "{said}");
    }
}

/// The names of the events that lock the flag, over all places.
fn locks(places: &[Repo], path: &str) -> BTreeSet<String> {
    let folders = places.iter().filter_map(|place| std::fs::read_dir(place.path.join(path)).ok());
    let names = folders.flatten().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains("-locked-")).collect()
}

#[test]
fn over_work_trees_of_one_repository_one_wins() {
    let (world, repo) = World::with_team();
    let mut places = Vec::new();
    for at in 1..PLACES {
        let name = format!("work{at}");
        world.git(&repo, &["worktree", "add", "-q", &format!("../{name}"), "-b", &name]).exits(0);
        places.push(Repo { path: world.path().join(name) });
    }
    places.push(Repo { path: repo.path.clone() });
    for round in 0..rounds() {
        let raised_in = &places[round % PLACES];
        let (id, path) = world.flag(raised_in, "@backend.api", ANALYST, &[]);
        assert_one_winner(&contest(&world, &places, &["flag", "lock", &id]));
        assert_eq!(locks(&places, &path).len(), 1);
    }
    for place in &places {
        world.perfteam(place, "", &["check", "--worktree"]).exits(0);
    }
}

#[test]
fn over_clones_of_one_remote_one_wins() {
    let (world, repo) = World::with_team();
    let flags: Vec<_> = (0..rounds()).map(|_| world.flag(&repo, "@backend.api", ANALYST, &[])).collect();
    world.git(&repo, &["commit", "-qanm", "Flags"]).exits(0);
    world.git(&repo, &["clone", "-q", "--bare", ".", "../hub.git"]).exits(0);
    let places: Vec<Repo> = (0..PLACES)
        .map(|at| {
            let name = format!("clone{at}");
            world.git(&repo, &["clone", "-q", "../hub.git", &format!("../{name}")]).exits(0);
            Repo { path: world.path().join(name) }
        })
        .collect();
    for (id, path) in &flags {
        assert_one_winner(&contest(&world, &places, &["flag", "lock", id, "--remote"]));
        assert_eq!(locks(&places, path).len(), 1);
    }
    // One claim for each flag, at the one place that decides, and in the clone that won.
    let hub = Repo { path: world.path().join("hub.git") };
    let claims = |repo: &Repo| {
        let refs = world.git(repo, &["for-each-ref", "--format=%(refname)", "refs/perfteam/claims"]);
        refs.exits(0).stdout.lines().count()
    };
    assert_eq!(claims(&hub), flags.len());
    assert_eq!(places.iter().map(claims).sum::<usize>(), flags.len());
}
