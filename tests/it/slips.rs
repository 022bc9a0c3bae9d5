//! What newcomers mistype, or do too early, with tasks and findings: each refusal names the way out.

use crate::environment::{Repo, World};
use insta::assert_snapshot;

const LEAD: &str = "@performance.lead";
const API: &str = "@backend.api";
const DB: &str = "@database.postgres";
const SHOWN: &str = "The database counts twenty of twenty connections.";

/// The id of what a command makes.
fn made(world: &World, repo: &Repo, by: &str, args: &[&str]) -> String {
    let made = world.perfteam(repo, by, &[args, &["--format", "json"]].concat()).exits(0).json();
    made["id"].as_str().expect("an id").to_owned()
}

fn task(world: &World, repo: &Repo, more: &[&str]) -> String {
    made(world, repo, LEAD, &[&["task", "create", "--title", "Measure the pool", "--to", DB], more].concat())
}

fn finding(world: &World, repo: &Repo) -> String {
    let what = ["--category", "bottleneck", "--component", "pool", "--severity", "high", "--evidence", SHOWN];
    made(world, repo, API, &[&["finding", "report", "--title", "The pool is exhausted"], &what[..]].concat())
}

/// What is said on standard error, with this exit code.
fn refused(world: &World, repo: &Repo, by: &str, args: &[&str], code: i32) -> String {
    world.perfteam(repo, by, args).exits(code).stderr
}

#[test]
fn a_mistyped_id_is_guessed_and_look_alikes_are_read() {
    let (world, repo) = World::with_team();
    let id = task(&world, &repo, &[]);
    assert_eq!(id, "ttgkrhj1vs");
    assert_snapshot!(refused(&world, &repo, DB, &["task", "show", "ttkgr"], 2), @r#"
    error: no record has an id that begins with `ttkgr`
      why: it may be on a branch that is not merged here
      try: did you mean task ttgk?
      try: see what is here: perfteam flag list, perfteam task list, perfteam finding list, perfteam resource list, perfteam investigate list
    "#);
    assert_snapshot!(refused(&world, &repo, DB, &["task", "show", "zzzz"], 2), @r#"
    error: no record has an id that begins with `zzzz`
      why: it may be on a branch that is not merged here
      try: see what is here: perfteam flag list, perfteam task list, perfteam finding list, perfteam resource list, perfteam investigate list
    "#);
    world.perfteam(&repo, DB, &["task", "show", "ttgkrhjl"]).exits(0);
    world.perfteam(&repo, DB, &["task", "show", "task/TTGKRHJI"]).exits(0);
}

#[test]
fn what_comes_too_early_or_in_a_wrong_state_names_what_comes_first() {
    let (world, repo) = World::with_team();
    let id = task(&world, &repo, &[]);
    let id = id.as_str();
    let progress = ["task", "progress", id, "--percent", "10"];
    assert_snapshot!(refused(&world, &repo, DB, &progress, 1), @r#"
    error: nobody works on the task: it is not started
      why: each step follows on certain states alone; this task is pending
      try: begin with it: perfteam task start ttgk
      try: see its story: perfteam task show ttgk
    "#);
    assert_snapshot!(refused(&world, &repo, DB, &["task", "unblock", id], 1), @r#"
    error: the task is not blocked
      why: each step follows on certain states alone; this task is pending
      try: see its story: perfteam task show ttgk
    "#);
    assert_snapshot!(refused(&world, &repo, LEAD, &["task", "reassign", id, "--to", DB], 1), @r#"
    error: the task is already assigned to @database.postgres
      why: each step follows on certain states alone; this task is pending
      try: see its story: perfteam task show ttgk
    "#);
    world.perfteam(&repo, DB, &["task", "block", id, "--reason", "No access."]).exits(0);
    assert_snapshot!(refused(&world, &repo, DB, &progress, 1), @r#"
    error: the task is blocked by @database.postgres: No access.
      why: each step follows on certain states alone; this task is blocked
      try: once it can go on: perfteam task unblock ttgk
      try: see its story: perfteam task show ttgk
    "#);
    assert_snapshot!(refused(&world, &repo, DB, &["task", "block", id, "--reason", "Again."], 4), @r#"
    error: the task is blocked by @database.postgres: No access.
      why: each step follows on certain states alone; this task is blocked
      try: once it can go on: perfteam task unblock ttgk
      try: see its story: perfteam task show ttgk
    "#);
}

#[test]
fn what_waits_for_itself_is_refused_however_that_came() {
    let (world, repo) = World::with_team();
    let first = task(&world, &repo, &[]);
    let second = task(&world, &repo, &["--depends", &first]);
    let block = ["task", "block", &first, "--reason", "No access.", "--on", &second];
    assert_snapshot!(refused(&world, &repo, DB, &block, 1), @r#"
    error: they would wait for each other: ttgk -> 00rz -> ttgk
      why: none of them could ever be started
      try: see what waits for what: perfteam task graph
    "#);
    assert_snapshot!(refused(&world, &repo, LEAD, &["task", "amend", &first, "--depends", &second], 1), @r#"
    error: they would wait for each other: ttgk -> 00rz -> ttgk
      why: none of them could ever be started
      try: see what waits for what: perfteam task graph
    "#);
    let third = task(&world, &repo, &[]);
    world.perfteam(&repo, DB, &["task", "block", &third, "--reason", "No access.", "--on", &second]).exits(0);
    refused(&world, &repo, LEAD, &["task", "amend", &first, "--depends", &third], 1);
}

#[test]
fn figures_that_are_none_or_do_not_fit_are_named() {
    let (world, repo) = World::with_team();
    let id = task(&world, &repo, &[]);
    for (figure, said) in [
        ("p95=abc", "`abc` is no quantity"),
        ("p95=", "no quantity is given"),
        ("p95", "`p95` names no quantity"),
        ("p95=250ms..", "`250ms..` lacks a side: expected BEFORE..AFTER, such as 250ms..890ms"),
        ("p95=250..890ms", "`250` and `890ms` measure different things: give both their unit"),
    ] {
        let complete = ["task", "complete", &id, "--note", "Done.", "--metric", figure];
        let told = refused(&world, &repo, DB, &complete, 2);
        assert!(told.contains(said), "{figure}: {told}");
    }
}

#[test]
fn who_disputes_once_more_or_decides_without_leading_is_told_what_to_do() {
    let (world, repo) = World::with_team();
    let id = finding(&world, &repo);
    let id = id.as_str();
    let decide = ["finding", "decide", id, "--outcome", "rejected", "--reason", "It is smaller."];
    let dispute = ["finding", "dispute", id, "--reason", "It is smaller.", "--evidence", SHOWN];
    assert_snapshot!(refused(&world, &repo, LEAD, &decide, 1), @r#"
    error: the finding is not disputed
      why: each step follows on certain states alone; this finding is reported
      try: see its story: perfteam finding show ttgk
    "#);
    assert_snapshot!(refused(&world, &repo, API, &dispute, 1), @r#"
    error: @backend.api reported the finding; who was wrong rejects the own finding
      why: whoever reads its story must be able to trust who did what
      try: perfteam finding reject ttgk --reason TEXT
      try: see its story: perfteam finding show ttgk
    "#);
    world.perfteam(&repo, DB, &dispute).exits(0);
    assert_snapshot!(refused(&world, &repo, DB, &dispute, 4), @r#"
    error: @database.postgres disputes the finding already
      why: each step follows on certain states alone; this finding is disputed
      try: add to it: perfteam finding evidence ttgk --text TEXT
      try: see its story: perfteam finding show ttgk
    "#);
    assert_snapshot!(refused(&world, &repo, DB, &decide, 1), @r#"
    error: a dispute is decided by a lead, not by @database.postgres
      why: whoever reads its story must be able to trust who did what
      try: perfteam finding decide ttgk --outcome TEXT --reason TEXT --as @performance.lead
      try: see its story: perfteam finding show ttgk
    "#);
    assert_snapshot!(refused(&world, &repo, API, &["finding", "resolve", id], 1), @r#"
    error: the finding is disputed: a lead decides first
      why: each step follows on certain states alone; this finding is disputed
      try: perfteam finding decide ttgk --outcome TEXT --reason TEXT --as @performance.lead
      try: see its story: perfteam finding show ttgk
    "#);
    assert_snapshot!(refused(&world, &repo, DB, &["finding", "reject", id, "--reason", "Wrong."], 1), @r#"
    error: a finding is rejected by its reporter @backend.api or a lead, not by @database.postgres
      why: the finding is from @backend.api; its story must say who really acted
      try: act as the one who may: --as @backend.api
      try: see its story: perfteam finding show ttgk
    "#);
    // Decided, it may be disputed anew.
    let confirmed = ["finding", "decide", id, "--outcome", "confirmed", "--reason", "Measured again."];
    world.perfteam(&repo, LEAD, &confirmed).exits(0);
    world.perfteam(&repo, DB, &dispute).exits(0);
    let nobody = ["finding", "list", "--from", "@backend.ap"];
    assert!(refused(&world, &repo, DB, &nobody, 1).contains("did you mean @backend.api"));
}
