//! Closed flags in one file each: nothing is lost, and branches that know nothing of it merge.

use serde_json::Value;

use crate::environment::{Repo, World};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";

/// A repository with one flag on main that waits for `DB`, and each work tree's branch alone seen.
fn with_flag() -> (World, Repo, String, String) {
    let (world, repo) = World::with_team();
    let policy = repo.read(".perfteam/perfteam.yaml") + "\nscope: branch\n";
    repo.write(".perfteam/perfteam.yaml", &policy);
    let (id, path) = world.flag(&repo, API, DB, &[]);
    commit(&world, &repo, "Raise");
    (world, repo, id, path)
}

pub fn commit(world: &World, repo: &Repo, message: &str) {
    world.git(repo, &["add", "-A"]).exits(0);
    world.git(repo, &["commit", "-qnm", message]).exits(0);
}

fn complete(world: &World, repo: &Repo, id: &str) {
    world.perfteam(repo, DB, &["flag", "complete", id, "--note", "Set to twenty, and measured."]).exits(0);
    commit(world, repo, "Complete");
}

pub fn archive(world: &World, repo: &Repo) -> Value {
    world.perfteam(repo, API, &["archive", "--older-than", "1s", "--format", "json"]).exits(0).json()
}

pub fn names(repo: &Repo, path: &str) -> Vec<String> {
    let entries = std::fs::read_dir(repo.path.join(path)).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn show(world: &World, repo: &Repo, id: &str) -> Value {
    world.perfteam(repo, API, &["flag", "show", id, "--format", "json"]).exits(0).json()
}

pub fn check(world: &World, repo: &Repo, base: &str) -> (i32, Vec<String>) {
    let seen = world.perfteam(repo, API, &["check", "--base", base, "--format", "json"]);
    let found = seen.json()["diagnostics"].as_array().expect("a list").clone();
    let blocks = found.iter().filter(|found| found["level"] == "block");
    let line = |found: &Value| format!("{}: {}", found["rule"], found["message"]).replace('"', "");
    (seen.code, blocks.map(line).collect())
}

#[test]
fn an_archived_flag_reads_as_before_and_check_agrees() {
    let (world, repo, id, path) = with_flag();
    complete(&world, &repo, &id);
    let before = show(&world, &repo, &id);
    let told = archive(&world, &repo);
    assert_eq!(
        (&told["archived"][0]["id"], &told["archived"][0]["replaces"]),
        (&id.clone().into(), &2.into())
    );
    let files = names(&repo, &path);
    assert!(files.len() == 1 && files[0].starts_with("archived-"), "{files:?}");
    let all = ["flag", "list", "--status", "all", "--format", "json"];
    for prefix in [&id[..4], &id] {
        assert_eq!(show(&world, &repo, prefix), before);
    }
    assert_eq!(world.perfteam(&repo, API, &all).exits(0).json()["flags"][0]["id"], Value::from(id.clone()));
    world.perfteam(&repo, API, &["check", "--staged"]).exits(0);
    world.git(&repo, &["commit", "-qm", "Archive"]).exits(0);
    assert_eq!(check(&world, &repo, "HEAD~1"), (0, Vec::new()));
    assert_eq!(check(&world, &repo, "HEAD~2"), (0, Vec::new()));
    let restored = world.perfteam(&repo, API, &["restore", "--all", "--format", "json"]).exits(0).json();
    assert_eq!(restored["restored"].as_array().map(Vec::len), Some(0), "{restored}");
    assert_eq!(archive(&world, &repo)["archived"].as_array().map(Vec::len), Some(0));
    // It is taken back as any commit is.
    world.git(&repo, &["revert", "--no-edit", "HEAD"]).exits(0);
    assert_eq!(names(&repo, &path).len(), 2);
    assert_eq!(check(&world, &repo, "HEAD~1"), (0, Vec::new()));
    assert_eq!(show(&world, &repo, &id), before);
}

#[test]
fn what_is_young_or_not_published_stays() {
    let (world, repo, id, path) = with_flag();
    complete(&world, &repo, &id);
    let told = world.perfteam(&repo, API, &["archive", "--format", "json"]).exits(0).json();
    assert_eq!((told["archived"].as_array().map(Vec::len), &told["young"]), (Some(0), &1.into()));
    world.git(&repo, &["checkout", "-qb", "work"]).exits(0);
    let (own, own_path) = world.flag(&repo, API, DB, &["--impact", "low"]);
    complete(&world, &repo, &own);
    let told =
        world.perfteam(&repo, API, &["archive", "--older-than", "1s", "--dry-run", "--format", "json"]);
    let told = told.exits(0).json();
    assert_eq!((&told["archived"][0]["id"], &told["unpublished"]), (&id.into(), &1.into()));
    assert_eq!((names(&repo, &path).len(), names(&repo, &own_path).len()), (2, 2), "a dry run");
}

/// Brings the branch `late` into what is checked out.
pub const WAYS: [(&str, &str, &[&[&str]]); 5] = [
    ("main takes late", "main", &[&["merge", "-q", "--no-edit", "late"]]),
    ("late takes main", "late", &[&["merge", "-q", "--no-edit", "main"]]),
    ("rebase", "late", &[&["rebase", "-q", "main"]]),
    ("cherry-pick", "main", &[&["cherry-pick", "late"]]),
    ("squash", "main", &[&["merge", "-q", "--squash", "late"], &["commit", "-qnm", "Squashed"]]),
];

#[test]
fn a_late_event_of_another_branch_merges_in_every_way() {
    let (world, repo, id, path) = with_flag();
    world.git(&repo, &["checkout", "-qb", "late"]).exits(0);
    world
        .perfteam(&repo, DB, &["flag", "decline", &id, "--reason", "Nobody uses this pool any more."])
        .exits(0);
    commit(&world, &repo, "Decline");
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    complete(&world, &repo, &id);
    archive(&world, &repo);
    commit(&world, &repo, "Archive");
    // The same words again: for git, the folder of the archived flag must not look renamed.
    world.flag(&repo, API, DB, &["--impact", "low"]);
    commit(&world, &repo, "Raise a like one");
    let mut shown: Option<Value> = None;
    for (way, branch, commands) in WAYS {
        world.git(&repo, &["checkout", "-q", "--detach", branch]).exits(0);
        for command in commands {
            // The branches stay where they are for the next way.
            world.git(&repo, command).exits(0);
        }
        let names = names(&repo, &path);
        assert_eq!(names.len(), 2, "{way}: the archive, and the event beside it: {names:?}");
        let flag = show(&world, &repo, &id);
        assert_eq!(flag["events"].as_array().map(Vec::len), Some(2), "{way}");
        assert_eq!(shown.get_or_insert_with(|| flag.clone()), &flag, "{way}");
        assert_eq!(check(&world, &repo, branch), (0, Vec::new()), "{way}");
        assert_eq!(world.perfteam(&repo, API, &["check"]).code, 0, "{way}");
    }
}

#[test]
fn archived_on_both_branches_and_archived_again() {
    let (world, repo, id, path) = with_flag();
    world.git(&repo, &["branch", "late"]).exits(0);
    complete(&world, &repo, &id);
    for branch in ["a", "b"] {
        world.git(&repo, &["checkout", "-qb", branch, "main"]).exits(0);
        archive(&world, &repo);
        commit(&world, &repo, "Archive");
    }
    world.git(&repo, &["merge", "-q", "--no-edit", "a"]).exits(0);
    assert_eq!(names(&repo, &path).len(), 1, "two branches write the same file");
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    world.git(&repo, &["merge", "-q", "b"]).exits(0);
    world.git(&repo, &["checkout", "-q", "late"]).exits(0);
    world
        .perfteam(&repo, DB, &["flag", "decline", &id, "--reason", "Nobody uses this pool any more."])
        .exits(0);
    commit(&world, &repo, "Decline");
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    world.git(&repo, &["merge", "-q", "--no-edit", "late"]).exits(0);
    let before = show(&world, &repo, &id);
    assert_eq!(archive(&world, &repo)["archived"][0]["replaces"], 2, "the archive, and the late event");
    commit(&world, &repo, "Archive again");
    assert_eq!(check(&world, &repo, "HEAD~1"), (0, Vec::new()));
    assert_eq!((names(&repo, &path).len(), show(&world, &repo, &id)), (1, before.clone()));
    // `a` knows the first archive alone.
    world.git(&repo, &["checkout", "-q", "a"]).exits(0);
    world.git(&repo, &["merge", "-q", "--no-edit", "main"]).exits(0);
    assert_eq!(show(&world, &repo, &id), before);
}

#[test]
fn an_archive_that_says_something_else_is_refused() {
    let (world, repo, id, path) = with_flag();
    complete(&world, &repo, &id);
    world.git(&repo, &["branch", "published"]).exits(0);
    archive(&world, &repo);
    let file = format!("{path}/{}", names(&repo, &path)[0]);
    let honest = repo.read(&file);
    // Changed in place: its name tells.
    repo.write(&file, &honest.replace("and measured", "not measured"));
    commit(&world, &repo, "Archive");
    let (code, found) = check(&world, &repo, "published");
    assert_eq!(code, 1, "{found:?}");
    assert!(
        found.iter().any(|found| found.contains("its text is another than the one that was archived")),
        "{found:?}"
    );
    assert!(found.iter().any(|found| found.contains("changed-record")), "{found:?}");
    // Archived wrongly, with the name that fits the text: what was published tells.
    let event = honest.rfind("\n## ").expect("an event");
    for (lie, said) in [
        (
            honest.replace("and measured", "not measured"),
            "archives a published file of a record with another text",
        ),
        (format!("{}\n", honest[..event].trim_end_matches('\n')), "deletes a published file of a record"),
    ] {
        std::fs::remove_file(
            repo.path.join(names(&repo, &path).first().map_or(file.clone(), |name| format!("{path}/{name}"))),
        )
        .expect("a file less");
        repo.write("lie", &lie);
        let hash = world.git(&repo, &["hash-object", "lie"]).exits(0).stdout;
        std::fs::remove_file(repo.path.join("lie")).expect("a file less");
        repo.write(&format!("{path}/archived-{}.md", &hash[..8]), &lie);
        world.git(&repo, &["add", "-A"]).exits(0);
        world.git(&repo, &["commit", "-qn", "--amend", "-m", "Archive"]).exits(0);
        let (code, found) = check(&world, &repo, "published");
        assert_eq!(code, 1, "{found:?}");
        assert!(found.iter().any(|found| found.contains(said)), "{said}: {found:?}");
    }
    // A published archive stays as it is, too.
    world.git(&repo, &["reset", "-q", "--hard", "published"]).exits(0);
    archive(&world, &repo);
    commit(&world, &repo, "Archive");
    world.git(&repo, &["branch", "-f", "published"]).exits(0);
    world.git(&repo, &["rm", "-rq", &path]).exits(0);
    commit(&world, &repo, "Forget");
    let (code, found) = check(&world, &repo, "published");
    assert!(code == 1 && found[0].contains("deletes a published file"), "{found:?}");
    world.perfteam(&repo, API, &["restore", "--all"]).exits(0);
    assert_eq!(repo.read(&file), honest);
}

#[test]
fn an_archive_that_is_deleted_before_it_is_published_takes_published_files_along() {
    let (world, repo, id, path) = with_flag();
    complete(&world, &repo, &id);
    world.git(&repo, &["update-ref", "refs/remotes/origin/main", "HEAD"]).exits(0);
    world.git(&repo, &["config", "branch.main.remote", "origin"]).exits(0);
    world.git(&repo, &["config", "branch.main.merge", "refs/heads/main"]).exits(0);
    world.git(&repo, &["config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"]).exits(0);
    world.git(&repo, &["config", "remote.origin.url", "../hub.git"]).exits(0);
    archive(&world, &repo);
    commit(&world, &repo, "Archive");
    let archived = format!("{path}/{}", names(&repo, &path)[0]);
    world.git(&repo, &["rm", "-q", &archived]).exits(0);
    let staged = world.perfteam(&repo, API, &["check", "--staged"]).exits(1).stdout;
    assert!(staged.contains("this change deletes a published file of a record"), "{staged}");
    world.git(&repo, &["commit", "-qnm", "Drop"]).exits(0);
    let (code, found) = check(&world, &repo, "origin/main");
    assert_eq!((code, found.len()), (1, 1), "{found:?}");
    assert!(found[0].ends_with("deletes a published file of a record"), "{found:?}");
    world.perfteam(&repo, API, &["restore", "--base", "origin/main"]).exits(0);
    commit(&world, &repo, "Bring it back");
    assert_eq!(check(&world, &repo, "origin/main"), (0, Vec::new()));
}

#[test]
fn a_branch_on_which_it_was_open_shows_it_whatever_lies_in_its_folder() {
    let (world, repo, id, path) = with_flag();
    world.git(&repo, &["branch", "old"]).exits(0);
    complete(&world, &repo, &id);
    archive(&world, &repo);
    commit(&world, &repo, "Archive");
    // git keeps the folder for this file's sake, so that the day's listing does not change.
    repo.write(&format!("{path}/.DS_Store"), "x");
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    let waits = || world.perfteam(&repo, DB, &["inbox", "--format", "json"]).exits(0).json()["total"].clone();
    for _ in 0..3 {
        assert_eq!(waits(), 0, "closed");
    }
    world.git(&repo, &["checkout", "-q", "old"]).exits(0);
    assert_eq!(waits(), 1, "open on this branch");
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    assert_eq!(waits(), 0, "closed again");
}
