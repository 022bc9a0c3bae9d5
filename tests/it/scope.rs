//! One inbox over all branches and work trees.

use insta::assert_snapshot;

use crate::environment::{Repo, World};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";

/// A flag that is on branch `feature/pool` alone, with main checked out.
fn with_flag_on_a_branch() -> (World, Repo, String, String) {
    let (world, repo) = World::with_team();
    world.git(&repo, &["checkout", "-qb", "feature/pool"]).exits(0);
    let (id, path) = world.flag(&repo, API, DB, &["--impact", "high", "--title", "The pool is smaller"]);
    world.git(&repo, &["commit", "-qnm", "Raise a flag"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    (world, repo, id, path)
}

/// Another work tree of `repo`, on a new branch.
fn work_tree(world: &World, repo: &Repo, name: &str) -> Repo {
    let path = world.path().join(name);
    let place = path.to_str().expect("a path");
    world.git(repo, &["worktree", "add", "-q", "-b", name, place]).exits(0);
    Repo { path }
}

#[test]
fn a_flag_on_a_branch_is_in_the_inbox_and_says_where_it_is() {
    let (world, repo, id, _) = with_flag_on_a_branch();
    assert_snapshot!(world.perfteam(&repo, DB, &["inbox"]).exits(0).story(), @"
    1 waits for @database.postgres

    00rz   high     pending   @backend.api -> @database.postgres  3m ago  The pool is smaller (change)  [on feature/pool, 1 commit ahead]

    next: perfteam flag show 00rz
    ");
    assert_snapshot!(world.perfteam(&repo, DB, &["flag", "show", &id]).exits(0).stdout, @"
    The pool is smaller
    id        00rzyp6v55 (in .perfteam/flags/2026-11-20/the-pool-is-smaller-00rzyp6v55)
    type      change
    impact    high
    from      @backend.api
    to        @database.postgres
    raised    2026-11-20T15:06:00.000Z
    state     pending
    seen      on feature/pool, 1 commit ahead
    get it    git merge feature/pool

    What changed
    The pool hands out at most twenty connections instead of one hundred since Monday.

    What to do
    Set max_connections in config/api.toml to twenty, run the load test of the checkout service, and compare its latency with the baseline of last week before you deploy anything.
    ");
    let json = world.perfteam(&repo, DB, &["inbox", "--format", "json"]).exits(0).json();
    assert_snapshot!(json["flags"][0]["elsewhere"], @r#"{"whole":true,"places":[{"kind":"branch","branch":"feature/pool","ahead":1}],"get":"git merge feature/pool"}"#);
    world.git(&repo, &["merge", "-q", "feature/pool"]).exits(0);
    let json = world.perfteam(&repo, DB, &["inbox", "--format", "json"]).exits(0).json();
    assert_eq!(json["flags"][0]["id"], id);
    assert!(json["flags"][0].get("elsewhere").is_none(), "{json}");
}

#[test]
fn a_step_brings_the_flag_along_and_merges_cleanly() {
    let (world, repo, id, path) = with_flag_on_a_branch();
    assert_snapshot!(world.perfteam(&repo, DB, &["flag", "complete", &id, "--note", "Set to twenty."]).exits(0).story(), @"
    completed 00rz: The pool is smaller
      .perfteam/flags/2026-11-20/the-pool-is-smaller-00rzyp6v55/20261120T150900.000Z-completed-43r07z.md
    --- stderr ---
    brought here: 1 file of flag 00rzyp6v55, seen on feature/pool, 1 commit ahead
    ");
    let there = world.git(&repo, &["show", &format!("feature/pool:{path}/flag.md")]).exits(0).stdout;
    assert_eq!(repo.read(&format!("{path}/flag.md")), there);
    world.git(&repo, &["commit", "-qnm", "Complete it"]).exits(0);
    world.git(&repo, &["merge", "-q", "feature/pool"]).exits(0);
    let shown = world.perfteam(&repo, DB, &["flag", "show", &id, "--format", "json"]).exits(0).json();
    assert_eq!(shown["status"], "completed");
    assert!(shown.get("elsewhere").is_none());
    world.perfteam(&repo, DB, &["check", "--base", "main~1"]).exits(0);
}

#[test]
fn a_lock_on_another_branch_is_respected() {
    let (world, repo, id, _) = with_flag_on_a_branch();
    world.git(&repo, &["merge", "-q", "feature/pool"]).exits(0);
    world.git(&repo, &["checkout", "-q", "feature/pool"]).exits(0);
    world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(0);
    world.git(&repo, &["commit", "-qnm", "Lock it"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    assert_snapshot!(world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(4).stderr, @"
    error: @database.postgres holds flag 00rz until 2026-11-20T19:11:00.000Z (locked on feature/pool, 1 commit ahead)
      why: two who work on one flag undo each other, and several processes may share a handle
      try: if it is yours and needs longer: perfteam flag lock 00rz --renew
      try: see its story: perfteam flag show 00rz
    ");
    assert_snapshot!(world.perfteam(&repo, DB, &["inbox"]).exits(0).stdout, @"
    0 wait for @database.postgres, 1 locked

    00rz   high     locked    @backend.api -> @database.postgres  9m ago  The pool is smaller (change)  [more of it on feature/pool, 1 commit ahead]

    next: perfteam flag show 00rz
    ");
    // What was known elsewhere is what the next step comes after.
    assert_snapshot!(world.perfteam(&repo, DB, &["flag", "complete", &id]).exits(0).stderr, @"brought here: 1 file of flag 00rzyp6v55, seen on feature/pool, 1 commit ahead");
    let shown = world.perfteam(&repo, DB, &["flag", "show", &id, "--format", "json", "--scope", "branch"]);
    let events = shown.exits(0).json()["events"].clone();
    assert_eq!(events[0]["event"], "locked");
    assert_eq!(events[1]["event"], "completed");
    assert_eq!(events[1]["seq"], 2);
    world.git(&repo, &["commit", "-qnm", "Complete it"]).exits(0);
    world.git(&repo, &["merge", "-q", "feature/pool"]).exits(0);
}

#[test]
fn what_another_work_tree_has_not_committed_is_seen() {
    let (world, repo) = World::with_team();
    let other = work_tree(&world, &repo, "wt-b");
    let (id, _) = world.flag(&other, API, DB, &["--title", "The pool is smaller"]);
    assert_snapshot!(world.perfteam(&repo, DB, &["inbox"]).exits(0).stdout, @"
    1 waits for @database.postgres

    00rz   medium   pending   @backend.api -> @database.postgres  1m ago  The pool is smaller (change)  [in the work tree ../wt-b, not committed]

    next: perfteam flag show 00rz
    ");
    world.perfteam(&repo, DB, &["inbox", "--scope", "branch"]).exits(0);
    world.perfteam(&other, DB, &["flag", "lock", &id]).exits(0);
    assert_snapshot!(world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(4).stderr, @"
    error: @database.postgres holds flag 00rz until 2026-11-20T19:09:00.000Z (locked in the work tree ../wt-b, not committed)
      why: two who work on one flag undo each other, and several processes may share a handle
      try: if it is yours and needs longer: perfteam flag lock 00rz --renew
      try: see its story: perfteam flag show 00rz
    ");
}
