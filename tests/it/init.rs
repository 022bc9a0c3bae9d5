//! `init`, where people run it.

use crate::environment::{Repo, World};
use insta::assert_snapshot;

/// The lines of the output that tell of files.
fn created(stdout: &str) -> Vec<&str> {
    stdout.lines().filter(|line| line.starts_with("created ")).collect()
}

fn at(repo: &Repo, path: &str) -> Repo {
    Repo { path: repo.path.join(path) }
}

#[test]
fn a_repository_is_set_up_and_told_what_comes_next() {
    let (world, repo) = World::with_repo();
    assert_snapshot!(world.perfteam(&repo, "", &["init"]).exits(0).story(), @r#"
    created .perfteam/.gitattributes
    created .perfteam/agents/performance.lead.md
    created .perfteam/agents/performance.benchmarker.md
    created .perfteam/agents/performance.monitor.md
    created .perfteam/agents/performance.analyzer.md
    created .perfteam/agents/ops.performance.md
    created .perfteam/perfteam.yaml
    created .git/hooks/pre-commit
    created .git/hooks/prepare-commit-msg
    created .git/hooks/commit-msg
    created .git/hooks/pre-push
    created .git/hooks/post-merge
    created .git/hooks/post-checkout

    next:
      - say who you are in this work tree: perfteam whoami --set @HANDLE, or put somebody@example.com under `emails:` in your agent's file (who is there: perfteam agent list)
      - commit it: git add -- :/.perfteam && git commit -m "Set up perfteam"
      - raise the first flag: perfteam flag create --help
      - or see all of it at work in a throw-away repository: perfteam tour
    "#);
    let staged = world.git(&repo, &["diff", "--cached", "--name-only"]).exits(0).stdout;
    assert_eq!(staged.lines().count(), 7, "a repository without a commit has them staged: {staged}");
    assert!(repo.read(".perfteam/.gitattributes").contains("* -text"));
}

#[test]
fn run_again_it_repairs_what_is_missing_and_changes_nothing_else() {
    let (world, repo) = World::with_team();
    repo.write(".perfteam/perfteam.yaml", "version: 1\nlease: 2h\n");
    std::fs::remove_file(repo.path.join(".perfteam/.gitattributes")).expect("removed");
    std::fs::remove_file(repo.path.join(".perfteam/agents/performance.lead.md")).expect("removed");
    let run = world.perfteam(&repo, "@backend.api", &["init"]).exits(0);
    assert_eq!(created(&run.stdout), ["created .perfteam/.gitattributes"]);
    assert_eq!(repo.read(".perfteam/perfteam.yaml"), "version: 1\nlease: 2h\n");
    world.git(&repo, &["add", "-A"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "Repaired"]).exits(0);
    let run = world.perfteam(&repo, "@backend.api", &["init"]).exits(0);
    assert!(run.stdout.starts_with("nothing to repair"), "{}", run.stdout);
    assert_eq!(world.git(&repo, &["status", "--porcelain"]).stdout, "");
}

#[test]
fn two_at_once_set_up_one() {
    let (world, repo) = World::with_repo();
    let start = || {
        let mut command = world.perfteam_command(&repo, "", &["init", "--format", "json"]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().expect("it starts")
    };
    let mut created = 0;
    for run in [start(), start()].map(|child| child.wait_with_output().expect("it ends")) {
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let told: serde_json::Value = serde_json::from_slice(&run.stdout).expect("JSON");
        created += told["created"].as_array().expect("a list").len();
    }
    assert_eq!(created, 7, "each file is created by one of them");
    let staged = world.git(&repo, &["diff", "--cached", "--name-only"]).stdout;
    assert_eq!(staged.lines().count(), 7, "{staged}");
}

#[test]
fn it_works_in_sub_folders_and_linked_work_trees() {
    let (world, repo) = World::with_repo();
    repo.write("deep/down/file.txt", "x");
    world.perfteam(&at(&repo, "deep/down"), "", &["init"]).exits(0);
    assert!(repo.path.join(".perfteam/perfteam.yaml").exists());
    world.git(&repo, &["commit", "-q", "--no-verify", "--allow-empty", "-m", "Begin"]).exits(0);
    world.git(&repo, &["worktree", "add", "-q", "-b", "two", "../two", "HEAD"]).exits(0);
    let two = at(&repo, "../two");
    std::fs::remove_file(two.path.join(".perfteam/perfteam.yaml")).expect("removed");
    let run = world.perfteam(&two, "", &["init"]).exits(0);
    assert_eq!(created(&run.stdout), ["created .perfteam/perfteam.yaml"]);
}

#[test]
fn without_a_repository_it_says_so() {
    let world = World::new();
    let nowhere = Repo { path: world.path().join("home") };
    let stderr = world.perfteam(&nowhere, "", &["init"]).exits(3).stderr;
    assert_snapshot!(stderr.replace(&world.path().display().to_string(), "WORLD"), @"
    error: there is no git repository at WORLD/home or above it
      why: perfteam keeps its records in a git repository, beside the code
      try: cd to a repository, or make one here: git init
    ");
}

#[test]
fn what_gitignore_hides_is_refused_with_source_and_line() {
    let (world, repo) = World::with_repo();
    repo.write(".gitignore", "/target\n.*\n");
    let run = world.perfteam(&repo, "", &["init"]).exits(3);
    assert_snapshot!(run.stderr, @"
    error: git would ignore .perfteam/.gitattributes (.gitignore:2:.*)
      why: an ignored record would never be committed, and nobody would see it
      try: remove that line, or end the top-level .gitignore with the two lines !/.perfteam/ and !/.perfteam/**
    ");
    assert!(!repo.path.join(".perfteam").exists(), "nothing is written");
    // The way out that it names is one.
    repo.write(".gitignore", "/target\n.*\n!/.perfteam/\n!/.perfteam/**\n");
    world.perfteam(&repo, "", &["init"]).exits(0);
    repo.write(".gitignore", "*.md\n");
    let again = world.perfteam(&repo, "", &["init"]).exits(3);
    assert!(again.stderr.contains("(.gitignore:1:*.md)"), "{}", again.stderr);
}

#[test]
fn a_link_in_the_place_of_the_folder_is_refused() {
    let (world, repo) = World::with_repo();
    std::fs::create_dir(world.path().join("elsewhere")).expect("a folder");
    #[cfg(unix)]
    std::os::unix::fs::symlink(world.path().join("elsewhere"), repo.path.join(".perfteam")).expect("a link");
    let run = world.perfteam(&repo, "", &["init"]).exits(3);
    assert!(run.stderr.contains("is a symbolic link"), "{}", run.stderr);
    assert_eq!(std::fs::read_dir(world.path().join("elsewhere")).expect("a folder").count(), 0);
}

/// A repository that Jane and Bob work in, with CODEOWNERS.
fn with_history() -> (World, Repo) {
    let (world, repo) = World::with_repo();
    repo.write(
        ".github/CODEOWNERS",
        "*  @acme/all\n/docs/  @Tech_Writer\n/src/db/  @acme/db-team jane@example.com\n",
    );
    let authors = [
        ("Jane Doe <jane@example.com>", "src/db/pool.rs"),
        ("Bob Roe <4711+bob-roe@users.noreply.github.com>", "src/api/routes.rs"),
        ("dependabot[bot] <support@github.com>", "deps/lock.txt"),
    ];
    for round in 0..3 {
        for (author, path) in authors {
            repo.write(path, &format!("{round}\n"));
            world.git(&repo, &["add", "-A"]).exits(0);
            world.git(&repo, &["commit", "-q", "-m", "Work", "--author", author]).exits(0);
        }
    }
    (world, repo)
}

#[test]
fn agents_are_inferred_from_codeowners_and_history() {
    let (world, repo) = with_history();
    let run = world.perfteam(&repo, "", &["init", "--infer"]).exits(0);
    let inferred = run.stdout.split("\n\n").nth(1).unwrap_or_default();
    assert_snapshot!(inferred, @"
    inferred @all
      from    .github/CODEOWNERS names @acme/all
    inferred @tech-writer
      watches /docs/
      from    .github/CODEOWNERS line 2: `/docs/`
    inferred @db-team
      watches /src/db/
      from    .github/CODEOWNERS line 3: `/src/db/`
    inferred @jane
      watches /src/db/
      from    .github/CODEOWNERS line 3: `/src/db/`
      from    3 of the latest 3 commits that touch `src/db/`
    inferred @bob-roe
      watches /src/api/
      from    3 of the latest 3 commits that touch `src/api/`
    left out: .github/CODEOWNERS line 1 gives everything to @acme/all: an agent that watches every path would have to be flagged with every change
    these are proposals: read and correct the files before you commit them
    ");
    assert_snapshot!(repo.read(".perfteam/agents/jane.md"), @r#"
    ---
    handle: "@jane"
    title: Jane Doe
    description: Answers for src/db.
    keywords:
      - db
    watches:
      - "/src/db/"
    emails:
      - "jane@example.com"
    ---

    Inferred by `perfteam init --infer`; say here what this agent does, and correct what is wrong.

    - .github/CODEOWNERS line 3: `/src/db/`
    - 3 of the latest 3 commits that touch `src/db/`
    "#);
    world.perfteam(&repo, "", &["agent", "lint"]).exits(0);
    world.git(&repo, &["commit", "-q", "--no-verify", "-m", "Set up"]).exits(0);
    let again = world.perfteam(&repo, "", &["init", "--infer", "--format", "json"]).exits(0).json();
    assert_eq!(again["created"], serde_json::json!([]), "what is there stays");
    assert_eq!(again["inferred"]["agents"], serde_json::json!([]));
    assert_eq!(world.git(&repo, &["status", "--porcelain"]).stdout, "");
}

#[test]
fn nothing_is_inferred_unasked_or_without_evidence() {
    let (world, repo) = with_history();
    world.perfteam(&repo, "", &["init"]).exits(0);
    assert!(!repo.path.join(".perfteam/agents/jane.md").exists());
    let (world, empty) = World::with_repo();
    let run = world.perfteam(&empty, "", &["init", "--infer"]).exits(0);
    assert!(run.stdout.contains("inferred no agent"), "{}", run.stdout);
}

#[test]
fn an_agent_who_is_there_is_never_overwritten() {
    let (world, repo) = with_history();
    let mine = "---\nhandle: \"@data.jane\"\nemails: [\"JANE@example.com\"]\n---\n";
    repo.write(".perfteam/agents/data.jane.md", mine);
    let told = world.perfteam(&repo, "", &["init", "--infer", "--format", "json"]).exits(0).json();
    assert_eq!(told["inferred"]["known"], serde_json::json!(["@data.jane"]));
    assert!(!repo.path.join(".perfteam/agents/jane.md").exists());
    assert_eq!(repo.read(".perfteam/agents/data.jane.md"), mine);
}
