//! How entries come to be.

use super::{API, SIGNS, add, ask, finding};
use crate::environment::{World, run};
use insta::assert_snapshot;
use serde_json::json;

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
      "command": "knowledge search",
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
