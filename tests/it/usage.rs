//! What is said when a command is used in a way that makes no sense: each names the way out.

use crate::environment::{ACTION, CHANGE, Repo, Run, World, run};
use insta::assert_snapshot;

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";

/// `flag create --edit` with this editor, and further arguments.
fn edit(world: &World, repo: &Repo, editor: &str, more: &[&str]) -> Run {
    let mut command =
        world.perfteam_command(repo, API, &[&["flag", "create", "--edit", "--to", DB], more].concat());
    command.env("GIT_EDITOR", editor).env("TMPDIR", world.path());
    run(command)
}

#[test]
fn arguments_that_make_no_sense_are_json_where_json_was_asked_for() {
    let (world, repo) = World::with_team();
    for (args, message) in [
        (&["hook", "run", "nope"][..], "invalid value 'nope' for '<NAME>'"),
        (&["inbox", "--limit", "0"], "invalid value '0' for '--limit <N>': expected a number from 1"),
        (&["flag", "nonsense"], "unrecognized subcommand 'nonsense'"),
        (&["check", "--bse", "main"], "unexpected argument '--bse' found"),
        (&[], "no command is given"),
    ] {
        let told = world.perfteam(&repo, API, &[&["--format", "json"], args].concat()).exits(2);
        let error = &told.json()["error"];
        assert_eq!((&told.json()["version"], &error["exit"]), (&1.into(), &2.into()), "{args:?}");
        assert!(error["message"].as_str().is_some_and(|text| text.starts_with(message)), "{args:?}: {error}");
        assert!(error["hints"].as_array().is_some_and(|hints| !hints.is_empty()), "{args:?}: {error}");
        assert!(!told.stderr.is_empty(), "people read it, too");
    }
    let told = world.perfteam(&repo, API, &["check", "--bse", "main", "--format=json"]).exits(2);
    assert_snapshot!(told.stdout, @r#"
    {
      "version": 1,
      "command": "check",
      "error": {
        "message": "unexpected argument '--bse' found",
        "why": null,
        "hints": [
          "a similar argument exists: '--base'",
          "Usage: perfteam check --base <REV>",
          "For more information, try '--help'."
        ],
        "exit": 2
      }
    }
    "#);
    assert_eq!(world.perfteam(&repo, API, &["check", "--bse"]).exits(2).stdout, "", "data is for programs");
    assert!(world.perfteam(&repo, API, &["--format", "json", "--help"]).exits(0).stdout.contains("Usage"));
}

#[test]
fn pages_and_scripts_have_no_other_format() {
    let (world, repo) = World::with_repo();
    for command in [&["man"][..], &["completions", "bash"]] {
        let told = world.perfteam(&repo, "", &[command, &["--format", "json"]].concat()).exits(2);
        assert_eq!(told.json()["error"]["hints"][0], "leave --format out", "{command:?}");
        world.perfteam(&repo, "", command).exits(0);
    }
}

#[test]
fn nothing_is_no_limit() {
    let (world, repo) = World::with_team();
    for command in [&["inbox"][..], &["agent", "search", "slow queries"]] {
        let told = world.perfteam(&repo, API, &[command, &["--limit", "0"]].concat()).exits(2);
        assert!(told.stderr.contains("expected a number from 1"), "{}", told.stderr);
        world.perfteam(&repo, API, &[command, &["--limit", "1"]].concat()).exits(0);
    }
}

#[test]
fn commands_with_two_ways_name_both() {
    let (world, repo) = World::with_team();
    let lock = world.perfteam(&repo, DB, &["flag", "lock"]).exits(2);
    assert!(lock.stderr.contains("<ID|--mine>"), "{}", lock.stderr);
    let amend = world.perfteam(&repo, API, &["flag", "amend", "abcd"]).exits(2);
    assert!(amend.stderr.contains("<--change <TEXT>|--action <TEXT>>"), "{}", amend.stderr);
    let (id, _) = world.flag(&repo, API, DB, &[]);
    world.perfteam(&repo, API, &["flag", "amend", &id, "--change", CHANGE, "--action", ACTION]).exits(0);
    world.perfteam(&repo, DB, &["flag", "lock", &id, "--mine"]).exits(2);
}

#[test]
fn an_editor_that_writes_nothing_raises_nothing() {
    let (world, repo) = World::with_team();
    for editor in ["true", "sed -i 's/^impact: medium/impact: high/'", "sh -c ': > \"$1\"' -"] {
        let told = edit(&world, &repo, editor, &[]).exits(2).stderr;
        assert!(told.contains("neither a change nor an action was written, so no flag was raised"), "{told}");
        assert!(!told.contains("--edit") && !told.contains("what you wrote"), "{told}");
    }
    assert!(!repo.path.join(".perfteam/flags").exists());
}

#[test]
fn what_was_written_in_an_editor_is_kept_when_it_says_too_little() {
    let (world, repo) = World::with_team();
    let refused = edit(&world, &repo, "sed -i '/^## Change/a The pool is smaller.'", &["--action", ACTION]);
    let refused = refused.exits(1);
    let kept = refused.stderr.split("what you wrote is in ").nth(1).expect("a file").split(';').next();
    let text = std::fs::read_to_string(kept.expect("a file")).expect("what was written");
    assert!(text.contains("The pool is smaller."), "{text}");
    // What the template has no place for is not lost either.
    let more = ["--change", CHANGE, "--action", ACTION, "--location", "src/pool.rs:1", "--example", "let x;"];
    edit(&world, &repo, "true", &more).exits(0);
    let (_, flag) = world.perfteam(&repo, DB, &["flag", "list", "--format", "json"]).json()["flags"][0]
        .as_object()
        .and_then(|flag| Some((flag["id"].as_str()?.to_owned(), flag["path"].as_str()?.to_owned())))
        .expect("a flag");
    let head = repo.read(&format!("{flag}/flag.md"));
    assert!(head.contains("src/pool.rs:1") && head.contains("let x;"), "{head}");
}

#[test]
fn handles_that_are_none_or_nobodys_name_the_way_out() {
    let (world, repo) = World::with_team();
    assert_snapshot!(world.perfteam(&repo, "@@x", &["inbox"]).exits(2).stderr, @"
    error: `@@x` is not a handle: each part is lower-case letters, digits and dashes, and starts with a letter or digit, like `@ops.performance` (given by the variable PERFTEAM_AGENT)
      why: every step carries the name of who did it
      try: name an agent of the roster: export PERFTEAM_AGENT=@HANDLE; or: unset PERFTEAM_AGENT
      try: see who is there: perfteam agent list
    ");
    world.flag(&repo, API, DB, &[]);
    for command in [&["flag", "list", "--to"][..], &["flag", "list", "--from"], &["inbox"]] {
        let told = world.perfteam(&repo, API, &[command, &["@database.postgre"]].concat()).exits(1);
        assert!(told.stderr.contains("did you mean @database.postgres"), "{}", told.stderr);
    }
    world.perfteam(&repo, API, &["flag", "list", "--to", "@performance.lead"]).exits(0);
}

#[test]
fn an_empty_handle_is_not_somebody_else() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, API, DB, &[]);
    let told = world.perfteam(&repo, DB, &["flag", "complete", &id, "--as", ""]).exits(2).stderr;
    assert!(told.contains("it is empty (given by the option --as)"), "{told}");
}

#[test]
fn a_record_is_named_by_its_folder_where_two_have_one_id() {
    let (world, repo) = World::with_team();
    let (id, path) = world.flag(&repo, API, DB, &[]);
    let copy = format!(".perfteam/flags/2026-11-21/a-copy-{id}");
    repo.write(&format!("{copy}/flag.md"), &repo.read(&format!("{path}/flag.md")));
    let told = world.perfteam(&repo, API, &["flag", "show", &id]).exits(2);
    assert_snapshot!(told.stderr, @"
    error: `ttgkrhj1vs` names 2 records
      why: several folders have one id; a folder's path names one of them
      try: .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs
      try: .perfteam/flags/2026-11-21/a-copy-ttgkrhj1vs
    ");
    for form in [copy.clone(), format!("{copy}/"), format!("{copy}/flag.md"), format!("./{copy}")] {
        let told = world.perfteam(&repo, API, &["flag", "show", &form]).exits(0);
        assert!(told.stdout.contains(&copy), "{form}: {}", told.stdout);
    }
    world.perfteam(&repo, DB, &["flag", "complete", &path, "--note", "Done."]).exits(0);
    world.perfteam(&repo, API, &["flag", "show", "flags/2026-11-22/a-copy-0000000000"]).exits(2);
}
