//! Every kind of record: the state is as it was, and the words are gone.

use serde_json::Value;

use super::{SECRET, redact};
use crate::rules::{API, DB, LEAD, Scene};

/// Words that say enough for every kind.
const WORDS: &str = "Twenty of twenty connections are in use with hUnTeR2 since Monday.";

type Steps<'a> = &'a [(&'a str, &'a [&'a str])];

/// Makes a record, takes the steps on it, redacts it: as it was before and after.
fn redacted(make: &[&str], steps: Steps<'_>, show: &[&str]) -> (Value, Value) {
    let scene = Scene::new();
    let made = scene.run(API, &[make, &["--format", "json"]].concat()).json();
    scene.commit("api", "Make");
    let id = made["id"].as_str().expect("an id");
    for (who, step) in steps {
        let words: Vec<&str> = step.iter().map(|word| if *word == "ID" { id } else { word }).collect();
        scene.run(who, &words);
        scene.commit(if *who == API { "api" } else { "db" }, "Step");
    }
    scene.branch("tidy");
    let shown = || {
        let words: Vec<&str> = show.iter().map(|word| if *word == "ID" { id } else { word }).collect();
        scene.run(API, &[&words[..], &["--format", "json"]].concat()).json()
    };
    let before = shown();
    let told = redact(&scene, id);
    assert_eq!(told["left"], Value::Array(Vec::new()), "{told}");
    scene.commit_staged("lead", "Take a token out");
    assert_eq!(scene.found_in_base(), ["note changed-record"], "{make:?}");
    let blocks = scene.found(LEAD, &[]).into_iter().filter(|(what, _)| !what.starts_with("note"));
    assert_eq!(blocks.collect::<Vec<_>>(), []);
    let text = scene.git(&["grep", "-h", "", "--", ".perfteam"]);
    assert!(!text.contains(SECRET), "{text}");
    (before, shown())
}

fn same(keys: &[&str], (before, after): (Value, Value)) {
    assert!(before.to_string().contains(SECRET));
    assert!(!after.to_string().contains(SECRET), "{after}");
    for key in keys {
        assert_eq!(before[key], after[key], "{key}");
        assert_ne!(before[key], Value::Null, "{key}");
    }
}

#[test]
fn a_task() {
    let make = [
        "task",
        "create",
        "--title",
        WORDS,
        "--to",
        DB,
        "--objective",
        WORDS,
        "--system",
        "hUnTeR2-pool",
        "--tool",
        "hUnTeR2",
        "--deadline",
        "2026-11-25T10:00:00Z",
    ];
    let steps: Steps<'_> = &[
        (DB, &["task", "start", "ID"]),
        (
            DB,
            &[
                "task",
                "progress",
                "ID",
                "--percent",
                "40",
                "--note",
                WORDS,
                "--metric",
                "p95=2s",
                "--issue",
                WORDS,
            ],
        ),
        (API, &["task", "amend", "ID", "--priority", "high", "--requirements", WORDS]),
        (DB, &["task", "complete", "ID", "--note", WORDS, "--metric", "p95=2s..1s", "--recommend", WORDS]),
    ];
    let keys = ["status", "from", "to", "impact", "at", "deadline", "percent", "depends"];
    same(&keys, redacted(&make, steps, &["task", "show", "ID"]));
}

#[test]
fn a_finding() {
    let make = [
        "finding",
        "report",
        "--title",
        WORDS,
        "--category",
        "bottleneck",
        "--component",
        "hUnTeR2",
        "--severity",
        "high",
        "--evidence",
        WORDS,
        "--location",
        "src/pool.rs:1",
        "--metric",
        "p95=250ms..890ms",
    ];
    let steps: Steps<'_> = &[
        (DB, &["finding", "confirm", "ID", "--evidence", WORDS]),
        (DB, &["finding", "dispute", "ID", "--reason", WORDS, "--evidence", WORDS]),
    ];
    same(
        &["status", "from", "impact", "metrics", "next_stage"],
        redacted(&make, steps, &["finding", "show", "ID"]),
    );
}

#[test]
fn an_investigation() {
    let make = [
        "investigate",
        "open",
        "--title",
        WORDS,
        "--priority",
        "high",
        "--system",
        "hUnTeR2",
        "--trigger",
        WORDS,
        "--impact",
        WORDS,
        "--success",
        "p95 < 300ms",
    ];
    let scene = Scene::new();
    let made = scene.run(LEAD, &[&make[..], &["--format", "json"]].concat()).json();
    let (id, path) = (made["id"].as_str().expect("an id"), made["path"].as_str().expect("a path"));
    scene.commit("lead", "Open");
    scene.branch("tidy");
    let before = scene.run(API, &["show", id, "--format", "json"]).json();
    redact(&scene, id);
    scene.commit_staged("lead", "Take a token out");
    assert_eq!(scene.found_in_base(), ["note changed-record"]);
    let after = scene.run(API, &["show", id, "--format", "json"]).json();
    for key in ["status", "from", "impact", "success", "due", "documents", "tasks"] {
        assert_eq!(before[key], after[key], "{key}");
    }
    assert!(!scene.repo.read(&format!("{path}/investigation.md")).contains(SECRET));
}

#[test]
fn a_reservation() {
    let scene = Scene::new();
    let reserve = ["resource", "reserve", "staging", "--for", "2h", "--format", "json"];
    let made = scene.run(API, &reserve).json();
    let id = made["id"].as_str().expect("an id");
    scene.commit("api", "Reserve");
    scene.branch("tidy");
    let queue = || scene.run(API, &["resource", "queue", "staging", "--format", "json"]).json();
    let before = queue();
    redact(&scene, id);
    scene.commit_staged("lead", "Take a token out");
    assert_eq!(scene.found_in_base(), ["note changed-record"]);
    let after = queue();
    for key in ["id", "from", "mode", "impact", "until"] {
        assert_eq!(before["holders"][0][key], after["holders"][0][key], "{key}");
    }
}
