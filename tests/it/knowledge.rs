//! What was learnt: written down by command and by hand, found again, served, checked, merged.

use crate::environment::{Repo, World, run};
use insta::assert_snapshot;
use serde_json::{Value, json};

const LEAD: &str = "@performance.lead";
const API: &str = "@backend.api";
const OPS: &str = "@ops.performance";
const SIGNS: &str = "p95 rises in steps while the database is idle: callers wait for a connection.";

#[track_caller]
fn ask(world: &World, repo: &Repo, args: &[&str]) -> Value {
    world.perfteam(repo, API, &[args, &["--format", "json"]].concat()).exits(0).json()
}

#[track_caller]
fn add(world: &World, repo: &Repo, kind: &str, title: &str, more: &[&str]) -> String {
    let args = ["knowledge", "add", "--kind", kind, "--title", title];
    let added = ask(world, repo, &[&args, more].concat());
    added["name"].as_str().expect("a name").to_owned()
}

/// A finding about the pool; its id.
fn finding(world: &World, repo: &Repo) -> String {
    let args = ["finding", "report", "--title", "The pool is exhausted", "--category", "bottleneck"];
    let more =
        ["--component", "checkout-db", "--severity", "high", "--evidence", "95 % of the pool is in use."];
    ask(world, repo, &[args, more].concat())["id"].as_str().expect("an id").to_owned()
}

#[test]
fn what_was_learnt_is_written_down_found_again_and_says_what_taught_it() {
    let (world, repo) = World::with_team();
    assert_snapshot!(world.perfteam(&repo, API, &["knowledge", "list"]).exits(0).stdout, @r#"
    nothing is written down yet
    write down what was learnt: perfteam knowledge add --kind pattern --title TITLE
    "#);
    let id = finding(&world, &repo);
    let args =
        ["knowledge", "add", "--kind", "pattern", "--title", "Connection pool is exhausted under load"];
    let more = ["--taught-by", &id[..4], "--system", "checkout-db", "--text", SIGNS];
    let added = world.perfteam(&repo, API, &[&args[..], &more].concat()).exits(0).stdout;
    assert_snapshot!(added, @r#"
    added pattern/connection-pool-is-exhausted-under-load-qe34
      .perfteam/knowledge/pattern/connection-pool-is-exhausted-under-load-qe34.md
    commit it together with what taught it: git commit
    "#);
    let path = added.lines().nth(1).expect("a path").trim();
    assert_snapshot!(repo.read(path), @r#"
    ---
    kind: pattern
    title: Connection pool is exhausted under load
    by: "@backend.api"
    at: "2026-11-20T15:07:00.000Z"
    taught_by:
      - "00rzyp6v55"
    systems:
      - checkout-db
    ---

    p95 rises in steps while the database is idle: callers wait for a connection.
    "#);
    assert!(world.git(&repo, &["diff", "--cached", "--name-only"]).stdout.contains(path), "it is staged");
    let gain = [
        "--metric",
        "p95=890ms..240ms",
        "--cost",
        "a day of work",
        "--keyword",
        "session ttl",
        "--name",
        "cache-sessions",
    ];
    add(
        &world,
        &repo,
        "optimisation",
        "Sessions are cached",
        &[&gain[..], &["--text", "Ten minutes are enough for a check-out."]].concat(),
    );
    assert_snapshot!(world.perfteam(&repo, API, &["knowledge", "list"]).exits(0).stdout, @r#"
    optimisation/cache-sessions                           Sessions are cached
    pattern/connection-pool-is-exhausted-under-load-qe34  Connection pool is exhausted under load  (from finding 00rz)

    read one: perfteam knowledge show NAME
    "#);
    assert_snapshot!(world.perfteam(&repo, API, &["knowledge", "search", "waiting for connections in checkout"]).exits(0).stdout, @r#"
    1. pattern/connection-pool-is-exhausted-under-load-qe34  Connection pool is exhausted under load
       system: checkout; title: connections; text: waiting
       taught by finding 00rz (reported): The pool is exhausted
    "#);
    assert_snapshot!(world.perfteam(&repo, API, &["knowledge", "show", "cache"]).exits(0).stdout, @r#"
    Sessions are cached
    name      optimisation/cache-sessions (in .perfteam/knowledge/optimisation/cache-sessions.md)
    by        @backend.api, 2026-11-20T15:09:00.000Z
    keywords  session ttl
    gained    p95: 890ms -> 240ms (-73 %)
    cost      a day of work

    Ten minutes are enough for a check-out.
    "#);
    assert_snapshot!(world.perfteam(&repo, API, &["knowledge", "show", "connection"]).exits(0).stdout, @r#"
    Connection pool is exhausted under load
    name      pattern/connection-pool-is-exhausted-under-load-qe34 (in .perfteam/knowledge/pattern/connection-pool-is-exhausted-under-load-qe34.md)
    by        @backend.api, 2026-11-20T15:07:00.000Z
    taught by finding 00rz (reported): The pool is exhausted
    systems   checkout-db

    p95 rises in steps while the database is idle: callers wait for a connection.
    "#);
    let found = ask(&world, &repo, &["knowledge", "search", "sessions ttl"]);
    assert_snapshot!(format!("{found:#}"), @r#"
    {
      "version": 1,
      "query": "sessions ttl",
      "results": [
        {
          "rank": 1,
          "relevance": 85.6,
          "reasons": [
            "keyword: ttl",
            "keyword: sessions"
          ],
          "name": "optimisation/cache-sessions",
          "kind": "optimisation",
          "title": "Sessions are cached",
          "path": ".perfteam/knowledge/optimisation/cache-sessions.md",
          "by": "@backend.api",
          "at": "2026-11-20T15:09:00.000Z",
          "taught_by": [],
          "systems": [],
          "keywords": [
            "session ttl"
          ],
          "metrics": [
            {
              "name": "p95",
              "before": "890ms",
              "after": "240ms",
              "change": -73.03
            }
          ],
          "cost": "a day of work",
          "extra": {}
        }
      ]
    }
    "#);
    let taught = ask(&world, &repo, &["knowledge", "list", "--taught-by", &id]);
    assert_eq!(taught["entries"].as_array().map(Vec::len), Some(1));
    assert_eq!(taught["entries"][0]["taught_by"][0]["id"], json!(id));
    let shown = ask(&world, &repo, &["knowledge", "show", "cache-sessions"]);
    assert_eq!(
        (&shown["version"], &shown["text"]),
        (&json!(1), &json!("Ten minutes are enough for a check-out."))
    );
}

#[test]
fn an_entry_without_a_text_is_a_draft_until_somebody_writes_it() {
    let (world, repo) = World::with_team();
    let add = ["knowledge", "add", "--kind", "runbook", "--title", "Restart the pool", "--name", "restart"];
    assert_snapshot!(world.perfteam(&repo, API, &add).exits(0).stdout, @r#"
    added runbook/restart, with nothing but headings
      .perfteam/knowledge/runbook/restart.md
    write it with your editor, then: git add -- :/.perfteam/knowledge/runbook/restart.md
    "#);
    let path = ".perfteam/knowledge/runbook/restart.md";
    let draft = repo.read(path);
    assert_snapshot!(draft, @r#"
    ---
    kind: runbook
    title: Restart the pool
    by: "@backend.api"
    at: "2026-11-20T15:05:00.000Z"
    ---

    ## When

    <!-- what calls for it -->

    ## Steps

    <!-- commands that can be copied -->

    ## Check

    <!-- how to see that it worked -->

    ## Roll back

    <!-- how to undo it -->
    "#);
    assert_eq!(world.git(&repo, &["diff", "--cached", "--name-only"]).stdout, "", "a draft is not staged");
    assert_snapshot!(world.perfteam(&repo, API, &["check"]).exits(1).stdout, @r#"
    blocked: it says too little: 0 meaningful characters beside headings and comments, it needs 20 [syntax]
    --> .perfteam/knowledge/runbook/restart.md:1:1
     = why: what can't be read is found by nobody: not by a search, not by who starts similar work
     = try: write below its headings, then: git add -- :/.perfteam/knowledge/runbook/restart.md

    1 blocking
    "#);
    assert_snapshot!(world.perfteam(&repo, API, &["knowledge", "show", "restart"]).exits(3).story(), @r#"
    --- stderr ---
    warning: .perfteam/knowledge/runbook/restart.md can't be read: it says too little: 0 meaningful characters beside headings and comments, it needs 20
      see all: perfteam check
    error: .perfteam/knowledge/runbook/restart.md can't be read: it says too little: 0 meaningful characters beside headings and comments, it needs 20
      try: see what is wrong, by line: perfteam check
    --- exit 3 ---
    "#);
    repo.write(
        path,
        &draft.replace("## Check", "Run `systemctl restart pgbouncer` on each host.\n\n## Check"),
    );
    world.perfteam(&repo, API, &["check"]).exits(0);
    world.git(&repo, &["add", path]).exits(0);
    world.git_as(&repo, "api@example.com", &["commit", "-qm", "How to restart the pool"]).exits(0);
    assert_snapshot!(world.perfteam(&repo, API, &add).exits(1).stderr, @r#"
    error: .perfteam/knowledge/runbook/restart.md is there already
      why: entries are living documents: whoever knows more edits what is there
      try: see it: perfteam knowledge show runbook/restart
      try: edit .perfteam/knowledge/runbook/restart.md, or choose another --name
    "#);
}

#[test]
fn entries_come_from_the_editor_and_from_files() {
    let (world, repo) = World::with_team();
    let editor = |script: &str, more: &[&str]| {
        repo.write_program("editor.sh", &format!("#!/bin/sh\n{script}\n"));
        let args = ["knowledge", "add", "--kind", "error", "--edit", "--name", "too-many-clients"];
        let mut command = world.perfteam_command(&repo, API, &[&args[..], more].concat());
        command.env("GIT_EDITOR", repo.path.join("editor.sh"));
        run(command)
    };
    let titled = ["--title", "Too many clients"];
    assert_snapshot!(editor("cp \"$1\" seen.md", &titled).exits(2).stderr, @r#"
    error: nothing was written, so there is no new entry
      why: an entry is nothing but what it says
      try: write below the headings, save, and close the editor
    "#);
    assert_snapshot!(repo.read("seen.md"), @r#"
    ---
    kind: error
    title: Too many clients
    by: "@backend.api"
    at: "2026-11-20T15:05:00.000Z"
    # systems: [checkout-db]       what it is about
    # keywords: [exhausted pool]   words by which it should be found
    ---

    ## Message

    <!-- as it is printed, so that a search finds it -->

    ## Cause

    <!-- what leads to it -->

    ## Remedy

    <!-- the commands that mend it -->
    "#);
    let said = editor("echo 'title: [a' > \"$1\"; exit 0", &titled).exits(2).stderr;
    assert!(said.contains("--title is missing"), "{said}");
    let kept = said.split("--input ").nth(1).expect("the file that was kept").trim();
    assert!(std::fs::read_to_string(kept).is_ok_and(|text| text.starts_with("title: [a")), "{said}");
    std::fs::remove_file(kept).expect("our own file");
    let script = "sed -i 's/^# systems:.*/systems: [checkout-db]/; s/^## Cause/FATAL: sorry, too many clients already\\n\\n&/' \"$1\"";
    assert_snapshot!(editor(script, &titled).exits(0).stdout, @r#"
    added error/too-many-clients
      .perfteam/knowledge/error/too-many-clients.md
    commit it together with what taught it: git commit
    "#);
    assert_snapshot!(repo.read(".perfteam/knowledge/error/too-many-clients.md"), @r#"
    ---
    kind: error
    title: Too many clients
    by: "@backend.api"
    at: "2026-11-20T15:07:00.000Z"
    systems:
      - checkout-db
    ---

    ## Message

    FATAL: sorry, too many clients already

    ## Cause

    ## Remedy
    "#);

    repo.write("docs/restart.md", "# Restart the pool\n\n1. Drain it.\n2. `systemctl restart pgbouncer`\n");
    let input = ["knowledge", "add", "--kind", "runbook", "--input", "docs/restart.md", "--name", "restart"];
    world.perfteam(&repo, API, &input).exits(0);
    assert_snapshot!(repo.read(".perfteam/knowledge/runbook/restart.md"), @r#"
    ---
    kind: runbook
    by: "@backend.api"
    at: "2026-11-20T15:08:00.000Z"
    ---

    # Restart the pool

    1. Drain it.
    2. `systemctl restart pgbouncer`
    "#);
    repo.write("docs/bad.md", "---\ntitle: Pools\ntaught_by: 7k2m\n---\nText.\n");
    let bad = ["knowledge", "add", "--kind", "runbook", "--input", "docs/bad.md"];
    assert_snapshot!(world.perfteam(&repo, API, &bad).exits(1).stderr, @r#"
    error: docs/bad.md: line 3, column 1: expected a list, found the text "7k2m"
      why: an entry that can't be read is found by nobody
      try: see the form: docs/knowledge.md
    "#);
    world
        .perfteam(&repo, API, &["knowledge", "add", "--kind", "runbook", "--input", "docs/none.md"])
        .exits(3);
}

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

#[test]
fn check_names_file_and_line_of_what_nobody_would_find() {
    let (world, repo) = World::with_team();
    for (path, text) in [
        ("runbook/fine.md", "# Fine\n\nNo front matter is needed for a text of the team's own.\n"),
        ("runbook/fine.png", "a picture"),
        ("README.md", "Ours."),
        ("loose.md", "# Loose\n\nLies in the folder of no kind.\n"),
        ("patterns/pool.md", "# Pool\n\nLies in the folder of no known kind.\n"),
        ("pattern/Pool Size.md", "# Pool\n\nIts name is no name.\n"),
        ("pattern/deep/pool.md", "# Pool\n\nLies where nobody looks.\n"),
        ("pattern/untitled.md", "Some words and no heading, which says nothing in a list.\n"),
        (
            "pattern/kind.md",
            "---\ntitle: Pool\nkind: runbook\n---\n\nIt says one kind and lies in another.\n",
        ),
        (
            "pattern/taught.md",
            "---\ntitle: Pool\ntaught_by:\n  - 7k2m9qxa3d\n  - \"7k2m\"\n---\n\nA short id is none in a file.\n",
        ),
        (
            "pattern/metric.md",
            "---\ntitle: Pool\nmetrics:\n  p95:\n    before: fast\n    after: 1s\n---\n\nNo quantity.\n",
        ),
        ("pattern/yaml.md", "---\ntitle: [Pool\n---\n\nNo YAML.\n"),
        ("pattern/by.md", "---\ntitle: Pool\nby: @backend.api\n---\n\nA bare handle.\n"),
    ] {
        repo.write(&format!(".perfteam/knowledge/{path}"), text);
    }
    std::fs::write(repo.path.join(".perfteam/knowledge/pattern/bytes.md"), b"# Pool\n\nN\xff\n")
        .expect("a file");
    let by_hand = ask_check(&world, &repo, &["check"]);
    assert_snapshot!(by_hand, @r#"
    loose.md:1 no entry: expected KIND/SLUG.md, such as runbook/restart-the-pool.md
    pattern/Pool Size.md:1 `Pool Size` is no name: expected at most 80 of the characters a-z, 0-9 and -
    pattern/by.md:3 a bare @ is not YAML: a handle is written in quotes
    pattern/bytes.md:3 not UTF-8: expected text in UTF-8
    pattern/deep/pool.md:1 no entry: expected KIND/SLUG.md, such as runbook/restart-the-pool.md
    pattern/kind.md:3 the kind is runbook, but the file lies in pattern
    pattern/metric.md:5 `fast` is no quantity: expected a number with a unit, such as 850ms, 450 req/s or 2.3%
    pattern/taught.md:5 `7k2m` is no id: expected ten characters such as 7k2m9qxa3d
    pattern/untitled.md:1 no title: expected the key `title`, or a heading `# Title` first
    pattern/yaml.md:3 not YAML: did not find expected ',' or ']'
    patterns/pool.md:1 `patterns` is no kind of knowledge: did you mean pattern?
    "#);
    world.git(&repo, &["add", "-A"]).exits(0);
    assert_eq!(ask_check(&world, &repo, &["check", "--staged"]), by_hand, "the gate sees the same");
    let listed = world.perfteam(&repo, API, &["knowledge", "list"]).exits(0);
    assert_snapshot!(listed.story(), @r#"
    runbook/fine  Fine

    read one: perfteam knowledge show NAME
    --- stderr ---
    warning: .perfteam/knowledge/loose.md can't be read and 10 more: no entry: expected KIND/SLUG.md, such as runbook/restart-the-pool.md
      see all: perfteam check
    "#);
}

/// `path:line message` of each diagnostic.
fn ask_check(world: &World, repo: &Repo, args: &[&str]) -> String {
    let verdict = world.perfteam(repo, API, &[args, &["--format", "json"]].concat()).exits(1).json();
    let line = |one: &Value| {
        let place = format!("{}:{}", one["path"].as_str().unwrap_or_default(), one["line"]);
        format!(
            "{} {}",
            place.trim_start_matches(".perfteam/knowledge/"),
            one["message"].as_str().unwrap_or_default()
        )
    };
    verdict["diagnostics"].as_array().expect("a list").iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn two_branches_that_write_down_the_same_merge() {
    let (world, repo) = World::with_team();
    let git = |args: &[&str]| world.git(&repo, &[&["-c", "core.hooksPath=/dev/null"], args].concat());
    add(
        &world,
        &repo,
        "runbook",
        "Restart the pool",
        &[
            "--name",
            "restart",
            "--text",
            "## When\n\nCallers wait for connections.\n\n## Steps\n\nRestart it.\n\n## Check\n\nLook at p95.",
        ],
    );
    git(&["add", "-A"]).exits(0);
    git(&["commit", "-qm", "A runbook"]).exits(0);
    let path = ".perfteam/knowledge/runbook/restart.md";
    let base = repo.read(path);
    let side = |branch: &str, old: &str, new: &str| {
        git(&["switch", "-q", "-c", branch, "main"]).exits(0);
        add(&world, &repo, "pattern", "Exhausted pool", &["--text", SIGNS]);
        assert!(base.contains(old));
        repo.write(path, &base.replace(old, new));
        git(&["add", "-A"]).exits(0);
        git(&["commit", "-qm", branch]).exits(0);
    };
    side("one", "Restart it.", "Drain it, restart it.");
    side("two", "Look at p95.", "Look at p95 and p99.");
    side("three", "Restart it.", "Restart it on each host.");
    git(&["merge", "-q", "--no-edit", "two"]).exits(0);
    git(&["switch", "-q", "main"]).exits(0);
    git(&["merge", "-q", "--no-edit", "one"]).exits(0);
    git(&["merge", "-q", "--no-edit", "two"]).exits(0);
    assert!(repo.read(path).contains("Drain it") && repo.read(path).contains("p99"), "both edits are there");
    assert_eq!(
        ask(&world, &repo, &["knowledge", "list", "--kind", "pattern"])["entries"].as_array().map(Vec::len),
        Some(2)
    );
    // Two who edit the same lines of the same document: a person decides, and nobody overlooks it.
    git(&["merge", "-q", "--no-edit", "three"]).exits(1);
    git(&["add", "-A"]).exits(0);
    assert_snapshot!(world.perfteam(&repo, API, &["check", "--staged"]).exits(1).stdout, @r#"
    blocked: a conflict marker that a merge left behind [syntax]
      --> .perfteam/knowledge/runbook/restart.md:14:1
       |
    14 | <<<<<<< HEAD
       | ^^^^^^^^^^^^
       |
       = why: what can't be read is found by nobody: not by a search, not by who starts similar work
       = try: take one side of the conflict, then `git add` the file

    1 blocking
    "#);
    let listed = world.perfteam(&repo, API, &["knowledge", "list"]).exits(0);
    assert!(listed.stderr.contains("a conflict marker that a merge left behind"), "{}", listed.stderr);
}

#[cfg(unix)]
#[test]
fn hostile_files_hold_nothing_up_and_reach_no_terminal() {
    let (world, repo) = World::with_team();
    add(&world, &repo, "pattern", "Exhausted pool", &["--text", SIGNS, "--name", "pool"]);
    let folder = repo.path.join(".perfteam/knowledge");
    let write = |path: &str, text: &str| repo.write(&format!(".perfteam/knowledge/{path}"), text);
    write(
        "pattern/escape.md",
        "# Red \u{1b}[31m\u{202e}pool\n\nCallers \u{1b}]0;title\u{7} wait for a connection.\n",
    );
    write("pattern/huge.md", &format!("# Pool\n\n{}", "word ".repeat(300_000)));
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
    write("pattern/bomb.md", &format!("---\n{bomb}title: Pool\n---\n\nCallers wait for a connection.\n"));
    write("pattern/deep.md", &format!("# Pool\n\n{} deep\n", "> ".repeat(100_000)));
    let deep = "a/".repeat(100);
    std::fs::create_dir_all(folder.join(&deep)).expect("folders");
    for (link, target) in
        [("runbook", "/etc"), ("pattern/passwd.md", "/etc/passwd"), ("pattern/loop.md", "loop.md")]
    {
        std::os::unix::fs::symlink(target, folder.join(link)).expect("a link");
    }
    let listed = world.perfteam(&repo, API, &["knowledge", "list"]).exits(0);
    assert!(!listed.stdout.contains('\u{1b}') && !listed.stdout.contains('\u{202e}'), "{}", listed.stdout);
    assert!(listed.stdout.contains("pattern/pool ") && listed.stderr.contains("more"), "{}", listed.story());
    let shown = world.perfteam(&repo, API, &["knowledge", "show", "escape"]).exits(0).stdout;
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown}");
    let found = world.perfteam(&repo, API, &["knowledge", "search", "pool", "--limit", "1"]).exits(0).stdout;
    assert!(found.starts_with("1. pattern/"), "{found}");
    let told = ask_check(&world, &repo, &["check"]);
    for path in [
        "pattern/huge.md:1 ",
        "pattern/passwd.md:1 no plain file",
        "pattern/loop.md:1 no plain file",
        "runbook:1 no plain file",
    ] {
        assert!(told.contains(path), "{path} in:\n{told}");
    }
}
