//! Commands that write many files, killed at random moments: run again, they end as if nobody had killed
//! them, and nothing is there twice.
//!
//! `PERFTEAM_TEST_KILLS=500 cargo test --release --test it killed crash` is the full run.

use std::process::Command;
use std::time::{Duration, Instant};

use super::Incident;
use super::learning::reviewed;
use super::windows::{fixed, validated};
use crate::environment::{Repo, World, size};
use crate::investigations::{LEAD, ask, text};
use crate::killed::{assert_clean, delay, kill_after, wait_for_index};

/// A copy of the repository.
fn copied(world: &World, repo: &Repo, name: &str) -> Repo {
    let path = world.path().join(name);
    let copy = Command::new("cp").arg("-a").arg(&repo.path).arg(&path).status().expect("cp runs");
    assert!(copy.success());
    Repo { path }
}

/// What lies there, without ids: tasks with their state, investigations, entries.
fn told(world: &World, repo: &Repo) -> Vec<String> {
    let lists = [
        ("tasks", &["task", "list", "--status", "all"][..]),
        ("investigations", &["investigate", "list", "--status", "all"]),
        ("findings", &["finding", "list", "--status", "all"]),
    ];
    let mut told = Vec::new();
    for (key, args) in lists {
        let list = ask(world, repo, LEAD, args);
        let records = list[key].as_array().unwrap_or_else(|| panic!("no {key} in {list}")).clone();
        told.extend(records.iter().map(|one| format!("{} {}", text(one, "status"), text(one, "title"))));
    }
    let known = ask(world, repo, LEAD, &["knowledge", "list"]);
    let entries = known["entries"].as_array().expect("entries").iter();
    told.extend(entries.map(|one| format!("{} {}", text(one, "kind"), text(one, "title"))));
    told.sort();
    told
}

/// Kills the command in copies of the repository and runs it again there.
fn killed_and_run_again(world: &World, repo: &Repo, args: &[&str]) {
    let whole = copied(world, repo, "whole");
    let begin = Instant::now();
    world.perfteam(&whole, LEAD, args).exits(0);
    let time = begin.elapsed();
    let expected = told(world, &whole);
    let rounds = size("KILLS", 3);
    for round in 0..rounds {
        let copy = copied(world, repo, &format!("copy{round}"));
        kill_after(
            world.perfteam_command(&copy, LEAD, args),
            delay(time, round, rounds).max(Duration::from_millis(1)),
        );
        wait_for_index(&copy);
        assert_clean(world, &copy);
        let again = world.perfteam(&copy, LEAD, args);
        // Where it was done before it was killed, it is said so.
        assert!(matches!(again.code, 0 | 1 | 4), "{args:?}: {}", again.story());
        assert_eq!(told(world, &copy), expected, "{args:?}: {}", again.story());
        assert_clean(world, &copy);
        std::fs::remove_dir_all(&copy.path).expect("a folder less");
    }
    std::fs::remove_dir_all(&whole.path).expect("a folder less");
}

#[test]
fn an_investigation_that_was_not_opened_in_full_is_opened_again() {
    let (world, repo) = World::with_team();
    let open =
        ["investigate", "open", "--title", "Checkout is slow", "--priority", "high", "--once", "alert-7"];
    let more = ["--system", "checkout", "--impact", "15 % of the traffic waits 890 ms."];
    killed_and_run_again(&world, &repo, &[&open[..], &more].concat());
    world.perfteam(&repo, LEAD, &[&open[..], &more].concat()).exits(0);
    let id = text(&ask(&world, &repo, LEAD, &["investigate", "list"])["investigations"][0], "id").to_owned();
    killed_and_run_again(&world, &repo, &["investigate", "delegate", &id]);
    world.perfteam(&repo, LEAD, &["investigate", "delegate", &id]).exits(0);
    let waive = ["investigate", "waive", &id, "--part", "code", "--reason", "It is bought."];
    killed_and_run_again(&world, &repo, &waive);
}

#[test]
fn what_was_not_planned_in_full_is_planned_once() {
    let incident = Incident::open();
    incident.to_synthesis();
    killed_and_run_again(&incident.world, &incident.repo, &["investigate", "plan", &incident.id]);
}

#[test]
fn what_was_not_decided_in_full_is_decided_once() {
    let incident = Incident::open();
    incident.findings();
    let decide = [
        "finding",
        "decide",
        &incident.id_of("pooling"),
        "--outcome",
        "It is smaller",
        "--reason",
        "See the file.",
    ];
    killed_and_run_again(&incident.world, &incident.repo, &decide);
}

#[test]
fn what_was_not_measured_in_full_is_measured_once() {
    let incident = fixed();
    let missed = ["--metric", "p95_latency=410ms", "--metric", "error_rate=0.06%"];
    let window =
        ["investigate", "validate", &incident.id, "--window", "1", "--metric", "database_connections=62%"];
    killed_and_run_again(&incident.world, &incident.repo, &[&window[..], &missed].concat());
}

#[test]
fn what_was_not_closed_in_full_is_closed_once() {
    let incident = fixed();
    validated(&incident);
    reviewed(&incident);
    killed_and_run_again(&incident.world, &incident.repo, &["investigate", "close", &incident.id]);
}
