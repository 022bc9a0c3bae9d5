//! The roster: adding, showing, retiring, linting.

use crate::environment::World;
use insta::assert_snapshot;
use serde_json::json;

#[test]
fn an_agent_is_added_and_shown_with_what_it_may_write() {
    let (world, repo) = World::with_team();
    repo.write(
        ".perfteam/perfteam.yaml",
        "version: 1\nareas:\n  migrations:\n    - db/migrations/\n    - \"!db/migrations/*_perf_*.sql\"\n",
    );
    repo.write("db/migrations/1.sql", "-- 1\n");
    repo.write("bench/a.rs", "// a\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    let add = |handle: &str, more: &[&str]| {
        let args =
            [&["agent", "add", handle, "--title", "An engineer", "--description", "Tunes queries."], more];
        world.perfteam(&repo, "", &args.concat())
    };
    add("@bench", &["--keyword", "k", "--exclusive", "bench/"]).exits(0);
    let run = add(
        "@data.tuner",
        &[
            "--keyword",
            "slow query",
            "--capability",
            "read plans",
            "--email",
            "db@example.com",
            "--watch",
            "src/pool.rs",
            "--watch",
            "area:migrations",
            "--allow",
            "db/",
            "--deny",
            "area:migrations",
            "--model",
            "m-1",
        ],
    );
    assert_snapshot!(run.exits(0).story(), @"
    added @data.tuner
      .perfteam/agents/data.tuner.md
    write its role below the front matter, then commit it: git commit
    --- stderr ---
    note: @database.postgres commits under db@example.com, too
    ");
    assert_snapshot!(repo.read(".perfteam/agents/data.tuner.md"), @r#"
    ---
    handle: "@data.tuner"
    title: An engineer
    description: Tunes queries.
    keywords:
      - slow query
    capabilities:
      - read plans
    writes:
      allow:
        - db/
      deny:
        - "area:migrations"
    watches:
      - src/pool.rs
      - "area:migrations"
    emails:
      - "db@example.com"
    model: m-1
    ---
    "#);
    assert_snapshot!(world.perfteam(&repo, "", &["agent", "show", "@data.tuner"]).exits(0).story(), @"
    @data.tuner  An engineer
    Tunes queries.

    file         .perfteam/agents/data.tuner.md
    keywords     slow query
    can          read plans
    e-mail       db@example.com
                 db@example.com is shared with @database.postgres
    model        m-1
    watches      src/pool.rs, db/migrations/, !db/migrations/*_perf_*.sql
    authority    may write what is allowed, and nothing else
      allowed    db/
      denied     db/migrations/, !db/migrations/*_perf_*.sql
      closed     bench/ (exclusive to @bench)
    ");
    let staged = world.git(&repo, &["diff", "--cached", "--name-only"]).stdout;
    assert!(staged.contains(".perfteam/agents/data.tuner.md"), "{staged}");
}

#[test]
fn what_is_there_is_replaced_by_force_alone() {
    let (world, repo) = World::with_team();
    let before = repo.read(".perfteam/agents/backend.api.md");
    let args = ["agent", "add", "@backend.api", "--title", "New", "--description", "Another."];
    assert_snapshot!(world.perfteam(&repo, "", &args).exits(1).stderr, @"
    error: @backend.api is in the roster already: .perfteam/agents/backend.api.md
      why: its file may hold more than these options say, such as its role text
      try: see it: perfteam agent show @backend.api
      try: edit .perfteam/agents/backend.api.md, or replace it: the same command with --force
    ");
    assert_eq!(repo.read(".perfteam/agents/backend.api.md"), before);
    let forced =
        world.perfteam(&repo, "", &[&args[..], &["--force", "--format", "json"]].concat()).exits(0).json();
    assert_eq!(forced["id"], "@backend.api");
    assert_eq!(forced["path"], ".perfteam/agents/backend.api.md");
    assert_eq!(forced["replaced"], true);
    assert!(repo.read(".perfteam/agents/backend.api.md").contains("title: New"));
}

#[test]
fn what_makes_no_sense_is_refused_before_it_is_written() {
    let (world, repo) = World::with_team();
    let base = ["agent", "add", "@new.one", "--description", "D", "--title", "T"];
    let untitled = world.perfteam(&repo, "", &[&base[..5], &["--title", " "]].concat()).exits(2);
    assert!(untitled.stderr.contains("it is empty"), "{}", untitled.stderr);
    for (more, says) in [
        (&["--email", "nobody"][..], "expected an e-mail address"),
        (&["--keyword", "  "][..], "it is empty"),
    ] {
        let run = world.perfteam(&repo, "", &[&base[..], more].concat());
        assert!(run.code == 2 && run.stderr.contains(says), "{more:?}: {} {}", run.code, run.stderr);
    }
    let run = world.perfteam(&repo, "", &[&base[..], &["--deny", "area:nowhere"]].concat()).exits(1);
    assert!(run.stderr.contains("`area:nowhere` names no area of perfteam.yaml"), "{}", run.stderr);
    world.perfteam(&repo, "", &["agent", "add", "@../x", "--title", "T", "--description", "D"]).exits(2);
    assert!(!repo.path.join(".perfteam/agents/new.one.md").exists());
}

#[test]
fn who_retires_keeps_the_file_and_leaves_flags_to_the_successor() {
    let (world, repo) = World::with_team();
    repo.write(
        ".perfteam/agents/data.old.md",
        "---\n# ours\nhandle: \"@data.old\"   # keep\ntitle: Old\nteam: blue\nwrites:\n  exclusive: [ \"src/\" ]\n---\n\nRole, *as written*.\n",
    );
    let (id, _) = world.flag(&repo, "@backend.api", "@data.old", &[]);
    let retire = |who: &str, successor: &str| {
        world.perfteam(&repo, "", &["agent", "retire", who, "--successor", successor])
    };
    let run = retire("@data.old", "@database.postgres").exits(0);
    assert_snapshot!(run.stdout, @"
    retired @data.old, followed by @database.postgres
      .perfteam/agents/data.old.md
    flag ttgk still waits for it: perfteam flag handoff ttgk --to @database.postgres --as @database.postgres
    commit it: git commit
    ");
    assert_snapshot!(repo.read(".perfteam/agents/data.old.md"), @r#"
    ---
    # ours
    handle: "@data.old"   # keep
    title: Old
    team: blue
    writes:
      exclusive: [ "src/" ]
    retired: true
    successor: "@database.postgres"
    ---

    Role, *as written*.
    "#);
    assert_eq!(world.perfteam(&repo, "", &["agent", "list"]).stdout.matches("@data.old").count(), 0);
    let all = world.perfteam(&repo, "", &["agent", "list", "--all"]).exits(0).stdout;
    assert!(all.contains("Old (retired, see @database.postgres)"), "{all}");
    let heir = world.perfteam(&repo, "", &["agent", "show", "@database.postgres", "--format", "json"]).json();
    assert_eq!(heir["authority"]["inherited"], json!([{"agent": "@data.old", "globs": ["src/"]}]));
    world
        .perfteam(&repo, "@database.postgres", &["flag", "handoff", &id, "--to", "@database.postgres"])
        .exits(0);
    // What can't be: oneself, somebody who left, nobody, the same again.
    for (who, successor, code) in [
        ("@backend.api", "@backend.api", 2),
        ("@backend.api", "@data.old", 1),
        ("@backend.api", "@ghost", 1),
        ("@ghost", "@backend.api", 1),
        ("@data.old", "@database.postgres", 4),
    ] {
        retire(who, successor).exits(code);
    }
    let stderr = retire("@backend.api", "@data.old").stderr;
    assert!(stderr.contains("perfteam agent retire @backend.api --successor @database.postgres"), "{stderr}");
}

#[test]
fn lint_names_every_fault_with_its_place() {
    let (world, repo) = World::with_team();
    repo.write(".perfteam/agents/bad.yaml.md", "---\nhandle: @bad.yaml\n---\n");
    repo.write(".perfteam/agents/other.md", "---\nhandle: \"@another\"\n---\n");
    repo.write(".perfteam/agents/notes.txt", "notes");
    repo.write(
        ".perfteam/agents/thin.md",
        "---\nhandle: \"@thin\"\nwatch: [src/]\nwatches:\n  - src/pool.rs\n  - lib/gone/\nwrites:\n  exclusive:\n    - area:nowhere\nemails: [\"api@example.com\"]\n---\n",
    );
    let run = world.perfteam(&repo, "", &["agent", "lint"]).exits(1);
    assert_snapshot!(run.stdout, @r#"
    error: a bare @ is not YAML: a handle is written in quotes [syntax]
     --> .perfteam/agents/bad.yaml.md:2:9
      |
    2 | handle: @bad.yaml
      |         ^^^^^^^^^
      |
      = why: who can't be read is in no roster: no flag reaches them
      = try: handle: "@bad.yaml"

    error: no agent: expected a name such as ops.performance.md in this folder [syntax]
    --> .perfteam/agents/notes.txt:1:1
     = why: who can't be read is in no roster: no flag reaches them

    error: the handle is @another, but the file is called other.md [syntax]
     --> .perfteam/agents/other.md:2:1
      |
    2 | handle: "@another"
      | ^^^^^^^^^^^^^^^^^^
      |
      = why: who can't be read is in no roster: no flag reaches them
      = try: rename the file to another.md, or change the handle

    error: `area:nowhere` names no area of perfteam.yaml [unknown-area]
     --> .perfteam/agents/thin.md:9:5
      |
    9 |     - area:nowhere
      |     ^^^^^^^^^^^^^^
      |
      = why: an unknown area covers nothing: what it was meant to protect is open
      = try: add the key `nowhere` with its globs under `areas:` in .perfteam/perfteam.yaml

    warning: `watch` is no key that perfteam reads [unknown-key]
     --> .perfteam/agents/thin.md:3:1
      |
    3 | watch: [src/]
      | ^^^^^^^^^^^^^
      |
      = why: unknown keys are kept for you and do nothing here
      = try: watches:

    warning: `lib/gone/` matches no file that git tracks [dead-glob]
     --> .perfteam/agents/thin.md:6:3
      |
    6 |   - lib/gone/
      |   ^^^^^^^^^^^
      |
      = why: a glob with a typing error watches and protects nothing
      = try: see what is there: git ls-files

    note: @backend.api has neither keywords nor capabilities [thin-agent]
     --> .perfteam/agents/backend.api.md:1:1
      |
    1 | ---
      | ^^^
      |
      = why: the search finds who to ask by these words

    note: @thin commits under api@example.com, too [thin-agent]
     --> .perfteam/agents/backend.api.md:6:3
      |
    6 |   - "api@example.com"
      |   ^^^^^^^^^^^^^^^^^^^
      |
      = why: the address alone does not tell who acts
      = try: say it for each work tree: perfteam whoami --set @backend.api

    note: @database.postgres has neither keywords nor capabilities [thin-agent]
     --> .perfteam/agents/database.postgres.md:1:1
      |
    1 | ---
      | ^^^
      |
      = why: the search finds who to ask by these words

    note: @thin has no description [thin-agent]
     --> .perfteam/agents/thin.md:1:1
      |
    1 | ---
      | ^^^
      |
      = why: the search finds who to ask by these words

    note: @thin has neither keywords nor capabilities [thin-agent]
     --> .perfteam/agents/thin.md:1:1
      |
    1 | ---
      | ^^^
      |
      = why: the search finds who to ask by these words

    note: @backend.api commits under api@example.com, too [thin-agent]
      --> .perfteam/agents/thin.md:10:1
       |
    10 | emails: ["api@example.com"]
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = why: the address alone does not tell who acts
       = try: say it for each work tree: perfteam whoami --set @thin

    4 errors, 2 warnings, 6 notes in 11 agents
    "#);
    let json = world.perfteam(&repo, "", &["agent", "lint", "--format", "json"]).exits(1).json();
    assert_eq!(json["blocked"], true);
    assert_eq!(json["diagnostics"][0]["line"], 2);
    let github = world.perfteam(&repo, "", &["agent", "lint", "--format", "github"]).exits(1).stdout;
    assert!(github.contains("::error file=.perfteam/agents/bad.yaml.md,line=2"), "{github}");
}

#[test]
fn warnings_and_notes_leave_the_exit_code_alone() {
    let (world, repo) = World::with_team();
    let run = world.perfteam(&repo, "", &["agent", "lint"]).exits(0);
    assert!(run.stdout.ends_with("2 notes in 7 agents\n"), "{}", run.stdout);
}

#[test]
fn a_second_import_of_the_same_files_changes_nothing_and_says_so() {
    let (world, repo) = World::with_team();
    repo.write("agents/reviewer.md", "---\nname: reviewer\ndescription: Reads changes.\n---\n\nRead them.\n");
    let import = |args: &[&str]| {
        let all = [&["agent", "import", "agents"], args].concat();
        world.perfteam(&repo, "@backend.api", &all).exits(0)
    };
    assert_eq!(import(&["--format", "json"]).json()["files"][0]["outcome"], "imported");
    assert_eq!(import(&["--format", "json"]).json()["files"][0]["outcome"], "unchanged");
    assert_snapshot!(import(&[]).stdout, @"
    1 files: 0 imported, 1 unchanged, 0 in the roster already, 0 without an agent, 0 that can't be read; 0 repaired
    agents: 0 new, 0 replaced, 1 unchanged, 0 kept as they were in the roster
    look the roster over: perfteam agent lint
    ");
}
