//! Repositories that store their references as a reftable, which the library can't read.

use crate::environment::{Repo, World, agent};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";

/// A repository with a reftable and a team; `None`, with a word, where git is too old to make one.
fn with_team() -> Option<(World, Repo)> {
    let world = World::new();
    let repo = Repo { path: world.path().join("repo") };
    std::fs::create_dir(&repo.path).expect("a folder");
    let made = world.git(&repo, &["init", "-q", "-b", "main", "--ref-format=reftable"]);
    if made.code != 0 {
        eprintln!("skipped: this git can't make a reftable: {}", made.stderr.trim());
        return None;
    }
    world.perfteam(&repo, "", &["init"]).exits(0);
    repo.write(".perfteam/agents/backend.api.md", &agent(API, "api@example.com", ""));
    repo.write(".perfteam/agents/database.postgres.md", &agent(DB, "db@example.com", ""));
    repo.write("src/pool.rs", "pub const SIZE: u32 = 100;\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git(&repo, &["commit", "-qnm", "Begin"]).exits(0);
    Some((world, repo))
}

#[test]
fn the_main_job_works() {
    let Some((world, repo)) = with_team() else { return };
    world.perfteam(&repo, "", &["hook", "install"]).exits(0);
    world.git(&repo, &["checkout", "-qb", "work"]).exits(0);
    let (id, _) = world.flag(&repo, API, DB, &["--title", "The pool is smaller"]);
    world.git_as(&repo, "api@example.com", &["commit", "-qm", "Raise a flag"]).exits(0);
    repo.write("src/query.rs", "pub const LIMIT: u32 = 10;\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    let refused = world.git_as(&repo, "db@example.com", &["commit", "-qm", "Work"]).exits(1).stderr;
    assert!(refused.contains("[unprocessed-flag]"), "{refused}");
    world.perfteam(&repo, DB, &["flag", "complete", &id]).exits(0);
    world.git_as(&repo, "db@example.com", &["commit", "-qm", "Work"]).exits(0);
    world.perfteam(&repo, DB, &["check", "--base", "main"]).exits(0);
    world.perfteam(&repo, DB, &["check", "--staged"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    world.git_as(&repo, "db@example.com", &["merge", "-q", "work"]).exits(0);
    let status = world.perfteam(&repo, DB, &["flag", "show", &id, "--format", "json"]).exits(0).json();
    assert_eq!(status["status"], "completed");
}

#[test]
fn the_inbox_is_over_all_branches_and_work_trees() {
    let Some((world, repo)) = with_team() else { return };
    let seen = |repo: &Repo, id: &str| {
        let shown = world.perfteam(repo, DB, &["flag", "show", id]).exits(0);
        assert_eq!(shown.stderr, "");
        shown.stdout.lines().find_map(|line| line.strip_prefix("seen      ")).unwrap_or("here").to_owned()
    };
    world.git(&repo, &["checkout", "-qb", "feature/pool"]).exits(0);
    let (first, _) = world.flag(&repo, API, DB, &[]);
    world.git(&repo, &["commit", "-qnm", "Raise a flag"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    assert_eq!(seen(&repo, &first), "on feature/pool, 1 commit ahead");
    let other = Repo { path: world.path().join("wt-b") };
    world.git(&repo, &["worktree", "add", "-q", "--detach", "../wt-b"]).exits(0);
    let (second, _) = world.flag(&other, API, DB, &[]);
    assert_eq!(seen(&repo, &second), "in the work tree ../wt-b, not committed");
    world.git(&other, &["commit", "-qnm", "Raise a flag"]).exits(0);
    assert_eq!(seen(&repo, &second), "in the work tree ../wt-b, committed on no branch");
    world.perfteam(&repo, DB, &["flag", "lock", "--mine"]).exits(0);
    world.perfteam(&other, DB, &["flag", "lock", &first]).exits(4);
    // Before the first commit, detached, and without an index.
    world.git(&repo, &["checkout", "-q", "--detach"]).exits(0);
    std::fs::remove_file(repo.path.join(".git/index")).expect("an index");
    world.perfteam(&repo, DB, &["check", "--staged"]).exits(0);
    world.git(&repo, &["checkout", "-qf", "--orphan", "unborn"]).exits(0);
    assert_eq!(seen(&repo, &first), "here", "the lock brought it along");
}

#[test]
fn of_several_lockers_one_claims() {
    let Some((world, repo)) = with_team() else { return };
    let (id, _) = world.flag(&repo, API, DB, &["--title", "The pool is smaller"]);
    world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(0);
    world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(4);
    let claims = world.perfteam(&repo, DB, &["claims"]).exits(0).stdout;
    assert!(claims.contains(&format!("flag/{id}  held by {DB}")), "{claims}");
    world.perfteam(&repo, DB, &["flag", "complete", &id]).exits(0);
    assert_eq!(world.perfteam(&repo, DB, &["claims"]).exits(0).stdout, "nothing is claimed\n");
}
