//! The life of a finding, by the commands that people run.

use crate::environment::{Repo, World};
use insta::assert_snapshot;
use serde_json::{Value, json};

const LEAD: &str = "@performance.lead";
const API: &str = "@backend.api";
const DB: &str = "@database.postgres";
const OPS: &str = "@ops.performance";
const SHOWN: &str = "95 % of the pool is in use at 14:15, 60 % the day before.";

fn world() -> (World, Repo) {
    let (world, repo) = World::with_team();
    repo.write("src/pool.rs", "// The pool.\npub const SIZE: u32 = 20;\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git(&repo, &["commit", "-qnm", "Reduce the pool"]).exits(0);
    (world, repo)
}

#[track_caller]
fn report(world: &World, repo: &Repo, who: &str, title: &str, more: &[&str]) -> Value {
    let args = ["finding", "report", "--title", title, "--category", "bottleneck", "--component", "pool"];
    let texts = ["--severity", "high", "--evidence", SHOWN, "--format", "json"];
    world.perfteam(repo, who, &[&args[..], &texts, more].concat()).exits(0).json()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key} in {value}"))
}

#[track_caller]
fn ask(world: &World, repo: &Repo, who: &str, args: &[&str]) -> Value {
    world.perfteam(repo, who, &[args, &["--format", "json"]].concat()).exits(0).json()
}

#[test]
fn a_finding_is_reported_told_confirmed_mitigated_and_resolved() {
    let (world, repo) = world();
    let made = report(
        &world,
        &repo,
        API,
        "The pool is exhausted",
        &[
            "--type",
            "resource_exhaustion",
            "--impact",
            "30 % slower",
            "--location",
            "src/pool.rs:2",
            "--metric",
            "p95=250ms..890ms",
            "--frequency",
            "every_high_load_scenario",
            "--distribute",
            "@database.postgres,@ops.performance,@backend.api",
        ],
    );
    let id = text(&made, "id");
    let head = repo.read(&format!("{}/finding.md", text(&made, "path")));
    // Some hashes look like numbers, and are quoted.
    let commit = world.git(&repo, &["rev-parse", "HEAD"]).stdout;
    assert_snapshot!(head.replace(&format!("\"{}\"", commit.trim()), "COMMIT").replace(commit.trim(), "COMMIT"), @r#"
    ---
    id: qe34kchw1z
    category: bottleneck
    type: resource_exhaustion
    title: The pool is exhausted
    component: pool
    from: "@backend.api"
    severity: high
    at: "2026-11-20T15:07:00.000Z"
    impact: "30 % slower"
    location: "src/pool.rs:2"
    anchor:
      commit: COMMIT
      text: "pub const SIZE: u32 = 20;"
    frequency: every_high_load_scenario
    metrics:
      p95:
        before: "250ms"
        after: "890ms"
    ---

    ## Evidence

    95 % of the pool is in use at 14:15, 60 % the day before.
    "#);
    let told: Vec<&str> =
        made["flags"].as_array().expect("flags").iter().map(|flag| text(flag, "to")).collect();
    assert_eq!(told, [DB, OPS], "nobody is told of the own finding");
    let inbox = ask(&world, &repo, DB, &["inbox"]);
    assert_eq!((&inbox["flags"][0]["parent"], &inbox["flags"][0]["type"]), (&json!(id), &json!("finding")));
    let confirm = ["finding", "confirm", &id[..4], "--evidence", "The database counts 20 of 20 connections."];
    assert_snapshot!(world.perfteam(&repo, API, &confirm).exits(1).stderr, @"
    error: @backend.api reported the finding, so somebody else must confirm it
      why: whoever reads its story must be able to trust who did what
      try: see its story: perfteam finding show qe34
    ");
    world.perfteam(&repo, DB, &["finding", "confirm", id, "--evidence", "Yes."]).exits(1);
    world.perfteam(&repo, DB, &confirm).exits(0);
    world.perfteam(&repo, DB, &confirm).exits(4);
    let mitigate = |result: &str, metric: &str| {
        let args = ["finding", "mitigate", id, "--action", "Pool back to 50.", "--result", result];
        world.perfteam(&repo, OPS, &[&args[..], &["--metric", metric]].concat()).exits(0);
        text(&ask(&world, &repo, API, &["finding", "show", id]), "status").to_owned()
    };
    assert_eq!(mitigate("none", "p95=890ms..889ms"), "confirmed", "it did not help");
    assert_eq!(mitigate("partial", "p95=890ms..400ms"), "mitigated");
    world.perfteam(&repo, LEAD, &["finding", "reject", id, "--reason", ".."]).exits(2);
    world.perfteam(&repo, DB, &["finding", "resolve", id, "--note", "p95 is 240 ms."]).exits(0);
    world.perfteam(&repo, DB, &["finding", "resolve", id]).exits(4);
    let shared = world.perfteam(&repo, API, &["finding", "list", "--shared", "--status", "all"]).exits(0);
    assert_snapshot!(shared.stdout, @r#"
    {
      "version": 1,
      "last_updated": 1795187760000,
      "findings_by_category": {
        "bottlenecks": [
          {
            "id": "qe34kchw1z",
            "discovered_by": "backend.api",
            "confirmed_by": "database.postgres",
            "confirmations": [
              "database.postgres"
            ],
            "component": "pool",
            "title": "The pool is exhausted",
            "type": "resource_exhaustion",
            "severity": "high",
            "impact": "30 % slower",
            "location": "src/pool.rs:2",
            "frequency": "every_high_load_scenario",
            "status": "resolved",
            "baseline_p95": "250ms",
            "current_p95": "890ms",
            "change_p95": "+256 %",
            "mitigation_attempts": [
              {
                "by": "ops.performance",
                "action": "Pool back to 50.",
                "result": "none",
                "metrics": {
                  "baseline_p95": "890ms",
                  "current_p95": "889ms",
                  "change_p95": "-0.1 %"
                }
              },
              {
                "by": "ops.performance",
                "action": "Pool back to 50.",
                "result": "partial",
                "metrics": {
                  "baseline_p95": "890ms",
                  "current_p95": "400ms",
                  "change_p95": "-55 %"
                }
              }
            ]
          }
        ]
      }
    }
    "#);
    let verdict = world.perfteam(&repo, API, &["check"]).exits(0).stdout;
    assert!(!verdict.contains("thin-text") && !verdict.contains("illegal-step"), "{verdict}");
}

#[test]
fn a_dispute_goes_from_review_to_a_decision_that_teaches() {
    let (world, repo) = world();
    let id = text(&report(&world, &repo, API, "Pooling is disabled", &[]), "id").to_owned();
    let dispute = [
        "finding",
        "dispute",
        &id,
        "--reason",
        "It is reduced, not disabled.",
        "--evidence",
        "config/production.yml says 20 connections, it was 50.",
    ];
    world.perfteam(&repo, API, &dispute).exits(1);
    assert_snapshot!(world.perfteam(&repo, OPS, &dispute).exits(0).stdout, @"
    disputed qe34: Pooling is disabled
      .perfteam/findings/2026-11-20/pooling-is-disabled-qe34kchw1z/20261120T150900.000Z-disputed-43r07z.md
    next: perfteam finding evidence qe34 --stage peer_review --text TEXT
    or a lead decides: perfteam finding decide qe34 --outcome TEXT --reason TEXT
    ");
    assert_eq!(ask(&world, &repo, API, &["finding", "show", &id])["next_stage"], "peer_review");
    for stage in ["peer_review", "evidence", "expert"] {
        let text = "The pool hands out twenty connections and then waits.";
        world.perfteam(&repo, DB, &["finding", "evidence", &id, "--stage", stage, "--text", text]).exits(0);
    }
    world.perfteam(&repo, API, &["finding", "resolve", &id]).exits(1);
    let decide = [
        "finding",
        "decide",
        &id,
        "--outcome",
        "reduced from 50 to 20, not disabled",
        "--reason",
        "The configuration of the deployment at 14:10 shows it.",
    ];
    assert_snapshot!(world.perfteam(&repo, OPS, &decide).exits(1).stderr, @"
    error: a dispute is decided by a lead, not by @ops.performance
      why: whoever reads its story must be able to trust who did what
      try: perfteam finding decide qe34 --outcome TEXT --reason TEXT --as @performance.lead
      try: see its story: perfteam finding show qe34
    ");
    world.perfteam(&repo, LEAD, &["finding", "decide", &id, "--outcome", "rejected"]).exits(2);
    let decided = ask(&world, &repo, LEAD, &decide);
    assert_eq!(decided["verdict"], "corrected");
    assert_snapshot!(repo.read(text(&decided, "knowledge")), @r#"
    ---
    kind: decision
    title: Pooling is disabled
    by: "@performance.lead"
    at: "2026-11-20T15:17:00.000Z"
    taught_by:
      - qe34kchw1z
    systems:
      - pool
    verdict: corrected
    outcome: "reduced from 50 to 20, not disabled"
    task: "3vw6eq0yn3"
    ---

    ## Outcome

    reduced from 50 to 20, not disabled

    ## Why

    The configuration of the deployment at 14:10 shows it.

    ## What was reported

    @backend.api: 95 % of the pool is in use at 14:15, 60 % the day before.

    ## What disputed it

    @ops.performance: It is reduced, not disabled.

    config/production.yml says 20 connections, it was 50.

    ## What else was known

    @database.postgres: The pool hands out twenty connections and then waits.

    @database.postgres: The pool hands out twenty connections and then waits.

    @database.postgres: The pool hands out twenty connections and then waits.
    "#);
    let task = ask(&world, &repo, LEAD, &["task", "show", text(&decided["task"], "id")]);
    assert_eq!((&task["parent"], &task["system"]), (&json!(id), &json!("pool")));
    let shown = ask(&world, &repo, API, &["finding", "show", &id]);
    assert_eq!(shown["status"], "confirmed");
    assert_eq!((&shown["disputes"][0]["by"], &shown["decisions"][0]["by"]), (&json!(OPS), &json!(LEAD)));
    let people = world.perfteam(&repo, API, &["finding", "show", &id]).exits(0).stdout;
    for word in ["Disputed by @ops.performance", "Decided by @performance.lead", "reduced from 50 to 20"] {
        assert!(people.contains(word), "no {word} in:\n{people}");
    }
    world.perfteam(&repo, LEAD, &decide).exits(1);
    // A decision that it was none closes it.
    world.perfteam(&repo, OPS, &dispute).exits(0);
    world
        .perfteam(
            &repo,
            LEAD,
            &["finding", "decide", &id, "--outcome", "rejected", "--reason", "Measured wrongly."],
        )
        .exits(0);
    assert_eq!(ask(&world, &repo, API, &["finding", "list", "--status", "rejected"])["total"], 1);
    world.perfteam(&repo, OPS, &dispute).exits(4);
    let status = world.git(&repo, &["status", "--porcelain", "-uall"]).stdout;
    assert!(status.lines().all(|line| line.starts_with("A ")), "{status}");
}

#[test]
fn a_dispute_waits_for_the_lead() {
    let (world, repo) = world();
    let id = text(&report(&world, &repo, API, "Pooling is disabled", &[]), "id").to_owned();
    let why = ["--reason", "It is reduced, not disabled.", "--evidence", "The file says 20, it was 50."];
    world.perfteam(&repo, OPS, &[&["finding", "dispute", &id][..], &why].concat()).exits(0);
    assert_snapshot!(world.perfteam(&repo, LEAD, &["next"]).exits(0).stdout, @r#"
    qe34   high     disputed  @backend.api  2m ago  Pooling is disabled (bottleneck)
    what: perfteam finding show qe34
    next: perfteam finding decide qe34 --outcome TEXT --reason TEXT
    "#);
    assert_snapshot!(world.perfteam(&repo, LEAD, &["inbox"]).exits(0).stdout, @r#"
    1 dispute for @performance.lead to decide

    qe34   high     disputed  @backend.api  3m ago  Pooling is disabled (bottleneck)

    next: perfteam finding show qe34
    "#);
    for ask_for in ["next", "inbox"] {
        assert_eq!(ask(&world, &repo, LEAD, &[ask_for])["disputes"][0]["id"], id);
        assert_eq!(ask(&world, &repo, OPS, &[ask_for])["disputes"], json!([]), "others don't decide");
    }
}

#[test]
fn a_location_is_bound_to_what_stands_there() {
    let (world, repo) = world();
    let wrong = |location: &str| {
        let args = ["finding", "report", "--title", "Pool", "--category", "pattern", "--component", "pool"];
        let more = ["--severity", "low", "--evidence", SHOWN, "--location", location];
        world.perfteam(&repo, API, &[&args[..], &more].concat()).exits(2).stderr
    };
    assert!(wrong("src/pool.rs:3").contains("src/pool.rs has 2 lines, not 3"));
    assert!(wrong("src/gone.rs:1").contains("does not exist"));
    assert!(wrong("src/pool.rs").contains("expected PATH:LINE"));
    let id = text(&report(&world, &repo, API, "The pool is small", &["--location", "src/pool.rs:2"]), "id")
        .to_owned();
    let location = || ask(&world, &repo, API, &["finding", "show", &id])["location"].clone();
    assert_eq!((&location()["state"], &location()["commit"]), (&json!("current"), &Value::Null));
    let commit = |text: &str, message: &str| {
        repo.write("src/pool.rs", text);
        world.git(&repo, &["add", "-A"]).exits(0);
        world.git(&repo, &["commit", "-qnm", message]).exits(0);
        world.git(&repo, &["rev-parse", "HEAD"]).stdout.trim().to_owned()
    };
    let moved = commit("// The pool.\n\n\n  pub const SIZE: u32 = 20;\n", "Space");
    let now = location();
    assert_eq!((&now["state"], &now["line"], &now["commit"]), (&json!("moved"), &json!(4), &json!(moved)));
    let changed = commit("// The pool.\n\n\npub const SIZE: u32 = 50;\n", "Enlarge");
    commit("// The pool of connections.\n\n\npub const SIZE: u32 = 50;\n", "Say of what");
    let now = location();
    assert_eq!((&now["state"], &now["commit"]), (&json!("stale"), &json!(changed)), "the one that did it");
    let list = world.perfteam(&repo, API, &["finding", "list"]).exits(0).stdout;
    assert!(list.contains("bottleneck: pool") && list.contains("[stale]"), "{list}");
}

#[test]
fn findings_are_grouped_filtered_and_searched() {
    let (world, repo) = world();
    let first = report(&world, &repo, API, "The pool is exhausted", &["--once", "nightly"]);
    let again = report(&world, &repo, API, "The pool is exhausted", &["--once", "nightly"]);
    assert_eq!((&again["id"], &again["existing"]), (&first["id"], &json!(true)));
    let args = ["finding", "report", "--title", "Throughput fell", "--category", "benchmark", "--component"];
    let more = [
        "api-gateway",
        "--severity",
        "low",
        "--evidence",
        "wrk, three runs of a minute",
        "--metric",
        "throughput=1000 req/s..650 req/s",
    ];
    world.perfteam(&repo, DB, &[&args[..], &more].concat()).exits(0);
    let total =
        |args: &[&str]| ask(&world, &repo, API, &[&["finding", "list"], args].concat())["total"].clone();
    for (args, expected) in [
        (&[][..], 2),
        (&["--category", "benchmark"], 1),
        (&["--component", "pool"], 1),
        (&["--severity", "high"], 1),
        (&["--from", DB], 1),
        (&["--search", "wrk RUNS"], 1),
        (&["--search", "wrk pool"], 0),
        (&["--status", "closed"], 0),
    ] {
        assert_eq!(total(args), expected, "{args:?}");
    }
    assert_snapshot!(world.perfteam(&repo, API, &["finding", "list"]).exits(0).stdout, @"
    benchmark: api-gateway
      43r0   low      reported  @database.postgres  9m ago  Throughput fell (benchmark)

    bottleneck: pool
      qe34   high     reported  @backend.api  11m ago  The pool is exhausted (bottleneck)
    ");
    let shared = world.perfteam(&repo, API, &["finding", "list", "--shared"]).exits(0).json();
    let benchmark = &shared["findings_by_category"]["benchmarks"][0];
    assert_eq!(
        (&benchmark["conducted_by"], &benchmark["system"]),
        (&json!("database.postgres"), &json!("api-gateway"))
    );
    assert_eq!(
        (&benchmark["baseline_throughput"], &benchmark["change_throughput"]),
        (&json!("1000 req/s"), &json!("-35 %"))
    );
}
