//! How commands fail: the exit codes are the same in every format, and programs get an answer, too.

use crate::environment::{Repo, World};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";

/// Runs it for people and for programs: the code is the same, and programs get the error as their answer.
#[track_caller]
fn fails(world: &World, repo: &Repo, who: &str, args: &[&str], code: i32, command: Option<&str>) {
    let told = world.perfteam(repo, who, args).exits(code);
    assert!(told.stdout.is_empty() && told.stderr.starts_with("error"), "{args:?}: {}", told.story());
    let answer = world.perfteam(repo, who, &[args, &["--format", "json"]].concat()).exits(code).json();
    assert_eq!(answer["version"], 1, "{answer}");
    assert_eq!(answer["command"].as_str(), command, "{answer}");
    assert_eq!(answer["error"]["exit"], code, "{answer}");
    let message = answer["error"]["message"].as_str().unwrap_or_default();
    let begin: String = message.chars().take(30).collect();
    assert!(!begin.is_empty() && told.stderr.contains(&begin), "{message} / {}", told.stderr);
}

#[test]
fn exit_codes_are_the_same_in_every_format() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, DB, API, &[]);
    world.perfteam(&repo, API, &["flag", "lock", &id]).exits(0);
    let fails = |args: &[&str], code, command| fails(&world, &repo, API, args, code, Some(command));
    fails(&["flag", "decline", &id, "--reason", "?"], 2, "flag decline");
    fails(&["flag", "withdraw", &id, "--reason", "The change was taken back."], 1, "flag withdraw");
    fails(&["flag", "show", "zzzz"], 2, "flag show");
    fails(&["flag", "lock"], 2, "flag lock");
    fails(&["flag", "lock", &id, "--nope"], 2, "flag lock");
    fails(&["flag", "lits"], 2, "flag");
    fails(&["investigation", "show", "zzzz"], 2, "investigate show");
    fails(&["inbox", "--limit", "many"], 2, "inbox");
    fails(&["check", "--base", "nowhere"], 3, "check");
    fails(&["completions", "tcsh"], 2, "completions");
    fails(&["schema", "nothing"], 2, "schema");
}

#[test]
fn what_somebody_else_decided_or_holds_is_told_as_such_in_every_format() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, DB, API, &[]);
    world.perfteam(&repo, API, &["flag", "complete", &id, "--note", "Set to twenty."]).exits(0);
    let again = ["flag", "complete", &id, "--note", "Set to thirty."];
    fails(&world, &repo, API, &again, 4, Some("flag complete"));
    fails(&world, &repo, API, &["flag", "lock", &id], 4, Some("flag lock"));
}

#[test]
fn outside_a_repository_every_command_says_so() {
    let world = World::new();
    let home = Repo { path: world.path().join("home") };
    for command in
        ["inbox", "next", "flag list", "task graph", "check", "review", "claims", "init", "hook status"]
    {
        let args: Vec<&str> = command.split(' ').collect();
        fails(&world, &home, "", &args, 3, Some(command));
    }
    let primer = world.perfteam(&home, "", &["prime", "--format", "json"]).exits(0).json();
    assert_eq!((&primer["command"], &primer["text"]), (&"prime".into(), &"".into()));
}

#[test]
fn arguments_that_name_no_command_are_nobodys() {
    let (world, repo) = World::with_team();
    fails(&world, &repo, "", &["flga"], 2, None);
    // A document has no other form.
    for command in ["completions bash", "man"] {
        let args: Vec<&str> = command.split(' ').chain(["--format", "json"]).collect();
        let answer = world.perfteam(&repo, "", &args).exits(2).json();
        assert_eq!(answer["error"]["exit"], 2);
    }
}
