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

fn ids(run: &crate::environment::Run) -> Vec<String> {
    let list = run.json()["flags"].as_array().expect("a list").clone();
    list.iter().map(|flag| flag["id"].as_str().expect("an id").to_owned()).collect()
}

/// The ids in the inbox of `@database.postgres`; nothing else may be said.
#[track_caller]
fn inbox(world: &World, repo: &Repo, more: &[&str]) -> Vec<String> {
    let run = world.perfteam(repo, DB, &[&["inbox", "--format", "json"][..], more].concat()).exits(0);
    assert_eq!(run.stderr, "");
    ids(&run)
}

/// Where the first flag of the inbox is, in words.
#[track_caller]
fn place(world: &World, repo: &Repo, id: &str) -> String {
    let shown = world.perfteam(repo, DB, &["flag", "show", id]).exits(0).stdout;
    shown.lines().find_map(|line| line.strip_prefix("seen      ")).unwrap_or("here").to_owned()
}

fn commit_flag(world: &World, repo: &Repo, title: &str) -> String {
    let (id, _) = world.flag(repo, API, DB, &["--title", title]);
    world.git(repo, &["commit", "-qnm", title]).exits(0);
    id
}

#[test]
fn policy_and_option_say_how_far_is_looked() {
    let (world, repo, id, _) = with_flag_on_a_branch();
    let clone = Repo { path: world.path().join("clone") };
    world.git(&repo, &["clone", "-q", ".", "../clone"]).exits(0);
    assert_eq!(inbox(&world, &clone, &[]), [""; 0], "a fetched branch is not local");
    assert_eq!(inbox(&world, &clone, &["--scope", "remote"]), [id.as_str()]);
    assert_eq!(inbox(&world, &repo, &["--scope", "branch"]), [""; 0]);
    for (policy, here, there) in [("branch", 0, 0), ("local", 1, 0), ("remote", 1, 1)] {
        for repo in [&repo, &clone] {
            let path = ".perfteam/perfteam.yaml";
            let text = repo.read(path);
            let text = text.split("\nscope:").next().expect("a part").to_owned();
            repo.write(path, &format!("{text}\nscope: {policy}\n"));
        }
        assert_eq!(inbox(&world, &repo, &[]).len(), here, "{policy}");
        assert_eq!(inbox(&world, &clone, &[]).len(), there, "{policy}");
    }
    assert_eq!(place(&world, &clone, &id), "on origin/feature/pool, 1 commit ahead");
    assert_snapshot!(world.perfteam(&repo, DB, &["inbox", "--scope", "all"]).exits(2).stderr, @"
    error: invalid value 'all' for '--scope <SCOPE>': expected one of branch, local, remote

    For more information, try '--help'.
    ");
}

#[test]
fn a_record_of_any_kind_says_where_it_is() {
    let (world, repo) = World::with_team();
    world.git(&repo, &["checkout", "-qb", "side"]).exits(0);
    let text = "Users wait for twenty seconds at the checkout since Monday, all of them.";
    let made: [&[&str]; 3] = [
        &[
            "task",
            "create",
            "--title",
            "Measure it",
            "--to",
            DB,
            "--objective",
            text,
            "--expect",
            "A table of waits.",
        ],
        &[
            "finding",
            "report",
            "--title",
            "It waits",
            "--category",
            "performance",
            "--component",
            "pool",
            "--severity",
            "high",
            "--evidence",
            text,
        ],
        &[
            "investigate",
            "open",
            "--title",
            "It is slow",
            "--priority",
            "high",
            "--system",
            "checkout",
            "--impact",
            text,
            "--success",
            "p95 < 300ms",
        ],
    ];
    let ids = made.map(|args| {
        let made = world
            .perfteam(&repo, "@performance.lead", &[args, &["--format", "json"]].concat())
            .exits(0)
            .json();
        made["id"].as_str().expect("an id").to_owned()
    });
    world.git(&repo, &["commit", "-qnam", "One of each"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    for id in ids {
        let shown = world.perfteam(&repo, DB, &["show", &id]).exits(0).stdout;
        assert!(shown.contains("\nseen      on side, 1 commit ahead\nget it    "), "{shown}");
    }
}

#[test]
fn what_waits_on_branches_informs_and_never_blocks() {
    let (world, repo, id, _) = with_flag_on_a_branch();
    world.perfteam(&repo, "", &["hook", "install"]).exits(0);
    repo.write("src/query.rs", "pub const LIMIT: u32 = 10;\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    let said = world.git_as(&repo, "db@example.com", &["commit", "-qm", "Work"]).exits(0).stderr;
    assert_snapshot!(said, @"1 flag for you on branches that are not merged here: perfteam inbox");
    // Once it is brought here, nothing is left to say.
    world.perfteam(&repo, DB, &["flag", "complete", &id]).exits(0);
    let said = world.git_as(&repo, "db@example.com", &["commit", "-qm", "Complete"]).exits(0).stderr;
    assert!(!said.contains("not merged here"), "{said}");
}

#[test]
fn by_policy_what_the_integration_branch_has_blocks() {
    let (world, repo) = World::with_team();
    let policy = repo.read(".perfteam/perfteam.yaml");
    repo.write(".perfteam/perfteam.yaml", &format!("{policy}\ngate:\n  integration: true\n"));
    world.git(&repo, &["commit", "-qanm", "The integration branch counts"]).exits(0);
    world.git(&repo, &["checkout", "-qb", "work"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    let id = commit_flag(&world, &repo, "The pool is smaller");
    world.git(&repo, &["checkout", "-q", "work"]).exits(0);
    world.perfteam(&repo, "", &["hook", "install"]).exits(0);
    repo.write("src/query.rs", "pub const LIMIT: u32 = 10;\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    let said = world.git_as(&repo, "db@example.com", &["commit", "-qm", "Work"]).exits(1).stderr;
    assert_snapshot!(said, @r#"
    commit refused: 1 blocking
    blocked: flag phda from @backend.api waits for @database.postgres (on main, 1 commit ahead): The pool is smaller [unprocessed-flag]
    --> .perfteam/flags/2026-11-20/the-pool-is-smaller-phdasq3phj/flag.md:1:1
     = why: a flag says that somebody changed what your work rests on; it comes before other work
     = try: perfteam flag show phda
     = try: perfteam flag complete phda --note "what you did"
     = try: perfteam flag lock phda
     = try: perfteam flag lock --mine
    "#);
    world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(0);
    world.git_as(&repo, "db@example.com", &["commit", "-qm", "Work"]).exits(0);
}

#[test]
fn what_counts_at_the_gate_is_in_the_inbox_though_only_a_remote_has_it() {
    let (world, repo) = World::with_team();
    let policy = repo.read(".perfteam/perfteam.yaml");
    let policy = |more: &str| format!("{policy}\nintegration: origin/main\n{more}");
    repo.write(".perfteam/perfteam.yaml", &policy("gate:\n  integration: true\n"));
    world.git(&repo, &["commit", "-qanm", "The integration branch counts"]).exits(0);
    let id = commit_flag(&world, &repo, "The pool is smaller");
    world.git(&repo, &["update-ref", "refs/remotes/origin/main", "HEAD"]).exits(0);
    world.git(&repo, &["reset", "-q", "--hard", "HEAD~1"]).exits(0);
    world.perfteam(&repo, "", &["hook", "install"]).exits(0);
    let commit = ["commit", "--allow-empty", "-qm", "Work"];
    world.git_as(&repo, "db@example.com", &commit).exits(1);
    assert_eq!(inbox(&world, &repo, &[]), [id.as_str()]);
    assert_eq!(place(&world, &repo, &id), "on origin/main, 1 commit ahead");
    assert_eq!(inbox(&world, &repo, &["--scope", "branch"]), [""; 0]);
    // A policy that looks no further than the work tree keeps nothing secret that holds back a commit.
    repo.write(".perfteam/perfteam.yaml", &policy("scope: branch\ngate:\n  integration: true\n"));
    world.git(&repo, &["checkout", "-qb", "unseen"]).exits(0);
    commit_flag(&world, &repo, "Not for the gate");
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    assert_eq!(inbox(&world, &repo, &[]), [id.as_str()]);
    world.git(&repo, &["branch", "-qD", "unseen"]).exits(0);
    world.git(&repo, &["checkout", "-q", "--", ".perfteam/perfteam.yaml"]).exits(0);
    world.perfteam(&repo, DB, &["flag", "complete", &id]).exits(0);
    world.git_as(&repo, "db@example.com", &commit).exits(0);
    // Where it does not count, it is as any branch of a remote.
    world.git(&repo, &["reset", "-q", "--hard", "HEAD~1"]).exits(0);
    repo.write(".perfteam/perfteam.yaml", &policy(""));
    assert_eq!(inbox(&world, &repo, &[]), [""; 0]);
    assert_eq!(inbox(&world, &repo, &["--scope", "remote"]), [id.as_str()]);
}

#[test]
fn one_flag_on_many_branches_is_one_flag() {
    let (world, repo, id, _) = with_flag_on_a_branch();
    for name in ["b1", "b2", "b3"] {
        world.git(&repo, &["branch", name, "feature/pool"]).exits(0);
    }
    assert_eq!(inbox(&world, &repo, &[]), [id.as_str()]);
    assert_eq!(place(&world, &repo, &id), "on b1, 1 commit ahead, and in 3 more places");
    // Of two branches one has completed it: completed it is.
    world.git(&repo, &["checkout", "-q", "b2"]).exits(0);
    world.perfteam(&repo, DB, &["flag", "complete", &id]).exits(0);
    world.git(&repo, &["commit", "-qnm", "Complete"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    assert_eq!(inbox(&world, &repo, &[]), [""; 0]);
    let list = world.perfteam(&repo, DB, &["flag", "list", "--status", "completed", "--format", "json"]);
    assert_eq!(ids(&list.exits(0)), [id]);
}

/// As git counts, through merges in both directions and dates that lie.
#[test]
fn commits_ahead_are_counted_as_git_does() {
    let (world, repo) = World::with_team();
    let git = |args: &[&str]| world.git(&repo, args).exits(0).stdout;
    let more = |count: usize| {
        (0..count).for_each(|_| drop(git(&["commit", "-qn", "--allow-empty", "-m", "More"])));
    };
    for name in ["a", "b", "c"] {
        git(&["checkout", "-qb", name, "main"]);
        commit_flag(&world, &repo, name);
        more(name.len() + 2);
        git(&["checkout", "-q", "main"]);
        more(2);
    }
    git(&["checkout", "-q", "b"]);
    git(&["merge", "-q", "--no-edit", "--no-verify", "a"]);
    git(&["merge", "-q", "--no-edit", "--no-verify", "main"]);
    git(&["checkout", "-q", "c"]);
    let mut old = world.git_command(&repo, "x@example.com", &["commit", "-qn", "--allow-empty", "-m", "Old"]);
    old.env("GIT_COMMITTER_DATE", "@1000000000 +0000");
    crate::environment::run(old).exits(0);
    more(1);
    git(&["checkout", "-q", "main"]);
    more(3);
    let flags = world.perfteam(&repo, DB, &["inbox", "--format", "json"]).exits(0).json();
    let mut told = 0;
    for flag in flags["flags"].as_array().expect("a list") {
        for place in flag["elsewhere"]["places"].as_array().expect("places") {
            let branch = place["branch"].as_str().expect("a name");
            let counted = git(&["rev-list", "--count", &format!("main..{branch}")]);
            assert_eq!(place["ahead"].to_string(), counted.trim(), "{branch}");
            told += 1;
        }
    }
    assert_eq!(told, 4, "{flags}");
}

#[test]
fn everything_that_waits_is_locked_wherever_it_is() {
    let (world, repo, id, path) = with_flag_on_a_branch();
    let here = commit_flag(&world, &repo, "Another one");
    world.perfteam(&repo, DB, &["flag", "lock", "--mine"]).exits(0);
    for id in [&id, &here] {
        let shown = world.perfteam(&repo, DB, &["flag", "show", id, "--scope", "branch", "--format", "json"]);
        assert_eq!(shown.exits(0).json()["status"], "locked");
    }
    assert_eq!(world.git(&repo, &["status", "--porcelain", "--", &path]).stdout.lines().count(), 2);
}

#[test]
fn odd_branches_do_no_harm() {
    let (world, repo, id, _) = with_flag_on_a_branch();
    // A branch without the folder, one with unrelated history, a symbolic one, packed ones.
    world.git(&repo, &["checkout", "-q", "--orphan", "empty"]).exits(0);
    world.git(&repo, &["rm", "-rqf", "."]).exits(0);
    world.git(&repo, &["commit", "-qn", "--allow-empty", "-m", "Nothing"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    world.git(&repo, &["symbolic-ref", "refs/heads/alias", "refs/heads/feature/pool"]).exits(0);
    assert_eq!(place(&world, &repo, &id), "on feature/pool, 1 commit ahead");
    world.git(&repo, &["pack-refs", "--all"]).exits(0);
    assert_eq!(place(&world, &repo, &id), "on feature/pool, 1 commit ahead");
    // Detached.
    world.git(&repo, &["checkout", "-q", "--detach", "main"]).exits(0);
    assert_eq!(place(&world, &repo, &id), "on feature/pool, 1 commit ahead");
    // Before the first commit of a branch.
    world.git(&repo, &["checkout", "-q", "--orphan", "unborn"]).exits(0);
    assert_eq!(inbox(&world, &repo, &[]), [id.as_str()]);
    assert_eq!(place(&world, &repo, &id), "on feature/pool");
    // Names that a shell or a terminal would obey.
    let name = "odd/$(touch);\u{202e}'\u{301}";
    world.git(&repo, &["branch", "-m", "feature/pool", name]).exits(0);
    world.git(&repo, &["symbolic-ref", "-d", "refs/heads/alias"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    let shown = world.perfteam(&repo, DB, &["flag", "show", &id]).exits(0).stdout;
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains("odd/")).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    seen      on odd/$(touch);<U+202E>'́, 1 commit ahead
    get it    git merge 'odd/$(touch);<U+202E>'\''́'
    "#);
}

#[test]
fn a_repository_without_a_branch_has_an_inbox() {
    let (world, repo) = World::with_repo();
    world.perfteam(&repo, "", &["init"]).exits(0);
    let seen = world.perfteam(&repo, "@performance.lead", &["inbox"]).exits(0);
    assert_eq!(seen.story(), "nothing waits for @performance.lead\n");
}

#[test]
fn what_cannot_be_read_is_said_in_a_sentence() {
    let (world, repo, id, path) = with_flag_on_a_branch();
    let object = |name: &str| world.git(&repo, &["rev-parse", name]).exits(0).stdout.trim().to_owned();
    let file = |id: &str| repo.path.join(".git/objects").join(&id[..2]).join(&id[2..]);
    repo.write(".git/refs/heads/lost", &format!("{}\n", "1".repeat(40)));
    repo.write(".git/refs/heads/broken", "nonsense\n");
    let seen = world.perfteam(&repo, DB, &["inbox"]).exits(0);
    assert!(seen.stdout.contains(&id[..4]), "{}", seen.stdout);
    assert_snapshot!(seen.stderr, @r#"warning: what is on a branch and in 1 more place can't be seen: The reference at "refs/heads/broken" could not be decoded"#);
    std::fs::remove_file(repo.path.join(".git/refs/heads/broken")).expect("a file");
    std::fs::remove_file(repo.path.join(".git/refs/heads/lost")).expect("a file");
    // An object less, at every level.
    for name in [
        &format!("feature/pool:{path}/flag.md"),
        &format!("feature/pool:{path}"),
        "feature/pool:.perfteam",
        "feature/pool",
    ] {
        let gone = file(&object(name));
        std::fs::remove_dir_all(repo.path.join(".git/perfteam")).expect("caches");
        std::fs::rename(&gone, gone.with_extension("away")).expect("an object");
        let seen = world.perfteam(&repo, DB, &["inbox"]).exits(0);
        assert!(
            seen.stderr.contains("feature/pool") && seen.stderr.contains("can't be seen"),
            "{name}: {}",
            seen.story()
        );
        assert_eq!(seen.stderr.lines().count(), 1, "{}", seen.stderr);
        std::fs::rename(gone.with_extension("away"), &gone).expect("an object");
    }
    assert_eq!(inbox(&world, &repo, &[]), [id]);
}

#[test]
fn a_shallow_clone_sees_what_it_has() {
    let (world, repo, id, _) = with_flag_on_a_branch();
    world.git(&repo, &["commit", "-qn", "--allow-empty", "-m", "More"]).exits(0);
    let clone = Repo { path: world.path().join("clone") };
    let from = format!("file://{}", repo.path.display());
    world.git(&repo, &["clone", "-q", "--depth=1", "--no-single-branch", &from, "../clone"]).exits(0);
    assert_eq!(inbox(&world, &clone, &["--scope", "remote"]), [id.as_str()]);
    let shown = world.perfteam(&clone, DB, &["flag", "show", &id, "--scope", "remote"]).exits(0).stdout;
    assert!(shown.contains("seen      on origin/feature/pool\n"), "{shown}");
}

#[test]
fn a_bare_repository_with_work_trees_is_one_repository() {
    let (world, repo, id, _) = with_flag_on_a_branch();
    world.git(&repo, &["clone", "-q", "--bare", ".", "../bare.git"]).exits(0);
    let bare = Repo { path: world.path().join("bare.git") };
    world.git(&bare, &["worktree", "add", "-q", "../a", "main"]).exits(0);
    world.git(&bare, &["worktree", "add", "-q", "../b", "-b", "other", "main"]).exits(0);
    let (a, b) = (Repo { path: world.path().join("a") }, Repo { path: world.path().join("b") });
    let (second, _) = world.flag(&a, API, DB, &["--title", "Not committed"]);
    assert_eq!(place(&world, &b, &id), "on feature/pool, 1 commit ahead");
    assert_eq!(place(&world, &b, &second), "in the work tree ../a, not committed");
    assert_eq!(place(&world, &a, &second), "here");
}

#[test]
fn work_trees_that_are_not_there_do_no_harm() {
    let (world, repo) = World::with_team();
    let trees: Vec<Repo> = ["gone", "locked", "foreign", "detached", "fine"]
        .iter()
        .map(|name| work_tree(&world, &repo, name))
        .collect();
    let ids: Vec<String> = trees.iter().map(|tree| world.flag(tree, API, DB, &[]).0).collect();
    world.git(&trees[3], &["checkout", "-q", "--detach"]).exits(0);
    world.git(&trees[3], &["commit", "-qnm", "Committed on no branch"]).exits(0);
    assert_eq!(inbox(&world, &repo, &[]).len(), 5);
    world.git(&repo, &["worktree", "lock", "../locked"]).exits(0);
    std::fs::rename(&trees[1].path, world.path().join("unmounted")).expect("a folder");
    std::fs::remove_dir_all(&trees[0].path).expect("a folder");
    // In the place of one there is a repository of its own by now.
    std::fs::remove_file(trees[2].path.join(".git")).expect("a file");
    world.git(&trees[2], &["init", "-q"]).exits(0);
    let mut seen = inbox(&world, &repo, &[]);
    seen.sort();
    let mut expected = vec![ids[3].clone(), ids[4].clone()];
    expected.sort();
    assert_eq!(seen, expected);
    assert_eq!(place(&world, &repo, &ids[3]), "in the work tree ../detached, committed on no branch");
    // From a linked work tree the main one is another.
    let (main, _) = world.flag(&repo, API, DB, &[]);
    assert_eq!(place(&world, &trees[4], &main), "in the work tree ../repo, not committed");
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let (world, _, id, _) = with_flag_on_a_branch();
    let outer = Repo { path: world.path().join("outer") };
    std::fs::create_dir(&outer.path).expect("a folder");
    world.git(&outer, &["init", "-q", "-b", "main"]).exits(0);
    let add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../repo", "lib"];
    world.git(&outer, &add).exits(0);
    let inner = Repo { path: outer.path.join("lib") };
    assert_eq!(inbox(&world, &inner, &["--scope", "remote"]), [id]);
    let tree = work_tree(&world, &inner, "inner-b");
    let (second, _) = world.flag(&inner, API, DB, &[]);
    assert_eq!(place(&world, &tree, &second), "in the work tree ../outer/lib, not committed");
    let (third, _) = world.flag(&tree, API, DB, &[]);
    assert_eq!(place(&world, &inner, &third), "in the work tree ../../inner-b, not committed");
}

#[test]
fn the_variables_that_git_sets_for_hooks_do_not_lead_astray() {
    let (world, repo) = World::with_team();
    let other = work_tree(&world, &repo, "wt-b");
    let (id, _) = world.flag(&other, API, DB, &[]);
    repo.write_program(
        ".git/hooks/pre-commit",
        "#!/bin/sh\nexec perfteam inbox @database.postgres --format json >../seen\n",
    );
    for tree in [&repo, &other] {
        tree.write("src/new.rs", "fn new() {}\n");
        world.git(tree, &["commit", "-q", "-m", "New", "--allow-empty", "-o", "src/pool.rs"]).exits(0);
        let seen = std::fs::read_to_string(world.path().join("seen")).expect("the hook ran");
        assert!(seen.contains(&id), "{seen}");
        world.git(tree, &["commit", "-q", "-m", "New", "--allow-empty", "--amend"]).exits(0);
        let seen = std::fs::read_to_string(world.path().join("seen")).expect("the hook ran");
        assert!(seen.contains(&id), "{seen}");
    }
}

#[test]
fn what_is_remembered_of_branches_tells_no_lie() {
    let (world, repo) = World::with_team();
    let other = work_tree(&world, &repo, "wt-b");
    let all = |repo: &Repo| {
        let list = ["flag", "list", "--status", "all", "--format", "json"];
        let mut command = world.perfteam_command(repo, DB, &list);
        command.env("PERFTEAM_NOW", "2026-11-20T23:00:00Z");
        crate::environment::run(command).exits(0).stdout
    };
    let mut before = String::new();
    for step in 0..12 {
        let on = format!("b{}", step % 3);
        match step % 4 {
            0 => {
                world.git(&repo, &["checkout", "-q", "-B", &on]).exits(0);
                commit_flag(&world, &repo, &format!("Flag {step}"));
            }
            1 => {
                world.git(&repo, &["checkout", "-q", "main"]).exits(0);
                let waiting = inbox(&world, &repo, &[]);
                world.perfteam(&repo, DB, &["flag", "complete", &waiting[0]]).exits(0);
                world.git(&repo, &["commit", "-qnm", "Complete"]).exits(0);
            }
            2 => drop(world.flag(&other, API, DB, &["--title", &format!("Flag {step}")])),
            _ => drop(world.git(&repo, &["merge", "-q", "--no-edit", "b0"])),
        }
        // Files of the last two seconds prove nothing; older ones do.
        if step == 6 {
            std::thread::sleep(std::time::Duration::from_millis(2_100));
        }
        let (first, again) = (all(&repo), all(&repo));
        assert_eq!(first, again, "step {step}");
        let _ = std::fs::remove_dir_all(repo.path.join(".git/perfteam/cache"));
        assert_eq!(all(&repo), again, "step {step}, without a cache");
        let places = |text: &str| text.replace("\"elsewhere\"", "");
        assert!(step % 4 == 3 || places(&again) != before, "step {step}: nothing is seen of it");
        before = places(&again);
    }
}
