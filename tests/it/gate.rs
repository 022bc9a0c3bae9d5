//! The gate, through real `git commit` with the hooks installed.

use crate::environment::{Repo, World, agent};
use insta::assert_snapshot;

const DB: &str = "db@example.com";
const API: &str = "api@example.com";

/// A repository with the team and a committed flag for `@database.postgres`; its id and folder.
fn with_flag() -> (World, Repo, String, String) {
    let (world, repo) = World::with_team();
    let (id, path) = world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "high"]);
    world.git_as(&repo, API, &["commit", "-q", "-m", "A flag"]).exits(0);
    (world, repo, id, path)
}

fn work(world: &World, repo: &Repo) {
    let text = repo.read("src/pool.rs");
    repo.write("src/pool.rs", &format!("{text}// more\n"));
    world.git(repo, &["add", "src/pool.rs"]).exits(0);
}

#[test]
fn the_addressee_is_refused_and_told_the_way_out() {
    let (world, repo, ..) = with_flag();
    work(&world, &repo);
    let refused = world.git_as(&repo, DB, &["commit", "-m", "Work"]).exits(1);
    assert_snapshot!(refused.story(), @r#"
    --- stderr ---
    commit refused: 1 blocking
    blocked: flag ttgk from @backend.api waits for @database.postgres: The pool hands out at most twenty connections instead of one hundred… [unprocessed-flag]
     --> .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs/flag.md:6:1
      |
    6 | to: "@database.postgres"
      | ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = why: a flag says that somebody changed what your work rests on; it comes before other work
      = try: perfteam flag show ttgk
      = try: perfteam flag complete ttgk --note "what you did"
      = try: perfteam flag lock ttgk
      = try: perfteam flag lock --mine
    --- exit 1 ---
    "#);
    for word in ["no-verify", "delete", "uninstall"] {
        assert!(!refused.stderr.contains(word), "{word}");
    }
    world.git_as(&repo, API, &["commit", "-q", "-m", "Work of the sender"]).exits(0);
}

#[test]
fn locking_or_completing_clears_it_in_this_commit_or_before() {
    for step in [vec!["lock"], vec!["complete", "--note", "Done."], vec!["decline", "--reason", "Not ours."]]
    {
        for in_a_commit_before in [false, true] {
            let (world, repo, id, _) = with_flag();
            let mut args = vec!["flag", step[0], &id];
            args.extend(&step[1..]);
            world.perfteam(&repo, "@database.postgres", &args).exits(0);
            if in_a_commit_before {
                world.git_as(&repo, DB, &["commit", "-q", "-m", "Process the flag"]).exits(0);
            }
            work(&world, &repo);
            world.git_as(&repo, DB, &["commit", "-q", "-m", "Work"]).exits(0);
            let base = if in_a_commit_before { "HEAD~2" } else { "HEAD~1" };
            world.perfteam(&repo, "", &["check", "--base", base]).exits(0);
        }
    }
}

#[test]
fn lock_mine_clears_them_all() {
    let (world, repo, ..) = with_flag();
    world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "low"]);
    world.git_as(&repo, API, &["commit", "-q", "-m", "Another flag"]).exits(0);
    work(&world, &repo);
    let refused = world.git_as(&repo, DB, &["commit", "-m", "Work"]).exits(1);
    assert!(refused.stderr.contains("commit refused: 2 blocking"), "{}", refused.stderr);
    assert!(refused.stderr.trim_end().ends_with("= try: perfteam flag lock --mine"), "{}", refused.stderr);
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", "--mine"]).exits(0);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Work"]).exits(0);
}

#[test]
fn of_many_the_first_are_shown_in_full_and_programs_get_them_all() {
    let (world, repo, ..) = with_flag();
    for _ in 0..11 {
        world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    }
    world.git_as(&repo, API, &["commit", "-q", "-m", "More flags"]).exits(0);
    work(&world, &repo);
    let refused = world.git_as(&repo, DB, &["commit", "-m", "Work"]).exits(1).stderr;
    assert!(refused.contains("commit refused: 12 blocking"), "{refused}");
    assert_eq!(refused.matches("6 | to: \"@database.postgres\"").count(), 10, "{refused}");
    assert!(refused.trim_end().ends_with("and 2 more that block: perfteam check --staged"), "{refused}");
    let hook = ["hook", "run", "pre-commit", "--format", "json"];
    let all = world.perfteam(&repo, "@database.postgres", &hook).exits(1).json();
    let lines: Vec<_> = all["diagnostics"].as_array().expect("a list").iter().collect();
    assert!(lines.len() == 12 && lines.iter().all(|one| one["line"] == 6), "{all}");
}

#[test]
fn an_event_that_is_not_staged_is_named() {
    let (world, repo, id, path) = with_flag();
    world.perfteam(&repo, "@database.postgres", &["flag", "complete", &id, "--note", "Done."]).exits(0);
    world.git(&repo, &["restore", "--staged", "."]).exits(0);
    repo.write(&format!("{path}/notes.txt"), "what an editor left");
    work(&world, &repo);
    let refused = world.git_as(&repo, DB, &["commit", "-m", "Work"]).exits(1);
    assert_snapshot!(refused.stderr, @r#"
    commit refused: 1 blocking
    blocked: flag ttgk from @backend.api waits for @database.postgres: The pool hands out at most twenty connections instead of one hundred… [unprocessed-flag]
     --> .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs/flag.md:6:1
      |
    6 | to: "@database.postgres"
      | ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = why: a flag says that somebody changed what your work rests on; it comes before other work
      = try: it is processed, but not staged: git add -- :/.perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs/20261120T150700.000Z-completed-qe34kc.md
    "#);
    let add = refused.stderr.lines().find_map(|line| line.split_once("git add -- ")).expect("a command").1;
    world.git(&repo, &["add", "--", add]).exits(0);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Work"]).exits(0);
}

#[test]
fn notes_and_drafts_beside_a_flag_do_not_process_it() {
    let (world, repo, _, path) = with_flag();
    repo.write(&format!("{path}/notes.txt"), "what an editor left");
    work(&world, &repo);
    let refused = world.git_as(&repo, DB, &["commit", "-m", "Work"]).exits(1);
    assert!(!refused.stderr.contains("git add"), "{}", refused.stderr);
}

#[test]
fn a_flag_of_too_little_impact_informs_and_passes() {
    let (world, repo) = World::with_team();
    let policy = repo.read(".perfteam/perfteam.yaml") + "gate:\n  min_impact: high\n";
    repo.write(".perfteam/perfteam.yaml", &policy);
    world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "medium"]);
    world.git_as(&repo, API, &["commit", "-qam", "A flag"]).exits(0);
    work(&world, &repo);
    let commit = world.git_as(&repo, DB, &["commit", "-q", "-m", "Work"]).exits(0);
    assert_snapshot!(commit.stderr, @"
    note: .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs/flag.md:6: flag ttgk from @backend.api waits for @database.postgres: The pool hands out at most twenty connections instead of one hundred… [unprocessed-flag]
      try: perfteam flag lock --mine
    ");
}

#[test]
fn a_merge_without_conflict_is_not_blocked_for_what_it_brings() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    work(&world, &repo);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Work"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.git_as(&repo, API, &["commit", "-q", "-m", "A flag"]).exits(0);
    world.git(&repo, &["switch", "-q", "work"]).exits(0);
    let merge = world.git_as(&repo, DB, &["merge", "-q", "--no-edit", "main"]).exits(0);
    assert_eq!(merge.stderr, "1 new flag for @database.postgres: perfteam inbox\n");
    assert_eq!(world.git(&repo, &["log", "-1", "--format=%P"]).stdout.split_whitespace().count(), 2);
    work(&world, &repo);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "More work"]).exits(1);
}

#[test]
fn a_merge_with_a_conflict_is_not_blocked_for_what_it_brings() {
    let (world, repo, ..) = with_flag();
    world.git(&repo, &["switch", "-q", "-c", "work", "HEAD~1"]).exits(0);
    work(&world, &repo);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Work"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    world.git_as(&repo, API, &["commit", "-qam", "Twenty"]).exits(0);
    world.git(&repo, &["switch", "-q", "work"]).exits(0);
    world.git_as(&repo, DB, &["merge", "main"]).exits(1);
    repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n// more\n");
    world.git(&repo, &["add", "src/pool.rs"]).exits(0);
    world.git_as(&repo, DB, &["commit", "-q", "--no-edit"]).exits(0);
    work(&world, &repo);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "More work"]).exits(1);
}

#[test]
fn a_merge_is_blocked_for_what_waited_before_it() {
    let (world, repo, ..) = with_flag();
    world.git(&repo, &["switch", "-q", "-c", "other", "HEAD~1"]).exits(0);
    repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    world.git_as(&repo, API, &["commit", "-qam", "Twenty"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    repo.write("src/pool.rs", "pub const SIZE: u32 = 30;\n");
    world.git_as(&repo, API, &["commit", "-qam", "Thirty"]).exits(0);
    world.git_as(&repo, DB, &["merge", "other"]).exits(1);
    repo.write("src/pool.rs", "pub const SIZE: u32 = 25;\n");
    world.git(&repo, &["add", "src/pool.rs"]).exits(0);
    world.git_as(&repo, DB, &["commit", "--no-edit"]).exits(1);
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", "--mine"]).exits(0);
    world.git_as(&repo, DB, &["commit", "-q", "--no-edit"]).exits(0);
}

#[test]
fn git_c_says_who_acts_in_hooks_too() {
    let (world, repo, ..) = with_flag();
    work(&world, &repo);
    let named = "perfteam.agent=@database.postgres";
    world.git(&repo, &["-c", named, "commit", "-m", "Work"]).exits(1);
    // An agent for which the roster lists no address, so that any author may name it.
    world
        .git_as(&repo, DB, &["-c", "perfteam.agent=@performance.lead", "commit", "-q", "-m", "Work"])
        .exits(0);
}

#[test]
fn the_author_of_the_commit_is_who_acts() {
    let (world, repo, ..) = with_flag();
    work(&world, &repo);
    world.git(&repo, &["config", "author.email", API]).exits(0);
    world.git_as(&repo, API, &["commit", "-m", "Work", "--author", "DB <db@example.com>"]).exits(1);
    world.git_as(&repo, DB, &["commit", "-q", "-m", "Work", "--author", "API <api@example.com>"]).exits(0);
}

/// Who brings the own file is named by the hooks in the same commit, and is not held for that.
#[test]
fn who_joins_the_team_can_commit_it() {
    let (world, repo) = World::with_team();
    repo.write(".perfteam/agents/new.agent.md", &agent("@new.agent", "new@example.com", ""));
    world.git(&repo, &["add", "."]).exits(0);
    let joined = world.git_as(&repo, "new@example.com", &["commit", "-q", "-m", "Join"]).exits(0);
    assert_snapshot!(joined.stderr, @r#"
    warning: `Perfteam-Agent: @new.agent` names an agent whom only this change brings [actor-mismatch]
      try: it acts once its file in .perfteam/agents is merged
    "#);
    let message = world.git(&repo, &["log", "-1", "--format=%B"]).stdout;
    assert!(message.contains("Perfteam-Agent: @new.agent"), "{message}");
    // Under another's address it is none that the change brings.
    let by = "--trailer=Perfteam-Agent: @other.agent";
    repo.write(".perfteam/agents/other.agent.md", &agent("@other.agent", "other@example.com", ""));
    world.git(&repo, &["add", "."]).exits(0);
    world.git_as(&repo, "new@example.com", &["commit", "-q", "-m", "Join", by]).exits(1);
}

#[test]
fn the_committed_roster_decides_not_the_one_that_lies_there() {
    let (world, repo, ..) = with_flag();
    work(&world, &repo);
    std::fs::remove_dir_all(repo.path.join(".perfteam")).expect("removed");
    world.git_as(&repo, DB, &["commit", "-m", "Work"]).exits(1);
    // A sparse checkout has the records in the index alone.
    world.git(&repo, &["sparse-checkout", "set", "--no-cone", "/src/"]).exits(0);
    assert!(!repo.path.join(".perfteam").exists());
    world.git_as(&repo, DB, &["commit", "-m", "Work"]).exits(1);
}
