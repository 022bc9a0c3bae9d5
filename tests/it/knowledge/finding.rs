//! Who gets to see them.

use super::{API, LEAD, OPS, SIGNS, add, ask, finding};
use crate::environment::World;
use insta::assert_snapshot;
use serde_json::Value;

#[test]
fn what_makes_no_sense_is_told_what_would() {
    let (world, repo) = World::with_team();
    add(&world, &repo, "pattern", "Exhausted pool", &["--text", SIGNS, "--name", "pool"]);
    add(&world, &repo, "error", "Exhausted pool", &["--text", SIGNS, "--name", "pool"]);
    let told = |args: &[&str], code: i32| {
        world.perfteam(&repo, API, &[&["knowledge"], args].concat()).exits(code).story()
    };
    assert_snapshot!(told(&["add", "--title", "Pools"], 2), @r#"
    --- stderr ---
    error: --kind is missing: what kind of knowledge it is
      why: the kind is the folder in which people look for it
      try: --kind KIND, one of best-practice, case-study, decision, error, investigation-log, optimisation, pattern, playbook, post-mortem, runbook, or a word of your own
    --- exit 2 ---
    "#);
    assert_snapshot!(told(&["add", "--kind", "patterns", "--title", "Pools"], 2), @r#"
    --- stderr ---
    error: invalid value 'patterns' for '--kind <KIND>': did you mean pattern?

    For more information, try '--help'.
    --- exit 2 ---
    "#);
    assert_snapshot!(told(&["add", "--kind", "Fire drill", "--title", "Pools"], 2), @r#"
    --- stderr ---
    error: invalid value 'Fire drill' for '--kind <KIND>': `Fire drill` is no name: expected at most 80 of the characters a-z, 0-9 and -

    For more information, try '--help'.
    --- exit 2 ---
    "#);
    assert_snapshot!(told(&["add", "--kind", "pattern"], 2), @r#"
    --- stderr ---
    error: --title is missing: what it is about, in one line
      why: it is what people see of the entry in lists
      try: --title "what it is about"
      try: or a heading at the beginning of its text: # What it is about
    --- exit 2 ---
    "#);
    assert_snapshot!(told(&["add", "--kind", "pattern", "--title", "Pools", "--text", "Yes."], 1), @r#"
    --- stderr ---
    error: it says too little: 3 meaningful characters beside headings and comments, it needs 20
      why: an entry that can't be read is found by nobody
      try: say it with names and numbers: --text "TEXT", or --edit
    --- exit 1 ---
    "#);
    assert_snapshot!(told(&["add", "--kind", "pattern", "--title", "Pools", "--text", SIGNS, "--name", "../x"], 2), @r#"
    --- stderr ---
    error: `../x` is no name: expected at most 80 of the characters a-z, 0-9 and -
      try: --name restart-the-pool
    --- exit 2 ---
    "#);
    assert_snapshot!(told(&["show", "pool"], 2), @r#"
    --- stderr ---
    error: `pool` names 2 entries
      why: a name must name one
      try: perfteam knowledge show error/pool
      try: perfteam knowledge show pattern/pool
    --- exit 2 ---
    "#);
    assert_snapshot!(told(&["show", "poll"], 2), @r#"
    --- stderr ---
    error: nothing that is written down is called `poll`
      why: it may be on a branch that is not merged here
      try: did you mean perfteam knowledge show error/pool?
      try: did you mean perfteam knowledge show pattern/pool?
      try: see what is here: perfteam knowledge list
      try: or search it: perfteam knowledge search "WORDS"
    --- exit 2 ---
    "#);
    assert_snapshot!(told(&["search", " "], 2), @r#"
    --- stderr ---
    error: no words to search for
      try: perfteam knowledge search "slow queries"
      try: see all that is written down: perfteam knowledge list
    --- exit 2 ---
    "#);
    assert_snapshot!(told(&["search", "zebra"], 0), @r#"
    nothing that is written down has anything in common with these words
    see all that is written down: perfteam knowledge list
    "#);
    assert_snapshot!(told(&["list", "--kind", "runbook"], 0), @"nothing of that; see all: perfteam knowledge list");
    told(&["list", "--taught-by", "zzzz"], 2);
    // Words of the team's own are kinds like any other.
    assert!(
        told(&["add", "--kind", "fire-drill", "--title", "Exhausted pool at night", "--text", SIGNS], 0)
            .contains("known")
    );
}

#[test]
fn who_starts_similar_work_is_served_what_is_known() {
    let (world, repo) = World::with_team();
    add(&world, &repo, "pattern", "Connection pool is exhausted", &["--text", SIGNS, "--name", "pool"]);
    add(
        &world,
        &repo,
        "runbook",
        "Run a load test of the checkout",
        &["--text", "Warm the caches, then run k6 against staging.", "--name", "load-test"],
    );
    add(
        &world,
        &repo,
        "error",
        "Certificates run out",
        &["--text", "Renew them a month in time, by hand.", "--name", "certs"],
    );
    let create = [
        "task",
        "create",
        "--type",
        "research",
        "--priority",
        "high",
        "--title",
        "Why the connection pool of the checkout dries up",
    ];
    let id = ask(&world, &repo, &create)["id"].as_str().expect("an id").to_owned();
    let known = |task: &Value| -> Vec<String> {
        let known = task["known"].as_array().expect("a list");
        known.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(known(&ask(&world, &repo, &["task", "show", &id])), ["pattern/pool"]);
    let lines =
        |text: String| text.lines().filter(|line| line.starts_with("known")).collect::<Vec<_>>().join("\n");
    assert_snapshot!(lines(world.perfteam(&repo, API, &["task", "show", &id]).exits(0).stdout), @"known     Connection pool is exhausted (perfteam knowledge show pattern/pool)");
    assert_snapshot!(lines(world.perfteam(&repo, API, &["task", "start", &id]).exits(0).stdout), @"known     Connection pool is exhausted (perfteam knowledge show pattern/pool)");
    let open = ["investigate", "open", "--title", "The connection pool runs dry", "--priority", "high"];
    let more = ["--system", "checkout-db", "--impact", "15 % of the traffic waits 890 ms."];
    assert_eq!(known(&ask(&world, &repo, &[&open[..], &more].concat())), ["pattern/pool"]);
    world.perfteam(&repo, API, &["task", "complete", &id, "--note", "It was the pool."]).exits(0);
    assert_eq!(known(&ask(&world, &repo, &["task", "show", &id])), [""; 0], "what is done needs no help");
}

#[test]
fn a_decision_is_an_entry_like_any_other() {
    let (world, repo) = World::with_team();
    let id = finding(&world, &repo);
    let run =
        |who: &str, args: &[&str]| world.perfteam(&repo, who, &[&["finding"], args].concat()).exits(0).stdout;
    run(
        OPS,
        &[
            "dispute",
            &id,
            "--reason",
            "It is reduced, not exhausted.",
            "--evidence",
            "config/production.yml says 20, it was 50.",
        ],
    );
    for stage in ["--peer-review", "--more-evidence", "--expert"] {
        let _ = world.perfteam(
            &repo,
            OPS,
            &["finding", "evidence", &id, "--text", "It hands out twenty and waits.", stage],
        );
    }
    run(
        LEAD,
        &["decide", &id, "--outcome", "reduced from 50 to 20", "--reason", "The configuration shows it."],
    );
    let taught = ask(&world, &repo, &["knowledge", "list", "--taught-by", &id]);
    assert_eq!(taught["entries"][0]["kind"], "decision");
    let name = taught["entries"][0]["name"].as_str().expect("a name");
    assert_snapshot!(world.perfteam(&repo, API, &["knowledge", "show", name]).exits(0).stdout, @r#"
    The pool is exhausted
    name      decision/the-pool-is-exhausted-aybg55tqjr (in .perfteam/knowledge/decision/the-pool-is-exhausted-aybg55tqjr.md)
    by        @performance.lead, 2026-11-20T15:10:00.000Z
    taught by finding ttgk (confirmed): The pool is exhausted
    systems   checkout-db
    more      verdict: corrected
    more      outcome: reduced from 50 to 20
    more      task: aybg55tqjr

    ## Outcome

    reduced from 50 to 20

    ## Why

    The configuration shows it.

    ## What was reported

    @backend.api: 95 % of the pool is in use.

    ## What disputed it

    @ops.performance: It is reduced, not exhausted.

    config/production.yml says 20, it was 50.
    "#);
    world.perfteam(&repo, API, &["check"]).exits(0);
}
