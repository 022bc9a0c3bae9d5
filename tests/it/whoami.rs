//! Who acts: the four sources, and the one that a work tree keeps for itself.

use crate::environment::{Repo, World, agent};
use insta::assert_snapshot;

fn linked(world: &World, repo: &Repo, name: &str) -> Repo {
    world.git(repo, &["worktree", "add", "-q", "-b", name, &format!("../{name}")]).exits(0);
    Repo { path: repo.path.join("..").join(name) }
}

/// Who acts in `repo`, as JSON tells it.
fn actor(world: &World, repo: &Repo) -> String {
    let told = world.perfteam(repo, "", &["whoami", "--format", "json"]).json();
    told["agent"].as_str().unwrap_or("nobody").to_owned()
}

fn visible(world: &World, text: &str) -> String {
    let top = std::fs::canonicalize(world.path()).expect("a folder");
    text.replace(&top.display().to_string(), "WORLD")
}

#[test]
fn every_source_is_told_with_the_one_that_decides() {
    let (world, repo) = World::with_team();
    assert_snapshot!(world.perfteam(&repo, "", &["whoami"]).exits(2).story(), @"
    it is not clear who acts

      --as            not set
      PERFTEAM_AGENT  not set
      perfteam.agent  not set
      e-mail          somebody@example.com, which is in no agent's file
    --- stderr ---
    error: no agent of the roster has the e-mail address somebody@example.com
      why: every step carries the name of who did it
      try: say it for this work tree: perfteam whoami --set @handle
      try: see who is there: perfteam agent list
    --- exit 2 ---
    ");
    world.git(&repo, &["config", "perfteam.agent", "@backend.api"]).exits(0);
    assert_snapshot!(world.perfteam(&repo, "@database.postgres", &["whoami"]).exits(0).story(), @"
    @database.postgres (An agent), by the variable PERFTEAM_AGENT

      --as            not set
      PERFTEAM_AGENT  @database.postgres  <- decides
      perfteam.agent  @backend.api  [file:.git/config]  (an earlier one decides)
      e-mail          somebody@example.com, which is in no agent's file
    --- stderr ---
    warning: you commit as somebody@example.com, which is not among the e-mail addresses of @database.postgres (db@example.com): CI will take your commits for somebody else's; add the address to .perfteam/agents/database.postgres.md, or set git config user.email
    ");
    let told = world.perfteam(
        &repo,
        "@database.postgres",
        &["whoami", "--as", "ops.performance", "--format", "json"],
    );
    let told = told.exits(0).json();
    assert_eq!(told["by"], "--as");
    let verdicts: Vec<_> = (0..4).map(|at| told["sources"][at]["verdict"].as_str()).collect();
    assert_eq!(verdicts, [Some("decides"), Some("outranked"), Some("outranked"), Some("silent")]);
}

#[test]
fn git_options_reach_it_inside_a_hook() {
    let (world, repo) = World::with_team();
    let run =
        world.git(&repo, &["-c", "alias.who=!perfteam whoami", "-c", "perfteam.agent=@backend.api", "who"]);
    let first = run.exits(0).stdout;
    assert!(first.starts_with("@backend.api (An agent), by git config perfteam.agent"), "{first}");
}

#[test]
fn agents_who_share_an_address_are_told() {
    let (world, repo) = World::with_team();
    repo.write(".perfteam/agents/backend.jobs.md", &agent("@backend.jobs", "api@example.com", ""));
    let run = world.git_as(&repo, "api@example.com", &["-c", "alias.who=!perfteam whoami", "who"]).exits(2);
    assert_snapshot!(run.story(), @"
    it is not clear who acts

      --as            not set
      PERFTEAM_AGENT  not set
      perfteam.agent  not set
      e-mail          api@example.com, which is @backend.api or @backend.jobs  <- one of the others must say which
    --- stderr ---
    error: @backend.api, @backend.jobs share the e-mail address api@example.com
      why: every step carries the name of who did it
      try: say which for this work tree: perfteam whoami --set @backend.api
      try: or for one command: --as @backend.api
    --- exit 2 ---
    ");
}

#[test]
fn a_handle_in_no_roster_is_refused_with_the_nearest() {
    let (world, repo) = World::with_team();
    assert_snapshot!(world.perfteam(&repo, "", &["whoami", "--set", "@backend.apu"]).exits(1).stderr, @"
    error: @backend.apu (given by --set) is not in the roster
      why: every step carries the name of who did it
      try: did you mean @backend.api?
      try: see who is there: perfteam agent list
      try: or add it: perfteam agent add @backend.apu --title TITLE --description TEXT
    ");
    let (_, unset) =
        (world.perfteam(&repo, "", &["whoami"]).exits(2), world.git(&repo, &["config", "perfteam.agent"]));
    assert_eq!(unset.code, 1, "nothing was written");
}

#[test]
fn an_agent_who_retired_is_refused_with_the_successor() {
    let (world, repo) = World::with_team();
    world
        .perfteam(&repo, "", &["agent", "retire", "@backend.api", "--successor", "@ops.performance"])
        .exits(0);
    let stderr = world.perfteam(&repo, "", &["whoami", "--set", "@backend.api"]).exits(1).stderr;
    assert!(stderr.contains("try: its successor: perfteam whoami --set @ops.performance"), "{stderr}");
}

#[test]
fn each_work_tree_keeps_its_own() {
    let (world, repo) = World::with_team();
    world.perfteam(&repo, "", &["whoami", "--set", "@ops.performance"]).exits(0);
    assert_eq!(
        world.git(&repo, &["config", "extensions.worktreeConfig"]).code,
        1,
        "one work tree needs none"
    );
    let (two, three) = (linked(&world, &repo, "two"), linked(&world, &repo, "three"));
    world.perfteam(&two, "", &["whoami", "--set", "@backend.api"]).exits(0);
    world.perfteam(&three, "", &["whoami", "--set", "@database.postgres"]).exits(0);
    assert_eq!(actor(&world, &repo), "@ops.performance");
    assert_eq!(actor(&world, &two), "@backend.api");
    assert_eq!(actor(&world, &three), "@database.postgres");
    assert_eq!(world.git(&two, &["config", "perfteam.agent"]).stdout, "@backend.api\n", "git says the same");
    let run = world.perfteam(&two, "", &["whoami", "--unset"]).exits(0);
    assert!(
        visible(&world, &run.stderr).contains("still set in file:WORLD/repo/.git/config"),
        "{}",
        run.stderr
    );
    assert_eq!(actor(&world, &three), "@database.postgres");
    world.perfteam(&repo, "", &["whoami", "--unset"]).exits(0);
    assert_eq!(actor(&world, &repo), "nobody");
}

#[test]
fn a_bare_repository_with_work_trees_stays_what_it_is() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["clone", "-q", "--bare", ".", "../bare.git"]).exits(0);
    let bare = Repo { path: repo.path.join("../bare.git") };
    let (one, two) = (linked(&world, &bare, "one"), linked(&world, &bare, "two"));
    world.perfteam(&one, "", &["whoami", "--set", "@backend.api"]).exits(0);
    assert_eq!(actor(&world, &one), "@backend.api");
    assert_eq!(actor(&world, &two), "nobody");
    let bareness = |repo: &Repo| world.git(repo, &["rev-parse", "--is-bare-repository"]).exits(0).stdout;
    assert_eq!((bareness(&bare).as_str(), bareness(&one).as_str()), ("true\n", "false\n"));
    let shared = std::fs::read_to_string(bare.path.join("config")).expect("a config");
    assert!(!shared.contains("bare"), "core.bare is the main work tree's own: {shared}");
    world.git(&two, &["status"]).exits(0);
}

#[test]
fn a_main_work_tree_that_lies_elsewhere_is_still_found() {
    let (world, repo) = World::with_team();
    // As in a submodule: the git folder says where its work tree is.
    std::fs::create_dir(world.path().join("moved")).expect("a folder");
    let moved = Repo { path: world.path().join("moved") };
    std::fs::rename(repo.path.join(".perfteam"), moved.path.join(".perfteam")).expect("moved");
    std::fs::rename(repo.path.join("src"), moved.path.join("src")).expect("moved");
    std::fs::write(moved.path.join(".git"), "gitdir: ../repo/.git\n").expect("a file");
    world.git(&repo, &["config", "core.worktree", "../../moved"]).exits(0);
    let two = linked(&world, &moved, "two");
    world.perfteam(&two, "", &["whoami", "--set", "@backend.api"]).exits(0);
    let top = |repo: &Repo| world.git(repo, &["rev-parse", "--show-toplevel"]).exits(0).stdout;
    assert!(top(&moved).ends_with("/moved\n"), "{}", top(&moved));
    assert!(top(&two).ends_with("/two\n"), "{}", top(&two));
    assert_eq!(world.git(&moved, &["status", "--porcelain"]).exits(0).stdout, "");
    assert_eq!(world.git(&two, &["status", "--porcelain"]).exits(0).stdout, "");
    assert_eq!(actor(&world, &moved), "nobody");
}
