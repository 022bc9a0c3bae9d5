//! `check`, on real repositories.

use crate::environment::World;
use insta::assert_snapshot;

#[test]
fn a_waiting_flag_blocks_its_addressee_alone() {
    let (world, repo) = World::with_team();
    world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    world.perfteam(&repo, "@backend.api", &["check", "--staged"]).exits(0);
    assert_snapshot!(world.perfteam(&repo, "@database.postgres", &["check", "--staged"]).exits(1).stdout, @r#"
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

    warning: somebody@example.com commits a step of @backend.api, whose addresses are others [actor-mismatch]
     --> .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs/flag.md:5:1
      |
    5 | from: "@backend.api"
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = why: agents who share a work tree commit for each other; a step in another's name could also be false
      = try: if it is @backend.api's, nothing is to be done; else ask: perfteam flag create --type information_request --to @backend.api

    1 blocking, 1 warning
    "#);
}

#[test]
fn a_base_without_common_history_is_no_base() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["switch", "-q", "--orphan", "other"]).exits(0);
    repo.write("notes.md", "Another beginning.\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "Another beginning"]).exits(0);
    let told = |command| world.perfteam(&repo, "@backend.api", &[command, "--base", "main"]).exits(3).stderr;
    assert_eq!(told("check"), told("restore"));
    assert_snapshot!(told("check"), @r#"
        error: no common history: no commit is both in `main` and in HEAD
          why: without a commit where they parted, nothing tells what this branch changes and what was published before it
          try: name the branch from which this one began; those that share commits with it: git branch --all --contains "$(git rev-list --max-parents=0 HEAD | tail -n 1)"
          try: or join the two histories: git merge --allow-unrelated-histories main
        "#);
    // The second way out is one.
    world.git(&repo, &["merge", "-q", "--no-edit", "--allow-unrelated-histories", "main"]).exits(0);
    world.perfteam(&repo, "@backend.api", &["check", "--base", "main"]).exits(0);
}

#[test]
fn a_base_that_is_cut_off_is_no_unrelated_one() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "--allow-empty", "-m", "Work"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "--allow-empty", "-m", "More"]).exits(0);
    let origin = format!("file://{}", repo.path.display());
    let clone = ["clone", "-q", "--depth=1", "--no-single-branch", "-b", "work", &origin, "../shallow"];
    world.git(&repo, &clone).exits(0);
    let shallow = crate::environment::Repo { path: repo.path.join("../shallow") };
    let told = world.perfteam(&shallow, "@backend.api", &["check", "--base", "origin/main"]).exits(3);
    assert!(told.stderr.contains("try: git fetch --unshallow"), "{}", told.stderr);
}

#[test]
fn a_clone_of_one_commit_is_told_how_to_get_the_rest() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["switch", "-q", "-c", "work"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "--allow-empty", "-m", "Work"]).exits(0);
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    let origin = format!("file://{}", repo.path.display());
    // As CI fetches by default: the commit that was pushed, and no other branch.
    world.git(&repo, &["clone", "-q", "--depth=1", "-b", "work", &origin, "../shallow"]).exits(0);
    let shallow = crate::environment::Repo { path: repo.path.join("../shallow") };
    let told = world.perfteam(&shallow, "", &["check", "--base", "origin/main"]).exits(3).stderr;
    assert_snapshot!(told, @r#"
    error: `origin/main` names no commit here, where history is cut off (a shallow clone)
      try: git fetch --unshallow origin '+refs/heads/*:refs/remotes/origin/*'
      try: or have CI fetch it: fetch-depth: 0 of actions/checkout, GIT_DEPTH: "0" of GitLab
    "#);
    let told = world.perfteam(&shallow, "", &["review"]).exits(3).stderr;
    assert_snapshot!(told, @r#"
    error: it can't be told into which branch this one is merged
      why: a review is of the commits since that branch
      try: git fetch --unshallow origin '+refs/heads/*:refs/remotes/origin/*'
      try: name it: perfteam review origin/main..HEAD
    "#);
    let command = told.lines().find_map(|line| line.trim().strip_prefix("try: git ")).expect("a command");
    let words: Vec<&str> = command.split(' ').map(|word| word.trim_matches('\'')).collect();
    world.git(&shallow, &words).exits(0);
    world.perfteam(&shallow, "", &["check", "--base", "origin/main"]).exits(0);
    world.perfteam(&shallow, "", &["review", "origin/main"]).exits(0);
}

#[test]
fn where_nothing_is_committed_that_is_said() {
    let (world, repo) = World::with_repo();
    for args in [&["check", "--base", "main"][..], &["review"], &["review", "main..HEAD"]] {
        let told = world.perfteam(&repo, "", args).exits(3).stderr;
        assert!(
            told.starts_with("error: there is no commit yet\n  try: make the first one: git commit"),
            "{told}"
        );
    }
}

#[test]
fn an_empty_base_says_that_it_is_empty() {
    let (world, repo) = World::with_team();
    let told = |command| world.perfteam(&repo, "@backend.api", &[command, "--base", ""]).exits(2).stderr;
    assert_eq!(told("check"), told("restore"));
    assert_snapshot!(told("check"), @"
        error: invalid value '' for '--base <REV>': it is empty, as a variable that is not set; name a branch or a commit, such as origin/main

        For more information, try '--help'.
        ");
}
