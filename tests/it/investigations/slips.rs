//! What people mistype, and what they are told.

use super::{API, CODE, DATA, DB, INFRASTRUCTURE, LEAD, OPS, ask, open, text, without_path};
use crate::environment::{Repo, World};
use crate::incident::Incident;
use insta::assert_snapshot;

#[test]
fn a_limit_that_is_none_a_section_and_a_row_are_doubted() {
    let (world, repo) = World::with_team();
    let args =
        ["investigate", "open", "--title", "Checkout is slow", "--priority", "high", "--system", "checkout"];
    let texts = ["--impact", "15 % of the traffic waits.", "--success", "error_rate under 0.1 %"];
    let opened =
        world.perfteam(&repo, LEAD, &[&args[..], &texts, &["--success", "users are content"]].concat());
    assert_snapshot!(opened.exits(0).stderr, @r#"
    note: `error_rate under 0.1 %` is judged by people: no limit was read in it
      a limit is compared: --success 'p95_latency < 300ms, target < 250ms'
    "#);
    let list = ask(&world, &repo, LEAD, &["investigate", "list"]);
    let id = text(&list["investigations"][0], "id").to_owned();
    let path = text(&list["investigations"][0], "path").to_owned();
    let write = |section: &str, row: &str| {
        let args = ["investigate", "write", &id, "--document", "code", "--section", section, "--row", row];
        without_path(&world.perfteam(&repo, API, &args).story(), &path)
    };
    let told = [
        write("recent change", "abc123 | pool | fewer"),
        write("Recent changes", "abc123, pool, fewer connections"),
        write("Recent changes", "abc123, pool, fewer connections | of the pool | fewer connections"),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    --- stderr ---
    error: DIR/code.md has no section `recent change`
      why: what is written must be found again by those who read the document
      try: did you mean `Recent changes`? its sections: Recent changes, Critical findings, Dependencies, Recommended fixes
    --- exit 2 ---

    wrote: DIR/code.md
    3 things still missing in it
      DIR/code.md:33: the placeholders [KEY_FINDING] and [EVIDENCE] are left: write what it stands for, or take the line out
      DIR/code.md:39: the placeholder [VERSION_CHANGES_AND_THEIR_EFFECT] is left: write what it stands for, or take the line out
      DIR/code.md:43: the placeholder [FIX] is left: write what it stands for, or take the line out
    --- stderr ---
    note: `abc123, pool, fewer connections` is one cell; cells stand between bars: Commit | What it changed | Why it matters

    wrote: DIR/code.md
    3 things still missing in it
      DIR/code.md:34: the placeholders [KEY_FINDING] and [EVIDENCE] are left: write what it stands for, or take the line out
      DIR/code.md:40: the placeholder [VERSION_CHANGES_AND_THEIR_EFFECT] is left: write what it stands for, or take the line out
      DIR/code.md:44: the placeholder [FIX] is left: write what it stands for, or take the line out
    --- stderr ---
    note: `abc123, pool, fewer connections` has a row already, DIR/code.md:22; where that is wrong, an editor corrects it
    "#);
}

#[test]
fn a_root_cause_is_a_finding_or_says_something() {
    let incident = Incident::open();
    incident.data();
    incident.code();
    incident.infrastructure();
    incident.report(API, "orm", "ORM 5.0 is slower", "medium", &["--evidence", "Twice as slow as with 4.1."]);
    let cause = |cause: &str, code: i32| {
        let args = ["investigate", "synthesize", &incident.id, "--root-cause", cause];
        incident.plain(&incident.run(LEAD, &args).exits(code).stderr)
    };
    assert_snapshot!(cause("7zzz", 2), @r#"
    error: `7zzz` is neither a finding that holds nor a root cause
      why: all fixes are made against it
      try: in words: --root-cause "The deployment at 14:10 reduced the pool from 50 to 20."
      try: or by a finding of it: <orm> (ORM 5.0 is slower)
    "#);
    cause("slow", 2);
    assert!(incident.document("synthesis.md").contains("[MAIN_ISSUE]"), "nothing was written");
    cause(&format!("finding/{}", &incident.id_of("orm")[..5]), 0);
}

#[test]
fn efforts_are_read_as_people_write_them_and_a_fix_stands_there_once() {
    let incident = Incident::open();
    incident.to_synthesis();
    let row = "Warm up the cache | | low | 30 minutes | low | run the script | none is needed";
    incident.write(LEAD, "synthesis", "Immediate", "--row", &[row, &row.replace("30 minutes", "2 hours")]);
    let missing = incident.missing();
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert_snapshot!(missing[0], @"DIR/synthesis.md: the fix `Warm up the cache` stands there twice: take one out");
    let path = format!("{}/synthesis.md", incident.path);
    let text = incident.repo.read(&path);
    let second: Vec<&str> = text.lines().filter(|line| !line.contains("| 30 minutes |")).collect();
    incident.repo.write(&path, &(second.join("\n") + "\n"));
    let planned = incident.json(LEAD, &["investigate", "plan", &incident.id]);
    let titles: Vec<&str> =
        planned["fixes"].as_array().expect("fixes").iter().map(|fix| super::text(fix, "title")).collect();
    assert_eq!(titles.iter().filter(|title| **title == "Warm up the cache").count(), 1, "{titles:?}");
}

#[test]
fn whoever_says_too_early_that_the_part_is_done_is_told_what_is_missing() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    let tasks = ask(&world, &repo, LEAD, &["investigate", "delegate", &id, "--data", DB])["tasks"].clone();
    let next = |who: &str| world.perfteam(&repo, who, &["next"]).exits(0).stdout;
    assert_snapshot!(without_path(&next(DB), &path), @r#"
    00rz   high     pending   @performance.lead -> @database.postgres  1m ago  Analyse the metrics: Checkout is slow (research)  118m left
    what: perfteam task show 00rz
    into: DIR/data.md (what it still lacks: perfteam investigate status ttgk)
    next: perfteam task start 00rz
    "#);
    let task = text(&tasks["data"], "id");
    world.perfteam(&repo, DB, &["task", "start", task]).exits(0);
    assert_snapshot!(without_path(&next(DB), &path), @r#"
    00rz   high     in_progress @performance.lead -> @database.postgres  3m ago  Analyse the metrics: Checkout is slow (research)  116m left
    what: perfteam task show 00rz
    into: DIR/data.md (what it still lacks: perfteam investigate status ttgk)
    next: perfteam task progress 00rz --percent N
    done: perfteam task complete 00rz --note TEXT
    "#);
    repo.write(&format!("{path}/data.md"), &DATA.replace("890ms", "[AFTER]"));
    let done = world.perfteam(&repo, DB, &["task", "complete", task, "--note", "See the document."]).exits(0);
    assert_snapshot!(without_path(&done.stderr, &path), @r#"
    warning: 1 thing missing in its document, without which the synthesis can't begin
      DIR/data.md:14: the placeholder [AFTER] is left: write what it stands for, or take the line out
    "#);
    for (part, file, text) in
        [("code", "code.md", CODE), ("infrastructure", "infrastructure.md", INFRASTRUCTURE)]
    {
        repo.write(&format!("{path}/{file}"), text);
        let task = super::text(&tasks[part], "id");
        world.perfteam(&repo, OPS, &["task", "start", task]).exits(0);
        let done = world.perfteam(&repo, OPS, &["task", "complete", task, "--note", "See it."]).exits(0);
        assert_eq!(done.stderr, "");
    }
    assert_snapshot!(without_path(&next(LEAD), &path), @r#"
    gmp1   high     pending   @performance.lead -> @performance.lead  9m ago  Bring the evidence together: Checkout is slow (coordination)  3h left
    what: perfteam task show gmp1
    next: perfteam investigate synthesize ttgk
    "#);
}

#[test]
fn a_document_of_a_record_that_was_brought_here_is_not_begun_anew_either() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["worktree", "add", "-q", "../other", "-b", "other"]).exits(0);
    let other = Repo { path: world.path().join("other") };
    let (id, path) = open(&world, &repo, &[]);
    world.git(&repo, &["commit", "-qm", "Open"]).exits(0);
    let waive = ["investigate", "waive", &id, "--part", "code", "--reason", "It is bought."];
    world.perfteam(&other, LEAD, &waive).exits(0);
    let write =
        ["investigate", "write", &id, "--document", "data", "--section", "Correlation", "--text", "None."];
    let refused = world.perfteam(&other, API, &write).exits(1).stderr;
    assert_snapshot!(without_path(&refused, &path), @r#"
    error: DIR/data.md is not here, but on main
      why: two versions of one document that begin apart are a conflict when they meet
      try: git merge main
    "#);
    let status = ask(&world, &other, API, &["investigate", "status", &id]);
    assert_eq!(status["missing"][0]["write"], "git merge main");
}
