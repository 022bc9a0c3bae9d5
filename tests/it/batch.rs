//! Several commands, all of them or none.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::environment::{ACTION, CHANGE, Repo, Run, World, size};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn batch_of(world: &World, repo: &Repo, who: &str, input: &str) -> Run {
    let mut command = world.perfteam_command(repo, who, &["batch"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    child.stdin.take().expect("standard input").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

fn batch(world: &World, repo: &Repo, who: &str, lines: &[Value]) -> Run {
    batch_of(world, repo, who, &text(lines))
}

fn create(to: &str) -> Vec<&str> {
    vec!["flag", "create", "--type", "change", "--to", to, "--change", CHANGE, "--action", ACTION]
}

fn answers(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What lies in the work tree, in the index and among the claims.
fn state(world: &World, repo: &Repo) -> String {
    let files = world.git(repo, &["status", "--porcelain", "-uall"]).exits(0).stdout;
    files + &world.git(repo, &["for-each-ref", "refs/perfteam"]).exits(0).stdout
}

fn statuses(run: &Run) -> Vec<String> {
    answers(run).iter().map(|answer| answer["status"].as_str().expect("a status").to_owned()).collect()
}

#[test]
fn later_lines_see_what_earlier_ones_are_going_to_write() {
    let (world, repo) = World::with_team();
    let lines = [
        json!({"id": "pool", "command": create(DB)}),
        json!({"command": ["flag", "lock", "$1", "--as", DB]}),
        json!({"command": ["flag", "list", "--to", DB]}),
        json!({"command": ["flag", "complete", "$pool", "--as", DB, "--note", "Set to twenty."], "id": 7}),
        json!({"command": ["inbox", DB]}),
    ];
    let run = batch(&world, &repo, API, &lines).exits(0);
    let answers = answers(&run);
    assert_snapshot!(answers[0], @r#"
    {"version":1,"command":"batch","line":1,"id":"pool","status":"done","exit":0,"answer":{"version":1,"command":"flag create","id":"ttgkrhj1vs","path":".perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs","existing":false,"staged":true,"flags":[{"id":"ttgkrhj1vs","path":".perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs","to":"@database.postgres"}]}}
    "#);
    assert_eq!(answers[2]["answer"]["flags"][0]["status"], "locked");
    assert_eq!((&answers[3]["id"], &answers[3]["answer"]["event"]), (&7.into(), &"completed".into()));
    assert_eq!(answers[4]["answer"]["flags"], json!([]));
    for answer in &answers {
        crate::answers::fits(&answer["answer"]).expect("as the schema says");
    }
    let id = answers[0]["answer"]["id"].as_str().expect("an id");
    let shown = world.perfteam(&repo, API, &["flag", "show", id, "--format", "json"]).exits(0).json();
    assert_eq!(shown["status"], "completed");
    assert_eq!(world.git(&repo, &["for-each-ref", "refs/perfteam"]).stdout, "", "the claim is given back");
    world.perfteam(&repo, "", &["check", "--staged"]).exits(0);
    world.perfteam(&repo, "", &["doctor"]).exits(0);
}

#[test]
fn after_a_refused_line_nothing_is_written() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, API, DB, &[]);
    let before = state(&world, &repo);
    let lines = [
        json!({"command": ["flag", "lock", id]}),
        json!({"command": create(API)}),
        json!({"command": ["flag", "lock", id], "id": "again"}),
        json!({"command": ["inbox"]}),
    ];
    let run = batch(&world, &repo, DB, &lines).exits(4);
    assert_eq!(statuses(&run), ["undone", "undone", "refused", "not_run"]);
    assert_snapshot!(answers(&run)[2], @r#"
    {"version":1,"command":"batch","line":3,"id":"again","status":"refused","exit":4,"answer":{"version":1,"command":"flag lock","error":{"message":"line 3: @database.postgres holds flag ttgk until 2026-11-20T19:08:00.000Z","why":"two who work on one flag undo each other, and several processes may share a handle","hints":["if it is yours and needs longer: perfteam flag lock ttgk --renew","see its story: perfteam flag show ttgk"],"exit":4}}}
    "#);
    assert_snapshot!(run.stderr, @r#"
    error: line 3: @database.postgres holds flag ttgk until 2026-11-20T19:08:00.000Z
      why: two who work on one flag undo each other, and several processes may share a handle
      try: if it is yours and needs longer: perfteam flag lock ttgk --renew
      try: see its story: perfteam flag show ttgk
      nothing of the batch was written
    "#);
    assert_eq!(state(&world, &repo), before);
    world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(0);
}

#[test]
fn a_lock_holds_after_the_batch_as_after_any_command() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, API, DB, &[]);
    let lines = [
        json!({"command": ["flag", "lock", id]}),
        json!({"command": ["flag", "unlock", id]}),
        json!({"command": ["flag", "lock", id]}),
        json!({"command": ["flag", "lock", id, "--renew"]}),
    ];
    batch(&world, &repo, DB, &lines).exits(0);
    let claims = world.perfteam(&repo, DB, &["claims", "--format", "json"]).exits(0).json();
    assert_eq!(claims["claims"].as_array().map(Vec::len), Some(1));
    world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(4);
    world.perfteam(&repo, DB, &["flag", "complete", &id]).exits(0);
    world.perfteam(&repo, "", &["check", "--staged"]).exits(0);
}

#[test]
fn records_of_other_branches_are_brought_along_once() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["switch", "-q", "-c", "other"]).exits(0);
    let (id, path) = world.flag(&repo, API, DB, &[]);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "Raise"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    let lines = [json!({"command": ["flag", "lock", id]}), json!({"command": ["flag", "complete", id]})];
    let run = batch(&world, &repo, DB, &lines).exits(0);
    assert_eq!(run.stderr.matches("brought here").count(), 1, "{}", run.stderr);
    assert_eq!(std::fs::read_dir(repo.path.join(path)).expect("a folder").count(), 3);
}

#[test]
fn what_is_no_line_of_a_batch_is_refused() {
    let (world, repo) = World::with_team();
    let told = |input: &str| {
        let run = batch_of(&world, &repo, API, input);
        assert_ne!(run.code, 0, "{input}: {}", run.stdout);
        run.stderr.lines().next().unwrap_or_default().to_owned()
    };
    assert_snapshot!(told("nonsense\n"), @r#"
    error: line 1: not as a line of a batch must be: expected ident at line 1 column 2
    "#);
    for text in ["[1]", "[[\"inbox\"]]", "[[\"inbox\"], \"id\"]", "7", "\"inbox\"", "null", "true"] {
        let message = told(&format!("{text}\n"));
        assert!(
            message.starts_with("error: line 1: not as a line of a batch must be: "),
            "{text}: {message}"
        );
    }
    assert_snapshot!(told("{\"command\": [\"inbox\", \"--format\", \"sarif\"]}\n"), @r#"
    error: line 1: a batch answers in JSON alone
    "#);
    assert_snapshot!(told("{\"comand\": []}\n"), @r#"
    error: line 1: not as a line of a batch must be: unknown field `comand`, expected `command` or `id` at line 1 column 9
    "#);
    assert_snapshot!(told("{\"command\": [\"flag\", \"lits\"]}\n"), @r#"
    error: line 1: unrecognized subcommand 'lits'
    "#);
    assert_snapshot!(told("{\"command\": [\"flag\", \"lock\", \"$2\"]}\n"), @r#"
    error: line 1: `$2` is the id of no line before this one
    "#);
    assert_snapshot!(told("{\"command\": [\"flag\", \"show\", \"$$2\"]}\n"), @r#"
    error: line 1: `$2` is too short for an id
    "#);
    for command in ["sync", "check", "hook install", "init", "batch", "investigate open", "knowledge add"] {
        let line = json!({ "command": command.split(' ').collect::<Vec<_>>() });
        let run = batch(&world, &repo, API, &[line]);
        assert_eq!(run.code, 2, "{command}");
    }
    assert_snapshot!(told("{\"command\": [\"claims\"]}\n"), @r#"
    error: line 1: `claims` is no command for a batch
    "#);
    assert_snapshot!(told("{\"command\": [\"flag\", \"create\", \"--edit\"]}\n"), @r#"
    error: line 1: `flag create` has no editor and no standard input in a batch
    "#);
    assert_snapshot!(told("{\"command\": [\"flag\", \"create\", \"--input\", \"-\"]}\n"), @r#"
    error: line 1: `flag create` has no editor and no standard input in a batch
    "#);
    let nothing = batch_of(&world, &repo, API, "\n\n").exits(0);
    assert_eq!(nothing.stdout, "");
}

#[test]
fn who_acts_is_answered_in_its_line_and_not_set() {
    let (world, repo) = World::with_team();
    let whoami = |words: &[&str]| {
        let words: Vec<&str> = [&["whoami"], words].concat();
        json!({ "command": words })
    };
    let told = batch(&world, &repo, "", &[whoami(&["--as", DB]), whoami(&["--as", API])]).exits(0);
    let agents: Vec<Value> = answers(&told).iter().map(|line| line["answer"]["agent"].clone()).collect();
    assert_eq!(agents, [DB, API]);
    for change in [&["--set", DB][..], &["--unset"]] {
        let refused = batch(&world, &repo, API, &[whoami(change), whoami(&[])]).exits(2);
        assert_eq!(statuses(&refused), ["refused", "not_run"]);
    }
    world.git(&repo, &["config", "perfteam.agent"]).exits(1);
}

#[test]
fn the_earlier_tools_verbs_work_in_a_batch() {
    let (world, repo) = World::with_team();
    let texts = ["--change_description", CHANGE, "--action_required", ACTION, "--flag_type", "change"];
    let create =
        [&["agent-db", "create-flag", "--source_agent", API, "--target_agent", DB], &texts[..]].concat();
    let lines = [json!({"command": create}), json!({"command": ["agent-db", "complete-flag", "$1", DB]})];
    let run = batch(&world, &repo, "", &lines).exits(0);
    assert_eq!(answers(&run)[1]["answer"]["status"], "completed");
}

#[test]
fn of_racing_batches_one_has_the_lock_and_the_others_write_nothing() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, API, DB, &[]);
    let input = text(&[json!({"command": create(API)}), json!({"command": ["flag", "lock", id]})]);
    let children: Vec<_> = (0..4)
        .map(|_| {
            let mut command = world.perfteam_command(&repo, DB, &["batch"]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            let mut child = command.spawn().expect("the program runs");
            child.stdin.take().expect("standard input").write_all(input.as_bytes()).expect("it reads");
            child
        })
        .collect();
    let codes: Vec<Option<i32>> =
        children.into_iter().map(|child| child.wait_with_output().expect("it ends").status.code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    let raised =
        world.perfteam(&repo, DB, &["flag", "list", "--to", API, "--format", "json"]).exits(0).json();
    assert_eq!(raised["flags"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_killed_batch_is_written_whole_or_not_at_all() {
    const FLAGS: usize = 12;
    let (world, repo) = World::with_team();
    let lines: Vec<Value> = (0..FLAGS).map(|_| json!({"command": create(DB)})).collect();
    let mut before = 0;
    for round in 0..size("KILLS", 8) {
        let mut command = world.perfteam_command(&repo, API, &["batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program runs");
        child.stdin.take().expect("standard input").write_all(text(&lines).as_bytes()).expect("it reads");
        // When it is killed decides how far it came; every moment is right.
        std::thread::park_timeout(Duration::from_millis(40 * (round as u64 + 1)));
        let _ = child.kill();
        child.wait().expect("it ends");
        let (own, _) = world.flag(&repo, DB, API, &[]);
        world
            .perfteam(&repo, DB, &["flag", "withdraw", &own, "--reason", "It has shown what it should."])
            .exits(0);
        let list = world.perfteam(&repo, API, &["flag", "list", "--format", "json"]).exits(0).json();
        let now = list["flags"].as_array().expect("flags").len();
        assert!(now == before || now == before + FLAGS, "round {round}: {before}, then {now}");
        before = now;
    }
    world.perfteam(&repo, "", &["check", "--staged"]).exits(0);
}

#[test]
fn a_batch_that_was_cut_off_is_finished_by_the_next_command_that_writes() {
    let (world, repo) = World::with_team();
    let run =
        batch(&world, &repo, API, &[json!({"command": create(DB)}), json!({"command": create(DB)})]).exits(0);
    let path = |at: usize| {
        let answer = &answers(&run)[at]["answer"];
        format!("{}/flag.md", answer["path"].as_str().expect("a path"))
    };
    let files: Vec<(String, String)> = [path(0), path(1)].map(|path| (path.clone(), repo.read(&path))).into();
    // As a process leaves it that was killed between the two.
    std::fs::remove_dir_all(repo.path.join(path(1)).parent().expect("a folder")).expect("gone");
    let mut hasher = std::hash::DefaultHasher::new();
    std::hash::Hash::hash(&repo.path.canonicalize().expect("a path"), &mut hasher);
    let name = format!("{:016x}.json", std::hash::Hasher::finish(&hasher));
    repo.write(&format!(".git/perfteam/batches/{name}"), &json!({"version": 1, "files": files}).to_string());
    let next = world.perfteam(&repo, DB, &["flag", "lock", "--mine"]).exits(0);
    assert!(next.stderr.contains("finished a batch that was cut off: 2 files"), "{}", next.stderr);
    assert_eq!(repo.read(&path(1)), files[1].1);
    assert!(next.stdout.starts_with("locked 2 until"), "{}", next.stdout);
    assert!(!repo.path.join(format!(".git/perfteam/batches/{name}")).exists());
}
