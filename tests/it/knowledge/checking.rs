//! What `check` and merges make of them.

use super::{API, SIGNS, add, ask};
use crate::environment::{Repo, World};
use insta::assert_snapshot;
use serde_json::Value;

#[test]
fn check_names_file_and_line_of_what_nobody_would_find() {
    let (world, repo) = World::with_team();
    for (path, text) in [
        ("runbook/fine.md", "# Fine\n\nNo front matter is needed for a text of the team's own.\n"),
        ("runbook/fine.png", "a picture"),
        ("README.md", "Ours."),
        ("loose.md", "# Loose\n\nLies in the folder of no kind.\n"),
        ("patterns/pool.md", "# Pool\n\nLies in the folder of no known kind.\n"),
        ("pattern/Pool Size.md", "# Pool\n\nIts name is no name.\n"),
        ("pattern/deep/pool.md", "# Pool\n\nLies where nobody looks.\n"),
        ("pattern/untitled.md", "Some words and no heading, which says nothing in a list.\n"),
        (
            "pattern/kind.md",
            "---\ntitle: Pool\nkind: runbook\n---\n\nIt says one kind and lies in another.\n",
        ),
        (
            "pattern/taught.md",
            "---\ntitle: Pool\ntaught_by:\n  - 7k2m9qxa3d\n  - \"7k2m\"\n---\n\nA short id is none in a file.\n",
        ),
        (
            "pattern/metric.md",
            "---\ntitle: Pool\nmetrics:\n  p95:\n    before: fast\n    after: 1s\n---\n\nNo quantity.\n",
        ),
        ("pattern/yaml.md", "---\ntitle: [Pool\n---\n\nNo YAML.\n"),
        ("pattern/by.md", "---\ntitle: Pool\nby: @backend.api\n---\n\nA bare handle.\n"),
    ] {
        repo.write(&format!(".perfteam/knowledge/{path}"), text);
    }
    std::fs::write(repo.path.join(".perfteam/knowledge/pattern/bytes.md"), b"# Pool\n\nN\xff\n")
        .expect("a file");
    let by_hand = ask_check(&world, &repo, &["check"]);
    assert_snapshot!(by_hand, @r#"
    loose.md:1 no entry: expected KIND/SLUG.md, such as runbook/restart-the-pool.md
    pattern/Pool Size.md:1 `Pool Size` is no name: expected at most 80 of the characters a-z, 0-9 and -
    pattern/by.md:3 a bare @ is not YAML: a handle is written in quotes
    pattern/bytes.md:3 not UTF-8: expected text in UTF-8
    pattern/deep/pool.md:1 no entry: expected KIND/SLUG.md, such as runbook/restart-the-pool.md
    pattern/kind.md:3 the kind is runbook, but the file lies in pattern
    pattern/metric.md:5 `fast` is no quantity: expected a number with a unit, such as 850ms, 450 req/s or 2.3%
    pattern/taught.md:5 `7k2m` is no id: expected ten characters such as 7k2m9qxa3d
    pattern/untitled.md:1 no title: expected the key `title`, or a heading `# Title` first
    pattern/yaml.md:3 not YAML: did not find expected ',' or ']'
    patterns/pool.md:1 `patterns` is no kind of knowledge: did you mean pattern?
    "#);
    world.git(&repo, &["add", "-A"]).exits(0);
    assert_eq!(ask_check(&world, &repo, &["check", "--staged"]), by_hand, "the gate sees the same");
    let listed = world.perfteam(&repo, API, &["knowledge", "list"]).exits(0);
    assert_snapshot!(listed.story(), @r#"
    runbook/fine  Fine

    read one: perfteam knowledge show NAME
    --- stderr ---
    warning: .perfteam/knowledge/loose.md can't be read and 10 more: no entry: expected KIND/SLUG.md, such as runbook/restart-the-pool.md
      see all: perfteam check
    "#);
}

/// `path:line message` of each diagnostic.
fn ask_check(world: &World, repo: &Repo, args: &[&str]) -> String {
    let verdict = world.perfteam(repo, API, &[args, &["--format", "json"]].concat()).exits(1).json();
    let line = |one: &Value| {
        let place = format!("{}:{}", one["path"].as_str().unwrap_or_default(), one["line"]);
        format!(
            "{} {}",
            place.trim_start_matches(".perfteam/knowledge/"),
            one["message"].as_str().unwrap_or_default()
        )
    };
    verdict["diagnostics"].as_array().expect("a list").iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn two_branches_that_write_down_the_same_merge() {
    let (world, repo) = World::with_team();
    let git = |args: &[&str]| world.git(&repo, &[&["-c", "core.hooksPath=/dev/null"], args].concat());
    add(
        &world,
        &repo,
        "runbook",
        "Restart the pool",
        &[
            "--name",
            "restart",
            "--text",
            "## When\n\nCallers wait for connections.\n\n## Steps\n\nRestart it.\n\n## Check\n\nLook at p95.",
        ],
    );
    git(&["add", "-A"]).exits(0);
    git(&["commit", "-qm", "A runbook"]).exits(0);
    let path = ".perfteam/knowledge/runbook/restart.md";
    let base = repo.read(path);
    let side = |branch: &str, old: &str, new: &str| {
        git(&["switch", "-q", "-c", branch, "main"]).exits(0);
        add(&world, &repo, "pattern", "Exhausted pool", &["--text", SIGNS]);
        assert!(base.contains(old));
        repo.write(path, &base.replace(old, new));
        git(&["add", "-A"]).exits(0);
        git(&["commit", "-qm", branch]).exits(0);
    };
    side("one", "Restart it.", "Drain it, restart it.");
    side("two", "Look at p95.", "Look at p95 and p99.");
    side("three", "Restart it.", "Restart it on each host.");
    git(&["merge", "-q", "--no-edit", "two"]).exits(0);
    git(&["switch", "-q", "main"]).exits(0);
    git(&["merge", "-q", "--no-edit", "one"]).exits(0);
    git(&["merge", "-q", "--no-edit", "two"]).exits(0);
    assert!(repo.read(path).contains("Drain it") && repo.read(path).contains("p99"), "both edits are there");
    assert_eq!(
        ask(&world, &repo, &["knowledge", "list", "--kind", "pattern"])["entries"].as_array().map(Vec::len),
        Some(2)
    );
    // Two who edit the same lines of the same document: a person decides, and nobody overlooks it.
    git(&["merge", "-q", "--no-edit", "three"]).exits(1);
    git(&["add", "-A"]).exits(0);
    assert_snapshot!(world.perfteam(&repo, API, &["check", "--staged"]).exits(1).stdout, @r#"
    blocked: a conflict marker that a merge left behind [syntax]
      --> .perfteam/knowledge/runbook/restart.md:14:1
       |
    14 | <<<<<<< HEAD
       | ^^^^^^^^^^^^
       |
       = why: what can't be read is found by nobody: not by a search, not by who starts similar work
       = try: take one side of the conflict, then `git add` the file

    1 blocking
    "#);
    let listed = world.perfteam(&repo, API, &["knowledge", "list"]).exits(0);
    assert!(listed.stderr.contains("a conflict marker that a merge left behind"), "{}", listed.stderr);
}

#[cfg(unix)]
#[test]
fn hostile_files_hold_nothing_up_and_reach_no_terminal() {
    let (world, repo) = World::with_team();
    add(&world, &repo, "pattern", "Exhausted pool", &["--text", SIGNS, "--name", "pool"]);
    let folder = repo.path.join(".perfteam/knowledge");
    let write = |path: &str, text: &str| repo.write(&format!(".perfteam/knowledge/{path}"), text);
    write(
        "pattern/escape.md",
        "# Red \u{1b}[31m\u{202e}pool\n\nCallers \u{1b}]0;title\u{7} wait for a connection.\n",
    );
    write("pattern/huge.md", &format!("# Pool\n\n{}", "word ".repeat(300_000)));
    let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
    write("pattern/bomb.md", &format!("---\n{bomb}title: Pool\n---\n\nCallers wait for a connection.\n"));
    write("pattern/deep.md", &format!("# Pool\n\n{} deep\n", "> ".repeat(100_000)));
    let deep = "a/".repeat(100);
    std::fs::create_dir_all(folder.join(&deep)).expect("folders");
    for (link, target) in
        [("runbook", "/etc"), ("pattern/passwd.md", "/etc/passwd"), ("pattern/loop.md", "loop.md")]
    {
        std::os::unix::fs::symlink(target, folder.join(link)).expect("a link");
    }
    let listed = world.perfteam(&repo, API, &["knowledge", "list"]).exits(0);
    assert!(!listed.stdout.contains('\u{1b}') && !listed.stdout.contains('\u{202e}'), "{}", listed.stdout);
    assert!(listed.stdout.contains("pattern/pool ") && listed.stderr.contains("more"), "{}", listed.story());
    let shown = world.perfteam(&repo, API, &["knowledge", "show", "escape"]).exits(0).stdout;
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown}");
    let found = world.perfteam(&repo, API, &["knowledge", "search", "pool", "--limit", "1"]).exits(0).stdout;
    assert!(found.starts_with("1. pattern/"), "{found}");
    let told = ask_check(&world, &repo, &["check"]);
    for path in [
        "pattern/huge.md:1 ",
        "pattern/passwd.md:1 no plain file",
        "pattern/loop.md:1 no plain file",
        "runbook:1 no plain file",
    ] {
        assert!(told.contains(path), "{path} in:\n{told}");
    }
}
