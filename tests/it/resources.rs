//! Resources that the team shares: one has it, the others wait in an order and know when.

use insta::{assert_debug_snapshot, assert_snapshot};

use crate::environment::{Repo, Run, World, run};

const NAME: &str = "Load-test environment";

fn reserve(world: &World, repo: &Repo, who: &str, more: &[&str]) -> Run {
    world.perfteam(repo, who, &[&["resource", "reserve", NAME], more].concat())
}

fn release(world: &World, repo: &Repo, who: &str) -> Run {
    world.perfteam(repo, who, &["resource", "release", "load-test  ENVIRONMENT"])
}

fn queue(world: &World, repo: &Repo) -> String {
    world.perfteam(repo, "", &["resource", "queue", NAME]).exits(0).stdout
}

fn titles(world: &World, repo: &Repo, who: &str) -> Vec<String> {
    let inbox = world.perfteam(repo, who, &["inbox", "--format", "json"]).exits(0).json();
    let flags = inbox["flags"].as_array().expect("flags").iter();
    flags.map(|flag| flag["title"].as_str().expect("a title").to_owned()).collect()
}

#[test]
fn one_has_it_and_those_who_wait_are_ordered_and_told_when() {
    let (world, repo) = World::with_team();
    insta::assert_snapshot!(reserve(&world, &repo, "@backend.api", &["--for", "1h"]).story(), @r#"
    Load-test environment is yours until 2026-11-20T16:05:00.000Z: it was free
      .perfteam/resources/2026-11-20/load-test-environment-ttgkrhj1vs
    let it go: perfteam resource release 'Load-test environment'
    "#);
    insta::assert_snapshot!(reserve(&world, &repo, "@database.postgres", &["--impact", "low"]).story(), @r#"
    you wait for Load-test environment, place 1, expected 2026-11-20 16:05: @backend.api has it
      .perfteam/resources/2026-11-20/load-test-environment-00rzyp6v55
    take it when it is your turn: perfteam resource reserve 'Load-test environment'
    --- exit 4 ---
    "#);
    insta::assert_snapshot!(reserve(&world, &repo, "@performance.monitor", &["--impact", "high", "--for", "30m"]).story(), @r#"
    you wait for Load-test environment, place 1, expected 2026-11-20 16:05: @backend.api has it
      .perfteam/resources/2026-11-20/load-test-environment-qe34kchw1z
    told by a flag: 1 agent
    take it when it is your turn: perfteam resource reserve 'Load-test environment'
    --- exit 4 ---
    "#);
    insta::assert_snapshot!(queue(&world, &repo), @r#"
    held  @backend.api, exclusive, until 2026-11-20 16:05: it was free
    1. waiting  @performance.monitor, exclusive, impact high, expected 2026-11-20 16:05
    2. waiting  @database.postgres, exclusive, impact low, expected 2026-11-20 16:35
    "#);
    insta::assert_debug_snapshot!(titles(&world, &repo, "@database.postgres"), @r#"
    [
        "Load-test environment is expected at 2026-11-20 16:35",
    ]
    "#);
    world.perfteam(&repo, "", &["check"]).exits(0);
}

#[test]
fn who_waits_asks_anew_with_another_impact_and_keeps_what_is_not_said() {
    let (world, repo) = World::with_team();
    reserve(&world, &repo, "@performance.lead", &["--for", "1h"]).exits(0);
    reserve(&world, &repo, "@backend.api", &["--impact", "high", "--for", "30m"]).exits(4);
    reserve(&world, &repo, "@database.postgres", &["--for", "20m", "--customers", "12"]).exits(4);
    let asked = queue(&world, &repo);
    reserve(&world, &repo, "@database.postgres", &[]).exits(4);
    reserve(&world, &repo, "@database.postgres", &["--for", "20m", "--impact", "medium"]).exits(4);
    assert_eq!(queue(&world, &repo), asked, "the same again");
    insta::assert_snapshot!(reserve(&world, &repo, "@database.postgres", &["--impact", "critical"]).story(), @r#"
    you wait for Load-test environment, place 1, expected 2026-11-20 16:05: @performance.lead has it
      .perfteam/resources/2026-11-20/load-test-environment-3r3xxcjzsz
    told by a flag: 1 agent
    take it when it is your turn: perfteam resource reserve 'Load-test environment'
    --- exit 4 ---
    "#);
    insta::assert_snapshot!(queue(&world, &repo), @r#"
    held  @performance.lead, exclusive, until 2026-11-20 16:05: it was free
    1. waiting  @database.postgres, exclusive, impact critical, expected 2026-11-20 16:05
    2. waiting  @backend.api, exclusive, impact high, expected 2026-11-20 16:25
    "#);
    let list = world.perfteam(&repo, "", &["resource", "list", "--format", "json"]).exits(0).stdout;
    assert_eq!(list.matches("@database.postgres").count(), 1, "{list}");
    let written =
        world.git(&repo, &["grep", "--cached", "-h", "Asked for anew", "--", ".perfteam"]).exits(0).stdout;
    insta::assert_snapshot!(written, @"Asked for anew, with impact critical: 3r3xxcjzsz.");
    assert_eq!(
        titles(&world, &repo, "@backend.api"),
        ["Load-test environment is expected at 2026-11-20 16:25"]
    );
    world.perfteam(&repo, "@performance.lead", &["check"]).exits(0);
}

#[test]
fn the_next_one_is_told_and_goes_first_for_a_while() {
    let (world, repo) = World::with_team();
    reserve(&world, &repo, "@backend.api", &[]).exits(0);
    reserve(&world, &repo, "@database.postgres", &["--impact", "low"]).exits(4);
    reserve(&world, &repo, "@performance.monitor", &["--impact", "high"]).exits(4);
    release(&world, &repo, "@backend.api").exits(0);
    assert_eq!(
        titles(&world, &repo, "@performance.monitor").last().map(String::as_str),
        Some("Load-test environment is free for you")
    );
    let behind = reserve(&world, &repo, "@database.postgres", &[]).exits(4).stdout;
    assert!(behind.contains("@performance.monitor goes first until"), "{behind}");
    // The clock of these tests advances by a minute with every command.
    let passed = (0..20).find_map(|_| {
        let run = reserve(&world, &repo, "@database.postgres", &[]);
        (run.code == 0).then_some(run.stdout)
    });
    let passed = passed.expect("the turn passes");
    assert!(passed.contains("the turn of @performance.monitor had passed"), "{passed}");
    reserve(&world, &repo, "@performance.monitor", &[]).exits(4);
}

#[test]
fn those_who_share_it_have_it_together() {
    let (world, repo) = World::with_team();
    reserve(&world, &repo, "@backend.api", &["--shared"]).exits(0);
    let shared = reserve(&world, &repo, "@database.postgres", &["--shared"]).exits(0).stdout;
    assert!(shared.contains("shared with @backend.api"), "{shared}");
    reserve(&world, &repo, "@performance.monitor", &[]).exits(4);
    release(&world, &repo, "@backend.api").exits(0);
    reserve(&world, &repo, "@performance.monitor", &[]).exits(4);
    release(&world, &repo, "@database.postgres").exits(0);
    reserve(&world, &repo, "@performance.monitor", &[]).exits(0);
}

#[test]
fn two_critical_ones_make_a_lead_decide() {
    let (world, repo) = World::with_team();
    reserve(&world, &repo, "@backend.api", &["--impact", "critical"]).exits(0);
    reserve(&world, &repo, "@database.postgres", &["--impact", "critical"]).exits(4);
    assert_eq!(titles(&world, &repo, "@performance.lead"), ["Two critical ones need Load-test environment"]);
}

#[test]
fn one_handle_has_it_once_and_can_have_it_longer() {
    let (world, repo) = World::with_team();
    reserve(&world, &repo, "@backend.api", &["--for", "10m"]).exits(0);
    let held = reserve(&world, &repo, "@backend.api", &[]).exits(4).stderr;
    assert!(held.contains("--renew"), "{held}");
    reserve(&world, &repo, "@backend.api", &["--renew", "--for", "2h"]).exits(0);
    assert!(queue(&world, &repo).contains("until 2026-11-20 17:"), "{}", queue(&world, &repo));
    release(&world, &repo, "@database.postgres").exits(1);
    release(&world, &repo, "@backend.api").exits(0);
    assert!(queue(&world, &repo).contains("is free"));
}

#[test]
fn over_clones_one_has_it_and_shares_keep_out_who_needs_it_alone() {
    let (world, first) = World::with_team();
    world.git(&first, &["init", "-q", "--bare", "-b", "main", "../hub.git"]).exits(0);
    world.git(&first, &["remote", "add", "origin", "../hub.git"]).exits(0);
    world.git(&first, &["push", "-q", "--no-verify", "-u", "origin", "main"]).exits(0);
    world.git(&first, &["clone", "-q", "../hub.git", "../second"]).exits(0);
    let second = Repo { path: world.path().join("second") };
    world.git(&second, &["remote", "set-url", "origin", "../hub.git"]).exits(0);
    reserve(&world, &first, "@backend.api", &["--remote"]).exits(0);
    reserve(&world, &second, "@database.postgres", &["--remote"]).exits(4);
    // It waits, although who has it is out of sight; and leaves the queue again.
    release(&world, &second, "@database.postgres").exits(0);
    release(&world, &first, "@backend.api").exits(0);
    reserve(&world, &first, "@backend.api", &["--remote", "--shared"]).exits(0);
    reserve(&world, &second, "@performance.monitor", &["--remote", "--shared"]).exits(0);
    let kept_out = reserve(&world, &second, "@database.postgres", &["--remote"]);
    kept_out.exits(4);
    release(&world, &second, "@performance.monitor").exits(0);
    let kept_out = reserve(&world, &second, "@database.postgres", &["--remote"]).exits(4).stderr;
    assert!(kept_out.contains("@backend.api claimed"), "{kept_out}");
    release(&world, &first, "@backend.api").exits(0);
    reserve(&world, &second, "@database.postgres", &["--remote"]).exits(0);
}

#[test]
fn it_may_be_needed_for_longer_than_a_lease_lasts() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["switch", "-qc", "work"]).exits(0);
    reserve(&world, &repo, "@backend.api", &["--for", "8h"]).exits(0);
    reserve(&world, &repo, "@backend.api", &["--renew", "--for", "3d"]).exits(0);
    world.git(&repo, &["commit", "-qnm", "Reserve"]).exits(0);
    let verdict = world.perfteam(&repo, "", &["check", "--base", "main"]).exits(0);
    assert!(!verdict.stdout.contains("illegal-step"), "{}", verdict.stdout);
}

#[test]
fn nothing_is_reserved_for_no_time() {
    let (world, repo) = World::with_team();
    let refused = reserve(&world, &repo, "@backend.api", &["--for", "0m"]).exits(2).stderr;
    assert!(refused.contains("it would be over at once: expected such as 30m, 4h"), "{refused}");
}

#[test]
fn a_lease_that_is_over_counts_as_let_go_by_its_holder_too() {
    let (world, repo) = World::with_team();
    let at = |minute: u32, who: &str, args: &[&str]| {
        let mut command = world.perfteam_command(&repo, who, &[&["resource"], args].concat());
        command.env("PERFTEAM_NOW", format!("2026-11-20T17:{minute:02}:00Z"));
        run(command)
    };
    at(0, "@backend.api", &["reserve", NAME, "--for", "10m"]).exits(0);
    let held = at(11, "@backend.api", &["reserve", NAME]).exits(4).stderr;
    assert!(held.contains("--renew"), "{held}");
    // Nobody wants it: it is free for the one who had it, as for anybody.
    at(12, "@backend.api", &["reserve", NAME, "--for", "10m"]).exits(0);
    at(24, "@database.postgres", &["reserve", NAME, "--for", "20m"]).exits(0);
    let late = at(25, "@backend.api", &["reserve", NAME, "--renew"]).exits(4).stderr;
    assert!(late.contains("resource release"), "{late}");
    at(26, "@backend.api", &["release", NAME]).exits(0);
    at(27, "@backend.api", &["reserve", NAME, "--for", "10m"]).exits(4);
    at(46, "@backend.api", &["reserve", NAME, "--for", "10m"]).exits(0);
    let waits = at(47, "@database.postgres", &["reserve", NAME]).exits(4).stdout;
    assert!(waits.contains("you wait") && waits.contains("@backend.api has it"), "{waits}");
    world.perfteam(&repo, "", &["check"]).exits(0);
}

#[test]
fn who_waits_is_told_when_somebody_goes_before_or_stays_longer() {
    let (world, repo) = World::with_team();
    reserve(&world, &repo, "@backend.api", &["--for", "1h"]).exits(0);
    reserve(&world, &repo, "@database.postgres", &["--for", "1h"]).exits(4);
    let longer = reserve(&world, &repo, "@backend.api", &["--renew", "--for", "3h"]).exits(0).stdout;
    assert!(longer.contains("told by a flag: 1 agent"), "{longer}");
    release(&world, &repo, "@backend.api").exits(0);
    let before = reserve(&world, &repo, "@performance.monitor", &["--impact", "critical", "--for", "2h"]);
    let before = before.exits(0).stdout;
    assert!(before.contains("told by a flag: 1 agent"), "{before}");
    assert_debug_snapshot!(titles(&world, &repo, "@database.postgres"), @r#"
    [
        "Load-test environment is expected at 2026-11-20 18:07",
        "Load-test environment is free for you",
        "Load-test environment is expected at 2026-11-20 17:09",
    ]
    "#);
    // What one gets who was next all along changes nothing for the others.
    release(&world, &repo, "@performance.monitor").exits(0);
    reserve(&world, &repo, "@backend.api", &["--impact", "low"]).exits(4);
    let next = reserve(&world, &repo, "@database.postgres", &[]).exits(0).stdout;
    assert!(!next.contains("told by a flag"), "{next}");
}

#[test]
fn names_are_whole_and_the_commands_with_them_can_be_typed() {
    let (world, repo) = World::with_team();
    let reserve = |who: &str, name: &str| world.perfteam(&repo, who, &["resource", "reserve", "--", name]);
    reserve("@backend.api", "caf\u{e9}").exits(0);
    reserve("@database.postgres", "Cafe\u{301}").exits(4);
    reserve("@backend.api", "Node no. 5").exits(0);
    assert!(reserve("@backend.api", "Node no. 6").exits(0).stdout.contains("release 'Node no. 6'"));
    assert!(reserve("@backend.api", "two\nlines").exits(0).stdout.contains("release 'two lines'"));
    reserve("@backend.api", "it's $(mine)").exits(0);
    reserve("@database.postgres", "it's $(mine)").exits(4);
    world.perfteam(&repo, "@backend.api", &["resource", "release", "it's $(mine)"]).exits(0);
    let told = world.git(&repo, &["grep", "--cached", "-ho", "take it with `[^`]*`"]).exits(0).stdout;
    assert_snapshot!(told, @r"take it with `perfteam resource reserve 'it'\''s $(mine)'`");
    let long = "x".repeat(73);
    for (name, why) in [
        ("a\u{202e}b", "U+202E"),
        ("\u{200b}", "U+200B"),
        ("-x", "dash"),
        (&long, "too long"),
        (&"環".repeat(30), "too long"),
    ] {
        let refused = reserve("@backend.api", name).exits(2).stderr;
        assert!(refused.contains(why), "{refused}");
    }
    reserve("@backend.api", &"環".repeat(20)).exits(0);
    reserve("@backend.api", &long[1..]).exits(0);
}
