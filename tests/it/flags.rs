//! The life of a flag, by the commands that people run.

use crate::environment::{ACTION, CHANGE, World};
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
    error: the flag is already completed by @database.postgres, at 2026-11-20T15:09:00.000Z
      why: a closed flag stays as it is, so that its story can be trusted
      try: see its story: perfteam flag show ttgk
    ");
}

#[test]
fn a_retry_with_other_texts_says_that_they_are_not_used() {
    let (world, repo) = World::with_team();
    let (id, path) = world.flag(&repo, "@backend.api", "@database.postgres", &["--once", "pool"]);
    let change = format!("{CHANGE} It is ten by now.");
    let again = ["flag", "create", "--to", "@database.postgres", "--once", "pool", "--action", ACTION];
    let same = world.perfteam(&repo, "@backend.api", &[&again[..], &["--change", CHANGE]].concat()).exits(0);
    assert_eq!(same.stderr, "");
    let other = || world.perfteam(&repo, "@backend.api", &[&again[..], &["--change", &change]].concat());
    assert_snapshot!(other().exits(0).story(), @"
    raised earlier flag ttgk for @database.postgres
      .perfteam/flags/2026-11-20/the-pool-hands-out-at-most-twenty-ttgkrhj1vs
    --- stderr ---
    note: the texts given now are not used: flag ttgk was raised earlier under this key
      change its texts: perfteam flag amend ttgk --change TEXT --action TEXT
    ");
    assert!(!repo.read(&format!("{path}/flag.md")).contains("ten by now"));
    world.perfteam(&repo, "@backend.api", &["flag", "amend", &id, "--change", &change]).exits(0);
    assert_eq!(other().exits(0).stderr, "", "they are what the flag says now");
    world.perfteam(&repo, "@database.postgres", &["flag", "complete", &id]).exits(0);
    let late = world.perfteam(&repo, "@backend.api", &[&again[..], &["--change", CHANGE]].concat()).exits(0);
    assert!(late.stderr.contains("it is completed, so it keeps its texts"), "{}", late.stderr);
}

#[test]
fn a_question_that_nobody_awaits_any_more_is_named() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    let ask = ["flag", "lock", &id, "--awaiting", "@backend.api", "--change", CHANGE, "--action", ACTION];
    world.perfteam(&repo, "@database.postgres", &ask).exits(0);
    let done = world.perfteam(&repo, "@database.postgres", &["flag", "complete", &id]).exits(0);
    let withdraw = done.stderr.split("perfteam ").nth(1).expect("a command").trim().replace("TEXT", "Found");
    assert_snapshot!(done.stderr, @"
    note: @backend.api is still asked for an answer that this flag no longer awaits: 00rz
      close the request: perfteam flag withdraw 00rz --reason TEXT
    ");
    let args: Vec<&str> = withdraw.split(' ').collect();
    world.perfteam(&repo, "@database.postgres", &args).exits(0);
    assert_eq!(world.perfteam(&repo, "@backend.api", &["inbox", "--format", "json"]).json()["total"], 0);
}

#[test]
fn a_question_that_blocks_is_to_be_answered() {
    let (world, repo) = World::with_team();
    let ask = ["flag", "create", "--type", "information_request", "--to", "@database.postgres"];
    let texts = ["--change", CHANGE, "--action", ACTION];
    world.perfteam(&repo, "@backend.api", &[&ask[..], &texts].concat()).exits(0);
    let told = world.perfteam(&repo, "@database.postgres", &["check", "--staged"]).exits(1);
    assert!(told.stdout.contains("try: perfteam flag reply ttgk --note \"your answer\""), "{}", told.stdout);
    assert!(!told.stdout.contains("flag complete"), "{}", told.stdout);
}
