//! The life of a flag, by the commands that people run.

use crate::environment::World;
use insta::assert_snapshot;

#[test]
fn a_flag_is_raised_locked_and_completed() {
    let (world, repo) = World::with_team();
    let (id, path) = world.flag(&repo, "@backend.api", "@database.postgres", &["--impact", "high"]);
    assert_snapshot!(world.perfteam(&repo, "@database.postgres", &["inbox"]).exits(0).stdout, @"
    1 waits for @database.postgres

    ttgk   high     pending   @backend.api -> @database.postgres  1m ago  The pool hands out at most twenty connections instead of one hundred… (change)

    next: perfteam flag show ttgk
    ");
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", &id[..4]]).exits(0);
    assert_snapshot!(world.perfteam(&repo, "@database.postgres", &["flag", "lock", &id[..4]]).exits(4).stderr, @"
    error: @database.postgres holds flag ttgk until 2026-11-20T19:07:00.000Z
      why: two who work on one flag undo each other, and several processes may share a handle
      try: if it is yours and needs longer: perfteam flag lock ttgk --renew
      try: see its story: perfteam flag show ttgk
    ");
    world
        .perfteam(&repo, "@database.postgres", &["flag", "complete", &id, "--note", "Set to twenty."])
        .exits(0);
    let story = repo.read(&format!("{path}/flag.md"));
    assert!(story.contains("from: \"@backend.api\""));
    assert_snapshot!(world.perfteam(&repo, "@backend.api", &["flag", "withdraw", &id, "--reason", "Too late."]).exits(4).stderr, @"
    error: the flag is already completed
      why: a closed flag stays as it is, so that its story can be trusted
      try: see its story: perfteam flag show ttgk
    ");
}
