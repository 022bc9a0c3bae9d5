//! One pull request, from the first session to the merge: whoever judges it says the same. The agent's session
//! and its client of the tools, CI's comment, annotations and SARIF, and the server that refuses the push.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::environment::{Repo, agent};
use crate::forge::{Forge, Job, has_curl};
use crate::mcp::Client;
use crate::server::{Served, said};
use crate::session::{edit, hook, stop};

const API: &str = "@backend.api";
const DB: &str = "@database.postgres";
const API_MAIL: &str = "api@example.com";

/// What is said of a place: severity, rule, path, line.
type Said = BTreeSet<(String, String, String, u64)>;

fn entry(severity: &str, rule: &str, path: &str, line: u64) -> (String, String, String, u64) {
    (severity.to_owned(), rule.to_owned(), path.to_owned(), line)
}

/// What `check --format json` says.
fn in_json(check: &Value) -> Said {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |found: &Value| {
        let line = found["line"].as_u64().unwrap_or(1);
        entry(&text(&found["level"]), &text(&found["rule"]), &text(&found["path"]), line)
    };
    check["diagnostics"].as_array().expect("diagnostics").iter().map(one).collect()
}

/// What the annotations in a log say.
fn in_annotations(log: &str) -> Said {
    let words = [("::error ", "block"), ("::warning ", "warn"), ("::notice ", "note")];
    let one = |line: &str| {
        let (properties, severity) =
            words.iter().find_map(|(word, severity)| Some((line.strip_prefix(word)?, *severity)))?;
        let properties = properties.split("::").next()?;
        let value = |name: &str| properties.split(',').find_map(|pair| pair.strip_prefix(name));
        let rule = value("title=perfteam ")?;
        let line = value("line=").and_then(|line| line.parse().ok()).unwrap_or(1);
        Some(entry(severity, rule, value("file=")?, line))
    };
    log.lines().filter_map(one).collect()
}

/// What SARIF says.
fn in_sarif(sarif: &Value) -> Said {
    let one = |result: &Value| {
        let severity = match result["level"].as_str() {
            Some("error") => "block",
            Some("warning") => "warn",
            _ => "note",
        };
        let place = &result["locations"][0]["physicalLocation"];
        let path = place["artifactLocation"]["uri"].as_str().expect("a path");
        let line = place["region"]["startLine"].as_u64().unwrap_or(1);
        entry(severity, result["ruleId"].as_str().expect("a rule"), path, line)
    };
    sarif["runs"][0]["results"].as_array().expect("results").iter().map(one).collect()
}

/// What the comment says: `- block `rule` [`path:line`](link) ...`.
fn in_comment(comment: &str) -> Said {
    let one = |line: &str| {
        let line = line.strip_prefix("- ")?;
        let (severity, rest) = line.split_once(" `")?;
        let (rule, rest) = rest.split_once("` [`")?;
        let (path, number) = rest.split_once("`]")?.0.rsplit_once(':')?;
        ["block", "warn", "note"].contains(&severity).then_some(())?;
        Some(entry(severity, rule, path, number.parse().ok()?))
    };
    comment.lines().filter_map(one).collect()
}

/// What the server says to a push: `blocked: message [rule]`, and the place in the next line.
fn in_push(told: &str) -> Said {
    let words = [("blocked: ", "block"), ("warning: ", "warn"), ("note: ", "note")];
    let lines: Vec<&str> = told.lines().collect();
    let one = |at: usize| {
        let severity = words.iter().find(|(word, _)| lines[at].starts_with(word))?.1;
        let rule = lines[at].rsplit_once('[')?.1.strip_suffix(']')?;
        let place = lines.get(at + 1)?.trim().strip_prefix("--> ")?;
        let mut parts = place.splitn(3, ':');
        let path = parts.next()?;
        Some(entry(severity, rule, path, parts.next().and_then(|line| line.parse().ok()).unwrap_or(1)))
    };
    (0..lines.len()).filter_map(one).collect()
}

/// A team with a server that judges, the hooks of agents' tools and the steps of CI; on main, a flag that
/// `@backend.api` will complete and one that it will leave undone, and a part that is closed to it.
fn served() -> (Served, [(String, String); 2]) {
    let served = Served::empty();
    let closed = "writes:\n  exclusive:\n    - db/\n";
    served.repo.write(".perfteam/agents/database.postgres.md", &agent(DB, "db@example.com", closed));
    served.repo.write("db/1.sql", "select 1;\n");
    for tool in ["claude", "github"] {
        served.world.perfteam(&served.repo, "", &["setup", tool]).exits(0);
    }
    let flag = |title: &str| served.world.flag(&served.repo, DB, API, &["--title", title]);
    let flags = [flag("To be completed"), flag("To be left")];
    served.commit("lead@example.com", "Begin");
    served.push(&["main"]).exits(0);
    served.git(&["fetch", "-q", "origin"]);
    served.branch("work");
    (served, flags)
}

/// What the tool's own file says is run for `event`.
fn command_of(repo: &Repo, event: &str) -> Vec<String> {
    let settings: Value = serde_json::from_str(&repo.read(".claude/settings.json")).expect("JSON");
    let command = settings["hooks"][event][0]["hooks"][0]["command"].as_str().expect("a command").to_owned();
    command.split(' ').skip(1).map(str::to_owned).collect()
}

/// The agent's session: it is told what waits, refused an edit, and held back at its end.
fn session(served: &Served, completed: &str) {
    let (world, repo) = (&served.world, &served.repo);
    let prime: Vec<String> = command_of(repo, "SessionStart");
    let prime: Vec<&str> = prime.iter().map(String::as_str).collect();
    let primed = world.perfteam(repo, API, &prime).exits(0).json();
    let context = primed["hookSpecificOutput"]["additionalContext"].as_str().expect("a text").to_owned();
    assert!(context.contains("Waits for you (2;") && context.contains(&completed[..4]), "{context}");
    assert_eq!(command_of(repo, "PreToolUse")[..], ["hook", "run", "pre-tool-use"]);
    assert_eq!(command_of(repo, "Stop")[..], ["hook", "run", "stop"]);
    let refused = hook(world, repo, API, "pre-tool-use", &edit(repo, "db/1.sql")).exits(0).json();
    let reason =
        refused["hookSpecificOutput"]["permissionDecisionReason"].as_str().expect("a reason").to_owned();
    assert!(
        reason.contains("[write-authority]")
            && reason.contains("flag create --type change --to @database.postgres")
    );
    assert_eq!(hook(world, repo, API, "pre-tool-use", &edit(repo, "src/pool.rs")).exits(0).story(), "");
    world.perfteam(repo, API, &["flag", "lock", completed]).exits(0);
    let held = hook(world, repo, API, "stop", &stop("s1")).exits(0).json();
    let reason = held["reason"].as_str().expect("a reason");
    assert!(reason.contains(&format!("perfteam flag complete {}", &completed[..4])), "{reason}");
    world
        .perfteam(repo, API, &["flag", "complete", completed, "--note", "Set to twenty; p95 is 208 ms."])
        .exits(0);
}

/// What the branch does: two flags raised, one completed, and three rules broken. The commit of it.
fn work(served: &Served, [(completed, _), (_, left)]: &[(String, String); 2]) -> String {
    session(served, completed);
    for (to, title) in [(DB, "Lower max_connections"), ("@ops.performance", "Measure the checkout")] {
        served.world.flag(&served.repo, API, to, &["--title", title]);
    }
    // The edit that was refused, a published record written anew, and a flag that waits.
    served.repo.write("db/1.sql", "select 2;\n");
    let head = format!("{left}/flag.md");
    served.repo.write(&head, &served.repo.read(&head).replace("twenty", "thirty"));
    served.commit(API_MAIL, "Work")
}

#[test]
fn whoever_judges_a_pull_request_says_the_same() {
    let (served, flags) = served();
    let commit = work(&served, &flags);
    let (world, repo) = (&served.world, &served.repo);

    let check = ["check", "--base", "origin/main", "--format", "json"];
    let expected = in_json(&world.perfteam(repo, API, &check).exits(1).json());
    let rules: BTreeSet<&str> =
        expected.iter().filter(|found| found.0 == "block").map(|found| found.1.as_str()).collect();
    assert_eq!(rules, ["changed-record", "unprocessed-flag", "write-authority"].into());

    let refused = served.push(&["work"]).exits(1);
    assert_eq!(in_push(&said(&refused)), expected, "{}", refused.stderr);
    assert_eq!(served.there("work"), "", "nothing of it was taken in");

    // The server would not have the branch, so CI sees it where it is not asked.
    let forge = Forge::new();
    let mut job = Job::new(world, repo, &forge);
    job.inputs.insert("sarif", ".git/findings.sarif");
    let (steps, log) = job.run();
    assert_eq!(steps, ["Install perfteam: 0", "Review: 0", "Findings as SARIF: 0", "Check: 1"], "{log}");
    assert_eq!(in_annotations(&log), expected);
    let sarif = serde_json::from_str(&repo.read(".git/findings.sarif")).expect("JSON");
    assert_eq!(in_sarif(&sarif), expected);
    let comment = if has_curl() { forge.comment_body() } else { repo.read(".git/summary.md") };
    assert_eq!(in_comment(&comment), expected, "{comment}");
    assert!(comment.contains("### perfteam: blocked (3 blocking"), "{comment}");
    assert!(
        comment.contains("**opens 2 flags; completes 1 flag; moves 1 flag; leaves 1 hanging**"),
        "{comment}"
    );
    assert!(comment.contains("- [ ] `@database.postgres`: must act on") && comment.contains(&commit[..10]));
    let review =
        world.perfteam(repo, API, &["review", "origin/main..HEAD", "--format", "json"]).exits(0).json();
    assert_eq!(in_json(&review["check"]), expected);

    let mut client = Client::ready(world, repo, API);
    assert_eq!(in_json(&client.done("check", json!({ "base": "origin/main" }))), expected);
    let review = client.done("review", json!({ "range": "origin/main..HEAD" }));
    assert_eq!(in_json(&review["check"]), expected);
    assert_eq!(client.goes(), Some(0));

    put_right(&served, &flags);
    served.push(&["work"]).exits(0);
    let (steps, log) = Job::new(world, repo, &forge).run();
    assert_eq!(steps, ["Install perfteam: 0", "Review: 0", "Check: 0"], "{log}");
    if has_curl() {
        assert!(
            forge.comment_body().contains("### perfteam: nothing blocks"),
            "the same comment, written anew"
        );
    }
    assert_eq!(hook(world, repo, API, "stop", &stop("s2")).exits(0).story(), "", "nothing is left hanging");
}

/// Each refusal names what clears it.
fn put_right(served: &Served, [_, (left, path)]: &[(String, String); 2]) {
    served.git(&["reset", "-q", "--soft", "origin/main"]);
    served.git(&["restore", "--staged", "--worktree", "--", "db/1.sql", &format!("{path}/flag.md")]);
    let note = ["--note", "Thirty; the p95 of the checkout is 208 ms, as before."];
    served.world.perfteam(&served.repo, API, &[&["flag", "complete", left][..], &note].concat()).exits(0);
    served.commit(API_MAIL, "Work, put right");
}
