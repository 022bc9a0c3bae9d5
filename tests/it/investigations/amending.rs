//! What was said of an investigation is changed; what people wrote in its documents stays.

use super::{API, DB, LEAD, ask, open, text, without_path};
use crate::environment::World;
use insta::assert_snapshot;
use serde_json::json;

#[test]
fn what_the_head_says_is_amended_and_untouched_documents_follow() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &["--success", "p95_latency < 300ms"]);
    let write =
        ["investigate", "write", &id, "--document", "code", "--section", "Dependencies", "--text", "None."];
    world.perfteam(&repo, API, &write).exits(0);
    let code = repo.read(&format!("{path}/code.md"));
    let amend =
        ["investigate", "amend", &id, "--system", "checkout,search", "--success", "error_rate < 0.1%"];
    let more = ["--impact", "25 % of the traffic waits, search as well.", "--priority", "critical"];
    world.perfteam(&repo, API, &amend).exits(1);
    let said = world.perfteam(&repo, LEAD, &[&amend[..], &more].concat()).exits(0).stdout;
    assert_snapshot!(without_path(&said, &path), @r#"
    amended ttgk: Checkout is slow
      DIR/20261120T150800.000Z-amended-10ytq3.md
    rendered anew: DIR/data.md
    rendered anew: DIR/infrastructure.md
    rendered anew: DIR/synthesis.md
    rendered anew: DIR/validation.md
    rendered anew: DIR/retrospective.md
    "#);
    let shown = ask(&world, &repo, LEAD, &["investigate", "show", &id]);
    assert_eq!(
        (&shown["systems"], &shown["success"], text(&shown, "effect")),
        (
            &json!(["checkout", "search"]),
            &json!(["error_rate < 0.1%"]),
            "25 % of the traffic waits, search as well."
        )
    );
    let list =
        ask(&world, &repo, LEAD, &["investigate", "list", "--priority", "critical", "--system", "search"]);
    assert_eq!(list["total"], 1, "lists go by what it says now");
    assert!(repo.read(&format!("{path}/validation.md")).contains("| error_rate | < 0.1% |"));
    assert_eq!(repo.read(&format!("{path}/code.md")), code, "what somebody wrote in stays");
    assert!(
        repo.read(&format!("{path}/investigation.md")).contains("p95_latency"),
        "the head stays readable"
    );
    world.perfteam(&repo, LEAD, &["check", "--staged"]).exits(0);
    world.perfteam(&repo, LEAD, &["investigate", "amend", &id]).exits(2);
    world.perfteam(&repo, LEAD, &["investigate", "amend", &id, "--due", "lunch=+1h"]).exits(2);
    world.perfteam(&repo, LEAD, &["investigate", "amend", &id, "--impact", "slow"]).exits(1);
}

#[test]
fn what_must_hold_is_agreed_on_before_fixes_are_planned() {
    let incident = crate::incident::Incident::open();
    incident.to_plan();
    let success = ["investigate", "amend", &incident.id, "--success", "p95_latency < 900ms"];
    assert_snapshot!(incident.plain(&incident.run(LEAD, &success).exits(1).stderr), @r#"
    error: what must hold in the end is agreed on before fixes are planned
      why: each step follows on certain states alone; this investigation is in the phase implementation
      try: see its story: perfteam investigate show ID
    "#);
    incident.run(LEAD, &["investigate", "amend", &incident.id, "--priority", "critical"]).exits(0);
}

#[test]
fn a_finding_is_amended_until_somebody_judges_it() {
    let (world, repo) = World::with_team();
    let report = ["finding", "report", "--title", "The pool is exhausted", "--category", "bottleneck"];
    let more = ["--component", "pool", "--severity", "medium", "--evidence", "95 % of the pool is in use."];
    let id = text(&ask(&world, &repo, API, &[&report[..], &more].concat()), "id").to_owned();
    let amend = ["finding", "amend", &id, "--severity", "critical", "--metric", "p95=250ms..890ms"];
    assert_snapshot!(world.perfteam(&repo, DB, &amend).exits(1).stderr, @r#"
    error: a finding is amended by its reporter @backend.api, not by @database.postgres
      why: the finding is from @backend.api; its story must say who really acted
      try: act as the one who may: --as @backend.api
      try: see its story: perfteam finding show ttgk
    "#);
    let evidence = ["--evidence", "96 % of the pool is in use at noon."];
    world.perfteam(&repo, API, &[&amend[..], &evidence].concat()).exits(0);
    let shown = ask(&world, &repo, API, &["finding", "show", &id]);
    assert_eq!(text(&shown, "evidence"), "96 % of the pool is in use at noon.");
    assert_eq!((&shown["impact"], &shown["metrics"]["p95"]["after"]), (&json!("critical"), &json!("890ms")));
    world.perfteam(&repo, API, &["check", "--staged"]).exits(0);
    world.perfteam(&repo, DB, &["finding", "confirm", &id, "--evidence", "I see twenty of twenty."]).exits(0);
    assert_snapshot!(world.perfteam(&repo, API, &amend).exits(1).stderr, @r#"
    error: the finding is confirmed: others have judged it as it stands
      why: each step follows on certain states alone; this finding is confirmed
      try: add to it: perfteam finding evidence ttgk --text TEXT
      try: see its story: perfteam finding show ttgk
    "#);
    let withdraw = ["finding", "withdraw", &id, "--reason", "Measured wrongly."];
    world.perfteam(&repo, API, &withdraw).exits(0);
    assert_eq!(ask(&world, &repo, API, &["finding", "show", &id])["status"], "rejected");
}
