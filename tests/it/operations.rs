//! What git's own operations do with records and hooks: what a user expects of each.

use std::io::Write;
use std::process::Stdio;

use crate::environment::{Repo, World};

const DB: &str = "db@example.com";
const API: &str = "api@example.com";

/// A repository with the team and a committed flag for `@database.postgres`; its id and folder.
fn with_flag() -> (World, Repo, String, String) {
    let (world, repo) = World::with_team();
    let (id, path) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.git_as(&repo, API, &["commit", "-q", "-m", "A flag"]).exits(0);
    (world, repo, id, path)
}

fn edit(repo: &Repo, path: &str, line: &str) {
    let text = std::fs::read_to_string(repo.path.join(path)).unwrap_or_default();
    repo.write(path, &format!("{text}{line}\n"));
}

fn complete(world: &World, repo: &Repo, id: &str) {
    world.perfteam(repo, "@database.postgres", &["flag", "complete", id, "--note", "Done."]).exits(0);
}

/// The paths that HEAD changes.
fn changed(world: &World, repo: &Repo) -> Vec<String> {
    let shown = world.git(repo, &["show", "--format=", "--name-only", "HEAD"]).exits(0).stdout;
    shown.lines().map(str::to_owned).collect()
}

/// The agents that a commit names.
fn agents(world: &World, repo: &Repo, commit: &str) -> String {
    let format = "--format=%(trailers:key=Perfteam-Agent,valueonly,separator=%x2C)";
    world.git(repo, &["log", "-1", format, commit]).exits(0).stdout.trim_end().to_owned()
}

/// How many flags wait for the addressee, in the work tree.
fn waiting(world: &World, repo: &Repo) -> u64 {
    let inbox = world.perfteam(repo, "@database.postgres", &["inbox", "--format", "json"]).exits(0).json();
    inbox["waiting"].as_u64().expect("a number")
}

/// Whether a commit of the index as it is would be the one of `email` and pass.
fn is_refused(world: &World, repo: &Repo, email: &str) -> bool {
    let run = world.git_as(repo, email, &["commit", "--dry-run", "--short"]);
    assert!(!run.stdout.is_empty(), "something is staged");
    world.git_as(repo, email, &["hook", "run", "pre-commit"]).code == 1
}

#[test]
fn commit_all_takes_the_records_that_commands_staged() {
    let (world, repo, id, path) = with_flag();
    complete(&world, &repo, &id);
    edit(&repo, "src/pool.rs", "// work");
    world.git_as(&repo, DB, &["commit", "-q", "-a", "-m", "Work"]).exits(0);
    let changed = changed(&world, &repo);
    assert_eq!(changed.len(), 2);
    assert!(changed[0].starts_with(&format!("{path}/")) && changed[0].contains("-completed-"), "{changed:?}");
    assert_eq!(agents(&world, &repo, "HEAD"), "@database.postgres");
    assert_eq!(world.git(&repo, &["status", "--porcelain"]).stdout, "");
}

#[test]
fn commit_all_is_judged_on_the_index_that_git_makes_for_it() {
    let (world, repo, id, _) = with_flag();
    edit(&repo, "src/pool.rs", "// work");
    // Nothing of the change is in the ordinary index: the gate must look at git's own one.
    world.git_as(&repo, DB, &["commit", "-a", "-m", "Work"]).exits(1);
    complete(&world, &repo, &id);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "Process"]).exits(0);
    world.git(&repo, &["rm", "-q", "-r", "--cached", ".perfteam/flags"]).exits(0);
    world.git(&repo, &["reset", "-q"]).exits(0);
    world.git_as(&repo, DB, &["commit", "-q", "-a", "-m", "Work"]).exits(0);
}

#[test]
fn commit_patch_takes_the_records_along() {
    let (world, repo, id, path) = with_flag();
    complete(&world, &repo, &id);
    edit(&repo, "src/pool.rs", "// chosen");
    repo.write("src/other.rs", "// other\n");
    world.git(&repo, &["add", "--intent-to-add", "src/other.rs"]).exits(0);
    let mut command = world.git_command(&repo, DB, &["commit", "-q", "-p", "-m", "Work"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("git runs");
    // Git asks for src/other.rs first, then for src/pool.rs.
    child.stdin.take().expect("a pipe").write_all(b"n\ny\n").expect("answers");
    assert!(child.wait().expect("git ends").success());
    let changed = changed(&world, &repo);
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert!(changed[0].starts_with(&format!("{path}/")) && changed[1] == "src/pool.rs", "{changed:?}");
}

#[test]
fn commit_path_leaves_other_records_out_and_is_judged_so() {
    let (world, repo, id, path) = with_flag();
    complete(&world, &repo, &id);
    edit(&repo, "src/pool.rs", "// work");
    let refused = world.git_as(&repo, DB, &["commit", "-m", "Work", "src/pool.rs"]).exits(1);
    let try_this = refused.stderr.lines().find(|line| line.contains("leaves it out")).expect("a way out");
    let event = try_this.rsplit_once(" -- ").expect("a command").1;
    assert!(event.starts_with(&format!(":/{path}/")) && event.ends_with(".md"), "{try_this}");
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Process the flag", "--", event]).exits(0);
    assert_eq!(changed(&world, &repo), [event.trim_start_matches(":/")]);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Work", "src/pool.rs"]).exits(0);
    assert_eq!(changed(&world, &repo), ["src/pool.rs"]);
}

#[test]
fn commit_path_with_the_record_s_folder_takes_both() {
    let (world, repo, id, path) = with_flag();
    complete(&world, &repo, &id);
    edit(&repo, "src/pool.rs", "// work");
    edit(&repo, "src/other.rs", "// left");
    world.git(&repo, &["add", "src/other.rs"]).exits(0);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Work", "src/pool.rs", &path]).exits(0);
    assert_eq!(changed(&world, &repo).len(), 2);
    assert_eq!(world.git(&repo, &["status", "--porcelain"]).stdout, "A  src/other.rs\n");
}

#[test]
fn amend_keeps_one_trailer_and_takes_new_records() {
    let (world, repo, id, _) = with_flag();
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", &id]).exits(0);
    edit(&repo, "src/pool.rs", "// work");
    world.git_as(&repo, DB, &["commit", "-q", "-a", "-m", "Work"]).exits(0);
    complete(&world, &repo, &id);
    world.git_as(&repo, DB, &["commit", "-q", "--amend", "--no-edit"]).exits(0);
    assert_eq!(changed(&world, &repo).len(), 3, "locked, completed and the work");
    assert_eq!(agents(&world, &repo, "HEAD"), "@database.postgres");
    world.perfteam(&repo, "", &["check", "--base", "HEAD~1"]).exits(0);
}

#[test]
fn amending_the_message_of_a_commit_with_a_flag_keeps_the_flag() {
    let (world, repo, ..) = with_flag();
    world.git_as(&repo, API, &["commit", "-q", "--amend", "-m", "Another message"]).exits(0);
    assert_eq!(waiting(&world, &repo), 1);
    assert_eq!(agents(&world, &repo, "HEAD"), "@backend.api");
}

#[test]
fn stash_takes_records_away_and_brings_them_back() {
    let (world, repo, id, _) = with_flag();
    complete(&world, &repo, &id);
    edit(&repo, "src/pool.rs", "// work");
    assert_eq!(waiting(&world, &repo), 0);
    world.git_as(&repo, DB, &["stash", "-q"]).exits(0);
    assert_eq!(waiting(&world, &repo), 1, "the step is in the stash, with the work");
    edit(&repo, "src/other.rs", "// other");
    world.git(&repo, &["add", "src/other.rs"]).exits(0);
    assert!(is_refused(&world, &repo, DB));
    world.git_as(&repo, DB, &["stash", "pop", "-q"]).exits(0);
    assert_eq!(waiting(&world, &repo), 0);
    // `git stash pop` brings new files back staged.
    world.git_as(&repo, DB, &["commit", "-q", "-a", "-m", "Work"]).exits(0);
    assert_eq!(changed(&world, &repo).len(), 3);
}

#[test]
fn stash_of_unstaged_work_leaves_records_in_the_index() {
    let (world, repo, id, _) = with_flag();
    complete(&world, &repo, &id);
    edit(&repo, "src/pool.rs", "// work");
    world.git_as(&repo, DB, &["stash", "-q", "--keep-index"]).exits(0);
    assert_eq!(waiting(&world, &repo), 0);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Process"]).exits(0);
    assert_eq!(changed(&world, &repo).len(), 1);
    world.git_as(&repo, DB, &["stash", "pop", "-q"]).exits(0);
    world.git_as(&repo, DB, &["commit", "-q", "-a", "-m", "Work"]).exits(0);
}

#[test]
fn revert_is_neither_blocked_nor_signed() {
    let (world, repo, ..) = with_flag();
    edit(&repo, "src/pool.rs", "// work");
    world.git_as(&repo, API, &["commit", "-q", "-a", "-m", "Work"]).exits(0);
    // The addressee, for whom a flag waits, reverts.
    world.git_as(&repo, DB, &["revert", "--no-edit", "HEAD"]).exits(0);
    assert_eq!(agents(&world, &repo, "HEAD"), "");
    assert_eq!(changed(&world, &repo), ["src/pool.rs"]);
    assert_eq!(waiting(&world, &repo), 1);
}

#[test]
fn revert_of_a_commit_with_a_flag_takes_the_flag_away_and_a_revert_of_that_brings_it_back() {
    let (world, repo, _, path) = with_flag();
    world.git_as(&repo, API, &["revert", "--no-edit", "HEAD"]).exits(0);
    assert_eq!(waiting(&world, &repo), 0);
    assert!(!repo.path.join(&path).exists());
    world.git_as(&repo, API, &["revert", "--no-edit", "HEAD"]).exits(0);
    assert_eq!(waiting(&world, &repo), 1);
    assert_eq!(agents(&world, &repo, "HEAD"), "");
}

#[test]
fn revert_with_a_conflict_is_not_signed_either() {
    let (world, repo) = World::with_team();
    for line in ["// one", "// two"] {
        edit(&repo, "src/pool.rs", line);
        world.git_as(&repo, API, &["commit", "-q", "-a", "-m", line]).exits(0);
    }
    world.git_as(&repo, API, &["revert", "--no-edit", "HEAD~1"]).exits(1);
    repo.write("src/pool.rs", "// two\n");
    world.git(&repo, &["add", "src/pool.rs"]).exits(0);
    world.git_as(&repo, API, &["revert", "--continue"]).exits(0);
    assert_eq!(agents(&world, &repo, "HEAD"), "");
    edit(&repo, "src/pool.rs", "// three");
    world.git_as(&repo, API, &["commit", "-q", "-a", "-m", "Three"]).exits(0);
    assert_eq!(agents(&world, &repo, "HEAD"), "@backend.api", "the commit after it is signed again");
}

#[test]
fn cherry_pick_keeps_records_and_trailer() {
    let (world, repo, id, path) = with_flag();
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    complete(&world, &repo, &id);
    edit(&repo, "src/pool.rs", "// work");
    world.git_as(&repo, DB, &["commit", "-q", "-a", "-m", "Work"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    world.git_as(&repo, API, &["cherry-pick", "work"]).exits(0);
    assert_eq!(agents(&world, &repo, "HEAD"), "@database.postgres", "whose work it is, not who picked it");
    assert!(changed(&world, &repo).iter().any(|changed| changed.starts_with(&path)));
    assert_eq!(waiting(&world, &repo), 0);
    world.git(&repo, &["merge", "-q", "--no-edit", "work"]).exits(0);
    world.perfteam(&repo, "", &["check"]).exits(0);
}

#[test]
fn cherry_pick_with_a_conflict_is_not_signed_anew() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    edit(&repo, "src/pool.rs", "// work");
    world.git(&repo, &["commit", "-q", "-a", "-m", "By nobody"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    edit(&repo, "src/pool.rs", "// other");
    world.git_as(&repo, API, &["commit", "-q", "-a", "-m", "Other"]).exits(0);
    world.git_as(&repo, API, &["cherry-pick", "work"]).exits(1);
    repo.write("src/pool.rs", "// both\n");
    world.git(&repo, &["add", "src/pool.rs"]).exits(0);
    world.git_as(&repo, API, &["cherry-pick", "--continue"]).exits(0);
    assert_eq!(agents(&world, &repo, "HEAD"), "");
}

#[test]
fn rebase_with_a_conflict_keeps_records_and_trailers() {
    let (world, repo, id, path) = with_flag();
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    edit(&repo, "src/more.rs", "// more");
    world.git(&repo, &["add", "src/more.rs"]).exits(0);
    world.git(&repo, &["commit", "-q", "-m", "By nobody"]).exits(0);
    complete(&world, &repo, &id);
    edit(&repo, "src/pool.rs", "// work");
    world.git_as(&repo, DB, &["commit", "-q", "-a", "-m", "Work"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    edit(&repo, "src/pool.rs", "// other");
    world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.git_as(&repo, API, &["commit", "-q", "-a", "-m", "Other, and another flag"]).exits(0);
    world.git(&repo, &["switch", "-q", "work"]).exits(0);
    world.git_as(&repo, DB, &["rebase", "-q", "main"]).exits(1);
    let conflicts = world.git(&repo, &["diff", "--name-only", "--diff-filter=U"]).stdout;
    assert_eq!(conflicts, "src/pool.rs\n", "records do not conflict");
    repo.write("src/pool.rs", "// both\n");
    world.git(&repo, &["add", "src/pool.rs"]).exits(0);
    world.git_as(&repo, DB, &["rebase", "--continue"]).exits(0);
    assert_eq!(agents(&world, &repo, "HEAD"), "@database.postgres");
    assert_eq!(agents(&world, &repo, "HEAD~1"), "", "a rebase signs nothing");
    let story = world.git(&repo, &["ls-tree", "-r", "--name-only", "HEAD", &path]).stdout;
    assert!(story.contains("-completed-"), "{story}");
    assert_eq!(waiting(&world, &repo), 1, "the flag that main brought");
    // REBASE_HEAD stays behind; the next commit is an ordinary one all the same.
    assert!(repo.path.join(".git/REBASE_HEAD").exists());
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", "--mine"]).exits(0);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Process"]).exits(0);
    assert_eq!(agents(&world, &repo, "HEAD"), "@database.postgres");
}

#[test]
fn squash_merge_brings_records_and_is_not_signed() {
    let (world, repo, id, path) = with_flag();
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    complete(&world, &repo, &id);
    edit(&repo, "src/pool.rs", "// work");
    world.git_as(&repo, DB, &["commit", "-q", "-a", "-m", "Work"]).exits(0);
    edit(&repo, "src/pool.rs", "// more");
    world.git_as(&repo, DB, &["commit", "-q", "-a", "-m", "More"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    world.git_as(&repo, DB, &["merge", "-q", "--squash", "work"]).exits(0);
    // The gate judges what is squashed: the step that processes the flag is part of it.
    world.git_as(&repo, DB, &["commit", "-q", "--no-edit"]).exits(0);
    assert_eq!(agents(&world, &repo, "HEAD"), "");
    assert!(changed(&world, &repo).iter().any(|changed| changed.starts_with(&path)));
    assert_eq!(waiting(&world, &repo), 0);
    world.perfteam(&repo, "", &["check", "--base", "HEAD~1"]).exits(0);
}
