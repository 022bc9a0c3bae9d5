//! How investigations begin: head and documents, from templates.

use super::{API, CODE, DATA, INFRASTRUCTURE, LEAD, ask, open, text, without_path};
use crate::environment::World;
use insta::assert_snapshot;
use serde_json::json;

#[test]
fn opening_writes_a_head_and_a_document_for_each_part() {
    let (world, repo) = World::with_team();
    let (_, path) = open(
        &world,
        &repo,
        &["--trigger", "p95 alert", "--success", "p95_latency < 300ms, target < 250ms", "--due", "data=+3h"],
    );
    assert_snapshot!(repo.read(&format!("{path}/investigation.md")), @r#"
    ---
    id: ttgkrhj1vs
    title: Checkout is slow
    from: "@performance.lead"
    priority: high
    at: "2026-11-20T15:05:00.000Z"
    trigger: p95 alert
    systems:
      - checkout
    success:
      - "p95_latency < 300ms, target < 250ms"
    due:
      data: "2026-11-20T18:05:00.000Z"
      code: "2026-11-20T17:05:00.000Z"
      infrastructure: "2026-11-20T17:05:00.000Z"
      synthesis: "2026-11-20T19:05:00.000Z"
      implementation: "2026-11-20T23:05:00.000Z"
      validation: "2026-11-21T23:05:00.000Z"
      retrospective: "2026-11-22T15:05:00.000Z"
    ---

    ## Impact

    15 % of the traffic waits 890 ms instead of 250 ms.

    ## Success criteria

    - p95_latency < 300ms, target < 250ms

    ## Timeline

    | Part | Due |
    |---|---|
    | Data analysis | 2026-11-20 18:05 |
    | Code review | 2026-11-20 17:05 |
    | Infrastructure review | 2026-11-20 17:05 |
    | Synthesis | 2026-11-20 19:05 |
    | Implementation | 2026-11-20 23:05 |
    | Validation | 2026-11-21 23:05 |
    | Retrospective | 2026-11-22 15:05 |
    "#);
    assert_snapshot!(repo.read(&format!("{path}/data.md")), @r#"
    # Data: Checkout is slow

    Investigation `ttgkrhj1vs` of checkout, coordinated by @performance.lead. Due 2026-11-20 18:05.

    <!--
    When and where did it become slow, and for whom? Replace every [PLACEHOLDER], take out what you
    don't need; what stands in comments is not shown. Where a table has nothing to say, write in its
    place one sentence that says why. What is still missing, line by line:

        perfteam investigate status ttgkrhj1vs
    -->

    ## Timeline

    <!-- Deployments, configuration changes, alerts, traffic: each with its time in UTC. -->

    | When | What | Source |
    |---|---|---|
    | [TIME] | [WHAT_HAPPENED] | [LOG_OR_DASHBOARD] |

    ## Figures

    <!-- The affected endpoints before and after, each with a unit: 250ms, 0.1%, 450 req/s. -->

    | Quantity | Before | After |
    |---|---|---|
    | p95_latency | [BEFORE] | [AFTER] |
    | p99_latency | [BEFORE] | [AFTER] |
    | error_rate | [BEFORE] | [AFTER] |

    ## Who is affected

    - Share of all requests: [PERCENTAGE]
    - Users: [USER_SEGMENTS]
    - Regions: [REGIONS]

    ## Correlation

    <!-- What happened right before? Deployments, traffic, other systems. -->

    [WHAT_HAPPENED_AT_THE_SAME_TIME]

    ## Critical findings

    <!--
    Each with what shows it. Those on which others build are worth a record, which others can confirm
    or dispute: perfteam finding report --investigation ttgkrhj1vs --help
    -->

    | Finding | Evidence |
    |---|---|
    | [KEY_FINDING] | [EVIDENCE] |

    ## Look deeper

    <!-- Where should somebody look next? May stay empty. -->
    "#);
    assert_snapshot!(repo.read(&format!("{path}/validation.md")), @r#"
    # Validation: Checkout is slow

    Investigation `ttgkrhj1vs` of checkout, coordinated by @performance.lead. Due 2026-11-21 23:05.

    <!--
    Do the fixes hold? Measure in three windows after they are deployed; a window that misses what is
    required reopens the investigation. What is still missing, line by line:

        perfteam investigate status ttgkrhj1vs
    -->

    ## Window 1: 0-30 min

    <!-- Are the fixes deployed, do the key figures recover, is nothing else broken? -->

    | Quantity | Required | Target | Measured | Verdict |
    |---|---|---|---|---|
    | p95_latency | < 300ms | < 250ms | [MEASURED] | [MET_OR_MISSED] |

    ## Window 2: 30 min-2 h

    <!-- Does it hold under normal traffic, on all affected endpoints? -->

    | Quantity | Required | Target | Measured | Verdict |
    |---|---|---|---|---|
    | p95_latency | < 300ms | < 250ms | [MEASURED] | [MET_OR_MISSED] |

    ## Window 3: 2-24 h

    <!-- Does it hold at the daily peak, without side effects? -->

    | Quantity | Required | Target | Measured | Verdict |
    |---|---|---|---|---|
    | p95_latency | < 300ms | < 250ms | [MEASURED] | [MET_OR_MISSED] |
    "#);
    let staged = world.git(&repo, &["diff", "--cached", "--name-only"]).stdout;
    assert_snapshot!(without_path(&staged, &path), @r#"
    DIR/code.md
    DIR/data.md
    DIR/infrastructure.md
    DIR/investigation.md
    DIR/retrospective.md
    DIR/synthesis.md
    DIR/validation.md
    "#);
    world.perfteam(&repo, LEAD, &["check", "--staged"]).exits(0);
    world.git(&repo, &["commit", "-qm", "Open"]).exits(0);
    world.perfteam(&repo, LEAD, &["check"]).exits(0);
    let again =
        ["investigate", "open", "--title", "Checkout again", "--priority", "low", "--system", "checkout"];
    let again = [&again[..], &["--impact", "Checkout is slow, slightly."]].concat();
    let said = world.perfteam(&repo, LEAD, &again).exits(0).stdout;
    assert!(said.contains("earlier ones like it") && said.contains("Checkout is slow (checkout)"), "{said}");
}

#[test]
fn what_makes_no_investigation_is_refused() {
    let (world, repo) = World::with_team();
    let base = ["investigate", "open", "--priority", "high", "--system", "checkout"];
    let ok = ["--title", "Checkout is slow", "--impact", "15 % of the traffic waits."];
    let try_with = |more: &[&str]| world.perfteam(&repo, LEAD, &[&base[..], more].concat());
    try_with(&["--title", "Checkout is slow", "--impact", "slow"]).exits(1);
    try_with(&["--title", "?", "--impact", "15 % of the traffic waits."]).exits(2);
    assert_snapshot!(try_with(&[&ok[..], &["--due", "lunch=+1h"]].concat()).exits(2).stderr, @r#"
    error: --due lunch=+1h: expected one of data, code, infrastructure, synthesis, implementation, validation, retrospective
      why: others plan by it
      try: --due data=+3h, --due synthesis='tomorrow 18:00'; times are UTC
    "#);
    try_with(&[&ok[..], &["--due", "data=soon"]].concat()).exits(2);
    let once = [&ok[..], &["--once", "alert-1", "--format", "json"]].concat();
    let first = try_with(&once).exits(0).json();
    let second = try_with(&once).exits(0).json();
    assert_eq!((&second["id"], &second["existing"]), (&first["id"], &json!(true)));
}

#[test]
fn a_teams_own_templates_are_taken_and_their_mistakes_told_by_line() {
    let (world, repo) = World::with_team();
    let own = ".perfteam/templates/investigation/data.md";
    repo.write(own, "# Our data: {{ title }}\n\n## Figures\n\n{% for system in systems %}\n- {{ system }}: [BEFORE] -> [AFTER]\n{% endfor %}\n");
    let (_, path) = open(&world, &repo, &[]);
    assert_snapshot!(repo.read(&format!("{path}/data.md")), @r#"
    # Our data: Checkout is slow

    ## Figures

    - checkout: [BEFORE] -> [AFTER]
    "#);
    repo.write(own, "# Data\n\nBy {{ team }}.\n");
    let args =
        ["investigate", "open", "--title", "Checkout is slow", "--priority", "high", "--system", "checkout"];
    let args = [&args[..], &["--impact", "15 % of the traffic waits."]].concat();
    assert_snapshot!(world.perfteam(&repo, LEAD, &args).exits(3).stderr, @r#"
    error: .perfteam/templates/investigation/data.md:3: `By {{ team }}.` names something that templates don't know
      why: a document with a hole in it would be taken for a finished one
      try: what templates can name: id, title, coordinator, priority, trigger, systems, impact, success, criteria, start, due, document
      try: or do with the shipped template: mv .perfteam/templates/investigation/data.md .perfteam/templates/investigation/data.md.off
    "#);
    let count = std::fs::read_dir(repo.path.join(&path).parent().expect("a day")).expect("a day").count();
    assert_eq!(count, 1, "nothing was written");
    repo.write(own, "{% if %}\n");
    world.perfteam(&repo, LEAD, &args).exits(3);
}

#[test]
fn what_people_write_in_titles_stays_text() {
    let (world, repo) = World::with_team();
    let args = ["investigate", "open", "--title", "Slow | [ALL_OF_IT] <!-- {{ id }}", "--priority", "high"];
    let more = [
        "--system",
        "a|b",
        "--impact",
        "## Not a section\n<!-- and no comment\n[NOT_LEFT]",
        "--format",
        "json",
    ];
    let opened = world.perfteam(&repo, LEAD, &[&args[..], &more].concat()).exits(0).json();
    let path = text(&opened, "path");
    repo.write(
        &format!("{path}/data.md"),
        &(repo.read(&format!("{path}/data.md")).lines().next().expect("a line").to_owned() + &DATA[6..]),
    );
    repo.write(&format!("{path}/code.md"), CODE);
    repo.write(&format!("{path}/infrastructure.md"), INFRASTRUCTURE);
    let id = text(&opened, "id");
    let status = ask(&world, &repo, LEAD, &["investigate", "status", id]);
    assert_eq!(status["missing"], json!([]));
    let delegated = ask(&world, &repo, LEAD, &["investigate", "delegate", id, "--data", API]);
    let task = ask(&world, &repo, LEAD, &["task", "show", text(&delegated["tasks"]["data"], "id")]);
    assert_eq!(task["title"], "Analyse the metrics: Slow | [ALL_OF_IT] <!-- {{ id }}");
    world.perfteam(&repo, LEAD, &["check", "--staged"]).exits(0);
}
