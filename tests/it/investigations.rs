//! The life of an investigation, by the commands that people run and the documents that they edit.

use crate::environment::{Repo, World};
use insta::assert_snapshot;
use serde_json::{Value, json};

pub const LEAD: &str = "@performance.lead";
pub const API: &str = "@backend.api";
pub const DB: &str = "@database.postgres";
pub const OPS: &str = "@ops.performance";

/// A document of each specialist that lacks nothing.
pub const DATA: &str = "\
# Data

## Timeline

| When | What | Source |
|---|---|---|
| 14:10 | deployment of abc123 | deploy log |
| 14:15 | p95 rises | dashboard |

## Figures

| Quantity | Before | After |
|---|---|---|
| p95_latency | 250ms | 890ms |

## Who is affected

- Share of all requests: 15 %, mostly checkout.

## Correlation

Five minutes after the deployment at 14:10.

## Critical findings

- Queries take three times as long: db.log from 14:15, 30 ms to 90 ms.
";
pub const CODE: &str = "\
# Code

## Recent changes

- abc123 changes the settings of the pool

## Critical findings

| Finding | Evidence |
|---|---|
| The pool is smaller | commit abc123, config/db.yml line 4 |

## Dependencies

The ORM went from 4.1 to 5.0.

## Recommended fixes

- Pool back to 50 connections.
";
pub const INFRASTRUCTURE: &str = "\
# Infrastructure

## Resources

- pool utilisation: 60% -> 95%

## Configuration changes

| What | Before | After | Since |
|---|---|---|---|
| pool | 50 | 20 | 14:10 |

## Scaling

Auto-scaling did not start, although processors were busy.

## Critical findings

Nothing beyond the pool was found; see the table above.

## Recommended actions

- Mend the trigger of auto-scaling.
";

#[track_caller]
pub fn open(world: &World, repo: &Repo, more: &[&str]) -> (String, String) {
    let args =
        ["investigate", "open", "--title", "Checkout is slow", "--priority", "high", "--system", "checkout"];
    let texts = ["--impact", "15 % of the traffic waits 890 ms instead of 250 ms.", "--format", "json"];
    let opened = world.perfteam(repo, LEAD, &[&args[..], &texts, more].concat()).exits(0).json();
    (text(&opened, "id").to_owned(), text(&opened, "path").to_owned())
}

pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key} in {value}"))
}

#[track_caller]
pub fn ask(world: &World, repo: &Repo, who: &str, args: &[&str]) -> Value {
    world.perfteam(repo, who, &[args, &["--format", "json"]].concat()).exits(0).json()
}

fn without_path(text: &str, path: &str) -> String {
    text.replace(path, "DIR")
}

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

#[test]
fn what_is_missing_is_told_by_file_and_line() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    let status = || {
        let status = world.perfteam(&repo, LEAD, &["investigate", "status", &id, "--limit", "99"]).exits(0);
        without_path(&status.stdout, &path)
    };
    assert_snapshot!(status(), @r#"
    Checkout is slow
    id        ttgkrhj1vs (in DIR)
    priority  high
    phase     evidence
    by        @performance.lead

    now   evidence        data            119m left
                          code            119m left
                          infrastructure  119m left
    later synthesis       synthesis       3h left
    later implementation  implementation  7h left
    later validation      validation      31h left
    later learning        retrospective   47h left

    Missing before it goes on (20)
    DIR/data.md:19: the placeholders [TIME], [WHAT_HAPPENED] and [LOG_OR_DASHBOARD] are left: write what it stands for, or take the line out
    DIR/data.md:27: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/data.md:28: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/data.md:29: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/data.md:33: the placeholder [PERCENTAGE] is left: write what it stands for, or take the line out
    DIR/data.md:34: the placeholder [USER_SEGMENTS] is left: write what it stands for, or take the line out
    DIR/data.md:35: the placeholder [REGIONS] is left: write what it stands for, or take the line out
    DIR/data.md:41: the placeholder [WHAT_HAPPENED_AT_THE_SAME_TIME] is left: write what it stands for, or take the line out
    DIR/data.md:52: the placeholders [KEY_FINDING] and [EVIDENCE] are left: write what it stands for, or take the line out
    DIR/code.md:22: the placeholders [COMMIT], [CHANGE] and [EFFECT] are left: write what it stands for, or take the line out
    DIR/code.md:33: the placeholders [KEY_FINDING] and [EVIDENCE] are left: write what it stands for, or take the line out
    DIR/code.md:39: the placeholder [VERSION_CHANGES_AND_THEIR_EFFECT] is left: write what it stands for, or take the line out
    DIR/code.md:43: the placeholder [FIX] is left: write what it stands for, or take the line out
    DIR/infrastructure.md:19: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/infrastructure.md:20: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/infrastructure.md:21: the placeholders [BEFORE] and [AFTER] are left: write what it stands for, or take the line out
    DIR/infrastructure.md:27: the placeholders [SETTING], [BEFORE], [AFTER] and [TIME_OR_COMMIT] are left: write what it stands for, or take the line out
    DIR/infrastructure.md:33: the placeholder [HOW_IT_SCALED] is left: write what it stands for, or take the line out
    DIR/infrastructure.md:44: the placeholders [KEY_FINDING] and [EVIDENCE] are left: write what it stands for, or take the line out
    DIR/infrastructure.md:48: the placeholder [ACTION] is left: write what it stands for, or take the line out

    next: perfteam investigate delegate ttgk --data @h --code @h --infrastructure @h
    "#);
    repo.write(&format!("{path}/data.md"), DATA);
    repo.write(&format!("{path}/code.md"), CODE);
    repo.write(&format!("{path}/infrastructure.md"), INFRASTRUCTURE);
    assert!(status().ends_with(&format!(
        "next: perfteam investigate delegate {} --data @h --code @h --infrastructure @h\n",
        &id[..4]
    )));
    let with = |file: &str, text: &str, old: &str, new: &str| {
        assert!(text.contains(old), "{old}");
        repo.write(&format!("{path}/{file}"), &text.replace(old, new));
        let missing = ask(&world, &repo, LEAD, &["investigate", "status", &id])["missing"].clone();
        repo.write(&format!("{path}/{file}"), text);
        let told = missing.as_array().expect("a list").iter().map(|one| {
            let path = text_of(one, "path").rsplit('/').next().expect("a name").to_owned();
            format!("{path}:{}: {}: {}\n", one["line"], text_of(one, "what"), text_of(one, "write"))
        });
        told.collect::<String>()
    };
    let told = [
        with("data.md", DATA, "| 250ms |", "|  |"),
        with("data.md", DATA, "| p95_latency | 250ms | 890ms |\n", ""),
        with("data.md", DATA, "Before | After", "Was | Is"),
        with("data.md", DATA, "| p95_latency | 250ms | 890ms |", "| p95_latency | 250 | soon |"),
        with("data.md", DATA, "Five minutes after the deployment at 14:10.", "TODO"),
        with(
            "data.md",
            DATA,
            "Five minutes after the deployment at 14:10.",
            "```\nFive minutes after the deployment\n```",
        ),
        with("data.md", DATA, ": db.log from 14:15, 30 ms to 90 ms.", "."),
        with("data.md", DATA, "## Correlation", "## Coincidence"),
        with("data.md", DATA, "Five minutes", "<!-- Five minutes"),
        with("data.md", DATA, "Five minutes", "<<<<<<< HEAD\nFive minutes"),
        with("code.md", CODE, "| commit abc123, config/db.yml line 4 |", "| see |"),
        with("code.md", CODE, "- Pool back to 50 connections.", "-"),
        with("infrastructure.md", INFRASTRUCTURE, "60% -> 95%", "95%"),
        with(
            "infrastructure.md",
            INFRASTRUCTURE,
            "- pool utilisation: 60% -> 95%",
            "It was busy all the time.",
        ),
    ];
    assert_snapshot!(told.join("\n"), @r#"
    data.md:14: `p95_latency` has no before -> after: two quantities, such as 250ms and 890ms

    data.md:12: the table has no rows: write a row for each, or one sentence in its place that says why there is none

    data.md:12: the table has no columns Before and After: | Quantity | Before | After |

    data.md:14: `p95_latency` has no before -> after: two quantities, such as 250ms and 890ms

    data.md:22: the placeholder TODO is left: write what it stands for, or take the line out

    data.md:20: the section `## Correlation` is empty: some sentences with names, times and numbers

    data.md:26: `Queries take three times as long.` has no evidence: what shows it, with where and when: a log, a figure, a commit, a finding's id

    data.md:1: the section `## Correlation` is missing: some sentences with names, times and numbers

    data.md:22: a comment that is never closed hides all that follows: mend this first: what follows can't be read

    data.md:22: a conflict marker that a merge left behind: take what is true of both sides: mend this first: what follows can't be read

    code.md:11: `The pool is smaller` has no evidence: what shows it, with where and when: a log, a figure, a commit, a finding's id

    code.md:17: the section `## Recommended fixes` is empty: a row of the table or an item of a list for each, or one sentence that says why there is none

    infrastructure.md:5: `pool utilisation: 95%` has no before -> after: two quantities: `p95: 250ms -> 890ms`

    infrastructure.md:3: `## Resources` has no quantity before -> after: a table | Quantity | Before | After |, or items such as `- p95: 250ms -> 890ms`
    "#);
}

fn text_of(value: &Value, key: &str) -> String {
    text(value, key).to_owned()
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

#[test]
fn documents_merge_as_text_and_are_no_part_of_the_record() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    world.git(&repo, &["commit", "-qm", "Open"]).exits(0);
    let (data, code) = (format!("{path}/data.md"), format!("{path}/code.md"));
    world.git(&repo, &["switch", "-qc", "data"]).exits(0);
    repo.write(&data, DATA);
    repo.write(&format!("{path}/response_times.csv"), "14:15,890\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    world.perfteam(&repo, API, &["check", "--staged"]).exits(0);
    world.git(&repo, &["commit", "-qm", "Data"]).exits(0);
    world.perfteam(&repo, API, &["check", "--base", "main"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    repo.write(&code, CODE);
    world.perfteam(&repo, LEAD, &["investigate", "delegate", &id, "--data", API]).exits(0);
    world.git(&repo, &["commit", "-qam", "Code"]).exits(0);
    world.git(&repo, &["merge", "-q", "--no-edit", "data"]).exits(0);
    world.perfteam(&repo, LEAD, &["check", "--worktree"]).exits(0);
    assert_eq!((repo.read(&data), repo.read(&code)), (DATA.to_owned(), CODE.to_owned()));
    // A document that is edited or deleted is no published file of a record.
    repo.write(&data, "rewritten\n");
    world.git(&repo, &["rm", "-q", &code]).exits(0);
    world.git(&repo, &["add", "-A"]).exits(0);
    world.perfteam(&repo, LEAD, &["check", "--staged"]).exits(0);
    let restored = world.perfteam(&repo, LEAD, &["restore"]).exits(0).stdout;
    assert!(!restored.contains("code.md"), "{restored}");
}

#[test]
fn it_is_found_by_words_listed_and_withdrawn() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    repo.write(&format!("{path}/code.md"), CODE);
    let found =
        |words: &str| ask(&world, &repo, API, &["investigate", "search", words])["investigations"].clone();
    assert_eq!(found("connection pool size")[0]["id"], json!(id));
    assert_eq!(found("kubernetes ingress"), json!([]));
    let list = |more: &[&str]| {
        let listed = ask(&world, &repo, API, &[&["investigate", "list"], more].concat());
        listed["total"].as_u64().expect("a number")
    };
    assert_eq!((list(&[]), list(&["--system", "search"]), list(&["--priority", "critical"])), (1, 0, 0));
    let withdraw = ["investigate", "withdraw", &id, "--reason", "The alert was false."];
    world.perfteam(&repo, API, &withdraw).exits(1);
    world.perfteam(&repo, LEAD, &withdraw).exits(0);
    world.perfteam(&repo, LEAD, &withdraw).exits(4);
    assert_eq!((list(&[]), list(&["--status", "withdrawn"]), list(&["--status", "all"])), (0, 1, 1));
    assert_snapshot!(world.perfteam(&repo, API, &["investigation", "show", &id[..4]]).exits(0).stdout, @r#"
    Checkout is slow
    id        ttgkrhj1vs (in .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs)
    priority  high
    by        @performance.lead
    opened    2026-11-20T15:05:00.000Z
    phase     withdrawn
    systems   checkout

    Impact
    15 % of the traffic waits 890 ms instead of 250 ms.

    Documents
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/data.md
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/code.md
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/infrastructure.md
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/synthesis.md
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/validation.md
    .perfteam/investigations/2026-11-20/checkout-is-slow-ttgkrhj1vs/retrospective.md

    Events
    2026-11-20T15:12:00.000Z  withdrawn by @performance.lead
        The alert was false.

    how it stands: perfteam investigate status ttgk
    "#);
}

#[test]
fn closed_ones_are_archived_without_their_documents() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    world
        .perfteam(&repo, LEAD, &["investigate", "withdraw", &id, "--reason", "The alert was false."])
        .exits(0);
    world.git(&repo, &["commit", "-qm", "Open and withdraw"]).exits(0);
    world.perfteam(&repo, LEAD, &["archive", "--older-than", "0s"]).exits(0);
    let names: Vec<String> = std::fs::read_dir(repo.path.join(&path))
        .expect("the folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(
        names.contains(&"data.md".to_owned()) && !names.contains(&"investigation.md".to_owned()),
        "{names:?}"
    );
    let shown = ask(&world, &repo, LEAD, &["investigate", "show", &id]);
    assert_eq!(shown["status"], "withdrawn");
    assert!(repo.read(&format!("{path}/data.md")).contains("## Figures"));
    world.perfteam(&repo, LEAD, &["check", "--worktree"]).exits(0);
}

#[test]
fn a_document_that_is_elsewhere_is_not_begun_anew() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["worktree", "add", "-q", "../other", "-b", "other"]).exits(0);
    let other = Repo { path: world.path().join("other") };
    let (id, path) = open(&world, &repo, &[]);
    let args =
        ["investigate", "write", &id, "--document", "data", "--section", "Correlation", "--text", "None."];
    let refused = |other: &Repo| without_path(&world.perfteam(other, API, &args).exits(1).stderr, &path);
    assert_snapshot!(refused(&other), @r#"
    error: DIR/data.md is not here, but in the work tree ../repo, not committed
      why: two versions of one document that begin apart are a conflict when they meet
      try: have it committed there, then: git merge BRANCH
    "#);
    world.git(&repo, &["commit", "-qm", "Open"]).exits(0);
    assert_snapshot!(refused(&other), @r#"
    error: DIR/data.md is not here, but on main, 1 commit ahead
      why: two versions of one document that begin apart are a conflict when they meet
      try: git merge main
    "#);
    let status = ask(&world, &other, API, &["investigate", "status", &id]);
    assert_eq!(status["missing"][0]["write"], "git merge main");
    world.git(&other, &["merge", "-q", "main"]).exits(0);
    world.perfteam(&other, API, &args).exits(0);
}

#[test]
fn two_who_write_in_one_document_meet_only_on_the_same_lines() {
    let (world, repo) = World::with_team();
    let (id, path) = open(&world, &repo, &[]);
    world.git(&repo, &["commit", "-qm", "Open"]).exits(0);
    let write = |branch: &str, section: &str, text: &str| {
        world.git(&repo, &["switch", "-q", "-c", branch, "main"]).exits(0);
        let args = ["investigate", "write", &id, "--document", "data", "--section", section, "--text", text];
        world.perfteam(&repo, API, &args).exits(0);
        world.git(&repo, &["commit", "-qm", branch]).exits(0);
    };
    write("a", "Correlation", "After the deployment.");
    write("b", "Look deeper", "At the pool.");
    world.git(&repo, &["merge", "-q", "--no-edit", "a"]).exits(0);
    let data = repo.read(&format!("{path}/data.md"));
    assert!(data.contains("After the deployment.") && data.contains("At the pool."), "{data}");
    write("c", "Correlation", "Before the deployment.");
    world.git(&repo, &["merge", "-q", "--no-edit", "a"]).exits(1);
    let missing = ask(&world, &repo, API, &["investigate", "status", &id])["missing"].clone();
    assert!(text(&missing[0], "what").contains("conflict marker"), "{missing}");
    let args =
        ["investigate", "write", &id, "--document", "data", "--section", "Correlation", "--text", "More."];
    let stderr = world.perfteam(&repo, API, &args).exits(3).stderr;
    assert!(stderr.contains("data.md:") && stderr.contains("conflict marker"), "{stderr}");
}
