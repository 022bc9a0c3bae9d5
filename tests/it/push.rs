//! pre-push: CI's verdict before the commits leave.

use crate::environment::{Repo, World, run};
use insta::assert_snapshot;

const DB: &str = "db@example.com";
const API: &str = "api@example.com";

/// A repository with a remote that has main, and on it a flag for `@database.postgres`.
fn with_remote() -> (World, Repo) {
    let (world, repo) = World::with_team();
    world.git(&repo, &["init", "-q", "--bare", "-b", "main", "../remote"]).exits(0);
    world.git(&repo, &["remote", "add", "origin", "../remote"]).exits(0);
    world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.git_as(&repo, API, &["commit", "-q", "-m", "A flag"]).exits(0);
    world.git(&repo, &["push", "-q", "-u", "origin", "main"]).exits(0);
    (world, repo)
}

/// A commit by the addressee on the branch `name`, past the gate.
fn past_the_gate(world: &World, repo: &Repo, name: &str) {
    world.git(repo, &["switch", "-q", "-c", name]).exits(0);
    repo.write(&format!("src/{name}.rs"), "// work\n");
    world.git(repo, &["add", "src"]).exits(0);
    world.git_as(repo, DB, &["commit", "-q", "--no-verify", "-m", "Past the gate"]).exits(0);
}

#[test]
fn what_passed_by_the_gate_is_caught() {
    let (world, repo) = with_remote();
    past_the_gate(&world, &repo, "work");
    let commit = world.git(&repo, &["rev-parse", "HEAD"]).stdout[..10].to_owned();
    let refused = world.git(&repo, &["push", "-q", "origin", "work"]).exits(1);
    assert_snapshot!(refused.stderr.replace(&commit, "COMMIT"), @r#"
    push of refs/heads/work refused: 1 blocking
    blocked: flag qe34 from @backend.api waits for @database.postgres: The pool hands out at most twenty connections instead of one hundred… [unprocessed-flag]
     --> .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-qe34kchw1z/flag.md:6:1
      |
    6 | to: "@database.postgres"
      | ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = commit: COMMIT
      = why: a flag says that somebody changed what your work rests on; it comes before other work
      = try: perfteam flag show qe34
      = try: perfteam flag complete qe34 --note "what you did"
      = try: perfteam flag lock qe34
    error: failed to push some refs to '../remote'
    "#);
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", "--mine"]).exits(0);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Process"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "work"]).exits(0);
}

#[test]
fn the_same_verdict_as_check_base() {
    let (world, repo) = with_remote();
    past_the_gate(&world, &repo, "work");
    let push = world.git(&repo, &["push", "-q", "origin", "work"]).exits(1);
    let check = world.perfteam(&repo, "", &["check", "--base", "main"]).exits(1);
    let (told, summary) = check.stdout.trim_end().rsplit_once("\n\n").expect("diagnostics and summary");
    assert!(push.stderr.contains(told.trim_end()), "{}\n{}", push.stderr, told);
    assert!(
        push.stderr.contains(&format!("push of refs/heads/work refused: {summary}\n")),
        "{}",
        push.stderr
    );
}

#[test]
fn a_branch_that_is_not_checked_out_is_judged_itself() {
    let (world, repo) = with_remote();
    past_the_gate(&world, &repo, "work");
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "main"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "work"]).exits(1);
    world.git(&repo, &["push", "-q", "origin", "main:other"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "work~1:refs/heads/clean"]).exits(0);
}

#[test]
fn deletions_and_tags_pass() {
    let (world, repo) = with_remote();
    past_the_gate(&world, &repo, "work");
    world.git(&repo, &["push", "-q", "--no-verify", "origin", "work"]).exits(0);
    world.git(&repo, &["tag", "v1"]).exits(0);
    world.git(&repo, &["tag", "-m", "annotated", "v2"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "v1", "v2"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", ":work"]).exits(0);
}

#[test]
fn only_what_is_new_to_the_remote_is_judged() {
    let (world, repo) = with_remote();
    past_the_gate(&world, &repo, "work");
    world.git(&repo, &["push", "-q", "--no-verify", "origin", "work"]).exits(0);
    repo.write("src/api.rs", "// by another\n");
    world.git(&repo, &["add", "src"]).exits(0);
    world.git_as(&repo, API, &["commit", "-q", "-m", "By another"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "work"]).exits(0);
    // Trunk-based: main itself is pushed.
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    past_the_gate(&world, &repo, "trunk");
    world.git(&repo, &["push", "-q", "origin", "trunk:main"]).exits(1);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    world.git(&repo, &["merge", "-q", "trunk"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "main"]).exits(1);
}

#[test]
fn commits_of_others_that_a_merge_or_rebase_brings_along_do_not_block() {
    let (world, repo) = with_remote();
    world.git(&repo, &["switch", "-q", "-c", "feature"]).exits(0);
    repo.write("src/feature.rs", "// feature\n");
    world.git(&repo, &["add", "src"]).exits(0);
    world.git_as(&repo, API, &["commit", "-q", "-m", "Feature"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "feature"]).exits(0);
    // Somebody's commit went past the gate, and is on main by now.
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    past_the_gate(&world, &repo, "work");
    world.git(&repo, &["push", "-q", "--no-verify", "origin", "work:main"]).exits(0);
    world.git(&repo, &["branch", "-q", "-f", "main", "work"]).exits(0);
    world.git(&repo, &["switch", "-q", "feature"]).exits(0);
    world.git_as(&repo, API, &["merge", "-q", "--no-edit", "main"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "feature"]).exits(0);
    world.git(&repo, &["reset", "-q", "--hard", "HEAD~1"]).exits(0);
    world.git_as(&repo, API, &["rebase", "-q", "main"]).exits(0);
    world.git(&repo, &["push", "-q", "--force", "origin", "feature"]).exits(0);
}

#[test]
fn the_first_push_to_an_empty_remote_passes() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["init", "-q", "--bare", "../remote"]).exits(0);
    world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.git_as(&repo, API, &["commit", "-q", "-m", "A flag"]).exits(0);
    world.git(&repo, &["push", "-q", "../remote", "main"]).exits(0);
}

#[test]
fn a_pushed_policy_does_not_choose_what_it_is_judged_by() {
    let (world, repo) = with_remote();
    past_the_gate(&world, &repo, "work");
    let policy = repo.read(".perfteam/perfteam.yaml") + "integration: work\n";
    repo.write(".perfteam/perfteam.yaml", &policy);
    world.git_as(&repo, API, &["commit", "-q", "-a", "-m", "Policy"]).exits(0);
    world.git(&repo, &["branch", "-q", "other"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "other"]).exits(1);
}

#[test]
fn the_framework_tells_in_variables_what_is_pushed() {
    let (world, repo) = with_remote();
    let main = world.git(&repo, &["rev-parse", "HEAD"]).stdout.trim().to_owned();
    past_the_gate(&world, &repo, "work");
    let hook = |to: &str| {
        let mut command = world.perfteam_command(&repo, "", &["hook", "run", "pre-push", "origin", "url"]);
        command
            .env("PRE_COMMIT_FROM_REF", &main)
            .env("PRE_COMMIT_TO_REF", to)
            .env("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/work")
            .env("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/work");
        run(command)
    };
    hook("work").exits(1);
    hook(&main).exits(0);
}

#[test]
fn an_orphan_branch_may_be_pushed() {
    let (world, repo) = with_remote();
    world.git(&repo, &["switch", "-q", "--orphan", "pages"]).exits(0);
    repo.write("index.html", "<h1>Pages</h1>\n");
    world.git(&repo, &["add", "index.html"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "Pages"]).exits(0);
    world.git(&repo, &["push", "-q", "origin", "pages"]).exits(0);
    world.perfteam(&repo, "", &["check", "--base", "origin/main"]).exits(3);
}
