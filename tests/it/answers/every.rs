//! A day of a team, on which every command answers to a program.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::environment::{ACTION, CHANGE, Repo, World};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";
const LEAD: &str = "@performance.lead";

/// The last phases of an investigation, which need whole documents; `incident/` has them. And the import
/// of a database, which `agent_db_import` has.
const ELSEWHERE: [&str; 6] = [
    "import agent-db",
    "investigate close",
    "investigate plan",
    "investigate retro",
    "investigate synthesize",
    "investigate validate",
];

/// Asks commands and keeps what they answer.
struct Day {
    world: World,
    repo: Repo,
    answers: RefCell<Vec<Value>>,
}

impl Day {
    fn begin() -> Day {
        let (world, repo) = World::with_team();
        Day { world, repo, answers: RefCell::default() }
    }

    /// What the command answers; its head says which command it is.
    #[track_caller]
    fn asks(&self, who: &str, code: i32, command: &str, args: &[&str]) -> Value {
        let words: Vec<&str> = command.split(' ').chain(args.iter().copied()).collect();
        let ran = self.world.perfteam(&self.repo, who, &[&words[..], &["--format", "json"]].concat());
        let answer = ran.exits(code).json();
        assert_eq!((&answer["version"], &answer["command"]), (&1.into(), &command.into()), "{answer}");
        assert!(answer.get("error").is_none(), "{answer}");
        self.answers.borrow_mut().push(answer.clone());
        answer
    }

    fn id_of(&self, who: &str, command: &str, args: &[&str]) -> String {
        self.asks(who, 0, command, args)["id"].as_str().expect("an id").to_owned()
    }

    fn flag(&self, kind: &str) -> String {
        let texts = ["--title", "Smaller pool", "--change", CHANGE, "--action", ACTION];
        self.id_of(DB, "flag create", &[&["--type", kind, "--to", API], &texts[..]].concat())
    }

    fn task(&self, more: &[&str]) -> String {
        let what = ["--type", "research", "--title", "Load test", "--priority", "high"];
        let texts = ["--objective", "Find the number of users from which the p95 of the gateway rises."];
        let more = [&["--context", "Users report slow check-outs since Monday, most in the evening."], more];
        self.id_of(LEAD, "task create", &[&what[..], &texts, &more.concat()].concat())
    }

    fn finding(&self) -> String {
        let what = ["--title", "Pool is exhausted", "--category", "bottleneck", "--component", "pool"];
        let more = ["--severity", "high", "--evidence", "95 % of the pool is in use at 14:15, 60 % before."];
        let more = [&more[..], &["--metric", "p95=250ms..890ms", "--location", "src/pool.rs:1"]].concat();
        self.id_of(DB, "finding report", &[&what[..], &more].concat())
    }

    fn git(&self, args: &[&str]) {
        self.world.git(&self.repo, args).exits(0);
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--no-verify", "--allow-empty", "-m", "A day"]);
    }
}

fn flags(day: &Day) {
    let id = day.flag("change");
    day.asks(DB, 0, "flag amend", &[&id, "--change", &format!("{CHANGE} The limit is in code.")]);
    day.asks(API, 0, "flag list", &[]);
    day.asks(API, 0, "flag lock", &[&id]);
    day.asks(API, 0, "claims", &[]);
    day.asks(API, 0, "flag show", &[&id]);
    day.asks(API, 0, "show", &[&id]);
    day.asks(API, 0, "flag unlock", &[&id]);
    day.asks(API, 0, "flag lock", &["--mine"]);
    day.asks(API, 0, "inbox", &[]);
    day.asks(API, 0, "next", &[]);
    day.asks(API, 0, "prime", &[]);
    day.asks(API, 0, "flag complete", &[&id, "--note", "Set to twenty, the p95 is as before."]);
    day.asks(API, 0, "flag chain", &[&id]);
    day.asks(API, 0, "wait", &[&id, "--timeout", "1s"]);
    day.asks(API, 0, "flag decline", &[&day.flag("change"), "--reason", "The pool is not ours any more."]);
    day.asks(API, 0, "flag handoff", &[&day.flag("change"), "--to", LEAD]);
    day.asks(DB, 0, "flag withdraw", &[&day.flag("change"), "--reason", "The change was taken back."]);
    let asked = day.flag("information_request");
    day.asks(API, 0, "flag reply", &[&asked, "--note", "Twenty, since the database has 120 in all."]);
    let waiting = day.flag("change");
    let texts = ["--change", CHANGE, "--action", ACTION];
    day.asks(API, 0, "flag lock", &[&[&*waiting, "--awaiting", DB], &texts[..]].concat());
}

/// The verbs of the earlier flag tool.
fn earlier_tool(day: &Day) {
    let texts = ["--change_description", CHANGE, "--action_required", ACTION];
    let who = ["--flag_type", "change", "--source_agent", DB, "--target_agent", API];
    let create = [who.as_slice(), texts.as_slice()].concat();
    let id = day.id_of("", "agent-db create-flag", &create);
    day.asks("", 0, "agent-db create-flag-for-agent", &create);
    day.asks("", 0, "agent-db get-agent-flags", &[API]);
    day.asks("", 0, "agent-db get-pending-flags", &[]);
    day.asks("", 0, "agent-db get-workable-flags", &[]);
    day.asks("", 0, "agent-db lock-flag", &[&id, API]);
    day.asks("", 0, "agent-db unlock-flag", &[&id, API]);
    day.asks("", 0, "agent-db complete-flag", &[&id, API]);
    day.asks("", 0, "agent-db search-agents", &["postgres"]);
}

fn tasks(day: &Day) {
    let [first, second] = [day.task(&["--to", API]), day.task(&["--to", API])];
    day.asks(LEAD, 0, "task amend", &[&second, "--priority", "low"]);
    day.asks(LEAD, 0, "task list", &[]);
    day.asks(LEAD, 0, "task graph", &[]);
    day.asks(API, 0, "task start", &[&first]);
    day.asks(API, 0, "task progress", &[&first, "--percent", "50", "--metric", "p95=120ms"]);
    day.asks(API, 0, "task block", &[&first, "--reason", "The environment is gone."]);
    day.asks(API, 0, "task unblock", &[&first]);
    day.asks(API, 0, "task start", &[&first]);
    day.asks(API, 0, "task complete", &[&first, "--note", "From 400 users on, see load-tests/monday.csv."]);
    day.asks(API, 0, "task show", &[&first]);
    day.asks(API, 0, "show", &[&first]);
    day.asks(LEAD, 0, "task reassign", &[&second, "--to", DB]);
    day.asks(LEAD, 0, "task cancel", &[&second, "--reason", "Nobody needs it any more."]);
}

fn findings(day: &Day) -> String {
    let [good, doubted, wrong] = [day.finding(), day.finding(), day.finding()];
    day.asks(DB, 0, "finding amend", &[&good, "--severity", "critical"]);
    day.asks(API, 0, "finding confirm", &[&good, "--evidence", "The same in the log of the gateway."]);
    day.asks(API, 0, "finding evidence", &[&good, "--text", "And in the trace of Tuesday, too."]);
    let done = ["--action", "The pool was made larger.", "--result", "full", "--metric", "p95=890ms..240ms"];
    day.asks(API, 0, "finding mitigate", &[&[&*good], &done[..]].concat());
    day.asks(API, 0, "finding resolve", &[&good]);
    let why =
        ["--reason", "It was the lock on orders.", "--evidence", "pg_locks of 14:15 shows ninety waiters."];
    day.asks(API, 0, "finding dispute", &[&[&*doubted], &why[..]].concat());
    let decided =
        ["--outcome", "Both: the lock, then the pool.", "--reason", "The lock comes first in the trace."];
    let verdict = ["--to", API];
    day.asks(LEAD, 0, "finding decide", &[&[&*doubted], &decided[..], &verdict].concat());
    day.asks(DB, 0, "finding reject", &[&wrong, "--reason", "The figure was that of the test machine."]);
    day.asks(API, 0, "finding list", &[]);
    day.asks(API, 0, "finding show", &[&doubted]);
    day.asks(API, 0, "show", &[&doubted]);
    good
}

fn investigations(day: &Day) {
    let what = ["--title", "Checkout is slow", "--priority", "high", "--system", "checkout"];
    let impact = ["--impact", "15 % of the traffic waits 890 ms instead of 250 ms."];
    let id = day.id_of(LEAD, "investigate open", &[&what[..], &impact].concat());
    day.asks(LEAD, 0, "investigate amend", &[&id, "--priority", "medium"]);
    day.asks(LEAD, 0, "investigate waive", &[&id, "--part", "code", "--reason", "No code was changed."]);
    day.asks(LEAD, 0, "investigate delegate", &[&id]);
    let row = ["--section", "Timeline", "--row", "14:10|deployment of abc123|deploy log"];
    day.asks(LEAD, 0, "investigate write", &[&[&*id, "--document", "data"], &row[..]].concat());
    day.asks(LEAD, 0, "investigate status", &[&id]);
    day.asks(LEAD, 0, "investigate show", &[&id]);
    day.asks(LEAD, 0, "show", &[&id]);
    day.asks(LEAD, 0, "investigate list", &[]);
    day.asks(LEAD, 0, "investigate search", &["checkout"]);
    day.asks(LEAD, 0, "investigate withdraw", &[&id, "--reason", "The alert was that of the test machine."]);
}

fn knowledge_and_resources(day: &Day, taught_by: &str) {
    let text = "Look at the pool first: callers wait while the database is idle.";
    let what = ["--kind", "pattern", "--title", "Exhausted pool", "--name", "exhausted-pool", "--text", text];
    day.asks(DB, 0, "knowledge add", &[&what[..], &["--taught-by", taught_by]].concat());
    day.asks(DB, 0, "knowledge list", &[]);
    day.asks(DB, 0, "knowledge search", &["pool"]);
    day.asks(DB, 0, "knowledge show", &["exhausted-pool"]);
    let id = day.id_of(DB, "resource reserve", &["staging"]);
    day.asks(DB, 0, "show", &[&id]);
    day.asks(API, 0, "resource queue", &["staging"]);
    day.asks(API, 0, "resource list", &[]);
    day.asks(DB, 0, "resource release", &["staging"]);
}

fn team(day: &Day) {
    let about = ["--title", "Operations", "--description", "Plans capacity and keeps load tests."];
    day.asks(LEAD, 0, "agent add", &[&["@ops.capacity"], &about[..]].concat());
    day.asks(LEAD, 0, "agent list", &[]);
    day.asks(LEAD, 0, "agent show", &["@ops.capacity"]);
    day.asks(LEAD, 0, "agent search", &["load tests"]);
    day.asks(LEAD, 0, "agent lint", &[]);
    day.asks(LEAD, 0, "agent retire", &["@ops.capacity", "--successor", LEAD]);
    day.repo
        .write("roles/tester.md", "---\nname: tester\ndescription: Tests what others built.\n---\n\nTest.\n");
    day.asks(LEAD, 0, "agent import", &["roles"]);
    day.asks(LEAD, 0, "whoami", &[]);
}

fn repository(day: &Day) {
    day.asks(LEAD, 0, "init", &[]);
    day.asks(LEAD, 0, "hook install", &[]);
    day.asks(LEAD, 0, "hook status", &[]);
    day.asks(LEAD, 0, "hook uninstall", &[]);
    day.asks(LEAD, 1, "hook run", &["pre-commit"]);
    day.commit();
    day.git(&["switch", "-q", "-c", "work"]);
    day.flag("change");
    day.repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    day.commit();
    day.asks(LEAD, 0, "review", &["main"]);
    day.asks(LEAD, 0, "check", &["--base", "main"]);
    day.asks(LEAD, 0, "policy try", &[".perfteam/perfteam.yaml"]);
    day.asks(LEAD, 0, "restore", &[]);
    day.asks(LEAD, 0, "archive", &[]);
    let record = day.flag("change");
    // Nobody has it yet: it stays as it is.
    day.asks(LEAD, 1, "redact", &[&record, "--reason", "a token"]);
    day.asks(LEAD, 0, "setup", &["codex"]);
    let doctor = day.world.perfteam(&day.repo, LEAD, &["doctor", "--format", "json"]);
    day.asks(LEAD, doctor.code, "doctor", &[]);
    let bare = day.world.path().join("origin.git");
    day.git(&["init", "-q", "--bare", bare.to_str().expect("a path")]);
    day.git(&["remote", "add", "origin", bare.to_str().expect("a path")]);
    day.asks(LEAD, 0, "sync", &["origin"]);
    day.asks("", 0, "tour", &[]);
}

#[test]
fn every_command_answers_as_the_schema_says() {
    let day = Day::begin();
    flags(&day);
    earlier_tool(&day);
    tasks(&day);
    let good = findings(&day);
    investigations(&day);
    knowledge_and_resources(&day, &good);
    team(&day);
    repository(&day);
    let seen = day.answers.borrow();
    let seen: BTreeSet<&str> = seen.iter().filter_map(|answer| answer["command"].as_str()).collect();
    let missing: Vec<&str> = perfteam::cli::answers::all()
        .filter(|answer| !answer.is_document() && !ELSEWHERE.contains(&answer.command))
        .map(|answer| answer.command)
        .filter(|command| !seen.contains(command))
        .collect();
    assert!(missing.is_empty(), "nobody asked these: {missing:?}");
    another_validator_agrees(&day);
}

/// The schema is one for other people's validators, too; some answers are, since they take their time.
fn another_validator_agrees(day: &Day) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new("python3");
    command.arg(root.join("tests/fixtures/formats/validate.py")).arg(root.join("docs/schema/answers.json"));
    for (at, answer) in day.answers.borrow().iter().enumerate().step_by(12) {
        let path = day.world.path().join(format!("answer-{at}.json"));
        std::fs::write(&path, answer.to_string()).expect("a file");
        command.arg(path);
    }
    match command.output() {
        Ok(output) if output.status.code() == Some(0) => {}
        Ok(output) if output.status.code() != Some(77) => {
            panic!("{}", String::from_utf8_lossy(&output.stdout))
        }
        _ => eprintln!("skipped: no validator of JSON Schema is here"),
    }
}
