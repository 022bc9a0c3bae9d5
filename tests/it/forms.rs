//! New tasks and findings from a file, standard input or an editor, as flags are made.

use crate::environment::{Repo, Run, World, run};
use insta::assert_snapshot;

const LEAD: &str = "@performance.lead";
const DB: &str = "@database.postgres";

const TASK: &str = "---\ntype: research\ntitle: Load test of the gateway\nto: \"@database.postgres\"\npriority: high\n\
                    tools: [k6]\nparameters:\n  concurrent_users: [100, 500]\ndeadline: tomorrow 18:00\nreport_every: 30m\n\
                    escalate_when: [\"error_rate > 5%\"]\nsprint: 12\n---\n\n## Objective\n\nFind the limit.\n\n\
                    ## Requirements\n\n- staging alone\n";
const FINDING: &str = "---\ncategory: bottleneck\ntitle: The pool is exhausted\ncomponent: pool\nseverity: high\n\
                       location: \"src/pool.rs:1\"\nmetrics: {p95: 250ms..890ms, rate: {after: 3%}}\n\
                       distribute: [\"@backend.api\"]\n---\n\n## Evidence\n\n95 % of the pool is in use at 14:15.\n";

/// A command with this editor.
fn edit(world: &World, repo: &Repo, editor: &str, args: &[&str]) -> Run {
    let mut command = world.perfteam_command(repo, LEAD, args);
    command.env("GIT_EDITOR", editor).env("TMPDIR", world.path());
    run(command)
}

/// The head that a command made, without what differs from run to run.
fn head(repo: &Repo, made: Run, file: &str) -> String {
    let made = made.exits(0).json();
    let text = repo.read(&format!("{}/{file}", made["path"].as_str().expect("a path")));
    let lines =
        text.lines().filter(|line| !["id:", "at:", "  commit:"].iter().any(|key| line.starts_with(key)));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_editor_the_file_and_options_make_the_same_task() {
    let (world, repo) = World::with_team();
    repo.write("task.txt", TASK);
    let create = |args: &[&'static str]| [&["task", "create", "--format", "json"], args].concat();
    let from_file = head(&repo, world.perfteam(&repo, LEAD, &create(&["--input", "task.txt"])), "task.md");
    assert_snapshot!(from_file, @r#"
    ---
    type: research
    title: Load test of the gateway
    from: "@performance.lead"
    to: "@database.postgres"
    priority: high
    tools:
      - k6
    parameters:
      concurrent_users:
        - 100
        - 500
    deadline: "2026-11-21T18:00:00.000Z"
    report_every: "30m"
    escalate_when:
      - "error_rate > 5%"
    sprint: 12
    ---

    ## Objective

    Find the limit.

    ## Requirements

    - staging alone
    "#);
    let edited = head(&repo, edit(&world, &repo, "cp task.txt", &create(&["--edit"])), "task.md");
    assert_eq!(edited, from_file);
    let options = create(&[
        "--type",
        "research",
        "--title",
        "Load test of the gateway",
        "--to",
        DB,
        "--priority",
        "high",
        "--tool",
        "k6",
        "--param",
        "concurrent_users=[100, 500]",
        "--deadline",
        "tomorrow 18:00",
        "--report-every",
        "30m",
        "--escalate-when",
        "error_rate > 5%",
        "--objective",
        "Find the limit.",
        "--require",
        "staging alone",
    ]);
    let by_options = head(&repo, world.perfteam(&repo, LEAD, &options), "task.md");
    assert_eq!(by_options, from_file.replace("sprint: 12\n", ""));
    // What options say is in the template, and an editor that changes nothing keeps it.
    let by_options =
        head(&repo, edit(&world, &repo, "true", &[&options[..], &["--edit"]].concat()), "task.md");
    assert_eq!(by_options, from_file.replace("sprint: 12\n", ""));
    // Options win over the form.
    let other = create(&["--input", "task.txt", "--title", "Another", "--waiting-for", DB]);
    let other = world.perfteam(&repo, LEAD, &other).exits(0).json();
    let other = repo.read(&format!("{}/task.md", other["path"].as_str().expect("a path")));
    assert!(other.contains("title: Another\n"), "{other}");
}

#[test]
fn the_editor_the_file_and_options_report_the_same_finding() {
    let (world, repo) = World::with_team();
    repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    repo.write("finding.txt", FINDING);
    let report = |args: &[&'static str]| [&["finding", "report", "--format", "json"], args].concat();
    let made = world.perfteam(&repo, LEAD, &report(&["--input", "finding.txt"])).exits(0);
    assert_eq!(made.json()["flags"][0]["to"], "@backend.api");
    let from_file = head(&repo, made, "finding.md");
    assert_snapshot!(from_file, @r#"
    ---
    category: bottleneck
    title: The pool is exhausted
    component: pool
    from: "@performance.lead"
    severity: high
    location: "src/pool.rs:1"
    anchor:
      text: "pub const SIZE: u32 = 20;"
    metrics:
      p95:
        before: "250ms"
        after: "890ms"
      rate:
        after: "3%"
    ---

    ## Evidence

    95 % of the pool is in use at 14:15.
    "#);
    let edited = head(&repo, edit(&world, &repo, "cp finding.txt", &report(&["--edit"])), "finding.md");
    assert_eq!(edited, from_file);
    let options = report(&[
        "--category",
        "bottleneck",
        "--title",
        "The pool is exhausted",
        "--component",
        "pool",
        "--severity",
        "high",
        "--location",
        "src/pool.rs:1",
        "--metric",
        "p95=250ms..890ms",
        "--metric",
        "rate=3%",
        "--distribute",
        "@backend.api",
        "--evidence",
        "95 % of the pool is in use at 14:15.",
    ]);
    assert_eq!(head(&repo, world.perfteam(&repo, LEAD, &options), "finding.md"), from_file);
    let again = edit(&world, &repo, "true", &[&options[..], &["--edit"]].concat());
    assert_eq!(head(&repo, again, "finding.md"), from_file);
}

#[test]
fn an_editor_that_writes_nothing_makes_nothing() {
    let (world, repo) = World::with_team();
    let told = edit(&world, &repo, "true", &["task", "create", "--edit"]).exits(2).stderr;
    assert_snapshot!(told, @r#"
    error: no title was written, so no task was made
      why: the title is what people see of a task in lists
      try: write it after `title:`, save, and close the editor
      try: or without an editor: perfteam task create --title TEXT
    "#);
    let told = edit(&world, &repo, "true", &["finding", "report", "--edit"]).exits(2).stderr;
    assert_snapshot!(told, @r#"
    error: no evidence was written, so no finding was reported
      why: a finding is as good as what shows it
      try: write below `## Evidence`, save, and close the editor
      try: or without an editor: perfteam finding report --title TEXT --category WORD --component NAME --severity LEVEL --evidence TEXT
    "#);
    assert!(!repo.path.join(".perfteam/tasks").exists() && !repo.path.join(".perfteam/findings").exists());
}

#[test]
fn what_is_wrong_in_a_form_is_named_by_line_and_what_was_written_is_kept() {
    let (world, repo) = World::with_team();
    for (text, wrong) in [
        (TASK.replace("high", "hihg"), "line 5, column 1: "),
        (TASK.replace("30m", "soon"), "line 10, column 1: "),
        (TASK.replace("error_rate > 5%", "error_rate 5%"), "line 11, column 1: "),
        (TASK.replace("[k6]", "k6"), "line 6, column 1: "),
    ] {
        repo.write("task.txt", &text);
        let told = world.perfteam(&repo, LEAD, &["task", "create", "--input", "task.txt"]).exits(1).stderr;
        assert!(told.starts_with(&format!("error: task.txt: {wrong}")), "{told}");
    }
    repo.write("task.txt", &TASK.replace("priority", "priorty"));
    let told = world.perfteam(&repo, LEAD, &["task", "create", "--input", "task.txt"]).exits(0).stderr;
    assert!(
        told.contains("note: `priorty` is kept as a key of your own; did you mean `priority`?"),
        "{told}"
    );
    repo.write("finding.txt", &FINDING.replace("severity: high\n", ""));
    let told = edit(&world, &repo, "cp finding.txt", &["finding", "report", "--edit"]).exits(2).stderr;
    assert!(told.starts_with("error: the finding has no severity"), "{told}");
    let kept = told.split("what you wrote is in ").nth(1).and_then(|rest| rest.split(';').next());
    let text = std::fs::read_to_string(kept.expect("a file")).expect("what was written");
    assert!(text.contains("95 % of the pool"), "{text}");
    assert!(told.contains("mend it and run: perfteam finding report --input "), "{told}");
    let mut stdin = world.perfteam_command(&repo, LEAD, &["task", "create", "--input", "-"]);
    stdin.stdin(std::process::Stdio::null());
    let told = run(stdin).exits(1).stderr;
    assert!(told.contains("standard input: line 1"), "{told}");
}

#[test]
fn a_retry_finds_a_task_that_is_closed_and_a_start_names_what_is_known() {
    let (world, repo) = World::with_team();
    let create = ["task", "create", "--title", "Tune the pool", "--to", "@backend.api", "--format", "json"];
    let make = |key: &str| {
        world.perfteam(&repo, "@backend.api", &[&create[..], &["--once", key]].concat()).exits(0).json()
    };
    let add = ["knowledge", "add", "--kind", "pattern", "--title", "Tune the pool first"];
    let add = [&add[..], &["--text", "Twenty connections are too few for the pool."]].concat();
    world.perfteam(&repo, "@backend.api", &add).exits(0);
    let (plain, odd) = (make("nightly-1"), make("nightly \"2\""));
    let id = plain["id"].as_str().expect("an id");
    let start = ["task", "start", id, "--format", "json"];
    let started = world.perfteam(&repo, "@backend.api", &start).exits(0).json();
    assert_eq!(started["known"][0]["title"], "Tune the pool first");
    for made in [&plain, &odd] {
        let id = made["id"].as_str().expect("an id");
        world.perfteam(&repo, "@backend.api", &["task", "complete", id, "--note", "Done."]).exits(0);
    }
    assert_eq!(make("nightly-1")["id"], plain["id"]);
    assert_eq!(make("nightly \"2\"")["id"], odd["id"]);
    assert_eq!(make("nightly")["existing"], false, "a part of a key is another key");
}
