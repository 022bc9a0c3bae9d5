//! What is open for an agent who has retired: its successor sees it, is not blocked by it, and is
//! told how to take it over.

use crate::environment::{Repo, World};
use insta::assert_snapshot;

const API: &str = "@backend.api";
const OLD: &str = "@database.postgres";
const HEIR: &str = "@ops.performance";

/// A committed flag for an agent who then retired: its id.
fn with_inheritance() -> (World, Repo, String) {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, API, OLD, &[]);
    world.perfteam(&repo, API, &["agent", "retire", OLD, "--successor", HEIR]).exits(0);
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "A flag, and somebody leaves"]).exits(0);
    (world, repo, id)
}

#[test]
fn the_inbox_of_the_successor_shows_what_it_inherits() {
    let (world, repo, id) = with_inheritance();
    assert_snapshot!(world.perfteam(&repo, HEIR, &["inbox"]).exits(0).stdout, @"
    inherited from @database.postgres

    ttgk   medium   pending   @backend.api -> @database.postgres  4m ago  The pool hands out at most twenty connections instead of one hundred… (change)

    take it over: perfteam flag handoff ttgk --to @ops.performance
    next: perfteam flag show ttgk
    ");
    let told = world.perfteam(&repo, HEIR, &["inbox", "--format", "json"]).json();
    assert_eq!((&told["waiting"], &told["total"]), (&0.into(), &0.into()), "it is not asked for it yet");
    assert_eq!(told["inherited"][0]["id"], id.as_str());
    let others = world.perfteam(&repo, API, &["inbox", "--format", "json"]).json();
    assert_eq!(others["inherited"].as_array().map(Vec::len), Some(0));
    let shown = world.perfteam(&repo, HEIR, &["flag", "show", &id]).exits(0).stdout;
    assert!(
        shown.contains("to        @database.postgres (has retired; @ops.performance follows)"),
        "{shown}"
    );
}

#[test]
fn what_is_inherited_blocks_nobody_until_it_is_taken_over() {
    let (world, repo, id) = with_inheritance();
    world.perfteam(&repo, HEIR, &["check", "--staged"]).exits(0);
    let refused = world.perfteam(&repo, HEIR, &["flag", "complete", &id]).exits(1).stderr;
    assert_snapshot!(refused, @"
    error: the flag is addressed to @database.postgres, not to @ops.performance
      why: @database.postgres has retired, and @ops.performance follows; its story must say who acts now
      try: take it over first: perfteam flag handoff ttgk --to @ops.performance
      try: see its story: perfteam flag show ttgk
    ");
    // Somebody else is told who may.
    let other = world.perfteam(&repo, API, &["flag", "complete", &id]).exits(1).stderr;
    assert!(other.contains("flag handoff ttgk --to @ops.performance --as @ops.performance"), "{other}");
    world.perfteam(&repo, HEIR, &["flag", "handoff", &id, "--to", HEIR]).exits(0);
    world.perfteam(&repo, HEIR, &["check", "--staged"]).exits(1);
    let told = world.perfteam(&repo, HEIR, &["inbox", "--format", "json"]).json();
    assert_eq!((&told["waiting"], &told["inherited"]), (&1.into(), &serde_json::json!([])));
    world.perfteam(&repo, HEIR, &["flag", "complete", &id]).exits(0);
}

#[test]
fn a_successor_who_retires_hands_the_inheritance_on() {
    let (world, repo, id) = with_inheritance();
    world.perfteam(&repo, API, &["agent", "retire", HEIR, "--successor", "@performance.lead"]).exits(0);
    let inherited = |agent: &str| {
        let told = world.perfteam(&repo, API, &["inbox", agent, "--format", "json"]).json();
        told["inherited"].as_array().map(Vec::len)
    };
    assert_eq!((inherited("@performance.lead"), inherited(HEIR)), (Some(1), Some(0)));
    world
        .perfteam(&repo, "@performance.lead", &["flag", "handoff", &id, "--to", "@performance.lead"])
        .exits(0);
}
