//! The life of a task, by the commands that people run.

use crate::environment::{Repo, Run, World};
use insta::assert_snapshot;
use serde_json::{Value, json};

const LEAD: &str = "@performance.lead";
const API: &str = "@backend.api";
const DB: &str = "@database.postgres";

/// Makes a task and yields its id and the path of its folder.
#[track_caller]
fn task(world: &World, repo: &Repo, title: &str, more: &[&str]) -> (String, String) {
    let args = [&["task", "create", "--title", title, "--format", "json"], more].concat();
    let made = world.perfteam(repo, LEAD, &args).exits(0).json();
    let text = |key: &str| made[key].as_str().expect("a text").to_owned();
    (text("id"), text("path"))
}

#[track_caller]
fn ask(world: &World, repo: &Repo, who: &str, args: &[&str]) -> Value {
    world.perfteam(repo, who, &[args, &["--format", "json"]].concat()).exits(0).json()
}

/// Runs a command two days later.
fn later(world: &World, repo: &Repo, who: &str, args: &[&str]) -> Run {
    let mut command = world.perfteam_command(repo, who, args);
    command.env("PERFTEAM_NOW", "2026-11-22T15:00:00Z");
    crate::environment::run(command)
}

fn titles(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|task| task["title"].as_str().expect("a title")).collect()
}

#[test]
fn a_task_is_asked_for_started_reported_and_completed() {
    let (world, repo) = World::with_team();
    let (id, path) = task(
        &world,
        &repo,
        "Load test of the API gateway",
        &[
            "--type",
            "load_testing",
            "--priority",
            "high",
            "--to",
            API,
            "--system",
            "api-gateway",
            "--objective",
            "Find the knee.",
            "--context",
            "Users complain.",
            "--require",
            "use staging",
            "--require",
            "measure p99",
            "--expect",
            "a report",
            "--dir",
            "src",
            "--tool",
            "k6",
            "--param",
            "concurrent_users=[100, 500, 1000]",
            "--param",
            "ramp={up: 2m}",
            "--deadline",
            "+2h",
            "--report-every",
            "30m",
            "--escalate-when",
            "error_rate > 5%",
        ],
    );
    assert_snapshot!(repo.read(&format!("{path}/task.md")), @r#"
    ---
    id: ttgkrhj1vs
    type: load_testing
    title: Load test of the API gateway
    from: "@performance.lead"
    to: "@backend.api"
    priority: high
    at: "2026-11-20T15:05:00.000Z"
    system: api-gateway
    directory: src
    tools:
      - k6
    parameters:
      concurrent_users:
        - 100
        - 500
        - 1000
      ramp:
        up: "2m"
    deadline: "2026-11-20T17:05:00.000Z"
    report_every: "30m"
    escalate_when:
      - "error_rate > 5%"
    ---

    ## Objective

    Find the knee.

    ## Context

    Users complain.

    ## Requirements

    - use staging
    - measure p99

    ## Expected output

    - a report
    "#);
    let start = |who: &str| world.perfteam(&repo, who, &["task", "start", &id]);
    assert_snapshot!(start(DB).exits(1).stderr, @"
    error: the task is assigned to @backend.api, not to @database.postgres
      why: the task is from @performance.lead to @backend.api; its story must say who really acted
      try: act as the one who may: --as @backend.api
      try: see its story: perfteam task show ttgk
    ");
    start(API).exits(0);
    assert_snapshot!(start(API).exits(4).stderr, @"
    error: @backend.api holds task ttgk until 2026-11-20T19:07:00.000Z
      why: two who work on one task undo each other, and several processes may share a handle
      try: if it is yours and needs longer: perfteam task start ttgk --renew
      try: see its story: perfteam task show ttgk
    ");
    let progress = [
        "task",
        "progress",
        &id,
        "--percent",
        "65",
        "--phase",
        "load_testing_500_users",
        "--metric",
        "p95_latency=850ms",
        "--metric",
        "throughput=450 req/s",
        "--metric",
        "error_rate=2.3%",
        "--issue",
        "Latency rises from 400 users on",
        "--next",
        "complete_1000_user_test",
    ];
    let report = ask(&world, &repo, API, &progress);
    assert_eq!((&report["escalated"], &report["flag"]), (&json!([]), &Value::Null));
    world.perfteam(&repo, LEAD, &progress).exits(4);
    let complete = [
        "task",
        "complete",
        &id[..4],
        "--note",
        "The knee is at 400 users.",
        "--health",
        "degraded",
        "--metric",
        "response_time_p95=800ms..1.2s",
        "--metric",
        "error_rate=0.5%..1.8%",
        "--alerts",
        "12",
        "--trend",
        "performance=declining",
        "--recommend",
        "implement response caching",
    ];
    assert_snapshot!(world.perfteam(&repo, API, &complete).exits(0).stdout, @"
    completed ttgk: Load test of the API gateway
      .perfteam/tasks/2026-11-20/load-test-of-the-api-gateway-ttgkrhj1vs/20261120T151100.000Z-completed-x4c0rh.md
      response_time_p95: 800ms -> 1.2s (+50 %)
      error_rate: 0.5% -> 1.8% (+260 %)
    to make a task of 'implement response caching': perfteam task create --recommendation ttgk:1
    ");
    world.perfteam(&repo, API, &complete).exits(4);
    let shown = ask(&world, &repo, API, &["task", "show", &id]);
    assert_eq!(shown["status"], "completed");
    assert_eq!(shown["parameters"], json!({"concurrent_users": [100, 500, 1000], "ramp": {"up": "2m"}}));
    assert_eq!(
        shown["reports"][0]["results"][1],
        json!({"name": "p95_latency", "text": "850ms", "value": 850.0})
    );
    let metric = &shown["outcome"]["metrics"][1];
    assert_eq!(
        *metric,
        json!({"name": "response_time_p95", "before": "800ms", "after": "1.2s", "change": 50.0})
    );
    let made =
        ask(&world, &repo, LEAD, &["task", "create", "--recommendation", &format!("{id}:1"), "--to", DB]);
    let next = ask(&world, &repo, LEAD, &["task", "show", made["id"].as_str().expect("an id")]);
    assert_eq!((&next["title"], &next["parent"]), (&json!("implement response caching"), &json!(id)));
    world.perfteam(&repo, LEAD, &["task", "create", "--recommendation", &format!("{id}:2")]).exits(2);
    let status = world.git(&repo, &["status", "--porcelain", "-uall"]).stdout;
    assert!(status.lines().all(|line| line.starts_with("A ")), "{status}");
}

#[test]
fn a_report_that_meets_a_threshold_raises_a_flag_in_the_same_step() {
    let (world, repo) = World::with_team();
    let limits = ["--escalate-when", "error_rate > 5%", "--escalate-when", "p95_latency > 300ms"];
    let (id, path) =
        task(&world, &repo, "Load test", &[&["--to", API, "--priority", "critical"], &limits[..]].concat());
    world.perfteam(&repo, API, &["task", "start", &id]).exits(0);
    let report = |metric: &str| {
        ask(&world, &repo, API, &["task", "progress", &id, "--percent", "10", "--metric", metric])
    };
    assert_eq!(report("error_rate=5%")["flag"], Value::Null, "the limit itself is fine");
    assert_eq!(report("throughput=1 req/s")["flag"], Value::Null);
    let met = report("p95_latency=0.85 s");
    assert_eq!(met["escalated"], json!(["p95_latency > 300ms"]));
    let flag = met["flag"]["id"].as_str().expect("a flag");
    let inbox = ask(&world, &repo, LEAD, &["inbox"]);
    assert_eq!(inbox["flags"][0]["id"], *flag);
    assert_eq!(
        (&inbox["flags"][0]["impact"], &inbox["flags"][0]["parent"]),
        (&json!("critical"), &json!(id))
    );
    let again = report("p95_latency=900ms");
    assert_eq!((&again["flag"]["id"], &again["flag"]["existing"]), (&json!(flag), &json!(true)));
    world.perfteam(&repo, LEAD, &["flag", "complete", flag, "--note", "Go on."]).exits(0);
    assert_eq!(report("p95_latency=901ms")["flag"]["existing"], false, "it is met again");
    let uncomparable = world.perfteam(
        &repo,
        API,
        &["task", "progress", &id, "--percent", "20", "--metric", "error_rate=7ms"],
    );
    assert!(uncomparable.exits(0).stderr.contains("can't be compared"));
    assert!(repo.path.join(&path).exists());
    let verdict = world.perfteam(&repo, API, &["check"]).exits(0).stdout;
    assert!(!verdict.contains("thin-text") && !verdict.contains("illegal-step"), "{verdict}");
}

#[test]
fn what_waits_is_not_started_and_nothing_waits_for_itself() {
    let (world, repo) = World::with_team();
    let (first, _) = task(&world, &repo, "Measure \"now\"", &["--to", API]);
    let (second, _) =
        task(&world, &repo, "Fix it", &["--to", API, "--depends", &first, "--priority", "critical"]);
    let (third, _) = task(&world, &repo, "Report", &["--depends", &second, "--waiting-for", DB]);
    let list = |more: &[&str]| ask(&world, &repo, LEAD, &[&["task", "list"], more].concat())["tasks"].clone();
    assert_eq!(titles(&list(&["--ready"])), ["Measure \"now\""]);
    assert_eq!(titles(&list(&["--blocked"])), ["Fix it", "Report"]);
    assert_eq!(list(&["--blocked"])[0]["waits_for"][0]["id"], *first);
    assert_eq!(titles(&list(&["--waiting-for", DB])), ["Report"]);
    assert_snapshot!(world.perfteam(&repo, API, &["task", "start", &second]).exits(1).stderr, @r#"
    error: task 00rz waits for task ttgk (pending, @backend.api): Measure "now"
      why: its work builds on what must be done first
      try: see how that stands: perfteam task show ttgk
      try: what can be started now: perfteam next
      try: if it need not wait: perfteam task amend 00rz --without ttgk --as @performance.lead
    "#);
    assert_snapshot!(world.perfteam(&repo, LEAD, &["task", "amend", &first, "--depends", &third]).exits(1).stderr, @"
    error: they would wait for each other: ttgk -> qe34 -> 00rz -> ttgk
      why: none of them could ever be started
      try: see what waits for what: perfteam task graph
    ");
    assert_snapshot!(world.perfteam(&repo, LEAD, &["task", "graph", "--mermaid"]).exits(0).stdout, @r#"
    flowchart LR
      rttgkrhj1vs["ttgk Measure #34;now#34;<br/>@backend.api, pending"]
      r00rzyp6v55["00rz Fix it<br/>@backend.api, pending"]
      rqe34kchw1z["qe34 Report<br/>nobody yet, pending"]
      rttgkrhj1vs --> r00rzyp6v55
      r00rzyp6v55 --> rqe34kchw1z
    "#);
    assert_snapshot!(world.perfteam(&repo, LEAD, &["task", "graph", &second]).exits(0).stdout, @r#"
    ttgk   medium   pending   @performance.lead -> @backend.api  10m ago  Measure "now" (implementation)
    └─ 00rz   critical pending   @performance.lead -> @backend.api  9m ago  Fix it (implementation)
       └─ qe34   medium   pending   @performance.lead -> nobody yet  8m ago  Report (implementation)  waits for @database.postgres
    "#);
    let next = ask(&world, &repo, API, &["next"]);
    assert_eq!((&next["next"]["id"], &next["tasks"][0]["unblocks"]), (&json!(first), &json!(2)));
    world.perfteam(&repo, API, &["task", "complete", &first, "--note", "Measured."]).exits(0);
    assert_eq!(ask(&world, &repo, API, &["next"])["next"]["id"], *second);
    // What was cancelled is waited for by nobody who knows it.
    let cancelled =
        world.perfteam(&repo, LEAD, &["task", "cancel", &second, "--reason", "Not ours."]).exits(0);
    assert!(cancelled.stdout.contains("--without"), "{}", cancelled.stdout);
    assert_eq!(list(&["--blocked"])[0]["waits_for"][0]["why"], "dropped");
    world.perfteam(&repo, LEAD, &["task", "create", "--title", "Late", "--depends", &second]).exits(1);
    world.perfteam(&repo, LEAD, &["task", "amend", &third, "--without", &second]).exits(0);
    assert_eq!(ask(&world, &repo, DB, &["next"])["queue"][0]["id"], *third);
}

#[test]
fn a_task_that_is_nobodys_waits_for_a_specialist_and_is_whose_starts_it() {
    let (world, repo) = World::with_repo();
    world.perfteam(&repo, "", &["init"]).exits(0);
    let made = ask(&world, &repo, LEAD, &["task", "create", "--title", "Run load tests against the gateway"]);
    let specialist = made["waiting_for"].as_str().expect("a specialist");
    assert_eq!(made["proposed"][0]["agent"], specialist);
    assert_eq!(made["to"], Value::Null);
    let id = made["id"].as_str().expect("an id");
    assert_eq!(ask(&world, &repo, specialist, &["next"])["next"]["id"], *id);
    assert_eq!(ask(&world, &repo, specialist, &["inbox"])["tasks"], json!([]), "it is nobody's yet");
    world.perfteam(&repo, "@performance.monitor", &["task", "start", id]).exits(0);
    world.perfteam(&repo, specialist, &["task", "start", id]).exits(4);
    let inbox = ask(&world, &repo, "@performance.monitor", &["inbox"]);
    assert_eq!(inbox["tasks"][0]["id"], *id);
    assert_eq!((&inbox["waiting"], &inbox["flags"]), (&json!(0), &json!([])), "flags are counted alone");
    world.perfteam(&repo, LEAD, &["task", "reassign", id, "--to", specialist]).exits(0);
    world.perfteam(&repo, "@performance.monitor", &["task", "progress", id, "--percent", "1"]).exits(1);
    world.perfteam(&repo, specialist, &["task", "start", id]).exits(0);
    world.perfteam(&repo, LEAD, &["task", "reassign", id, "--to", "@nobody.here"]).exits(1);
}

#[test]
fn a_task_goes_silent_and_late_and_the_one_who_asked_sees_it() {
    let (world, repo) = World::with_team();
    let (id, _) = task(
        &world,
        &repo,
        "Watch the gateway",
        &["--to", API, "--report-every", "30m", "--deadline", "tomorrow 18:00"],
    );
    assert_eq!(ask(&world, &repo, LEAD, &["inbox"])["silent"], json!([]));
    world.perfteam(&repo, API, &["task", "start", &id]).exits(0);
    assert_eq!(titles(&ask(&world, &repo, LEAD, &["task", "list", "--silent"])["tasks"]), [""; 0]);
    assert_snapshot!(later(&world, &repo, LEAD, &["inbox"]).exits(0).stdout, @"
    silent, though @performance.lead asked for reports

    ttgk   medium   expired   @performance.lead -> @backend.api  47h ago  Watch the gateway (implementation)  21h late, silent for 47h

    next: perfteam task show ttgk
    ");
    assert_snapshot!(later(&world, &repo, API, &["task", "list", "--silent"]).exits(0).stdout, @"ttgk   medium   expired   @performance.lead -> @backend.api  47h ago  Watch the gateway (implementation)  21h late, silent for 47h");
    let seen = later(&world, &repo, LEAD, &["task", "list", "--format", "json"]).exits(0).json();
    let task = &seen["tasks"][0];
    assert_eq!((&task["silent"], &task["overdue"]), (&json!(true), &json!(true)));
    assert_eq!(task["time_left"], "21h late");
    later(&world, &repo, API, &["task", "progress", &id, "--percent", "50"]).exits(0);
    assert_eq!(
        later(&world, &repo, LEAD, &["inbox", "--format", "json"]).exits(0).json()["silent"],
        json!([])
    );
}

#[test]
fn who_may_do_what_and_how_a_task_ends() {
    let (world, repo) = World::with_team();
    let (id, _) = task(&world, &repo, "Fix the pool", &["--to", API]);
    let run = |who: &str, args: &[&str], code: i32| {
        world.perfteam(&repo, who, &[&["task", args[0], &id], &args[1..]].concat()).exits(code);
    };
    run(DB, &["block", "--reason", "No access."], 1);
    run(API, &["unblock"], 1);
    run(API, &["block", "--reason", ". . ."], 2);
    run(API, &["start"], 0);
    run(API, &["block", "--reason", "No access."], 0);
    run(API, &["block", "--reason", "Still none."], 4);
    run(API, &["start"], 1);
    run(LEAD, &["unblock"], 0);
    run(API, &["amend", "--priority", "low"], 1);
    run(LEAD, &["amend", "--priority", "critical", "--deadline", "friday"], 0);
    run(LEAD, &["amend"], 2);
    run(DB, &["complete", "--note", "Done."], 1);
    run(API, &["cancel", "--reason", "No time."], 1);
    run(API, &["reassign", "--to", API], 1);
    run(API, &["reassign", "--to", DB], 0);
    run(API, &["complete", "--note", "Done."], 1);
    run(LEAD, &["cancel", "--reason", "Not wanted."], 0);
    run(DB, &["complete", "--note", "Done."], 4);
    let shown = ask(&world, &repo, DB, &["task", "show", &id]);
    assert_eq!((&shown["status"], &shown["impact"]), (&json!("cancelled"), &json!("critical")));
}

#[test]
fn kinds_have_steps_of_their_own_and_tasks_hold_back_no_commit() {
    let (world, repo) = World::with_team();
    let (id, _) = task(&world, &repo, "Fix the pool", &["--to", API]);
    assert_snapshot!(world.perfteam(&repo, API, &["flag", "complete", &id]).exits(2).stderr, @"
    error: ttgk is a task, not a flag
      why: each kind of record has steps of its own
      try: see it: perfteam task show ttgk
    ");
    world.perfteam(&repo, API, &["task", "show", &format!("task/{}", &id[..5])]).exits(0);
    world.perfteam(&repo, API, &["task", "show", &format!("flag/{}", &id[..5])]).exits(2);
    world.git(&repo, &["commit", "-qnm", "Ask"]).exits(0);
    repo.write("src/new.rs", "// new\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    let verdict = world.perfteam(&repo, API, &["check", "--staged"]).exits(0).stdout;
    assert!(!verdict.contains("unprocessed"), "{verdict}");
    let wrong = [
        vec!["--title", "x"],
        vec!["--title", "Two\nlines"],
        vec!["--title", "Fine", "--type", "not a word"],
        vec!["--title", "Fine", "--deadline", "soon"],
        vec!["--title", "Fine", "--param", "novalue"],
        vec!["--title", "Fine", "--param", "a=[1"],
        vec!["--title", "Fine", "--escalate-when", "often"],
        vec!["--title", "Fine", "--depends", "zzzz"],
        vec!["--title", "Fine", "--dir", "../outside"],
    ];
    for more in wrong {
        let run = world.perfteam(&repo, LEAD, &[&["task", "create"], &more[..]].concat());
        assert_eq!(run.code, 2, "{more:?}: {}", run.story());
    }
    let once = ["task", "create", "--title", "Nightly", "--once", "nightly"];
    let first = ask(&world, &repo, LEAD, &once);
    let again = ask(&world, &repo, LEAD, &once);
    assert_eq!((&again["id"], &again["existing"]), (&first["id"], &json!(true)));
}

#[test]
fn a_retry_with_other_texts_says_so_and_nobodys_tasks_are_no_empty_list() {
    let (world, repo) = World::with_team();
    let make = |objective: &str| {
        let once = ["task", "create", "--title", "Nightly", "--once", "nightly", "--objective", objective];
        world.perfteam(&repo, LEAD, &once).exits(0)
    };
    make("Run the load test every night.");
    assert_eq!(make("Run the load test every night.").stderr, "");
    let other = make("Run the load test every week.");
    assert!(other.stderr.contains("note: the texts given now are not used: task "), "{}", other.stderr);
    assert!(other.stderr.contains("perfteam task amend "), "{}", other.stderr);
    for option in ["--to", "--from", "--waiting-for"] {
        let told = world.perfteam(&repo, LEAD, &["task", "list", option, "@backend.ap"]).exits(1).stderr;
        assert!(told.contains("did you mean @backend.api"), "{told}");
    }
    world.perfteam(&repo, LEAD, &["task", "list", "--to", API]).exits(0);
}
