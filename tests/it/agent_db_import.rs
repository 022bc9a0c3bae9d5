//! The SQLite file of the earlier flag tool.

use std::path::PathBuf;

use insta::assert_snapshot;
use rusqlite::Connection;
use serde_json::Value;

use crate::environment::{ACTION, CHANGE, Repo, Run, World};

const TABLES: &str = "
    CREATE TABLE flags (id INTEGER PRIMARY KEY AUTOINCREMENT, chain_origin_id INTEGER, session_id TEXT,
        flag_type TEXT NOT NULL, source_agent TEXT, target_agent TEXT, change_description TEXT NOT NULL,
        action_required TEXT NOT NULL, impact_level TEXT DEFAULT 'medium', status TEXT DEFAULT 'pending',
        locked BOOLEAN DEFAULT 0, related_files TEXT, code_location TEXT, example_usage TEXT, context TEXT,
        created_at TEXT, acknowledged_at TEXT, completed_at TEXT, completed_by TEXT, notes TEXT);
    CREATE TABLE agents_catalog (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, type TEXT, module TEXT,
        sub_module TEXT, description TEXT, capabilities TEXT, routing_keywords TEXT, status TEXT DEFAULT 'active',
        created_at TEXT);";

/// The database of the earlier tool in a world.
struct Old {
    path: PathBuf,
}

impl Old {
    fn new(world: &World) -> Old {
        let old = Old { path: world.path().join("agents.db") };
        old.run(TABLES);
        old
    }

    fn run(&self, sql: &str) {
        Connection::open(&self.path).and_then(|file| file.execute_batch(sql)).expect("SQL");
    }

    /// A flag from `@backend.api`, with more columns.
    fn flag(&self, id: i64, to: &str, more: &[(&str, &str)]) {
        let usual = [
            ("flag_type", "change"),
            ("source_agent", "@backend.api"),
            ("change_description", CHANGE),
            ("action_required", ACTION),
            ("created_at", "2026-10-01 09:30"),
        ];
        let mut cells: std::collections::BTreeMap<&str, String> = usual
            .into_iter()
            .chain([("target_agent", to)])
            .map(|(key, text)| (key, text.to_owned()))
            .collect();
        cells.extend(more.iter().map(|(key, text)| (*key, (*text).to_owned())));
        let names: Vec<&str> = cells.keys().copied().collect();
        let values: Vec<String> =
            cells.values().map(|text| format!("'{}'", text.replace('\'', "''"))).collect();
        self.run(&format!(
            "INSERT INTO flags (id, {}) VALUES ({id}, {})",
            names.join(", "),
            values.join(", ")
        ));
    }
}

fn import(world: &World, repo: &Repo, old: &Old, more: &[&str]) -> Run {
    let path = old.path.to_str().expect("a path");
    world.perfteam(repo, "", &[&["import", "agent-db", path], more].concat())
}

fn show(world: &World, repo: &Repo, id: &str) -> Value {
    world.perfteam(repo, "", &["flag", "show", id, "--format", "json"]).exits(0).json()
}

/// The id of the flag that had this number.
fn id(report: &Value, number: i64) -> String {
    let flags = report["flags"].as_array().expect("flags");
    let flag = flags.iter().find(|flag| flag["number"] == number).expect("the flag");
    flag["id"].as_str().expect("an id").to_owned()
}

#[test]
fn flags_and_catalogue_are_taken_over_and_pass_the_check() {
    let (world, repo) = World::with_team();
    let old = Old::new(&world);
    old.run(
        r#"INSERT INTO agents_catalog (name, type, module, description, capabilities, routing_keywords) VALUES
           ('@service.auth', 'specialist', 'auth', 'Signs people in.', '["token rotation"]', '["JWT", "login flow"]'),
           ('@backend.api', 'specialist', 'api', 'Other words.', '[]', 'a, b')"#,
    );
    old.flag(
        1,
        "@database.postgres",
        &[
            ("impact_level", "high"),
            ("related_files", "src/pool.rs,/etc/passwd"),
            ("code_location", "src/pool.rs:1"),
            ("context", r#"{"p95": "890ms"}"#),
            ("locked", "1"),
        ],
    );
    old.flag(2, "service.auth", &[("chain_origin_id", "1"), ("flag_type", "information_request")]);
    old.flag(
        3,
        "@database.postgres",
        &[
            ("status", "completed"),
            ("completed_at", "2026-10-02 10:00"),
            ("completed_by", "@somebody.else"),
            ("notes", "Done."),
            ("impact_level", "urgent"),
            ("change_description", "short"),
        ],
    );
    old.flag(4, "@gone.agent", &[("status", "skipped")]);
    let report = import(&world, &repo, &old, &["--time-zone", "+02:00", "--format", "json"]).exits(0).json();
    assert_snapshot!(format!("{:#}", report["agents"]), @r#"
    [
      {
        "handle": "@backend.api",
        "outcome": "exists"
      },
      {
        "handle": "@service.auth",
        "outcome": "imported"
      },
      {
        "handle": "@gone.agent",
        "outcome": "stand_in"
      }
    ]
    "#);
    let first = show(&world, &repo, &id(&report, 1));
    assert_snapshot!(repo.read(&format!("{}/flag.md", first["path"].as_str().expect("a path"))), @r#"
    ---
    id: rbb5j8cqva
    type: change
    title: "The pool hands out at most twenty connections instead of one hundred…"
    from: "@backend.api"
    to: "@database.postgres"
    impact: high
    at: "2026-10-01T07:30:00.000Z"
    files:
      - src/pool.rs
    location: "src/pool.rs:1"
    once: agent-db-1
    context:
      p95: "890ms"
    imported:
      from: agent-db
      number: 1
      related_files: "/etc/passwd"
    ---

    ## Change

    The pool hands out at most twenty connections instead of one hundred since Monday.

    ## Action

    Set max_connections in config/api.toml to twenty, run the load test of the checkout service, and compare its latency with the baseline of last week before you deploy anything.
    "#);
    assert_eq!((&first["status"], &first["standing"]), (&"locked".into(), &"expired".into()));
    let second = show(&world, &repo, &id(&report, 2));
    assert_eq!((&second["chain"], &second["to"]), (&first["id"], &"@service.auth".into()));
    let third = show(&world, &repo, &id(&report, 3));
    assert_snapshot!(format!("{:#}\n{:#}", third["events"], third["extra"]), @r#"
    [
      {
        "file": ".perfteam/flags/2026-10-01/short-mjb2bdq2bx/20261002T080000.000Z-completed-mjb2bd.md",
        "event": "completed",
        "by": "@database.postgres",
        "at": "2026-10-02T08:00:00.000Z",
        "seq": 1,
        "after": [],
        "details": {
          "closed_by": "@somebody.else"
        },
        "note": "Done.\n\nThe earlier flag tool, which let anybody do so, says that @somebody.else closed it.",
        "superseded": false
      }
    ]
    {
      "imported": {
        "from": "agent-db",
        "number": 3,
        "impact_level": "urgent"
      }
    }
    "#);
    assert_eq!(show(&world, &repo, &id(&report, 4))["status"], "declined");
    world.perfteam(&repo, "", &["check", "--staged"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "Import"]).exits(0);
    world.perfteam(&repo, "", &["check", "--base", "HEAD^"]).exits(0);
}

#[test]
fn a_second_import_brings_only_what_is_new() {
    let (world, repo) = World::with_team();
    let old = Old::new(&world);
    old.flag(1, "@database.postgres", &[]);
    old.flag(2, "@database.postgres", &[]);
    import(&world, &repo, &old, &[]).exits(0);
    let state = |world: &World| world.git(&repo, &["status", "--porcelain", "-uall"]).exits(0).stdout;
    let before = state(&world);
    import(&world, &repo, &old, &[]).exits(0);
    assert_eq!(state(&world), before);
    old.flag(3, "@database.postgres", &[]);
    old.run("UPDATE flags SET status = 'completed', completed_at = '2026-10-03 08:00', completed_by = '@database.postgres' WHERE id = 1");
    let again = import(&world, &repo, &old, &["--format", "json"]).exits(0).json();
    let outcomes: Vec<&Value> =
        again["flags"].as_array().expect("flags").iter().map(|flag| &flag["outcome"]).collect();
    assert_eq!(outcomes, ["closed", "unchanged", "imported"]);
    assert_eq!(show(&world, &repo, &id(&again, 1))["status"], "completed");
    let last = import(&world, &repo, &old, &["--dry-run"]).exits(0);
    assert_snapshot!(last.stdout, @r#"
    0 flags would be imported, 0 closed since, 3 unchanged, 0 left out
    0 agents would be imported from the catalogue, 0 in the roster already, 0 known by flags alone (retired)
    times without a zone were taken as local; another one: --time-zone utc, or +02:00
    "#);
}

#[test]
fn the_old_number_names_an_imported_flag() {
    let (world, repo) = World::with_team();
    let old = Old::new(&world);
    old.flag(17, "@database.postgres", &[]);
    import(&world, &repo, &old, &[]).exits(0);
    let call = |words: &[&str]| world.perfteam(&repo, "", &[&["agent-db"], words].concat());
    call(&["lock-flag", "17", "@database.postgres"]).exits(0);
    let done = call(&["complete-flag", "17", "@database.postgres"]).exits(0).json();
    assert_eq!(done["status"], "completed");
    call(&["complete-flag", "17", "@database.postgres"]).exits(4);
    call(&["complete-flag", "18", "@database.postgres"]).exits(2);
}

#[test]
fn what_is_open_and_nobody_could_act_on_is_named() {
    let (world, repo) = World::with_team();
    let old = Old::new(&world);
    old.flag(1, "@nobody.here", &[]);
    old.flag(
        2,
        "@database.postgres",
        &[("impact_level", "urgent"), ("change_description", "xxxxxxxxxxxxxxxxxxxxxxxxx")],
    );
    old.flag(3, "@database.postgres", &[]);
    old.flag(4, "", &[]);
    let run = import(&world, &repo, &old, &["--time-zone", "utc"]);
    assert_snapshot!(run.story(), @r#"
    left out: flag 1
        its target @nobody.here is in no roster, or has retired
        try: perfteam agent add @nobody.here --title TITLE --description TEXT, then import again
        try: raise it with what its addressee needs: perfteam flag create; then close 1 in the earlier tool
    left out: flag 2
        `urgent` is no level: expected critical, high, medium or low
        the change has 1 meaningful characters, it needs 50
        try: raise it with what its addressee needs: perfteam flag create; then close 2 in the earlier tool
    left out: flag 4
        it has no target
        try: raise it with what its addressee needs: perfteam flag create; then close 4 in the earlier tool
    1 flag imported, 0 closed since, 0 unchanged, 3 left out
    0 agents imported from the catalogue, 0 in the roster already, 0 known by flags alone (retired)
    times without a zone were taken as utc; another one: --time-zone utc, or +02:00
    --- exit 1 ---
    "#);
    assert_eq!(
        import(&world, &repo, &old, &["--format", "json"]).exits(1).json()["flags"][2]["outcome"],
        "unchanged"
    );
}

#[test]
fn two_clones_that_import_the_same_file_write_the_same_records() {
    let (world, repo) = World::with_team();
    let old = Old::new(&world);
    old.flag(1, "@database.postgres", &[("status", "completed"), ("locked", "1")]);
    old.flag(2, "@database.postgres", &[("locked", "1"), ("notes", "Waits for the release.")]);
    let tree = |world: &World| world.git(&repo, &["write-tree"]).exits(0).stdout;
    import(&world, &repo, &old, &[]).exits(0);
    let first = tree(&world);
    world.git(&repo, &["reset", "-q", "--hard"]).exits(0);
    import(&world, &repo, &old, &[]).exits(0);
    assert_eq!(tree(&world), first);
}

#[test]
fn another_database_does_not_pass_for_the_first() {
    let (world, repo) = World::with_team();
    let old = Old::new(&world);
    old.flag(1, "@database.postgres", &[]);
    import(&world, &repo, &old, &[]).exits(0);
    old.run("UPDATE flags SET created_at = '2026-10-05 11:11'");
    assert_snapshot!(import(&world, &repo, &old, &[]).exits(1).stderr, @r#"
    error: flag 1 is here from @backend.api at 2026-10-01T09:30:00.000Z, and there from @backend.api at 2026-10-05T11:11:00.000Z
      why: another database was imported here, where its number stands for another flag; nothing was imported
      try: import this one in a repository of its own
    "#);
}

#[test]
fn hostile_files_are_refused_and_nothing_is_written() {
    let (world, repo) = World::with_team();
    let refused = |old: &Old| {
        let run = import(&world, &repo, old, &[]).exits(3);
        assert_eq!(world.git(&repo, &["status", "--porcelain", "-uall"]).stdout, "");
        run.stderr.replace(&world.path().display().to_string(), "WORLD")
    };
    let path = world.path().join("agents.db");
    let old = Old { path: path.clone() };
    assert_snapshot!(refused(&old), @r#"
    error: WORLD/agents.db: can't read it: No such file or directory (os error 2)
      try: give the file with the tables flags and agents_catalog
    "#);
    std::fs::write(&path, "no database").expect("a file");
    assert_snapshot!(refused(&old), @r#"
    error: WORLD/agents.db: it is no SQLite database
      try: give the file with the tables flags and agents_catalog
    "#);
    std::fs::write(&path, [&b"SQLite format 3\0"[..], &[7; 5000]].concat()).expect("a file");
    assert_snapshot!(refused(&old), @r#"
    error: WORLD/agents.db: SQLite says: file is not a database
      why: half of a team's flags is worse than none: nothing was imported
      try: see what can be saved of it: sqlite3 WORLD/agents.db .recover
    "#);
    std::fs::remove_file(&path).expect("gone");
    old.run("CREATE TABLE other (id)");
    assert_snapshot!(refused(&old), @r#"
    error: WORLD/agents.db: it has no table `flags`
      try: give the file with the tables flags and agents_catalog
    "#);
    old.run("CREATE VIEW flags AS SELECT 1 AS id, 'a' AS flag_type");
    assert_snapshot!(refused(&old), @r#"
    error: WORLD/agents.db: `flags` is a view, not a table
      try: give the file with the tables flags and agents_catalog
    "#);
    old.run("DROP VIEW flags; CREATE TABLE flags (id, flag_type)");
    assert_snapshot!(refused(&old), @r#"
    error: WORLD/agents.db: the table `flags` has no column `change_description`
      try: give the file with the tables flags and agents_catalog
    "#);
    std::fs::remove_file(&path).expect("gone");
    old.run(TABLES);
    for number in 1..200 {
        old.flag(number, "@database.postgres", &[]);
    }
    let whole = std::fs::read(&path).expect("a file");
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("a file");
    assert_snapshot!(refused(&old), @r#"
    error: WORLD/agents.db: SQLite says: database disk image is malformed
      why: half of a team's flags is worse than none: nothing was imported
      try: see what can be saved of it: sqlite3 WORLD/agents.db .recover
    "#);
    let noise = whole.iter().enumerate().map(|(at, byte)| if at / 512 == 24 { 7 } else { *byte });
    std::fs::write(&path, noise.collect::<Vec<u8>>()).expect("a file");
    let damaged = refused(&old);
    assert!(
        damaged.contains("agents.db: it is damaged: ") && damaged.contains("agents.db .recover"),
        "{damaged}"
    );
    std::fs::write(&path, &whole).expect("a file");
    std::fs::write(world.path().join("agents.db-wal"), "half of a change").expect("a file");
    assert_snapshot!(refused(&old), @r#"
    error: WORLD/agents.db: agents.db-wal lies beside it and holds what is not in it yet
      why: what is read without it could be old, or half of a change
      try: have the earlier tool's SQLite put it in: sqlite3 WORLD/agents.db 'PRAGMA wal_checkpoint(TRUNCATE)'
    "#);
}

#[test]
fn huge_values_triggers_and_computed_columns_do_no_harm() {
    let (world, repo) = World::with_team();
    let old = Old::new(&world);
    old.flag(1, "@database.postgres", &[]);
    old.flag(2, "@database.postgres", &[("status", "completed")]);
    old.flag(3, "@database.postgres", &[("context", &"[".repeat(9_000)), ("notes", &"n".repeat(70_000))]);
    old.run(
        "UPDATE flags SET change_description = CAST(zeroblob(40000000) AS TEXT) WHERE id < 3;
         ALTER TABLE flags ADD COLUMN evil TEXT AS (upper(notes));
         CREATE TRIGGER flags_read AFTER INSERT ON flags BEGIN DELETE FROM flags; END;
         CREATE TRIGGER flags_seen AFTER UPDATE ON flags BEGIN DELETE FROM flags; END;",
    );
    let report = import(&world, &repo, &old, &["--format", "json"]).exits(1).json();
    assert_eq!(report["flags"][0]["why"][0], "change_description is longer than 64 KiB");
    assert_eq!(
        show(&world, &repo, &id(&report, 2))["extra"]["imported"]["change_description"],
        "longer than 64 KiB, and left in the database"
    );
    let third = show(&world, &repo, &id(&report, 3));
    assert_eq!(third["context"], serde_json::json!({}));
    assert_eq!(third["extra"]["imported"]["notes"], "longer than 64 KiB, and left in the database");
    world.perfteam(&repo, "", &["check", "--staged"]).exits(0);
}
