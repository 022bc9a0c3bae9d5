//! The whole protocol as two agents live it: two work trees, real commits, real hooks, both merged.

use crate::environment::{ACTION, CHANGE, Repo, World};

const API: &str = "api@example.com";
const DB: &str = "db@example.com";

/// Commits everything in a work tree as this author, hooks included.
#[track_caller]
fn commit(world: &World, tree: &Repo, email: &str, message: &str, code: i32) -> String {
    world.git(tree, &["add", "-A"]).exits(0);
    world.git_as(tree, email, &["commit", "-q", "-m", message]).exits(code).stderr
}

/// A second work tree of the repository on a new branch.
fn work_tree(world: &World, repo: &Repo, name: &str) -> Repo {
    let path = world.path().join(name);
    world.git(repo, &["worktree", "add", "-q", "-b", name, path.to_str().expect("UTF-8")]).exits(0);
    Repo { path }
}

#[test]
fn two_work_trees_play_both_agents_and_merge_in_both_orders() {
    let (world, repo) = World::with_team();
    let policy = repo.read(".perfteam/perfteam.yaml");
    repo.write(".perfteam/perfteam.yaml", &format!("{policy}rules:\n  affected-not-flagged: block\n"));
    commit(&world, &repo, API, "Announce what others watch", 0);
    let api = work_tree(&world, &repo, "api");
    let db = work_tree(&world, &repo, "db");

    // The sender's commit is refused until the flag exists.
    api.write("src/pool.rs", "pub const SIZE: u32 = 20;\n");
    let refused = commit(&world, &api, API, "Twenty connections", 1);
    assert!(refused.contains("@database.postgres") && refused.contains("perfteam flag create"), "{refused}");
    let (id, _) =
        world.flag(&api, "", "@database.postgres", &["--file", "src/pool.rs", "--as", "@backend.api"]);
    commit(&world, &api, API, "Twenty connections", 0);
    world.perfteam(&api, "", &["check", "--base", "main"]).exits(0);

    // The addressee does not have it yet: nothing blocks; with the flag, everything of his does.
    db.write("src/query.rs", "// fast\n");
    commit(&world, &db, DB, "A query", 0);
    world.git_as(&db, DB, &["merge", "-q", "--no-edit", "api"]).exits(0);
    db.write("src/query.rs", "// faster\n");
    let refused = commit(&world, &db, DB, "A faster query", 1);
    assert!(refused.contains(&id[..4]) && refused.contains("flag lock --mine"), "{refused}");

    // What a skipped hook lets through, the same check finds afterwards, until the flag is processed.
    world.git_as(&db, DB, &["commit", "-q", "--no-verify", "-m", "A faster query"]).exits(0);
    let caught = world.perfteam(&db, "", &["check", "--base", "main", "--format", "json"]).exits(1).json();
    assert_eq!(caught["diagnostics"][0]["rule"], "unprocessed-flag");
    world.perfteam(&db, "@database.postgres", &["flag", "complete", &id, "--note", "Sized."]).exits(0);
    commit(&world, &db, DB, "Process the flag", 0);
    let late = world.perfteam(&db, "", &["check", "--base", "main"]).exits(0).stdout;
    assert!(late.contains("late: flag"), "{late}");

    // Both branches merge without conflict, in both orders to the same state.
    let states: Vec<String> = [["api", "db"], ["db", "api"]]
        .iter()
        .map(|order| {
            world.git(&repo, &["switch", "-q", "-C", "merged", "main"]).exits(0);
            for branch in order {
                world.git(&repo, &["merge", "-q", "--no-edit", branch]).exits(0);
            }
            let list = world.perfteam(&repo, "", &["flag", "list", "--status", "all", "--format", "json"]);
            list.exits(0).stdout
        })
        .collect();
    assert_eq!(states[0], states[1]);
    assert!(states[0].contains("\"status\": \"completed\""), "{}", states[0]);
}

#[test]
fn a_question_holds_the_lock_until_it_is_answered() {
    let (world, repo) = World::with_team();
    let (id, _) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    let db = |args: &[&str]| world.perfteam(&repo, "@database.postgres", args);
    let itself =
        ["flag", "lock", &id, "--awaiting", "@database.postgres", "--change", CHANGE, "--action", ACTION];
    assert!(db(&itself).exits(1).stderr.contains("who asks"));
    let locked = db(&[
        "flag",
        "lock",
        &id,
        "--awaiting",
        "@backend.api",
        "--change",
        CHANGE,
        "--action",
        "Which services open connections of their own beside the pool, and how many?",
        "--format",
        "json",
    ])
    .exits(0)
    .json();
    let request = locked["request"]["id"].as_str().expect("an id").to_owned();
    let shown = db(&["flag", "show", &id, "--format", "json"]).exits(0).json();
    assert_eq!(shown["standing"], "held");
    assert_eq!(shown["lock"]["awaiting"], request.as_str());
    db(&["check", "--staged"]).exits(0);
    let tree = world.perfteam(&repo, "", &["flag", "chain", &request]).exits(0).stdout;
    assert!(tree.contains("└─ "), "{tree}");

    // The hints fit who tried.
    let outsider =
        world.perfteam(&repo, "@performance.monitor", &["flag", "withdraw", &id, "--reason", "No."]);
    let outsider = outsider.exits(1).stderr;
    assert!(outsider.contains("--as @backend.api") && !outsider.contains("--as @database"), "{outsider}");

    // Only its addressee answers; the answer releases the lock, and the flag waits again.
    db(&["flag", "reply", &request, "--note", "None."]).exits(1);
    world
        .perfteam(&repo, "@backend.api", &["flag", "reply", &request, "--note", "Only the exporter: two."])
        .exits(0);
    let shown = db(&["flag", "show", &id, "--format", "json"]).exits(0).json();
    assert_eq!(shown["standing"], "answered");
    let refused = db(&["check", "--staged"]).exits(1).stdout;
    assert!(refused.contains(&id[..4]), "{refused}");
    db(&["flag", "lock", &id]).exits(0);
    db(&["flag", "complete", &id]).exits(0);
    db(&["check", "--staged"]).exits(0);
}

#[test]
fn several_addressees_get_one_flag_each_with_one_origin() {
    let (world, repo) = World::with_team();
    let args = [
        "flag",
        "create",
        "--type",
        "change",
        "--to",
        "@backend.api",
        "@database.postgres",
        "--to",
        "@performance.monitor",
        "--change",
        CHANGE,
        "--action",
        ACTION,
        "--format",
        "json",
    ];
    let created = world.perfteam(&repo, "@ops.performance", &args).exits(0).json();
    let flags = created["flags"].as_array().expect("flags");
    assert_eq!(flags.len(), 3);
    let chain = world.perfteam(
        &repo,
        "",
        &["flag", "chain", flags[2]["id"].as_str().expect("an id"), "--format", "json"],
    );
    let chain = chain.exits(0).json();
    assert_eq!(chain["origin"], created["id"]);
    assert_eq!(chain["flags"].as_array().map(Vec::len), Some(3));
}

#[test]
fn the_editor_the_file_and_standard_input_make_the_same_flag() {
    let (world, repo) = World::with_team();
    let text = format!(
        "---\ntype: refactor\nto: \"@database.postgres\"\nimpact: low\nfiles: [src/pool.rs]\n---\n\n## Change\n\n{CHANGE}\n\n## Action\n\n{ACTION}\n"
    );
    repo.write("flag.txt", &text);
    let from_file =
        world.perfteam(&repo, "@backend.api", &["flag", "create", "--input", "flag.txt", "--format", "json"]);
    let mut edit =
        world.perfteam_command(&repo, "@backend.api", &["flag", "create", "--edit", "--format", "json"]);
    edit.env("GIT_EDITOR", "cp flag.txt");
    let edited = crate::environment::run(edit);
    for created in [from_file, edited] {
        let created = created.exits(0).json();
        let head = repo.read(&format!("{}/flag.md", created["path"].as_str().expect("a path")));
        assert!(
            head.contains("type: refactor") && head.contains("impact: low") && head.contains(CHANGE),
            "{head}"
        );
    }
    // An editor that leaves the template as it is raises nothing.
    let refused = world.perfteam(&repo, "@backend.api", &["flag", "create", "--edit"]).exits(2);
    assert!(refused.stderr.contains("neither a change nor an action was written"), "{}", refused.stderr);
}

#[test]
fn an_ambiguous_prefix_lists_what_it_could_be_and_a_retry_returns_the_first() {
    let (world, repo) = World::with_team();
    let folder = |id: &str| format!(".perfteam/flags/2026-11-20/pool-{id}/flag.md");
    let (id, path) = world.flag(&repo, "@backend.api", "@database.postgres", &["--once", "nightly"]);
    let again = world.perfteam(
        &repo,
        "@backend.api",
        &[
            "flag",
            "create",
            "--to",
            "@database.postgres",
            "--change",
            CHANGE,
            "--action",
            ACTION,
            "--once",
            "nightly",
            "--format",
            "json",
        ],
    );
    let again = again.exits(0).json();
    assert_eq!((again["id"].as_str(), again["existing"].as_bool()), (Some(id.as_str()), Some(true)));
    let head = repo.read(&format!("{path}/flag.md"));
    for twin in ["abcd000001", "abcd000002"] {
        repo.write(&folder(twin), &head.replace(&id, twin));
    }
    let refused = world.perfteam(&repo, "@database.postgres", &["flag", "show", "abcd"]).exits(2).stderr;
    assert!(refused.contains("abcd000001") && refused.contains("abcd000002"), "{refused}");
    world.perfteam(&repo, "@database.postgres", &["flag", "show", "flag/abcd000001"]).exits(0);
}

#[test]
fn the_tour_tells_the_truth() {
    let world = World::new();
    let repo = Repo { path: world.path().to_owned() };
    let tour = world.perfteam(&repo, "", &["tour", "--folder", "tour"]).exits(0).stdout;
    for word in [
        "affected-not-flagged",
        "unprocessed-flag",
        "exit code 1: refused",
        "nothing is left to do",
        "p95 > 300ms: met, raised a flag to @backend.api",
        "reported finding",
        "2 wait for @backend.api",
        "things are missing in the phase evidence",
        "Review recent changes: The cart is slow",
    ] {
        assert!(tour.contains(word), "{word} is not in:\n{tour}");
    }
    let json = world.perfteam(&repo, "", &["tour", "--folder", "again", "--format", "json"]).exits(0).json();
    assert!(json["commands"].as_array().is_some_and(|commands| commands.len() > 15));
}

#[test]
fn what_would_read_as_something_else_is_refused() {
    let (world, repo) = World::with_team();
    let wrong = [
        ["--location", "nonsense"],
        ["--location", "a.rs:0"],
        ["--type", "Weird Type!"],
        ["--title", "a\nb"],
    ];
    for [option, value] in wrong {
        let args =
            ["flag", "create", "--to", "@backend.api", "--change", CHANGE, "--action", ACTION, option, value];
        world.perfteam(&repo, "@ops.performance", &args).exits(2);
    }
    let (_, path) = world.flag(&repo, "@ops.performance", "@backend.api", &["--location", "src/pool.rs:1:5"]);
    assert!(repo.read(&format!("{path}/flag.md")).contains("src/pool.rs:1:5"));
}
