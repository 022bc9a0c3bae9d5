//! Repositories and circumstances that are not the usual one: each works, or is refused in one
//! sentence that says what to do. Commits of every form, rebases and merges are in `operations`,
//! reftables in `reftable`.

use insta::assert_snapshot;

use crate::environment::{Repo, Run, World, agent, run};

const DB: &str = "@database.postgres";
const API: &str = "@backend.api";

/// The team with a committed flag for `@database.postgres`, and its id.
fn with_flag() -> (World, Repo, String) {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, API, DB, &["--title", "The pool is smaller"]);
    world.git(&repo, &["commit", "-qanm", "A flag"]).exits(0);
    (world, repo, id)
}

fn other(world: &World, name: &str) -> Repo {
    Repo { path: world.path().join(name) }
}

fn status(world: &World, repo: &Repo, id: &str) -> String {
    let shown = world.perfteam(repo, DB, &["flag", "show", id, "--format", "json"]).exits(0);
    assert_eq!(shown.stderr, "");
    shown.json()["status"].as_str().expect("a status").to_owned()
}

/// Lock, complete, commit, check: what everybody does.
#[track_caller]
fn the_main_job_works(world: &World, repo: &Repo, id: &str) {
    world.perfteam(repo, DB, &["flag", "lock", id]).exits(0);
    assert_eq!(status(world, repo, id), "locked");
    world.perfteam(repo, DB, &["flag", "complete", id]).exits(0);
    world.git_as(repo, "db@example.com", &["commit", "-qm", "Complete"]).exits(0);
    assert_eq!(status(world, repo, id), "completed");
    world.perfteam(repo, "", &["check"]).exits(0);
}

fn shown(run: Run, world: &World) -> String {
    let path = std::fs::canonicalize(world.path()).expect("a path");
    run.story().replace(&*path.to_string_lossy(), "[WORLD]")
}

#[test]
fn git_gc_changes_no_answer() {
    let (world, repo, id) = with_flag();
    world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(0);
    world.git(&repo, &["commit", "-qnm", "Locked"]).exits(0);
    let ask = || {
        let at = |args: &[&str]| {
            let mut command = world.perfteam_command(&repo, DB, args);
            command.env("PERFTEAM_NOW", "2026-11-20T17:00:00Z");
            run(command).story()
        };
        [at(&["inbox"]), at(&["flag", "show", &id]), at(&["check", "--base", "HEAD~1"]), at(&["claims"])]
    };
    let before = ask();
    world.git(&repo, &["gc", "-q", "--aggressive", "--prune=now"]).exits(0);
    world.git(&repo, &["commit-graph", "write", "--reachable"]).exits(0);
    world.git(&repo, &["multi-pack-index", "write"]).exits(0);
    assert_eq!(ask(), before);
    world.perfteam(&repo, DB, &["flag", "complete", &id]).exits(0);
}

#[test]
fn a_shallow_clone_works_and_says_what_it_can_not_judge() {
    let (world, repo, id) = with_flag();
    world.git(&repo, &["checkout", "-q", "-b", "base", "HEAD~1"]).exits(0);
    world.git(&repo, &["commit", "-qn", "--allow-empty", "-m", "Other work"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    let url = format!("file://{}", repo.path.display());
    world.git(&repo, &["clone", "-q", "--depth", "1", "--no-single-branch", &url, "../shallow"]).exits(0);
    let shallow = other(&world, "shallow");
    world.perfteam(&shallow, "", &["hook", "install"]).exits(0);
    the_main_job_works(&world, &shallow, &id);
    let unjudged = world.perfteam(&shallow, "", &["check", "--base", "origin/base"]).exits(3);
    assert!(unjudged.stderr.contains("history is cut off (a shallow clone)"), "{}", unjudged.stderr);
    assert!(unjudged.stderr.contains("try: git fetch --unshallow"), "{}", unjudged.stderr);
}

#[test]
fn a_sparse_checkout_without_records_is_said_and_not_misread() {
    let (world, repo, id) = with_flag();
    world.git(&repo, &["sparse-checkout", "set", "src"]).exits(0);
    assert!(!repo.path.join(".perfteam").exists());
    assert_snapshot!(shown(world.perfteam(&repo, DB, &["inbox"]), &world), @"
    --- stderr ---
    error: the sparse checkout in [WORLD]/repo leaves .perfteam out, or parts of it
      why: git has the records, but nothing here can be told from what is not there
      try: git sparse-checkout add .perfteam
    --- exit 3 ---
    ");
    world.perfteam(&repo, DB, &["flag", "complete", &id]).exits(3);
    let reading: [&[&str]; 3] = [&["inbox"], &["check"], &["prime"]];
    let refused = || reading.into_iter().for_each(|args| drop(world.perfteam(&repo, DB, args).exits(3)));
    refused();
    // A part of it is no better.
    world.git(&repo, &["sparse-checkout", "set", "src", ".perfteam/agents"]).exits(0);
    refused();
    // What a commit would contain has them all the same: the gate holds.
    repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    let refused = world.git_as(&repo, "db@example.com", &["commit", "-qam", "Work"]).exits(1).stderr;
    assert!(refused.contains("[unprocessed-flag]"), "{refused}");
    world.git(&repo, &["sparse-checkout", "add", ".perfteam"]).exits(0);
    the_main_job_works(&world, &repo, &id);
}

#[test]
fn a_submodule_has_a_team_of_its_own() {
    let (world, repo, id) = with_flag();
    let (_, above) = (world.perfteam(&repo, "", &["hook", "status"]), other(&world, "above"));
    std::fs::create_dir(&above.path).expect("a folder");
    world.git(&above, &["init", "-q", "-b", "main"]).exits(0);
    world.perfteam(&above, "", &["init"]).exits(0);
    above.write(".perfteam/agents/database.postgres.md", &agent(DB, "db@example.com", ""));
    world.git(&above, &["add", "-A"]).exits(0);
    world.git(&above, &["commit", "-qnm", "Begin"]).exits(0);
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../repo", "part"];
    world.git(&above, &add).exits(0);
    world.git(&above, &["commit", "-qnm", "A submodule"]).exits(0);
    let part = Repo { path: above.path.join("part") };
    let seen = |repo: &Repo| {
        world.perfteam(repo, DB, &["inbox", "--format", "json"]).exits(0).json()["waiting"].clone()
    };
    assert_eq!((seen(&above), seen(&part)), (0.into(), 1.into()));
    the_main_job_works(&world, &part, &id);
    assert_eq!(world.git(&above, &["status", "--porcelain"]).stdout, " M part\n");
    world.perfteam(&above, DB, &["check"]).exits(0);
}

#[test]
fn git_dir_work_tree_and_index_of_the_environment_are_those_of_git() {
    let (world, repo, id) = with_flag();
    let elsewhere = other(&world, "home");
    let index = repo.path.join("other-index");
    std::fs::copy(repo.path.join(".git/index"), &index).expect("a copy");
    let mut command = world.perfteam_command(&elsewhere, DB, &["flag", "lock", &id]);
    command.env("GIT_DIR", repo.path.join(".git")).env("GIT_WORK_TREE", &repo.path);
    command.env("GIT_INDEX_FILE", &index);
    assert_eq!(run(command).exits(0).stderr, "");
    assert_eq!(status(&world, &repo, &id), "locked");
    // It was staged in the index that was named, as a hook of `git commit -a` must.
    let staged = |index: &std::path::Path| {
        let mut command = world.git_command(&repo, "", &["diff", "--cached", "--name-only"]);
        command.env("GIT_INDEX_FILE", index);
        run(command).exits(0).stdout
    };
    assert!(staged(&index).contains("-locked-"));
    assert_eq!(staged(&repo.path.join(".git/index")), "");
}

#[test]
fn an_index_named_by_a_relative_path_lies_at_the_top_as_git_has_it() {
    let (world, repo, _) = with_flag();
    repo.write(".perfteam/flags/stray", "of no record\n");
    let git = |args: &[&str]| {
        let mut command = world.git_command(&repo, "db@example.com", args);
        command.env("GIT_INDEX_FILE", "other-index");
        run(command).exits(0);
    };
    git(&["read-tree", "HEAD"]);
    git(&["add", ".perfteam/flags/stray"]);
    let mut command = world.perfteam_command(&repo, API, &["check", "--staged"]);
    command.current_dir(repo.path.join(".perfteam/flags")).env("GIT_INDEX_FILE", "other-index");
    assert!(run(command).exits(1).stdout.contains(".perfteam/flags/stray"));
    world.perfteam(&repo, API, &["check", "--staged"]).exits(0);
}

#[test]
fn a_hook_that_steps_stages_in_the_index_of_its_commit() {
    let (world, repo, id) = with_flag();
    let own = repo.read(".git/hooks/pre-commit");
    let step = format!("perfteam flag complete {id} --as {DB} >/dev/null || exit 1\n");
    let (first, rest) = own.split_once('\n').expect("lines");
    repo.write_program(".git/hooks/pre-commit", &format!("{first}\n{step}{rest}"));
    repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    world.git_as(&repo, "db@example.com", &["commit", "-qam", "Work"]).exits(0);
    let changed = world.git(&repo, &["show", "--format=", "--name-only", "HEAD"]).exits(0).stdout;
    assert!(changed.contains("-completed-") && changed.contains("src/pool.rs"), "{changed}");
}

#[test]
fn a_detached_head_is_a_place_like_any_other() {
    let (world, repo, id) = with_flag();
    world.git(&repo, &["checkout", "-q", "--detach"]).exits(0);
    the_main_job_works(&world, &repo, &id);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    assert_eq!(status(&world, &repo, &id), "pending");
    world.git(&repo, &["merge", "-q", "HEAD@{1}"]).exits(0);
    assert_eq!(status(&world, &repo, &id), "completed");
}

#[test]
fn before_the_first_commit_everything_works() {
    let (world, repo) = World::with_repo();
    world.perfteam(&repo, "", &["init"]).exits(0);
    repo.write(".perfteam/agents/backend.api.md", &agent(API, "api@example.com", ""));
    repo.write(".perfteam/agents/database.postgres.md", &agent(DB, "db@example.com", ""));
    world.git(&repo, &["add", "-A"]).exits(0);
    let (id, _) = world.flag(&repo, API, DB, &[]);
    let raced = world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(0);
    assert_eq!(raced.stderr, "");
    world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(4);
    world.perfteam(&repo, DB, &["flag", "unlock", &id]).exits(0);
    the_main_job_works(&world, &repo, &id);
    assert_eq!(world.git(&repo, &["rev-list", "--count", "HEAD"]).stdout, "1\n");
}

#[test]
fn an_orphan_branch_begins_anew() {
    let (world, repo, id) = with_flag();
    world.git(&repo, &["switch", "-q", "--orphan", "fresh"]).exits(0);
    let refused = world.perfteam(&repo, DB, &["inbox"]).exits(1).stderr;
    assert!(refused.contains("there is no .perfteam on branch fresh"), "{refused}");
    world.git(&repo, &["switch", "-q", "main"]).exits(0);
    the_main_job_works(&world, &repo, &id);
}

#[test]
fn a_sha_256_repository_works() {
    let world = World::new();
    let repo = other(&world, "repo");
    std::fs::create_dir(&repo.path).expect("a folder");
    world.git(&repo, &["init", "-q", "-b", "main", "--object-format=sha256"]).exits(0);
    world.perfteam(&repo, "", &["init"]).exits(0);
    repo.write(".perfteam/agents/backend.api.md", &agent(API, "api@example.com", ""));
    repo.write(".perfteam/agents/database.postgres.md", &agent(DB, "db@example.com", ""));
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git(&repo, &["commit", "-qnm", "Begin"]).exits(0);
    world.git(&repo, &["clone", "-q", "--bare", ".", "../hub.git"]).exits(0);
    world.git(&repo, &["remote", "add", "origin", "../hub.git"]).exits(0);
    let (id, _) = world.flag(&repo, API, DB, &[]);
    world.git(&repo, &["commit", "-qnm", "A flag"]).exits(0);
    world.perfteam(&repo, DB, &["flag", "lock", &id, "--remote", "origin"]).exits(0);
    world.perfteam(&repo, DB, &["flag", "unlock", &id]).exits(0);
    the_main_job_works(&world, &repo, &id);
    world.perfteam(&repo, "", &["check", "--base", "HEAD~1"]).exits(0);
}

#[test]
fn a_bare_repository_is_refused_in_a_sentence() {
    let (world, repo, _) = with_flag();
    world.git(&repo, &["clone", "-q", "--bare", ".", "../bare.git"]).exits(0);
    let refused = shown(world.perfteam(&other(&world, "bare.git"), DB, &["inbox"]), &world);
    assert!(refused.contains("[WORLD]/bare.git is a bare repository: it has no work tree"), "{refused}");
    assert!(refused.ends_with("--- exit 3 ---\n"), "{refused}");
}

#[test]
fn a_merge_in_progress_is_no_obstacle() {
    let (world, repo, id) = with_flag();
    world.git(&repo, &["checkout", "-q", "-b", "work"]).exits(0);
    repo.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    world.git(&repo, &["commit", "-qanm", "Twenty"]).exits(0);
    world.git(&repo, &["checkout", "-q", "main"]).exits(0);
    repo.write("src/pool.rs", "pub const SIZE: u32 = 30;\n");
    world.git(&repo, &["commit", "-qanm", "Thirty"]).exits(0);
    world.git(&repo, &["merge", "-q", "work"]).exits(1);
    world.perfteam(&repo, DB, &["flag", "lock", &id]).exits(0);
    repo.write("src/pool.rs", "pub const SIZE: u32 = 25;\n");
    world.git(&repo, &["add", "src/pool.rs"]).exits(0);
    world.git_as(&repo, "db@example.com", &["commit", "-q", "--no-edit"]).exits(0);
    assert_eq!(world.git(&repo, &["rev-list", "--parents", "-1", "HEAD"]).stdout.split(' ').count(), 3);
    assert_eq!(status(&world, &repo, &id), "locked");
    assert_eq!(world.git(&repo, &["status", "--porcelain"]).stdout, "");
}
