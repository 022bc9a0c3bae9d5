//! post-merge and post-checkout: what is new, in one line.

use crate::environment::{Repo, World, run};

const DB: &str = "db@example.com";
const API: &str = "api@example.com";

/// A repository whose branch `news` has two flags for `@database.postgres` that main lacks.
fn with_news() -> (World, Repo) {
    let (world, repo) = World::with_team();
    world.git(&repo, &["switch", "-q", "-c", "news"]).exits(0);
    for _ in 0..2 {
        world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    }
    world.flag(&repo, "@database.postgres", "@backend.api", &[]);
    world.git(&repo, &["commit", "-q", "-m", "Flags"]).exits(0);
    let back = world.git_as(&repo, DB, &["switch", "-q", "main"]).exits(0);
    assert_eq!(back.stderr, "", "what is gone is no news");
    (world, repo)
}

const TWO: &str = "2 new flags for @database.postgres: perfteam inbox\n";

#[test]
fn a_merge_and_a_checkout_tell_what_they_bring() {
    let (world, repo) = with_news();
    assert_eq!(world.git_as(&repo, DB, &["switch", "-q", "news"]).exits(0).stderr, TWO);
    assert_eq!(world.git_as(&repo, DB, &["switch", "-q", "-c", "same"]).exits(0).stderr, "");
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    assert_eq!(world.git_as(&repo, DB, &["merge", "-q", "news"]).exits(0).stderr, TWO);
    assert_eq!(world.git_as(&repo, DB, &["merge", "-q", "news"]).exits(0).stderr, "");
    assert_eq!(world.git(&repo, &["switch", "-q", "news"]).exits(0).stderr, "", "nobody has no inbox");
}

#[test]
fn what_was_processed_is_no_news_on_an_older_commit() {
    let (world, repo) = with_news();
    world.git(&repo, &["merge", "-q", "news"]).exits(0);
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", "--mine"]).exits(0);
    let inbox = world.perfteam(&repo, "@database.postgres", &["inbox", "--format", "json"]).json();
    let id = inbox["flags"][0]["id"].as_str().expect("an id").to_owned();
    world.perfteam(&repo, "@database.postgres", &["flag", "complete", &id, "--note", "Done."]).exits(0);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Process"]).exits(0);
    assert_eq!(world.git_as(&repo, DB, &["switch", "-q", "news"]).exits(0).stderr, "");
}

#[test]
fn an_answer_is_news() {
    let (world, repo) = with_news();
    world.git(&repo, &["merge", "-q", "news"]).exits(0);
    let inbox = world.perfteam(&repo, "@database.postgres", &["inbox", "--format", "json"]).json();
    let id = inbox["flags"][0]["id"].as_str().expect("an id").to_owned();
    let asked = world.perfteam(
        &repo,
        "@database.postgres",
        &[
            "flag",
            "lock",
            &id,
            "--awaiting",
            "@backend.api",
            "--change",
            "The flag on the pool of the API asks for a load test that we can't run here.",
            "--action",
            "Tell us which of the two environments holds production data, and from which day.",
            "--format",
            "json",
        ],
    );
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", "--mine"]).exits(0);
    let request = asked.exits(0).json()["request"]["id"].as_str().expect("an id").to_owned();
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Ask"]).exits(0);
    world.git(&repo, &["switch", "-q", "-c", "answer"]).exits(0);
    world.perfteam(&repo, "@backend.api", &["flag", "reply", &request, "--note", "The second one."]).exits(0);
    world.git(&repo, &["commit", "-q", "-m", "Answer"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    let merge = world.git_as(&repo, DB, &["merge", "-q", "answer"]).exits(0);
    assert_eq!(merge.stderr, "1 answer for @database.postgres: perfteam inbox\n");
}

#[test]
fn silent_for_files_rebase_bisect_new_work_trees_and_in_ci() {
    let (world, repo) = with_news();
    let silent = |args: &[&str]| {
        let run = world.git_as(&repo, DB, args).exits(0);
        assert!(!run.stderr.contains("new flag"), "{args:?}: {}", run.stderr);
    };
    silent(&["checkout", "-q", "news", "--", ".perfteam"]);
    silent(&["reset", "-q", "--hard"]);
    silent(&["worktree", "add", "-q", "../linked", "news", "--detach"]);
    silent(&["merge", "-q", "--squash", "news"]);
    silent(&["reset", "-q", "--hard"]);
    silent(&["switch", "-q", "-c", "work"]);
    repo.write("work", "work\n");
    silent(&["add", "work"]);
    silent(&["commit", "-q", "-m", "Work"]);
    silent(&["rebase", "-q", "news"]);
    silent(&["bisect", "start", "HEAD", "main"]);
    silent(&["bisect", "reset"]);
    silent(&["switch", "-q", "main"]);
    for (ci, expected) in [("true", ""), ("false", TWO)] {
        let mut command = world.git_command(&repo, DB, &["switch", "-q", "news"]);
        command.env("CI", ci);
        assert_eq!(run(command).exits(0).stderr, expected);
        world.git_as(&repo, API, &["switch", "-q", "main"]).exits(0);
    }
}
