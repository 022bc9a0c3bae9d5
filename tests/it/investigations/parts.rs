//! Who does what: the tasks of the parts, and parts that are left out.

use super::{API, CODE, DATA, DB, LEAD, OPS, ask, open, text, without_path};
use crate::environment::World;
use insta::assert_snapshot;
use serde_json::{Value, json};

#[test]
fn the_tasks_of_all_parts_follow_each_other() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    let delegate = ["investigate", "delegate", &id, "--data", API, "--code", DB, "--infrastructure", OPS];
    assert_snapshot!(world.perfteam(&repo, DB, &delegate).exits(1).stderr, @r#"
    error: the investigation is coordinated by @performance.lead, so neither it nor its phases are moved by @database.postgres
      why: the investigation is @performance.lead's; its story must say who really acted
      try: act as the one who may: --as @performance.lead
      try: see its story: perfteam investigate show ttgk
    "#);
    let tasks = ask(&world, &repo, LEAD, &delegate)["tasks"].clone();
    assert_eq!(tasks.as_object().expect("tasks").len(), 7);
    world.perfteam(&repo, LEAD, &delegate).exits(4);
    let task = repo.read(&format!("{}/task.md", text(&tasks["data"], "path")));
    assert_snapshot!(without_path(&task, &path), @r#"
    ---
    id: qe34kchw1z
    type: research
    title: "Analyse the metrics: Checkout is slow"
    from: "@performance.lead"
    to: "@backend.api"
    priority: high
    at: "2026-11-20T15:07:00.000Z"
    system: checkout
    directory: monitoring/logs
    tools:
      - Read
      - Bash
    deadline: "2026-11-20T17:05:00.000Z"
    chain: ttgkrhj1vs
    parent: ttgkrhj1vs
    ---

    ## Objective

    Find out when and where it became slow, and for whom.

    ## Context

    15 % of the traffic waits 890 ms instead of 250 ms.

    Affected: checkout. Since 2026-11-20 15:05.

    ## Requirements

    - Analyse response times (p95, p99) of the affected endpoints.
    - Find what happened at the same time: deployments, traffic, other systems.
    - Quantify the impact by users and regions.
    - Give exact times, and figures before and after.

    ## Expected output

    Everything in `DIR/data.md`; the comments in it say how. See what is still missing:
    `perfteam investigate status ttgkrhj1vs`.

    - A timeline of the degradation with its metrics.
    - The affected users and regions.
    - What it correlates with.
    - Where to look deeper.
    "#);
    let next = |who: &str| ask(&world, &repo, who, &["next"])["next"]["title"].clone();
    assert_eq!(next(API), "Analyse the metrics: Checkout is slow");
    assert_eq!(next(LEAD), Value::Null, "the synthesis waits for the specialists");
    for (part, who) in [("data", API), ("code", DB), ("infrastructure", OPS)] {
        let task = text(&tasks[part], "id");
        world.perfteam(&repo, who, &["task", "start", task]).exits(0);
        world.perfteam(&repo, who, &["task", "complete", task, "--note", "See the document."]).exits(0);
    }
    assert_eq!(next(LEAD), "Bring the evidence together: Checkout is slow");
    let status = ask(&world, &repo, LEAD, &["investigate", "status", &id]);
    let parts = status["phases"][0]["parts"].as_array().expect("parts");
    assert!(parts.iter().all(|part| part["task"]["status"] == "completed"), "{parts:?}");
    world.perfteam(&repo, LEAD, &["check", "--staged"]).exits(0);
}

#[test]
fn a_role_that_nobody_has_waits_for_a_specialist_and_one_that_does_not_apply_is_left_out() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    let waive =
        ["investigate", "waive", &id, "--part", "infrastructure", "--reason", "It runs on one laptop."];
    world.perfteam(&repo, API, &waive).exits(1);
    world.perfteam(&repo, LEAD, &waive).exits(0);
    world.perfteam(&repo, LEAD, &waive).exits(4);
    world.perfteam(&repo, LEAD, &["investigate", "delegate", &id, "--infrastructure", OPS]).exits(1);
    let tasks = ask(&world, &repo, LEAD, &["investigate", "delegate", &id, "--data", API])["tasks"].clone();
    assert_eq!(tasks.as_object().expect("tasks").len(), 6);
    assert_eq!(tasks["code"]["to"], Value::Null);
    let (data, code) = (format!("{path}/data.md"), format!("{path}/code.md"));
    repo.write(&data, DATA);
    repo.write(&code, CODE);
    let status = ask(&world, &repo, LEAD, &["investigate", "status", &id]);
    assert_eq!(status["missing"], json!([]), "nothing is asked of what is left out");
    assert_eq!(status["phases"][0]["parts"][2]["waived"], "It runs on one laptop.");
}
